from __future__ import annotations

import io
from dataclasses import replace

import pytest
from rich.cells import cell_len
from rich.color import ColorSystem
from rich.console import Console, Group

from api.plan_tables import element_name
from api.terminal import WIDTH, make_console, plan_page, short_plan_page
from grid_models.model import GridModel
from planner.plan import Envelope, PartialSupply, SupplyPlan
from tests.api.plans import sample_plan
from tests.grid_models.samples import tiny_grid

Capture = pytest.CaptureFixture[str]


def printed(page: Group, width: int = WIDTH) -> str:
    console = Console(file=io.StringIO(), width=width, markup=False, highlight=False)
    console.print(page)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def full(plan: SupplyPlan) -> str:
    return printed(plan_page(plan, GridModel.of(tiny_grid()), "示例规则"))


def test_the_hours_of_a_limited_supply_are_shown() -> None:
    allowed = (760.0,) * 8 + (427.5,) * 16
    day = Envelope(season="summer", allowed_kw=allowed, left_out_kwh=5_320.0)
    partial = PartialSupply(
        wish_kw=760.0, load_kw=427.5, season="summer", quarter_hour=48, envelope=(day,)
    )
    plan = sample_plan()
    option = replace(
        plan.options[0], kind="limited_supply", partial=partial, not_computed=("headroom",)
    )
    page = full(replace(plan, options=(option,)))

    assert "方案 1 各时段允许负荷" in page
    assert "夏季 0–8 时 760 kW，8–24 时 428 kW" in page
    assert "未计算" in page


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


def test_the_bill_is_shown_with_year_scope_and_who_pays() -> None:
    page = full(sample_plan())
    assert "造价估算 estimate（2020 年价，价格未核实" in page
    assert "低压线路 电气" in page
    assert "电缆及敷设，不含土建" in page.replace("\n", "")
    assert "供电企业  3.1/4.2/5.8 万元" in page
    assert "出资待确认" in page


def test_steps_are_shown_with_their_last_day_and_the_limit_with_its_light() -> None:
    plan = sample_plan()
    schedule = plan.options[0].schedule
    step = replace(schedule.steps[0], due_on="2026-08-02")
    option = replace(plan.options[0], schedule=replace(schedule, steps=(step,)))
    page = full(replace(plan, options=(option,)))
    assert "受理  1 自然日  供电企业  至 2026-08-02" in page
    assert "时限 8 自然日，至 2026-08-09（绿灯，按 2026-08-01）" in page


def test_a_step_without_a_date_says_so() -> None:
    assert "受理  1 自然日  供电企业  至 未知" in full(sample_plan())


def test_other_options_are_held_against_the_first() -> None:
    plan = sample_plan()
    other = replace(plan.comparison[0], rank=2, zh="造价估算多 1.0 万元")
    page = full(replace(plan, comparison=(plan.comparison[0], other)))
    assert "方案 2  造价估算多 1.0 万元" in page
    assert "与首选方案比较" not in full(plan)


# --- narrow and wide terminals -----------------------------------------------------------------

LONG_NAME = "文园 203 线 青园食品有限公司支线 1—2号杆之间第三档"


def named_model(name: str) -> GridModel:
    grid = tiny_grid()
    return GridModel.of(
        grid.with_tables(
            transformers=grid.transformers.assign(name=name), nodes=grid.nodes.assign(name=name)
        )
    )


def lines_of(plan: SupplyPlan, width: int, name: str = LONG_NAME) -> list[str]:
    page = plan_page(plan, named_model(name), "示例规则")
    return printed(page, width).splitlines()


def failing_plan() -> SupplyPlan:
    plan = sample_plan()
    failed = replace(plan.options[0].checks[0], pre_existing=True, effect="desk")
    option = replace(plan.options[0], checks=(failed, *plan.options[0].checks[1:]))
    return replace(plan, options=(option, replace(option, rank=2)))


@pytest.mark.parametrize("width", [60, 80, 96, 100])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    assert max(cell_len(line) for line in lines_of(failing_plan(), width)) <= width


