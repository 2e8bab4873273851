"""Problems of a changed grid: those of the city with the part's, and those that forbid a change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import pandas as pd

from grid_models.errors import InputProblem
from grid_models.grid import Grid, Problem
from grid_models.printable import printable
from grid_models.schema import sort_problems
from grid_models.stored.replacing import Where, place_of

__all__ = ["find_forbidding", "find_new_problems", "merge_problems"]

# A changer has no position beyond its ends. Foreign files often state the ends wrongly, so that an
# import only warns; who changes the position of one transformer can state them rightly.
_FORBIDDEN_WARNINGS = frozenset({"tap_out_of_range"})
_NAMED = 5


def find_new_problems(before: Sequence[Problem], after: Sequence[Problem]) -> tuple[Problem, ...]:
    """Return the problems that were not there before, each with the elements that are new to it."""
    known = _by_kind(before)
    new = []
    for problem in after:
        ids = set(problem.ids) - known.get(_kind(problem), set())
        if ids or _kind(problem) not in known:
            new.append(replace(problem, ids=tuple(sorted(ids))))
    return sort_problems(new)


def find_forbidding(
    new: Sequence[Problem], part: Grid, differing: Mapping[str, pd.DataFrame], where: Where
) -> Iterator[InputProblem]:
    """Yield the new problems for which a change is refused, element by element.

    Parameters
    ----------
    new
        What `find_new_problems` says of the part that is changed.
    part
        The part, with what is changed.
    differing
        By table: which given cells are another than before.
    where
        Where the rows were given.
    """
    causes = ", ".join(_causes(part, differing, where))
    for problem in new:
        if problem.severity != "error" and problem.code not in _FORBIDDEN_WARNINGS:
            continue
        zh, en = problem.zh.rstrip("。"), problem.en
        for element in problem.ids or ("",):
            cells = _cells(problem.table, element, part, differing)
            if cells:
                place = place_of(problem.table, element, where)
                subject, cause_zh, cause_en = f"{place}{element} ({cells}): ", "", ""
            else:
                subject = f"{element}: " if element else ""
                cause_zh, cause_en = f"（因更改 {causes}）", f" (because of {causes})"
            yield InputProblem(
                field=problem.table or "grid",
                zh=f"{subject}{zh}{cause_zh}",
                en=f"{subject}{en}{cause_en}",
            )


def _cells(table: str, element: str, part: Grid, differing: Mapping[str, pd.DataFrame]) -> str:
    """Return the changed cells of an element as a sentence names them; empty if there are none."""
    is_other = differing.get(table)
    if is_other is None or element not in is_other.index:
        return ""
    row = part.tables()[table].loc[element]
    names = [name for name in is_other.columns if is_other.at[element, name]]
    return ", ".join(f"{name}={printable(str(row[name]))}" for name in names)


def _causes(part: Grid, differing: Mapping[str, pd.DataFrame], where: Where) -> list[str]:
    """Return the first changed rows, for problems of elements that were not changed themselves."""
    changed = [
        (table, element)
        for table, is_other in differing.items()
        for element in is_other.index[is_other.any(axis=1)]
    ]
    causes = [
        f"{place_of(table, element, where)}{element} ({_cells(table, element, part, differing)})"
        for table, element in changed[:_NAMED]
    ]
    return [*causes, "..."] if len(changed) > _NAMED else causes


def merge_problems(
    city: Sequence[Problem], before: Sequence[Problem], after: Sequence[Problem]
) -> tuple[Problem, ...]:
    """Return the problems of the city once its part that had some has others.

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
