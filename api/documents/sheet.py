"""Sheet: a plan as sections of Chinese text, ready to be set on paper.

Every number comes from the plan; nothing is worked out here. How a section looks is the
typesetter's part (`plan.typ`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from math import isfinite

from api.customer_page import advice_lines, customer_side_lines, quality_lines
from api.documents.section import Section
from api.documents.sheet_money import money_sections, schedule_section
from api.estimates import estimate_words
from api.plan_tables import check_figures, element_name, volts_at_customer
from grid_models.model import GridModel
from planner.existing_supply import ACCESS as EXISTING_ACCESS
from planner.messages import say
from planner.part import HOURS
from planner.plan import HEADROOM, Check, Option, PartialSupply, Source, SupplyPlan

__all__ = ["Sheet", "make_sheet"]

_SHOWN_OPTIONS, _SHOWN_REJECTED, _SHOWN_REASONS = 6, 8, 2
_COMPARED = (
    "序", "方案与接入点", "路径 m", "路径负载率", "客户侧电压", "可承载 kVA",
    "估算 万元", "办理 天",
)  # fmt: skip
_ENDED = {
    "solved": "找到可行措施",
    "exhausted": "在这些措施内无法解决",
    "bound": "达到上限仍无法解决",
}
_ROUTE_WORDS = {"streets": "沿道路", "estimate": "按直线估算"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A plan in words: what stands in the head, the answer, and the sections in order."""

    title: str
    mode: str
    verdict: str
    reasons: tuple[str, ...]
    marks: tuple[str, ...]
    foot: str
    sections: tuple[Section, ...]


def make_sheet(plan: SupplyPlan, model: GridModel, rules_title: str) -> Sheet:
    """Return a plan in words.

    Parameters
    ----------
    plan
        The answer.
    model
        Grid it was made on: gives names.
    rules_title
        Name of the rules, such as 示例规则.
    """
    causes = 1 if plan.answer.mode == "no_option" else len(plan.answer.reasons)
    reasons = [f"{reason.zh}（{reason.code}）" for reason in plan.answer.reasons[:causes]]
    reasons += [information.zh for information in plan.answer.information]
    return Sheet(
        title="供电方案",
        mode=plan.answer.mode,
        verdict=say(f"mode_{plan.answer.mode}").zh,
        reasons=tuple(reasons),
        marks=tuple(_marks(plan, rules_title)),
        foot=(
            f"方案编号 {plan.plan_id}  电网版本 {plan.grid.version}  "
            f"数据日期 {plan.grid.load_date or '未知'}  受理日期 {plan.rules.on_date}"
        ),
        sections=tuple(_sections(plan, model, rules_title)),
    )


def _marks(plan: SupplyPlan, rules_title: str) -> Iterator[str]:
    yield rules_title
    yield "费用为估算"
    if plan.rules.unverified:
        yield f"含未核实规则 {len(plan.rules.unverified)} 条"
    yield "本方案不占用容量，不作为答复单"


def _sections(plan: SupplyPlan, model: GridModel, rules_title: str) -> Iterator[Section]:
    yield _application(plan)
    if plan.options:
        first = plan.options[0]
        yield _comparison(plan, model)
        for number, source in enumerate(first.sources, start=1):
            yield _source(first, source, number, model)
        yield Section(title="位置图", picture="map")
        yield Section(title="单线图", picture="diagram")
        yield from _independence(first)
        yield _checks(first, model)
        yield from money_sections(first)
        yield schedule_section(first.schedule)
        yield Section(title="客户侧", lines=tuple(text for text, _ in customer_side_lines(first)))
        if first.power_quality:
            lines = tuple(text for text, _ in quality_lines(first))
            yield Section(title="电能质量与保护", lines=lines)
    yield from _makeshift(plan, model)
    if plan.advice:
        yield Section(title="告知客户", lines=tuple(text for text, _ in advice_lines(plan)))
    if plan.rejected:
        yield _rejected(plan, model)
    yield _basis(plan, rules_title)


def _application(plan: SupplyPlan) -> Section:
    asked, load = plan.application, plan.design_load
    power = f"{asked['kw']:g} kW" if asked.get("kw") else f"{asked.get('kva') or 0:g} kVA"
    special = asked.get("special_load")
    return Section(
        title="申请",
        rows=(
            ("申请容量", f"{power}，{asked['sources']} 路电源"),
            ("用电类别", say(f"category_{asked['category']}").zh),
            ("重要性等级", say(f"importance_{asked['importance']}").zh),
            ("特殊负荷", say(f"special_load_{special}").zh if special else "未说明"),
            ("用电地址", f"{asked['lon']:.6f}, {asked['lat']:.6f}（CGCS2000）"),
            (
                "设计负荷",
                f"{load.p_kw:,.1f} kW，{load.q_kvar:,.1f} kvar，功率因数 {load.power_factor:g}",
            ),
            ("报装容量", f"{plan.capacity_kva:,.0f} kVA"),
        ),
    )


