"""The N-1 check of an option: two overhead feeders of one substation that meet at an open pole.

::

    bus:2 --line:1-- bus:3 --line:2-- bus:4 /open/ bus:6 --line:4-- bus:5 --line:3-- bus:2

The customer stands beside line:2; line:1 and line:3 are cables of 355 A.
"""

from __future__ import annotations

import gc
import weakref
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from grid_models.catalogue import load_catalogue
from grid_models.grid import Grid
from grid_models.model import GridModel
from planner import assistant
from planner.application import SupplyApplication
from planner.assistant import make_plan
from planner.messages import say
from planner.plan import SupplyPlan, plan_to_json
from planner.rules import RuleBook, load_rule_book
from planner.second_opinion import SecondOpinion
from planner.verification import verify_plan
from tests.cases.customer import find_check, reason_codes
from tests.cases.drawing import (
    CABLE_240,
    OVERHEAD_50,
    OVERHEAD_150,
    Conductor,
    Line,
    Load,
    Node,
    draw,
    place,
)

SITE = (300.0, 420.0)


def meeting(
    own_kw: float = 1_000.0,
    other_kw: float = 1_000.0,
    *,
    is_tied: bool = True,
    end_m: float = 1_800.0,
    tie: Conductor = OVERHEAD_150,
) -> Grid:
    nodes = {
        "bus:3": Node(0, 400), "bus:4": Node(600, 400),
        "bus:5": Node(1_800, 0), "bus:6": Node(end_m, 400),
    }  # fmt: skip
    lines = {
        "line:1": Line("bus:2", "bus:3", CABLE_240),
        "line:2": Line("bus:3", "bus:4", OVERHEAD_150),
        "line:3": Line("bus:2", "bus:5", CABLE_240),
        "line:4": Line("bus:5", "bus:6", OVERHEAD_150),
    }
    if is_tied:
        lines["line:5"] = Line("bus:4", "bus:6", tie)
    return draw(
        nodes=nodes,
        lines=lines,
        loads=[Load("bus:4", own_kw, 0.329 * own_kw), Load("bus:6", other_kw, 0.329 * other_kw)],
        open_at={"line:5": "bus:6"} if is_tied else {},
    )


def book_with(**values: Any) -> RuleBook:
    """Return the example rules with the value of some rows changed."""
    book = load_rule_book("demo")
    rows = tuple(
        replace(row, value=values[row.rule_id]) if row.rule_id in values else row
        for row in book.rows
    )
    return replace(book, rows=rows)


def answer(grid: Grid, book: RuleBook | None = None, **asked: Any) -> SupplyPlan:
    lon, lat = place(*SITE)
    fields = {"kva": 800.0, "special_load": "none", "on_date": date(2026, 8, 1)} | asked
    application = SupplyApplication(lon=lon, lat=lat, **fields)
    book = book or load_rule_book("demo")
    return make_plan(application, GridModel.of(grid), book, load_catalogue())


def test_a_feeder_the_other_one_takes_over_is_answered_on_site():
    plan = answer(meeting())
    check = find_check(plan.options[0], "n_minus_1")
    assert (plan.answer.mode, check.passed) == ("on_site", True)
    # 1,053 + 1,053 + 800 kVA at about 10.2 kV are 164 A of the overhead line's 334 A
    assert check.value == pytest.approx(49.0, abs=3.0)
    assert (check.limit, check.unit, check.scope) == (100.0, "%", "feeder")


def test_the_plan_names_who_takes_over():
    (taker,) = answer(meeting()).options[0].take_over
    assert (taker.feeder_id, taker.tie_id) == ("line:3", "switch:line:5")
    assert taker.opened_id is None


def test_what_the_new_load_makes_too_much_goes_to_the_desk():
    # 4,900 kW are taken over without the new load (289 A of 334 A), 800 kVA more are too much
    plan = answer(meeting(2_400.0, 3_000.0), kva=1_000.0)
    check = find_check(plan.options[0], "n_minus_1")
    assert (check.passed, check.effect, check.pre_existing) == (False, "desk", False)
    assert (plan.answer.mode, reason_codes(plan)) == ("back_office", ["n_minus_1"])


def test_another_limit_than_the_one_broken_before_is_no_old_failure():
    # Over the long thin tie 2,000 kW leave 8.6 kV and 135 A of 164; 800 kVA more are too much.
    grid = meeting(2_000.0, 100.0, end_m=8_000.0, tie=OVERHEAD_50)
    check = find_check(answer(grid).options[0], "n_minus_1")
    assert (check.element_id, check.unit) == ("line:5", "%")
    assert (check.passed, check.effect, check.pre_existing) == (False, "desk", False)


