"""By phase: a single-phase customer judged on the phase that suits it best, by the unbalanced flow.

The area below the board is solved three times, the load on each phase once. Of every element on
the way its own phase counts as the path; the other two phases count as the feeder. Where the phases
of an area are not known, nothing here applies and the bound of `connection.SinglePhase` does.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from grid_models.solvers.by_phase import AreaTrials
from grid_models.solvers.radial import Lanes
from grid_models.unbalanced.area import PHASES, Split, with_connection
from grid_models.unbalanced.finding import Unknown
from planner.checks import Elements
from planner.connection import SinglePhase, Trial
from planner.situation import Situation

__all__ = ["PhaseView", "VoltageElements", "view_phases"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

# A single-phase line goes and comes back: its loop is twice its conductor, so Z0 = 4 Z1.
RETURN_FACTOR = 4.0
# The source is set so that the high side keeps its balanced voltage; twice is beyond any digit.
SETTINGS = 3
_PATH, _FEEDER = 0, 1


@dataclass(frozen=True, slots=True, kw_only=True)
class VoltageElements:
    """Nodes before and after, volts, with their two limits and what they may be worse by."""

    before: Floats
    after: Floats
    low: Floats
    high: Floats
    scope: Ints
    allowed: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseView:
    """One trial with its load on one phase.

    Parameters
    ----------
    phase
        a, b or c.
    rows
        Rows of the tree the area consists of.
    n
        Rows of the tree; what a new line adds comes after them, as in `outcome`.
    is_split
        Whether a line is split.
    volts_before, volts
        Of the area's rows, the split (or the access point) and the customer; (m + 2, 3).
    loading_before, loading
        Percent of the rating of the area's branches, the upper part of a split and the new line.
    single_phase
        Legal voltages.
    worse_v
        By how much a voltage that was broken before may be worse.
    """

    phase: str
    rows: Ints
    n: int
    is_split: bool
    volts_before: Floats
    volts: Floats
    loading_before: Floats
    loading: Floats
    single_phase: SinglePhase
    worse_v: float

    @property
    def customer_v(self) -> float:
        """Voltage of the customer."""
        return float(self.volts[-1, self._own])

    @property
    def _own(self) -> int:
        return PHASES.index(self.phase)

    @property
    def _others(self) -> list[int]:
        return [k for k in range(len(PHASES)) if k != self._own]

    @property
    def more_branches(self) -> Ints:
        """Branches that stand once more behind all others, for each of the other phases."""
        parts = [self.n, self.n + 1] if self.is_split else []
        return np.tile(np.append(self.rows, parts), 2).astype(np.int64)

    @property
    def more_nodes(self) -> Ints:
        """Nodes that stand once more behind all others, for each of the other phases."""
        return np.tile(np.append(self.rows, [self.n] if self.is_split else []), 2).astype(np.int64)

    def branches(self, balanced: Elements, row: int, factor: Floats) -> Elements:
        """Put loadings by phase in the place of balanced ones; the other phases come last.

        Parameters
        ----------
        row
            Row of the access point, or of the line that is split.
        factor
            Rated current over limit current by row.
        """
        m = len(self.rows)
        share = np.append(factor[self.rows], [factor[row], 1.0])[:, None]
        before, after = self.loading_before * share, self.loading * share
        # rows of the area, then upper part, lower part (which has the line's own row), new line
        lower = row - int(self.rows[0])
        order = np.append(np.arange(m), [m, lower, m + 1])
        at = np.append(self.rows, self.n + np.arange(3))
        first, second = balanced.before.copy(), balanced.after.copy()
        first[at], second[at] = before[order, self._own], after[order, self._own]
        kept = order[: m + 2 * self.is_split]
        more = self.more_branches
        scope = balanced.scope[more]
        return replace(
            balanced,
            before=np.concatenate([first, *(before[kept, k] for k in self._others)]),
            after=np.concatenate([second, *(after[kept, k] for k in self._others)]),
            limit=np.append(balanced.limit, balanced.limit[more]),
            scope=np.append(balanced.scope, np.where(scope == _PATH, _FEEDER, scope)),
        )

    def voltages(self, balanced: VoltageElements) -> VoltageElements:
        """Put volts to neutral in the place of balanced volts; the other phases come last."""
        m = len(self.rows)
        at = np.append(self.rows, [self.n, self.n + 1])
        first, second = balanced.before.copy(), balanced.after.copy()
        first[at], second[at] = self.volts_before[:, self._own], self.volts[:, self._own]
        low, high, allowed = (
            values.copy() for values in (balanced.low, balanced.high, balanced.allowed)
        )
        low[at] = np.where(np.isnan(low[at]), np.nan, self.single_phase.low_v)
        high[at] = np.where(np.isnan(high[at]), np.nan, self.single_phase.high_v)
        allowed[at] = self.worse_v
        kept, more = slice(0, m + self.is_split), self.more_nodes
        scope = balanced.scope[more]
        return VoltageElements(
            before=np.concatenate([first, *(self.volts_before[kept, k] for k in self._others)]),
            after=np.concatenate([second, *(self.volts[kept, k] for k in self._others)]),
            low=np.append(low, low[more]),
            high=np.append(high, high[more]),
            scope=np.append(balanced.scope, np.where(scope == _PATH, _FEEDER, scope)),
            allowed=np.append(allowed, allowed[more]),
        )


def view_phases(
    situation: Situation, trial: Trial, lanes: Lanes, lane: int, worse_share: float
) -> tuple[PhaseView, ...]:
    """Solve a single-phase trial on each phase; empty where its phases cannot be told apart.

    Parameters
    ----------
    lanes, lane
        The balanced solution with the load: the voltage above the board is taken from it.
    worse_share
        By what share of the nominal voltage a broken one may be worse.
    """
    connection, single_phase = trial.connection, trial.single_phase
    if single_phase is None or connection.swap is not None or not lanes.converged[lane]:
        return ()
    board = int(situation.topology.board[connection.row])
    standing = situation.area(board)
    if isinstance(standing, Unknown):
        return ()
    area, row = standing.area, connection.row - board
    z1 = complex(connection.r, connection.x)
    grown = with_connection(
        area, Split(row=row, share=connection.share), z1=z1, z0=RETURN_FACTOR * z1,
        y=complex(connection.g, connection.b), rating=connection.rating,
    )  # fmt: skip
    above = int(situation.tree.parent[board])
    v_high = float(lanes.v_pu[above, lane]) / area.ratio
    v = _solve(AreaTrials(grown, len(grown) - 1), complex(connection.p, connection.q), v_high)
    if np.isnan(v).any():
        return ()
    rows = np.arange(board, board + len(area))
    before = np.abs(standing.v[: len(area)])
    access = standing.v[row]
    if connection.share is not None:
        up = standing.v[int(area.parent[row])]
        access = up + connection.share * (access - up)
    loading_before = area.loadings(standing.v)
    own_before = [loading_before[row], np.zeros(len(PHASES))]
    return tuple(
        PhaseView(
            phase=phase,
            rows=rows,
            n=len(situation.tree),
            is_split=connection.share is not None,
            volts_before=np.concatenate([before, [np.abs(access)] * 2]) * area.volts,
            volts=np.abs(v[k, : len(grown)]) * area.volts,
            loading_before=np.concatenate([loading_before, own_before]),
            loading=grown.loadings(v[k]),
            single_phase=single_phase,
            worse_v=worse_share * single_phase.nominal_v,
        )
        for k, phase in enumerate(PHASES)
    )


def _solve(trials: AreaTrials, power: complex, v_high: float) -> npt.NDArray[np.complex128]:
    """Solve the load on each phase, the positive sequence of the high side kept at a voltage."""
    load = power * np.eye(len(PHASES), dtype=np.complex128)
    source = np.full(len(PHASES), v_high)
    for _ in range(SETTINGS):
        v = trials.solve(load, source)
        source = source * v_high / _positive(v[:, -1])
    return v


def _positive(v: npt.NDArray[np.complex128]) -> Floats:
    """Size of the positive sequence; the last axis is the phase."""
    turn = np.exp(2j * np.pi / 3.0 * np.arange(len(PHASES)))
    return np.asarray(np.abs(v @ turn) / len(PHASES), dtype=np.float64)
