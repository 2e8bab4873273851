"""Capacity: what every node of a grid can still take, or one node with its explanation."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from math import isfinite
from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from api import clock
from api.capacity_files import refuse_target, write_capacity
from api.capacity_run import Run, discard_parts, run_capacity
from api.files import read_commitment_rows
from api.request import Gathered
from api.rows import read_commitments
from api.terminal import make_console
from api.translate import json_ready, to_json_text
from grid_models.demand import clock_time
from grid_models.errors import InputError, InputProblem
from grid_models.grid import QUARTER_HOURS, SEASONS, Grid
from grid_models.model import GridModel
from grid_models.stored.opening import open_model
from planner.application import Commitment
from planner.capacity import CapacityQuestion, map_part
from planner.capacity_hours import Hours
from planner.capacity_way import explain_way
from planner.feeders import list_feeders
from planner.form import SHARE, Form
from planner.messages import say
from planner.rules import Rules, load_rule_book

__all__ = ["explain_node", "map_grid", "show_feeders"]

_LABELS = {
    "power_factor": "功率因数", "on_date": "日期", "workers": "并行数", "area": "规则地区",
    "season": "季节", "hour": "时刻", "all_hours": "所有时刻",
}  # fmt: skip


_FEEDER_TITLES = (
    "馈线", "接线方式", "联络", "负荷 kVA", "可转供 kVA", "N-1", "转供馈线", "转供后负载率",
)  # fmt: skip


class _Asked:
    """What both forms of the command read: grid, rules, promises, power factor."""

    def __init__(
        self, folder: Path, fields: Mapping[str, str | None], promises: Path | None
    ) -> None:
        self.folder = folder
        self.gathered = Gathered()
        self.form = Form(fields, _LABELS)
        model = self.gathered.attempt(lambda: open_model(folder))
        on_date = self.form.day("on_date") or clock.today()
        power_factor = self.form.number("power_factor", SHARE)
        self.workers = self.form.whole("workers", os.cpu_count() or 1)
        self.hours = self._read_hours(model)
        self.gathered.attempt(self.form.raise_problems)
        area = self.form.text("area") or (model.grid.metadata.area if model else "demo")
        rules = self.gathered.attempt(lambda: load_rule_book(area).on(on_date))
        self.commitments = self._read_promises(promises, model, on_date)
        if rules and power_factor is None:
            power_factor = rules.number("power_factor_mv")
        self.found, self._rules, self.power_factor = model, rules, power_factor or 1.0

    def _read_hours(self, model: GridModel | None) -> Hours | None:
        """Return the hours asked for; a grid without curves knows none."""
        season = self.form.one_of("season", SEASONS)
        hour = self.form.text("hour")
        names = [clock_time(k) for k in range(QUARTER_HOURS)]
        if hour is not None and hour not in names:
            self.form.refuse_value(
                "hour", hour, "整刻钟，如 18:30", "a full quarter hour such as 18:30"
            )
            hour = None
        if not (season or hour or self.form.given("all_hours")):
            return None
        if model is not None and model.grid.curves.empty:
            self.form.refuse(
                "hour",
                f"无从选取：电网“{model.grid.metadata.name}”没有负荷曲线，应以 --curves 导入",
                f'cannot be chosen: grid "{model.grid.metadata.name}" has no load curves; '
                "import it with --curves",
            )
        return Hours(season=season, quarter_hour=names.index(hour) if hour else None)

    def _read_promises(
        self, path: Path | None, model: GridModel | None, on_date: date
    ) -> tuple[Commitment, ...]:
        if path is None:
            return ()
        found = self.gathered.attempt(
            lambda: read_commitments(
                read_commitment_rows(path),
                model.node_rows.keys() if model else None,
                node_of_bay=model.node_of_bay if model else None,
                on_date=on_date,
            )
        )
        return found or ()

    @property
    def model(self) -> GridModel:
        """The grid; every problem is raised here."""
        return self.gathered.settle(self.found)

    @property
    def rules(self) -> Rules:
        """The rules in force."""
        return self.gathered.settle(self._rules)

    def question(self) -> CapacityQuestion:
        """Return what is asked of every node."""
        return CapacityQuestion(
            power_factor=self.power_factor, commitments=self.commitments, hours=self.hours
        )


def map_grid(
    folder: Path,
    output: Path,
    fields: Mapping[str, str | None],
    *,
    promises: Path | None,
    scheduler: str | None,
    force: bool,
) -> None:
    """Write the capacity of every node to a file.

    Parameters
    ----------
    fields
        ``power_factor``, ``on_date``, ``workers``, ``area``, as typed.

    Raises
    ------
    InputError
        With everything that is wrong with what was asked.
    """
    asked = _Asked(folder, fields, promises)
    rows = len(asked.found.network.bus_of_node) if asked.found else 0
    asked.gathered.attempt(lambda: refuse_target(output, force=force, rows=rows))
    model, rules = asked.model, asked.rules
    run = Run(
        folder=folder.resolve(), version=model.version, area=rules.area, on_date=rules.on_date,
        question=asked.question(),
    )  # fmt: skip
    total = sum(len(model.node_rows_of_tree(n)) for n in range(len(model.compiled.trees)))
    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("容量 capacity", total=total)
        table = run_capacity(
            run, model, output, scheduler=scheduler, workers=asked.workers,
            progress=lambda count: bar.advance(task, count),
        )  # fmt: skip
    write_capacity(table, output)
    discard_parts(run, output)
    unknown = int((table["quality"] == "unknown").sum())
    make_console().print(
        f"{output}：{len(table):,} 个节点，其中 {unknown:,} 个未知（未供电、闭环或无解）。"
        "各节点单独计算，容量不可相加。"
    )


def show_feeders(folder: Path, fields: Mapping[str, str | None], *, as_json: bool) -> None:
    """Print every feeder with its pattern and what another takes over if its head is lost.

    Raises
    ------
    InputError
        With everything that is wrong with what was asked.
    """
    asked = _Asked(folder, fields, None)
    model, rules = asked.model, asked.rules
    rows = list_feeders(model, rules)
    if as_json:
        typer.echo(to_json_text(json_ready([asdict(row) for row in rows])))
        return
    table = Table(box=None)
    for title in _FEEDER_TITLES:
        is_number = "kVA" in title or "率" in title
        table.add_column(
            title, justify="right" if is_number else "left", no_wrap=True, overflow="ellipsis"
        )
    for row in rows:
        loading = f"{row.worst_loading_pct:.1f} %" if isfinite(row.worst_loading_pct) else "—"
        table.add_row(
            model.label(row.feeder_id), say(f"pattern_{row.pattern}").zh, str(row.tie_count),
            f"{row.load_kva:,.0f}", f"{row.transferable_kva:,.0f}",
            "满足" if row.is_n_minus_1 else "不满足",
            "、".join(model.label(name) for name in row.take_over) or "—", loading,
        )  # fmt: skip
    make_console().print(table)


def explain_node(
    folder: Path,
    node_id: str,
    fields: Mapping[str, str | None],
    *,
    promises: Path | None,
    as_json: bool,
) -> None:
    """Print what one node can still take and its way to the source.

    Raises
    ------
    InputError
        With everything that is wrong, or if the node is unknown or not supplied by a tree.
    """
    asked = _Asked(folder, fields, promises)
    model, rules, question = asked.model, asked.rules, asked.question()
    place = model.place_of_node(model.node_rows[node_id]) if node_id in model.node_rows else None
    if place is None or not place.is_in_tree:
        raise InputError([_not_mapped(node_id, model.grid, is_known=node_id in model.node_rows)])
    part = map_part(model, place.tree, rules, question)
    own = {str(name): value for name, value in part.loc[model.node_rows[node_id]].items()}
    way = explain_way(model, place, rules, question.commitments)
    if as_json:
        document: dict[str, Any] = {
            "node_id": node_id,
            **own,
            "way": [asdict(element) for element in way],
        }
        typer.echo(to_json_text(json_ready(document)))
        return
    console = make_console()
    console.print(
        f"{model.label(node_id)}　馈线 {model.label(str(own['feeder_id']))}　"
        f"功率因数 {question.power_factor:g}"
    )
    console.print(
        f"可开放容量 {own['free_after_promises_kva']:,.1f} kVA"
        f"（承诺前 {own['open_capacity_kva']:,.1f}，受限于 "
        f"{model.label(str(own['open_binding_id']))}）"
    )
    code = str(own["hosting_binding_code"])
    binding = model.label(str(own["hosting_binding_id"]))
    reason = f"，受限于 {binding}（{say(f'label_{code}').zh}）" if code else ""
    console.print(f"可承载容量 {own['hosting_capacity_kva']:,.1f} kVA{reason}　{own['quality']}")
    table = Table(box=None)
    for title in ("元件", "限额 kVA", "峰值 kVA", "已承诺 kVA", "可开放 kVA"):
        table.add_column(title, justify="left" if title == "元件" else "right")
    for element in way:
        numbers = (element.limit_kva, element.peak_kva, element.committed_kva, element.open_kva)
        table.add_row(element.name, *(f"{number:,.1f}" for number in numbers))
    console.print(table)


def _not_mapped(node_id: str, grid: Grid, *, is_known: bool) -> InputProblem:
    name = grid.metadata.name
    if is_known:
        zh = f"节点“{node_id}”未供电，或位于闭环、多电源、缺少数据的部分，无法逐级说明"
        en = (
            f'node "{node_id}" is not supplied, or by a ring, by several sources or where data '
            "are missing: no single way"
        )
    else:
        zh = f"节点为“{node_id}”；应为电网“{name}”中的节点号"
        en = f'node is "{node_id}"; a node of grid "{name}" is right'
    return InputProblem(field="node", zh=zh, en=en)
