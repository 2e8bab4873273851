"""Patterns: how a feeder's ties make it a radial, a ring, a feeder with n ties, or a standby.

Recognised from the switching state alone. The share `k` of its limit that a feeder may be loaded
with under each pattern is a rule and comes from the caller.

::

    radial            busbar --- --- ---
    single_ring       busbar --- --- / --- --- busbar          (single_tie where it is overhead)
    two_ties          busbar --- | ---        two sections, each with a tie to a feeder of its own
                               /     /
    two_supply_       busbar --- --- /----- busbar             the standby carries no load
    one_standby       busbar --- --- /
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from numba import njit

from grid_models.model import GridModel, Place
from grid_models.network import LINE
from grid_models.ties import TieEnd, feeders_of, ties_of

__all__ = ["Pattern", "find_patterns", "find_sections"]

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

# A standby may serve so many feeders under a pattern of its own.
_STANDBY = {2: "two_supply_one_standby", 3: "three_supply_one_standby"}
_TWO = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """The pattern of one feeder.

    Parameters
    ----------
    code
        radial, single_ring, single_tie, two_ties, three_section_three_tie, two_supply_one_standby
        or three_supply_one_standby.
    k
        Share of its limit that the feeder may be loaded with under it.
    tie_count, section_count
        Ties to other feeders or busbars; sections in which such ties end.
    is_standby
        Whether it carries no load and waits for others to lose theirs.
    """

    code: str
    k: float
    tie_count: int
    section_count: int
    is_standby: bool


def find_patterns(model: GridModel, k_by_pattern: Mapping[str, float]) -> Mapping[Place, Pattern]:
    """Recognise the pattern of every 10(20) kV feeder, by tree and row of its head.

    With n ties the pattern of n sections counts, at most of as many as the ties end in: two ties in
    one section help no more than one. Several ties to one feeder are one. More than three count as
    three. The double ring, which needs to know which stations it joins, reads as two single rings
    or two ties.

    Parameters
    ----------
    k_by_pattern
        Share by code; the codes of `Pattern` must be in it.
    """
    feeders = feeders_of(model)
    ties = {feeder: ties_of(model, feeder) for feeder in feeders}
    neighbours = {f: {_top(model, end) for end in ends} for f, ends in ties.items()}
    standby = {f for f in feeders if len(neighbours[f]) >= _TWO and not _has_load(model, f)}
    sections = _SectionsByTree(model)
    found = {}
    for feeder in feeders:
        ends = ties[feeder]
        count = len({sections.of(feeder.tree, _leaves(model, feeder, end)) for end in ends})
        code = _code(model, feeder, neighbours, standby, count)
        found[feeder] = Pattern(
            code=code,
            k=float(k_by_pattern[code]),
            tie_count=len(ends),
            section_count=count,
            is_standby=feeder in standby,
        )
    return found


def _code(
    model: GridModel,
    feeder: Place,
    neighbours: Mapping[Place, set[Place]],
    standby: set[Place],
    section_count: int,
) -> str:
    own = neighbours[feeder]
    if not own:
        return "radial"
    if feeder in standby:
        return _STANDBY.get(len(own), "three_supply_one_standby")
    if len(own) == 1 and (waiting := next(iter(own))) in standby:
        return _STANDBY.get(len(neighbours[waiting]), "three_supply_one_standby")
    match min(len(own), section_count):
        case 1:
            return "single_tie" if _is_overhead(model, feeder) else "single_ring"
        case 2:
            return "two_ties"
    return "three_section_three_tie"


def _top(model: GridModel, end: TieEnd) -> Place:
    """Feeder a tie leads to, or the busbar where it ends at one."""
    tree, row = end.other.tree, end.other.row
    head = int(model.topology(tree).feeder_head[row])
    return Place(tree=tree, row=head if head >= 0 else row)


def _leaves(model: GridModel, feeder: Place, end: TieEnd) -> int:
    """Row of the node a tie leaves from: of a line that hangs there opened, its live end."""
    tree = model.tree(feeder.tree)
    is_free = model.network.node_of_bus[tree.bus[end.own_row]] < 0
    return int(tree.parent[end.own_row]) if is_free else end.own_row


def _has_load(model: GridModel, feeder: Place) -> bool:
    tree = model.tree(feeder.tree)
    rows = slice(feeder.row, int(tree.end[feeder.row]))
    return bool(any(getattr(tree, name)[rows].any() for name in ("p", "q", "p_current", "g")))


def _is_overhead(model: GridModel, feeder: Place) -> bool:
    """Whether more of the trunk's length is overhead than cable."""
    tree, topology = model.tree(feeder.tree), model.topology(feeder.tree)
    rows = np.arange(feeder.row, int(tree.end[feeder.row]))
    rows = rows[topology.is_trunk[rows] & (tree.branch[rows] >= 0)]
    branches = model.network.branches
    lines = branches.element[tree.branch[rows]][branches.kind[tree.branch[rows]] == LINE]
    laying, length = (
        model.column("lines", "laying")[lines],
        model.column("lines", "length_m")[lines],
    )
    return bool(length[laying == "overhead"].sum() > length[laying == "cable"].sum())


class _SectionsByTree:
    def __init__(self, model: GridModel) -> None:
        self._model = model
        self._found: dict[int, Ints] = {}

    def of(self, number: int, row: int) -> int:
        """Row of the topmost branch of a row's section."""
        if number not in self._found:
            self._found[number] = find_sections(self._model, number)
        return int(self._found[number][row])


def find_sections(model: GridModel, number: int) -> Ints:
    """Return by row the topmost row of its section; a section ends where a line can be switched.

    A line can be switched if a closed switch stands at one of its ends, or if one of them is
    switchgear (ring-main unit, cabinet, busbar), where every cable has a switch of its own.
    """
    tree = model.tree(number)
    is_cut = model.is_switchable[np.maximum(tree.branch, 0)] & (tree.branch >= 0)
    return _spread(tree.parent, is_cut)


@njit(cache=True)
def _spread(parent: Ints, is_cut: Bools) -> Ints:
    section = np.arange(len(parent))
    for row in range(1, len(parent)):
        if not is_cut[row]:
            section[row] = section[parent[row]]
    return section
