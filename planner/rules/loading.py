"""Loading: an area's rule files, and those they extend, become one rule book."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import date
from pathlib import Path

from grid_models.errors import InputError, InputProblem
from planner.rules.book import RuleBook
from planner.rules.reading import RuleFile, find_row_problems, make_problem, read_rule_file
from planner.rules.rule import Rule

__all__ = ["available_areas", "load_rule_book"]

_FOLDER = Path(__file__).parent


def available_areas(*, folder: Path = _FOLDER) -> tuple[str, ...]:
    """Return the areas that have a rule file, sorted.

    Parameters
    ----------
    folder
        Where the files ``<area>.toml`` lie.
    """
    return tuple(sorted(path.stem for path in folder.glob("*.toml")))


def load_rule_book(area: str, *, folder: Path = _FOLDER) -> RuleBook:
    """Return every rule of an area, checked.

    A file that extends another area takes over its rows; its own rows of an id replace all of the
    other's rows of that id. Its adoption covers every row nobody adopted by name.

    Parameters
    ----------
    area
        Name of the area, one of `available_areas`.
    folder
        Where the files ``<area>.toml`` lie.

    Raises
    ------
    InputError
        If there is no such area, or its files are not well formed; lists everything at once.
    """
    files = _read_chain(area, folder)
    rows: tuple[Rule, ...] = ()
    for file in reversed(files):
        rows = _override(rows, file) if file.extends else file.rows
    own = files[0]
    if own.adopted_by:
        rows = tuple(row if row.is_adopted else _adopted(row, own) for row in rows)
    digest = hashlib.sha256("\x1f".join(file.text for file in files).encode())
    return RuleBook(
        area=area,
        title_zh=own.title_zh,
        title_en=own.title_en,
        is_example=own.is_example,
        version=digest.hexdigest()[:16],
        rows=tuple(sorted(rows, key=lambda row: (row.rule_id, row.effective_from))),
    )


def _read_chain(area: str, folder: Path) -> list[RuleFile]:
    """Read the area's file, then the one it extends, and so on."""
    files = [read_rule_file(_path(area, folder, named_in="area"))]
    while (parent := files[-1].extends) is not None:
        name = f"{files[-1].area}.toml"
        if parent in {file.area for file in files}:
            zh, en = f"经 {parent} 又继承了自身", f"extends itself by way of '{parent}'"
            raise InputError([make_problem(name, "", zh, en)])
        files.append(read_rule_file(_path(parent, folder, named_in=name)))
    return files


def _path(area: str, folder: Path, *, named_in: str) -> Path:
    areas = available_areas(folder=folder)
    if area not in areas:
        known = ", ".join(areas)
        zh = f"没有地区“{area}”的规则，可选：{known}"
        en = f"there are no rules for the area '{area}'; there are: {known}"
        raise InputError([InputProblem(field=named_in, zh=zh, en=en)])
    return folder / f"{area}.toml"


def _override(inherited: tuple[Rule, ...], file: RuleFile) -> tuple[Rule, ...]:
    """Let the file's rows of an id replace the inherited ones, which must be of the same kind."""
    name = f"{file.area}.toml"
    known = {row.rule_id: row for row in inherited}
    own_ids = {row.rule_id for row in file.rows}
    problems = [
        make_problem(name, rule_id, f"在 {file.extends} 中不存在", f"is not in '{file.extends}'")
        for rule_id in sorted(own_ids - set(known))
    ]
    # Put before all dates, a replaced row overlaps nothing: only unit and kind are held against it.
    models = [
        replace(known[rule_id], effective_from=date.min, effective_to=date.min)
        for rule_id in sorted(own_ids & set(known))
    ]
    problems += find_row_problems([*models, *file.rows], name)
    if problems:
        raise InputError(problems)
    return (*(row for row in inherited if row.rule_id not in own_ids), *file.rows)


def _adopted(row: Rule, file: RuleFile) -> Rule:
    return replace(row, adopted_by=file.adopted_by, adopted_on=file.adopted_on)
