"""A plan as a page in the terminal: Chinese, at most 100 columns, each number by its limit."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice

from rich import box
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from api.character_map import draw_map
from grid_models.model import GridModel
from planner.messages import say
from planner.plan import Check, Option, SupplyPlan

__all__ = ["make_console", "plan_page", "short_plan_page"]

WIDTH = 100

_MODE_STYLES = {
    "on_site": "bold white on green",
    "back_office": "bold black on yellow",
    "no_option": "bold white on red",
}
_DIGITS = {"%": 1, "V": 1, "pu": 4, "m": 0, "kA": 2, "kVA": 0}
_NEW_ELEMENTS = {"new:line:1": "新建线路", "new:node:1": "用户受电点", "new:node:2": "接入点"}
_ROUTE_WORDS = {"streets": "沿道路", "estimate": "估算"}
_COUNTED = {"customer": "户", "element": "个", "area": "处", "bay": "个"}
_SHOWN_OPTIONS, _SHOWN_OPTIONS_SHORT = 5, 3
_SHOWN_REJECTED = 5
_SHOWN_REASONS = 2
_YUAN_PER_WAN = 10_000.0
_VOLTS_PER_KV = 1_000.0


def make_console(*, stderr: bool = False) -> Console:
    """Return a console that is never wider than a page, whatever the terminal."""
    width = min(Console().width, WIDTH) if sys.stdout.isatty() else WIDTH
    return Console(stderr=stderr, highlight=False, markup=False, emoji=False, width=width)


def plan_page(plan: SupplyPlan, model: GridModel, rules_title: str) -> Group:
    """Return everything a customer manager and a planner want to see of a plan.

    Parameters
    ----------
    plan
        The answer.
    model
        Grid it was made on: gives names and the map.
    rules_title
        Name of the rules, such as 示例规则.
    """
    parts: list[RenderableType] = [*_head(plan, rules_title), *_reasons(plan)]
    if plan.options:
        first = plan.options[0]
        parts += [_options(plan.options, model, _SHOWN_OPTIONS), _why(first), _map(plan, model)]
        parts += [_checks(first, model), *_not_computed(first), *_sensitivity(first)]
        parts += [*_works(first)]
    parts += [*_rejected(plan, model), *_foot(plan)]
    return Group(*parts)


def short_plan_page(plan: SupplyPlan, model: GridModel, rules_title: str) -> Group:
    """Return the answer, its reasons and the options only."""
    parts: list[RenderableType] = [*_head(plan, rules_title), *_reasons(plan)]
    if plan.options:
        parts += [_options(plan.options, model, _SHOWN_OPTIONS_SHORT), _why(plan.options[0])]
    return Group(*parts)


def _head(plan: SupplyPlan, rules_title: str) -> Iterable[RenderableType]:
    asked = plan.application
    power = f"{asked['kw']:g} kW" if asked.get("kw") else f"{asked.get('kva') or 0:g} kVA"
    words = [
        power,
        say(f"category_{asked['category']}").zh,
        say(f"importance_{asked['importance']}").zh,
        f"{asked['sources']} 路电源",
        f"{asked['lon']:.6f},{asked['lat']:.6f}",
        f"受理日期 {asked['on_date']}",
    ]
    load = plan.design_load
    yield Text(f"供电方案  {rules_title}", "bold")
    yield Text("申请  " + " · ".join(words))
    yield Text(
        f"设计负荷 {load.p_kw:,.1f} kW + j{load.q_kvar:,.1f} kvar"
        f"（功率因数 {load.power_factor:g}）  报装容量 {plan.capacity_kva:,.0f} kVA"
    )
    mode = plan.answer.mode
    yield Panel(Text(say(f"mode_{mode}").zh, _MODE_STYLES[mode], justify="center"), box=box.HEAVY)


def _reasons(plan: SupplyPlan) -> Iterable[RenderableType]:
    for reason in plan.answer.reasons:
        yield _bullet(f"{reason.zh}（{reason.code}）", "yellow")
    for information in plan.answer.information:
        yield _bullet(information.zh, "cyan")


def _options(options: Sequence[Option], model: GridModel, most: int) -> Table:
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1), pad_edge=False, show_lines=True)
    table.add_column("序", justify="right")
    table.add_column("类型\n接入点", overflow="fold", max_width=34)
    for name in (
        "直线 / 路径\nm",
        "路径负载率\n客户侧电压",
        "可开放 / 可承载\nkVA",
        "造价估算 万元\nP15/P50/P85",
        "办理\n天",
    ):
        table.add_column(name, justify="right", no_wrap=True)
    for option in options[:most]:
        source, flow, room = option.sources[0], option.power_flow, option.headroom
        access, cost = source.access_point, option.cost
        # The way to this customer, not the fullest element of the whole source tree.
        loading = 100.0 - float(option.order_keys["margin_pct"])
        volts = flow.v_customer_pu * _nominal_kv(model, access.element_id, option) * _VOLTS_PER_KV
        conductor = source.conductor
        parallel = f"{conductor.parallel}×" if conductor.parallel > 1 else ""
        laying = say(f"laying_{conductor.laying}").zh
        table.add_row(
            str(option.rank),
            Text.assemble(
                (say(f"kind_{option.kind}").zh, "bold"),
                f"\n{_name(model, access.element_id)}\n{laying} {parallel}{conductor.type}",
            ),
            f"{access.distance_m:,.0f} / {source.route.length_m:,.0f}\n"
            f"{_ROUTE_WORDS[source.route.method]}",
            f"{loading:.1f} %\n{volts:,.1f} V",
            f"{room.open_capacity_kva:,.0f} / {room.hosting_capacity_kva:,.0f}",
            "/".join(f"{yuan / _YUAN_PER_WAN:,.1f}" for yuan in (cost.p15, cost.p50, cost.p85)),
            f"{option.schedule.utility_days}",
        )
    if (more := len(options) - most) > 0:
        table.caption = f"另有 {more} 个方案，见 --json"
    return table


def _why(option: Option) -> Text:
    return Text.assemble(("首选理由  ", "bold"), option.why.zh)


def _map(plan: SupplyPlan, model: GridModel) -> RenderableType:
    site = (plan.application["lon"], plan.application["lat"])
    points = [option.sources[0].access_point for option in plan.options[:_SHOWN_OPTIONS]]
    rows = draw_map(model, site, [(point.lon, point.lat) for point in points])
    return Padding(Group(*rows), (1, 0, 1, 2))


def _checks(option: Option, model: GridModel) -> Table:
    table = Table(
        title=f"方案 {option.rank} 的校验",
        title_justify="left",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
    )
    for name in ("校验项", "设备"):
        table.add_column(name, overflow="fold", max_width=26)
    for name in ("数值", "限值", "裕度"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("结果", no_wrap=True)
    table.add_column("规则", no_wrap=True)
    for check in option.checks:
        table.add_row(
            say(f"label_{check.code}").zh,
            _name(model, check.element_id),
            _quantity(check.value, check.unit),
            _quantity(check.limit, check.unit),
            f"{check.margin_pct:+.1f} %",
            _verdict(check),
            check.rule_id,
        )
    return table


def _verdict(check: Check) -> Text:
    before = "·接入前已存在" if check.pre_existing else ""
    if check.passed:
        return Text(say("passed").zh, "green")
    style = "red" if check.effect == "block" else "yellow"
    return Text(f"{say('failed').zh}·{say(f'effect_{check.effect}').zh}{before}", style)


def _not_computed(option: Option) -> Iterable[Text]:
    if option.not_computed:
        names = "、".join(say(f"label_{code}").zh for code in option.not_computed)
        yield Text(f"{say('not_computed').zh}：{names}", "yellow")


def _sensitivity(option: Option) -> Iterable[Text]:
    if (poorer := option.sensitivity) is not None:
        text = say(
            "power_factor_sensitivity",
            power_factor=poorer.power_factor,
            value=poorer.worst_on_path_pct,
        )
        yield Text(text.zh)


def _works(option: Option) -> Iterable[RenderableType]:
    if option.works:
        yield Text("工程", "bold")
    for work in option.works:
        yield _bullet(f"{work.zh}（{say(f'payer_{work.payer}').zh}）")


def _rejected(plan: SupplyPlan, model: GridModel) -> Iterable[RenderableType]:
    if not plan.rejected:
        return
    nearest = sorted(plan.rejected, key=lambda refused: refused.access_point.distance_m)
    yield Text(f"\n未采用的接入点：共 {len(nearest)} 处，最近的几处", "bold")
    for refused in nearest[:_SHOWN_REJECTED]:
        access = refused.access_point
        reasons = "；".join(reason.zh for reason in islice(refused.reasons, _SHOWN_REASONS))
        name = _name(model, access.element_id)
        yield _bullet(
            f"{access.distance_m:,.0f} m  {say(f'kind_{refused.kind}').zh}  {name}：{reasons}"
        )


def _foot(plan: SupplyPlan) -> Iterable[RenderableType]:
    data, rules = plan.grid, plan.rules
    unknown = say("unknown").zh
    yield Text("\n数据与规则", "bold")
    yield _bullet(
        f"电网 {data.name}（版本 {data.version}）  负荷数据 {data.load_date or unknown}"
        f"（{say(f'load_basis_{data.load_basis}').zh}）  网架数据 {data.topology_date or unknown}  "
        f"数据质量 {say(f'quality_{data.quality}').zh}，{data.problem_count} 类问题"
    )
    if data.assumptions:
        yield _bullet("导入时假定  " + _pairs(data.assumptions), "yellow")
    yield _bullet(
        f"规则 {rules.area}（版本 {rules.version}，{rules.on_date} 施行）  "
        f"用到 {len(rules.used)} 条，"
        f"未核实 {len(rules.unverified)} 条，未采用 {len(rules.not_adopted)} 条"
    )
    yield _bullet(f"方案编号 {plan.plan_id}")


def _pairs(facts: Mapping[str, str]) -> str:
    return "，".join(f"{key}={value}" for key, value in facts.items())


def _bullet(text: str, style: str = "") -> Table:
    """Return a list item whose further lines stand below its first."""
    item = Table.grid(padding=(0, 1))
    item.add_column(no_wrap=True)
    item.add_column(overflow="fold")
    item.add_row("  ·", Text(text, style))
    return item


def _quantity(value: float, unit: str) -> str:
    """Return a value as engineers write it; the plan's JSON has every digit."""
    digits = _DIGITS.get(unit)
    number = f"{value:,g}" if digits is None else f"{value:,.{digits}f}"
    return f"{number} {_COUNTED.get(unit, unit)}"


def _name(model: GridModel, element_id: str) -> str:
    """Return what people call an element; its id where the file has no name."""
    if element_id in _NEW_ELEMENTS:
        return _NEW_ELEMENTS[element_id]
    whole = element_id.partition("#")[0]
    for table in ("lines", "transformers", "nodes"):
        if (row := model.row_of(table, whole)) >= 0:
            return str(model.value(table, "name", row)) or element_id
    return element_id


def _nominal_kv(model: GridModel, element_id: str, option: Option) -> float:
    """Return the network's nominal voltage where the new line leaves it."""
    whole = element_id.partition("#")[0]
    node = model.row_of("nodes", whole)
    if (row := model.row_of("lines", whole)) >= 0:
        node = int(model.line_ends[0][row])
    elif (row := model.row_of("transformers", whole)) >= 0:
        node = int(model.transformer_ends[1][row])
    return float(model.value("nodes", "vn_kv", node)) if node >= 0 else option.supply_kv
