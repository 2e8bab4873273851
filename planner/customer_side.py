"""Customer's side: transformers, metering, power factor, tariff and own emergency source."""

from __future__ import annotations

from collections.abc import Mapping
from math import sqrt

from planner.application import SupplyApplication
from planner.design_load import Demand, Level
from planner.plan import CustomerSide
from planner.rules import Rules
from planner.works import compensation_kvar, metering_mode

__all__ = ["describe_customer_side"]

NOT_IMPORTANT = ("ordinary", "temporary")
# Nominal voltages of the low-voltage system: between phases, and between phase and neutral.
LINE_V, PHASE_V = 380.0, 220.0


def describe_customer_side(
    application: SupplyApplication, demand: Demand, rules: Rules, level: Level
) -> CustomerSide:
    """Say what the customer has to provide and how the supply is metered and charged."""
    mode = metering_mode(demand.capacity_kva, rules, level)
    wiring: Mapping[str, str] = rules.value("metering_wiring")
    power_factor: Mapping[str, float] = rules.value("power_factor_min")
    if application.category == "agricultural":
        kind = "agricultural"
    elif level == "mv" and demand.capacity_kva >= rules.number("power_factor_min_from"):
        kind = "mv"
    else:
        kind = "other"
    compensation = compensation_kvar(demand.capacity_kva, rules) if level == "mv" else 0.0
    return CustomerSide(
        transformers_kva=demand.transformers_kva,
        metering={
            "mode": mode,
            "wiring": wiring["single_phase" if application.phases == 1 else mode],
            **_instruments(application, demand, rules, level),
        },
        power_factor_min=float(power_factor[kind]),
        compensation_kvar=compensation,
        tariff=_tariff(application, demand, rules),
        # An important customer's own source carries the important part, which nobody has stated.
        emergency_source_kva=0.0 if application.importance in NOT_IMPORTANT else None,
    )


def _instruments(
    application: SupplyApplication, demand: Demand, rules: Rules, level: Level
) -> dict[str, str]:
    """Accuracy classes; at low voltage a small current goes through the meter itself."""
    classes: Mapping[str, Mapping[str, str]] = rules.value("metering_class")
    found = dict(classes[level])
    if level == "lv":
        phases, volts = (1.0, PHASE_V) if application.phases == 1 else (sqrt(3.0), LINE_V)
        if 1000.0 * demand.load.s_kva / (phases * volts) <= rules.number("direct_meter_limit"):
            del found["current_transformer"]
    return found


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
