"""What a point of a tree can still take: open capacity by rule, hosting capacity by full AC.

*Open capacity* is the least of ``k * limit - peak - promised`` over the elements on the way to
the source. *Hosting capacity* is the largest load for which no thermal and no legal voltage limit
breaks anywhere in the source tree. Capacities of two points never add up.

The hosting capacity is found by folding and marching (`exact`) and then confirmed by one full
power flow with it; where that does not confirm it, full power flows search for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from numba import njit

from grid_models.compiled import Tree
from grid_models.exact.fold import Folded
from grid_models.exact.largest import HIGH, LOW_VOLTAGE, THERMAL, largest_loads
from grid_models.limits import Bounds, TreeLimits
from grid_models.solvers.radial import Connection, Lanes, TreeState, solve_connections

__all__ = [
    "CODES", "PRECISION", "Access", "Hosting", "hosting_capacity", "hosting_code", "least_margins",
    "open_capacity",
]  # fmt: skip

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

# The hosting capacity is bracketed this closely (share of it); the feasible end is reported.
PRECISION = 1e-5
# Beyond this (pu = MVA) nothing binds that a distribution grid knows of.
NOTHING_BINDS = 1e6
MAX_ROUNDS = 80
# While nothing binds the load grows at least and at most by these factors at a time.
SMALLEST_STEP, LARGEST_STEP = 1.0001, 20.0
# A first guess where there is none, pu.
START = 1.0
# A load found is taken when the full power flow meets every limit with it, the nearest within this.
TIGHT = 1e-4
CODES = {
    "line": "thermal_line",
    "transformer": "thermal_transformer",
    LOW_VOLTAGE: "voltage_low",
    HIGH: "voltage_high",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """A point of a tree: a row's node, or a share of the branch above it (from the parent)."""

    row: int
    share: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hosting:
    """Largest load at a point.

    Parameters
    ----------
    kva
        0 where the way to the source already breaks a limit, inf where nothing binds.
    row
        Row of the element or node that binds; -1 if nothing does.
    code
        thermal_line, thermal_transformer, voltage_low, voltage_high, already_violated or empty.
    """

    kva: float
    row: int
    code: str


def open_capacity(
    limits: TreeLimits, path: Ints, loading_pct: Floats, promised_kva: Floats, *, k: float
) -> tuple[float, int]:
    """Open capacity by rule at the lower end of a path.

    Parameters
    ----------
    path
        Rows from the access point up to the source.
    loading_pct
        Peak loading of each row in percent of its rating, without commitments.
    promised_kva
        Commitments that load each row.
    k
        Share of the limit that may be used.

    Returns
    -------
    kva, row
        May be negative; inf and -1 where no limit on the path is known.
    """
    rows = path[np.isfinite(limits.limit_kva[path])]
    if not len(rows):
        return float("inf"), -1
    limit = limits.limit_kva[rows]
    peak = loading_pct[rows] * limits.factor[rows] / 100.0 * limit
    left = k * limit - peak - promised_kva[rows]
    least = int(np.argmin(left))
    return float(left[least]), int(rows[least])


def hosting_capacity(
    folded: Folded,
    state: TreeState,
    limits: TreeLimits,
    bounds: Bounds,
    accesses: Sequence[Access],
    *,
    power_factor: float,
) -> tuple[Hosting, ...]:
    """Largest load at each of several points, each alone, by full AC with every limit of the tree.

    Limits broken before count as met as long as they worsen by no more than `bounds` allow, unless
    they lie on the path to the source. The value returned is feasible; a hundred-thousandth more is
    not.

    Parameters
    ----------
    folded
        The tree, side branches folded under the same bounds.
    state
        Solution before the load, commitments included.
    power_factor
        Of the new load, lagging.
    """
    rows = np.array([access.row for access in accesses], dtype=np.int64)
    shares = np.array([np.nan if a.share is None else a.share for a in accesses])
    guess = largest_loads(folded, rows, shares, power_factor=power_factor)
    violated = folded.broken[rows]
    found: list[Hosting | None] = [
        Hosting(kva=0.0, row=int(row), code="already_violated") if row >= 0 else None
        for row in violated
    ]
    unknown = np.flatnonzero(violated < 0)
    unit = complex(power_factor, np.sqrt(1.0 - power_factor**2))
    likely = np.array([k for k in unknown if np.isfinite(guess.s_pu[k])], dtype=np.int64)
    loads = guess.s_pu[likely] * (1.0 - 0.5 * PRECISION)
    if len(likely):
        lanes = _solve(folded.tree, state, accesses, likely, loads, unit)
        margin, _, _ = _margins_at(folded.tree, limits, bounds, lanes, accesses, likely)
        for lane, (k, s, m) in enumerate(zip(likely, loads, margin, strict=True)):
            row, code = int(guess.row[k]), int(guess.code[k])
            is_tight = _margin_of(row, code, bounds, lanes, lane, accesses[k]) <= TIGHT
            if m >= 0.0 and is_tight:
                found[k] = Hosting(
                    kva=1000.0 * float(s), row=row, code=hosting_code(limits, row, code)
                )
    open_points = [int(k) for k in unknown if found[k] is None]
    if open_points:
        start = np.where(np.isfinite(guess.s_pu[open_points]), guess.s_pu[open_points], START)
        search = _search(folded, state, limits, bounds, accesses, open_points, start, unit)
        for k, point in enumerate(search.point):
            found[point] = search.result(k, limits, accesses[point].row)
    return tuple(h for h in found if h is not None)