@pytest.mark.parametrize("width", [80, 100])
def test_no_column_is_narrower_than_its_words(width: int) -> None:
    page = "\n".join(lines_of(failing_plan(), width))
    words = (
        "低压接入", "路径负载率", "客户侧电压", "可开放 / 可承载", "P15/P50/P85", "102 / 132",
        "391.2 V", "187 / 254", "3.1/4.2/5.8", "校验项", "数值", "限值", "裕度", "结果", "重载",
        "电压下限", "用户受电点", "86.2 %", "353.4 V", "不合格·转后台", "接入前已存在",
    )  # fmt: skip
    assert [word for word in words if word not in page] == []


def test_on_a_narrow_terminal_the_access_point_stands_whole_above_its_figures() -> None:
    lines = lines_of(failing_plan(), 80)
    at = [k for k, line in enumerate(lines) if "低压接入" in line and LONG_NAME in line]
    assert len(at) == 2
    assert "路径负载率 76.0 %" in "".join(lines[at[0] + 1 : at[0] + 4])


def test_rules_of_checks_are_shown_on_a_wide_terminal_alone() -> None:
    assert "heavy_load" in "".join(lines_of(failing_plan(), 100))
    assert "heavy_load" not in "".join(lines_of(failing_plan(), 80))


def test_a_name_of_hundreds_of_characters_is_cut() -> None:
    page = "".join(lines_of(sample_plan(), 100, "长" * 500))
    assert "长…" in page
    assert len(lines_of(sample_plan(), 100, "长" * 500)) < 90


@pytest.mark.parametrize("width", [80, 100])
def test_no_control_character_reaches_the_terminal(width: int, capsys: Capture) -> None:
    evil = "\x1b[31m坏\x00\x07\n换行\x9b2J\u202e"
    plan = sample_plan(mode="back_office")
    reason = replace(plan.answer.reasons[0], zh=f"原因 {evil}")
    why = replace(plan.options[0].why, zh=evil)
    plan = replace(
        plan,
        answer=replace(plan.answer, reasons=(reason,)),
        options=(replace(plan.options[0], why=why),),
        grid=replace(plan.grid, name=evil),
    )
    console = make_console()
    console.width = width
    console.print(plan_page(plan, named_model(evil), "示例规则"))
    console.print(f"电网 {evil}")
    page = capsys.readouterr().out
    assert "坏" in page
    assert [c for c in page if not c.isprintable() and c != "\n"] == []


def test_the_console_keeps_its_own_colours() -> None:
    console = make_console()
    console.file = io.StringIO()
    console._color_system = ColorSystem.STANDARD
    console.print("红\x1b]0;x\x07", style="red")
    assert console.file.getvalue() == "\x1b[31m红]0;x\x1b[0m\n"


# --- what the page says ------------------------------------------------------------------------


def test_the_rules_are_those_in_force_on_the_acceptance_date() -> None:
    page = full(sample_plan())
    assert f"按 {sample_plan().rules.on_date} 有效的规则" in page.replace("\n", "")
    assert "施行" not in page


def test_what_the_desk_would_also_ask_is_no_cause_of_there_being_no_option() -> None:
    plan = sample_plan(mode="no_option")
    cause = replace(plan.answer.reasons[0], code="all_rejected", zh="均不满足要求")
    other = replace(cause, code="special_load_not_stated", zh="未说明有无特殊负荷")
    page = full(replace(plan, answer=replace(plan.answer, reasons=(cause, other))))
    assert page.index("均不满足要求") < page.index("另需 / also") < page.index("未说明有无特殊负荷")
    alone = full(replace(plan, answer=replace(plan.answer, reasons=(cause,))))
    assert "另需" not in alone


def test_what_a_second_source_adds_has_a_name() -> None:
    model = GridModel.of(tiny_grid())
    names = [element_name(model, f"new:{what}") for what in ("line:2", "node:3", "node:4")]
    assert names == ["新建线路（电源 2）", "用户受电点（电源 2）", "接入点（电源 2）"]
