"""Works and cost of an option: what is to be built, who pays, and an honest estimate.

Unit costs are rule rows with year and scope; every sum is an estimate until they are verified.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from dateutil.relativedelta import relativedelta

from planner.application import SupplyApplication
from planner.candidate import Candidate
from planner.connection import Trial
from planner.design_load import Level
from planner.messages import say
from planner.plan import Cost, Work
from planner.rules import Rules

__all__ = ["compensation_kvar", "find_works", "is_zero_investment", "metering_mode", "price_works"]


def find_works(
    trial: Trial,
    application: SupplyApplication,
    rules: Rules,
    level: Level,
    *,
    label: Callable[[str], str],
    heavy: Sequence[tuple[str, float]] = (),
    replacement_kva: float | None = None,
) -> tuple[Work, ...]:
    """List what is to be built or done for an option.

    Parameters
    ----------
    label
        How people call an element, by id.
    heavy
        Elements a low-voltage customer loads beyond the planning limit: connect first, reinforce
        later.
    replacement_kva
        Size of the transformer that takes the present one's place before connection.
    """
    candidate, conductor = trial.candidate, trial.conductor
    name = label(candidate.element_id)
    payers: Mapping[str, str] = rules.value("payer")
    payer = payers[_payer_key(application, rules, level)]
    circuits_m = candidate.length_m * conductor.parallel
    works = []
    if replacement_kva is not None:
        works.append(
            _work(
                "transformer_replace", candidate.element_id, 1.0, "set", payers["reinforcement"],
                element=name, value=replacement_kva,
            )
        )  # fmt: skip
    if level == "lv":
        works.append(
            _work(
                "lv_service_line", candidate.element_id, circuits_m, "m", payer,
                quantity=candidate.length_m,
                conductor=conductor.type, parallel=conductor.parallel,
            )
        )  # fmt: skip
    else:
        works.append(_joint(candidate, payer, name))
        works.append(
            _work(
                "mv_line_new", candidate.element_id, circuits_m, "m", payer,
                quantity=candidate.length_m,
                conductor=conductor.type, parallel=conductor.parallel,
                laying=say(f"laying_{conductor.laying}"),
            )
        )  # fmt: skip
        kvar = compensation_kvar(trial.demand.capacity_kva, rules)
        works.append(_work("compensation", "", kvar, "kvar", payers["hv_customer_side"]))
    mode = say(f"metering_{metering_mode(trial.demand.capacity_kva, rules, level)}")
    works.append(_work("metering", "", 1.0, "set", payers["reinforcement"], mode=mode))
    return (*works, *_reinforce_later(application, rules, heavy, label, payers["reinforcement"]))


def _reinforce_later(
    application: SupplyApplication,
    rules: Rules,
    heavy: Sequence[tuple[str, float]],
    label: Callable[[str], str],
    payer: str,
) -> list[Work]:
    """Connect first: what the utility relieves by a date, at its own cost, not in the estimate."""
    if not heavy:
        return []
    due = application.on_date + relativedelta(months=int(rules.number("reinforce_later_months")))
    limit = rules.number("heavy_load")
    return [
        replace(
            _work(
                "reinforce_later", element, 1.0, "set", payer,
                element=label(element), value=value, limit=limit, date=due.isoformat(),
            ),
            due_on=due.isoformat(),
        )
        for element, value in heavy
    ]  # fmt: skip


def price_works(works: Sequence[Work], conductor_laying: str, rules: Rules) -> Cost:
    """Add up the unit costs of works, in CNY, as 15th, 50th and 85th percentile.

    What the utility relieves later is no part of this connection's cost.
    """
    totals = {"p15": 0.0, "p50": 0.0, "p85": 0.0}
    by_payer: dict[str, float] = {}
    basis: dict[str, None] = {}
    verified = True
    for work in works:
        if work.code == "reinforce_later":
            continue
        row = rules.row(_cost_rule(work, conductor_laying))
        price: Mapping[str, Any] = row.value
        quantity = work.quantity / 1000.0 if work.unit == "m" else work.quantity
        for name in totals:
            totals[name] += float(price[name]) * quantity
        by_payer[work.payer] = by_payer.get(work.payer, 0.0) + float(price["p50"]) * quantity
        basis[f"{row.rule_id}: {price['price_year']}, {price['scope_zh']} ({row.source})"] = None
        verified = verified and row.verified
    return Cost(
        currency="CNY",
        by_payer=by_payer,
        price_basis="估算 estimate; " + "; ".join(basis),
        verified=verified,
        **totals,
    )


def metering_mode(capacity_kva: float, rules: Rules, level: Level) -> str:
    """Return low_low, high_low or high_high: side of supply and side of metering."""
    modes: Mapping[str, str] = rules.value("metering_mode")
    if level == "lv":
        return modes["lv"]
    small = capacity_kva <= rules.number("metering_lv_side_limit")
    return modes["mv_small" if small else "mv"]


def _work(
    code: str, element_id: str, amount: float, unit: str, payer: str, **fields: object
) -> Work:
    """Make one work; a line's sentence gives its length, its quantity counts every circuit."""
    text = say(code, **{"element": element_id, "quantity": amount, "unit": unit, **fields})
    return Work(
        code=code, element_id=element_id, quantity=amount, unit=unit, payer=payer,
        zh=text.zh, en=text.en,
    )  # fmt: skip


def _joint(candidate: Candidate, payer: str, name: str) -> Work:
    code = {
        "mv_public_bay": "bay_use",
        "mv_public_tee": "boundary_switch",
        "mv_public_ring_in": "ring_main_unit",
    }[candidate.kind]
    return _work(code, candidate.element_id, 1.0, "set", payer, element=name)


def _payer_key(application: SupplyApplication, rules: Rules, level: Level) -> str:
    if level == "mv":
        return "hv_to_red_line"
    if application.category == "resident":
        return "lv_resident"
    return "lv_zero_investment" if is_zero_investment(application, rules) else "lv_other"


def is_zero_investment(application: SupplyApplication, rules: Rules) -> bool:
    """Say whether the low-voltage customer is small enough to pay nothing outside."""
    power = application.kw if application.kw is not None else application.kva or 0.0
    return application.small_micro and power <= rules.number("zero_investment_limit")


def compensation_kvar(capacity_kva: float, rules: Rules) -> float:
    """Usual share of the transformer capacity where there are no design data (upper end)."""
    return capacity_kva * float(rules.value("compensation_share")["high"]) / 100.0


def _cost_rule(work: Work, laying: str) -> str:
    if work.code == "mv_line_new":
        return f"cost_mv_line_new_{laying}"
    return f"cost_{work.code}"
