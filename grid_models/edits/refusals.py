"""Refusals: why an edit cannot be made in a grid, or not be taken back; every reason at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from grid_models.edits.alteration import (
    ChangePowers,
    ReplaceConductor,
    SetService,
    SetSwitches,
    opposite,
)
from grid_models.edits.edit import (
    ConnectCustomer,
    Edit,
    ReplaceTransformer,
    added_ids,
    taken_bays,
    used_ids,
)
from grid_models.edits.misfits import find_misfits
from grid_models.errors import InputError, InputProblem
from grid_models.grid import Grid
from grid_models.problems.messages import TABLE_NAMES

__all__ = ["refuse_apply", "refuse_revert"]


def refuse_apply(edit: Edit, grid: Grid) -> None:
    """Raise an `InputError` if an edit cannot be made."""
    _refuse(
        [
            *_find_unknown(edit, grid),
            *_find_repeated(edit, grid),
            *_find_misfits(edit, grid),
            *find_misfits(edit, grid),
        ]
    )


def refuse_revert(edit: Edit, grid: Grid) -> None:
    """Raise an `InputError` if an edit was not made in a grid."""
    if isinstance(edit, ChangePowers | SetSwitches | SetService):
        other = opposite(edit)
        _refuse([*_find_unknown(other, grid), *find_misfits(other, grid)])
    _refuse(
        InputProblem(
            field=table,
            zh=f"电网的{TABLE_NAMES[table][0]}中没有 {name}：该修改未作用于此电网，无法撤销",
            en=f"the grid has no {name} among its {table}: this edit was not made in it",
        )
        for table, names in added_ids(edit).items()
        for name in names
        if name not in grid.tables()[table].index
    )


def _refuse(problems: Iterable[InputProblem]) -> None:
    if found := list(problems):
        raise InputError(found)


def _find_unknown(edit: Edit, grid: Grid) -> Iterator[InputProblem]:
    for table, names in used_ids(edit).items():
        for name in names:
            if name not in grid.tables()[table].index:
                yield InputProblem(
                    field=table,
                    zh=f"电网的{TABLE_NAMES[table][0]}中没有 {name}，应为已有编号",
                    en=f"the grid has no {name} among its {table}; give an id that it has",
                )


def _find_repeated(edit: Edit, grid: Grid) -> Iterator[InputProblem]:
    for table, names in added_ids(edit).items():
        for k, name in enumerate(names):
            is_there = name in grid.tables()[table].index
            if is_there and isinstance(edit, ReplaceTransformer | ReplaceConductor):
                yield InputProblem(
                    field=table,
                    zh=f"{edit.element_id} 已更换过一次（原设备为 {name}），不能再次更换",
                    en=f"{edit.element_id} was replaced before (what it was is {name}); "
                    "it is not replaced twice",
                )
            elif is_there or name in names[:k]:
                yield InputProblem(
                    field=table,
                    zh=f"编号 {name} 已存在，新增元件须用新编号",
                    en=f"there is a {name} already; what is added needs an id of its own",
                )


def _find_misfits(edit: Edit, grid: Grid) -> Iterator[InputProblem]:
    position = edit.position if isinstance(edit, ConnectCustomer) else None
    if position is not None and not 0.0 < position < 1.0:
        yield InputProblem(
            field="position",
            zh=f"线路上的位置 {position} 应在 0 与 1 之间，不含 0 和 1",
            en=f"position {position} on a line has to lie between 0 and 1, both excluded",
        )
    taken = taken_bays(edit)
    for k, bay in enumerate(taken):
        if bay in taken[:k] or not grid.bays["is_spare"].get(bay, True):
            yield InputProblem(
                field="bays",
                zh=f"间隔 {bay} 已被占用，应选备用间隔",
                en=f"bay {bay} is taken; choose a spare one",
            )
