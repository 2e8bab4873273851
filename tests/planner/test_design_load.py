"""How much, and at which voltage: the boundaries of the levels and the sums of transformers."""

from __future__ import annotations

from datetime import date
from math import nextafter

import pytest

from planner.design_load import (
    Demand,
    Level,
    choose_levels,
    find_demand,
    find_important_demand,
)
from tests.planner.example import asked, example_rules

BEFORE, AFTER = date(2021, 12, 30), date(2021, 12, 31)
JUST_ABOVE = 1.0 + 1e-9

Levels = tuple[Level, ...]


def levels_of(day: date = AFTER, **amount: float) -> Levels:
    return choose_levels(asked(on_date=day, **amount), example_rules(day)).levels


def demand_of(level: Level, **facts: object) -> Demand:
    return find_demand(asked(**facts), level, example_rules())


def transformers_of(needed_kva: float) -> list[float]:
    """Return the transformers of a customer who needs some kVA at 10 kV, largest first."""
    demand = demand_of("mv", kw=needed_kva * 0.8 * 0.95)
    assert demand.capacity_kva == sum(demand.transformers_kva)
    return sorted(demand.transformers_kva, reverse=True)


# Level -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("day", "limit_kw"), [(BEFORE, 160.0), (AFTER, 200.0)])
@pytest.mark.parametrize(
    ("share", "levels"),
    [
        (0.5, ("lv",)),
        (0.95, ("lv",)),
        (0.95 * JUST_ABOVE, ("lv", "mv")),
        (1.0, ("lv", "mv")),
        (JUST_ABOVE, ("mv",)),
        (1.05, ("mv",)),
        (1.05 * JUST_ABOVE, ("mv",)),
    ],
)
def test_the_level_follows_the_limit_of_the_day(
    day: date, limit_kw: float, share: float, levels: Levels
) -> None:
    assert levels_of(day, kw=share * limit_kw) == levels


@pytest.mark.parametrize(("day", "limit_kw"), [(BEFORE, 160.0), (AFTER, 200.0)])
@pytest.mark.parametrize(
    ("share", "is_near"),
    [(1.0, False), (JUST_ABOVE, True), (1.05, True), (1.05 * JUST_ABOVE, False)],
)
def test_up_to_5_percent_above_the_limit_a_smaller_load_is_suggested(
    day: date, limit_kw: float, share: float, is_near: bool
) -> None:
    choice = choose_levels(asked(kw=share * limit_kw), example_rules(day))
    assert choice.near_limit is is_near


@pytest.mark.parametrize(("day", "limit_kva"), [(BEFORE, 160 / 0.95), (AFTER, 200 / 0.95)])
def test_kva_up_to_the_limit_over_095_list_both_levels_to_be_confirmed(
    day: date, limit_kva: float
) -> None:
    rules = example_rules(day)
    at_limit = choose_levels(asked(kva=limit_kva), rules)
    above = choose_levels(asked(kva=nextafter(limit_kva, 1e9)), rules)
    assert (at_limit.levels, at_limit.to_confirm) == (("lv", "mv"), True)
    assert (above.levels, above.to_confirm) == (("mv",), False)


def test_kw_are_never_to_be_confirmed_and_kva_never_near_the_limit() -> None:
    rules = example_rules()
    assert not choose_levels(asked(kw=200.0), rules).to_confirm
    assert not choose_levels(asked(kva=205.0), rules).near_limit


def test_the_stated_maximum_demand_does_not_change_the_level() -> None:
    choice = choose_levels(asked(kw=300.0, max_demand_kw=100.0), example_rules())
    assert choice.levels == ("mv",)


# Design load -------------------------------------------------------------------------------------


