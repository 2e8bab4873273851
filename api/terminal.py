"""A plan as a page in the terminal: Chinese, at most 100 columns, each number by its limit."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from math import isfinite
from unicodedata import category

from rich import box
from rich.console import Console, ConsoleOptions, Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from api.character_map import draw_map
from api.customer_page import Line, advice_lines, customer_side_lines, quality_lines
from api.envelopes import span_words
from api.plan_money import comparison_lines, cost_parts, schedule_parts
from api.plan_tables import checks_table, element_name, options_table
from grid_models.model import GridModel
from grid_models.printable import printable
from planner.messages import say
from planner.plan import Option, SupplyPlan

__all__ = ["make_console", "plan_page", "short_plan_page"]

WIDTH = 100

_MODE_STYLES = {
    "on_site": "bold white on green",
    "back_office": "bold black on yellow",
    "no_option": "bold white on red",
}
_SHOWN_OPTIONS, _SHOWN_OPTIONS_SHORT = 5, 3
_SHOWN_REJECTED = 5
_SHOWN_REASONS = 2


def make_console(*, stderr: bool = False) -> Console:
    """Return a console that is never wider than a page, whatever the terminal."""
    width = min(Console().width, WIDTH) if sys.stdout.isatty() else WIDTH
    return _PlainConsole(stderr=stderr, highlight=False, markup=False, emoji=False, width=width)


class _PlainConsole(Console):
    """A console that prints no control characters but its own: names come from strangers."""

    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None
    ) -> Iterator[Segment]:
        """Leave out what is unprintable; it has no width, so that nothing moves."""
        for segment in super().render(renderable, options):
            text, style, control = segment
            if control or text.isprintable():
                yield segment
            else:
                yield Segment("".join(filter(_is_harmless, text)), style)


def _is_harmless(character: str) -> bool:
    return character.isprintable() or character == "\n" or category(character) == "Zs"


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
        parts += [
            options_table(plan.options, model, _SHOWN_OPTIONS),
            _why(first),
            _map(plan, model),
        ]
        parts += [*_sources(first, model)]
        parts += [
            part
            for option in plan.options[:_SHOWN_OPTIONS]
            if option.partial is not None
            for part in _section(
                f"方案 {option.rank} 各时段允许负荷",
                ((line, "") for line in span_words(option.partial)),
            )
        ]
        parts += [checks_table(first, model), *_not_computed(first), *_sensitivity(first)]
        parts += [*_take_over(first, model)]
        parts += [*_works(first), *cost_parts(first), *schedule_parts(first.schedule)]
        parts += [*comparison_lines(plan.comparison, _SHOWN_OPTIONS)]
        parts += [*_section("客户侧", customer_side_lines(first))]
        parts += [*_section("电能质量与保护", quality_lines(first))]
    parts += [*_section("告知客户", advice_lines(plan))]
    parts += [*_rejected(plan, model), *_foot(plan)]
    return Group(*parts)


def short_plan_page(plan: SupplyPlan, model: GridModel, rules_title: str) -> Group:
    """Return the answer, its reasons and the options only."""
    parts: list[RenderableType] = [*_head(plan, rules_title), *_reasons(plan)]
    if plan.options:
        parts += [options_table(plan.options, model, _SHOWN_OPTIONS_SHORT), _why(plan.options[0])]
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
    # Without an option the first reason is why; what else the desk would ask is no cause of it.
    causes = 1 if plan.answer.mode == "no_option" else len(plan.answer.reasons)
    for reason in plan.answer.reasons[:causes]:
        yield _bullet(f"{reason.zh}（{reason.code}）", "yellow")
    for information in plan.answer.information:
        yield _bullet(information.zh, "cyan")
    if also := plan.answer.reasons[causes:]:
        yield Text("另需 / also", "bold")
        yield from (_bullet(f"{reason.zh}（{reason.code}）", "yellow") for reason in also)


def _why(option: Option) -> Text:
    return Text.assemble(("首选理由  ", "bold"), printable(option.why.zh))


def _map(plan: SupplyPlan, model: GridModel) -> RenderableType:
    site = (plan.application["lon"], plan.application["lat"])
    points = [option.sources[0].access_point for option in plan.options[:_SHOWN_OPTIONS]]
    rows = draw_map(model, site, [(point.lon, point.lat) for point in points])
    return Padding(Group(*rows), (1, 0, 1, 2))


def _sources(option: Option, model: GridModel) -> Iterable[RenderableType]:
    """Say of several sources where each begins, what it carries alone and what two share."""
    if option.independence is None:
        return
    yield Text("电源", "bold")
    for source, state in zip(option.sources, option.states, strict=True):
        text = say(
            f"source_{source.role}",
            element=element_name(model, source.access_point.element_id),
            feeder=model.label(source.feeder_id or source.busbar_id or ""),
            value=source.route.length_m,
            limit=state.p_kw,
        )
        yield _bullet(text.zh)
    for pair in option.independence.pairs:
        for part in (*pair.shared, *pair.unproved):
            yield _bullet(
                f"第 {pair.sources[0] + 1}、{pair.sources[1] + 1} 路：{part.zh}", "yellow"
            )


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


def _take_over(option: Option, model: GridModel) -> Iterable[Text]:
    """Say who takes the option's feeder over once its head is lost."""
    feeder_id = option.sources[0].feeder_id
    for taken in option.take_over:
        if feeder_id is None or not isfinite(taken.worst_loading_pct):
            continue
        text = say(
            "n_minus_1_take_over_part" if taken.opened_id else "n_minus_1_take_over",
            feeder=model.label(feeder_id),
            receiver=model.label(taken.feeder_id or taken.source_tree_id),
            tie=model.label(taken.tie_id),
            opened=model.label(taken.opened_id or ""),
            value=taken.worst_loading_pct,
        )
        yield Text(text.zh)


def _works(option: Option) -> Iterable[RenderableType]:
    if option.works:
        yield Text("工程", "bold")
    for work in option.works:
        yield _bullet(f"{work.zh}（{say(f'payer_{work.payer}').zh}）")


def _section(title: str, lines: Iterable[Line]) -> Iterable[RenderableType]:
    items = [_bullet(text, style) for text, style in lines]
    return [Text(title, "bold"), *items] if items else []


def _rejected(plan: SupplyPlan, model: GridModel) -> Iterable[RenderableType]:
    if not plan.rejected:
        return
    nearest = sorted(plan.rejected, key=lambda refused: refused.access_point.distance_m)
    yield Text(f"\n未采用的接入点：共 {len(nearest)} 处，最近的几处", "bold")
    for refused in nearest[:_SHOWN_REJECTED]:
        access = refused.access_point
        reasons = "；".join(reason.zh for reason in islice(refused.reasons, _SHOWN_REASONS))
        name = element_name(model, access.element_id)
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
        f"规则 {rules.area}（版本 {rules.version}，按 {rules.on_date} 有效的规则）  "
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
    item.add_row("  ·", Text(printable(text), style))
    return item
