"""Capacity of several nodes at once: whether all the loads of a file can be taken."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from math import isfinite
from pathlib import Path

import typer
from rich.table import Table

from api.commands.capacity import hour_in_chinese
from api.commands.capacity_asked import Asked
from api.terminal import make_console
from api.translate import json_ready, to_json_text
from grid_models.errors import InputError, InputProblem
from planner.messages import say
from planner.together import check_together, nodes_outside_trees

__all__ = ["check_loads"]

_TITLES = ("电源", "负荷数", "合计 kVA", "可同时接入", "可接入 kVA", "受限于")


def check_loads(
    folder: Path,
    loads: Path,
    fields: Mapping[str, str | None],
    *,
    promises: Path | None,
    as_json: bool,
) -> None:
    """Print whether the loads of a file can be taken all at once, source tree by source tree.

    Raises
    ------
    InputError
        With everything that is wrong with what was asked.
    """
    asked = Asked(folder, fields, promises)
    wanted = asked.read_promises(loads, power_factor=asked.given_power_factor)
    model, rules = asked.model, asked.rules
    if not wanted:
        raise InputError([_empty(loads)])
    if outside := nodes_outside_trees(model, wanted):
        raise InputError([_outside(name) for name in outside])
    rows = check_together(model, rules, asked.commitments, wanted, asked.hours)
    if as_json:
        found = [asdict(row) | {"fits": row.fits} for row in rows]
        typer.echo(to_json_text(json_ready(found)))
        return
    table = Table(box=None)
    for title in _TITLES:
        is_text = title in ("电源", "可同时接入", "受限于")
        table.add_column(title, justify="left" if is_text else "right")
    for row in rows:
        kva = f"{row.share * row.wanted_kva:,.1f}" if isfinite(row.share) else "不限"
        reason = ""
        if row.binding_code:
            label = say(f"label_{row.binding_code}").zh
            reason = f"{model.label(row.binding_id)}（{label}）" if row.binding_id else label
        if row.hour:
            reason = f"{reason} {hour_in_chinese(row.hour)}".strip()
        table.add_row(
            model.label(row.source_tree_id), str(len(row.load_ids)), f"{row.wanted_kva:,.1f}",
            "可" if row.fits else "不可", kva, reason,
        )  # fmt: skip
    make_console().print(table)


def _empty(loads: Path) -> InputProblem:
    return InputProblem(
        field="together",
        zh=f"文件 {loads} 没有负荷；应至少有一行",
        en=f"file {loads} names no load; at least one row is right",
    )


def _outside(node_id: str) -> InputProblem:
    return InputProblem(
        field="node_id",
        zh=f"节点“{node_id}”未供电，或位于闭环、多电源、缺少数据的部分，无法校验同时接入；"
        "应为由单一电源辐射供电的节点",
        en=f'node "{node_id}" is not supplied, or by a ring, by several sources or where data are '
        "missing, so loads there cannot be checked together; a node fed by one source is right",
    )
