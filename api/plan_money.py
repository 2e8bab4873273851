"""Money and time of a plan's page: the bill, who pays, steps and dates, options compared."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from api.estimates import estimate_words, payer_words
from api.plan_tables import ByWidth
from grid_models.printable import printable
from planner.messages import say
from planner.plan import ComparisonRow, Cost, CostItem, Option, Schedule

__all__ = ["comparison_lines", "cost_parts", "schedule_parts"]

_YUAN_PER_WAN = 10_000.0


def cost_parts(option: Option) -> Iterator[RenderableType]:
    """Give the bill of quantities, the sums by payer, fees, and what is left open."""
    cost = option.cost
    if not cost.items:
        return
    yield Text(f"造价{_estimate(cost)}", "bold")
    yield ByWidth(wide=_bill(cost), narrow=Group(*_bill_in_lines(cost)))
    for payer, words in payer_words(cost, unit="万元"):
        yield Text(f"  · {say(f'payer_{payer}').zh}  {words}")
    for fee in cost.fees:
        yield Text(f"  · {printable(fee.zh)}")
    for note in cost.notes:
        yield Text(f"  · {printable(note.zh)}", "yellow")


def schedule_parts(schedule: Schedule) -> Iterator[RenderableType]:
    """Give the steps with their last days, the limit with its light, and what stops the clock."""
    yield Text(f"办理环节（受理 {schedule.start_on}，次日起计）", "bold")
    unknown = say("unknown").zh
    for step in schedule.steps:
        words = (
            say(f"step_{step.code}").zh,
            f"{step.days} {say(f'clock_{step.clock}').zh}",
            say(f"owner_{step.owner}").zh,
            f"至 {step.due_on or unknown}",
        )
        yield Text("  · " + "  ".join(words))
    clock = say(f"clock_{schedule.limit_clock}").zh
    light = say(f"light_{schedule.light}").zh
    yield Text(
        f"  · 时限 {schedule.limit_days} {clock}，至 {schedule.limit_due_on or unknown}（{light}，"
        f"按 {schedule.light_on}）"
    )
    for note in schedule.notes:
        yield Text(f"  · {note.zh}", "yellow")


def comparison_lines(rows: Sequence[ComparisonRow], most: int) -> Iterator[Text]:
    """Give one line an option on what it costs and gives more than the first."""
    if len(rows) > 1:
        yield Text("与首选方案比较", "bold")
        yield from (Text(f"  · 方案 {row.rank}  {row.zh}") for row in rows[1:most])


def _estimate(cost: Cost) -> str:
    years = sorted({item.price_year for item in cost.items if item.price_year})
    span = f"{years[0]}–{years[-1]}" if len(set(years)) > 1 else "".join(map(str, years))
    checked = "" if cost.verified else "，价格未核实"
    return f"估算 estimate（{span} 年价{checked}，万元，P15/P50/P85）"


def _bill(cost: Cost) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("项目", overflow="fold")
    for name in ("数量", "单价 P50 元", "P15/P50/P85"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("出资", no_wrap=True)
    table.add_column("年份与范围", overflow="fold")
    for item in cost.items:
        table.add_row(
            _label(item),
            f"{item.quantity:,.4g} {say(f'unit_{item.unit}').zh}",
            "无价格" if item.unit_p50 is None else f"{item.unit_p50:,.0f}",
            _range_of(item),
            say(f"payer_{item.payer}").zh,
            f"{item.price_year or ''} {item.scope_zh}".strip(),
        )
    table.add_section()
    table.add_row("合计", "", "", estimate_words(cost, (cost.p15, cost.p50, cost.p85)), "", "")
    return table


def _bill_in_lines(cost: Cost) -> Iterator[Text]:
    for item in cost.items:
        words = (
            f"  · {_label(item)}  {item.quantity:,.4g} {say(f'unit_{item.unit}').zh}",
            _range_of(item) or "无价格",
            f"{say(f'payer_{item.payer}').zh}（{item.price_year or ''} {item.scope_zh}）",
        )
        yield Text("  ".join(words))
    yield Text(f"  · 合计  {estimate_words(cost, (cost.p15, cost.p50, cost.p85))}")


def _label(item: CostItem) -> str:
    part = "" if item.part == "complete" else f" {say(f'part_{item.part}').zh}"
    kind = f" {item.code}" if any(sign.isdigit() for sign in item.code) else ""
    return printable(f"{say(f'item_{item.work}').zh}{part}{kind}")


def _range_of(item: CostItem) -> str:
    prices = (item.unit_p15, item.unit_p50, item.unit_p85)
    return _range(item.quantity * price for price in prices if price is not None)


def _range(yuan: Iterable[float]) -> str:
    return "/".join(f"{amount / _YUAN_PER_WAN:,.1f}" for amount in yuan)
