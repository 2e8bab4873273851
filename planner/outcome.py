"""Outcome: what a solved trial does to the grid: its checks, and the figures a plan shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from grid_models.edits import CUSTOMER_NODE, NEW_LINE, SPLIT_NODE
from grid_models.solvers.radial import Lanes, solve_connections
from planner.checks import Elements, Judgement, Worsening, judge
from planner.connection import PHASES, Trial
from planner.design_load import Level
from planner.plan import Check, PowerFlowSummary
from planner.rules import Rules
from planner.situation import Situation, is_connected_first
from planner.sizing import NOMINAL_KV

__all__ = ["Outcome", "evaluate", "measure_ways"]

# What a tree gains when a line is split: its two parts and the new line; the split and the load.
PART_UP, PART_DOWN, NEW = 0, 1, 2

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A trial after the power flow.

    Parameters
    ----------
    converged
        False: the grid cannot carry the load at all; nothing else means anything.
    judgements
        Checks of limits over the whole source tree.
    path
        Rows from the access point (or the node above the split) up to the source.
    v_access_before_pu, v_access_pu
        Voltage at the access point before and after.
    worst_on_path_pct
        Greatest loading in percent of the limit on the path, new line included.
    heavy_on_path
        (element id, loading %) of every element on the path that is heavily loaded.
    """

    trial: Trial
    converged: bool
    judgements: Sequence[Judgement]
    path: Ints
    v_access_before_pu: float
    v_access_pu: float
    worst_on_path_pct: float
    heavy_on_path: Sequence[tuple[str, float]]
    power_flow: PowerFlowSummary

    @property
    def blocking(self) -> tuple[Check, ...]:
        """Checks that reject the access point."""
        return tuple(j.check for j in self.judgements if j.check.effect == "block")

    @property
    def desk(self) -> Mapping[str, Check]:
        """Desk codes that follow from limits, each with its worst element."""
        return {code: check for j in self.judgements for code, check in j.desk.items()}


def evaluate(
    situation: Situation, trials: Sequence[Trial], rules: Rules, level: Level
) -> list[Outcome]:
    """Solve trials of one source tree, each alone, and hold every limit against the results.

    Where tap changers move, too high voltages are looked for at the high end of their bands,
    everything else at the low end. At either end they stand still for the trial.
    """
    connections = [trial.connection for trial in trials]
    lanes = solve_connections(situation.tree, situation.state, connections)
    upper = (situation, lanes)
    if (high := situation.upper) is not None:
        upper = (high, solve_connections(high.tree, high.state, connections))
    frame = _Frame.of(situation, rules)
    return [
        _Look(situation, frame, trial, lanes, lane, upper).outcome(rules, level)
        for lane, trial in enumerate(trials)
    ]


