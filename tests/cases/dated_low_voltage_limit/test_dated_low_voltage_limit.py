"""159, 161, 199 and 201 kW before and after 2021-12-31. Figures: README.md beside this file."""

from __future__ import annotations

from datetime import date

import pytest

from grid_models.grid import Grid
from planner.plan import SupplyPlan
from tests.cases.customer import (
    NewSupply,
    ask,
    built_at,
    find_check,
    options_of,
    reason_codes,
    referee,
)
from tests.cases.drawing import CABLE_240, LV_CABLE_300, Board, Line, Load, Node, draw

SITE = (40.0, 300.0)
LIMIT_160, LIMIT_200 = date(2021, 11, 1), date(2022, 3, 1)
DATA_FROM = {LIMIT_160: date(2021, 10, 20), LIMIT_200: date(2022, 2, 20)}
BOARD, BAY = ("lv_public", "trafo:2"), ("mv_public_bay", "bus:3")


def board_and_bay(data_from: date) -> Grid:
    return draw(
        nodes={
            "bus:3": Node(0, 300, "switchgear"),
            "bus:4": Node(10, 300, "cabinet", vn_kv=0.4),
        },
        lines={"line:1": Line("bus:2", "bus:3", CABLE_240)},
        boards={"trafo:2": Board("bus:3", "bus:4", sn_kva=630.0, vk_pct=4.5, vkr_pct=0.984)},
        loads=[Load("bus:3", 1_900.0, 624.5), Load("bus:4", 180.0, 87.2)],
        bays={"bay:1": ("bus:3", True)},
        data_from=data_from,
    )


def plan_of(kw: float, on_date: date) -> SupplyPlan:
    return ask(board_and_bay(DATA_FROM[on_date]), *SITE, kw=kw, on_date=on_date)


@pytest.mark.parametrize(
    ("kw", "on_date", "points"),
    [
        (159.0, LIMIT_160, [BOARD, BAY]),
        (161.0, LIMIT_160, [BAY]),
        (199.0, LIMIT_160, [BAY]),
        (201.0, LIMIT_160, [BAY]),
        (159.0, LIMIT_200, [BOARD]),
        (161.0, LIMIT_200, [BOARD]),
        (199.0, LIMIT_200, [BOARD, BAY]),
        (201.0, LIMIT_200, [BAY]),
    ],
)
def test_the_limit_in_force_decides_the_levels(
    kw: float, on_date: date, points: list[tuple[str, str]]
) -> None:
    plan = plan_of(kw, on_date)

    assert options_of(plan) == points
    assert plan.rejected == ()
    assert (plan.answer.mode, reason_codes(plan)) == ("on_site", [])


@pytest.mark.parametrize(
    ("day", "points"),
    [(date(2021, 12, 30), [BAY]), (date(2021, 12, 31), [BOARD])],
)
def test_the_new_limit_holds_from_its_first_day(day: date, points: list[tuple[str, str]]) -> None:
    grid = board_and_bay(date(2021, 12, 20))

    assert options_of(ask(grid, *SITE, kw=180, on_date=day)) == points


@pytest.mark.parametrize(
    ("kw", "on_date", "is_near"),
    [
        (159.0, LIMIT_160, False),
        (161.0, LIMIT_160, True),
        (199.0, LIMIT_160, False),
        (201.0, LIMIT_160, False),
        (159.0, LIMIT_200, False),
        (161.0, LIMIT_200, False),
        (199.0, LIMIT_200, False),
        (201.0, LIMIT_200, True),
    ],
)
def test_only_just_above_the_limit_is_called_near(kw: float, on_date: date, is_near: bool) -> None:
    information = [item.code for item in plan_of(kw, on_date).answer.information]

    assert ("near_limit" in information) == is_near


@pytest.mark.parametrize(
    ("kw", "on_date", "capacities_kva"),
    [
        (159.0, LIMIT_160, [176.7, 250.0]),
        (161.0, LIMIT_160, [250.0]),
        (199.0, LIMIT_160, [315.0]),
        (201.0, LIMIT_160, [315.0]),
        (161.0, LIMIT_200, [178.9]),
        (199.0, LIMIT_200, [221.1, 315.0]),
    ],
)
def test_each_level_has_the_capacity_worked_out_by_hand(
    kw: float, on_date: date, capacities_kva: list[float]
) -> None:
    options = plan_of(kw, on_date).options

    assert [option.capacity_kva for option in options] == pytest.approx(capacities_kva, abs=0.05)


@pytest.mark.parametrize(("kw", "circuits"), [(159.0, 1), (199.0, 2)])
def test_the_service_cable_carries_the_current_at_the_lowest_voltage(
    kw: float, circuits: int
) -> None:
    conductor = plan_of(kw, LIMIT_200).options[0].sources[0].conductor

    assert (conductor.type, conductor.parallel) == (LV_CABLE_300.name, circuits)


def test_159_kw_are_supplied_at_the_volts_worked_out_by_hand() -> None:
    option = plan_of(159.0, LIMIT_200).options[0]

    assert 400.0 * option.power_flow.v_customer_pu == pytest.approx(390.3, abs=1.0)
    assert find_check(option, "thermal_transformer").value == pytest.approx(61.0, abs=0.5)


def test_pandapower_finds_the_same_volts() -> None:
    option = plan_of(159.0, LIMIT_200).options[0]

    customer = NewSupply(159 / 0.9, 0.9, LV_CABLE_300, 39.0)
    v_pu = referee(built_at(board_and_bay(DATA_FROM[LIMIT_200]), "bus:4", customer)).nodes["v_pu"]

    assert option.power_flow.v_customer_pu == pytest.approx(v_pu["new:node:1"], abs=1e-6)
