"""Changing a published grid: some rows of some source trees, without touching the rest of the city.

Only the trees that the rows belong to are compiled and solved again; what came out is laid over the
grid's files (`stored.overlay`). Whatever would hang elements elsewhere (other ends, another
switching state that counts, rows added or taken away) needs the grid to be published anew.
"""

from __future__ import annotations

import hashlib
import shutil
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from grid_models.errors import InputError, InputProblem
from grid_models.grid import TABLES, Grid, Problem, make_table
from grid_models.model import GridModel
from grid_models.place import Place
from grid_models.schema import find_problems, sort_problems, verdict
from grid_models.storage import CHANGED_FORMAT, read_metadata, replace_metadata
from grid_models.stored.cutting import cut_trees
from grid_models.stored.entries import find_entries
from grid_models.stored.model import StoredModel
from grid_models.stored.opening import open_model
from grid_models.stored.overlay import CHANGES, Overlay, write_overlay
from grid_models.stored.refusals import refusal

__all__ = ["write_change"]

Ints = npt.NDArray[np.int64]

# What says where an element hangs or lies: another one there, and the grid is another.
_FIXED = frozenset(
    {"node", "from_node", "to_node", "hv_node", "lv_node", "element_id", "element_kind", "lon",
     "lat", "geometry"}
)  # fmt: skip
# Tables whose rows belong to no tree, or to all of one source.
_OF_ALL = ("curves", "streets", "restricted_areas", "sources")


def write_change(folder: Path, rows: Mapping[str, pd.DataFrame]) -> str:
    """Give some rows of a published grid other values, whole or not at all; return its version.

    Processes that have the grid open keep it as it was. The version is a hash of the one before and
    of what changed.

    Parameters
    ----------
    folder
        Grid that `storage.write_grid` made.
    rows
        By table: rows that exist already, by id, with the columns to be changed.

    Raises
    ------
    InputError
        The folder cannot be opened or written; a row or column is unknown, or is of no tree; an
        element would hang elsewhere. Every problem at once.
    """
    stored = read_metadata(folder)
    model = open_model(folder)
    at = _find_rows(model, rows)
    numbers = sorted(_find_trees(model, at))
    before, part_rows = cut_trees(model, numbers)
    part = _replaced(before, rows)
    if moved := list(_find_moved(before, part, rows)):
        raise InputError(moved)
    made = GridModel.of(part)
    arrays = find_entries(model, numbers, made, part_rows)
    changed = {table: getattr(part, table).loc[list(frame.index)] for table, frame in rows.items()}
    change_hash = Grid.build(part.metadata, **changed).version
    version = hashlib.sha256(f"{model.version}\x1f{change_hash}".encode()).hexdigest()[:16]
    overlay = Overlay(
        arrays=arrays, tables={table: (at[table], frame) for table, frame in changed.items()}
    )
    problems = _merged(model.problems, find_problems(before), made.problems)
    own = folder / CHANGES / uuid.uuid4().hex[:12]
    try:
        files = write_overlay(overlay, own)
        change = {"key": own.name, "files": files, "from": model.version, "version": version}
        new = {
            "version": version,
            "problems": [asdict(problem) for problem in problems],
            "verdict": verdict(problems),
            "changes": [*stored.get("changes", []), change],
            "format": CHANGED_FORMAT,
        }
        replace_metadata(folder, {**stored, **new})
    except OSError as error:
        shutil.rmtree(own, ignore_errors=True)
        reason = error.strerror or str(error)
        raise refusal(folder, f"无法写入({reason})", f"cannot be written ({reason})") from error
    return version


def _find_rows(model: StoredModel, rows: Mapping[str, pd.DataFrame]) -> dict[str, Ints]:
    """Numbers of the rows to be changed, by table."""
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
        at = [model.row_of(table, str(name)) for name in frame.index]
        unknown = [str(name) for name, row in zip(frame.index, at, strict=True) if row < 0]
        for name in unknown:
            problems.append(
                InputProblem(
                    field=table,
                    zh=f"表 {table} 没有 {name}；新增元件需重新发布整个电网",
                    en=f"table {table} has no {name}; a new element needs the grid published anew",
                )
            )
        found[table] = np.array(at, dtype=np.int64)
    if problems:
        raise InputError(problems)
    return found


def _find_trees(model: StoredModel, at: Mapping[str, Ints]) -> set[int]:
    """Numbers of the trees that rows belong to."""
    numbers: set[int] = set()
    problems = []
    for table, rows in at.items():
        for row in rows.tolist():
            place = _place(model, table, row)
            if place is not None and place.is_in_tree:
                numbers.add(place.tree)
                continue
            name = model.value(table, "id", row)
            problems.append(
                InputProblem(
                    field=table,
                    zh=f"{name} 未供电，或位于闭环、多电源、缺少数据的部分；请重新发布整个电网",
                    en=f"{name} is not supplied, or by a ring, by several sources or where data "
                    "are missing; publish the grid anew",
                )
            )
    if problems:
        raise InputError(problems)
    return numbers


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


def _replaced(grid: Grid, rows: Mapping[str, pd.DataFrame]) -> Grid:
    """Return a grid with other values in some rows."""
    tables = {}
    for table, frame in rows.items():
        typed = make_table(table, frame)
        before = getattr(grid, table)
        own = before.index.get_indexer(typed.index)
        changed = {}
        for name in frame.columns:
            values = before[name].to_numpy(copy=True)
            values[own] = typed[name].to_numpy()
            changed[name] = values
        tables[table] = before.assign(**changed)
    return replace(grid, **tables)


def _find_moved(
    before: Grid, part: Grid, rows: Mapping[str, pd.DataFrame]
) -> Iterator[InputProblem]:
    for table, frame in rows.items():
        own = list(frame.index)
        for name in sorted(_FIXED.intersection(frame.columns)):
            old, new = (getattr(grid, table).loc[own, name].to_numpy() for grid in (before, part))
            is_other = ~(pd.Series(old).eq(pd.Series(new)) | (pd.isna(old) & pd.isna(new)))
            for element in np.array(own, dtype=object)[is_other]:
                yield InputProblem(
                    field=table,
                    zh=f"{element} 的 {name} 与原来不同；位置或连接改变需重新发布整个电网",
                    en=f"{name} of {element} is another than before; what hangs or lies elsewhere "
                    "needs the grid published anew",
                )


def _merged(
    city: Sequence[Problem], before: Sequence[Problem], after: Sequence[Problem]
) -> tuple[Problem, ...]:
    """Problems of the city once its part that had some has others.

    What is said of a grid as a whole, with no element named, stays as it was.
    """
    cured, caught = _by_kind(before), _by_kind(after)
    merged = {}
    for kind, problem in {_kind(p): p for p in (*after, *city)}.items():
        ids = set(problem.ids) if problem in city else set()
        ids |= caught.get(kind, set()) - cured.get(kind, set())
        ids -= cured.get(kind, set()) - caught.get(kind, set())
        if ids or (problem in city and not problem.ids):
            merged[kind] = replace(problem, ids=tuple(sorted(ids)))
    return sort_problems(merged.values())


def _by_kind(problems: Sequence[Problem]) -> dict[tuple[str, ...], set[str]]:
    return {_kind(problem): set(problem.ids) for problem in problems}


def _kind(problem: Problem) -> tuple[str, ...]:
    return problem.code, problem.table, problem.zh, problem.en
