"""Misfits: what an edit takes for granted and a grid does not have so."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

import numpy as np

from grid_models.edits.alteration import ChangePowers, ReplaceConductor, SetService, SetSwitches
from grid_models.edits.construction import AddGenerators, AddLine, AddTransformer
from grid_models.edits.edit import AddLoads, ConnectCustomer, Edit, ReplaceTransformer
from grid_models.errors import InputProblem
from grid_models.grid import Grid

__all__ = ["find_misfits"]


def find_misfits(edit: Edit, grid: Grid) -> Iterator[InputProblem]:
    """Find what stands otherwise than an edit needs it; what it cannot find is not looked at."""
    match edit:
        case AddLine():
            yield from _find_line_misfits(edit, grid)
        case AddTransformer():
            if edit.hv_node == edit.lv_node:
                yield _same_ends(edit.transformer_id, edit.hv_node)
        case ChangePowers():
            yield from _find_other_powers(edit, grid)
        case SetSwitches():
            yield from _find_other_positions(edit, grid)
        case SetService():
            yield from _find_other_service(edit, grid)
        case (
            ConnectCustomer()
            | ReplaceTransformer()
            | ReplaceConductor()
            | AddLoads()
            | AddGenerators()
        ):
            pass
        case _:
            assert_never(edit)


def _find_line_misfits(edit: AddLine, grid: Grid) -> Iterator[InputProblem]:
    if edit.from_node == edit.to_node:
        yield _same_ends(edit.line_id, edit.from_node)
    if not (np.isfinite(edit.length_m) and edit.length_m > 0.0):
        yield InputProblem(
            field="length_m",
            zh=f"线路 {edit.line_id} 的长度 {edit.length_m} 应大于 0",
            en=f"the length {edit.length_m} of line {edit.line_id} has to be above 0",
        )
    vn_kv = grid.nodes["vn_kv"]
    first, last = vn_kv.get(edit.from_node), vn_kv.get(edit.to_node)
    if edit.new_node is None and None not in (first, last) and first != last:
        yield InputProblem(
            field="to_node",
            zh=f"线路 {edit.line_id} 两端电压不同：{edit.from_node} 为 {first:g} kV，"
            f"{edit.to_node} 为 {last:g} kV；两端电压应相同",
            en=f"line {edit.line_id} joins {edit.from_node} at {first:g} kV and {edit.to_node} at "
            f"{last:g} kV; its ends have to be at one voltage",
        )


def _find_other_powers(edit: ChangePowers, grid: Grid) -> Iterator[InputProblem]:
    rows = grid.tables()[edit.table][["p_kw", "q_kvar", "scaling"]]
    known = [change for change in edit.changes if change.element_id in rows.index]
    present = rows.loc[[change.element_id for change in known]].to_numpy()
    expected = np.array([change.before for change in known]).reshape(-1, rows.shape[1])
    is_other = ~((present == expected) | (np.isnan(present) & np.isnan(expected))).all(axis=1)
    for change in (known[k] for k in np.flatnonzero(is_other)):
        yield InputProblem(
            field=edit.table,
            zh=f"{change.element_id} 的功率已不是该修改所据的 {change.before.p_kw:g} kW",
            en=f"the power of {change.element_id} is no longer the {change.before.p_kw:g} kW "
            "this edit starts from",
        )


def _find_other_positions(edit: SetSwitches, grid: Grid) -> Iterator[InputProblem]:
    is_closed = grid.switches["is_closed"]
    for names, closes in ((edit.closed, True), (edit.opened, False)):
        zh, en = ("合闸", "closed") if closes else ("分闸", "open")
        for name in names:
            if is_closed.get(name) == closes:
                yield InputProblem(
                    field="switches",
                    zh=f"开关 {name} 已在{zh}位置",
                    en=f"switch {name} is {en} already",
                )
    for name in sorted({*edit.closed} & {*edit.opened}):
        yield InputProblem(
            field="switches",
            zh=f"开关 {name} 不能既合闸又分闸",
            en=f"switch {name} cannot be both closed and opened",
        )


def _find_other_service(edit: SetService, grid: Grid) -> Iterator[InputProblem]:
    service = grid.tables()[edit.table]["is_in_service"]
    zh, en = ("投运", "in service") if edit.is_in_service else ("停运", "out of service")
    for name in edit.element_ids:
        if service.get(name) == edit.is_in_service:
            yield InputProblem(
                field=edit.table, zh=f"{name} 已经{zh}", en=f"{name} is {en} already"
            )


def _same_ends(element_id: str, node_id: str) -> InputProblem:
    return InputProblem(
        field="to_node",
        zh=f"{element_id} 的两端同为 {node_id}，应为两个不同的节点",
        en=f"both ends of {element_id} are {node_id}; they have to be two nodes",
    )
