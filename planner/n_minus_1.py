"""N-1: whether another feeder can really take over the option's feeder, new load included.

The check of practice, section 5: the feeder's head is out, a tie is closed, and the receiver's tree
is solved by AC with everything on it (`grid_models.transfer`). It never refuses an option by
itself: what a failure does is the rule's effect, and outside the area classes it counts for it is
only shown. So is what failed before and the new load makes no worse than the rules allow; a radial
feeder, which the new load makes no more radial, has an effect of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf

from grid_models.model import Place
from grid_models.transfer import Transfer
from grid_models.transfers import Transfers
from planner.outcome import Outcome
from planner.plan import Check, Effect, TakeOver
from planner.rules import Rules
from planner.situation import Situation, legal_volts
from planner.sizing import NOMINAL_KV

__all__ = ["CODE", "NMinusOne", "check_n_minus_1", "sentence_of"]

CODE, RADIAL = "n_minus_1", "n_minus_1_radial"
SLACK = 1e-9
# The sentence of a failed check, by the unit of its value.
_SENTENCES = {"%": CODE, "V": "n_minus_1_voltage", "tie": RADIAL}


@dataclass(frozen=True, slots=True, kw_only=True)
class NMinusOne:
    """Result of the check.

    Parameters
    ----------
    take_over
        Who would take the feeder over: one tie or two; empty for a radial feeder.
    """

    check: Check
    take_over: tuple[TakeOver, ...]


def check_n_minus_1(
    transfers: Transfers, situation: Situation, outcome: Outcome, rules: Rules
) -> NMinusOne | None:
    """Transfer the feeder of a solved option by its ties; None where that says nothing.

    It says nothing at a busbar, which no feeder's head feeds, and on the head itself.
    """
    connection = outcome.trial.connection
    head = int(situation.topology.feeder_head[connection.row])
    if head < 0:
        return None
    top = Place(tree=situation.number, row=head)
    if not transfers.ties(top):
        feeder_id = situation.model.branch_id(situation.number, head)
        return NMinusOne(
            check=_check(
                feeder_id,
                0.0,
                1.0,
                "tie",
                effect=_effect(rules, RADIAL),
                upper=False,
                was_broken=True,
            ),
            take_over=(),
        )
    found = transfers.take_over(top, connection)
    if not found:
        return None
    worst, model = _worst(found), situation.model

    def kv_of(node_id: str) -> float:
        row = model.node_rows.get(node_id)
        # what is built has the voltage of the access point
        return outcome.trial.kv if row is None else float(model.value("nodes", "vn_kv", row))

    return NMinusOne(
        check=_judge(rules, worst, lambda: _worst(transfers.take_over(top)), kv_of),
        take_over=tuple(_take_over(transfer) for transfer in found),
    )


def _worst(transfers: Sequence[Transfer]) -> Transfer:
    return max(
        transfers, key=lambda transfer: (not transfer.is_carried, transfer.worst_loading_pct)
    )


def _take_over(transfer: Transfer) -> TakeOver:
    return TakeOver(
        tie_id=transfer.tie_id,
        opened_id=transfer.opened_id or None,
        feeder_id=transfer.receiving_feeder_id or None,
        source_tree_id=transfer.receiving_tree_id,
        worst_loading_pct=transfer.worst_loading_pct,
        worst_element_id=transfer.worst_element_id,
        lowest_v_pu=transfer.lowest_v_pu,
        lowest_v_node_id=transfer.lowest_v_node_id,
    )


def sentence_of(check: Check) -> str:
    """Code of the sentence that says what a failed check found."""
    if check.code != CODE:
        return check.code
    return "n_minus_1_no_solution" if check.value == inf else _SENTENCES[check.unit]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Breach:
    """The limit a transfer breaks worst, as the rules state it.

    Parameters
    ----------
    value, limit
        In percent, or in volts.
    measure
        What tells two of a kind apart, more is worse: percent, or percent of the nominal voltage.
    """

    element_id: str
    value: float
    limit: float
    unit: str
    is_upper: bool
    measure: float

    @classmethod
    def of(cls, transfer: Transfer, rules: Rules, kv_of: Callable[[str], float]) -> _Breach:
        """Take the legal limit in place of one that was relaxed for what is broken already."""
        name, value = transfer.broken_element_id, transfer.broken_value
        if not transfer.broken_code.startswith("voltage"):
            if transfer.broken_code == "diverged":
                name, value = transfer.tie_id, inf
            return cls(
                element_id=name, value=value, limit=100.0, unit="%", is_upper=True, measure=value
            )
        kv, is_upper = kv_of(name), transfer.broken_code == "voltage_high"
        share = value / (10.0 * NOMINAL_KV[kv])
        return cls(
            element_id=name,
            value=value,
            limit=legal_volts(rules)[kv][is_upper],
            unit="V",
            is_upper=is_upper,
            measure=share if is_upper else -share,
        )


def _judge(
    rules: Rules,
    worst: Transfer,
    present: Callable[[], Transfer],
    kv_of: Callable[[str], float],
) -> Check:
    """Judge the worst transfer; what fails is held against what is so at present."""
    stated = _effect(rules, CODE)
    if worst.is_carried:
        return _check(worst.worst_element_id, worst.worst_loading_pct, 100.0, "%", effect=stated)
    breach, before = _Breach.of(worst, rules, kv_of), present()
    # Another limit than the one broken before is no old failure: the element named held it.
    was_broken = not before.is_carried and before.broken_code == worst.broken_code
    allowance = rules.number("worsened_loading" if breach.unit == "%" else "worsened_voltage")
    is_worse = not was_broken or (
        breach.measure - _Breach.of(before, rules, kv_of).measure > allowance
    )
    return _check(
        breach.element_id, breach.value, breach.limit, breach.unit,
        effect=stated if is_worse else "show", upper=breach.is_upper, was_broken=was_broken,
    )  # fmt: skip


def _check(
    element_id: str,
    value: float,
    limit: float,
    unit: str,
    *,
    effect: Effect,
    upper: bool = True,
    was_broken: bool = False,
) -> Check:
    room = limit - value if upper else value - limit
    passed = bool(room >= -SLACK * limit)
    return Check(
        code=CODE,
        element_id=element_id,
        value=value,
        limit=limit,
        unit=unit,
        margin_pct=100.0 * room / limit,
        passed=passed,
        effect="show" if passed else effect,
        scope="feeder",
        pre_existing=was_broken and not passed,
        rule_id=CODE if unit != "tie" else RADIAL,
    )


def _effect(rules: Rules, rule_id: str) -> Effect:
    """Return what a failure does: the rule's effect in the area classes it counts in, else show.

    The desk at most: the check is made when the search is over, and takes no option away.
    """
    stated = rules.effect(rule_id, "feeder")
    decides = rules.value("area_class") in rules.value("n_minus_1_areas")
    return "desk" if decides and stated != "show" else "show"