def _comparison(plan: SupplyPlan, model: GridModel) -> Section:
    shown = plan.options[:_SHOWN_OPTIONS]
    more = len(plan.options) - len(shown)
    lines = [f"首选理由：{plan.options[0].why.zh}"]
    lines += [f"方案 {row.rank}：{row.zh}" for row in plan.comparison[1:_SHOWN_OPTIONS]]
    if more > 0:
        lines.append(f"另有 {more} 个方案未列出。")
    return Section(
        title="方案比较",
        lines=tuple(lines),
        columns=_COMPARED,
        rows=tuple(_option_row(option, model) for option in shown),
        numeric=(2, 3, 4, 5, 6, 7),
    )


def _option_row(option: Option, model: GridModel) -> tuple[str, ...]:
    names = " / ".join(element_name(model, s.access_point.element_id) for s in option.sources)
    return (
        str(option.rank),
        f"{say(f'kind_{option.kind}').zh}：{names}",
        " / ".join(f"{source.route.length_m:,.0f}" for source in option.sources),
        f"{100.0 - float(option.order_keys['margin_pct']):.1f} %",
        f"{volts_at_customer(option, model):,.0f} V",
        _hosting(option),
        estimate_words(option.cost, (option.cost.p50,)),
        str(option.schedule.utility_days),
    )


def _source(option: Option, source: Source, number: int, model: GridModel) -> Section:
    access, conductor = source.access_point, source.conductor
    parallel = f"{conductor.parallel}×" if conductor.parallel > 1 else ""
    room = option.headroom
    title = f"首选方案：{say(f'kind_{option.kind}').zh}"
    if len(option.sources) > 1:
        title += f"，电源 {number}（{say(f'role_{source.role}').zh}）"
    rows = [
        ("变电站", source.substation_id or "未知"),
        ("主变压器", _name(model, source.main_transformer_id)),
        ("母线", _name(model, source.busbar_id)),
        ("馈线", _name(model, source.feeder_id)),
        ("接入点", f"{say(f'access_{access.kind}').zh} {element_name(model, access.element_id)}"
                + (f"，间隔 {access.bay_id}" if access.bay_id else "")),
        ("供电电压", f"{option.supply_kv:g} kV"),
    ]  # fmt: skip
    if access.kind == EXISTING_ACCESS:
        rows.append(("线路", "利用现有线路"))
    else:
        rows += [
            ("路径", f"{source.route.length_m:,.0f} m，{_ROUTE_WORDS[source.route.method]}"),
            ("导线", f"{say(f'laying_{conductor.laying}').zh} {parallel}{conductor.type}，"
                   f"载流量 {conductor.ampacity_a:,.0f} A"),
        ]  # fmt: skip
    if number == 1 and HEADROOM not in option.not_computed:
        rows += [
            ("可开放容量", f"{_capacity(room.open_capacity_kva)} kVA，"
                      f"受限于 {_name(model, room.open_binding_id)}"),
            ("可承载容量", f"{_capacity(room.hosting_capacity_kva)} kVA，"
                      f"受限于 {_name(model, room.hosting_binding_id)}"),
        ]  # fmt: skip
    return Section(title=title, rows=tuple(rows))


def _checks(option: Option, model: GridModel) -> Section:
    lines = []
    if option.not_computed:
        names = "、".join(say(f"label_{code}").zh for code in option.not_computed)
        lines.append(f"{say('not_computed').zh}：{names}")
    if (poorer := option.sensitivity) is not None:
        text = say("power_factor_sensitivity", power_factor=poorer.power_factor,
                   value=poorer.worst_on_path_pct)  # fmt: skip
        lines.append(text.zh)
    feeder_id = option.sources[0].feeder_id
    for taken in option.take_over:
        if feeder_id is None or not isfinite(taken.worst_loading_pct):
            continue
        code = "n_minus_1_take_over_part" if taken.opened_id else "n_minus_1_take_over"
        text = say(
            code, feeder=model.label(feeder_id), tie=model.label(taken.tie_id),
            receiver=model.label(taken.feeder_id or taken.source_tree_id),
            opened=model.label(taken.opened_id or ""), value=taken.worst_loading_pct,
        )  # fmt: skip
        lines.append(text.zh)
    return Section(
        title=f"方案 {option.rank} 的校验",
        lines=tuple(lines),
        columns=("校验项", "设备", "数值", "限值", "裕度", "结果"),
        rows=tuple(_check_row(check, model) for check in option.checks),
        numeric=(2, 3, 4),
    )


