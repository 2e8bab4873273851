"""Twenty-odd grids drawn by hand, each with the grade and the shared things it must give.

In the drawings ``=`` is 110 kV, ``-`` a line of 10 kV, ``#`` a main transformer,
``/`` what is open; ``x`` and ``y`` the access points.
"""

from __future__ import annotations

import pytest

from planner.independence import combine, is_enough, required_grade
from planner.plan import PairIndependence
from tests.planner.example import example_rules
from tests.planner.two_ways import (
    A_MAIN,
    APART,
    B_MAIN,
    BOTH,
    ONE,
    A,
    B,
    Run,
    Spot,
    compare,
    kinds,
    sketch,
    two_substations,
)


def test_two_substations_of_two_sources_whose_lines_stay_apart_are_a_dual_source():
    # A # -- x          y -- # B
    grid = two_substations(
        {"x": Spot(1000, 0), "y": Spot(3000, 0)},
        {"line:1": Run("bus:2", "x"), "line:2": Run("bus:12", "y")},
    )
    pair = compare(grid, "x", "y")
    assert (pair.grade, kinds(pair)) == ("dual_source", {})


def test_two_points_of_one_feeder_are_no_second_source():
    # A # --line:1-- x --line:2-- y
    grid = sketch(
        spots=A | {"x": Spot(500, 0), "y": Spot(1000, 0)},
        runs={"line:1": Run("bus:2", "x"), "line:2": Run("x", "y")},
        **ONE,
    )
    pair = compare(grid, "x", "y")
    assert pair.grade == "same_feeder"
    assert kinds(pair)["feeder"] == ("line:1",)


def test_two_branches_of_one_feeder_share_the_line_before_the_fork():
    #                    /- x
    # A # --1-- p --2-- q
    #                    \- y
    grid = sketch(
        spots=A | {"p": Spot(300, 0), "q": Spot(600, 0), "x": Spot(900, 200), "y": Spot(900, -200)},
        runs={
            "line:1": Run("bus:2", "p"), "line:2": Run("p", "q"),
            "line:3": Run("q", "x"), "line:4": Run("q", "y"),
        },
        **ONE,
    )  # fmt: skip
    pair = compare(grid, "x", "y")
    assert pair.grade == "same_feeder"
    assert kinds(pair)["branch"] == ("line:2",)


def test_two_feeders_of_one_busbar_section_are_a_dual_circuit():
    # x -- A # -- y
    grid = sketch(
        spots=A | {"x": Spot(-800, 0), "y": Spot(800, 0)},
        runs={"line:1": Run("bus:2", "x"), "line:2": Run("bus:2", "y")},
        **ONE,
    )
    pair = compare(grid, "x", "y")
    assert (pair.grade, kinds(pair)) == (
        "dual_circuit",
        {
            "busbar": ("bus:2",),
            "main_transformer": ("trafo:1",),
            "source": ("source:1",),
            "substation": ("A",),
        },
    )


TWO_SECTIONS = A | {"bus:3": Spot(0, 5, 10.0, "busbar", "A"), "x": Spot(-800, 0), "y": Spot(800, 0)}
FROM_EACH = {"line:1": Run("bus:2", "x"), "line:2": Run("bus:3", "y")}


def test_two_busbar_sections_with_the_coupler_open_are_a_dual_circuit():
    # source:1 = bus:1 = # bus:2 -- x
    #                  = # bus:3 -- y      bus:2 / bus:3
    grid = sketch(
        spots=TWO_SECTIONS,
        runs=FROM_EACH,
        sources={"source:1": "bus:1"},
        mains=A_MAIN | {"trafo:2": ("bus:1", "bus:3")},
        couplers={"switch:1": ("bus:2", "bus:3", False)},
    )
    pair = compare(grid, "x", "y")
    assert (pair.grade, kinds(pair)) == (
        "dual_circuit", {"source": ("source:1",), "substation": ("A",)},
    )  # fmt: skip


def test_a_closed_coupler_makes_two_sections_one_busbar_behind_one_main_transformer():
    # source:1 = # bus:2 -- x
    #              |
    #              bus:3 -- y
    grid = sketch(
        spots=TWO_SECTIONS, runs=FROM_EACH,
        couplers={"switch:1": ("bus:2", "bus:3", True)}, **ONE,
    )  # fmt: skip
    pair = compare(grid, "x", "y")
    assert pair.grade == "dual_circuit"
    assert kinds(pair)["busbar"] == ("bus:2",)
    assert kinds(pair)["main_transformer"] == ("trafo:1",)


def test_a_closed_coupler_with_an_impedance_leaves_the_main_transformer_shared():
    grid = sketch(
        spots=TWO_SECTIONS, runs=FROM_EACH, coupler_ohm=0.01,
        couplers={"switch:1": ("bus:2", "bus:3", True)}, **ONE,
    )  # fmt: skip
    pair = compare(grid, "x", "y")
    assert pair.grade == "dual_circuit"
    assert kinds(pair)["main_transformer"] == ("trafo:1",)


