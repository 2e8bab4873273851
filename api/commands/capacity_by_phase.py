"""Capacity of one node for a single-phase load, phase by phase."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import typer

from api.commands.capacity import not_mapped
from api.commands.capacity_asked import Asked
from api.terminal import make_console
from api.translate import json_ready, to_json_text
from grid_models.errors import InputError, InputProblem
from grid_models.model import GridModel
from grid_models.topology import LOW_VOLTAGE_KV
from planner.capacity_by_phase import NodePhases, PhaseCapacity, find_node_phases
from planner.messages import say

__all__ = ["explain_node_phases"]


_NO_HOURS = InputProblem(
    field="hour",
    zh="--phases 1 按导入的负荷计算，不能与 --season、--hour、--all-hours 同用",
    en="--phases 1 takes the loads as imported: leave out --season, --hour, --all-hours",
)


def explain_node_phases(
    folder: Path,
    node_id: str,
    fields: Mapping[str, str | None],
    *,
    promises: Path | None,
    as_json: bool,
) -> None:
    """Print the largest single-phase load of a node on each phase, and the best phase.

    Raises
    ------
    InputError
        With everything that is wrong, or if the node is unknown or not supplied by a tree.
    """
    asked = Asked(folder, fields, promises)
    if asked.hours is not None:
        asked.gathered.refuse(_NO_HOURS)
    model, rules, question = asked.model, asked.rules, asked.question()
    row = model.node_rows.get(node_id)
    found = None if row is None else find_node_phases(model, row, rules, question)
    if row is not None and float(model.value("nodes", "vn_kv", row)) > LOW_VOLTAGE_KV:
        raise InputError([_no_single_phase(node_id, float(model.value("nodes", "vn_kv", row)))])
    if found is None:
        raise InputError([not_mapped(node_id, model.grid, is_known=row is not None)])
    limit_kw = rules.number("single_phase_limit")
    largest_kw = min(found.capacity_kva * question.power_factor, limit_kw)
    if as_json:
        powers = {"single_phase_limit_kw": limit_kw, "largest_kw": largest_kw}
        document = {"node_id": node_id, "phases": 1} | _document(found) | powers
        typer.echo(to_json_text(json_ready(document)))
        return
    console = make_console()
    quality = say(f"quality_{found.quality}").zh
    console.print(
        f"{model.label(node_id)}　单相负荷　功率因数 {question.power_factor:g}　{quality}"
    )
    for phase in found.phases:
        console.print(_line(model, phase))
    largest = say("phases_largest", limit=limit_kw, value=largest_kw).zh
    if found.reason is None:
        console.print(f"宜接 {found.best_phase.upper()} 相")
        console.print(largest)
        return
    factor = rules.number("single_phase_drop_factor")
    console.print(f"无法分相计算：{found.reason.zh}。", style="yellow")
    console.print(
        f"按保守界限（三相可承载容量的 {factor:g} 分之一）：{found.capacity_kva:,.1f} kVA"
    )
    console.print(largest)


def _no_single_phase(node_id: str, kv: float) -> InputProblem:
    return InputProblem(
        field="node",
        zh=f"节点 {node_id} 为 {kv:g} kV；单相只有低压供电，应为低压节点",
        en=f"node {node_id} has {kv:g} kV; one phase is supplied at low voltage only, "
        "give a low-voltage node",
    )


def _document(found: NodePhases) -> dict[str, object]:
    reason = found.reason
    return {
        "quality": found.quality,
        "capacity_kva": found.capacity_kva,
        "best_phase": found.best_phase or None,
        "by_phase": [
            {
                "phase": one.phase,
                "capacity_kva": one.capacity_kva,
                "binding_id": one.binding_id,
                "binding_code": one.binding_code,
                "binding_phase": one.binding_phase,
            }
            for one in found.phases
        ],
        "reason": {"zh": reason.zh, "en": reason.en} if reason else None,
    }


def _line(model: GridModel, phase: PhaseCapacity) -> str:
    text = f"{phase.phase.upper()} 相 {phase.capacity_kva:,.1f} kVA"
    if not phase.binding_id:
        return text
    on = f"，{phase.binding_phase.upper()} 相" if phase.binding_phase else ""
    label = say(f"label_{phase.binding_code}").zh
    return f"{text}，受限于 {model.label(phase.binding_id)}（{label}{on}）"
