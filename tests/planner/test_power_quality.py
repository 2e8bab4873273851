"""Power quality: a motor's start by hand and by pandapower, studies, the new line's area."""

from __future__ import annotations

from math import sqrt
from typing import Any

import pytest

from grid_models.grid import Grid
from planner.design_load import find_demand
from planner.plan import PowerQuality
from planner.power_quality import starting_powers
from planner.study_load import study_loads
from tests.cases.customer import NewSupply, built_at, referee
from tests.cases.drawing import CABLE_240, Conductor, Line, Load, Node, draw
from tests.planner.example import asked, example_rules, plan_for

SITE = (50.0, 430.0)


def switchgear() -> Grid:
    return draw(
        nodes={"bus:3": Node(0, 400, "switchgear")},
        lines={"line:1": Line("bus:2", "bus:3", CABLE_240)},
        loads=[Load("bus:3", 1_900.0, 624.5)],
        bays={"bay:1": ("bus:3", True)},
    )


def findings(grid: Grid | None = None, **facts: Any) -> dict[str, PowerQuality]:
    plan = plan_for(grid or switchgear(), asked(*SITE, **({"kva": 800.0} | facts)))
    return {finding.code: finding for finding in plan.options[0].power_quality}


def studies(**facts: Any) -> list[tuple[str, float, bool]]:
    loads = study_loads(asked(**facts), example_rules())
    return [(load.kind, load.power_kw, load.needs_study) for load in loads]


# A motor's start ---------------------------------------------------------------------------------


def test_a_motor_of_90_kw_draws_823_kva_while_it_starts() -> None:
    # 90 / 0.9 = 100 kW, / 0.85 = 117.6 kVA, x 7 = 823.5 kVA at 0.3; the load keeps 300 of 400 kW
    application, rules = asked(kw=400.0, largest_motor_kw=90.0), example_rules()
    before, during = starting_powers(application, find_demand(application, "mv", rules).load, rules)
    assert before == pytest.approx((300.0, 300.0 * sqrt(1 - 0.95**2) / 0.95))
    assert during[0] - before[0] == pytest.approx(247.06, abs=0.01)
    assert during[1] - before[1] == pytest.approx(785.60, abs=0.01)


@pytest.mark.parametrize(("how", "kva"), [(None, 823.5), ("soft", 470.6), ("vfd", 141.2)])
def test_how_it_starts_decides_how_much_it_draws(how: str | None, kva: float) -> None:
    application = asked(kw=400.0, largest_motor_kw=90.0, motor_start=how)
    rules = example_rules()
    before, during = starting_powers(application, find_demand(application, "mv", rules).load, rules)
    assert sqrt((during[0] - before[0]) ** 2 + (during[1] - before[1]) ** 2) == pytest.approx(
        kva, abs=0.1
    )


def test_the_voltage_change_is_what_pandapower_finds() -> None:
    grid = switchgear()
    plan = plan_for(grid, asked(*SITE, kva=800.0, largest_motor_kw=250.0))
    option = plan.options[0]
    source = option.sources[0]
    new = source.conductor
    line = Conductor(
        new.type, new.laying, new.r_ohm_per_km, new.x_ohm_per_km, new.c_nf_per_km, new.ampacity_a
    )
    volts = []
    # 250 / 0.9 = 277.8 kW, / 0.85 x 7 = 2,287.6 kVA at 0.3; of 760 kW 482.2 stay
    p_start, q_start = 2_287.58 * 0.3, 2_287.58 * sqrt(1 - 0.3**2)
    p_rest, q_rest = 482.22, 482.22 * sqrt(1 - 0.95**2) / 0.95
    for p_kw, q_kvar in ((p_rest, q_rest), (p_rest + p_start, q_rest + q_start)):
        s_kva = sqrt(p_kw**2 + q_kvar**2)
        supply = NewSupply(s_kva, p_kw / s_kva, line, source.route.length_m)
        volts.append(float(referee(built_at(grid, "bus:3", supply)).nodes["v_pu"]["new:node:1"]))
    (finding,) = [f for f in option.power_quality if f.code == "motor_start"]
    assert finding.value == pytest.approx(100.0 * (volts[0] - volts[1]), abs=1e-3)
    assert finding.value is not None
    assert finding.value > 0.5


