"""Which option is first, and the line that says why; every figure by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from planner.messages import Message
from planner.plan import Rejected
from planner.ranking import Rankable, explain, margin_step, near_limit_m, rank
from tests.planner.example import example_rules


def point(element_id: str, length_m: float = 100.0, **values: Any) -> Rankable:
    """Return an option like any other but for what is said."""
    plain: dict[str, Any] = {
        "index": 0,
        "level": "mv",
        "level_rank": 0,
        "works_class": 0,
        "is_trunk": True,
        "margin_pct": 50.0,
        "cost_p50": 100_000.0,
        "access_kind": "line_tee",
        "feeder_id": element_id,
        "secure": lambda: None,
    }
    return Rankable(element_id=element_id, length_m=length_m, **(plain | values))


def order(*options: Rankable, by: str = "nearest_public") -> list[str]:
    """Return the ids, best first; the same whichever way round the options are given."""
    rules = example_rules()
    ids = [option.element_id for option, _ in rank(options, rules, by)]
    assert ids == [option.element_id for option, _ in rank(options[::-1], rules, by)]
    return ids


# Level and works ---------------------------------------------------------------------------------


def test_the_preferred_level_comes_before_everything_else() -> None:
    far = point("far", 900.0, level="lv", is_trunk=False, works_class=1, margin_pct=-5.0)
    assert order(point("near", 10.0, level_rank=1), far) == ["far", "near"]


def test_a_standard_connection_comes_before_works_and_works_before_a_new_feeder() -> None:
    feeder, works = point("feeder", 10.0, works_class=2), point("works", 20.0, works_class=1)
    assert order(feeder, works, point("standard", 900.0)) == ["standard", "works", "feeder"]


def test_n_minus_1_decides_after_the_trunk_and_before_the_margin() -> None:
    kept = point("kept", 110.0, secure=lambda: True, margin_pct=20.0)
    lost = point("lost", 100.0, secure=lambda: False, margin_pct=80.0)
    unknown = point("unknown", 90.0, margin_pct=70.0)
    assert order(lost, kept, unknown) == ["kept", "lost", "unknown"]
    branch = point("branch", 100.0, secure=lambda: True, is_trunk=False)
    assert order(branch, lost) == ["lost", "branch"]


# Equally near ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shortest_m", "limit_m"), [(10.0, 60.0), (300.0, 350.0), (400.0, 460.0), (1000.0, 1150.0)]
)
def test_the_window_is_50_m_or_15_percent_whichever_is_more(
    shortest_m: float, limit_m: float
) -> None:
    assert near_limit_m(shortest_m, example_rules()) == pytest.approx(limit_m, abs=1e-9)


@pytest.mark.parametrize(
    ("shortest_m", "inside_m", "outside_m"),
    [(100.0, 150.0, 150.01), (1_000.0, 1_149.99, 1_150.01)],
)
def test_inside_the_window_a_farther_trunk_comes_first_and_outside_the_nearer_branch(
    shortest_m: float, inside_m: float, outside_m: float
) -> None:
    branch = point("branch", shortest_m, is_trunk=False)
    assert order(branch, point("trunk", inside_m)) == ["trunk", "branch"]
    assert order(branch, point("trunk", outside_m)) == ["branch", "trunk"]


def test_the_window_is_that_of_the_options_of_one_level_and_works_class() -> None:
    other_level = point("other", 10.0, level_rank=1)
    branch = point("branch", 100.0, is_trunk=False)
    assert order(other_level, branch, point("trunk", 140.0)) == ["trunk", "branch", "other"]


def test_beyond_the_window_the_length_alone_counts() -> None:
    poorer = point("poorer", 200.0, is_trunk=False, margin_pct=1.0, cost_p50=1e9)
    assert order(point("first"), poorer, point("better", 201.0)) == ["first", "poorer", "better"]


# Inside the window -------------------------------------------------------------------------------


def test_trunk_comes_before_margin() -> None:
    roomy = point("roomy", is_trunk=False, margin_pct=90.0)
    assert order(roomy, point("trunk", margin_pct=20.0)) == ["trunk", "roomy"]


def test_a_greater_step_of_margin_comes_before_cost_and_length() -> None:
    near = point("near", 100.0, margin_pct=49.9, cost_p50=1.0)
    assert order(near, point("roomy", 150.0, margin_pct=50.0)) == ["roomy", "near"]


def test_inside_one_step_of_margin_the_cost_decides() -> None:
    cheap = point("cheap", 150.0, margin_pct=50.0, cost_p50=99_000.0)
    assert order(cheap, point("dear", 100.0, margin_pct=59.9)) == ["cheap", "dear"]


def test_at_equal_cost_the_shorter_route_comes_first() -> None:
    assert order(point("a", 101.0), point("b", 100.0)) == ["b", "a"]


def test_at_equal_length_the_kind_and_then_the_id_decide() -> None:
    bay = point("a", access_kind="station_bay")
    tee = point("b", access_kind="line_tee")
    assert order(bay, tee, point("c", access_kind="line_tee")) == ["b", "c", "a"]


def test_the_kind_does_not_come_before_the_length() -> None:
    bay = point("a", 100.0, access_kind="station_bay")
    assert order(bay, point("b", 101.0, access_kind="line_tee")) == ["a", "b"]


@pytest.mark.parametrize(
    ("margin_pct", "step"), [(0.0, 0), (9.99, 0), (10.0, 1), (59.9, 5), (-0.1, -1), (100.0, 10)]
)
def test_a_margin_counts_in_whole_steps_of_10_points_rounded_down(
    margin_pct: float, step: int
) -> None:
    assert margin_step(point("a", margin_pct=margin_pct), example_rules()) == step


def test_at_low_voltage_a_heavy_load_counts_as_80_percent() -> None:
    heavy = point("heavy", level="lv", margin_pct=5.0)
    assert margin_step(heavy, example_rules()) == 2
    light = point("light", level="lv", margin_pct=35.0)
    assert margin_step(light, example_rules()) == 3


def test_at_low_voltage_a_farther_point_is_not_first_because_the_nearest_is_heavily_loaded() -> (
    None
):
    nearest = point("nearest", 30.0, level="lv", margin_pct=5.0)
    farther = point("farther", 70.0, level="lv", margin_pct=25.0)
    assert order(farther, nearest) == ["nearest", "farther"]


def test_a_point_within_the_supply_radius_comes_before_a_nearer_one_beyond_it() -> None:
    beyond = point("beyond", 20.0, level="lv", is_within_radius=False)
    works = point("works", 90.0, level="lv", works_class=1)
    assert order(beyond, works, point("within", 200.0, level="lv")) == ["within", "works", "beyond"]


# At most three a feeder --------------------------------------------------------------------------


def test_a_feeder_shows_its_best_three_options() -> None:
    own = [point(f"own:{k}", 100.0 + k, feeder_id="line:1") for k in range(5)]
    other = point("other", 103.5, feeder_id="line:2")
    assert order(*own, other) == ["own:0", "own:1", "own:2", "other"]


# What else the customer may put first ------------------------------------------------------------


def test_by_cost_the_cheapest_comes_first_however_far() -> None:
    cheap = point("cheap", 900.0, is_trunk=False, cost_p50=1.0)
    assert order(point("near"), cheap, by="cost") == ["cheap", "near"]


def test_by_time_the_shortest_comes_first_trunk_or_not() -> None:
    branch = point("branch", 100.0, is_trunk=False)
    assert order(branch, point("trunk", 101.0), by="time") == ["branch", "trunk"]


def test_by_reliability_trunk_and_margin_come_first_however_far() -> None:
    near = point("near", is_trunk=False, margin_pct=90.0)
    full, roomy = point("full", 200.0), point("roomy", 900.0, margin_pct=60.0)
    assert order(near, full, roomy, by="reliability") == ["roomy", "full", "near"]


def test_by_cost_two_options_that_lack_prices_go_by_their_length() -> None:
    holed = point("holed", 50.0, cost_p50=2.0, is_priced=False)
    emptier = point("emptier", 90.0, cost_p50=0.0, is_priced=False)
    assert order(emptier, holed, by="cost") == ["holed", "emptier"]


def test_by_cost_an_option_with_an_unpriced_item_comes_behind() -> None:
    holed = point("holed", 50.0, cost_p50=1.0, is_priced=False)
    assert order(holed, point("whole"), by="cost") == ["whole", "holed"]


def test_by_time_fewer_days_come_before_a_shorter_line() -> None:
    quick = point("quick", 900.0, utility_days=17)
    assert order(point("near", 10.0, utility_days=22), quick, by="time") == ["quick", "near"]


@pytest.mark.parametrize("by", ["cost", "time", "reliability"])
def test_no_order_comes_before_the_works_class(by: str) -> None:
    works = point("works", 10.0, works_class=1, cost_p50=1.0, margin_pct=90.0)
    assert order(works, point("standard", 900.0, is_trunk=False), by=by) == ["standard", "works"]


def test_the_keys_an_option_was_ordered_by_are_shown() -> None:
    far = point("far", 150.5, margin_pct=47.5, is_trunk=False)
    (_, of_near), (_, of_far) = rank([point("near"), far], example_rules())
    expected = {
        "level": "mv", "works_class": 0, "route_length_m": 150.5, "equally_near": False,
        "is_trunk": False, "n_minus_1": "not_computed", "margin_pct": 47.5, "margin_step": 4,
        "cost_p50": 100_000.0, "is_priced": True, "utility_days": 0, "id": "line_tee:far",
    }  # fmt: skip
    assert {key: of_far[key] for key in expected} == expected
    assert of_near["equally_near"] is True


# Why ---------------------------------------------------------------------------------------------


def explained(
    *options: Rankable, nearer: Rejected | None = None, by: str = "nearest_public"
) -> Message:
    """Rank options, of which the best is given first, and explain it."""
    rules = example_rules()
    ranked = rank([replace(option, index=k) for k, option in enumerate(options)], rules, by)
    assert ranked[0][0].element_id == options[0].element_id
    return explain(ranked, nearer, rules, by, lambda name: f"<{name}>")


def why(*options: Rankable, nearer: Rejected | None = None, by: str = "nearest_public") -> str:
    text = explained(*options, nearer=nearer, by=by)
    assert text.zh
    return text.en


def test_the_only_option_is_called_so() -> None:
    assert why(point("a")) == "the only option that passes"


def test_an_option_both_nearest_and_roomiest_is_called_so() -> None:
    other = point("b", 120.0, margin_pct=40.0)
    assert why(point("a"), other) == "the nearest feasible point, and the one with the most room"


def test_the_nearest_option_that_is_not_the_roomiest_says_why_it_beats_the_roomiest() -> None:
    roomy = point("roomy", 200.0, margin_pct=80.0)
    assert why(point("a"), roomy) == (
        "the nearest feasible point is also the best; <roomy> has more room (80% against 50%), "
        "but the first option is 100 m nearer"
    )


@pytest.mark.parametrize(
    ("first", "nearest", "because"),
    [
        (
            point("a", 140.0),
            point("n", 100.0, is_trunk=False),
            "40 m farther than the nearest, <n>, but the first option joins the trunk",
        ),
        (
            point("a", 140.0, margin_pct=61.0),
            point("n", 100.0),
            "40 m farther than the nearest, <n>, but it keeps more room (61% against 50%)",
        ),
        (
            point("a", 140.0, cost_p50=1.0),
            point("n", 100.0),
            "40 m farther than the nearest, <n>, but the first option has the lower cost estimate",
        ),
        (
            point("a", 900.0),
            point("n", 100.0, level_rank=1),
            "800 m farther than the nearest, <n>, but the first option has the preferred voltage "
            "level",
        ),
        (
            point("a", 900.0),
            point("n", 100.0, works_class=1),
            "800 m farther than the nearest, <n>, but the first option needs no more than a "
            "standard connection",
        ),
        (
            point("a", 900.0, level="lv"),
            point("n", 100.0, level="lv", is_within_radius=False),
            "800 m farther than the nearest, <n>, but the first option lies within the low-voltage "
            "supply radius",
        ),
    ],
)
def test_an_option_that_is_not_the_nearest_says_what_it_has_that_the_nearest_lacks(
    first: Rankable, nearest: Rankable, because: str
) -> None:
    assert why(first, nearest) == because


def test_a_roomiest_option_neither_first_nor_nearest_is_named_as_well() -> None:
    first, nearest = point("a", 140.0), point("n", 100.0, is_trunk=False)
    roomy = point("roomy", 145.0, margin_pct=90.0, is_trunk=False)
    assert why(first, nearest, roomy) == (
        "40 m farther than the nearest, <n>, but the first option joins the trunk; "
        "<roomy> has more room (90% against 50%), but the first option joins the trunk"
    )


def test_an_option_whose_feeder_another_one_takes_over_says_so() -> None:
    secured = point("a", 140.0, secure=lambda: True)
    assert why(secured, point("n", 100.0, secure=lambda: False)) == (
        "40 m farther than the nearest, <n>, but another feeder can take over its feeder (N-1 kept)"
    )


def test_the_reason_is_one_of_the_order_that_was_asked_for() -> None:
    cheap, near = point("a", 500.0, cost_p50=1.0), point("n", 100.0)
    assert why(cheap, near, by="cost") == (
        "400 m farther than the nearest, <n>, but the first option has the lower cost estimate"
    )
    trunk, branch = point("a", 500.0), point("n", 100.0, is_trunk=False)
    assert "joins the trunk" in why(trunk, branch, by="reliability")


def test_equally_near_is_what_the_shortest_route_says_even_between_two_that_are_farther() -> None:
    # 148 m is within 50 m of the shortest, 100 m; 152 m is not, though within 50 m of 148 m
    shortest, first = point("s", 100.0, is_trunk=False, margin_pct=10.0), point("a", 148.0)
    roomy = point("roomy", 152.0, margin_pct=90.0)
    assert "<roomy> has more room (90% against 50%), but the first option is 4 m nearer" in (
        why(first, shortest, roomy)
    )


def test_where_nothing_else_differs_the_ids_are_said_to_decide() -> None:
    assert "but both are alike, so the order of ids decides" in (
        why(point("a"), point("b", margin_pct=52.0))
    )


def test_the_nearest_that_is_the_roomiest_too_is_named_once() -> None:
    nearest = point("n", 100.0, is_trunk=False, margin_pct=90.0)
    assert why(point("a", 140.0), nearest).count("<n>") == 1


def test_of_equal_margins_the_nearer_is_the_roomier() -> None:
    assert "most room" in why(point("a"), point("b", 120.0))


def test_why_says_that_the_other_s_cost_is_not_complete_or_that_it_takes_longer() -> None:
    whole, holed = point("a", 140.0), point("n", 100.0, is_priced=False)
    assert why(whole, holed, by="cost") == (
        "40 m farther than the nearest, <n>, but the other's cost is not complete (an item has no "
        "price)"
    )
    quick, slow = point("a", 140.0, utility_days=17), point("n", 100.0, utility_days=22)
    assert why(quick, slow, by="time") == (
        "40 m farther than the nearest, <n>, but the first option takes fewer days"
    )