def _check_row(check: Check, model: GridModel) -> tuple[str, ...]:
    before = "（接入前已存在）" if check.pre_existing else ""
    verdict = (
        say("passed").zh
        if check.passed
        else f"{say('failed').zh}·{say(f'effect_{check.effect}').zh}{before}"
    )
    name = element_name(model, check.element_id)
    return (say(f"label_{check.code}").zh, name, *check_figures(check), verdict)


def _independence(option: Option) -> Iterator[Section]:
    found = option.independence
    if found is None:
        return
    lines = [f"{say(f'kind_{found.grade}').zh}（要求{say(f'kind_{found.required}').zh}）"]
    for pair in found.pairs:
        first, second = (number + 1 for number in pair.sources)
        common = "；".join(part.zh for part in (*pair.shared, *pair.unproved)) or "没有共同部分"
        lines.append(f"电源 {first} 与电源 {second}：{common}")
    for state in option.states:
        names = "、".join(str(number + 1) for number in state.out)
        lines.append(
            f"电源 {names} 退出时，电源 {state.carried_by + 1} 单独承担 {state.p_kw:,.0f} kW"
        )
    yield Section(title="电源独立性", lines=tuple(lines))


def _makeshift(plan: SupplyPlan, model: GridModel) -> Iterator[Section]:
    """Say what was tried on the grid, and what of the wish fits today."""
    if (tried := plan.remedies) is not None:
        yield Section(
            title="改造措施试算",
            lines=(f"试算 {tried.tried} 次（上限 {tried.bound} 次），{_ENDED[tried.ended]}。",),
        )
    for option in plan.options:
        if option.partial is not None:
            yield _partial(option, option.partial, model)


def _partial(option: Option, partial: PartialSupply, model: GridModel) -> Section:
    """Show of a limited or staged supply what may be drawn when."""
    access = element_name(model, option.sources[0].access_point.element_id)
    lines = [
        f"接入点 {access}，申请 {partial.wish_kw:,.0f} kW。{option.why.zh}。",
        *(reason.zh for reason in option.desk_reasons if reason.code == option.kind),
        *(["各时段（0–23 时）允许的最大负荷 kW："] if partial.envelope else []),
    ]
    return Section(
        title=f"方案 {option.rank}：{say(f'kind_{option.kind}').zh}",
        lines=tuple(lines),
        columns=("季节", "每日少用 kWh", *map(str, range(HOURS))) if partial.envelope else (),
        rows=tuple(
            (
                say(f"season_{day.season}").zh,
                f"{day.left_out_kwh:,.0f}",
                *(f"{kw:.0f}" for kw in day.allowed_kw),
            )
            for day in partial.envelope
        ),
        shades=tuple(
            tuple(kw / partial.wish_kw for kw in day.allowed_kw) for day in partial.envelope
        ),
    )


def _rejected(plan: SupplyPlan, model: GridModel) -> Section:
    nearest = sorted(plan.rejected, key=lambda refused: refused.access_point.distance_m)
    return Section(
        title=f"未采用的接入点（共 {len(nearest)} 处，最近的几处）",
        columns=("直线 m", "类型与设备", "原因"),
        rows=tuple(
            (
                f"{refused.access_point.distance_m:,.0f}",
                f"{say(f'kind_{refused.kind}').zh}："
                f"{element_name(model, refused.access_point.element_id)}",
                "；".join(reason.zh for reason in islice(refused.reasons, _SHOWN_REASONS)),
            )
            for refused in nearest[:_SHOWN_REJECTED]
        ),
        numeric=(0,),
    )


def _basis(plan: SupplyPlan, rules_title: str) -> Section:
    data, rules = plan.grid, plan.rules
    rows = [
        ("电网", f"{data.name}，版本 {data.version}"),
        ("负荷数据", f"{data.load_date or '未知'}，{say(f'load_basis_{data.load_basis}').zh}"),
        ("网架数据", data.topology_date or "未知"),
        ("数据质量", f"{say(f'quality_{data.quality}').zh}，{data.problem_count} 类问题"),
        ("规则", f"{rules_title}（{rules.area}，版本 {rules.version}），{rules.on_date} 有效"),
        ("未核实规则", _listed(rules.unverified)),
        ("未采用规则", _listed(rules.not_adopted)),
    ]
    if data.assumptions:
        stated = "，".join(f"{key}={value}" for key, value in data.assumptions.items())
        rows.append(("导入时假定", stated))
    return Section(title="数据与规则", rows=tuple(rows))


def _listed(names: Sequence[str]) -> str:
    return "、".join(names) if names else "无"


def _name(model: GridModel, element_id: str | None) -> str:
    return element_name(model, element_id) if element_id else "—"


def _hosting(option: Option) -> str:
    if HEADROOM in option.not_computed:
        return "未计算"
    return _capacity(option.headroom.hosting_capacity_kva)


def _capacity(kva: float) -> str:
    return f"{kva:,.0f}" if isfinite(kva) else "不受限"