def _margin_of(
    row: int, code: int, bounds: Bounds, lanes: Lanes, lane: int, access: Access
) -> float:
    """Relative margin of one limit in one solution."""
    if code == THERMAL:
        loading = lanes.loading_pct[row, lane] * bounds.factor[row]
        return 1.0 - float(loading / bounds.loading_pct[row])
    v = float(lanes.v_pu[row, lane])
    if code == HIGH:
        return 1.0 - v / float(bounds.v_high_pu[row])
    if access.share is not None and row == access.row:
        v = min(v, float(lanes.v_split_pu[lane]))
    return v / float(bounds.v_low_pu[row]) - 1.0


def hosting_code(limits: TreeLimits, row: int, code: int) -> str:
    """Return the code of a limit that binds, by its row and its kind (see `exact.largest`)."""
    kind = "line" if limits.is_line[row] else "transformer"
    return CODES[kind if code == THERMAL else int(code)]


def _search(
    folded: Folded,
    state: TreeState,
    limits: TreeLimits,
    bounds: Bounds,
    accesses: Sequence[Access],
    points: Sequence[int],
    start: Floats,
    unit: complex,
) -> _Search:
    """Close a bracket round the largest load of each point by full power flows alone."""
    tree = folded.tree
    search = _Search.start(points, start)
    # Voltages and loadings of each point's last solution; before the first, the present state.
    last_v = np.repeat(state.v_pu[:, None], len(points), axis=1)
    last_loading = np.repeat(state.loading_pct[:, None], len(points), axis=1)
    for _ in range(MAX_ROUNDS):
        active = search.active()
        if not len(active):
            break
        loads = search.trial[active]
        lanes = _solve(tree, state, accesses, search.point[active], loads, unit)
        margin, row, code = _margins_at(tree, limits, bounds, lanes, accesses, search.point[active])
        guess = _first_zero(
            last_v[:, active], last_loading[:, active], search.last[active],
            lanes.v_pu, lanes.loading_pct, loads, limits.factor,
            bounds.loading_pct, bounds.v_low_pu, bounds.v_high_pu,
        )  # fmt: skip
        search.update(active, margin, row, code, guess)
        known = active[lanes.converged]
        last_v[:, known] = lanes.v_pu[:, lanes.converged]
        last_loading[:, known] = lanes.loading_pct[:, lanes.converged]
        search.last[known] = loads[lanes.converged]
    return search


def _solve(
    tree: Tree,
    state: TreeState,
    accesses: Sequence[Access],
    points: Ints,
    loads: Floats,
    unit: complex,
) -> Lanes:
    connections = [_bare(accesses[k], s * unit) for k, s in zip(points, loads, strict=True)]
    return solve_connections(tree, state, connections)


def _bare(access: Access, s: complex) -> Connection:
    return Connection(
        row=access.row, share=access.share, r=0.0, x=0.0, g=0.0, b=0.0, rating=np.inf,
        p=s.real, q=s.imag,
    )  # fmt: skip


def _margins_at(
    tree: Tree,
    limits: TreeLimits,
    bounds: Bounds,
    lanes: Lanes,
    accesses: Sequence[Access],
    points: Ints,
) -> tuple[Floats, Ints, Ints]:
    margin, row, code = least_margins(
        lanes.v_pu, lanes.loading_pct, limits.factor,
        bounds.loading_pct, bounds.v_low_pu, bounds.v_high_pu,
    )  # fmt: skip
    for lane, point in enumerate(points):
        k = accesses[point].row
        # The split point keeps the limits of the line it lies on, the looser of its two ends.
        lowest = min(bounds.v_low_pu[k], bounds.v_low_pu[tree.parent[k]] or bounds.v_low_pu[k])
        if lowest > 0:
            at_split = (lanes.v_split_pu[lane] - lowest) / lowest
            if at_split < margin[lane]:
                margin[lane], row[lane], code[lane] = at_split, k, LOW_VOLTAGE
    margin[~lanes.converged] = np.nan
    return margin, row, code