def test_at_low_voltage_the_equipment_is_the_design_load() -> None:
    demand = demand_of("lv", kw=90.0)
    assert demand.equipment_kw == 90.0
    assert demand.load.p_kw == pytest.approx(90.0)
    assert demand.load.s_kva == pytest.approx(100.0)  # 90 / 0.90
    assert demand.load.q_kvar == pytest.approx(43.589, abs=1e-3)  # sqrt(100^2 - 90^2)
    assert (demand.load.power_factor, demand.load.basis) == (0.90, "equipment")


def test_at_low_voltage_the_capacity_is_the_apparent_power_without_transformers() -> None:
    demand = demand_of("lv", kw=90.0)
    assert demand.capacity_kva == pytest.approx(100.0)
    assert demand.transformers_kva == ()


def test_a_stated_maximum_demand_takes_the_equipment_s_place() -> None:
    demand = demand_of("lv", kw=150.0, max_demand_kw=90.0)
    assert demand.equipment_kw == 150.0
    assert demand.load.s_kva == pytest.approx(100.0)
    assert demand.load.basis == "max_demand"


def test_an_adopted_category_factor_reduces_the_equipment() -> None:
    rules = example_rules(category_demand_factor={"resident": 0.6})
    demand = find_demand(asked(kw=150.0, category="resident"), "lv", rules)
    assert demand.load.s_kva == pytest.approx(100.0)  # 150 x 0.6 / 0.90
    assert (demand.equipment_kw, demand.load.basis) == (150.0, "category")


def test_a_category_without_a_factor_counts_in_full() -> None:
    rules = example_rules(category_demand_factor={"resident": 0.6})
    demand = find_demand(asked(kw=90.0, category="commercial"), "lv", rules)
    assert demand.load.s_kva == pytest.approx(100.0)


def test_a_stated_maximum_demand_comes_before_the_category_factor() -> None:
    rules = example_rules(category_demand_factor={"resident": 0.6})
    application = asked(kw=150.0, max_demand_kw=45.0, category="resident")
    assert find_demand(application, "lv", rules).load.s_kva == pytest.approx(50.0)


def test_at_10_kv_the_power_factor_is_095() -> None:
    load = demand_of("mv", kw=304.0).load
    assert load.power_factor == 0.95
    assert load.s_kva == pytest.approx(320.0)
    assert load.p_kw == pytest.approx(304.0)
    assert load.q_kvar == pytest.approx(99.92, abs=1e-2)  # sqrt(320^2 - 304^2)


@pytest.mark.parametrize("level", ["lv", "mv"])
def test_a_stated_power_factor_holds_at_every_level(level: Level) -> None:
    load = demand_of(level, kw=170.0, power_factor=0.85).load
    assert load.power_factor == 0.85
    assert load.s_kva == pytest.approx(200.0)


def test_kva_asked_are_design_load_and_capacity_at_once() -> None:
    demand = demand_of("mv", kva=700.0)
    assert demand.capacity_kva == 700.0
    assert demand.load.s_kva == 700.0
    assert demand.load.p_kw == pytest.approx(665.0)
    assert demand.equipment_kw == pytest.approx(665.0)
    assert demand.load.basis == "kva"


def test_kva_asked_know_no_category_factor() -> None:
    rules = example_rules(category_demand_factor={"resident": 0.6})
    demand = find_demand(asked(kva=100.0, category="resident"), "lv", rules)
    assert demand.load.s_kva == 100.0


# Transformers ------------------------------------------------------------------------------------


def test_the_capacity_at_10_kv_is_the_smallest_transformer_loaded_to_80_percent() -> None:
    # 304 / (0.95 x 0.8) = 400
    assert demand_of("mv", kw=304.0).capacity_kva == 400.0
    assert demand_of("mv", kw=304.1).capacity_kva == 500.0


@pytest.mark.parametrize(
    "kva", [30, 50, 63, 80, 100, 125, 160, 200, 250, 315, 400, 500, 630, 800, 1000, 1250, 1600]
)
def test_every_standard_transformer_is_enough_for_what_it_carries(kva: float) -> None:
    # in numbers people write, which no binary fraction meets exactly
    assert demand_of("mv", kw=round(kva * 0.76, 6)).transformers_kva == (kva,)


