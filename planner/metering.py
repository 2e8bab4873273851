"""Metering: where each meter stands, its class, and the transformers it is connected through."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import sqrt

from planner.application import SupplyApplication
from planner.design_load import Demand, Level
from planner.messages import say
from planner.plan import MeteringPoint
from planner.rules import Rules
from planner.works import metering_mode

__all__ = ["PHASE_KV", "choose_primary_a", "find_metering"]

# Nominal voltages of the low-voltage system: between phases, and between phase and neutral.
LINE_KV, PHASE_KV = 0.38, 0.22
# Currents this close are equal.
SLACK_A = 1e-9


def find_metering(
    application: SupplyApplication,
    demand: Demand,
    rules: Rules,
    level: Level,
    *,
    supply_kv: float,
    tariff: str,
) -> tuple[MeteringPoint, ...]:
    """Return the metering points: one a source.

    Parameters
    ----------
    supply_kv
        Nominal voltage of the supply.
    tariff
        Class of the tariff that is metered.
    """
    mode = metering_mode(application, demand, rules, level)
    phases = sqrt(3.0)
    if mode == "high_low":
        kv, full_kva = rules.number("metering_lv_kv"), sum(demand.transformers_kva)
    else:
        kv, full_kva = supply_kv if level != "lv" else LINE_KV, demand.capacity_kva
        if application.phases == 1 and level == "lv":
            kv, phases = PHASE_KV, 1.0
    # Each source carries the whole load once the other is out.
    amperes = _amperes(full_kva, kv, phases), _amperes(demand.whole_kva, kv, phases)
    return tuple(
        _point(number, application, rules, level, mode, supply_kv, tariff, *amperes)
        for number in range(1, application.sources + 1)
    )


def choose_primary_a(full_current_a: float, series: Sequence[float]) -> float | None:
    """Return the least standard primary current that is not below the full current, if any."""
    return min((float(a) for a in series if a >= full_current_a - SLACK_A), default=None)


def _amperes(s_kva: float, kv: float, phases: float) -> float:
    return s_kva / (phases * kv)


def _point(
    number: int,
    application: SupplyApplication,
    rules: Rules,
    level: Level,
    mode: str,
    supply_kv: float,
    tariff: str,
    full_a: float,
    normal_a: float,
) -> MeteringPoint:
    is_one_phase = level == "lv" and application.phases == 1
    table: Mapping[str, Mapping[str, str]] = rules.value("metering_class")
    # a voltage may have a row of its own among those of its level
    classes = table.get(f"{supply_kv:g}", table["single_phase" if is_one_phase else level])
    wiring: Mapping[str, str] = rules.value("metering_wiring")
    is_direct = level == "lv" and normal_a <= rules.number("direct_meter_limit")
    is_high = mode == "high_high"
    primary = None
    if not is_direct:
        series = rules.value("metering_ct_primary")["high" if is_high else "low"]
        primary = choose_primary_a(full_a, series)
    volts = f"{1000.0 * supply_kv:.0f}"
    loss = say(f"loss_{mode}")
    ratios: Mapping[str, str] = rules.value("metering_vt_ratio") if is_high else {}
    return MeteringPoint(
        number=number,
        mode=mode,
        wiring=wiring["single_phase"]
        if is_one_phase
        else wiring.get(f"{mode}_{volts}", wiring[mode]),
        equipment_class=classes["equipment"],
        meter_class=classes["meter"],
        is_direct=is_direct,
        full_current_a=full_a,
        normal_current_a=normal_a,
        ct_ratio=f"{primary:g}/{rules.number('metering_ct_secondary'):g}" if primary else None,
        ct_load_pct=100.0 * normal_a / primary if primary else None,
        ct_class=None if is_direct else classes["current_transformer"],
        vt_ratio=ratios.get(volts),
        vt_class=classes["voltage_transformer"] if is_high else None,
        tariff=tariff,
        zh=loss.zh,
        en=loss.en,
    )
