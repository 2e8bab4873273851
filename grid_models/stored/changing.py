"""Changing a published grid: some rows of some source trees, without touching the rest of the city.

Only the trees that the rows belong to are compiled and solved again; what came out is laid over the
grid's files (`stored.overlay`). Whatever would hang elements elsewhere (other ends, another
switching state that counts, rows added or taken away) needs the grid to be published anew.
"""

from __future__ import annotations

import hashlib
import shutil
import uuid
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from grid_models.errors import InputError, InputProblem
from grid_models.grid import TABLES, Grid
from grid_models.model import GridModel
from grid_models.place import Place
from grid_models.schema import find_problems, verdict
from grid_models.storage import CHANGED_FORMAT, read_metadata, replace_metadata
from grid_models.stored.changed_problems import (
    find_forbidding,
    find_new_problems,
    merge_problems,
)
from grid_models.stored.cutting import cut_trees
from grid_models.stored.entries import find_entries
from grid_models.stored.model import StoredModel
from grid_models.stored.opening import open_model
from grid_models.stored.overlay import CHANGES, Overlay, write_overlay
from grid_models.stored.refusals import refusal
from grid_models.stored.replacing import (
    KEPT,
    Where,
    find_differing,
    find_moved,
    place_of,
    replaced,
)

__all__ = ["KEPT", "write_change"]

Ints = npt.NDArray[np.int64]

# Tables whose rows belong to no tree, or to all of one source.
_OF_ALL = ("curves", "streets", "restricted_areas", "sources")


def write_change(
    folder: Path, rows: Mapping[str, pd.DataFrame], *, where: Where | None = None
) -> str:
    """Give some rows of a published grid other values, whole or not at all; return its version.

    Processes that have the grid open keep it as it was. The version is a hash of the one before and
    of what changed.

    Parameters
    ----------
    folder
        Grid that `storage.write_grid` made.
    rows
        By table: rows that exist already, by id, with the columns to be changed. A cell that is
        `KEPT` stays as it is.
    where
        By table and id: where the row was given (``loads.csv:3``), to be named in sentences.

    Raises
    ------
    InputError
        The folder cannot be opened or written; a row or column is unknown, there twice, or of no
        tree; an element would hang elsewhere; the data would have an error that they had not, or
        would be what they were. Every problem at once.
    """
    where = where or {}
    rows = {
        table: frame.set_axis(pd.Index([str(name) for name in frame.index], dtype=object))
        for table, frame in rows.items()
    }
    stored = read_metadata(folder)
    model = open_model(folder)
    at, problems = _find_rows(model, rows, where)
    numbers, astray = _find_trees(model, at, where)
    if problems := [*problems, *astray]:
        raise InputError(problems)
    if not numbers:
        raise _unchanged(folder)
    before, part_rows = cut_trees(model, numbers)
    part = replaced(before, rows)
    differing = find_differing(before, part, rows)
    if not any(is_other.to_numpy().any() for is_other in differing.values()):
        raise _unchanged(folder)
    faults = find_problems(before), find_problems(part)
    problems = [
        *find_moved(differing, where),
        *find_forbidding(find_new_problems(*faults), part, differing, where),
    ]
    if problems:
        raise InputError(problems)
    made = GridModel.of(part)
    arrays = find_entries(model, numbers, made, part_rows)
    changed = {table: getattr(part, table).loc[list(frame.index)] for table, frame in rows.items()}
    change_hash = Grid.build(part.metadata, **changed).version
    version = hashlib.sha256(f"{model.version}\x1f{change_hash}".encode()).hexdigest()[:16]
    overlay = Overlay(
        arrays=arrays, tables={table: (at[table], frame) for table, frame in changed.items()}
    )
    merged = merge_problems(model.problems, *faults)
    own = folder / CHANGES / uuid.uuid4().hex[:12]
    try:
        files = write_overlay(overlay, own)
        change = {"key": own.name, "files": files, "from": model.version, "version": version}
        new = {
            "version": version,
            "problems": [asdict(problem) for problem in merged],
            "verdict": verdict(merged),
            "changes": [*stored.get("changes", []), change],
            "format": CHANGED_FORMAT,
        }
        replace_metadata(folder, {**stored, **new})
    except OSError as error:
        shutil.rmtree(own, ignore_errors=True)
        reason = error.strerror or str(error)
        raise refusal(folder, f"无法写入({reason})", f"cannot be written ({reason})") from error
    return version