@pytest.mark.parametrize(
    ("needed_kva", "transformers"),
    [
        (2_500.0, [2_500.0]),
        # 1600 + 1000 and 2500 + 100 are equal sums: the more equal two are taken
        (2_600.0, [1_600.0, 1_000.0]),
        (2_501.0, [2_500.0, 30.0]),
        (2_520.0, [2_500.0, 30.0]),
        # 2000 + 1000 and 2500 + 500
        (2_950.0, [2_000.0, 1_000.0]),
        (3_200.0, [1_600.0, 1_600.0]),
        (3_201.0, [2_000.0, 1_250.0]),
        (5_000.0, [2_500.0, 2_500.0]),
    ],
)
def test_beyond_the_largest_the_least_sum_of_two_is_taken(
    needed_kva: float, transformers: list[float]
) -> None:
    assert transformers_of(needed_kva) == transformers


def test_1976_kw_take_a_transformer_of_1600_and_one_of_1000_kva() -> None:
    demand = demand_of("mv", kw=1_976.0)
    assert sorted(demand.transformers_kva) == [1_000.0, 1_600.0]
    assert demand.capacity_kva == 2_600.0


@pytest.mark.parametrize(
    ("needed_kva", "transformers"),
    [
        # one of the largest leaves 2,600
        (5_100.0, [2_500.0, 1_600.0, 1_000.0]),
        (7_500.0, [2_500.0, 2_500.0, 2_500.0]),
        # two leave 3,200
        (8_200.0, [2_500.0, 2_500.0, 1_600.0, 1_600.0]),
    ],
)
def test_beyond_two_the_largest_are_added_until_two_are_enough_for_the_rest(
    needed_kva: float, transformers: list[float]
) -> None:
    assert transformers_of(needed_kva) == transformers


# Two transformers for an important load ----------------------------------------------------------


@pytest.mark.parametrize(
    ("facts", "transformers"),
    [
        # 760 kW: 1,000 kVA; each of the two carries the important load over 0.95
        ({"important_kw": 380.0}, (500.0, 500.0)),  # 400 kVA each
        ({"important_kw": 500.0}, (630.0, 630.0)),  # 526.3 kVA each
        ({"important_kw": 760.0}, (800.0, 800.0)),
        ({"important_kw": 100.0}, (500.0, 500.0)),
        ({}, (1_000.0,)),
    ],
)
def test_each_of_two_transformers_carries_the_important_load(
    facts: dict[str, float], transformers: tuple[float, ...]
) -> None:
    demand = demand_of("mv", kw=760.0, importance="first", **facts)
    assert demand.transformers_kva == transformers
    assert demand.capacity_kva == sum(transformers)


def test_an_ordinary_customer_with_one_source_has_one_transformer() -> None:
    assert demand_of("mv", kw=760.0, important_kw=380.0).transformers_kva == (1_000.0,)
    two = demand_of("mv", kw=760.0, important_kw=380.0, sources=2)
    assert two.transformers_kva == (500.0, 500.0)


def test_beyond_the_largest_pair_one_may_be_out() -> None:
    # 6,000 kW / 0.95 = 6,315.8 kVA in transformers of 2,500 kVA, one of them out: four
    demand = demand_of("mv", kw=6_000.0, important_kw=6_000.0, importance="first")
    assert demand.transformers_kva == (2_500.0,) * 4


def test_a_standby_carries_the_important_load_of_an_increase_in_full() -> None:
    application = asked(
        kva=1_250.0, important_kw=300.0, sources=2,
        business="increase", existing_node="node:1", existing_kva=800.0,
    )  # fmt: skip
    assert find_important_demand(application, "mv", example_rules()).load.p_kw == 300.0


def test_one_phase_is_low_voltage_in_kva_as_well() -> None:
    assert choose_levels(asked(kva=8.0, phases=1), example_rules()).levels == ("lv",)
