"""Fees: what a rule names, charged only where a document states the rate; never a guess.

The high-reliability fee is charged on every circuit but the largest. Until a province's document is
in the rules its amount is open, which is not nothing. The temporary connection fee is abolished.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from planner.application import SupplyApplication
from planner.messages import say
from planner.payers import is_temporary
from planner.plan import Fee
from planner.rules import Rules

__all__ = ["Circuit", "find_fees", "high_reliability_fee"]

HIGH_RELIABILITY, TEMPORARY = "high_reliability_fee", "temporary_connection_fee"
_V_PER_KV = 1000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Circuit:
    """One supply circuit as the fee sees it: how much it may carry, at which voltage, how laid."""

    capacity_kva: float
    nominal_kv: float
    laying: str


def find_fees(
    application: SupplyApplication, circuits: Sequence[Circuit], rules: Rules
) -> tuple[Fee, ...]:
    """List the fees of an option.

    Parameters
    ----------
    circuits
        Those of the option; fewer than the application asks for where the others are not planned.
    """
    fees = []
    if application.sources > 1 or len(circuits) > 1:
        fees.append(high_reliability_fee(circuits, rules, expected=application.sources))
    if is_temporary(application):
        fees.append(_abolished(rules))
    return tuple(fees)


def high_reliability_fee(circuits: Sequence[Circuit], rules: Rules, *, expected: int = 0) -> Fee:
    """Charge every circuit but the largest; of several largest the one with the least rate is free.

    Parameters
    ----------
    expected
        Circuits there will be; while fewer are known, the amount is to be confirmed.
    """
    row, base = rules.row(f"{HIGH_RELIABILITY}_rate"), rules.row(f"{HIGH_RELIABILITY}_base")
    table: Mapping[str, Any] = row.value
    basis = str(table["basis"])
    rates = [_rate(circuit, table["rates"]) for circuit in circuits]
    is_known = bool(basis) and len(circuits) >= max(expected, 2) and None not in rates
    kva = None
    if len(circuits) >= max(expected, 2):
        kva = sum(c.capacity_kva for c in circuits) - max(c.capacity_kva for c in circuits)
    if not is_known or kva is None:
        text = say("fee_high_reliability_open")
        return Fee(
            code=HIGH_RELIABILITY,
            status="to_confirm",
            quantity_kva=kva,
            rate_cny_per_kva=None,
            amount_cny=None,
            basis=basis,
            rule_id=row.rule_id,
            verified=False,
            zh=text.zh,
            en=text.en,
        )
    amounts = [
        (circuit.capacity_kva, rate)
        for circuit, rate in zip(circuits, rates, strict=True)
        if rate is not None
    ]
    left_out = max(range(len(amounts)), key=lambda k: (amounts[k][0], -amounts[k][1]))
    charged = [pair for k, pair in enumerate(amounts) if k != left_out]
    amount = sum(kva * rate for kva, rate in charged)
    one_rate = {rate for _, rate in charged}
    text = say("fee_high_reliability", value=kva, amount=amount, basis=basis)
    return Fee(
        code=HIGH_RELIABILITY,
        status="charged",
        quantity_kva=kva,
        rate_cny_per_kva=one_rate.pop() if len(one_rate) == 1 else None,
        amount_cny=amount,
        basis=basis,
        rule_id=row.rule_id,
        verified=row.verified and base.verified,
        zh=text.zh,
        en=text.en,
    )


def _rate(circuit: Circuit, rates: Mapping[str, Mapping[str, float]]) -> float | None:
    rate = rates.get(f"{circuit.nominal_kv * _V_PER_KV:.0f}", {}).get(circuit.laying)
    return None if rate is None else float(rate)


def _abolished(rules: Rules) -> Fee:
    row = rules.row(TEMPORARY)
    text = say("fee_temporary_abolished", basis=row.source)
    return Fee(
        code=TEMPORARY,
        status="abolished",
        quantity_kva=None,
        rate_cny_per_kva=None,
        amount_cny=0.0,
        basis=row.source,
        rule_id=row.rule_id,
        verified=row.verified,
        zh=text.zh,
        en=text.en,
    )