def _find_rows(
    model: StoredModel, rows: Mapping[str, pd.DataFrame], where: Where
) -> tuple[dict[str, Ints], list[InputProblem]]:
    """Numbers of the rows to be changed, by table, those that are there; and what is wrong."""
    problems, found = [], {}
    for table, frame in rows.items():
        if table not in TABLES or table in _OF_ALL:
            problems.append(
                InputProblem(
                    field=table,
                    zh=f"表 {table} 不能单独更改，请重新发布整个电网",
                    en=f"table {table} cannot be changed alone; publish the grid anew",
                )
            )
            continue
        for name in frame.columns.difference(list(TABLES[table])):
            problems.append(
                InputProblem(
                    field=table,
                    zh=f"表 {table} 没有列“{name}”；应为 {', '.join(TABLES[table])} 之一",
                    en=f'table {table} has no column "{name}"; one of {", ".join(TABLES[table])} '
                    "is right",
                )
            )
        for name in frame.index[frame.index.duplicated()].unique():
            problems.append(
                InputProblem(
                    field=table,
                    zh=f"表 {table} 的 {name} 给出了不止一次；每个 id 应只出现一次",
                    en=f"table {table} has {name} more than once; every id may be there once only",
                )
            )
        at = [model.row_of(table, name) for name in frame.index]
        for name in (name for name, row in zip(frame.index, at, strict=True) if row < 0):
            place = place_of(table, name, where)
            problems.append(
                InputProblem(
                    field=table,
                    zh=f"{place}表 {table} 没有 {name}；新增元件需重新发布整个电网",
                    en=f"{place}table {table} has no {name}; a new element needs the grid "
                    "published anew",
                )
            )
        found[table] = np.array([row for row in at if row >= 0], dtype=np.int64)
    return found, problems


def _find_trees(
    model: StoredModel, at: Mapping[str, Ints], where: Where
) -> tuple[list[int], list[InputProblem]]:
    """Numbers of the trees that rows belong to, in order; and the rows that belong to none."""
    numbers: set[int] = set()
    problems = []
    for table, rows in at.items():
        for row in rows.tolist():
            lies_at = _place(model, table, row)
            if lies_at is not None and lies_at.is_in_tree:
                numbers.add(lies_at.tree)
                continue
            name = str(model.value(table, "id", row))
            place = place_of(table, name, where)
            problems.append(
                InputProblem(
                    field=table,
                    zh=f"{place}{name} 未供电，或位于闭环、多电源、缺少数据的部分；"
                    "请重新发布整个电网",
                    en=f"{place}{name} is not supplied, or by a ring, by several sources or where "
                    "data are missing; publish the grid anew",
                )
            )
    return sorted(numbers), problems


def _place(model: StoredModel, table: str, row: int) -> Place | None:
    """Return where a row's element lies."""
    match table:
        case "nodes":
            return model.place_of_node(row)
        case "lines":
            return model.place_of_line(row)
        case "transformers":
            return model.place_of_transformer(row)
        case "limits":
            element = model.value(table, "element_id", row)
            for kind in ("lines", "transformers", "switches"):
                if (own := model.row_of(kind, element)) >= 0:
                    return _place(model, kind, own)
            return None
        case _:
            node = model.row_of("nodes", model.value(table, "node", row))
            return model.place_of_node(node) if node >= 0 else None


def _unchanged(folder: Path) -> InputError:
    return InputError(
        [
            InputProblem(
                field="rows",
                zh=f"没有可更改的内容：所给各值与 {folder} 中的相同，应至少有一个值不同",
                en=f"nothing to change: all values given are those that {folder} has; at least "
                "one has to differ",
            )
        ]
    )
