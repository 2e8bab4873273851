"""Money and time of a sheet: the bill, who pays, fees, steps with their last days."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from api.documents.section import Section
from api.estimates import estimate_words, payer_words
from planner.messages import say
from planner.plan import Cost, CostItem, Option, Schedule

__all__ = ["money_sections", "schedule_section"]

_YUAN_PER_WAN = 10_000.0


def money_sections(option: Option) -> Iterator[Section]:
    """Give works, the bill of quantities and who pays how much."""
    yield Section(
        title="工程",
        columns=("内容", "出资方"),
        rows=tuple((work.zh, say(f"payer_{work.payer}").zh) for work in option.works),
    )
    yield _bill(option.cost)
    yield _payers(option.cost)


def schedule_section(schedule: Schedule) -> Section:
    """Give the steps with their last days, the limit and what stops the clock."""
    unknown = say("unknown").zh
    clock = say(f"clock_{schedule.limit_clock}").zh
    lines = [
        f"受理 {schedule.start_on}，次日起计；时限 {schedule.limit_days} {clock}，"
        f"至 {schedule.limit_due_on or unknown}（{say(f'light_{schedule.light}').zh}）。",
        *(note.zh for note in schedule.notes),
    ]
    if schedule.pauses:
        lines.append("暂停计时：" + "；".join(pause.zh for pause in schedule.pauses))
    return Section(
        title="办理进程",
        lines=tuple(lines),
        columns=("环节", "天数", "计时", "责任方", "至"),
        rows=tuple(
            (
                say(f"step_{step.code}").zh,
                str(step.days),
                say(f"clock_{step.clock}").zh,
                say(f"owner_{step.owner}").zh,
                step.due_on or unknown,
            )
            for step in schedule.steps
        ),
        numeric=(1,),
    )


def _bill(cost: Cost) -> Section:
    checked = "" if cost.verified else "；价格未核实，只用于方案比较"
    whole = estimate_words(cost, (cost.p15, cost.p50, cost.p85), " / ")
    total = ("合计", "", "", whole, "", "")
    return Section(
        title="费用估算",
        lines=(f"估算，万元，P15/P50/P85{checked}。",),
        columns=("项目", "数量", "单价 元", "万元", "出资方", "年份与范围"),
        rows=(*(_item(item) for item in cost.items), total),
        numeric=(1, 2, 3),
    )


def _item(item: CostItem) -> tuple[str, ...]:
    prices = (item.unit_p15, item.unit_p50, item.unit_p85)
    part = "" if item.part == "complete" else f" {say(f'part_{item.part}').zh}"
    return (
        f"{say(f'item_{item.work}').zh}{part}",
        f"{item.quantity:,.4g} {say(f'unit_{item.unit}').zh}",
        "无价格" if item.unit_p50 is None else f"{item.unit_p50:,.0f}",
        _range(item.quantity * price for price in prices if price is not None),
        say(f"payer_{item.payer}").zh,
        f"{item.price_year or ''} {item.scope_zh}".strip(),
    )


def _payers(cost: Cost) -> Section:
    lines = [*(fee.zh for fee in cost.fees), *(note.zh for note in cost.notes)]
    return Section(
        title="出资与费用",
        lines=tuple(lines),
        columns=("出资方", "P15/P50/P85 万元"),
        rows=tuple((say(f"payer_{payer}").zh, words) for payer, words in payer_words(cost, " / ")),
        numeric=(1,),
    )


def _range(yuan: Iterable[float]) -> str:
    return " / ".join(f"{amount / _YUAN_PER_WAN:,.1f}" for amount in yuan)
