"""The largest single-phase load at a row on each phase, by batches of power flows.

Every round solves a row of trial loads on all three phases at once and keeps, of each phase, the
last one before the first that breaks a bound. So the answer was itself solved, and nothing below
it that was tried breaks anything.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from grid_models.unbalanced.area import PHASES, Area
from grid_models.unbalanced.limits import PhaseBounds, PhaseLimits, PhaseState, find_bounds

__all__ = ["ALREADY", "COLLAPSE", "KINDS", "PhaseLargest", "find_largest"]

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Complexes = npt.NDArray[np.complex128]

ALREADY, COLLAPSE = "already_violated", "collapse"
KINDS = ("loading", "voltage_low", "voltage_high")
# Trials a round, the first of them, and the ratio between two of the first round.
TRIALS, FIRST_KVA, GROWTH = 12, 0.5, 3.0
# A bracket this narrow, as a share of the answer or in kVA, is closed.
PRECISION, PRECISION_KVA = 1e-5, 1e-6
_SLACK = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseLargest:
    """Largest load on one phase.

    Parameters
    ----------
    kva
        0 where the way breaks a limit on this phase at present.
    code
        One of `KINDS`, `ALREADY` or `COLLAPSE` (no solution beyond).
    row, binding_phase
        What binds; -1 and empty if nothing does.
    """

    phase: str
    kva: float
    code: str
    row: int
    binding_phase: str


def find_largest(
    area: Area,
    row: int,
    limits: PhaseLimits,
    power_factor: float,
    solve: Callable[[Complexes], Complexes],
) -> tuple[PhaseLargest, ...] | None:
    """Return the largest load on each phase; None: the area has no solution as it stands.

    Parameters
    ----------
    row
        Where the load stands.
    power_factor
        Of the load, lagging.
    solve
        Voltages of cases of a further load on each phase, as `AreaTrials.solve`.
    """
    present = solve(np.zeros((1, len(PHASES)), np.complex128))
    if np.isnan(present).any():
        return None
    state = PhaseState.of(area, limits, present[0])
    bounds = find_bounds(limits, state)
    unit = complex(power_factor, np.sqrt(1.0 - power_factor**2)) / 1000.0
    low, high = np.zeros(len(PHASES)), np.full(len(PHASES), np.inf)
    found: list[PhaseLargest | None] = [_already(area, row, bounds, k) for k in range(len(PHASES))]
    binding: list[tuple[str, int, str]] = [(COLLAPSE, -1, "")] * len(PHASES)
    while open_ones := [
        k
        for k in range(len(PHASES))
        if found[k] is None and high[k] - low[k] > max(PRECISION * low[k], PRECISION_KVA)
    ]:
        trials = np.stack([_trials(low[k], high[k]) for k in open_ones])
        power = np.zeros((*trials.shape, len(PHASES)), np.complex128)
        for place, k in enumerate(open_ones):
            power[place, :, k] = trials[place] * unit
        v = solve(power.reshape(-1, len(PHASES))).reshape(*trials.shape, len(area) + 1, -1)
        for place, k in enumerate(open_ones):
            fits, about = _judge(area, limits, bounds, v[place])
            broken = int(np.argmin(np.append(fits, False)))
            if broken:
                low[k] = trials[place, broken - 1]
            if broken < len(fits):
                high[k], binding[k] = trials[place, broken], about[broken]
    return tuple(
        ready
        or PhaseLargest(
            phase=PHASES[k], kva=float(low[k]), code=binding[k][0], row=binding[k][1],
            binding_phase=binding[k][2],
        )
        for k, ready in enumerate(found)
    )  # fmt: skip


def _already(area: Area, row: int, bounds: PhaseBounds, phase: int) -> PhaseLargest | None:
    """Say what on the way breaks its limit on this phase already."""
    way = area.path(row)
    broken = way[bounds.is_broken[way, phase]]
    if not len(broken):
        return None
    return PhaseLargest(
        phase=PHASES[phase], kva=0.0, code=ALREADY, row=int(broken[0]), binding_phase=PHASES[phase]
    )


def _trials(low: float, high: float) -> Floats:
    """Return loads to try: ever larger ones until something breaks, then between the last two."""
    steps = np.arange(1, TRIALS + 1)
    if np.isinf(high):
        return np.asarray(max(low, FIRST_KVA / GROWTH) * GROWTH**steps)
    return np.asarray(low + (high - low) * steps / (TRIALS + 1.0))


def _judge(
    area: Area, limits: PhaseLimits, bounds: PhaseBounds, v: Complexes
) -> tuple[npt.NDArray[np.bool_], list[tuple[str, int, str]]]:
    """Say of each case whether it keeps every bound, and what is passed by the most."""
    excess = bounds.excess(PhaseState.of(area, limits, v))
    solved = np.asarray(np.isfinite(v).all(axis=(1, 2)))
    flat = excess.reshape(len(v), -1)
    worst = flat.argmax(axis=1)
    fits = solved & (flat.max(axis=1) <= _SLACK)
    about = []
    for case, place in enumerate(worst.tolist()):
        kind, row, phase = np.unravel_index(place, excess.shape[1:])
        named = (KINDS[int(kind)], int(row), PHASES[int(phase)])
        about.append(named if solved[case] else (COLLAPSE, -1, ""))
    return fits, about
