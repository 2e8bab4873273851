"""Capacities: what nodes of a part can take, open capacity by rule and hosting capacity by AC."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from grid_models.capacity import Access, Hosting, hosting_capacity, open_capacity
from grid_models.model import GridModel
from grid_models.stars import is_star_node
from planner.rules import Rules
from planner.scenarios.look import Look
from planner.situation import make_situation

__all__ = ["NodeCapacity", "find_capacities", "points_of_interest"]


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeCapacity:
    """What one node can take; None where nothing can be said.

    Parameters
    ----------
    quality
        Solver behind the hosting capacity: full_ac or unknown.
    """

    open_kva: float | None
    open_binding_id: str
    hosting_kva: float | None
    hosting_binding_id: str
    hosting_code: str
    quality: str


UNKNOWN = NodeCapacity(
    open_kva=None, open_binding_id="", hosting_kva=None, hosting_binding_id="", hosting_code="",
    quality="unknown",
)  # fmt: skip


def find_capacities(
    model: GridModel, node_ids: Iterable[str], rules: Rules, *, power_factor: float
) -> dict[str, NodeCapacity]:
    """Return the capacities of some nodes, each alone; they never add up.

    Parameters
    ----------
    node_ids
        Nodes of the model. What is not fed by a tree, or by one without a solution, is unknown, and
        so is the inner node of a three-winding transformer.
    power_factor
        Of the new load, lagging.
    """
    found: dict[str, NodeCapacity] = {}
    by_tree: dict[int, dict[str, int]] = {}
    for name in node_ids:
        found[name] = UNKNOWN
        row = model.node_rows.get(name)
        place = None if row is None else model.place_of_node(row)
        if place is not None and place.tree >= 0 and not is_star_node(model, name):
            by_tree.setdefault(place.tree, {})[name] = place.row
    for number, rows in by_tree.items():
        found |= _in_tree(model, number, rows, rules, power_factor)
    return found


def points_of_interest(look: Look) -> list[str]:
    """Return the own nodes whose capacity people ask for: busbars and boards, by id.

    In a source tree without boards every node with a load stands for its station.
    """
    model, number = look.model, look.area
    if not 0 <= number < len(model.compiled.trees):
        return []
    topology = model.topology(number)
    boards = np.unique(topology.board[topology.board >= 0])
    busbars = np.unique(topology.busbar[topology.busbar >= 0])
    points = {model.node_id(number, int(row)) for row in (*boards, *busbars)}
    if not len(boards):
        loaded = set(look.grid.loads["node"][look.grid.loads["is_in_service"]])
        rows = range(len(model.tree(number)))
        points |= {model.node_id(number, row) for row in rows} & loaded
    return sorted(points & look.own)


def _in_tree(
    model: GridModel, number: int, rows: Mapping[str, int], rules: Rules, power_factor: float
) -> dict[str, NodeCapacity]:
    situation = make_situation(model, number, rules, ())
    tree, state, limits = situation.tree, situation.state, situation.limits
    if not state.converged:
        return {}
    # At the source itself the voltage is held and nothing lies on the way.
    below = {name: row for name, row in rows.items() if row > 0}
    accesses = [Access(row=row, share=None) for row in below.values()]
    hosted = (
        hosting_capacity(
            situation.folded, state, limits, situation.bounds, accesses, power_factor=power_factor
        )
        if below
        else ()
    )
    hosting = dict(zip(below, hosted, strict=True))
    promised = np.zeros(len(tree))
    k = rules.number("open_capacity_k")
    result = {}
    for name, row in rows.items():
        at = hosting.get(name, Hosting(kva=float("inf"), row=-1, code=""))
        open_kva, binding = open_capacity(limits, tree.path(row), state.loading_pct, promised, k=k)
        is_voltage = at.code.startswith("voltage")
        named = model.node_id if is_voltage else model.branch_id
        result[name] = NodeCapacity(
            open_kva=open_kva,
            open_binding_id=model.branch_id(number, binding) if binding >= 0 else "",
            hosting_kva=at.kva,
            hosting_binding_id=named(number, at.row) if at.row >= 0 else "",
            hosting_code=at.code,
            quality="full_ac",
        )
    return result
