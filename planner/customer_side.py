"""Customer's side: transformers, metering, power factor, tariff and own emergency source."""

from __future__ import annotations

from collections.abc import Mapping

from planner.application import SupplyApplication
from planner.design_load import Demand, Level
from planner.plan import CustomerSide
from planner.rules import Rules
from planner.works import metering_mode

__all__ = ["describe_customer_side"]


def describe_customer_side(
    application: SupplyApplication, demand: Demand, rules: Rules, level: Level
) -> CustomerSide:
    """Say what the customer has to provide and how the supply is metered and charged."""
    mode = metering_mode(demand.capacity_kva, rules, level)
    wiring: Mapping[str, str] = rules.value("metering_wiring")
    classes: Mapping[str, Mapping[str, str]] = rules.value("metering_class")
    power_factor: Mapping[str, float] = rules.value("power_factor_min")
    if application.category == "agricultural":
        kind = "agricultural"
    elif level == "mv" and demand.capacity_kva >= rules.number("power_factor_min_from"):
        kind = "mv"
    else:
        kind = "other"
    compensation = 0.0
    if level == "mv":
        compensation = demand.capacity_kva * float(rules.value("compensation_share")["high"]) / 100
    return CustomerSide(
        transformers_kva=demand.transformers_kva,
        metering={"mode": mode, "wiring": wiring[mode], **classes[level]},
        power_factor_min=float(power_factor[kind]),
        compensation_kvar=compensation,
        tariff=_tariff(application, demand, rules),
        emergency_source_kva=0.0,
    )


def _tariff(application: SupplyApplication, demand: Demand, rules: Rules) -> dict[str, str]:
    classes: Mapping[str, str] = rules.value("tariff_class")
    name = classes[application.category]
    if name != classes["commercial"]:
        return {"class": name, "parts": "single_part"}
    if demand.capacity_kva >= rules.number("tariff_two_part_from"):
        parts = "two_part"
    elif demand.capacity_kva >= rules.number("tariff_choice_from"):
        parts = "choice"
    else:
        parts = "single_part"
    return {"class": name, "parts": parts}
