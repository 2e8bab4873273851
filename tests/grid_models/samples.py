"""A tiny drawn grid for tests, and ways to change it.

::

    source:1
       |
     bus:1    110 kV
       # trafo:1  31.5 MVA
     bus:2 ------ line:1 ------ bus:3 ------ line:2 ------ bus:4      10 kV, load:1
       |       cable, 800 m     : bay:1   overhead, 600 m    # trafo:2  400 kVA
       |                        : open                     bus:5 --- line:3 --- bus:6
       '- line:5 - bus:7 - line:4                          0.4 kV  cable, 120 m   load:2
           550 m            500 m

The second feeder, `line:5` and `line:4`, ends at the open switch `switch:2` at `bus:3`.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pandas as pd
from shapely import LineString

from grid_models.grid import Grid, GridMetadata

# 0.001 degrees are 96 m to the east and 111 m to the north here.
PLACES = {
    "bus:1": (120.1500, 30.2800),
    "bus:2": (120.1500, 30.2800),
    "bus:3": (120.1570, 30.2800),
    "bus:4": (120.1630, 30.2800),
    "bus:5": (120.1630, 30.2800),
    "bus:6": (120.1641, 30.2800),
    "bus:7": (120.1535, 30.2830),
}


def tiny_grid() -> Grid:
    """Return the grid drawn above: complete, sound, verdict good."""
    return Grid.build(
        GridMetadata(
            name="tiny",
            source="tests",
            load_date=date(2026, 7, 20),
            topology_date=date(2026, 7, 20),
            load_basis="measured_peak",
            has_restricted_areas=True,
        ),
        nodes=_rows(
            vn_kv=[110.0, 10.0, 10.0, 10.0, 0.4, 0.4, 10.0],
            lon=[place[0] for place in PLACES.values()],
            lat=[place[1] for place in PLACES.values()],
            kind=["busbar", "busbar", "switchgear", "pole", "cabinet", "node", "switchgear"],
            substation_id=["station:1", "station:1", "", "", "", "", ""],
            ownership="public",
            id=list(PLACES),
        ),
        lines=_rows(
            from_node=["bus:2", "bus:3", "bus:5", "bus:7", "bus:2"],
            to_node=["bus:3", "bus:4", "bus:6", "bus:3", "bus:7"],
            length_m=[800.0, 600.0, 120.0, 500.0, 550.0],
            r_ohm_per_km=[0.0754, 0.125, 0.0754, 0.0754, 0.0754],
            x_ohm_per_km=[0.098, 0.308, 0.062, 0.098, 0.098],
            c_nf_per_km=[340.0, 10.0, 300.0, 340.0, 340.0],
            ampacity_a=[355.0, 459.0, 335.0, 355.0, 355.0],
            conductor_type=[
                "YJV22-8.7/15-3x240",
                "JKLYJ-10-240",
                "YJV22-0.6/1-4x240",
                "YJV22-8.7/15-3x240",
                "YJV22-8.7/15-3x240",
            ],
            laying=["cable", "overhead", "cable", "cable", "cable"],
            ownership="public",
            geometry=[
                course("bus:2", "bus:3"),
                course("bus:3", "bus:4"),
                None,
                course("bus:7", "bus:3"),
                course("bus:2", "bus:7"),
            ],
            id=["line:1", "line:2", "line:3", "line:4", "line:5"],
        ),
        transformers=_rows(
            hv_node=["bus:1", "bus:4"],
            lv_node=["bus:2", "bus:5"],
            sn_kva=[31_500.0, 400.0],
            vn_hv_kv=[110.0, 10.0],
            vn_lv_kv=[10.5, 0.4],
            vk_pct=[10.5, 4.0],
            vkr_pct=[0.4, 1.13],
            pfe_w=[25_000.0, 410.0],
            i0_pct=[0.2, 0.5],
            shift_degree=[330.0, 330.0],
            vector_group=["YNd11", "Dyn11"],
            ownership="public",
            id=["trafo:1", "trafo:2"],
        ),
        switches=_rows(
            node=["bus:2", "bus:3"],
            element_id=["line:1", "line:4"],
            element_kind="line",
            kind=["circuit_breaker", "load_break"],
            is_closed=[True, False],
            id=["switch:1", "switch:2"],
        ),
        loads=_rows(
            node=["bus:4", "bus:6"],
            p_kw=[300.0, 120.0],
            q_kvar=[100.0, 40.0],
            load_basis="measured_peak",
            id=["load:1", "load:2"],
        ),
        sources=_rows(node=["bus:1"], short_circuit_mva=[2_000.0], id=["source:1"]),
        bays=_rows(node=["bus:3"], ownership="public", id=["bay:1"]),
    )


def course(from_node: str, to_node: str) -> LineString:
    """Return the straight line between two nodes of the drawing."""
    return LineString([PLACES[from_node], PLACES[to_node]])


def edited(grid: Grid, table: str, name: str, /, **values: Any) -> Grid:
    """Return the grid with some values of one element changed."""
    rows = grid.tables()[table].copy()
    for column, value in values.items():
        rows.at[name, column] = value
    return grid.with_tables(**{table: rows})


def added(grid: Grid, table: str, name: str, like: str, /, **values: Any) -> Grid:
    """Return the grid with one more element, equal to `like` but for the values given."""
    rows = grid.tables()[table]
    row = rows.loc[[like]].set_axis([name])
    return edited(grid.with_tables(**{table: pd.concat([rows, row])}), table, name, **values)


def emptied(grid: Grid, table: str) -> Grid:
    """Return the grid without any row in a table."""
    return grid.with_tables(**{table: grid.tables()[table].iloc[:0]})


def stated(grid: Grid, **facts: Any) -> Grid:
    """Return the grid with some of its metadata changed."""
    return replace(grid, metadata=replace(grid.metadata, **facts))


def _rows(**columns: Any) -> pd.DataFrame:
    return pd.DataFrame(columns).set_index("id")
