"""Grids drawn in metres for the question what two access points have in common.

The two substations most drawings start from, A in the west and B 4 km east of it::

    source:1 -- bus:1 110 kV                 bus:11 110 kV -- source:2
                  # trafo:1                    # trafo:2
                bus:2 10 kV                  bus:12 10 kV
"""

from __future__ import annotations

from collections.abc import Mapping
from math import hypot
from typing import Any, NamedTuple

import pandas as pd

from grid_models.grid import Grid, GridMetadata
from grid_models.supply_ways import SupplyWay, trace_way
from planner.independence import compare_ways
from planner.plan import PairIndependence
from tests.cases.drawing import EPSG, place
from tests.planner.example import example_rules, unexamined

__all__ = [
    "APART",
    "A_MAIN",
    "BOTH",
    "B_MAIN",
    "ONE",
    "A",
    "B",
    "Run",
    "Spot",
    "compare",
    "kinds",
    "sketch",
    "two_substations",
    "way",
]


class Spot(NamedTuple):
    """A node: metres east and north of substation A, nominal voltage, kind, station."""

    east_m: float
    north_m: float
    kv: float = 10.0
    kind: str = "node"
    station: str = ""


class Run(NamedTuple):
    """A line between two nodes, straight."""

    from_node: str
    to_node: str
    laying: str = "overhead"


A = {"bus:1": Spot(0, 0, 110.0, "busbar", "A"), "bus:2": Spot(0, 0, 10.0, "busbar", "A")}
B = {"bus:11": Spot(4000, 0, 110.0, "busbar", "B"), "bus:12": Spot(4000, 0, 10.0, "busbar", "B")}
A_MAIN, B_MAIN = {"trafo:1": ("bus:1", "bus:2")}, {"trafo:2": ("bus:11", "bus:12")}
BOTH: dict[str, Any] = {
    "sources": {"source:1": "bus:1", "source:2": "bus:11"},
    "mains": A_MAIN | B_MAIN,
}
ONE: dict[str, Any] = {"sources": {"source:1": "bus:1"}, "mains": A_MAIN}
# a feeder of each, to the access points x and y
APART = {"line:1": Run("bus:2", "x"), "line:2": Run("bus:12", "y")}
Point = str | tuple[str, float]


def sketch(
    *,
    spots: Mapping[str, Spot],
    runs: Mapping[str, Run],
    sources: Mapping[str, str],
    mains: Mapping[str, tuple[str, str]],
    couplers: Mapping[str, tuple[str, str, bool]] | None = None,
    opened: Mapping[str, str] | None = None,
    coupler_ohm: float = 0.0,
    placeless: tuple[str, ...] = (),
) -> Grid:
    """Return a grid.

    Parameters
    ----------
    sources, mains
        Node of each external grid; high and low node of each transformer.
    couplers
        Two nodes and whether the switch between them is closed.
    opened
        Node at which a line is open, by line.
    placeless
        Nodes whose place nobody knows.
    """
    switches = {
        name: {"node": a, "element_id": b, "element_kind": "node", "is_closed": closed,
               "z_ohm": coupler_ohm if closed else 0.0}
        for name, (a, b, closed) in (couplers or {}).items()
    } | {
        f"switch:{line}": {"node": node, "element_id": line, "is_closed": False}
        for line, node in (opened or {}).items()
    }  # fmt: skip
    return Grid.build(
        GridMetadata(name="sketch", projected_epsg=EPSG),
        nodes=_table({name: _node(spot, name in placeless) for name, spot in spots.items()}),
        lines=_table({name: _line(run, spots) for name, run in runs.items()}),
        transformers=_table({name: _main(ends, spots) for name, ends in mains.items()}),
        switches=_table(switches),
        sources=_table({name: {"node": node} for name, node in sources.items()}),
    )


def two_substations(spots: Mapping[str, Spot], runs: Mapping[str, Run], **more: Any) -> Grid:
    """Return A and B with what is drawn between them."""
    return sketch(spots=A | B | spots, runs=runs, **(BOTH | more))


def way(grid: Grid, point: Point) -> SupplyWay:
    """Trace a node, or a line tapped at a share of its length."""
    model = unexamined(grid)
    if isinstance(point, str):
        found = model.place_of_node(model.node_rows[point])
        position = None
    else:
        found, position = model.place_of_line(model.row_of("lines", point[0])), point[1]
    assert found is not None
    assert found.is_in_tree
    return trace_way(model, found, position)


def compare(grid: Grid, one: Point, other: Point, **rows: Any) -> PairIndependence:
    """Hold two access points against each other, some rule rows with another value."""
    return compare_ways(way(grid, one), way(grid, other), example_rules(**rows), str)


def kinds(pair: PairIndependence) -> dict[str, tuple[str, ...]]:
    """Return what is shared or not proved, by kind, with its elements."""
    return {part.kind: part.element_ids for part in (*pair.shared, *pair.unproved)}


def _table(rows: Mapping[str, Mapping[str, Any]]) -> pd.DataFrame:
    return pd.DataFrame.from_dict(rows, orient="index")


def _node(spot: Spot, is_placeless: bool) -> dict[str, Any]:
    lon, lat = place(spot.east_m, spot.north_m)
    nowhere = float("nan")
    return {
        "vn_kv": spot.kv, "kind": spot.kind, "substation_id": spot.station,
        "ownership": "public", "lon": nowhere if is_placeless else lon,
        "lat": nowhere if is_placeless else lat,
    }  # fmt: skip


def _line(run: Run, spots: Mapping[str, Spot]) -> dict[str, Any]:
    a, b = spots[run.from_node], spots[run.to_node]
    return {
        "from_node": run.from_node, "to_node": run.to_node, "laying": run.laying,
        "length_m": max(hypot(b.east_m - a.east_m, b.north_m - a.north_m), 1.0),
        "r_ohm_per_km": 0.1, "x_ohm_per_km": 0.1, "ampacity_a": 400.0, "ownership": "public",
    }  # fmt: skip


def _main(ends: tuple[str, str], spots: Mapping[str, Spot]) -> dict[str, Any]:
    hv, lv = ends
    return {
        "hv_node": hv, "lv_node": lv, "sn_kva": 31_500.0, "vn_hv_kv": spots[hv].kv,
        "vn_lv_kv": spots[lv].kv * 1.05, "vk_pct": 10.5, "vkr_pct": 0.4, "ownership": "public",
    }  # fmt: skip
