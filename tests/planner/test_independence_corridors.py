"""Poles, towers and trenches that two ways share, on grids drawn by hand (see `two_ways`)."""

from __future__ import annotations

import pytest

from tests.planner.two_ways import (
    A_MAIN,
    APART,
    B_MAIN,
    BOTH,
    A,
    B,
    Run,
    Spot,
    compare,
    kinds,
    sketch,
    two_substations,
)


def side_by_side(apart_m, along_m, laying=("overhead", "overhead")):
    """A # ---- x   the feeder of B turns and runs `along_m` beside the end of A's: y ---- # B."""
    return two_substations(
        {
            "x": Spot(2000, 0),
            "p": Spot(2000, apart_m),
            "y": Spot(2000 - along_m, apart_m),
        },
        {
            "line:1": Run("bus:2", "x", laying[0]),
            "line:2": Run("bus:12", "p", laying[1]),
            "line:3": Run("p", "y", laying[1]),
        },
    )


def test_two_overhead_lines_3_m_apart_stand_on_the_same_poles():
    pair = compare(side_by_side(3.0, 200.0), "x", "y")
    assert (pair.grade, list(kinds(pair))) == ("dual_circuit", ["pole_line"])
    assert {"line:1", "line:3"} <= set(kinds(pair)["pole_line"])


def test_two_cables_1_m_apart_lie_in_the_same_trench():
    pair = compare(side_by_side(1.0, 200.0, ("cable", "cable")), "x", "y")
    assert (pair.grade, list(kinds(pair))) == ("dual_circuit", ["trench"])


def test_lines_of_unknown_laying_side_by_side_count_as_shared():
    pair = compare(side_by_side(1.0, 200.0, ("cable", "unknown")), "x", "y")
    assert (pair.grade, list(kinds(pair))) == ("dual_circuit", ["corridor"])


def test_a_cable_below_an_overhead_line_shares_neither_pole_nor_trench():
    assert compare(side_by_side(1.0, 200.0, ("overhead", "cable")), "x", "y").grade == "dual_source"


@pytest.mark.parametrize(
    ("apart_m", "along_m", "grade"),
    [  # within 5 m for more than 50 m; the line from B slopes 1.5 to 5 m in 2 km besides
        (5.2, 200.0, "dual_source"),
        (1.0, 20.0, "dual_source"),
        (1.0, 80.0, "dual_circuit"),
    ],
)
def test_near_and_long_enough_are_rule_rows(apart_m, along_m, grade):
    assert compare(side_by_side(apart_m, along_m, ("cable",) * 2), "x", "y").grade == grade


def test_two_lines_that_cross_share_nothing():
    #        y
    # A # ---+--- x
    #        |
    #        # B
    grid = sketch(
        spots=A | {
            "bus:11": Spot(500, -2000, 110.0, "busbar", "B"),
            "bus:12": Spot(500, -2000, 10.0, "busbar", "B"),
            "x": Spot(1000, 0), "y": Spot(500, 800),
        },
        runs={"line:1": Run("bus:2", "x"), "line:2": Run("bus:12", "y")},
        **BOTH,
    )  # fmt: skip
    assert compare(grid, "x", "y").grade == "dual_source"


def test_two_feeders_that_meet_at_one_pole_share_it():
    # A # -- x      y stands 2 m beside x      y -- # B
    grid = two_substations(
        {"x": Spot(2000, 0, 10.0, "pole"), "y": Spot(2002, 0, 10.0, "pole")}, APART
    )
    pair = compare(grid, "x", "y")
    assert (pair.grade, kinds(pair)) == ("dual_circuit", {"pole": ("x", "y")})


def test_two_110_kv_lines_on_one_tower_take_both_substations_away():
    # s ======== A      two sources 4 m apart, their lines side by side for 3 km, then apart
    # t ======== == B
    grid = sketch(
        spots=A | B | {
            "s": Spot(0, 6000, 110.0), "t": Spot(4, 6000, 110.0), "u": Spot(4, 3000, 110.0),
            "x": Spot(1000, 0), "y": Spot(3000, 0),
        },
        runs={
            "hv:1": Run("s", "bus:1"), "hv:2": Run("t", "u"), "hv:3": Run("u", "bus:11"), **APART,
        },
        sources={"source:1": "s", "source:2": "t"}, mains=A_MAIN | B_MAIN,
    )  # fmt: skip
    pair = compare(grid, "x", "y")
    assert (pair.grade, kinds(pair)) == ("dual_circuit", {"pole_line": ("hv:1", "hv:2")})


@pytest.mark.parametrize(("position", "grade"), [(0.4, "dual_source"), (0.96, "dual_circuit")])
def test_what_lies_beyond_the_tee_is_not_on_the_way(position, grade):
    # line:1 runs from A 2 km east; its last 200 m are beside B's feeder
    pair = compare(side_by_side(3.0, 200.0), ("line:1", position), "y")
    assert pair.grade == grade


def test_a_line_drawn_from_its_far_end_is_cut_on_the_right_side():
    grid = two_substations(
        {"x": Spot(2000, 0), "p": Spot(2000, 3), "y": Spot(1800, 3)},
        {"line:1": Run("x", "bus:2"), "line:2": Run("bus:12", "p"), "line:3": Run("p", "y")},
    )
    assert compare(grid, ("line:1", 0.6), "y").grade == "dual_source"
