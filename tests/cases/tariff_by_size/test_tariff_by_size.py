"""Tariff and power factor on both sides of every boundary. Figures: README.md beside this file."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache
from typing import Any

import pytest

from grid_models.grid import Grid
from planner.plan import CustomerSide
from tests.cases.customer import ask
from tests.cases.drawing import CABLE_240, Board, Line, Load, Node, draw

NOW, BEFORE = date(2026, 8, 1), date(2023, 5, 31)
ONE = "industrial_commercial"


@cache
def board_and_bay(on_date: date) -> Grid:
    return draw(
        nodes={
            "bus:3": Node(0, 300, "switchgear"),
            "bus:4": Node(10, 300, "cabinet", vn_kv=0.4),
        },
        lines={"line:1": Line("bus:2", "bus:3", CABLE_240)},
        boards={"trafo:2": Board("bus:3", "bus:4", sn_kva=630.0, vk_pct=4.5, vkr_pct=0.984)},
        loads=[Load("bus:3", 950.0, 312.2), Load("bus:4", 90.0, 43.6)],
        bays={"bay:1": ("bus:3", True)},
        data_from=on_date - timedelta(days=12),
    )


@cache
def side_of(
    category: str,
    kva: float | None = None,
    kw: float | None = None,
    kind: str = "mv_public_bay",
    on_date: date = NOW,
) -> CustomerSide:
    asked: dict[str, Any] = {"kva": kva, "kw": kw, "category": category}
    plan = ask(board_and_bay(on_date), 40.0, 300.0, on_date=on_date, **asked)
    (option,) = [option for option in plan.options if option.kind == kind]
    return option.customer_side


@pytest.mark.parametrize("category", ["commercial", "industrial"])
@pytest.mark.parametrize(
    ("kva", "parts"),
    [
        (80, "single_part"),
        (100, "single_part"),
        (125, "choice"),
        (250, "choice"),
        (314, "choice"),
        (315, "two_part"),
        (400, "two_part"),
    ],
)
def test_trade_and_industry_choose_above_100_and_pay_two_parts_from_315_kva(
    category: str, kva: float, parts: str
) -> None:
    tariff = side_of(category, kva).tariff

    assert (tariff["class"], tariff["parts"]) == (ONE, parts)
    assert ("basic_fee" in tariff) == (parts != "single_part")


@pytest.mark.parametrize(("kw", "kva"), [(239, 315.0), (240, 400.0)])
def test_the_capacity_in_kva_counts_not_the_power(kw: float, kva: float) -> None:
    side = side_of("commercial", kw=kw)

    assert side.transformers_kva == (kva,)
    assert side.tariff["parts"] == "two_part"


def test_150_kw_at_low_voltage_are_166_7_kva_and_may_choose() -> None:
    assert side_of("commercial", kw=150, kind="lv_public").tariff["parts"] == "choice"


def test_a_charging_station_pays_no_basic_fee_until_2030() -> None:
    tariff = side_of("ev_charging", 400).tariff

    assert (tariff["parts"], tariff["basic_fee"]) == ("two_part", "exempt")
    assert tariff["basic_fee_exempt_until"] == "2030-12-31"


@pytest.mark.parametrize(
    ("category", "name"), [("agricultural", "agricultural"), ("resident", "residential")]
)
def test_farms_and_homes_pay_one_part(category: str, name: str) -> None:
    tariff = side_of(category, 315).tariff

    assert (tariff["class"], tariff["parts"]) == (name, "single_part")


@pytest.mark.parametrize(
    ("category", "kva", "name", "parts"),
    [
        ("industrial", 250, "general_industrial_commercial", "single_part"),
        ("industrial", 315, "large_industrial", "two_part"),
        ("commercial", 800, "general_industrial_commercial", "single_part"),
    ],
)
def test_until_may_2023_only_large_industry_paid_two_parts(
    category: str, kva: float, name: str, parts: str
) -> None:
    tariff = side_of(category, kva, on_date=BEFORE).tariff

    assert (tariff["class"], tariff["parts"]) == (name, parts)


@pytest.mark.parametrize(
    ("category", "kind", "by_kva"),
    [
        ("commercial", "mv_public_bay", {80: "none", 100: "0.85", 160: "0.85", 315: "0.85"}),
        ("industrial", "mv_public_bay", {80: "none", 160: "0.85", 200: "0.90", 315: "0.90"}),
        ("industrial", "lv_public", {80: "none", 100: "0.85", 200: "0.85"}),
        ("agricultural", "mv_public_bay", {80: "none", 100: "0.80", 315: "0.80"}),
        ("resident", "mv_public_bay", {315: "none"}),
    ],
)
def test_the_class_of_the_power_factor_follows_use_level_and_size(
    category: str, kind: str, by_kva: dict[float, str]
) -> None:
    found = {kva: side_of(category, kva, kind=kind).tariff["power_factor_class"] for kva in by_kva}

    assert found == by_kva


@pytest.mark.parametrize(
    ("category", "kva", "kind", "least"),
    [
        ("commercial", 80, "mv_public_bay", 0.90),
        ("commercial", 100, "mv_public_bay", 0.95),
        ("commercial", 100, "lv_public", 0.90),
        ("agricultural", 315, "mv_public_bay", 0.85),
    ],
)
def test_what_has_to_be_reached_is_another_figure(
    category: str, kva: float, kind: str, least: float
) -> None:
    assert side_of(category, kva, kind=kind).power_factor_min == least
