"""Customer's side: transformers, metering, power factor, tariff and own emergency source."""

from __future__ import annotations

from collections.abc import Mapping

from grid_models.catalogue import Catalogue
from planner.application import SupplyApplication
from planner.compensation import find_compensation
from planner.design_load import Demand, Level
from planner.emergency import emergency_kva
from planner.metering import find_metering
from planner.plan import Compensation, CustomerSide, MeteringPoint
from planner.rules import Rules
from planner.tariff import find_tariff

__all__ = ["compensation_of", "describe_customer_side", "least_power_factor"]


def describe_customer_side(
    application: SupplyApplication,
    demand: Demand,
    rules: Rules,
    level: Level,
    catalogue: Catalogue,
    *,
    supply_kv: float,
) -> CustomerSide:
    """Say what the customer has to provide and how the supply is metered and charged.

    Parameters
    ----------
    catalogue
        Gives what the customer's transformers need of reactive power.
    supply_kv
        Nominal voltage of the supply.
    """
    tariff = find_tariff(application, demand, rules, level)
    points = find_metering(
        application, demand, rules, level, supply_kv=supply_kv, tariff=tariff["class"]
    )
    compensation = compensation_of(
        application, demand, rules, level, catalogue, supply_kv=supply_kv
    )
    return CustomerSide(
        transformers_kva=demand.transformers_kva,
        metering=_summary(points[0]),
        power_factor_min=least_power_factor(application, demand, rules, level),
        compensation_kvar=compensation.total_kvar if compensation else 0.0,
        tariff=tariff,
        emergency_source_kva=emergency_kva(application, level, rules)[0],
        compensation=compensation,
        metering_points=points,
    )


def least_power_factor(
    application: SupplyApplication, demand: Demand, rules: Rules, level: Level
) -> float:
    """Return the power factor a customer has to reach."""
    least: Mapping[str, float] = rules.value("power_factor_min")
    if application.category == "agricultural":
        return float(least["agricultural"])
    is_large = level != "lv" and demand.capacity_kva >= rules.number("power_factor_min_from")
    return float(least[level if is_large else "other"])


def compensation_of(
    application: SupplyApplication,
    demand: Demand,
    rules: Rules,
    level: Level,
    catalogue: Catalogue,
    *,
    supply_kv: float,
) -> Compensation | None:
    """Return what a customer with own transformers compensates; None at low voltage."""
    if level == "lv":
        return None
    return find_compensation(
        application, demand, rules, catalogue, supply_kv=supply_kv,
        least_power_factor=least_power_factor(application, demand, rules, level),
    )  # fmt: skip


def _summary(point: MeteringPoint) -> dict[str, str]:
    """Return the first metering point in short."""
    facts = {
        "mode": point.mode,
        "wiring": point.wiring,
        "equipment": point.equipment_class,
        "meter": point.meter_class,
        "voltage_transformer": point.vt_class,
        "vt_ratio": point.vt_ratio,
        "current_transformer": point.ct_class,
        "ct_ratio": point.ct_ratio,
    }
    return {name: value for name, value in facts.items() if value is not None}
