"""Bills of six connections, by who pays. Figures: README.md beside this file."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from grid_models.grid import Grid
from planner.plan import Cost
from tests.cases.customer import ask
from tests.cases.drawing import CABLE_240, Board, Line, Load, Node, draw, place

LOW, HIGH = (85.0, 300.0), (50.0, 330.0)
CNY = 5.0


@cache
def board_and_bay() -> Grid:
    return draw(
        nodes={
            "bus:3": Node(0, 300, "switchgear"),
            "bus:4": Node(10, 300, "cabinet", vn_kv=0.4),
        },
        lines={"line:1": Line("bus:2", "bus:3", CABLE_240)},
        boards={"trafo:2": Board("bus:3", "bus:4", sn_kva=630.0, vk_pct=4.5, vkr_pct=0.984)},
        loads=[Load("bus:3", 950.0, 312.2), Load("bus:4", 90.0, 43.6)],
        bays={"bay:1": ("bus:3", True)},
    )


def cost_at(place_m: tuple[float, float], **asked: Any) -> Cost:
    (option,) = ask(board_and_bay(), *place_m, **asked).options
    return option.cost


def sums_of(cost: Cost) -> list[float]:
    return [cost.p15, cost.p50, cost.p85]


def paid_by(cost: Cost, payer: str) -> list[float]:
    return [cost.by_payer_range[payer][name] for name in ("p15", "p50", "p85")]


# Low voltage -------------------------------------------------------------------------------------


def test_the_utility_pays_all_for_a_small_firm() -> None:
    cost = cost_at(LOW, kw=150, small_micro=True)

    assert sums_of(cost) == pytest.approx([48_287.5, 65_205, 83_122.5], abs=CNY)
    assert list(cost.by_payer) == ["utility"]


@pytest.mark.parametrize("asked", [{"kw": 161, "small_micro": True}, {"kw": 150}])
def test_the_cable_of_others_is_to_be_confirmed(asked: dict[str, Any]) -> None:
    cost = cost_at(LOW, **asked)

    assert paid_by(cost, "to_confirm") == pytest.approx([47_287.5, 62_205, 77_122.5], abs=CNY)
    assert paid_by(cost, "utility") == pytest.approx([1_000, 3_000, 6_000])
    assert "cost_to_confirm" in [note.code for note in cost.notes]


# 10 kV -------------------------------------------------------------------------------------------


def test_the_items_are_those_of_the_readme() -> None:
    cost = cost_at(HIGH, kva=630)

    found = {item.code: (item.quantity, item.unit_p15, item.unit_p50, item.unit_p85)
             for item in cost.items}  # fmt: skip
    assert found == {
        "bay_use": (1.0, 20_000, 40_000, 80_000),
        "YJV22-8.7/15-3x95": (pytest.approx(0.0758, abs=1e-4), 411_000, 514_000, 668_000),
        "mv_cable_civil": (pytest.approx(0.0758, abs=1e-4), 540_000, 1_300_000, 2_940_000),
        "S13-630/10": (1.0, 164_000, 218_000, 272_000),
        "compensation": (pytest.approx(135.4, abs=0.1), 60, 100, 150),
        "metering_high_high": (1.0, 15_000, 30_000, 60_000),
    }


def test_up_to_the_red_line_is_to_be_confirmed_and_beyond_it_the_customer_pays() -> None:
    cost = cost_at(HIGH, kva=630)

    assert paid_by(cost, "to_confirm") == pytest.approx([92_088, 177_505, 353_494], abs=CNY)
    assert paid_by(cost, "customer") == pytest.approx([172_122, 231_536, 292_304], abs=CNY)
    assert paid_by(cost, "utility") == pytest.approx([15_000, 30_000, 60_000])
    assert sums_of(cost) == pytest.approx([279_210, 439_041, 705_798], abs=CNY)


def test_a_red_line_ends_what_is_to_be_confirmed_where_it_is_reached() -> None:
    red_line = tuple(place(*corner) for corner in ((20, 310), (80, 310), (80, 350), (20, 350)))
    cost = cost_at(HIGH, kva=630, site=red_line)

    assert paid_by(cost, "to_confirm") == pytest.approx([47_645, 92_733, 184_885], abs=CNY)
    assert paid_by(cost, "customer") == pytest.approx([172_122, 231_536, 292_304], abs=CNY)


# Temporary ---------------------------------------------------------------------------------------


def test_the_customer_pays_for_a_temporary_supply_and_no_connection_fee() -> None:
    cost = cost_at(HIGH, kva=250, business="temporary", category="construction")

    assert paid_by(cost, "customer") == pytest.approx([190_842, 310_761, 522_378], abs=CNY)
    assert paid_by(cost, "utility") == pytest.approx([3_000, 8_000, 15_000])
    assert "to_confirm" not in cost.by_payer
    assert [(fee.status, fee.amount_cny) for fee in cost.fees] == [("abolished", 0.0)]