def measure_ways(situation: Situation, trials: Sequence[Trial]) -> list[tuple[float, float] | None]:
    """Solve trials of one source tree and return of each what its customer and its way see.

    Returns
    -------
    ways
        Voltage of the customer (pu) and greatest loading on the path in percent of the limit, new
        line included; None where there is no solution.
    """
    lanes = solve_connections(
        situation.tree, situation.state, [trial.connection for trial in trials]
    )
    limits = situation.limits
    is_held = limits.is_known & (limits.is_line | limits.is_transformer)
    found: list[tuple[float, float] | None] = []
    for lane, trial in enumerate(trials):
        if not lanes.converged[lane]:
            found.append(None)
            continue
        row = trial.connection.row
        loadings = [float(lanes.loading_new_pct[lane])]
        path = situation.tree.path(row)
        if trial.connection.share is not None:
            path = path[1:]
            if is_held[row]:
                loadings.append(float(lanes.loading_parts_pct[0, lane] * limits.factor[row]))
        path = path[is_held[path]]
        loadings += (lanes.loading_pct[path, lane] * limits.factor[path]).tolist()
        found.append((float(lanes.v_load_pu[lane]), max(loadings)))
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class _Frame:
    """What is the same for every trial in a tree; by row, with room for what a new line adds."""

    loading_before: Floats
    loading_limit: Floats
    worsened_loading: Floats
    volts: Floats
    v_low: Floats
    v_high: Floats
    worsened_v: Floats
    is_named: npt.NDArray[np.bool_]

    @classmethod
    def of(cls, situation: Situation, rules: Rules) -> _Frame:
        limits = situation.limits
        known = limits.is_known & (limits.is_line | limits.is_transformer)
        before = situation.state.loading_pct * limits.factor
        named = situation.is_named
        nominal = limits.kv.copy()
        for base_kv, nominal_kv in NOMINAL_KV.items():
            nominal[np.isclose(limits.kv, base_kv)] = nominal_kv
        share = rules.number("worsened_voltage") / 100.0
        return cls(
            loading_before=np.append(before, [0.0] * 3),
            loading_limit=np.append(np.where(known, 100.0, np.nan), [np.nan, np.nan, 100.0]),
            worsened_loading=np.full(len(before) + 3, rules.number("worsened_loading")),
            volts=np.append(limits.kv, [np.nan] * 2) * 1000.0,
            v_low=np.append(situation.v_low_pu, [np.nan] * 2),
            v_high=np.append(
                np.where(named & np.isfinite(limits.v_high_pu), limits.v_high_pu, np.nan),
                [np.nan] * 2,
            ),
            worsened_v=np.append(nominal, [np.nan] * 2) * 1000.0 * share,
            is_named=named,
        )


