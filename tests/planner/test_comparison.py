"""What each option costs more and gives more than the first, on the hand-made plan."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from planner.comparison import compare_options
from planner.plan import Option
from tests.api.plans import sample_option


def option(
    rank: int = 1,
    *,
    cost_p50: float = 42_500.0,
    days: int = 8,
    length_m: float = 132.3,
    unpriced: tuple[str, ...] = (),
    open_kva: float = 186.7,
    supply_kv: float = 10.0,
    **keys: Any,
) -> Option:
    plain = sample_option()
    source = plain.sources[0]
    return replace(
        plain,
        rank=rank,
        supply_kv=supply_kv,
        cost=replace(plain.cost, p50=cost_p50, unpriced=unpriced),
        schedule=replace(plain.schedule, utility_days=days),
        sources=(replace(source, route=replace(source.route, length_m=length_m)),),
        headroom=replace(plain.headroom, open_capacity_kva=open_kva),
        order_keys={**plain.order_keys, "n_minus_1": True, **keys},
    )


def test_the_first_option_is_what_the_others_stand_against() -> None:
    (row,) = compare_options([option()])
    assert (row.extra_cost_p50, row.extra_days, row.extra_length_m) == (0.0, 0, 0.0)
    assert row.en == "the first option, against which the others stand"


def test_every_difference_is_the_other_s_less_the_first_s() -> None:
    other = option(
        2, cost_p50=52_500.0, days=10, length_m=232.3, open_kva=286.7, margin_pct=30.0,
        n_minus_1=False,
    )  # fmt: skip
    row = compare_options([option(), other])[1]
    assert (row.extra_cost_p50, row.extra_days, row.rank) == (10_000.0, 2, 2)
    assert row.extra_length_m == pytest.approx(100.0)
    assert row.extra_margin_points == pytest.approx(6.0)
    assert row.extra_open_capacity_kva == pytest.approx(100.0)
    assert row.n_minus_1 is False
    assert row.en == (
        "costs 1.0 x 10,000 CNY more; route 100 m longer; margin 6 points more; N-1 not kept"
    )


def test_a_cost_with_a_hole_is_not_compared() -> None:
    for pair in (
        [option(), option(2, unpriced=("bay_use",))],
        [option(unpriced=("bay_use",)), option(2)],
    ):
        row = compare_options(pair)[1]
        assert row.extra_cost_p50 is None
        assert row.en.startswith("cost not complete, not to be compared")


def test_what_is_equal_to_the_eye_is_said_to_be_equal() -> None:
    row = compare_options([option(), option(2, n_minus_1="not_computed")])[1]
    assert row.n_minus_1 is None
    assert row.en == "costs the same; route as long; margin the same; N-1 not computed"


def test_two_capacities_without_a_limit_are_equal() -> None:
    rows = compare_options([option(open_kva=float("inf")), option(2, open_kva=float("inf"))])
    assert rows[1].extra_open_capacity_kva == 0.0


def test_no_option_is_compared_with_nothing() -> None:
    assert compare_options([]) == ()


def test_at_low_voltage_nobody_asks_who_takes_the_feeder_over() -> None:
    low = [option(supply_kv=0.38), option(2, supply_kv=0.38, n_minus_1="not_computed")]
    assert compare_options(low)[1].en == "costs the same; route as long; margin the same"
