"""Capacity: what every node of a grid can still take, or one node with its explanation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from math import inf, isfinite
from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from api.capacity_files import refuse_target, write_capacity
from api.capacity_run import Run, discard_parts, run_capacity
from api.commands.capacity_asked import Asked
from api.terminal import make_console
from api.translate import json_ready, to_json_text
from grid_models.errors import InputError, InputProblem
from grid_models.grid import Grid
from grid_models.model import GridModel
from grid_models.stars import STAR
from planner.capacity import count_parts, map_node, rows_of_part
from planner.capacity_way import explain_way
from planner.feeders import (
    FeederRow,
    MainTransformerRow,
    list_feeders,
    list_main_transformers,
)
from planner.messages import say
from planner.short_circuit import NodeShortCircuit, find_node_short_circuit
from planner.stars import star_sentences

__all__ = ["explain_node", "map_grid", "not_mapped", "show_feeders"]

_FEEDER_TITLES = ("馈线", "负荷 kVA", "按 k 可开放", "可转供 kVA", "N-1", "转供后")
_NO_HOURS = InputProblem(
    field="hour",
    zh="--feeders 按导入的负荷校验转供，不能与 --season、--hour、--all-hours 同用",
    en="--feeders takes the loads as imported: leave out --season, --hour, --all-hours",
)
# Source trees without a solution that are named.
_SHOWN = 5
_TRANSFORMER_TITLES = ("主变", "负荷 kVA", "可转供 kVA", "N-1", "转供后")


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
    asked = Asked(folder, fields, promises)
    rows = len(asked.found.network.bus_of_node) if asked.found else 0
    asked.gathered.attempt(lambda: refuse_target(output, force=force, rows=rows))
    model, rules = asked.model, asked.rules
    run = Run(
        folder=folder.resolve(), version=model.version, area=rules.area, on_date=rules.on_date,
        question=asked.question(),
    )  # fmt: skip
    total = sum(len(rows_of_part(model, number)) for number in range(count_parts(model)))
    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("容量 capacity", total=total)
        table = run_capacity(
            run, model, output, scheduler=scheduler, workers=asked.workers,
            progress=lambda count: bar.advance(task, count),
        )  # fmt: skip
    write_capacity(table, output)
    discard_parts(run, output)
    is_unknown = table["quality"] == "unknown"
    console = make_console()
    console.print(
        f"{output}：{len(table):,} 个节点，其中 {is_unknown.sum():,} 个未知"
        "（未供电、缺少数据或无解）。"
        "各节点单独计算，容量不可相加。"
    )
    unsolved = sorted(set(table.loc[is_unknown, "source_tree_id"]) - {""})
    if unsolved:
        named = "、".join(model.label(name) for name in unsolved[:_SHOWN])
        more = f" 等 {len(unsolved):,} 个" if len(unsolved) > _SHOWN else ""
        console.print(f"潮流无解的电源树：{named}{more}；其余照常给出。", style="yellow")


def show_feeders(
    folder: Path,
    fields: Mapping[str, str | None],
    *,
    promises: Path | None,
    as_json: bool,
) -> None:
    """Print feeders and main transformers with what another takes over when one is lost.

    Raises
    ------
    InputError
        With everything that is wrong with what was asked.
    """
    asked = Asked(folder, fields, promises)
    if asked.hours is not None:
        asked.gathered.refuse(_NO_HOURS)
    model, rules = asked.model, asked.rules
    with make_console(stderr=True).status("逐条馈线校验转供 transfers …"):
        rows = list_feeders(model, rules, asked.commitments)
        transformers = list_main_transformers(model, rules, asked.commitments)
    if as_json:
        document = {
            "feeders": [asdict(row) for row in rows],
            "main_transformers": [asdict(row) for row in transformers],
        }
        typer.echo(to_json_text(json_ready(document)))
        return
    console = make_console()
    console.print(_feeder_table(model, rows))
    console.print(_transformer_table(model, transformers))
    if meshes := len(model.compiled.meshes):
        text = f"另有 {meshes} 个闭环、多电源或含恒压发电机的部分，无单一馈线，未列出。"
        console.print(text, style="yellow")


def _table(titles: Sequence[str]) -> Table:
    """Return an empty table: names wrap, numbers do not."""
    table = Table(box=None, padding=(0, 1))
    table.add_column(titles[0], overflow="fold")
    for title in titles[1:]:
        table.add_column(title, justify="right", no_wrap=True)
    return table


def _feeder_table(model: GridModel, rows: Sequence[FeederRow]) -> Table:
    table = _table(_FEEDER_TITLES)
    for row in rows:
        takers = "、".join(model.label(name) for name in row.take_over)
        about = f"{say(f'pattern_{row.pattern}').zh}，联络 {row.tie_count}"
        table.add_row(
            f"{model.label(row.feeder_id)}\n  {about}{f'，由 {takers} 转供' if takers else ''}",
            f"{row.load_kva:,.0f}", f"{row.open_by_k_kva:,.0f}", f"{row.transferable_kva:,.0f}",
            *_verdict(row),
        )  # fmt: skip
    return table


def _transformer_table(model: GridModel, rows: Sequence[MainTransformerRow]) -> Table:
    table = _table(_TRANSFORMER_TITLES)
    for row in rows:
        couplers = "、".join(model.label(name) for name in row.coupler_ids)
        below = f"\n  母联 {couplers}" if couplers else ""
        table.add_row(
            f"{model.label(row.transformer_id)}{below}",
            f"{row.load_kva:,.0f}", f"{row.transferable_kva:,.0f}", *_verdict(row),
        )  # fmt: skip
    return table


def _verdict(row: FeederRow | MainTransformerRow) -> tuple[str, str]:
    loading = f"{row.worst_loading_pct:.1f} %" if isfinite(row.worst_loading_pct) else "—"
    return "满足" if row.is_n_minus_1 else "不满足", loading


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
        With everything that is wrong, or if the node is unknown or not supplied.
    """
    asked = Asked(folder, fields, promises)
    model, rules, question = asked.model, asked.rules, asked.question()
    row = model.node_rows.get(node_id)
    part = None if row is None else map_node(model, row, rules, question)
    place = None if row is None else model.place_of_node(row)
    if row is None or part is None or place is None:
        raise InputError([not_mapped(node_id, model.grid, is_known=row is not None)])
    own = {str(name): value for name, value in part.iloc[0].items()}
    # a mesh has no way of one element after another
    is_known = own["quality"] != "unknown"
    hour = str(own["open_hour"])
    way = (
        explain_way(model, place, rules, question.commitments, hour)
        if place.is_in_tree and is_known
        else ()
    )
    short_circuit = find_node_short_circuit(model, row, rules)
    if as_json:
        document: dict[str, Any] = {
            "node_id": node_id,
            **own,
            "short_circuit": asdict(short_circuit),
            "way": [asdict(element) for element in way],
        }
        typer.echo(to_json_text(json_ready(document)))
        return
    console = make_console()
    where = f"馈线 {model.label(str(own['feeder_id']))}" if place.is_in_tree else "闭环或多电源部分"
    console.print(f"{model.label(node_id)}　{where}　功率因数 {question.power_factor:g}")
    if is_known:
        _print_capacities(console, model, own)
    else:
        console.print("可开放容量、可承载容量：未知（潮流无解）", style="yellow")
    console.print(_short_circuit_line(short_circuit))
    if not way:
        return
    if hour:
        console.print(f"以下为 {hour_in_chinese(hour)} 的逐级情况")
    table = Table(box=None)
    for title in ("元件", "限额 kVA", "峰值 kVA", "已承诺 kVA", "可开放 kVA"):
        table.add_column(title, justify="left" if title == "元件" else "right")
    for element in way:
        numbers = (element.limit_kva, element.peak_kva, element.committed_kva, element.open_kva)
        table.add_row(element.name, *(_kva(number) for number in numbers))
    console.print(table)


