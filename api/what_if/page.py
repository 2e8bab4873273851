"""Page: a what-if in the terminal, at most 100 columns, what is broken first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from api.what_if.words import (
    binding,
    element,
    overview,
    quantity,
    signed,
    step_result,
    violation_since,
)
from planner.messages import say
from planner.scenarios.result import CapacityChange, WhatIf

__all__ = ["what_if_page"]

_MOST_VIOLATIONS, _MOST_CAPACITIES = 30, 15
_STYLES = {"new": "bold red", "passing": "yellow", "remaining": "", "vanished": "green"}


def what_if_page(result: WhatIf, rules_title: str) -> Group:
    """Return what a planner wants to see of a scenario at once; the files hold all of it.

    Parameters
    ----------
    rules_title
        Name of the rules, such as 示例规则.
    """
    parts: list[RenderableType] = [
        *_head(result, rules_title),
        _overview(result),
        _steps(result),
        *_violations(result),
        *_capacities(result),
        *_foot(result),
    ]
    return Group(*parts)


def _head(result: WhatIf, rules_title: str) -> Iterator[RenderableType]:
    yield Text(f"情景推演  {result.name}  {rules_title}", "bold")
    yield Text(
        f"电网 {result.grid.name}（版本 {result.grid.version}）  规则 {result.rules.area} "
        f"{result.rules.on_date}  编号 {result.what_if_id}"
    )
    new = sum(v.status == "new" for v in result.violations)
    gone = sum(v.status == "vanished" for v in result.violations)
    style = "bold white on red" if new else "bold white on green"
    yield Text(f" 新增越限 {new} 项，消除 {gone} 项 ", style)


def _table(title: str, columns: Iterable[tuple[str, bool]]) -> Table:
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for name, is_number in columns:
        table.add_column(
            name,
            justify="right" if is_number else "left",
            no_wrap=is_number,
            overflow="fold",
        )
    return table


def _overview(result: WhatIf) -> Table:
    trees = "、".join(result.touched_trees)
    table = _table(f"所涉电源树 {trees}", (("", False), ("之前", True), ("之后", True)))
    for row in overview(result):
        table.add_row(*row)
    return table


def _steps(result: WhatIf) -> Table:
    table = _table("步骤", (("步", True), ("名称", False), ("重算电源树", False), ("结果", False)))
    for step in result.steps:
        table.add_row(str(step.number), step.name, "、".join(step.solved_trees), step_result(step))
    return table


def _violations(result: WhatIf) -> Iterator[RenderableType]:
    if not result.violations:
        yield Text("没有越限", "green")
        return
    table = _table(
        "越限",
        (("", False), ("校验项", False), ("设备", False), ("之前", True), ("之后", True),
         ("限值", True), ("起于", False)),
    )  # fmt: skip
    for v in result.violations[:_MOST_VIOLATIONS]:
        table.add_row(
            Text(say(f"status_{v.status}").zh, _STYLES[v.status]),
            say(f"label_{v.code}").zh,
            element(v.name, v.element_id),
            quantity(v.before, v.unit),
            quantity(v.after, v.unit),
            quantity(v.limit, v.unit),
            violation_since(v),
        )
    if (more := len(result.violations) - _MOST_VIOLATIONS) > 0:
        table.caption = f"另有 {more} 项，见 --json 或输出文件"
    yield table


def _capacities(result: WhatIf) -> Iterator[RenderableType]:
    rows = sorted(result.capacities, key=_size, reverse=True)
    if not rows:
        return
    table = _table(
        f"容量变化 kVA（功率因数 {result.power_factor:g}；各点容量不可相加）",
        (("节点", False), ("可开放 前", True), ("后", True), ("变化", True), ("可承载 前", True),
         ("后", True), ("变化", True), ("之后受限于", False)),
    )  # fmt: skip
    for c in rows[:_MOST_CAPACITIES]:
        table.add_row(
            element(c.name, c.node_id),
            quantity(c.open_before_kva, ""),
            quantity(c.open_after_kva, ""),
            signed(c.open_change_kva, ""),
            quantity(c.hosting_before_kva, ""),
            quantity(c.hosting_after_kva, ""),
            signed(c.hosting_change_kva, ""),
            binding(c.hosting_code_after, c.hosting_binding_after_id),
        )
    if (more := len(rows) - _MOST_CAPACITIES) > 0:
        table.caption = f"另有 {more} 处，见 --json 或输出文件"
    yield table


def _size(change: CapacityChange) -> tuple[float, str]:
    """Greatest change first, ties by id."""
    return (
        max(abs(change.open_change_kva or 0.0), abs(change.hosting_change_kva or 0.0)),
        change.node_id,
    )


def _foot(result: WhatIf) -> Iterator[RenderableType]:
    unverified, waiting = len(result.rules.unverified), len(result.rules.not_adopted)
    yield Text(
        f"数据质量 {say(f'quality_{result.grid.quality}').zh}，{result.grid.problem_count} 类问题  "
        f"规则未核实 {unverified} 条，未采用 {waiting} 条  未计算：N-1"
    )
