from __future__ import annotations

import pandas as pd
import pytest

from grid_models.demand import add_curves, clock_time, curve_seasons
from grid_models.demand.curves import read_curves
from grid_models.errors import InputError
from grid_models.grid import Grid
from tests.grid_models.demand.streets import HOME, NOON, ROOF, SHOP, flat, shaped, street
from tests.grid_models.grids import coil, load

FEEDER = {"T": coil("A", "D", 400.0, 10.0, 0.4)}


def given(*parts: pd.DataFrame) -> pd.DataFrame:
    return pd.concat(parts, ignore_index=True)


def refused(grid: Grid, *parts: pd.DataFrame) -> list[str]:
    with pytest.raises(InputError) as error:
        add_curves(grid, given(*parts), where="curves.csv")
    assert {problem.field for problem in error.value.problems} == {"curves.csv"}
    assert all(problem.zh for problem in error.value.problems)
    return [problem.en for problem in error.value.problems]


def test_a_quarter_hour_is_named_by_the_time_it_begins():
    assert [clock_time(point) for point in (0, 1, 74, 95)] == ["00:00", "00:15", "18:30", "23:45"]


def test_a_load_takes_the_curve_named_like_its_category_and_a_generator_like_its_kind():
    grid = add_curves(street(), given(flat(HOME, 1.0), flat(ROOF, 0.5)), where="curves.csv")
    assert grid.loads["curve_id"].tolist() == [HOME, "", HOME]
    assert grid.generators["curve_id"].tolist() == [ROOF]
    assert len(grid.curves) == 2 * 96


def test_a_load_with_a_curve_of_its_own_keeps_it():
    own = {"home:1": load("B", 1.0, category=HOME, curve_id="tower")}
    grid = street(loads=own)
    added = given(flat("tower", 1.0), flat(ROOF, 0.5))
    assert add_curves(grid, added, where="f").loads["curve_id"].tolist() == ["tower"]


def test_a_curve_of_the_same_name_is_replaced_whole():
    before = street([flat(HOME, 0.3, season="summer"), flat(HOME, 0.2, season="winter")])
    after = add_curves(before, flat(HOME, 0.9), where="curves.csv")
    assert curve_seasons(after) == ("all",)
    assert set(read_curves(after)[HOME].p_pu.ravel()) == {0.9}


def test_the_order_of_the_points_does_not_matter():
    points = shaped(HOME, {NOON: 1.0})
    mixed = points.sample(frac=1.0, random_state=0)
    one, other = (add_curves(street(), part, where="f") for part in (points, mixed))
    assert one.version == other.version


# ---- what is refused, each in one sentence ----


def test_a_curve_of_95_points_is_refused():
    (sentence,) = refused(street(), flat(HOME, 1.0).iloc[:95])
    assert sentence == 'curve "resident" has 95 points and lacks 23:45; a season needs 96'


def test_a_gap_is_named_by_its_times():
    points = flat(HOME, 1.0, season="summer").drop(range(40, 48))
    (sentence,) = refused(street(), points)
    assert sentence == (
        'curve "resident" in summer has 88 points and lacks 10:00, 10:15, 10:30, 10:45, 11:00 '
        "… (8); a season needs 96"
    )


def test_a_point_given_twice_is_refused():
    points = given(flat(HOME, 1.0), flat(HOME, 0.5).iloc[[74]])
    (sentence,) = refused(street(), points)
    assert sentence == ('curve "resident" has two points at 18:30; give one for each quarter hour')


def test_a_season_that_other_curves_have_is_missed():
    (sentence,) = refused(
        street(),
        flat(HOME, 1.0, season="summer"),
        flat(SHOP, 1.0, season="summer"),
        flat(SHOP, 1.0, season="winter"),
    )
    assert sentence.startswith('curve "resident" in winter is missing though other curves have')


def test_a_least_value_above_the_greatest_is_refused():
    (sentence,) = refused(street(), flat(HOME, 0.5).assign(p_least_pu=0.5 + 1e-3))
    assert 'curve "resident" has its least value above the greatest at 00:00' in sentence


def test_a_curve_in_kw_is_told_by_its_greatest_factor():
    (sentence,) = refused(street(), shaped(HOME, {NOON: 350.0}, rest=20.0))
    assert sentence == (
        'curve "resident" has a greatest factor of 350, which looks like kW or percent; '
        "give shares of the load's own peak, 1 as a rule at most"
    )


def test_a_curve_in_mw_is_told_by_its_greatest_factor():
    (sentence,) = refused(street(), flat(HOME, 0.0004))
    assert 'curve "resident" has a greatest factor of only 0.0004, which looks like MW' in sentence


def test_a_curve_that_nothing_has_is_refused_with_a_name_like_it():
    (sentence,) = refused(street(), flat("residential", 1.0))
    assert sentence == (
        'curve "residential" belongs to no load and no generator; did you mean resident; '
        "name a curve_id or a category of the grid: PV, commercial, resident"
    )


def test_loads_whose_curve_is_nowhere_are_counted():
    loads = {f"home:{k}": load("B", 1.0, curve_id="tower") for k in range(3)}
    (sentence,) = refused(street(loads=loads), flat(ROOF, 1.0))
    assert sentence == (
        '3 loads or generators follow the curve "tower", which is not in the file; add it'
    )


def test_watts_recorded_as_kilowatts_are_told_by_the_sum():
    """0.4 MVA of transformers and 550 W recorded as 550,000 kW; at 18:30 the homes are at 1.0."""
    grid = street(nodes={"D": 0.4}, transformers=FEEDER)
    grid = grid.with_tables(loads=grid.loads.assign(p_kw=grid.loads["p_kw"] * 1000.0))
    (sentence,) = refused(grid, shaped(HOME, {74: 1.0}, season="summer"))
    assert sentence == (
        "all loads together reach 750,000 kW at summer 18:30, 1,875 times the 400 kVA of all "
        "transformers, which looks like W recorded as kW; correct the unit of the loads"
    )


def test_the_same_loads_in_kilowatts_are_right():
    grid = street(nodes={"D": 0.4}, transformers=FEEDER)
    assert len(add_curves(grid, flat(HOME, 1.0), where="f").curves) == 96


def test_everything_wrong_is_said_at_once():
    sentences = refused(
        street(), flat(HOME, 350.0).iloc[:95], flat("factory", 1.0), flat(SHOP, 0.0)
    )
    assert len(sentences) == 4