def test_two_substations_on_one_110_kv_line_have_one_upstream():
    #                     /= A # -- x
    # source:1 ==hv:1== t
    #                     \= B # -- y
    grid = sketch(
        spots=A | B | {
            "s": Spot(2000, 9000, 110.0), "t": Spot(2000, 3000, 110.0),
            "x": Spot(1000, 0), "y": Spot(3000, 0),
        },
        runs={
            "hv:1": Run("s", "t"), "hv:2": Run("t", "bus:1"), "hv:3": Run("t", "bus:11"),
            "line:1": Run("bus:2", "x"), "line:2": Run("bus:12", "y"),
        },
        sources={"source:1": "s"}, mains=A_MAIN | B_MAIN,
    )  # fmt: skip
    pair = compare(grid, "x", "y")
    assert (pair.grade, kinds(pair)) == (
        "dual_circuit", {"upstream": ("hv:1",), "source": ("source:1",)},
    )  # fmt: skip


def test_two_110_kv_lines_of_one_source_have_the_source_in_common():
    grid = sketch(
        spots=A | B | {"s": Spot(2000, 9000, 110.0), "x": Spot(1000, 0), "y": Spot(3000, 0)},
        runs={
            "hv:2": Run("s", "bus:1"), "hv:3": Run("s", "bus:11"),
            "line:1": Run("bus:2", "x"), "line:2": Run("bus:12", "y"),
        },
        sources={"source:1": "s"}, mains=A_MAIN | B_MAIN,
    )  # fmt: skip
    pair = compare(grid, "x", "y")
    assert (pair.grade, kinds(pair)) == ("dual_circuit", {"source": ("source:1",)})


def test_one_220_kv_transformer_above_two_substations_is_shared():
    # source:1 220 kV # t = A # -- x
    #                     = B # -- y
    grid = sketch(
        spots=A | B | {
            "s": Spot(2000, 9000, 220.0), "t": Spot(2000, 9000, 110.0),
            "x": Spot(1000, 0), "y": Spot(3000, 0),
        },
        runs={
            "hv:2": Run("t", "bus:1"), "hv:3": Run("t", "bus:11"),
            "line:1": Run("bus:2", "x"), "line:2": Run("bus:12", "y"),
        },
        sources={"source:1": "s"}, mains=A_MAIN | B_MAIN | {"trafo:9": ("s", "t")},
    )  # fmt: skip
    pair = compare(grid, "x", "y")
    assert kinds(pair) == {"upstream": ("trafo:9",), "source": ("source:1",)}


def test_an_open_110_kv_tie_between_two_substations_joins_nothing():
    # source:1 = A == / == B = source:2
    grid = two_substations(
        {"x": Spot(1000, 500), "y": Spot(3000, 500)},
        {
            "hv:1": Run("bus:1", "bus:11"),
            "line:1": Run("bus:2", "x"), "line:2": Run("bus:12", "y"),
        },
        opened={"hv:1": "bus:11"},
    )  # fmt: skip
    assert compare(grid, "x", "y").grade == "dual_source"


ONE_STATION_TWO_LINES = {
    "spots": A | {
        "bus:11": Spot(0, 20, 110.0, "busbar", "A"), "bus:12": Spot(0, 20, 10.0, "busbar", "A"),
        "x": Spot(-800, 0), "y": Spot(800, 0),
    },
    "runs": {"line:1": Run("bus:2", "x"), "line:2": Run("bus:12", "y")},
    **BOTH,
}  # fmt: skip


def test_two_busbars_of_one_substation_fed_by_two_110_kv_sources_are_a_dual_circuit():
    # source:1 = # bus:2 -- x  |
    # source:2 = # bus:12 -- y | substation A
    pair = compare(sketch(**ONE_STATION_TWO_LINES), "x", "y")
    assert (pair.grade, kinds(pair)) == ("dual_circuit", {"substation": ("A",)})


def test_an_area_may_take_them_for_a_dual_source():
    pair = compare(sketch(**ONE_STATION_TWO_LINES), "x", "y", two_busbars_dual_source=True)
    assert (pair.grade, kinds(pair)) == ("dual_source", {"substation": ("A",)})


def test_an_area_that_does_so_does_not_take_one_source_for_two():
    grid = sketch(
        spots=TWO_SECTIONS, runs=FROM_EACH, sources={"source:1": "bus:1"},
        mains=A_MAIN | {"trafo:2": ("bus:1", "bus:3")},
    )  # fmt: skip
    assert compare(grid, "x", "y", two_busbars_dual_source=True).grade == "dual_circuit"


FROM_BUSBARS = {
    "bus:2": Spot(0, 0, 10.0, "busbar", "A"), "bus:12": Spot(4000, 0, 10.0, "busbar", "B"),
    "x": Spot(1000, 0), "y": Spot(3000, 0),
}  # fmt: skip


def test_busbars_whose_upstream_is_not_in_the_data_are_at_most_a_dual_circuit():
    # source:1 bus:2 -- x    y -- bus:12 source:2, all of 10 kV
    grid = sketch(
        spots=FROM_BUSBARS, runs=APART,
        sources={"source:1": "bus:2", "source:2": "bus:12"}, mains={},
    )  # fmt: skip
    pair = compare(grid, "x", "y")
    assert (pair.grade, kinds(pair)) == (
        "dual_circuit", {"upstream_absent": ("source:1", "source:2")},
    )  # fmt: skip


