"""Advice: the page the company owes a customer, from the rules alone.

Right size and what a smaller one would save, a rented transformer for building sites, documents to
bring and not to be asked for, steps and legal facts. Money only where a document is its basis.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from planner.application import SupplyApplication
from planner.customer_side import least_power_factor
from planner.design_load import Demand, Level
from planner.importance import is_important
from planner.messages import Message, say
from planner.plan import Advice, Schedule
from planner.rules import Rules
from planner.tariff import find_tariff

__all__ = ["make_advice"]


def make_advice(
    application: SupplyApplication,
    demand: Demand,
    level: Level,
    rules: Rules,
    schedule: Schedule | None = None,
) -> tuple[Advice, ...]:
    """Return the lines of the page, in the order they are read.

    Parameters
    ----------
    level
        At which the customer would be supplied.
    schedule
        Of the first option; None where there is none.
    """
    say_line = _Lines(rules)
    return (
        *_size(say_line, application, demand, level, rules),
        *_temporary(say_line, application, rules),
        *_documents(say_line, level, rules),
        *_steps(say_line, application, level, schedule),
        *_legal(say_line, application, demand, level, rules),
        *_unsecured(say_line, application, rules),
    )


class _Lines:
    """Makes lines; asks whether somebody has read the sources of the rows each rests on."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules

    def __call__(self, topic: str, code: str, rule_ids: Sequence[str], **values: Any) -> Advice:
        text = say(f"advice_{code}", **values)
        return Advice(
            topic=topic, code=code, rule_ids=tuple(rule_ids),
            verified=all(self.rules.row(rule_id).verified for rule_id in rule_ids),
            zh=text.zh, en=text.en,
        )  # fmt: skip


# ---------------------------------------------------------------------- size


def _size(
    line: _Lines, application: SupplyApplication, demand: Demand, level: Level, rules: Rules
) -> Iterator[Advice]:
    if level == "lv":
        yield line("size", "no_own_transformer", ["lv_access_limit"])
        return
    if application.kva is not None and application.max_demand_kw is None:
        yield line("size", "demand_not_stated", ["transformer_load_rate"], value=application.kva)
        return
    s_kva = demand.whole_kva
    if application.max_demand_kw is not None:
        s_kva = application.max_demand_kw / demand.load.power_factor
    economic: Mapping[str, float] = rules.value("transformer_economic_load")
    yield line(
        "size", "load_rate", ["transformer_economic_load", "transformer_load_rate"],
        capacity=demand.capacity_kva, load=s_kva, rate=100.0 * s_kva / demand.capacity_kva,
        low=economic["low"], high=economic["high"],
    )  # fmt: skip
    smaller = _smaller_kva(application, demand, s_kva, rules)
    if smaller is None:
        yield line("size", "none_smaller", ["standard_transformers_kva"])
        return
    saved = demand.capacity_kva - smaller
    yield line(
        "size", "smaller", ["standard_transformers_kva"],
        smaller=smaller, saved=saved, rate=100.0 * s_kva / smaller,
    )  # fmt: skip
    yield from _basic_fee(line, application, demand, level, saved, rules)


def _smaller_kva(
    application: SupplyApplication, demand: Demand, s_kva: float, rules: Rules
) -> float | None:
    """Return a smaller capacity that carries the load, if there is any.

    Where the capacity was asked for and the demand stated: the least that keeps the load rate of
    the rules; else the next smaller standard size, if the load does not exceed it.
    """
    sizes = sorted(float(size) for size in rules.value("standard_transformers_kva"))
    must_kva = 0.0
    if application.important_kw is not None:
        must_kva = application.important_kw / demand.load.power_factor
    if application.kva is not None:
        least = max(s_kva / rules.number("transformer_load_rate"), must_kva)
        return next((size for size in sizes if least <= size < demand.capacity_kva), None)
    below = [size for size in sizes if size < demand.capacity_kva]
    fits = bool(below) and len(demand.transformers_kva) == 1 and below[-1] >= s_kva
    return below[-1] if fits else None


