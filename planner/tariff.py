"""Tariff: class, parts, basic fee and power-factor class of a supply, as the rules of the day."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from planner.application import SupplyApplication
from planner.design_load import Demand, Level
from planner.rules import Rules

__all__ = ["find_tariff"]


def find_tariff(
    application: SupplyApplication, demand: Demand, rules: Rules, level: Level
) -> dict[str, str]:
    """Return the tariff by the customer's use and capacity.

    Returns
    -------
    tariff
        ``class``, ``parts`` (single_part, two_part, choice), ``power_factor_class`` (a number as
        text, or none) and, where two parts are paid or may be, ``basic_fee``
        (capacity_or_demand, or exempt with the last day in ``basic_fee_exempt_until``).
    """
    category, capacity = application.category, demand.capacity_kva
    two_part: Mapping[str, str] = rules.value("tariff_two_part_class")
    name, parts = str(rules.value("tariff_class")[category]), "single_part"
    if category in two_part and capacity >= rules.number("tariff_two_part_from"):
        name, parts = two_part[category], "two_part"
    elif category in two_part and capacity > rules.number("tariff_choice_above"):
        parts = "choice"
    found = {
        "class": name,
        "parts": parts,
        "power_factor_class": _power_factor_class(application, capacity, rules, level),
    }
    if parts != "single_part":
        exempt: Mapping[str, str] = rules.value("tariff_basic_fee_exempt")
        until = exempt.get(category)
        if until is not None and rules.on_date <= date.fromisoformat(until):
            return {**found, "basic_fee": "exempt", "basic_fee_exempt_until": until}
        found["basic_fee"] = "capacity_or_demand"
    return found


def _power_factor_class(
    application: SupplyApplication, capacity_kva: float, rules: Rules, level: Level
) -> str:
    """Power factor the fee is adjusted by; homes and small customers have none."""
    classes: Mapping[str, Mapping[str, float]] = rules.value("power_factor_adjustment")
    if application.category == "resident":
        return "none"
    kind = "agricultural" if application.category == "agricultural" else "other"
    industrial = classes["hv_industrial"]
    is_industrial = application.category == "industrial" and level != "lv"
    if is_industrial and capacity_kva > industrial["above_kva"]:
        return f"{industrial['power_factor']:.2f}"
    row = classes[kind]
    return f"{row['power_factor']:.2f}" if capacity_kva >= row["from_kva"] else "none"