def _print_capacities(console: Console, model: GridModel, own: Mapping[str, Any]) -> None:
    """Print open and hosting capacity of a node, with what binds them and in which hour."""
    binding, hour = str(own["open_binding_id"]), str(own["open_hour"])
    about = [f"承诺前 {_kva(own['open_capacity_kva'])}"]
    about += [f"受限于 {model.label(binding)}"] if binding else []
    about += [hour_in_chinese(hour)] if hour else []
    console.print(f"可开放容量 {_kva(own['free_after_promises_kva'])} kVA（{'，'.join(about)}）")
    code, hour = str(own["hosting_binding_code"]), str(own["hosting_hour"])
    about = []
    if code:
        binding = model.label(str(own["hosting_binding_id"]))
        about += [f"受限于 {binding}（{say(f'label_{code}').zh}）"]
    about += [hour_in_chinese(hour)] if hour else []
    about += [say(f"quality_{own['quality']}").zh]
    console.print(f"可承载容量 {_kva(own['hosting_capacity_kva'])} kVA，{'，'.join(about)}")


def _kva(value: float) -> str:
    """Write a number for people: what nothing binds is without limit."""
    return "不限" if value == inf else f"{value:,.1f}"


def hour_in_chinese(name: str) -> str:
    """Write the name of a load case for people."""
    season, _, hour = name.partition(" ")
    return f"{say(f'season_{season}').zh} {hour}".rstrip()


def _short_circuit_line(found: NodeShortCircuit) -> str:
    """Say both currents in one line; what is unknown is said to be so."""
    if found.max_ka is None:
        greatest = "未知（有旋转电机，无法给出上限）" if found.has_machine else "未知"
    elif isfinite(found.max_ka):
        greatest = f"{'不超过 ' if found.max_is_bound else ''}{found.max_ka:.2f} kA"
    else:
        greatest = "无上限（电源短路容量未知）"
    least = "未知（电源最小短路容量未知）" if found.min_ka is None else f"{found.min_ka:.2f} kA"
    return f"三相短路电流 最大 {greatest}，最小 {least}"


def not_mapped(node_id: str, grid: Grid, *, is_known: bool) -> InputProblem:
    """Say why a node has no capacity."""
    name = grid.metadata.name
    if is_known and grid.nodes.at[node_id, "kind"] == STAR:
        zh, en = star_sentences(node_id)
        zh, en = f"节点{zh}", f"node {en}"
    elif is_known:
        zh = f"节点“{node_id}”未供电，或位于缺少数据的部分，无法计算"
        en = f'node "{node_id}" is not supplied, or data are missing there: nothing to compute'
    else:
        zh = f"节点为“{node_id}”；应为电网“{name}”中的节点号"
        en = f'node is "{node_id}"; a node of grid "{name}" is right'
    return InputProblem(field="node", zh=zh, en=en)
