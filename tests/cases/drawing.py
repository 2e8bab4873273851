"""Tiny grids drawn in metres behind one substation; the data are those of the README beside this.

::

    source:1 --- bus:1  110 kV
                   # trafo:1  31.5 MVA, 110/10.5 kV
                 bus:2   10 kV, at 0 m east, 0 m north
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from math import hypot
from typing import Any, NamedTuple

import pandas as pd

from grid_models.crs import Plane
from grid_models.grid import Grid, GridMetadata

__all__ = [
    "CABLE_70",
    "CABLE_95",
    "CABLE_150",
    "CABLE_240",
    "CABLE_400",
    "LV_CABLE_25",
    "LV_CABLE_35",
    "LV_CABLE_300",
    "OVERHEAD_50",
    "OVERHEAD_70",
    "OVERHEAD_95",
    "OVERHEAD_120",
    "OVERHEAD_150",
    "Board",
    "Conductor",
    "Line",
    "Load",
    "Node",
    "draw",
    "place",
]

EPSG = 4549
ORIGIN = (120.15, 30.28)


class Conductor(NamedTuple):
    """One circuit, a kilometre of it."""

    name: str
    laying: str
    r_ohm_per_km: float
    x_ohm_per_km: float
    c_nf_per_km: float
    ampacity_a: float


CABLE_70 = Conductor("YJV22-8.7/15-3x70", "cable", 0.268, 0.11, 220.0, 165.0)
CABLE_95 = Conductor("YJV22-8.7/15-3x95", "cable", 0.193, 0.107, 240.0, 200.0)
CABLE_150 = Conductor("YJV22-8.7/15-3x150", "cable", 0.124, 0.102, 280.0, 265.0)
CABLE_240 = Conductor("YJV22-8.7/15-3x240", "cable", 0.0754, 0.098, 340.0, 355.0)
CABLE_400 = Conductor("YJV22-8.7/15-3x400", "cable", 0.047, 0.094, 420.0, 470.0)
OVERHEAD_50 = Conductor("JKLYJ-10-50", "overhead", 0.641, 0.355, 10.0, 164.0)
OVERHEAD_95 = Conductor("JKLYJ-10-95", "overhead", 0.32, 0.34, 10.0, 252.0)
OVERHEAD_120 = Conductor("JKLYJ-10-120", "overhead", 0.253, 0.328, 10.0, 292.0)
OVERHEAD_70 = Conductor("JKLYJ-10-70", "overhead", 0.443, 0.348, 10.0, 206.0)
OVERHEAD_150 = Conductor("JKLYJ-10-150", "overhead", 0.206, 0.322, 10.0, 334.0)
LV_CABLE_25 = Conductor("YJV22-0.6/1-4x25", "cable", 0.727, 0.088, 300.0, 78.0)
LV_CABLE_35 = Conductor("YJV22-0.6/1-4x35", "cable", 0.524, 0.082, 300.0, 96.0)
LV_CABLE_300 = Conductor("YJV22-0.6/1-4x300", "cable", 0.0601, 0.06, 300.0, 385.0)


class Node(NamedTuple):
    """Metres east and north of the substation."""

    east_m: float
    north_m: float
    kind: str = "pole"
    vn_kv: float = 10.0
    ownership: str = "public"


class Line(NamedTuple):
    """A straight line, as long as it is drawn unless a length is given."""

    from_node: str
    to_node: str
    conductor: Conductor
    ownership: str = "public"
    length_m: float | None = None


class Load(NamedTuple):
    """A measured peak."""

    node: str
    p_kw: float
    q_kvar: float


class Board(NamedTuple):
    """A public transformer, its tap at 10.5/0.4 kV."""

    hv_node: str
    lv_node: str
    sn_kva: float
    vk_pct: float
    vkr_pct: float


def place(east_m: float, north_m: float) -> tuple[float, float]:
    """Return longitude and latitude of a point of the drawing."""
    plane = Plane(EPSG)
    x_m, y_m = plane.to_metres(*ORIGIN)
    lon, lat = plane.to_degrees(x_m + east_m, y_m + north_m)
    return float(lon), float(lat)


def draw(
    *,
    nodes: Mapping[str, Node],
    lines: Mapping[str, Line],
    loads: Sequence[Load],
    boards: Mapping[str, Board] | None = None,
    bays: Mapping[str, tuple[str, bool]] | None = None,
    open_at: Mapping[str, str] | None = None,
    data_from: date = date(2026, 7, 20),
) -> Grid:
    """Return a grid behind the substation, complete enough for an answer on the spot.

    Parameters
    ----------
    bays
        Node, and whether it is spare, by bay; the substation has one more for a new feeder.
    open_at
        Node at which a line is open, by line.
    data_from
        Day of the load data and of the switching state.
    """
    nodes = {
        "bus:1": Node(0.0, 0.0, "busbar", 110.0),
        "bus:2": Node(0.0, 0.0, "busbar"),
        **nodes,
    }
    boards = boards or {}
    bays = {"bay:0": ("bus:2", True), **(bays or {})}
    return Grid.build(
        GridMetadata(
            name="case",
            source="tests/cases",
            projected_epsg=EPSG,
            load_date=data_from,
            topology_date=data_from,
            load_basis="measured_peak",
            has_restricted_areas=True,
        ),
        nodes=_table({name: _node(node) for name, node in nodes.items()}),
        lines=_table({name: _line(line, nodes) for name, line in lines.items()}),
        transformers=_table(
            {"trafo:1": _MAIN, **{name: _transformer(board) for name, board in boards.items()}}
        ),
        switches=_table(
            {
                f"switch:{line}": {"node": node, "element_id": line, "is_closed": False}
                for line, node in (open_at or {}).items()
            }
        ),
        loads=_table(
            {
                f"load:{k}": load._asdict() | {"load_basis": "measured_peak"}
                for k, load in enumerate(loads, start=1)
            }
        ),
        sources=_table({"source:1": {"node": "bus:1", "short_circuit_mva": 2_000.0}}),
        bays=_table(
            {
                name: {"node": node, "is_spare": is_spare, "ownership": "public"}
                for name, (node, is_spare) in bays.items()
            }
        ),
    )


_MAIN = {
    "hv_node": "bus:1",
    "lv_node": "bus:2",
    "sn_kva": 31_500.0,
    "vn_hv_kv": 110.0,
    "vn_lv_kv": 10.5,
    "vk_pct": 10.5,
    "vkr_pct": 0.4,
    "ownership": "public",
}


def _table(rows: Mapping[str, Mapping[str, Any]]) -> pd.DataFrame:
    return pd.DataFrame.from_dict(rows, orient="index")


def _node(node: Node) -> dict[str, Any]:
    lon, lat = place(node.east_m, node.north_m)
    return {
        "vn_kv": node.vn_kv,
        "lon": lon,
        "lat": lat,
        "kind": node.kind,
        "substation_id": "station:1" if node.kind == "busbar" else "",
        "ownership": node.ownership,
    }


def _line(line: Line, nodes: Mapping[str, Node]) -> dict[str, Any]:
    start, end = nodes[line.from_node], nodes[line.to_node]
    drawn_m = hypot(end.east_m - start.east_m, end.north_m - start.north_m)
    conductor = line.conductor
    return {
        "from_node": line.from_node,
        "to_node": line.to_node,
        "length_m": drawn_m if line.length_m is None else line.length_m,
        "r_ohm_per_km": conductor.r_ohm_per_km,
        "x_ohm_per_km": conductor.x_ohm_per_km,
        "c_nf_per_km": conductor.c_nf_per_km,
        "ampacity_a": conductor.ampacity_a,
        "conductor_type": conductor.name,
        "laying": conductor.laying,
        "ownership": line.ownership,
    }


def _transformer(board: Board) -> dict[str, Any]:
    return board._asdict() | {"vn_hv_kv": 10.5, "vn_lv_kv": 0.4, "ownership": "public"}
