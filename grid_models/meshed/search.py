"""The largest new power at each of several buses of a meshed part, each alone, by full power flows.

All buses are searched at once: a round is one batch of power flows, one a bus. Each bus keeps a
bracket, feasible at its lower end and infeasible at its upper one, and the next trial is where the
first of all limits is met on straight lines through the last two solutions. The value returned was
solved in full and meets every limit; a hundred-thousandth more does not.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from grid_models.exact.largest import HIGH, LOW_VOLTAGE, THERMAL
from grid_models.meshed.limits import FULL_PCT, MeshBounds, MeshLimits, MeshState
from grid_models.meshed.part import MeshPart

__all__ = ["COLLAPSE", "NOTHING", "Found", "Question", "search_largest"]

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Complexes = npt.NDArray[np.complex128]

# What binds beside a current and a low or high voltage: that no solution is left, or nothing.
COLLAPSE, NOTHING = 3, -1
# In the order of the margins that `_look` compares.
_KINDS = np.array([THERMAL, LOW_VOLTAGE, HIGH])

# The power is bracketed this closely (share of it), or this closely in pu (1 VA).
PRECISION, SMALLEST = 1e-5, 1e-6
# Beyond this (pu = MVA) nothing binds that a distribution grid knows of.
NOTHING_BINDS = 1e6
MAX_ROUNDS = 80
# While nothing binds the power grows at least and at most by these factors at a time.
SMALLEST_STEP, LARGEST_STEP = 1.0001, 20.0
# First trial, pu.
START = 0.1
# A value this close to its limit is within it.
SLACK = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked of a meshed part.

    Parameters
    ----------
    solve
        Voltages in cases of one more power at one place each, as `solvers.pgm.MeshTrials.solve`.
    state, limits, bounds
        The part before, and what it must keep.
    unit
        Power taken by 1 pu of what is asked about; its real part is negative for generation.
    """

    part: MeshPart
    solve: Callable[[Ints, Complexes], Complexes]
    state: MeshState
    limits: MeshLimits
    bounds: MeshBounds
    unit: complex


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Largest powers, one a bus asked about.

    Parameters
    ----------
    s_pu
        inf where nothing binds.
    kind, place
        THERMAL, LOW_VOLTAGE, HIGH, COLLAPSE or NOTHING, and the place in the mesh of the branch
        (THERMAL) or bus that binds; -1: none.
    is_less
        False where the search ended at `at_most`, which is feasible.
    """

    s_pu: Floats
    kind: Ints
    place: Ints
    is_less: Bools


@dataclass(frozen=True, slots=True, kw_only=True)
class _Look:
    """Cases solved: loadings in percent of the limit and voltages, and the nearest limit."""

    loading: Floats
    most: Floats
    v_pu: Floats
    margin: Floats
    kind: Ints
    place: Ints


def search_largest(question: Question, at: Ints, on_way: Bools, at_most: Floats) -> Found:
    """Return the largest power at each place of `at`.

    Parameters
    ----------
    on_way
        Branches on the way of each place; shape (len(at), branches).
    at_most
        More is not asked for, pu; inf: no bound.
    """
    count = len(at)
    low, high, last = np.zeros(count), np.full(count, np.inf), np.zeros(count)
    trial = np.where(np.isfinite(at_most), at_most, START)
    kind, place = np.full(count, NOTHING), np.full(count, -1)
    last_v = np.repeat(question.state.v_pu[None], count, axis=0)
    loading = question.state.loading_pct * question.limits.factor
    last_loading = np.repeat(loading[None], count, axis=0)
    # At an ideal source no power moves anything.
    low[np.isin(at, question.part.source)] = 2.0 * NOTHING_BINDS
    for _ in range(MAX_ROUNDS):
        is_wide = high - low > np.maximum(PRECISION * np.minimum(high, NOTHING_BINDS), SMALLEST)
        active = np.flatnonzero(is_wide & (low < at_most) & (low <= NOTHING_BINDS))
        if not len(active):
            break
        s = trial[active]
        look = _look(question, at[active], s, on_way[active])
        fits = look.margin >= -SLACK
        low[active[fits]] = s[fits]
        broken = active[~fits]
        high[broken], kind[broken], place[broken] = s[~fits], look.kind[~fits], look.place[~fits]
        guess = _first_zero(look, question.bounds, s, last_v[active], last_loading[active],
                            last[active])  # fmt: skip
        solved = ~np.isnan(look.margin)
        last[active[solved]] = s[solved]
        last_v[active[solved]], last_loading[active[solved]] = (
            look.v_pu[solved],
            look.loading[solved],
        )
        trial[active] = np.minimum(_next(low[active], high[active], guess), at_most[active])
    is_free = low > NOTHING_BINDS
    return Found(
        s_pu=np.where(is_free, np.inf, low),
        kind=np.where(is_free, NOTHING, kind),
        place=np.where(is_free, -1, place),
        is_less=(low < at_most) & ~(is_free & np.isposinf(at_most)),
    )


def _look(question: Question, at: Ints, s: Floats, on_way: Bools) -> _Look:
    """Solve one power a place and find the nearest limit of each case."""
    v = question.solve(at, np.asarray(s * question.unit, dtype=np.complex128))
    i_from, i_to = question.part.currents(v)
    loading = question.part.loading_pct(i_from, i_to) * question.limits.factor
    most = _most(question, i_from, on_way)
    v_pu, bounds = np.abs(v), question.bounds
    with np.errstate(divide="ignore"):
        margins = (
            1.0 - loading / most,
            np.where(bounds.v_low_pu > 0.0, v_pu / bounds.v_low_pu - 1.0, np.inf),
            1.0 - v_pu / bounds.v_high_pu,
        )
    rows = np.arange(len(at))
    worst = np.stack([np.argmin(values, axis=1) for values in margins])
    least = np.stack([values[rows, k] for values, k in zip(margins, worst, strict=True)])
    nearest = np.argmin(least, axis=0)
    margin, place = least[nearest, rows], worst[nearest, rows]
    has_none = np.isnan(v).any(axis=1)
    return _Look(
        loading=loading,
        most=most,
        v_pu=v_pu,
        margin=np.where(has_none, np.nan, margin),
        kind=np.where(has_none, COLLAPSE, _KINDS[nearest]),
        place=np.where(has_none, at, place),
    )


def _most(question: Question, i_from: Complexes, on_way: Bools) -> Floats:
    """Greatest loading of every branch in every case.

    A branch beyond its limit may keep its present loading, or a little more where the new power
    hardly passes it. Once its flow has turned round, its own limit holds.
    """
    bounds = question.bounds
    most = np.broadcast_to(bounds.loading_pct, on_way.shape)
    hot = np.flatnonzero(bounds.is_hot)
    if not len(hot):
        return most
    most = most.copy()
    before = (question.state.loading_pct * question.limits.factor)[hot]
    most[:, hot] = np.where(on_way[:, hot], before, most[:, hot])
    turned = (i_from[:, hot] * np.conj(question.state.i_from[hot])).real < 0.0
    most[:, hot] = np.where(turned, FULL_PCT, most[:, hot])
    return most


def _first_zero(
    look: _Look, bounds: MeshBounds, s: Floats, last_v: Floats, last_loading: Floats, last: Floats
) -> Floats:
    """Power at which the first limit of each case is met, each limit on a line of its own."""
    step = (s - last)[:, None]
    zeros = np.full(len(s), np.inf)
    v_high = np.where(np.isfinite(bounds.v_high_pu), bounds.v_high_pu, 1e9)
    with np.errstate(divide="ignore", invalid="ignore"):
        for room, fall in (
            (look.most - look.loading, (look.loading - last_loading) / step),
            (look.v_pu - bounds.v_low_pu, (last_v - look.v_pu) / step),
            (v_high - look.v_pu, (look.v_pu - last_v) / step),
        ):
            zero = np.where(fall > 0.0, s[:, None] + room / fall, np.inf)
            zeros = np.fmin(zeros, zero.min(axis=1, initial=np.inf))
    return zeros


def _next(low: Floats, high: Floats, guess: Floats) -> Floats:
    """Return the next trial: the guess kept within the bracket, or its middle."""
    is_open = ~np.isfinite(high)
    grown = np.clip(guess, SMALLEST_STEP * low, LARGEST_STEP * low)
    bounded = np.where(is_open, 0.0, high)
    is_in = (low <= guess) & (guess <= bounded)
    middle = np.where(is_in, guess, 0.5 * (low + bounded))
    # Off the ends, so that a trial beside the zero closes the bracket from its other side.
    edge = 0.4 * PRECISION * bounded
    return np.where(is_open, grown, np.clip(middle, low + edge, bounded - edge))
