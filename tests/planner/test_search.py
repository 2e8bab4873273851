"""How far the search goes, what it solves, and what promises take away.

Five feeders of one ring-main unit each, in a row to the east; the site is 50, 70, 85, 200 and 300 m
from them: routes of 65, 91, 110.5, 260 and 390 m, and a window up to 115 m.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from grid_models.grid import Grid
from tests.cases.drawing import CABLE_400, OVERHEAD_150, Line, Load, Node, draw
from tests.grid_models.samples import edited
from tests.planner.example import asked, commitment, example_rules, plan_for
from tests.planner.searches import search_near

SITE = (0.0, 1_000.0)
UNITS = {"unit:1": 50.0, "unit:2": 70.0, "unit:3": 85.0, "unit:4": 200.0, "unit:5": 300.0}


def five_feeders(*full: str) -> Grid:
    """Return the grid; the feeders named are loaded beyond their cable."""
    grid = draw(
        nodes={name: Node(east_m, 1_000, "switchgear") for name, east_m in UNITS.items()},
        lines={name.replace("unit", "line"): Line("bus:2", name, CABLE_400) for name in UNITS},
        loads=[Load(name, 9_000.0 if name in full else 500.0, 0.0) for name in UNITS],
        bays={name.replace("unit", "bay"): (name, True) for name in UNITS},
    )
    return edited(grid, "transformers", "trafo:1", sn_kva=63_000.0)


def names(grid: Grid, **how: Any) -> tuple[list[str], list[str]]:
    """Return the points that pass and those that were refused, as found."""
    found, rejected = search_near(grid, *SITE, **how)
    return list(found), list(rejected)


@pytest.fixture(autouse=True)
def one_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Solve one point after the other, so that the search ends where the rules end it."""
    monkeypatch.setattr("planner.search.LANES", 1)


# How far -----------------------------------------------------------------------------------------


def test_the_search_ends_when_enough_feeders_are_found_and_the_window_is_solved() -> None:
    found, rejected = names(five_feeders(), rules=example_rules(search_feeders=1))
    assert (found, rejected) == (["unit:1", "unit:2", "unit:3"], [])


def test_the_search_goes_beyond_the_window_for_another_feeder() -> None:
    found, _ = names(five_feeders(), rules=example_rules(search_feeders=4))
    assert found == ["unit:1", "unit:2", "unit:3", "unit:4"]


def test_the_search_ends_at_five_feeders_unless_the_area_says_otherwise() -> None:
    assert example_rules().number("search_feeders") == 5


def test_the_search_never_stops_because_near_points_are_full() -> None:
    found, rejected = names(
        five_feeders("unit:1", "unit:2", "unit:3"), rules=example_rules(search_feeders=1)
    )
    assert (found, rejected) == (["unit:4"], ["unit:1", "unit:2", "unit:3"])


def test_for_reliability_the_search_goes_on_to_the_maximum_distance() -> None:
    found, _ = names(five_feeders(), rules=example_rules(search_feeders=1), order="reliability")
    assert found == list(UNITS)


def test_what_lies_beyond_the_maximum_distance_is_not_found() -> None:
    found, _ = names(five_feeders(), max_distance_m=80.0)
    assert found == ["unit:1", "unit:2"]


def test_refusals_beyond_where_the_search_ended_are_not_told() -> None:
    private = edited(five_feeders(), "nodes", "unit:4", ownership="private")
    assert names(private, rules=example_rules(search_feeders=1))[1] == []
    assert names(private)[1] == ["unit:4"]


def test_passed_and_refused_come_nearest_first() -> None:
    found, rejected = names(five_feeders("unit:1", "unit:3"))
    assert (found, rejected) == (["unit:2", "unit:4", "unit:5"], ["unit:1", "unit:3"])


def test_beyond_the_window_a_feeder_has_no_more_than_three_points() -> None:
    # a feeder of poles 400 m apart: five poles or spans lie within reach, one in the window
    poles = {f"pole:{k}": Node(400.0 * k, 900.0) for k in range(4)}
    lines = {f"line:{k}": Line(f"pole:{k - 1}", f"pole:{k}", OVERHEAD_150) for k in range(1, 4)}
    grid = draw(
        nodes=poles,
        lines={"line:0": Line("bus:2", "pole:0", CABLE_400)} | lines,
        loads=[Load("pole:3", 500.0, 0.0)],
    )
    found, _ = search_near(grid, 200.0, 940.0)
    assert next(iter(found)) == "line:1"
    assert len(found) == 3


def test_the_feeder_of_a_point_is_its_outgoing_line() -> None:
    found, _ = search_near(five_feeders(), *SITE)
    assert {name: item.feeder_id for name, item in found.items()} == {
        f"unit:{k}": f"line:{k}" for k in range(1, 6)
    }


# Refusals ----------------------------------------------------------------------------------------


def test_a_refusal_gives_the_limit_and_the_loading() -> None:
    # 9,000 and 760 kW on 470 A: about 115 % of it
    _, rejected = search_near(five_feeders("unit:1"), *SITE)
    codes = {reason.code: reason for reason in rejected["unit:1"].reasons}
    assert set(codes) == {"thermal_line", "heavy_load"}
    assert (codes["heavy_load"].element_id, codes["heavy_load"].limit) == ("line:1", 80.0)
    assert 110.0 < (codes["thermal_line"].value or 0.0) < 125.0


