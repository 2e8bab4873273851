"""A far node is too low already: the substation stays open. Figures: README.md beside this file."""

from __future__ import annotations

import pytest

from grid_models.grid import Grid
from tests.cases.customer import (
    NewSupply,
    ask,
    built_at,
    find_check,
    find_rejected,
    options_of,
    reason_codes,
    referee,
)
from tests.cases.drawing import (
    CABLE_95,
    CABLE_240,
    CABLE_400,
    OVERHEAD_70,
    Line,
    Load,
    Node,
    draw,
)

SITE = (430.0, 40.0)
TOO_LOW, JUST_LEGAL = Load("bus:5", 2_300.0, 756.0), Load("bus:5", 2_240.0, 736.0)


def two_feeders(far: Load) -> Grid:
    return draw(
        nodes={
            "bus:3": Node(400, 0, "switchgear"),
            "bus:4": Node(-2_500, 0),
            "bus:5": Node(-10_500, 0),
        },
        lines={
            "line:1": Line("bus:2", "bus:3", CABLE_400),
            "line:2": Line("bus:2", "bus:4", CABLE_240),
            "line:3": Line("bus:4", "bus:5", OVERHEAD_70),
        },
        loads=[Load("bus:3", 950.0, 312.2), far],
        bays={"bay:1": ("bus:3", True)},
    )


def far_node_v(kva: float, conductor_name: str) -> float:
    """Return pandapower's voltage at the far node, in volts, with the customer connected."""
    conductor = {c.name: c for c in (CABLE_95, CABLE_240)}[conductor_name]
    grid = built_at(two_feeders(TOO_LOW), "bus:3", NewSupply(kva, 0.95, conductor, 65.0))
    return 10_000.0 * float(referee(grid).nodes.at["bus:5", "v_pu"])


def test_the_far_node_is_too_low_before() -> None:
    v_pu = referee(two_feeders(TOO_LOW)).nodes["v_pu"]

    assert 10_000.0 * v_pu["bus:5"] == pytest.approx(9_267.0, abs=10.0)
    assert 10_000.0 * v_pu["bus:2"] == pytest.approx(10_450.0, abs=10.0)


def test_1250_kva_on_another_feeder_are_answered_on_site() -> None:
    plan = ask(two_feeders(TOO_LOW), *SITE, kva=1_250)

    assert options_of(plan) == [("mv_public_bay", "bus:3")]
    assert (plan.answer.mode, reason_codes(plan)) == ("on_site", [])


def test_the_far_node_is_shown_as_too_low_before() -> None:
    (option,) = ask(two_feeders(TOO_LOW), *SITE, kva=1_250).options
    check = find_check(option, "voltage_low")

    assert (check.element_id, check.scope, check.limit) == ("bus:5", "tree", 9_300.0)
    assert (check.passed, check.pre_existing, check.effect) == (False, True, "show")
    assert check.value == pytest.approx(9_267.0 - 18.2, abs=10.0)


def test_pandapower_finds_the_same_volts_at_the_far_node() -> None:
    (option,) = ask(two_feeders(TOO_LOW), *SITE, kva=1_250).options

    volts = far_node_v(1_250.0, CABLE_95.name)
    assert find_check(option, "voltage_low").value == pytest.approx(volts, abs=0.01)


def test_3000_kva_lower_it_by_less_than_50_v_and_stay_an_option() -> None:
    plan = ask(two_feeders(TOO_LOW), *SITE, kva=3_000)
    before = 10_000.0 * float(referee(two_feeders(TOO_LOW)).nodes.at["bus:5", "v_pu"])
    check = find_check(plan.options[0], "voltage_low")

    assert before - check.value == pytest.approx(44.1, abs=2.0)
    assert check.effect == "show"
    assert reason_codes(plan) == ["capacity_over_on_site_limit"]


def test_4500_kva_lower_it_by_more_than_50_v_and_are_refused() -> None:
    plan = ask(two_feeders(TOO_LOW), *SITE, kva=4_500)
    (reason,) = find_rejected(plan, "bus:3").reasons

    assert (plan.answer.mode, plan.options) == ("no_option", ())
    assert (reason.code, reason.element_id) == ("voltage_low", "bus:5")
    assert (reason.limit, reason.unit) == (9_300.0, "V")
    assert reason.value == pytest.approx(9_267.0 - 66.8, abs=10.0)


def test_pandapower_finds_the_volts_4500_kva_are_refused_for() -> None:
    (reason,) = find_rejected(ask(two_feeders(TOO_LOW), *SITE, kva=4_500), "bus:3").reasons

    assert reason.value == pytest.approx(far_node_v(4_500.0, CABLE_240.name), abs=0.01)


def test_the_hosting_capacity_ends_where_the_far_node_falls_by_50_v() -> None:
    (option,) = ask(two_feeders(TOO_LOW), *SITE, kva=1_250).options

    assert option.headroom.hosting_capacity_kva == pytest.approx(3_400.0, abs=100.0)
    assert option.headroom.hosting_binding_id == "bus:5"
    assert option.headroom.hosting_binding_code == "voltage_low"


def test_a_far_node_that_was_legal_before_goes_to_the_desk() -> None:
    plan = ask(two_feeders(JUST_LEGAL), *SITE, kva=1_250)
    check = find_check(plan.options[0], "voltage_low")

    assert (plan.answer.mode, reason_codes(plan)) == ("back_office", ["neighbour_affected"])
    assert (check.element_id, check.pre_existing, check.effect) == ("bus:5", False, "desk")
    assert check.value == pytest.approx(9_304.0 - 18.2, abs=10.0)