def test_in_area_class_c_the_same_is_only_shown():
    plan = answer(meeting(2_400.0, 3_000.0), book_with(area_class="C"), kva=1_000.0)
    assert find_check(plan.options[0], "n_minus_1").effect == "show"
    assert plan.answer.mode == "on_site"
    assert "n_minus_1" in [information.code for information in plan.answer.information]


def test_a_radial_feeder_is_said_to_be_one_and_was_so_before():
    plan = answer(meeting(is_tied=False))
    check = find_check(plan.options[0], "n_minus_1")
    assert (check.element_id, check.value, check.limit, check.unit) == ("line:1", 0.0, 1.0, "tie")
    assert (check.passed, check.pre_existing, check.effect) == (False, True, "show")
    sentences = {information.code: information.zh for information in plan.answer.information}
    assert sentences["n_minus_1"].startswith("单辐射线路，无联络")


def test_a_company_may_send_radial_feeders_to_the_desk():
    book = load_rule_book("demo")
    effects = dict.fromkeys(("path", "feeder", "tree"), "desk")
    rows = tuple(
        replace(row, effects=effects) if row.rule_id == "n_minus_1_radial" else row
        for row in book.rows
    )
    plan = answer(meeting(is_tied=False), replace(book, rows=rows))
    assert reason_codes(plan) == ["n_minus_1"]
    assert plan.answer.reasons[0].zh.startswith("单辐射线路，无联络")


def test_the_order_keys_tell_kept_lost_and_not_computed_apart():
    kept, lost = answer(meeting()), answer(meeting(is_tied=False))
    low = answer(meeting(), kva=None, kw=195.0)
    assert kept.options[0].order_keys["n_minus_1"] is True
    assert lost.options[0].order_keys["n_minus_1"] is False
    assert {o.order_keys["n_minus_1"] for o in low.options if o.supply_kv < 1} <= {"not_computed"}
    assert kept.options[0].not_computed == ()


def test_an_application_never_loses_its_options_to_n_minus_1():
    # The check may show or send to the desk; what is offered stays what it would be without it.
    for grid in (meeting(), meeting(2_400.0, 3_000.0), meeting(is_tied=False)):
        for kva in (315.0, 800.0, 1_000.0):
            counted = answer(grid, kva=kva)
            ignored = answer(grid, book_with(n_minus_1_areas=[]), kva=kva)
            offered = [o.sources[0].access_point for o in counted.options]
            assert offered == [o.sources[0].access_point for o in ignored.options]
            assert offered
            effects = {find_check(option, "n_minus_1").effect for option in counted.options}
            assert effects <= {"show", "desk"}


def test_no_rule_of_n_minus_1_blocks():
    for book in (load_rule_book("demo"), load_rule_book("hangzhou")):
        effects = [row.effects for row in book.rows if row.rule_id.startswith("n_minus_1")]
        assert all("block" not in effect.values() for effect in effects)


def test_verify_confirms_the_check():
    grid = meeting(2_400.0, 3_000.0)
    plan = plan_to_json(answer(grid, kva=1_000.0))
    model, book = GridModel.of(grid), load_rule_book("demo")
    assert verify_plan(plan, model, book, load_catalogue()) == ()


def test_the_sentence_of_a_voltage_names_volts():
    text = say("n_minus_1_voltage", element="bus:4", value=9_212.3, limit=9_300.0, unit="V")
    assert "9,212.3 V" in text.zh
    assert "9,300.0 V" in text.en


@pytest.mark.parametrize("field", ["worst_loading_pct", "lowest_v_pu"])
def test_pandapower_contradicts_a_take_over_that_is_not_so(field: str):
    grid = meeting()
    plan = plan_to_json(answer(grid))
    (taken,) = plan["options"][0]["take_over"]
    taken[field] *= 0.99
    found = list(_opinion(grid).findings(plan["options"][0]))
    assert [finding.place for finding in found] == [f"take_over[0].{field}"]


def _opinion(grid: Grid) -> SecondOpinion:
    day = date(2026, 8, 1)
    lon, lat = place(*SITE)
    application = SupplyApplication(lon=lon, lat=lat, kva=800.0, special_load="none", on_date=day)
    return SecondOpinion(
        grid=grid, application=application, rules=load_rule_book("demo").on(day), commitments=()
    )


def test_a_plan_leaves_nothing_behind_for_the_garbage_collector(monkeypatch) -> None:
    # a ring of references would hold every transfer that was solved for some hundred plans more
    searches = []
    kept = assistant.Search

    def watched(**values: Any) -> Any:
        search = kept(**values)
        searches.append(weakref.ref(search))
        return search

    monkeypatch.setattr(assistant, "Search", watched)
    gc.disable()
    try:
        assert answer(meeting()).options[0].take_over
        assert [search() for search in searches] == [None]
    finally:
        gc.enable()