def test_a_refusal_for_what_was_broken_before_says_so() -> None:
    _, rejected = search_near(five_feeders("unit:1"), *SITE)
    heavy, thermal = (
        next(r for r in rejected["unit:1"].reasons if r.code == code)
        for code in ("heavy_load", "thermal_line")
    )
    grid = edited(five_feeders(), "lines", "line:1", ampacity_a=50.0)
    (newly, *_) = search_near(grid, *SITE)[1]["unit:1"].reasons
    assert "already" in heavy.en
    assert "already" in thermal.en
    assert "already" not in newly.en


# Promises ----------------------------------------------------------------------------------------


def promised(s_kva: float, **facts: Any) -> list[str]:
    """Return the refused points where 470 A feed some kVA already and 800 kVA are asked for."""
    held = commitment("unit:1", s_kva, **facts)
    return names(five_feeders(), commitments=[held])[1]


def test_what_was_promised_loads_the_grid() -> None:
    # 80 % of 470 A at 10 kV are 6.5 MVA
    assert promised(4_500.0) == []
    assert promised(6_500.0) == ["unit:1"]


def test_a_promise_counts_with_its_demand_factor() -> None:
    assert promised(6_500.0, demand_factor=0.5) == []


@pytest.mark.parametrize(
    ("last_day", "refused"),
    [(date(2026, 7, 31), []), (date(2026, 8, 1), ["unit:1"]), (None, ["unit:1"])],
)
def test_a_promise_holds_to_its_last_day(last_day: date | None, refused: list[str]) -> None:
    assert promised(6_500.0, expires_on=last_day) == refused


@pytest.mark.parametrize(("last_day", "said"), [(date(2026, 7, 31), 1), (date(2026, 8, 1), 0)])
def test_a_promise_that_has_expired_is_named_in_the_plan(last_day: date, said: int) -> None:
    held = commitment("unit:1", 100.0, expires_on=last_day)
    plan = plan_for(five_feeders(), asked(*SITE, kva=800.0), commitments=[held])
    expired = [item for item in plan.answer.information if item.code == "commitments_expired"]
    assert len(expired) == said
    assert all(held.commitment_id in item.zh for item in expired)


def test_a_promise_takes_power_at_its_power_factor() -> None:
    found, _ = search_near(
        five_feeders(), *SITE, commitments=[commitment("unit:1", 1_000.0, power_factor=0.8)]
    )
    situation = found["unit:1"].situation
    row = found["unit:1"].candidate.place.row
    before = situation.model.tree(situation.number)
    assert situation.tree.p[row] - before.p[row] == pytest.approx(0.8)
    assert situation.tree.q[row] - before.q[row] == pytest.approx(0.6)


# The new line ------------------------------------------------------------------------------------


# A short circuit cleared so soon asks for no area.
CLEARED_AT_ONCE = {"conductor_clearing_time": 1e-6}


def conductor(element_id: str, **how: Any) -> tuple[str, str, int]:
    found, _ = search_near(five_feeders(), *SITE, **how)
    line = found[element_id].outcome.trial.conductor
    return line.type, line.laying, line.parallel


def test_a_bay_is_reached_by_the_smallest_cable_for_its_current() -> None:
    # 165 A in a duct, of which 80 % carry 800 kVA: 49.7 A, and 2,100 kVA: 130.4 A
    quick = example_rules(**CLEARED_AT_ONCE)
    assert conductor("unit:1", kva=800.0, rules=quick) == ("YJV22-8.7/15-3x70", "cable", 1)
    assert conductor("unit:1", kva=2_100.0, rules=quick) == ("YJV22-8.7/15-3x70", "cable", 1)
    assert conductor("unit:1", kva=2_140.0, rules=quick) == ("YJV22-8.7/15-3x95", "cable", 1)


@pytest.mark.parametrize(
    ("seconds", "name"), [(0.2, "YJV22-8.7/15-3x70"), (0.5, "YJV22-8.7/15-3x120")]
)
def test_a_bay_is_reached_by_a_cable_that_stands_the_short_circuit(
    seconds: float, name: str
) -> None:
    # 19.13 kA: 62.4 and 98.7 mm2 of copper
    rules = example_rules(conductor_clearing_time=seconds)
    assert conductor("unit:1", kva=800.0, rules=rules) == (name, "cable", 1)


def test_a_route_that_drops_too_much_takes_a_larger_cable() -> None:
    # 1,995 kW and 656 kvar at 0.268 and 0.11 ohm/km drop 0.607 % a km of route
    limit = {"mv_drop_share": 0.607 * 0.0650, **CLEARED_AT_ONCE}
    assert conductor("unit:1", kva=2_100.0, rules=example_rules(**limit))[0].endswith("3x70")
    tighter = {"mv_drop_share": 0.606 * 0.0650, **CLEARED_AT_ONCE}
    assert conductor("unit:1", kva=2_100.0, rules=example_rules(**tighter))[0].endswith("3x95")
