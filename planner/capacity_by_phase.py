"""What a node can still take on one phase: the largest single-phase load on a, b and c."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import numpy as np

from grid_models.capacity import Access, Hosting, hosting_capacity
from grid_models.model import GridModel
from grid_models.solvers.by_phase import AreaTrials
from grid_models.unbalanced.finding import Unknown
from grid_models.unbalanced.largest import PhaseLargest, find_largest
from grid_models.unbalanced.limits import PhaseLimits
from grid_models.unbalanced.standing import StandingArea
from planner.capacity import CapacityQuestion, map_node
from planner.messages import Message, say
from planner.rules import Rules
from planner.search import NEUTRAL_V
from planner.situation import Situation, make_situation

__all__ = ["NodePhases", "PhaseCapacity", "find_node_phases", "say_unknown"]

# A load between phase and neutral loads two phases of the high side of a Dyn unit, each by root 3
# times what a balanced load of the same power would.
HIGH_SIDE_FACTOR = sqrt(3.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseCapacity:
    """The largest load on one phase, and what binds it.

    Parameters
    ----------
    binding_code
        A check's code, ``already_violated`` or ``collapse``.
    binding_phase
        Phase on which it binds; empty above the transformer.
    """

    phase: str
    capacity_kva: float
    binding_id: str
    binding_code: str
    binding_phase: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NodePhases:
    """What a node can still take on one phase.

    Parameters
    ----------
    quality
        ``unbalanced``; or ``bound``: the phases are not known, and the balanced capacity over the
        factor of the rules is what holds whatever they are by that bound.
    capacity_kva
        On the best phase; by the bound.
    best_phase
        Empty by the bound.
    phases
        One a phase; empty by the bound.
    reason
        Why the phases are not known; None if they are.
    """

    quality: str
    capacity_kva: float
    best_phase: str
    phases: tuple[PhaseCapacity, ...]
    reason: Message | None


def find_node_phases(
    model: GridModel, node_row: int, rules: Rules, question: CapacityQuestion
) -> NodePhases | None:
    """Find the largest single-phase load at a node, alone, in the loads as imported.

    Parameters
    ----------
    question
        Its hours are not heeded.

    Returns
    -------
    phases
        None where not even the balanced capacity is known.
    """
    place = model.place_of_node(node_row)
    if place is None or not place.is_in_tree:
        return None
    situation = make_situation(model, place.tree, rules, question.commitments)
    if not situation.state.converged:
        return None
    board = int(situation.topology.board[place.row])
    standing = situation.area(board)
    found = None
    if not isinstance(standing, Unknown):
        row = place.row - board
        found = find_largest(
            standing.area, row, _limits(situation, standing, rules), question.power_factor,
            AreaTrials(standing.area, row).solve,
        )  # fmt: skip
    if isinstance(standing, Unknown) or found is None:
        unknown = standing if isinstance(standing, Unknown) else Unknown(code="no_solution")
        return _bound(model, node_row, rules, question, unknown)
    (above,) = hosting_capacity(
        situation.folded, situation.state, situation.limits, situation.bounds,
        [Access(row=int(situation.tree.parent[board]), share=None)],
        power_factor=question.power_factor,
    )  # fmt: skip
    phases = tuple(_named(situation, board, largest, above) for largest in found)
    best = max(phases, key=lambda phase: phase.capacity_kva)
    return NodePhases(
        quality="unbalanced", capacity_kva=best.capacity_kva, best_phase=best.phase,
        phases=phases, reason=None,
    )  # fmt: skip


def say_unknown(model: GridModel, unknown: Unknown) -> Message:
    """Say why an area is not solved by phase."""
    element = model.label(unknown.element_id) if unknown.element_id else ""
    return say(f"phases_{unknown.code}", element=element)


def _bound(
    model: GridModel, node_row: int, rules: Rules, question: CapacityQuestion, unknown: Unknown
) -> NodePhases | None:
    part = map_node(model, node_row, rules, question)
    if part is None:
        return None
    balanced = float(part["hosting_capacity_kva"].iloc[0])
    return NodePhases(
        quality="bound",
        capacity_kva=balanced / rules.number("single_phase_drop_factor"),
        best_phase="",
        phases=(),
        reason=say_unknown(model, unknown),
    )


def _limits(situation: Situation, standing: StandingArea, rules: Rules) -> PhaseLimits:
    rows = slice(standing.board, standing.board + len(standing.area))
    limits = situation.limits
    is_held = (limits.is_known & (limits.is_line | limits.is_transformer))[rows]
    volts = rules.value("voltage_limits")[NEUTRAL_V]
    has_volts = np.isfinite(situation.v_low_pu[rows])
    return PhaseLimits(
        factor=np.where(is_held, limits.factor[rows], np.nan),
        low_v=np.where(has_volts, float(volts["low"]), np.nan),
        high_v=np.where(has_volts, float(volts["high"]), np.nan),
        more_pct=rules.number("worsened_loading"),
        more_v=rules.number("worsened_voltage") / 100.0 * float(NEUTRAL_V),
    )


def _named(
    situation: Situation, board: int, largest: PhaseLargest, above: Hosting
) -> PhaseCapacity:
    """Name what binds; above the transformer it is what binds a balanced load there."""
    model, number = situation.model, situation.number
    most_above = above.kva / HIGH_SIDE_FACTOR
    if most_above < largest.kva:
        is_node = above.code.startswith("voltage")
        name = (model.node_id if is_node else model.branch_id) if above.row >= 0 else None
        return PhaseCapacity(
            phase=largest.phase, capacity_kva=most_above, binding_code=above.code,
            binding_id=name(number, above.row) if name else "", binding_phase="",
        )  # fmt: skip
    row = board + largest.row
    code, binding = largest.code, ""
    if largest.row >= 0:
        is_coil = bool(situation.limits.is_transformer[row])
        if code == "loading":
            code = "thermal_transformer" if is_coil else "thermal_line"
        is_node = code.startswith("voltage")
        binding = (model.node_id if is_node else model.branch_id)(number, row)
    return PhaseCapacity(
        phase=largest.phase, capacity_kva=largest.kva, binding_id=binding, binding_code=code,
        binding_phase=largest.binding_phase,
    )  # fmt: skip
