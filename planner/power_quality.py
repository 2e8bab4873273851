"""Power quality and protection flags of an option: a motor's start, loads that need a study.

Nothing here refuses a connection. Voltages come from the same power flow as the checks: the
customer's load without the largest motor, then with the motor starting.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import inf, sqrt
from typing import Any

from grid_models.catalogue import Catalogue
from grid_models.edits import CUSTOMER_NODE, NEW_LINE
from planner.application import SupplyApplication
from planner.connection import Trial
from planner.design_load import Level
from planner.measured_ways import measure_ways
from planner.messages import say
from planner.plan import DesignLoad, PowerQuality
from planner.rules import Rules
from planner.search import Found, Search
from planner.sizing import NOMINAL_KV
from planner.study_load import StudyLoad, kind_of_load, study_loads

__all__ = ["find_power_quality", "starting_powers"]


def find_power_quality(
    search: Search, chosen: Sequence[Found], level_of: Sequence[Level]
) -> list[tuple[PowerQuality, ...]]:
    """Return the findings of every option, in a fixed order.

    Parameters
    ----------
    level_of
        Level of each option.
    """
    application, rules = search.application, search.rules
    starts = _motor_starts(search, chosen)
    studies = tuple(_study(load) for load in study_loads(application, rules))
    return [
        (
            *((starts[k],) if k in starts else ()),
            *studies,
            *((_conductor(search, found),) if level != "lv" else ()),
        )
        for k, (found, level) in enumerate(zip(chosen, level_of, strict=True))
    ]


def starting_powers(
    application: SupplyApplication, load: DesignLoad, rules: Rules
) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return (p kW, q kvar) of the customer before the largest motor starts, and while it does.

    Before, the design load lacks the motor's running power; a motor whose way of starting is not
    stated starts directly.
    """
    rated: Mapping[str, float] = rules.value("motor_rated")
    motor_kw = application.largest_motor_kw or 0.0
    electric_kw = motor_kw / rated["efficiency"]
    multiple = rules.value("motor_start_multiple")[application.motor_start or "direct"]
    start_kva = electric_kw / rated["power_factor"] * float(multiple)
    pf = rules.number("motor_start_power_factor")
    rest = 1.0 - min(electric_kw / load.p_kw, 1.0)
    before = (load.p_kw * rest, load.q_kvar * rest)
    return before, (before[0] + start_kva * pf, before[1] + start_kva * sqrt(1.0 - pf**2))


def _motor_starts(search: Search, chosen: Sequence[Found]) -> dict[int, PowerQuality]:
    """Solve every option without and with its largest motor starting, one solution a tree."""
    if search.application.largest_motor_kw is None:
        return {}
    by_tree: dict[int, list[int]] = {}
    for k, found in enumerate(chosen):
        # a source alone is another tree than that of the same number
        by_tree.setdefault(id(found.situation), []).append(k)
    result = {}
    for members in by_tree.values():
        trials = []
        for k in members:
            trial = chosen[k].outcome.trial
            powers = starting_powers(search.application, trial.demand.load, search.rules)
            trials += [_with_power(trial, *power) for power in powers]
        ways = measure_ways(chosen[members[0]].situation, trials)
        for place, k in enumerate(members):
            before, during = ways[2 * place], ways[2 * place + 1]
            trial = chosen[k].outcome.trial
            change = inf
            if before is not None and during is not None:
                change = 100.0 * abs(before[0] - during[0]) * trial.kv / NOMINAL_KV[trial.kv]
                change *= trial.single_phase.drop_factor if trial.single_phase else 1.0
            result[k] = _motor_start(search.application, change, trial.kv, search.rules)
    return result


def _with_power(trial: Trial, p_kw: float, q_kvar: float) -> Trial:
    return replace(trial, connection=replace(trial.connection, p=p_kw / 1000.0, q=q_kvar / 1000.0))


def _motor_start(
    application: SupplyApplication, change: float, kv: float, rules: Rules
) -> PowerQuality:
    often = application.motor_starts_per_hour or rules.number("motor_starts_per_hour")
    is_wide = kv <= rules.number("voltage_fluctuation_most_kv")
    rule_id = "voltage_fluctuation" if is_wide else "voltage_fluctuation_hv"
    limit, is_covered = _fluctuation_limit(often, rules.value(rule_id))
    text = say(
        "motor_start_voltage" if change < inf else "motor_start_no_solution",
        motor=application.largest_motor_kw,
        how=say(f"motor_start_{application.motor_start or 'direct'}"),
        often=often, value=change, limit=limit,
    )  # fmt: skip
    return PowerQuality(
        code="motor_start", element_id=CUSTOMER_NODE, value=change, limit=limit, unit="%",
        needs_study=change > limit or not is_covered, rule_id=rule_id,
        zh=text.zh, en=text.en,
    )  # fmt: skip


def _fluctuation_limit(often: float, limits: Mapping[str, Any]) -> tuple[float, bool]:
    """Return the limit at some changes an hour, and whether the table reaches that far."""
    table = sorted((float(r), float(d)) for r, d in limits.items())
    limit = next((d for r, d in table if often <= r), None)
    return (table[-1][1], False) if limit is None else (limit, True)


def _study(load: StudyLoad) -> PowerQuality:
    text = say(
        "study_needed" if load.needs_study else "study_not_needed",
        load=kind_of_load(load.kind), value=load.power_kw, limit=load.from_kw,
    )  # fmt: skip
    return PowerQuality(
        code="study_needed", element_id=CUSTOMER_NODE, value=load.power_kw, limit=load.from_kw,
        unit="kW", needs_study=load.needs_study, rule_id="study_load_kw", zh=text.zh, en=text.en,
    )  # fmt: skip


def _conductor(search: Search, found: Found) -> PowerQuality:
    """Hold the new line's area against what the short circuit at its beginning asks for."""
    conductor = found.outcome.trial.conductor
    area, material = _area(search.catalogue, conductor.type)
    duty = found.outcome.trial.duty
    if duty is None:
        text, value = say("conductor_short_circuit_unknown", conductor=conductor.type), None
    else:
        value = duty.least_area_mm2(material)
        text = say(
            "conductor_short_circuit" if value <= area else "conductor_short_circuit_low",
            conductor=conductor.type, current=duty.current_ka, seconds=duty.seconds,
            value=value, limit=area,
        )  # fmt: skip
    return PowerQuality(
        code="conductor_short_circuit", element_id=NEW_LINE, value=value, limit=area, unit="mm2",
        needs_study=value is None or value > area, rule_id="conductor_thermal_c",
        zh=text.zh, en=text.en,
    )  # fmt: skip


def _area(catalogue: Catalogue, name: str) -> tuple[float, str]:
    row: Any = catalogue.conductors.loc[name]
    return float(row["area_mm2"]), str(row["material"])
