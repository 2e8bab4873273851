"""The nearest feeder is full: the next one wins. Figures: README.md beside this file."""

from __future__ import annotations

import pytest

from grid_models.grid import Grid
from tests.cases.customer import (
    NewSupply,
    ask,
    built_on,
    find_rejected,
    options_of,
    reason_codes,
    referee,
)
from tests.cases.drawing import CABLE_240, OVERHEAD_120, OVERHEAD_150, Line, Load, Node, draw

SITE = (600.0, 440.0)


def two_feeders() -> Grid:
    return draw(
        nodes={
            "bus:3": Node(0, 400),
            "bus:4": Node(900, 400),
            "bus:5": Node(0, 510),
            "bus:6": Node(900, 510),
        },
        lines={
            "line:1": Line("bus:2", "bus:3", CABLE_240),
            "line:2": Line("bus:3", "bus:4", OVERHEAD_150),
            "line:3": Line("bus:2", "bus:5", CABLE_240),
            "line:4": Line("bus:5", "bus:6", OVERHEAD_150),
        },
        loads=[Load("bus:4", 4_275.0, 1_405.1), Load("bus:6", 1_900.0, 624.5)],
    )


def test_the_next_feeder_is_the_only_option_and_answered_on_site() -> None:
    plan = ask(two_feeders(), *SITE, kva=800)

    assert options_of(plan) == [("mv_public_tee", "line:4")]
    assert plan.options[0].sources[0].feeder_id == "line:3"
    assert plan.options[0].sources[0].route.length_m == pytest.approx(91.0, abs=0.01)
    assert (plan.answer.mode, reason_codes(plan)) == ("on_site", [])


def test_the_nearest_feeder_is_refused_with_its_loading() -> None:
    (reason,) = find_rejected(ask(two_feeders(), *SITE, kva=800), "line:2").reasons

    assert (reason.code, reason.element_id) == ("heavy_load", "line:2#1")
    assert (reason.limit, reason.unit) == (80.0, "%")
    assert reason.value == pytest.approx(89.2, abs=0.5)


def test_the_line_that_says_why_names_the_refused_nearest() -> None:
    (option,) = ask(two_feeders(), *SITE, kva=800).options

    assert "line:2" in option.why.en
    assert "89.3%" in option.why.en


def test_pandapower_finds_the_loading_the_nearest_is_refused_for() -> None:
    grid = two_feeders()
    (reason,) = find_rejected(ask(grid, *SITE, kva=800), "line:2").reasons

    customer = NewSupply(800.0, 0.95, OVERHEAD_120, 52.0)
    loading = referee(built_on(grid, "line:2", 600 / 900, customer)).lines["loading_pct"]

    assert reason.value == pytest.approx(loading["line:2#1"], abs=1e-4)


def test_the_next_feeder_keeps_the_room_worked_out_by_hand() -> None:
    (option,) = ask(two_feeders(), *SITE, kva=800).options

    assert option.order_keys["margin_pct"] == pytest.approx(100.0 - 46.8, abs=0.5)


def test_a_customer_of_220_kva_still_fits_on_the_nearest() -> None:
    plan = ask(two_feeders(), *SITE, kva=220)

    assert ("mv_public_tee", "line:2") in options_of(plan)
    assert plan.rejected == ()
