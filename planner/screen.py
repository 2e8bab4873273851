"""Screen: refuses what breaks a limit on the way to the source, before a whole tree is solved.

The way is exact and the rest of the tree answers by its series (`grid_models.exact.way`): the
figures of a refusal agree with the full power flow to a millionth of a point. Only what is clearly
beyond a limit that blocks on the path is refused here; everything else is solved in full.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from grid_models.edits import CUSTOMER_NODE, NEW_LINE, SPLIT_NODE
from grid_models.exact.way import ADDED, LINE, NOWHERE, PART, TRANSFORMER, VOLTAGE, Ways, find_ways
from planner.connection import Trial
from planner.design_load import Level
from planner.plan import RejectionReason
from planner.refusal import blocked
from planner.rules import Rules
from planner.situation import Situation, is_connected_first

__all__ = ["screen"]

# Share of a limit by which it must be broken to be refused without a full power flow.
CLEARLY = 1e-4
_LOADINGS = {"thermal_line": (LINE,), "thermal_transformer": (TRANSFORMER,),
             "heavy_load": (LINE, TRANSFORMER)}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class _Blocks:
    """Limits that block on the path at a level: loadings in percent by code, and low voltage."""

    loadings_pct: Mapping[str, float]
    low_voltage: bool

    @classmethod
    def of(cls, rules: Rules, level: Level) -> _Blocks:
        codes = {
            code for code in (*_LOADINGS, "voltage_low") if rules.effect(code, "path") == "block"
        }
        if is_connected_first(rules, level):
            codes.discard("heavy_load")
        return cls(
            loadings_pct={code: rules.number(code) for code in _LOADINGS if code in codes},
            low_voltage="voltage_low" in codes,
        )


def screen(
    situation: Situation, trials: Sequence[Trial], rules: Rules, level: Level
) -> list[tuple[RejectionReason, ...]]:
    """Return the reasons against each trial that its way alone shows; empty: solve it in full."""
    nothing: list[tuple[RejectionReason, ...]] = [()] * len(trials)
    if not situation.state.converged or any(trial.single_phase for trial in trials):
        return nothing
    ways = find_ways(
        situation.folded,
        situation.limits,
        situation.v_low_pu,
        [trial.connection for trial in trials],
    )
    blocks = _Blocks.of(rules, level)
    return [
        tuple(_Way(situation, trial, ways, k).reasons(blocks)) if ways.solved[k] else ()
        for k, trial in enumerate(trials)
    ]


class _Way:
    """One trial's way."""

    def __init__(self, situation: Situation, trial: Trial, ways: Ways, k: int) -> None:
        self.situation, self.trial = situation, trial
        self.value, self.row = ways.value[:, k].tolist(), ways.row[:, k].tolist()

    def reasons(self, blocks: _Blocks) -> Iterator[RejectionReason]:
        for code, limit in blocks.loadings_pct.items():
            found = [kind for kind in _LOADINGS[code] if self.row[kind] != NOWHERE]
            kind = max(found, key=self.value.__getitem__, default=None)
            if kind is not None and self.value[kind] > limit * (1.0 + CLEARLY):
                before = self._loading_before(kind)
                yield self._refuse(code, kind, self.value[kind], limit, "%", was=before)
        row = self.row[VOLTAGE]
        if blocks.low_voltage and row != NOWHERE:
            at = row if row >= 0 else self.trial.connection.row
            base_v = 1000.0 * float(self.situation.limits.kv[at])
            limit = round(float(self.situation.limits.v_low_pu[at]) * base_v, 6)
            value = self.value[VOLTAGE] * base_v
            if value < limit * (1.0 - CLEARLY):
                before = float(self.situation.state.v_pu[at]) * base_v
                yield self._refuse("voltage_low", VOLTAGE, value, limit, "V", was=before)

    def _refuse(
        self, code: str, kind: int, value: float, limit: float, unit: str, *, was: float
    ) -> RejectionReason:
        was_broken = was < limit if kind == VOLTAGE else was > limit
        return blocked(
            self.situation.model, code, self._name(kind), value=value, limit=limit, unit=unit,
            was_broken=was_broken,
        )  # fmt: skip

    def _loading_before(self, kind: int) -> float:
        row = self.row[kind]
        if row == ADDED:
            return 0.0
        at = self.trial.connection.row if row == PART else row
        return float(self.situation.state.loading_pct[at] * self.situation.limits.factor[at])

    def _name(self, kind: int) -> str:
        model, number, row = self.situation.model, self.situation.number, self.row[kind]
        if kind == VOLTAGE:
            names = {ADDED: CUSTOMER_NODE, PART: SPLIT_NODE}
            return names[row] if row in names else model.node_id(number, row)
        if row == ADDED:
            return NEW_LINE
        if row == PART:
            return self.situation.part(self.trial.connection.row, is_upper=True)
        return model.branch_id(number, row)
