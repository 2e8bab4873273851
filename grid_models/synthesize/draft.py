"""Draft: the tables of a grid while it is being drawn, in metres, one district after the other."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from itertools import pairwise
from math import cos, hypot, sin
from typing import Any

import numpy as np
import pandas as pd
import shapely

from grid_models.crs import Plane
from grid_models.grid import TABLES
from grid_models.synthesize.equipment import Conductor, TransformerType
from grid_models.synthesize.streets import Point

__all__ = ["Draft"]

DEGREES_AN_HOUR = 30.0
COORDINATE_DECIMALS = 9


class Draft:
    """Rows of every table, with ids given in order; geometry in the district's own metres.

    Parameters
    ----------
    plane
        Projected plane the metres lie in.
    centre
        Longitude and latitude of the point the districts are placed around.
    """

    def __init__(self, plane: Plane, centre: Point) -> None:
        self._plane = plane
        self._origin = plane.to_metres(*centre)
        self._place: tuple[float, float, float] = (0.0, 0.0, 0.0)
        self._numbers: Counter[str] = Counter()
        self._rows: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self._ids: dict[str, list[str]] = defaultdict(list)
        self._shapes: dict[str, list[Sequence[Point]]] = defaultdict(list)
        self._packed: dict[str, list[pd.DataFrame]] = defaultdict(list)

    def place_district(self, east_m: float, north_m: float, turned_rad: float) -> None:
        """Pack what was drawn, and say where and how turned the next district lies."""
        self._pack()
        self._place = (east_m, north_m, turned_rad)

    def count(self, table: str) -> int:
        """Return how many rows a table has so far."""
        return self._numbers[table]

    def node(
        self,
        name: str,
        kv: float,
        at: Point,
        kind: str,
        *,
        built: date,
        station: str = "",
        ownership: str = "public",
        removal: date | None = None,
    ) -> str:
        """Add a node and return its id."""
        row = {
            "name": name, "vn_kv": kv, "kind": kind, "substation_id": station,
            "ownership": ownership, "commissioned_on": built, "removal_planned_on": removal,
        }  # fmt: skip
        return self._add("nodes", row, [at])

    def line(
        self,
        name: str,
        from_node: str,
        to_node: str,
        course: Sequence[Point],
        conductor: Conductor,
        *,
        built: date,
        ownership: str = "public",
        parallel: int = 1,
        removal: date | None = None,
    ) -> str:
        """Add a line along a course, whose length it takes, and return its id."""
        length_m = sum(hypot(bx - ax, by - ay) for (ax, ay), (bx, by) in pairwise(course))
        row = {
            "name": name, "from_node": from_node, "to_node": to_node,
            "length_m": round(length_m, 2), "r_ohm_per_km": conductor.r_ohm_per_km,
            "x_ohm_per_km": conductor.x_ohm_per_km, "c_nf_per_km": conductor.c_nf_per_km,
            "ampacity_a": conductor.ampacity_a, "conductor_type": conductor.type,
            "laying": conductor.laying, "parallel": parallel, "ownership": ownership,
            "commissioned_on": built, "removal_planned_on": removal,
        }  # fmt: skip
        return self._add("lines", row, course)

    def transformer(
        self,
        name: str,
        hv_node: str,
        lv_node: str,
        kind: TransformerType,
        *,
        tap_pos: int,
        built: date,
        ownership: str = "public",
    ) -> str:
        """Add a transformer and return its id."""
        clock = float(kind.vector_group[-2:])
        row = {
            "name": name, "hv_node": hv_node, "lv_node": lv_node, "sn_kva": kind.sn_kva,
            "vn_hv_kv": kind.vn_hv_kv, "vn_lv_kv": kind.vn_lv_kv, "vk_pct": kind.vk_pct,
            "vkr_pct": kind.vkr_pct, "pfe_w": kind.pfe_w, "i0_pct": kind.i0_pct,
            "vector_group": kind.vector_group, "shift_degree": clock * DEGREES_AN_HOUR,
            "tap_side": "hv", "tap_pos": tap_pos, "tap_min": -kind.tap_max,
            "tap_max": kind.tap_max, "tap_step_pct": kind.tap_step_pct,
            "tap_changer_type": "ratio", "ownership": ownership, "commissioned_on": built,
        }  # fmt: skip
        return self._add("transformers", row)

    def switch(
        self,
        name: str,
        node: str,
        element_id: str,
        kind: str,
        *,
        element_kind: str = "line",
        is_closed: bool = True,
        rated_a: float = 630.0,
    ) -> None:
        """Add a switch at a node, towards a line, a transformer or another node."""
        row = {
            "name": name, "node": node, "element_id": element_id, "element_kind": element_kind,
            "kind": kind, "is_closed": is_closed, "rated_a": rated_a,
        }  # fmt: skip
        self._add("switches", row)

    def load(self, name: str, node: str, load_kva: complex, category: str) -> None:
        """Add a load of constant power with its measured peak."""
        row = {
            "name": name, "node": node, "p_kw": round(load_kva.real, 2),
            "q_kvar": round(load_kva.imag, 2), "category": category,
            "load_basis": "measured_peak",
        }  # fmt: skip
        self._add("loads", row)

    def source(self, name: str, node: str, v_pu: float, short_circuit_mva: float) -> None:
        """Add a source."""
        row = {"name": name, "node": node, "v_pu": v_pu, "short_circuit_mva": short_circuit_mva}
        self._add("sources", row)

    def limit(self, element_id: str, limit_a: float, source: str, season: str = "all") -> None:
        """Add a limit current of a line."""
        row = {"element_id": element_id, "limit_a": limit_a, "source": source, "season": season}
        self._add("limits", row)

    def bay(self, name: str, node: str, *, is_spare: bool, ownership: str = "public") -> None:
        """Add a bay of a switchgear."""
        row = {"name": name, "node": node, "is_spare": is_spare, "ownership": ownership}
        self._add("bays", row)

    def street(self, name: str, kind: str, course: Sequence[Point]) -> None:
        """Add a street or a barrier."""
        self._add("streets", {"name": name, "kind": kind}, course)

    def restricted_area(self, name: str, reason: str, corners: Sequence[Point]) -> None:
        """Add an area in which nothing may be connected."""
        self._add("restricted_areas", {"name": name, "reason": reason}, corners)

    def tables(self) -> Mapping[str, pd.DataFrame]:
        """Return every table that has rows, indexed by id."""
        self._pack()
        return {name: pd.concat(parts) for name, parts in self._packed.items()}

    def _add(self, table: str, row: dict[str, Any], shape: Sequence[Point] = ()) -> str:
        self._numbers[table] += 1
        name = f"{_SINGULAR[table]}:{self._numbers[table]}"
        self._ids[table].append(name)
        self._rows[table].append(row)
        if shape:
            self._shapes[table].append(shape)
        return name

    def _pack(self) -> None:
        """Turn the rows so far into tables: a city's rows as dictionaries would fill the memory."""
        for table, rows in self._rows.items():
            frame = pd.DataFrame(rows, index=self._ids[table])
            if table in self._shapes:
                frame = frame.assign(**self._geometry(table))
            self._packed[table].append(frame)
        for part in (self._rows, self._ids, self._shapes):
            part.clear()

    def _geometry(self, table: str) -> dict[str, Any]:
        shapes = self._shapes[table]
        points = self._degrees(np.array([point for shape in shapes for point in shape]))
        if table == "nodes":
            return {"lon": points[:, 0], "lat": points[:, 1]}
        owner = np.repeat(np.arange(len(shapes)), [len(shape) for shape in shapes])
        if table == "restricted_areas":
            return {"geometry": shapely.polygons(shapely.linearrings(points, indices=owner))}
        return {"geometry": shapely.linestrings(points, indices=owner)}

    def _degrees(self, points: np.ndarray[Any, np.dtype[np.float64]]) -> np.ndarray[Any, Any]:
        east, north, turn = self._place
        x = self._origin[0] + east + cos(turn) * points[:, 0] - sin(turn) * points[:, 1]
        y = self._origin[1] + north + sin(turn) * points[:, 0] + cos(turn) * points[:, 1]
        degrees = np.column_stack(self._plane.to_degrees(x, y))
        return np.round(degrees, COORDINATE_DECIMALS)


_SINGULAR = {table: table.removesuffix("s") for table in TABLES} | {"switches": "switch"}
