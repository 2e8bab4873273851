"""Changes: nodes, branches and capacities of the touched parts, before beside after."""

from __future__ import annotations

from collections.abc import Mapping
from math import isinf
from typing import Any

import pandas as pd

from planner.rules import Rules
from planner.scenarios.capacities import (
    UNKNOWN,
    NodeCapacity,
    find_capacities,
    points_of_interest,
)
from planner.scenarios.ends import Ends, number
from planner.scenarios.ground import Ground
from planner.scenarios.look import Look
from planner.scenarios.result import BranchChange, CapacityChange, Change, NodeChange
from planner.scenarios.scenario import Scenario

__all__ = ["branch_changes", "capacity_changes", "node_changes"]

_ENDS = {"line": ("from_node", "to_node"), "transformer": ("hv_node", "lv_node")}
_TABLES = {"line": "lines", "transformer": "transformers"}

Row = Mapping[str, Any]
Rows = Mapping[str, Row]


def node_changes(ends: Ends) -> tuple[NodeChange, ...]:
    """Return every node with its voltages, by id."""
    places = _rows(ends.table("nodes"), "name", "vn_kv", "lon", "lat")
    before, after = (
        _rows(end.nodes, "v", "low_v", "high_v", "supplied") for end in (ends.before, ends.after)
    )
    changes = []
    for name in sorted({*before, *after}):
        was, now, place = before.get(name, {}), after.get(name, {}), places[name]
        bounds = now or was
        changes.append(
            NodeChange(
                node_id=name,
                name=str(place["name"]),
                kv=float(place["vn_kv"]),
                lon=number(place["lon"]),
                lat=number(place["lat"]),
                before_v=number(was.get("v")),
                after_v=number(now.get("v")),
                low_v=number(bounds["low_v"]),
                high_v=number(bounds["high_v"]),
                change=_change(
                    is_there=name in before,
                    before=bool(was.get("supplied")),
                    after=bool(now.get("supplied")),
                ),
            )
        )
    return tuple(changes)


def branch_changes(ends: Ends) -> tuple[BranchChange, ...]:
    """Return every line and transformer that is live at either end, by id."""
    before, after = (_rows(end.branches, "kind", "pct") for end in (ends.before, ends.after))
    tables = {
        "line": _rows(ends.table("lines"), "name", "from_node", "to_node", "geometry"),
        "transformer": _rows(ends.table("transformers"), "name", "hv_node", "lv_node"),
    }
    places = _rows(ends.table("nodes"), "vn_kv", "lon", "lat")
    split = set(ends.origins.values())
    changes = []
    for name in sorted({*before, *after} - split):
        origin = ends.origin(name)
        was, now = before.get(origin, {}), after.get(name, {})
        kind = str((now or was)["kind"])
        row = tables[kind][name]
        first, last = (str(row[end]) for end in _ENDS[kind])
        changes.append(
            BranchChange(
                element_id=name,
                origin_id=origin,
                kind="line" if kind == "line" else "transformer",
                name=str(row["name"]),
                from_node=first,
                to_node=last,
                kv=float(places[first]["vn_kv"]),
                coordinates=_course(row, kind, places[first], places[last]),
                before_pct=number(was.get("pct")),
                after_pct=number(now.get("pct")),
                change=_change(
                    is_there=ends.was_there(_TABLES[kind], origin),
                    before=bool(was),
                    after=bool(now),
                    is_rebuilt=name in ends.rebuilt,
                ),
            )
        )
    return tuple(changes)


def capacity_changes(scenario: Scenario, ends: Ends, ground: Ground) -> tuple[CapacityChange, ...]:
    """Return what nodes can take before and after, by id: those asked for, else the boards.

    A node asked for where no step touched anything is looked at all the same.
    """
    looks = (ends.looks_before, ends.looks_after)
    wanted = set(scenario.nodes) or {
        name for end in looks for look in end for name in points_of_interest(look)
    }
    before, after = (
        {
            name: capacity
            for look in end
            for name, capacity in _capacities(look, wanted, scenario, ground.rules).items()
        }
        for end in looks
    )
    places = dict(_rows(ends.table("nodes"), "name", "vn_kv", "lon", "lat"))
    touched = frozenset[str]().union(*(look.own for end in looks for look in end))
    _, elsewhere = ground.touched(wanted - touched)
    for look in elsewhere.before if elsewhere is not None else ():
        same = _capacities(look, wanted, scenario, ground.rules)
        before, after = before | same, after | same
        places |= _rows(look.grid.nodes.loc[list(same)], "name", "vn_kv", "lon", "lat")
    return tuple(
        _capacity_change(name, places[name], before.get(name, UNKNOWN), after.get(name, UNKNOWN))
        for name in sorted(wanted)
    )


def _capacities(
    look: Look, wanted: set[str], scenario: Scenario, rules: Rules
) -> dict[str, NodeCapacity]:
    names = sorted(wanted & look.own)
    return find_capacities(look.model, names, rules, power_factor=scenario.power_factor)


def _capacity_change(
    name: str, place: Row, before: NodeCapacity, after: NodeCapacity
) -> CapacityChange:
    return CapacityChange(
        node_id=name,
        name=str(place["name"]),
        kv=float(place["vn_kv"]),
        lon=number(place["lon"]),
        lat=number(place["lat"]),
        open_before_kva=before.open_kva,
        open_after_kva=after.open_kva,
        open_change_kva=_difference(before.open_kva, after.open_kva),
        open_binding_before_id=before.open_binding_id,
        open_binding_after_id=after.open_binding_id,
        hosting_before_kva=before.hosting_kva,
        hosting_after_kva=after.hosting_kva,
        hosting_change_kva=_difference(before.hosting_kva, after.hosting_kva),
        hosting_binding_before_id=before.hosting_binding_id,
        hosting_binding_after_id=after.hosting_binding_id,
        hosting_code_before=before.hosting_code,
        hosting_code_after=after.hosting_code,
        quality_before=before.quality,
        quality_after=after.quality,
    )


def _difference(before: float | None, after: float | None) -> float | None:
    """Return after minus before; nothing to nothing, where nothing binds, is no change."""
    if before is None or after is None:
        return None
    return 0.0 if isinf(before) and isinf(after) else after - before


def _course(row: Row, kind: str, first: Row, last: Row) -> tuple[tuple[float, float], ...]:
    if kind == "line" and row["geometry"] is not None:
        return tuple((float(lon), float(lat)) for lon, lat in row["geometry"].coords)
    ends = (first, last) if kind == "line" else (first,)
    points = [(number(end["lon"]), number(end["lat"])) for end in ends]
    known = tuple((lon, lat) for lon, lat in points if lon is not None and lat is not None)
    return known if len(known) == len(ends) else ()


def _change(*, is_there: bool, before: bool, after: bool, is_rebuilt: bool = False) -> Change:
    if not is_there:
        return "added"
    if before != after:
        return "switched_on" if after else "switched_off"
    return "replaced" if is_rebuilt else "kept"


def _rows(table: pd.DataFrame, *columns: str) -> Rows:
    """Return some columns of a table as plain values by id."""
    records = zip(*(table[column].tolist() for column in columns), strict=True)
    return {
        str(name): dict(zip(columns, record, strict=True))
        for name, record in zip(table.index, records, strict=True)
    }
