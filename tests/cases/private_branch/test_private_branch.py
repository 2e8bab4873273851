"""A customer's branch is nearer than the public line. Figures: README.md beside this file."""

from __future__ import annotations

import pytest

from grid_models.grid import Grid
from tests.cases.customer import (
    NewSupply,
    ask,
    built_on,
    find_check,
    find_rejected,
    options_of,
    reason_codes,
    referee,
)
from tests.cases.drawing import (
    CABLE_240,
    OVERHEAD_70,
    OVERHEAD_95,
    OVERHEAD_150,
    Line,
    Load,
    Node,
    draw,
)

SITE = (320.0, 360.0)


def line_with_branch(owner: str) -> Grid:
    return draw(
        nodes={
            "bus:3": Node(0, 300),
            "bus:4": Node(300, 300),
            "bus:5": Node(600, 300),
            "bus:6": Node(300, 420, ownership=owner),
        },
        lines={
            "line:1": Line("bus:2", "bus:3", CABLE_240),
            "line:2": Line("bus:3", "bus:4", OVERHEAD_150),
            "line:3": Line("bus:4", "bus:5", OVERHEAD_150),
            "line:4": Line("bus:4", "bus:6", OVERHEAD_70, ownership=owner),
        },
        loads=[Load("bus:5", 1_900.0, 624.5), Load("bus:6", 950.0, 312.2)],
    )


def test_the_branch_is_refused_because_it_is_not_public() -> None:
    rejected = find_rejected(ask(line_with_branch("private"), *SITE, kva=800), "line:4")

    assert [reason.code for reason in rejected.reasons] == ["not_public"]
    assert rejected.access_point.distance_m == pytest.approx(20.0, abs=0.01)


def test_the_public_line_is_chosen_and_answered_on_site() -> None:
    plan = ask(line_with_branch("private"), *SITE, kva=800)

    assert options_of(plan) == [("mv_public_tee", "line:3"), ("mv_public_tee", "bus:4")]
    assert (plan.answer.mode, reason_codes(plan)) == ("on_site", [])


def test_the_public_points_lie_as_far_as_worked_out_by_hand() -> None:
    plan = ask(line_with_branch("private"), *SITE, kva=800)

    lengths_m = [option.sources[0].route.length_m for option in plan.options]
    assert lengths_m == pytest.approx([78.0, 82.2], abs=0.05)


def test_the_private_customer_still_loads_the_line() -> None:
    option = ask(line_with_branch("private"), *SITE, kva=800).options[0]
    check = find_check(option, "thermal_line")

    assert check.element_id == "line:2"
    assert check.value == pytest.approx(63.1, abs=0.5)


def test_pandapower_finds_the_same_loading() -> None:
    grid = line_with_branch("private")
    option = ask(grid, *SITE, kva=800).options[0]

    customer = NewSupply(800.0, 0.95, OVERHEAD_95, 78.0)
    loading = referee(built_on(grid, "line:3", 20 / 300, customer)).lines["loading_pct"]

    assert find_check(option, "thermal_line").value == pytest.approx(loading["line:2"], abs=1e-4)


def test_a_public_branch_would_come_first() -> None:
    plan = ask(line_with_branch("public"), *SITE, kva=800)

    assert options_of(plan)[0] == ("mv_public_tee", "line:4")
    assert plan.options[0].sources[0].route.length_m == pytest.approx(26.0, abs=0.01)
