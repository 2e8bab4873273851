"""A cable whose ring-main units are full: a new one is cut in. Figures: README.md beside this."""

from __future__ import annotations

import pytest

from grid_models.grid import Grid
from tests.cases.customer import (
    NewSupply,
    ask,
    built_at,
    built_on,
    find_check,
    find_rejected,
    options_of,
    reason_codes,
    referee,
)
from tests.cases.drawing import CABLE_70, CABLE_95, CABLE_240, Line, Load, Node, draw
from tests.grid_models.samples import edited

SITE = (250.0, 530.0)


def ring(*, spare: bool) -> Grid:
    return draw(
        nodes={"bus:3": Node(0, 500, "switchgear"), "bus:4": Node(300, 500, "switchgear")},
        lines={
            "line:1": Line("bus:2", "bus:3", CABLE_240),
            "line:2": Line("bus:3", "bus:4", CABLE_240),
        },
        loads=[Load("bus:4", 2_850.0, 936.7)],
        bays={"bay:1": ("bus:3", False), "bay:2": ("bus:4", spare)},
    )


def test_without_a_bay_a_ring_main_unit_is_cut_in_at_the_desk() -> None:
    plan = ask(ring(spare=False), *SITE, kva=800)

    assert options_of(plan) == [("mv_public_ring_in", "line:2")]
    assert (plan.answer.mode, reason_codes(plan)) == ("back_office", ["works_needed"])


def test_the_cut_in_stands_where_the_cable_is_nearest() -> None:
    (option,) = ask(ring(spare=False), *SITE, kva=800).options
    point = option.sources[0].access_point

    assert point.kind == "line_ring_in"
    assert point.position == pytest.approx(250 / 300, abs=1e-5)
    assert option.sources[0].route.length_m == pytest.approx(39.0, abs=0.01)
    assert "ring_main_unit" in [work.code for work in option.works]


def test_both_full_ring_main_units_are_listed() -> None:
    plan = ask(ring(spare=False), *SITE, kva=800)

    for node, distance_m in (("bus:4", 58.31), ("bus:3", 251.79)):
        rejected = find_rejected(plan, node)
        assert [reason.code for reason in rejected.reasons] == ["no_spare_bay"]
        assert rejected.access_point.distance_m == pytest.approx(distance_m, abs=0.01)


def test_the_cable_carries_what_was_worked_out_by_hand() -> None:
    (option,) = ask(ring(spare=False), *SITE, kva=800).options
    check = find_check(option, "thermal_line")

    assert check.element_id == "line:2#1"
    assert check.value == pytest.approx(59.3, abs=0.5)


def test_pandapower_finds_the_same_current_in_the_split_cable() -> None:
    grid = ring(spare=False)
    (option,) = ask(grid, *SITE, kva=800).options

    customer = NewSupply(800.0, 0.95, CABLE_95, 39.0)
    loading = referee(built_on(grid, "line:2", 250 / 300, customer)).lines["loading_pct"]

    assert find_check(option, "thermal_line").value == pytest.approx(loading["line:2#1"], abs=1e-4)


def test_a_spare_bay_is_taken_though_the_cable_is_nearer() -> None:
    plan = ask(ring(spare=True), *SITE, kva=800)
    point = plan.options[0].sources[0].access_point

    assert options_of(plan) == [("mv_public_bay", "bus:4")]
    assert (point.kind, point.bay_id) == ("station_bay", "bay:2")
    assert (plan.answer.mode, reason_codes(plan)) == ("on_site", [])


def test_the_line_to_the_bay_is_as_long_as_worked_out_by_hand() -> None:
    (option,) = ask(ring(spare=True), *SITE, kva=800).options

    assert option.sources[0].route.length_m == pytest.approx(75.8, abs=0.01)
    assert option.sources[0].conductor.type == CABLE_70.name


def test_pandapower_finds_the_same_voltage_at_the_customer_of_the_bay() -> None:
    grid = ring(spare=True)
    (option,) = ask(grid, *SITE, kva=800).options

    customer = NewSupply(800.0, 0.95, CABLE_70, 75.802)
    v_pu = referee(built_at(grid, "bus:4", customer)).nodes["v_pu"]

    assert option.power_flow.v_customer_pu == pytest.approx(v_pu["new:node:1"], abs=1e-6)


def test_a_customers_own_spare_bay_does_not_spare_the_cut_in() -> None:
    grid = edited(ring(spare=True), "bays", "bay:2", ownership="private")

    plan = ask(grid, *SITE, kva=800)

    assert options_of(plan) == [("mv_public_ring_in", "line:2")]
    assert [reason.code for reason in find_rejected(plan, "bus:4").reasons] == ["not_public"]
