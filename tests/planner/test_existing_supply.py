"""An increase at a supply that is there: only what is added is solved, at the node itself."""

from __future__ import annotations

from datetime import date

import pytest

from planner.intake import find_application_problems
from planner.rules import load_rule_book
from tests.planner.example import asked, plan_for
from tests.planner.remedies.rings import verify
from tests.planner.routing.drawn import draw_streets, line
from tests.planner.station import station, supply

MORE = {"business": "increase", "existing_node": "bus:4", "existing_kva": 500.0}


def test_an_increase_is_checked_at_its_own_node_with_no_new_line() -> None:
    plan = supply(at=(720, 400), kva=800.0, **MORE)
    (option,) = plan.options
    source = option.sources[0]
    assert option.kind == "existing_supply"
    assert (source.access_point.kind, source.access_point.element_id) == ("existing_node", "bus:4")
    assert source.route.length_m == 0.0
    assert not {"boundary_switch", "mv_line_new"} & {work.code for work in option.works}


def test_only_the_difference_is_loaded_and_the_total_is_reported() -> None:
    # 800 kVA after, 500 kVA before: 300 kVA at 0.95
    plan = supply(at=(720, 400), kva=800.0, **MORE)
    assert plan.design_load.p_kw == pytest.approx(285.0)
    assert plan.capacity_kva == 800.0


def test_an_increase_stays_at_the_desk() -> None:
    plan = supply(at=(720, 400), kva=800.0, **MORE)
    assert plan.answer.mode == "back_office"
    assert "not_covered" in [reason.code for reason in plan.answer.reasons]


def test_a_private_node_may_have_more_of_its_own_supply() -> None:
    grid = station()
    private = grid.nodes["ownership"].mask(grid.nodes.index == "bus:4", "private")
    grid = grid.with_tables(nodes=grid.nodes.assign(ownership=private))
    assert len(supply(grid, at=(720, 400), kva=800.0, **MORE).options) == 1


def test_pandapower_confirms_an_increase() -> None:
    grid = station()
    assert verify(supply(grid, at=(720, 400), kva=800.0, **MORE), grid) == ()


def test_an_increase_at_low_voltage_is_checked_at_low_voltage() -> None:
    facts = {"business": "increase", "existing_node": "bus:6", "existing_kva": 22.0}
    plan = supply(at=(880, 405), kw=60.0, **facts)
    (option,) = plan.options
    assert (option.kind, option.supply_kv) == ("existing_supply", 0.38)


def test_where_there_is_no_new_line_none_is_loaded() -> None:
    facts = {"business": "increase", "existing_node": "bus:6", "existing_kva": 22.0}
    grid = station()
    plan = supply(grid, at=(880, 405), kw=160.0, **facts)
    (option,) = plan.options
    assert option.power_flow.max_line_id.startswith("line:")
    assert verify(plan, grid) == ()


def test_along_streets_there_is_no_new_line_either() -> None:
    street = line("street", (-100, 380), (900, 380))
    application = asked(720, 440, kva=800.0, **MORE)
    plan = plan_for(station(), application, streets=draw_streets(street))
    (option,) = plan.options
    assert option.sources[0].route.length_m == 0.0


def test_an_increase_to_less_than_there_is_is_refused() -> None:
    fields = {"at": [120.15, 30.28], "kva": 400, "business": "increase",
              "existing_node": "bus:4", "existing_kva": 500}  # fmt: skip
    problems = find_application_problems(
        fields, grid=None, rule_book=load_rule_book, today=date(2026, 8, 1)
    )
    assert [problem.field for problem in problems] == ["existing_kva"]
    assert "below kva 400" in problems[0].en


# Kinds that change no grid --------------------------------------------------------------------


def test_a_temporary_supply_is_paid_by_the_customer_and_has_a_term() -> None:
    plan = supply(business="temporary")
    line = next(w for w in plan.options[0].works if w.code == "mv_line_new")
    assert line.payer == "customer"
    (said,) = [item for item in plan.answer.information if item.code == "temporary_term"]
    assert "36 months" in said.en
    assert plan.answer.mode == "back_office"
