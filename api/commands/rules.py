"""Rules: what is left to verify and to adopt before an area's answers stand by themselves."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import typer
from rich import box
from rich.table import Table

from api import clock
from api.terminal import make_console
from api.translate import to_json_text
from planner.form import Form
from planner.rules import Rule, find_rule_gaps, load_rule_book

__all__ = ["check_rules"]


def check_rules(area: str, *, on_date: str | None, as_json: bool) -> None:
    """Print the rows in force that someone has yet to verify or to adopt.

    Raises
    ------
    InputError
        If there is no such area, or the day is no day or before any rule.
    """
    form = Form({"on_date": on_date}, {"on_date": "日期"})
    day = form.day("on_date") or clock.today()
    form.raise_problems()
    book = load_rule_book(area)
    gaps = find_rule_gaps(book, day)
    console = make_console()
    if as_json:
        document = {
            "area": book.area,
            "version": book.version,
            "on_date": day.isoformat(),
            "is_example": book.is_example,
            "to_verify": [_row(rule) for rule in gaps.to_verify],
            "to_adopt": [_row(rule) for rule in gaps.to_adopt],
        }
        typer.echo(to_json_text(document))
        return
    example = "（示例规则，不作为答复依据）" if book.is_example else ""
    console.print(f"{book.title_zh} {book.area}{example}  版本 {book.version}  按 {day} 有效的规则")
    console.print(_table("待采用：未采用前，用到它的答复一律转后台", gaps.to_adopt))
    console.print(_table("待核实：尚无人读过原文", gaps.to_verify))


def _row(rule: Rule) -> dict[str, Any]:
    return {
        "rule_id": rule.rule_id,
        "value": rule.value,
        "unit": rule.unit,
        "effective_from": rule.effective_from.isoformat(),
        "source": rule.source,
        "clause": rule.clause,
        "decides": rule.decides_en,
    }


def _table(title: str, rules: Iterable[Rule]) -> Table:
    rows = list(rules)
    table = Table(
        title=f"{title}（{len(rows)} 条）",
        title_justify="left",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
    )
    for name in ("规则", "作用", "值", "依据"):
        table.add_column(name, overflow="fold")
    for rule in rows:
        value = rule.value if isinstance(rule.value, int | float | str) else "…"
        table.add_row(
            rule.rule_id,
            rule.decides_zh,
            f"{value} {rule.unit}".strip(),
            f"{rule.source} {rule.clause}".strip(),
        )
    return table
