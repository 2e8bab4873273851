"""Several loads at once: whether a grid can take all of them, tree by tree.

What each node can take alone never adds up; this is the check that does.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import inf

import numpy as np

from grid_models.demand import trees_at
from grid_models.joint import Joint, NewLoads, joint_capacity
from grid_models.model import GridModel
from planner.application import Commitment
from planner.capacity_hours import Hours
from planner.rules import Rules
from planner.situation import Situation, make_situation

__all__ = ["Together", "check_together", "nodes_outside_trees"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Together:
    """What one source tree can take of the loads that lie in it.

    Parameters
    ----------
    source_tree_id
        The tree.
    load_ids
        Loads in it, in the order given.
    wanted_kva
        Sum of their apparent powers, demand factors counted.
    share
        Largest common share of all of them that breaks no limit: at least 1 where all fit, inf
        where nothing binds; 0 where a way is broken already or the tree has no solution.
    binding_id, binding_code
        What binds; empty where nothing does.
    hour
        Load case in which it is so; empty for the loads as imported.
    """

    source_tree_id: str
    load_ids: tuple[str, ...]
    wanted_kva: float
    share: float
    binding_id: str
    binding_code: str
    hour: str = ""

    @property
    def fits(self) -> bool:
        """Whether all of them can be taken at once."""
        return self.share >= 1.0


def nodes_outside_trees(model: GridModel, loads: Sequence[Commitment]) -> tuple[str, ...]:
    """Return the nodes of loads that no single tree supplies: nothing can be said there."""
    places = {load.node_id: model.place_of_node(model.node_rows[load.node_id]) for load in loads}
    return tuple(name for name, place in places.items() if place is None or not place.is_in_tree)


def check_together(
    model: GridModel,
    rules: Rules,
    commitments: Sequence[Commitment],
    loads: Sequence[Commitment],
    hours: Hours | None = None,
) -> tuple[Together, ...]:
    """Check loads that are to be added at once, on top of what is promised, by full AC.

    Parameters
    ----------
    commitments
        Promised to others.
    loads
        To be added, at nodes of source trees (see `nodes_outside_trees`).
    hours
        Which load cases count, the least of them; None: the loads as imported.
    """
    by_tree: dict[int, list[tuple[int, Commitment]]] = {}
    for load in loads:
        place = model.place_of_node(model.node_rows[load.node_id])
        if place is not None and place.is_in_tree:
            by_tree.setdefault(place.tree, []).append((place.row, load))
    return tuple(
        _check_tree(model, number, rules, commitments, own, hours)
        for number, own in sorted(by_tree.items())
    )


def _check_tree(
    model: GridModel,
    number: int,
    rules: Rules,
    commitments: Sequence[Commitment],
    own: Sequence[tuple[int, Commitment]],
    hours: Hours | None,
) -> Together:
    s_kva = np.array([load.s_kva * load.demand_factor for _, load in own])
    power_factor = np.array([load.power_factor for _, load in own])
    new = NewLoads(
        row=np.array([row for row, _ in own], dtype=np.int64),
        p_mw=s_kva * power_factor / 1000.0,
        q_mvar=s_kva * np.sqrt(1.0 - power_factor**2) / 1000.0,
    )
    least, hour = Joint(share=inf, row=-1, code=""), ""
    for name, situation in _situations(model, number, rules, commitments, hours):
        found = Joint(share=0.0, row=-1, code="no_solution")
        if situation.state.converged:
            found = joint_capacity(
                situation.tree, situation.limits, situation.bounds, new, at_most=least.share
            )
        if found.share < least.share:
            least, hour = found, name
    name_of = model.node_id if least.code.startswith("voltage") else model.branch_id
    return Together(
        source_tree_id=model.tree(number).tree_id,
        load_ids=tuple(load.commitment_id for _, load in own),
        wanted_kva=float(s_kva.sum()),
        share=least.share,
        binding_id=name_of(number, least.row) if least.row >= 0 else "",
        binding_code=least.code,
        hour=hour,
    )


def _situations(
    model: GridModel,
    number: int,
    rules: Rules,
    commitments: Sequence[Commitment],
    hours: Hours | None,
) -> Iterator[tuple[str, Situation]]:
    """Give the hours that count by name, the hardest first, each with the tree as it is then."""
    if hours is None:
        yield "", make_situation(model, number, rules, commitments)
        return
    cases = hours.of(model)
    for k, tree in trees_at(model.compiled, number, cases):
        case = cases.cases[k]
        yield (
            case.name,
            make_situation(model, number, rules, commitments, present=tree, season=case.season),
        )
