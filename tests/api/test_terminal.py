from __future__ import annotations

import io
from dataclasses import replace

import pytest
from rich.cells import cell_len
from rich.console import Console, Group

from api.terminal import WIDTH, plan_page, short_plan_page
from grid_models.model import GridModel
from planner.plan import SupplyPlan
from tests.api.plans import sample_plan
from tests.grid_models.samples import tiny_grid


def printed(page: Group) -> str:
    console = Console(file=io.StringIO(), width=WIDTH, markup=False, highlight=False)
    console.print(page)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def full(plan: SupplyPlan) -> str:
    return printed(plan_page(plan, GridModel.of(tiny_grid()), "示例规则"))


@pytest.mark.parametrize(
    ("mode", "words"),
    [("on_site", "当场答复"), ("back_office", "转后台办理"), ("no_option", "没有可行方案")],
)
def test_the_answer_is_the_first_thing_after_what_was_asked(mode: str, words: str) -> None:
    assert words in full(sample_plan(mode=mode)).splitlines()[4]


def test_no_line_is_wider_than_a_page() -> None:
    assert max(cell_len(line) for line in full(sample_plan()).splitlines()) <= WIDTH


def test_the_rules_are_named_in_the_heading() -> None:
    assert "示例规则" in full(sample_plan()).splitlines()[0]


def test_reasons_are_shown_with_their_code() -> None:
    assert "负荷数据过旧（data_stale）" in full(sample_plan(mode="back_office"))


def test_the_voltage_at_the_customer_is_in_volts_of_the_network() -> None:
    # 0.978 pu of the 0.4 kV of trafo:2's low side.
    assert "391.2 V" in full(sample_plan())


def test_the_greatest_loading_of_lines_and_transformers_is_shown() -> None:
    assert "86.2 %" in full(sample_plan())


def test_costs_are_marked_as_an_estimate() -> None:
    page = full(sample_plan())
    assert "造价估算" in page
    assert "3.1/4.2/5.8" in page


def test_a_check_that_fails_says_what_that_does() -> None:
    assert "不合格·提示" in full(sample_plan())


def test_a_limit_broken_before_says_so() -> None:
    plan = sample_plan()
    failed = replace(plan.options[0].checks[0], pre_existing=True)
    option = replace(plan.options[0], checks=(failed,))
    assert "接入前已存在" in full(replace(plan, options=(option,)))


def test_a_poorer_power_factor_is_shown_beside_the_checks() -> None:
    assert "功率因数降为 0.85 时，最大负载率 88.7%" in full(sample_plan())


def test_what_is_newly_built_is_called_so() -> None:
    assert "用户受电点" in full(sample_plan())


def test_checks_that_were_not_computed_are_named() -> None:
    assert "未计算：N-1" in full(sample_plan())


def test_refusals_are_counted_and_given_with_their_reason() -> None:
    page = full(sample_plan())
    assert "共 1 处" in page
    assert "line:3 是客户资产" in page


def test_dates_and_quality_of_the_data_are_shown() -> None:
    page = full(sample_plan(assumptions={"ownership": "public"}))
    assert "负荷数据 2026-07-20（实测峰值）" in page
    assert "网架数据 未知" in page
    assert "ownership=public" in page


def test_a_plan_without_options_has_no_table_of_them() -> None:
    assert "接入点\n" not in full(sample_plan(mode="no_option"))
    assert "首选理由" not in full(sample_plan(mode="no_option"))


def test_the_short_page_leaves_checks_and_map_out() -> None:
    page = printed(short_plan_page(sample_plan(), GridModel.of(tiny_grid()), "示例规则"))
    assert "首选理由" in page
    assert "的校验" not in page


def test_names_with_brackets_are_printed_as_they_are() -> None:
    grid = tiny_grid()
    grid = grid.with_tables(transformers=grid.transformers.assign(name="[red]配变[/red]"))
    assert "[red]配变[/red]" in printed(plan_page(sample_plan(), GridModel.of(grid), ""))