@pytest.mark.parametrize(("often", "limit"), [(1, 4.0), (2, 3.0), (None, 3.0), (11, 2.0)])
def test_the_limit_follows_how_often_it_starts(often: float | None, limit: float) -> None:
    found = findings(largest_motor_kw=90.0, motor_starts_per_hour=often)
    assert found["motor_start"].limit == limit
    assert not found["motor_start"].needs_study


def test_more_often_than_the_table_knows_needs_a_study() -> None:
    assert findings(largest_motor_kw=90.0, motor_starts_per_hour=1_001)["motor_start"].needs_study


def test_a_change_above_the_limit_needs_a_study() -> None:
    found = findings(kva=2_000.0, largest_motor_kw=1_900.0)["motor_start"]
    assert found.value is not None
    assert found.value > 3.0
    assert found.needs_study


def test_a_motor_that_disturbs_others_sends_the_answer_to_the_desk() -> None:
    plan = plan_for(switchgear(), asked(*SITE, kva=2_000.0, largest_motor_kw=1_900.0))
    (reason,) = [r for r in plan.answer.reasons if r.code == "special_load"]
    assert "the limit at 10 starts an hour is 3%" in reason.en


def test_without_a_motor_nothing_is_said_of_its_start() -> None:
    assert "motor_start" not in findings()


# Studies -----------------------------------------------------------------------------------------


def test_a_rectifier_always_needs_a_study_and_a_small_converter_none() -> None:
    assert studies(kw=60.0, load_kinds=("rectifier", "vfd")) == [
        ("rectifier", 60.0, True),
        ("vfd", 60.0, False),
    ]


def test_chargers_of_100_kw_need_a_study() -> None:
    assert studies(kw=99.0, category="ev_charging") == [("ev_fast", 99.0, False)]
    assert studies(kw=100.0, category="ev_charging") == [("ev_fast", 100.0, True)]


def test_a_motor_behind_a_converter_counts_with_its_own_power() -> None:
    assert studies(kw=300.0, motor_start="vfd", largest_motor_kw=90.0) == [("vfd", 90.0, False)]


def test_a_special_load_that_is_stated_needs_a_study() -> None:
    assert studies(kw=60.0, special_load="harmonic") == [("harmonic", 60.0, True)]
    assert studies(kw=60.0, special_load="none") == []


def test_a_kind_that_needs_a_study_sends_the_answer_to_the_desk() -> None:
    plan = plan_for(switchgear(), asked(*SITE, kva=800.0, load_kinds=("arc_furnace",)))
    (reason,) = [r for r in plan.answer.reasons if r.code == "special_load"]
    assert "an arc furnace" in reason.en
    assert plan.options[0].power_quality[0].needs_study


def test_chargers_that_need_a_study_are_no_answer_on_the_spot() -> None:
    plan = plan_for(switchgear(), asked(*SITE, kva=800.0, category="ev_charging"))
    assert "special_load" in [reason.code for reason in plan.answer.reasons]


# The new line ------------------------------------------------------------------------------------


def test_an_unknown_source_leaves_the_new_line_to_be_studied() -> None:
    found = findings(_strong(switchgear(), None))["conductor_short_circuit"]
    assert (found.value, found.needs_study) == (None, True)
    assert (found.limit, found.unit) == (70.0, "mm2")


def test_a_known_source_sizes_the_new_line() -> None:
    found = findings(_strong(switchgear(), 3_000.0))["conductor_short_circuit"]
    assert found.value is not None
    assert found.limit is not None
    assert 0.0 < found.value <= found.limit
    assert not found.needs_study


def _strong(grid: Grid, mva: float | None) -> Grid:
    value = float("nan") if mva is None else mva
    return grid.with_tables(sources=grid.sources.assign(short_circuit_mva=value))