def test_one_upstream_that_is_not_in_the_data_is_enough_for_that():
    grid = sketch(
        spots=FROM_BUSBARS | B, runs=APART,
        sources={"source:1": "bus:2", "source:2": "bus:11"}, mains=B_MAIN,
    )  # fmt: skip
    pair = compare(grid, "x", "y")
    assert (pair.grade, kinds(pair)) == ("dual_circuit", {"upstream_absent": ("source:1",)})


def test_two_feeders_through_one_switching_station_share_it():
    # A # -- k1 -- x
    #        K              k1 and k2 are the two sections of switching station K
    # B # -- k2 -- y
    grid = two_substations(
        {
            "k1": Spot(2000, 0, 10.0, "switchgear", "K"),
            "k2": Spot(2000, 10, 10.0, "switchgear", "K"),
            "x": Spot(2000, -500), "y": Spot(2000, 500),
        },
        {
            "line:1": Run("bus:2", "k1", "cable"), "line:2": Run("bus:12", "k2", "cable"),
            "line:3": Run("k1", "x", "cable"), "line:4": Run("k2", "y", "cable"),
        },
    )  # fmt: skip
    pair = compare(grid, "x", "y")
    assert (pair.grade, kinds(pair)) == ("dual_circuit", {"station": ("K",)})


def test_a_feeder_through_the_other_substation_shares_that_station():
    # A # -- k -- x where k stands in substation B
    grid = two_substations(
        {"k": Spot(3900, 600, 10.0, "switchgear", "B"), "x": Spot(3900, 900), "y": Spot(5000, 0)},
        {
            "line:1": Run("bus:2", "k"), "line:3": Run("k", "x"), "line:2": Run("bus:12", "y"),
        },
    )  # fmt: skip
    pair = compare(grid, "x", "y")
    assert (pair.grade, kinds(pair)) == ("dual_circuit", {"station": ("B",)})


def unnamed(apart_m, **more):
    return sketch(
        spots={
            "bus:1": Spot(0, 0, 110.0), "bus:2": Spot(0, 0),
            "bus:11": Spot(apart_m, 0, 110.0), "bus:12": Spot(apart_m, 0),
            "x": Spot(0, 900), "y": Spot(apart_m, 900),
        },
        runs=APART, **BOTH, **more,
    )  # fmt: skip


def test_unnamed_substations_300_m_apart_are_one():
    pair = compare(unnamed(300.0), "x", "y")
    assert (pair.grade, kinds(pair)) == ("dual_circuit", {"substation": ("bus:1", "bus:11")})


def test_unnamed_substations_farther_apart_are_two():
    assert compare(unnamed(320.0), "x", "y").grade == "dual_source"


def test_substations_without_name_and_place_are_not_shown_to_be_two():
    grid = unnamed(4000.0, placeless=("bus:11", "bus:12"))
    pair = compare(grid, "x", "y")
    assert (pair.grade, kinds(pair)) == (
        "dual_circuit",
        {"substation_unknown": ("bus:1", "bus:11"), "course_unknown": ("line:2",)},
    )


def test_a_line_whose_course_nobody_knows_may_stand_on_any_pole():
    # A # -- k -- x, where k has no place
    grid = two_substations(
        {"k": Spot(500, 0), "x": Spot(1000, 0), "y": Spot(3000, 0)},
        {
            "line:1": Run("bus:2", "k"), "line:3": Run("k", "x"), "line:2": Run("bus:12", "y"),
        },
        placeless=("k",),
    )  # fmt: skip
    pair = compare(grid, "x", "y")
    assert (pair.grade, kinds(pair)) == ("dual_circuit", {"course_unknown": ("line:1", "line:3")})


# several ---------------------------------------------------------------------------------------


def pair(grade):
    return PairIndependence(sources=(0, 1), grade=grade, shared=(), unproved=())


@pytest.mark.parametrize(
    ("grades", "together"),
    [
        (["dual_source"], "dual_source"),
        (["dual_circuit"] * 3, "dual_circuit"),
        (["dual_circuit", "dual_source", "dual_source"], "multi_source"),
        (["dual_source", "dual_source", "same_feeder"], "same_feeder"),
    ],
)
def test_three_are_several_sources_if_two_of_them_are_a_dual_source(grades, together):
    assert combine([pair(g) for g in grades], "dual_circuit").grade == together


@pytest.mark.parametrize(
    ("sources", "importance", "grade"),
    [
        (2, "ordinary", "dual_circuit"),
        (2, "second", "dual_circuit"),
        (2, "first", "dual_source"),
        (2, "special", "multi_source"),
        (3, "ordinary", "multi_source"),
    ],
)
def test_the_grade_required_follows_from_class_and_number(sources, importance, grade):
    assert required_grade(sources, importance, example_rules()) == grade


def test_a_dual_source_serves_where_a_dual_circuit_is_required():
    assert is_enough("dual_source", "dual_circuit")
    assert not is_enough("dual_circuit", "dual_source")
