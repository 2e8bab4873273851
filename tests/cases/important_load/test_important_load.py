"""Two transformers and two sources of an important load. Figures: README.md beside this file."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from grid_models.grid import Grid
from planner.plan import Option
from tests.cases.customer import NewSupply, ask, built_at, referee, short_circuit_ka
from tests.cases.drawing import CABLE_95, CABLE_240, Line, Load, Node, draw

SECOND: dict[str, Any] = {"importance": "second"}
HOSPITAL: dict[str, Any] = {"industry": "8411"}


@cache
def two_feeders() -> Grid:
    return draw(
        nodes={"bus:3": Node(0, 400, "switchgear"), "bus:4": Node(300, 400, "switchgear")},
        lines={
            "line:1": Line("bus:2", "bus:3", CABLE_240),
            "line:2": Line("bus:2", "bus:4", CABLE_240),
        },
        loads=[Load("bus:3", 950.0, 312.2), Load("bus:4", 950.0, 312.2)],
        bays={"bay:1": ("bus:3", True), "bay:2": ("bus:4", True)},
    )


def option_of(*, sources: int = 2, **asked: Any) -> Option:
    plan = ask(two_feeders(), 100.0, 430.0, kw=1_000, important_kw=500, sources=sources, **asked)
    return plan.options[0]


@cache
def dual() -> Option:
    return option_of(**SECOND)


@pytest.mark.parametrize("sources", [1, 2])
@pytest.mark.parametrize("asked", [SECOND, HOSPITAL])
def test_each_of_two_transformers_carries_the_important_load(
    sources: int, asked: dict[str, Any]
) -> None:
    option = option_of(sources=sources, **asked)

    assert option.customer_side.transformers_kva == (800.0, 630.0)
    assert option.capacity_kva == 1_430.0


@pytest.mark.parametrize("sources", [1, 2])
@pytest.mark.parametrize("asked", [SECOND, HOSPITAL])
def test_the_emergency_source_is_120_pct_of_the_important_load(
    sources: int, asked: dict[str, Any]
) -> None:
    side = option_of(sources=sources, **asked).customer_side

    assert side.emergency_source_kva == pytest.approx(631.6, abs=0.1)


@pytest.mark.parametrize("sources", [1, 2])
def test_the_emergency_source_is_billed_once_whether_there_is_one_supply_or_two(
    sources: int,
) -> None:
    option = option_of(sources=sources, **SECOND)

    (item,) = [item for item in option.cost.items if item.work == "emergency_source"]
    assert (item.quantity, item.payer) == (pytest.approx(631.6, abs=0.1), "customer")
    assert item.quantity == option.customer_side.emergency_source_kva


def test_an_ordinary_customer_has_one_transformer_and_no_emergency_source() -> None:
    side = option_of(sources=1).customer_side

    assert side.transformers_kva == (1_600.0,)
    assert side.emergency_source_kva == 0.0


def test_compensation_and_meters_are_those_worked_out_by_hand() -> None:
    side = dual().customer_side

    assert side.compensation is not None
    assert side.compensation.load_kvar == pytest.approx(155.6, abs=0.1)
    assert side.compensation.transformer_kvar == pytest.approx(56.5, abs=0.1)
    assert side.compensation_kvar == pytest.approx(286.0, abs=0.1)
    for point in side.metering_points:
        assert point.full_current_a == pytest.approx(82.6, abs=0.1)
    assert [(p.ct_ratio, p.vt_ratio) for p in side.metering_points] == [("100/5", "10/0.1")] * 2


def test_the_nearer_feeder_is_the_main_source_of_a_dual_circuit() -> None:
    option = dual()

    assert option.kind == "dual_circuit"
    assert [(s.role, s.access_point.element_id) for s in option.sources] == [
        ("main", "bus:3"),
        ("standby", "bus:4"),
    ]
    assert [s.route.length_m for s in option.sources] == pytest.approx([135.72, 262.91], abs=0.01)
    assert {s.conductor.type for s in option.sources} == {CABLE_95.name}


def test_the_standby_holds_what_the_important_load_would_be_given_alone() -> None:
    normal, main_out = dual().states

    assert (normal.p_kw, main_out.p_kw) == pytest.approx((1_000.0, 500.0))
    assert (normal.holds_kva, main_out.holds_kva) == (1_430.0, 800.0)


def test_pandapower_finds_the_same_volts_at_the_customer_of_the_standby() -> None:
    supply = NewSupply(500.0 / 0.95, 0.95, CABLE_95, 262.909)
    v_pu = referee(built_at(two_feeders(), "bus:4", supply)).nodes["v_pu"]["new:node:1"]

    assert dual().states[1].power_flow.v_customer_pu == pytest.approx(v_pu, abs=1e-6)


@pytest.mark.parametrize(("node", "ka"), [("bus:3", 14.07), ("bus:4", 13.73)])
def test_pandapower_finds_the_short_circuits_the_cables_must_stand(node: str, ka: float) -> None:
    assert short_circuit_ka(two_feeders(), node) == pytest.approx(ka, abs=0.01)


def test_the_fee_is_named_with_its_kva_and_never_with_an_amount() -> None:
    (fee,) = dual().cost.fees

    assert (fee.code, fee.status) == ("high_reliability_fee", "to_confirm")
    assert fee.quantity_kva == 800.0
    assert (fee.amount_cny, fee.rate_cny_per_kva, fee.basis) == (None, None, "")


@pytest.mark.parametrize(
    ("payer", "sums"),
    [
        ("to_confirm", [419_099, 803_119, 1_598_267]),
        ("customer", [891_423, 1_284_495, 1_943_058]),
        ("utility", [30_000, 60_000, 120_000]),
    ],
)
def test_the_sums_are_those_worked_out_by_hand(payer: str, sums: list[float]) -> None:
    found = dual().cost.by_payer_range[payer]

    assert [found[name] for name in ("p15", "p50", "p85")] == pytest.approx(sums, abs=10.0)
