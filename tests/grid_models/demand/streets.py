"""A street of a resident, a shop and a roof full of PV, with curves that a test can reckon with.

::

    A ==== B ==== C        10 kV, 1 ohm each
           |      |
      home, shop  roof (PV), home too
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from grid_models.compiled import CompiledGrid, compile_grid
from grid_models.demand.curves import curve_table
from grid_models.grid import QUARTER_HOURS, Grid
from tests.grid_models.grids import grid_of, load, source, wire

HOME, SHOP, ROOF = "resident", "commercial", "PV"
EVENING, NOON, NIGHT = 74, 48, 12  # 18:30, 12:00, 03:00


def flat(curve_id: str, value: float, *, season: str = "all", **columns: Any) -> pd.DataFrame:
    """Return a curve of one value all day, but for what `columns` say."""
    points = pd.DataFrame({"quarter_hour": range(QUARTER_HOURS), "p_pu": value, "q_pu": value})
    return points.assign(curve_id=curve_id, season=season, **columns)


def shaped(
    curve_id: str, hours: Mapping[int, float], *, season: str = "all", rest: float = 0.1
) -> pd.DataFrame:
    """Return a curve of `rest` at every quarter hour but those given."""
    p = np.full(QUARTER_HOURS, rest)
    p[list(hours)] = list(hours.values())
    return flat(curve_id, 0.0, season=season, p_pu=p, q_pu=p)


def curves_of(*parts: pd.DataFrame) -> pd.DataFrame:
    return curve_table(pd.concat(parts, ignore_index=True))


def street(curves: Sequence[pd.DataFrame] = (), **tables: Any) -> Grid:
    """Return the street; its loads follow the curves named like their category, if there are."""
    named = {str(name) for part in curves for name in part["curve_id"]}

    def of(name: str) -> str:
        return name if name in named else ""

    loads = {
        "home:1": load("B", 400.0, 100.0, category=HOME, curve_id=of(HOME)),
        "shop:1": load("B", 300.0, 150.0, category=SHOP, curve_id=of(SHOP), scaling=0.5),
        "home:2": load("C", 200.0, 50.0, category=HOME, curve_id=of(HOME)),
    }
    roof = {"node": "C", "p_kw": 100.0, "q_kvar": 10.0, "kind": ROOF, "curve_id": of(ROOF)}
    grid = grid_of(
        {"A": 10.0, "B": 10.0, "C": 10.0} | tables.pop("nodes", {}),
        lines={
            "L": wire("A", "B", 1.0, ampacity_a=400.0),
            "M": wire("B", "C", 1.0, ampacity_a=300.0),
        },
        sources={"grid": source("A")},
        loads=tables.pop("loads", loads),
        generators=tables.pop("generators", {"roof:1": roof}),
        **tables,
    )
    return grid.with_tables(curves=curves_of(*curves)) if curves else grid


def row_of(compiled: CompiledGrid, node: str) -> int:
    bus = compiled.network.bus_of_node[compiled.node_position[node]]
    return int(compiled.row_of_bus[bus])


def compiled_street(curves: Sequence[pd.DataFrame] = (), **tables: Any) -> CompiledGrid:
    return compile_grid(street(curves, **tables))
