"""Outcome: what a solved trial does to the grid: its checks, and the figures a plan shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from grid_models.edits import CUSTOMER_NODE, NEW_LINE, SPLIT_NODE
from grid_models.solvers.radial import Lanes, solve_connections
from planner.by_phase import PhaseView, VoltageElements, view_phases
from planner.checks import Elements, Judgement, Worsening, judge
from planner.connection import PHASES, Trial
from planner.design_load import Level
from planner.plan import Check, PowerFlowSummary
from planner.rules import Rules
from planner.situation import Situation, is_connected_first
from planner.sizing import NOMINAL_KV

__all__ = ["Outcome", "evaluate"]

# What a tree gains when a line is split: its two parts and the new line; the split and the load.
PART_UP, PART_DOWN, NEW = 0, 1, 2

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

# What is seen by phase, with tap changers at the low and at the high end; None: not by phase.
_Views = tuple[PhaseView | None, PhaseView | None]


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
    phase
        Phase of a single-phase load that was judged by phase: a, b or c; else empty.
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
    phase: str = ""

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
    worse_share = rules.number("worsened_voltage") / 100.0

    def look(lane: int, trial: Trial, views: _Views) -> Outcome:
        return _Look(situation, frame, trial, lanes, lane, views, upper).outcome(rules, level)

    outcomes = []
    for lane, trial in enumerate(trials):
        views = uppers = view_phases(situation, trial, lanes, lane, worse_share)
        if high is not None:
            uppers = view_phases(high, trial, upper[1], lane, worse_share)
        found = [(look(lane, trial, v), v[0]) for v in zip(views, uppers, strict=False)]
        # The phase nothing blocks on where the customer keeps the highest voltage.
        best = min(found, key=lambda one: (bool(one[0].blocking), -one[1].customer_v), default=None)
        outcomes.append(best[0] if best else look(lane, trial, (None, None)))
    return outcomes


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
        views: _Views,
        upper: tuple[Situation, Lanes],
    ) -> None:
        self.situation, self.frame, self.trial = situation, frame, trial
        self.lanes, self.lane, self.upper = lanes, lane, upper
        self.view, self.upper_view = views
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
            phase=self.view.phase if self.view else "",
        )

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
        if self.trial.single_phase is not None and self.view is None:
            own_rows = self._low_voltage_path()
            after[own_rows] += (PHASES - 1.0) * (after[own_rows] - before[own_rows])
            part = self.n + PART_UP
            after[part] += (PHASES - 1.0) * (after[part] - before[part])
            after[self.n + NEW] *= PHASES
        elements = Elements(
            before=before,
            after=after,
            limit=limit,
            scope=self._scope([0, 1, 0]),
            unit="%",
            name=self._branch_name,
        )
        return self.view.branches(elements, self.row, factor) if self.view else elements

    def _low_voltage_path(self) -> Ints:
        """Rows of the path from the access point up to the board, without one to the source."""
        topology = self.situation.topology
        board = topology.board[self.row]
        return np.asarray(self.path[topology.board[self.path] == board])

    def _phase_to_neutral(self, before: Floats, after: Floats, low: Floats, high: Floats) -> None:
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
        low[rows] = np.where(np.isnan(low[rows]), np.nan, phase.low_v)
        high[rows] = np.where(np.isnan(high[rows]), np.nan, phase.high_v)

    def _scope(self, added: Sequence[int]) -> Ints:
        scope = np.full(self.n + len(added), 2, np.int64)
        scope[self.feeder] = 1
        scope[self.path] = 0
        scope[self.n :] = added
        return scope

    def _branch_name(self, k: int) -> str:
        if self.view and k > self.n + NEW:
            k = int(self.view.more_branches[k - self.n - NEW - 1])
        if k - self.n == NEW:
            return NEW_LINE
        if k < self.n:
            return self.situation.model.branch_id(self.situation.number, k)
        return self.situation.part(self.row, is_upper=k - self.n == PART_UP)

    def _thermal(self, loading: Elements, rules: Rules, level: Level) -> list[Judgement]:
        limits = self.situation.limits
        line = np.concatenate([limits.is_line, [self.is_split, self.is_split, True]])
        transformer = np.concatenate([limits.is_transformer, [False] * 3])
        allowed = self.frame.worsened_loading
        if self.view:
            more = self.view.more_branches
            line, transformer, allowed = (
                np.append(values, values[more]) for values in (line, transformer, allowed)
            )
        worsening = Worsening(allowed=allowed)
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
        limits = [frame.v_low.copy(), frame.v_high.copy()]
        for limit in limits:
            limit[self.n :] = limit[self.row]
            if not self.is_split:
                limit[self.n] = np.nan
            # Volts were turned into per unit and back: the rule's own figure is what people see.
            np.round(limit * volts, 6, out=limit)
        low, high = limits
        found = []
        for code, (situation, lanes), view, upper in (
            ("voltage_low", (self.situation, self.lanes), self.view, False),
            ("voltage_high", self.upper, self.upper_view, True),
        ):
            before, after = (v * volts for v in self._voltages(situation, lanes))
            nodes = VoltageElements(
                before=before, after=after, low=low, high=high, scope=scope, allowed=allowed
            )
            if view:
                nodes = view.voltages(nodes)
            else:
                self._phase_to_neutral(before, after, low, high)
            elements = Elements(
                before=nodes.before, after=nodes.after, limit=nodes.high if upper else nodes.low,
                scope=nodes.scope, unit="V", name=self._node_name,
            )  # fmt: skip
            worsening = Worsening(allowed=nodes.allowed, forgives_improvement=upper)
            found.append(judge(code, elements, rules, worsening, upper=upper))
        return [judgement for judgement in found if judgement is not None]

    def _node_name(self, k: int) -> str:
        if self.view and k > self.n + 1:
            k = int(self.view.more_nodes[k - self.n - 2])
        if k < self.n:
            return self.situation.model.node_id(self.situation.number, k)
        return SPLIT_NODE if k == self.n else CUSTOMER_NODE

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