@njit(cache=True, error_model="numpy")
def least_margins(
    v_pu: Floats, loading: Floats, factor: Floats, most: Floats, v_low: Floats, v_high: Floats
) -> tuple[Floats, Ints, Ints]:
    """Least relative margin of every lane, its row and its kind."""
    n, w = v_pu.shape
    margin = np.full(w, np.inf)
    row, code = np.full(w, -1, np.int64), np.zeros(w, np.int64)
    for k in range(n):
        for lane in range(w):
            m = 1.0 - loading[k, lane] * factor[k] / most[k]
            if m < margin[lane]:
                margin[lane], row[lane], code[lane] = m, k, THERMAL
            if v_low[k] > 0.0:
                m = v_pu[k, lane] / v_low[k] - 1.0
                if m < margin[lane]:
                    margin[lane], row[lane], code[lane] = m, k, LOW_VOLTAGE
                m = 1.0 - v_pu[k, lane] / v_high[k]
                if m < margin[lane]:
                    margin[lane], row[lane], code[lane] = m, k, HIGH
    return margin, row, code


@njit(cache=True, error_model="numpy")
def _first_zero(
    v_before: Floats, loading_before: Floats, s_before: Floats,
    v: Floats, loading: Floats, s: Floats, factor: Floats,
    most: Floats, v_low: Floats, v_high: Floats,
) -> Floats:  # fmt: skip
    """Load of every lane at which the first of its limits is met, each drawn on a straight line.

    Every limit has a line of its own through two solutions, so that the one that will bind is seen
    before it does.
    """
    n, w = v.shape
    zero = np.full(w, np.inf)
    for k in range(n):
        for lane in range(w):
            step = s[lane] - s_before[lane]
            room = most[k] - loading[k, lane] * factor[k]
            fall = (loading[k, lane] - loading_before[k, lane]) * factor[k] / step
            if fall > 0.0:
                zero[lane] = min(zero[lane], s[lane] + room / fall)
            if v_low[k] > 0.0:
                fall = (v_before[k, lane] - v[k, lane]) / step
                if fall > 0.0:
                    zero[lane] = min(zero[lane], s[lane] + (v[k, lane] - v_low[k]) / fall)
                elif fall < 0.0 and v_high[k] < np.inf:
                    zero[lane] = min(zero[lane], s[lane] + (v[k, lane] - v_high[k]) / fall)
    return zero


@dataclass(slots=True)
class _Search:
    """Bracketed search for the load at which the first limit is met; one entry a point."""

    point: Ints
    low: Floats
    high: Floats
    last: Floats
    trial: Floats
    collapses: npt.NDArray[np.bool_]
    row: Ints
    code: Ints

    @classmethod
    def start(cls, points: Sequence[int], loads: Floats) -> _Search:
        count = len(points)
        return cls(
            point=np.array(points, dtype=np.int64),
            low=np.zeros(count),
            high=np.full(count, np.inf),
            last=np.zeros(count),
            trial=loads.copy(),
            collapses=np.zeros(count, dtype=bool),
            row=np.full(count, -1, np.int64),
            code=np.full(count, THERMAL, np.int64),
        )

    def active(self) -> Ints:
        is_wide = ~np.isfinite(self.high) | (self.high - self.low > PRECISION * self.high)
        return np.flatnonzero(is_wide & ~(self.low > NOTHING_BINDS))

    def update(self, active: Ints, margin: Floats, row: Ints, code: Ints, guess: Floats) -> None:
        """Take the margins found at the trial loads into the brackets and choose new trials."""
        for a, m, r, c, g in zip(active, margin, row, code, guess, strict=True):
            if m >= 0.0:
                self.low[a] = self.trial[a]
            else:
                # What breaks just above binds; just below, a limit no load moves may be as near.
                self.high[a], self.collapses[a] = self.trial[a], np.isnan(m)
                self.row[a], self.code[a] = r, c
            self.trial[a] = self._next(float(self.low[a]), float(self.high[a]), float(g))

    @staticmethod
    def _next(low: float, high: float, guess: float) -> float:
        if not np.isfinite(high):
            return float(np.clip(guess, SMALLEST_STEP * low, LARGEST_STEP * low))
        if not low <= guess <= high:
            guess = 0.5 * (low + high)
        # Off the ends, so that a trial beside the zero closes the bracket from its other side.
        edge = 0.4 * PRECISION * high
        return float(np.clip(guess, low + edge, high - edge))

    def result(self, a: int, limits: TreeLimits, access_row: int) -> Hosting:
        if self.low[a] > NOTHING_BINDS:
            return Hosting(kva=float("inf"), row=-1, code="")
        kva = 1000.0 * float(self.low[a])
        if self.collapses[a]:
            # No limit broke before the voltage collapsed.
            return Hosting(kva=kva, row=access_row, code="voltage_low")
        row = int(self.row[a])
        return Hosting(kva=kva, row=row, code=hosting_code(limits, row, int(self.code[a])))