def _basic_fee(
    line: _Lines,
    application: SupplyApplication,
    demand: Demand,
    level: Level,
    saved_kva: float,
    rules: Rules,
) -> Iterator[Advice]:
    """Say what fewer kVA save: money only with a price that has a basis."""
    tariff = find_tariff(application, demand, rules, level)
    if tariff.get("basic_fee") == "exempt":
        until = tariff["basic_fee_exempt_until"]
        yield line("size", "basic_fee_exempt", ["tariff_basic_fee_exempt"], until=until)
    elif "basic_fee" in tariff:
        price: Mapping[str, Any] = rules.value("basic_fee_price")
        if price.get("price") and price.get("basis"):
            yield line(
                "size", "basic_fee_saved", ["basic_fee_price"], saved=saved_kva,
                yuan=saved_kva * float(price["price"]), basis=price["basis"],
            )  # fmt: skip
        else:
            yield line("size", "basic_fee_unpriced", ["basic_fee_price"], saved=saved_kva)
        months = rules.number("basic_fee_change_months")
        yield line("size", "basic_fee_choice", ["basic_fee_change_months"], months=months)


# ---------------------------------------------------------------------- the rest


def _temporary(line: _Lines, application: SupplyApplication, rules: Rules) -> Iterator[Advice]:
    is_temporary = application.business == "temporary"
    if is_temporary or application.category in rules.value("temporary_rental"):
        yield line("temporary", "temporary_rental", ["temporary_rental"])
        months = rules.number("temporary_term")
        yield line("temporary", "temporary_term", ["temporary_term"], months=months)


def _documents(line: _Lines, level: Level, rules: Rules) -> Iterator[Advice]:
    rule_id = "documents_lv" if level == "lv" else "documents_hv"
    names = rules.value(rule_id)
    listed = _listed([say(f"document_{name}") for name in names])
    yield line("documents", "documents", [rule_id], count=len(names), names=listed)
    exempt = rules.value("documents_exempt")
    listed = _listed([say(f"exempt_{name}") for name in exempt])
    yield line("documents", "documents_exempt", ["documents_exempt"],
               count=len(exempt), names=listed)  # fmt: skip


def _steps(
    line: _Lines, application: SupplyApplication, level: Level, schedule: Schedule | None
) -> Iterator[Advice]:
    if schedule is None:
        return
    kind = "lv" if level == "lv" else "hv_single" if application.sources == 1 else "hv_dual"
    limit: Mapping[str, Any] = line.rules.value("handling_days")[kind]
    steps = _listed([say(f"step_{step.code}") for step in schedule.steps])
    rule_ids = ["lv_steps" if level == "lv" else "hv_steps", "handling_days"]
    yield line(
        "steps", "steps", rule_ids,
        names=steps, days=limit["days"], unit=say(f"unit_{limit['clock']}_day"),
    )  # fmt: skip


def _legal(
    line: _Lines, application: SupplyApplication, demand: Demand, level: Level, rules: Rules
) -> Iterator[Advice]:
    months = rules.value("validity")["lv" if level == "lv" else "hv"]
    yield line("legal", "validity", ["validity"], months=months)
    days = rules.number("extension_before_days")
    yield line("legal", "extension", ["extension_before_days"], days=days)
    least = least_power_factor(application, demand, rules, level)
    fee = find_tariff(application, demand, rules, level)["power_factor_class"]
    ids = ["power_factor_min", "power_factor_adjustment"]
    code = "power_factor" if fee == "none" else "power_factor_fee"
    yield line("legal", code, ids, value=least, fee=fee)
    if not rules.value("resale"):
        yield line("legal", "no_resale", ["resale"])
    yield line("legal", "supply_points", ["supply_points"], count=rules.number("supply_points"))
    if application.sources > 1 and not rules.value("parallel_operation"):
        yield line("legal", "no_parallel", ["parallel_operation"])
    if rules.value("charge_only_lawful"):
        yield line("legal", "only_lawful_charges", ["charge_only_lawful"])


def _unsecured(line: _Lines, application: SupplyApplication, rules: Rules) -> Iterator[Advice]:
    """Say that an important load is stated which neither class nor second source provides for."""
    important_kw = application.important_kw
    if important_kw is None or application.sources > 1 or is_important(application, rules):
        return
    yield line("legal", "important_unsecured", ["required_independence"], value=important_kw)


def _listed(words: Sequence[Message]) -> Message:
    return Message(zh="、".join(word.zh for word in words), en=", ".join(w.en for w in words))