class _Look:
    """One lane of a solution, laid out with what the new line adds behind the tree's own rows."""

    def __init__(
        self,
        situation: Situation,
        frame: _Frame,
        trial: Trial,
        lanes: Lanes,
        lane: int,
        upper: tuple[Situation, Lanes],
    ) -> None:
        self.situation, self.frame, self.trial = situation, frame, trial
        self.lanes, self.lane, self.upper = lanes, lane, upper
        self.n = len(situation.tree)
        row = trial.connection.row
        self.is_split = trial.connection.share is not None
        self.row = row
        self.path = situation.tree.path(int(situation.tree.parent[row]) if self.is_split else row)
        head = int(situation.topology.feeder_head[row])
        self.feeder = slice(head, int(situation.tree.end[head])) if head >= 0 else slice(0, 0)

    def outcome(self, rules: Rules, level: Level) -> Outcome:
        v_before = self._v_access_before(self.situation)
        v_after = float(self.lanes.v_split_pu[self.lane])
        if not (self.lanes.converged[self.lane] and self.upper[1].converged[self.lane]):
            return Outcome(
                trial=self.trial, converged=False, judgements=(), path=self.path,
                v_access_before_pu=v_before, v_access_pu=v_after, worst_on_path_pct=np.inf,
                heavy_on_path=(), power_flow=_NO_POWER_FLOW,
            )  # fmt: skip
        loading = self._branches()
        judgements = [
            *self._thermal(loading, rules, level),
            *self._voltage(rules),
        ]
        on_path = (loading.scope == 0) & np.isfinite(loading.limit)
        heavy = np.flatnonzero(on_path & (loading.after > rules.number("heavy_load")))
        return Outcome(
            trial=self.trial,
            converged=True,
            judgements=judgements,
            path=self.path,
            v_access_before_pu=v_before,
            v_access_pu=v_after,
            worst_on_path_pct=float(loading.after[on_path].max()),
            heavy_on_path=[(loading.name(int(k)), float(loading.after[k])) for k in heavy],
            power_flow=self._summary(),
        )

    # ------------------------------------------------------------------ branches

    def _branches(self) -> Elements:
        """Lay out loadings in percent of the limit, with a limit of 100 where one is known."""
        situation, lane = self.situation, self.lane
        limits = situation.limits
        factor = limits.factor
        swap = self.trial.connection.swap
        if swap is not None:
            factor = factor.copy()
            factor[swap.row] = 1.0
        own = factor[self.row]
        parts = self.lanes.loading_parts_pct[:, lane]
        limit, before = self.frame.loading_limit.copy(), self.frame.loading_before.copy()
        before[self.n : self.n + NEW] = before[self.row]
        if self.is_split:
            limit[self.n : self.n + NEW] = limit[self.row]
            limit[self.row] = np.nan
        after = np.empty(self.n + 3)
        np.multiply(self.lanes.loading_pct[:, lane], factor, out=after[: self.n])
        after[self.n : self.n + NEW] = parts * own
        after[self.n + NEW] = self.lanes.loading_new_pct[lane]
        if self.trial.single_phase is not None:
            own_rows = self._low_voltage_path()
            after[own_rows] += (PHASES - 1.0) * (after[own_rows] - before[own_rows])
            part = self.n + PART_UP
            after[part] += (PHASES - 1.0) * (after[part] - before[part])
            after[self.n + NEW] *= PHASES
        return Elements(
            before=before,
            after=after,
            limit=limit,
            scope=self._scope([0, 1, 0]),
            unit="%",
            name=self._branch_name,
        )

    def _low_voltage_path(self) -> Ints:
        """Rows of the path from the access point up to the board, without one to the source."""
        topology = self.situation.topology
        board = topology.board[self.row]
        return np.asarray(self.path[topology.board[self.path] == board])

    def _phase_to_neutral(
        self, before: Floats, after: Floats, limit: Floats, *, is_upper: bool
    ) -> None:
        """Put the nodes a single-phase load shares its phase with on volts to neutral, in place.

        The drop it causes on low-voltage lines counts `drop_factor` times; the board's own voltage
        stays the balanced one.
        """
        phase = self.trial.single_phase
        if phase is None:
            return
        rows = np.append(self._low_voltage_path(), [self.n, self.n + 1])
        board = max(int(self.situation.topology.board[self.row]), 0)
        drop = (after[board] - after[rows]) - (before[board] - before[rows])
        after[rows] -= (phase.drop_factor - 1.0) * drop
        before[rows] /= np.sqrt(PHASES)
        after[rows] /= np.sqrt(PHASES)
        own = phase.high_v if is_upper else phase.low_v
        limit[rows] = np.where(np.isnan(limit[rows]), np.nan, own)

    def _scope(self, added: Sequence[int]) -> Ints:
        scope = np.full(self.n + len(added), 2, np.int64)
        scope[self.feeder] = 1
        scope[self.path] = 0
        scope[self.n :] = added
        return scope

    def _branch_name(self, k: int) -> str:
        if k - self.n == NEW:
            return NEW_LINE
        if k < self.n:
            return self.situation.model.branch_id(self.situation.number, k)
        return self.situation.part(self.row, is_upper=k - self.n == PART_UP)

    def _thermal(self, loading: Elements, rules: Rules, level: Level) -> list[Judgement]:
        limits = self.situation.limits
        line = np.concatenate([limits.is_line, [self.is_split, self.is_split, True]])
        transformer = np.concatenate([limits.is_transformer, [False] * 3])
        worsening = Worsening(allowed=self.frame.worsened_loading)
        found = []
        for code, mask in (
            ("thermal_line", line),
            ("thermal_transformer", transformer),
            ("heavy_load", line | transformer),
        ):
            limit = np.where(mask, loading.limit * (rules.number(code) / 100.0), np.nan)
            elements = Elements(
                before=loading.before, after=loading.after, limit=limit,
                scope=loading.scope, unit="%", name=loading.name,
            )  # fmt: skip
            shown = code == "heavy_load" and is_connected_first(rules, level)
            found.append(judge(code, elements, rules, worsening, upper=True, never_blocks=shown))
        return [judgement for judgement in found if judgement is not None]

    # ------------------------------------------------------------------ voltages

    def _v_access_before(self, situation: Situation) -> float:
        state, tree, row = situation.state, situation.tree, self.row
        if not self.is_split:
            return float(state.v_pu[row])
        above, below = state.v[tree.parent[row]], state.v[row]
        share = self.trial.connection.share or 0.0
        return float(abs(above + share * (below - above)))

    def _voltages(self, situation: Situation, lanes: Lanes) -> tuple[Floats, Floats]:
        """Voltages before and after, pu, of the rows, the split and the new load."""
        v_before = self._v_access_before(situation)
        v_split = lanes.v_split_pu[self.lane] if self.is_split else np.nan
        after = np.append(lanes.v_pu[:, self.lane], [v_split, lanes.v_load_pu[self.lane]])
        return np.append(situation.state.v_pu, [v_before, v_before]), after

    def _voltage(self, rules: Rules) -> list[Judgement]:
        frame = self.frame
        volts = frame.volts.copy()
        volts[self.n :] = self.trial.kv * 1000.0
        allowed = frame.worsened_v.copy()
        allowed[self.n :] = allowed[self.row]
        scope = self._scope([0, 0])
        found = []
        for code, bound, (situation, lanes), upper in (
            ("voltage_low", frame.v_low, (self.situation, self.lanes), False),
            ("voltage_high", frame.v_high, self.upper, True),
        ):
            limit = bound.copy()
            limit[self.n :] = limit[self.row]
            if not self.is_split:
                limit[self.n] = np.nan
            # Volts were turned into per unit and back: the rule's own figure is what people see.
            limit = np.round(limit * volts, 6)
            before, after = (v * volts for v in self._voltages(situation, lanes))
            self._phase_to_neutral(before, after, limit, is_upper=upper)
            elements = Elements(
                before=before, after=after, limit=limit, scope=scope, unit="V", name=self._node_name
            )
            worsening = Worsening(allowed=allowed, forgives_improvement=upper)
            found.append(judge(code, elements, rules, worsening, upper=upper))
        return [judgement for judgement in found if judgement is not None]

    def _node_name(self, k: int) -> str:
        if k < self.n:
            return self.situation.model.node_id(self.situation.number, k)
        return SPLIT_NODE if k == self.n else CUSTOMER_NODE

    # ------------------------------------------------------------------ figures of the plan

    def _summary(self) -> PowerFlowSummary:
        situation, lane = self.situation, self.lane
        limits, tree = situation.limits, situation.tree
        loading = self.lanes.loading_pct[:, lane]
        rated = np.isfinite(tree.rating_child)
        line = np.where(limits.is_line & rated, loading, -1.0)
        parts = self.lanes.loading_parts_pct[:, lane]
        if self.is_split:
            line[self.row] = -1.0
        line = np.concatenate(
            [line, np.where(rated[self.row], np.nan_to_num(parts, nan=-1.0), -1.0),
             [self.lanes.loading_new_pct[lane]]]
        )  # fmt: skip
        transformer = np.where(limits.is_transformer & rated, loading, -1.0)
        v = np.append(
            np.where(self.frame.is_named, self.lanes.v_pu[:, lane], np.inf), [np.inf, np.inf]
        )
        if self.is_split:
            v[self.n] = self.lanes.v_split_pu[lane]
        v[self.n + 1] = self.lanes.v_load_pu[lane]
        top_line, top_transformer = int(np.argmax(line)), int(np.argmax(transformer))
        low = int(np.argmin(v))
        has_transformer = bool(transformer[top_transformer] >= 0.0)
        return PowerFlowSummary(
            v_customer_pu=float(self.lanes.v_load_pu[lane]),
            max_line_loading_pct=float(line[top_line]),
            max_line_id=self._branch_name(top_line),
            max_transformer_loading_pct=float(max(transformer[top_transformer], 0.0)),
            max_transformer_id=self._branch_name(top_transformer) if has_transformer else "",
            min_v_pu=float(v[low]),
            min_v_node_id=self._node_name(low),
        )


_NO_POWER_FLOW = PowerFlowSummary(
    v_customer_pu=0.0, max_line_loading_pct=0.0, max_line_id="",
    max_transformer_loading_pct=0.0, max_transformer_id="", min_v_pu=0.0, min_v_node_id="",
)  # fmt: skip
