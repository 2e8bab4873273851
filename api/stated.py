"""Stated: what was asked over HTTP, read as a complete application or kept as a draft."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from api.request import Gathered, read_plan_request
from api.rows import rows_of_list
from api.serving import ServedGrids
from api.translate import json_ready
from grid_models.errors import InputError, InputProblem
from planner.form import shown
from planner.plan_id import plain_fields

__all__ = ["read_draft", "read_fields"]

_MOST_DEEP = 12


def read_fields(
    given: Mapping[str, Any], grids: ServedGrids, today: date
) -> tuple[dict[str, Any], str]:
    """Return what is kept of a complete application, and the name of the grid it is about.

    Parameters
    ----------
    given
        Fields as `PlanIn` has them.

    Raises
    ------
    InputError
        With everything that is wrong with it.
    UnknownGridError
        If no such grid is served.
    """
    gathered = Gathered()
    if given.get("commitments"):
        gathered.refuse(_promises_problem())
    found = gathered.attempt(lambda: grids.find(given.get("grid")))
    equipment = given.get("equipment")
    request = read_plan_request(
        gathered,
        {k: v for k, v in given.items() if k not in ("grid", "equipment", "commitments")},
        grid=found.area if found else None,
        rule_book=grids.rule_book,
        today=today,
        equipment=None if equipment is None else lambda: rows_of_list(equipment, "equipment"),
    )
    return json_ready(plain_fields(request.application)), gathered.settle(found).name


def read_draft(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is kept of a draft: as it was given, as long as every text can be kept.

    Raises
    ------
    InputError
        If a text holds what no database takes, or lists lie too deep in each other.
    """
    if problems := list(_find_unkeepable(given, "application", 0)):
        raise InputError(problems)
    return dict(given)


def _find_unkeepable(value: Any, place: str, depth: int) -> Iterator[InputProblem]:
    if depth > _MOST_DEEP:
        yield InputProblem(
            field=place[:200],
            zh=f"{place[:60]} 嵌套过深，至多 {_MOST_DEEP} 层",
            en=f"{place[:60]} lies too deep; at most {_MOST_DEEP} levels",
        )
        return
    match value:
        case str() if not value.isprintable():
            yield InputProblem(
                field=place[:200],
                zh=f"{shown(place)} 应为单行可打印文字",
                en=f"{shown(place)} must be one line of printable characters",
            )
        case dict():
            for name, item in value.items():
                if not str(name).isprintable():
                    yield from _find_unkeepable(str(name), place, depth)
                yield from _find_unkeepable(item, f"{place}.{shown(str(name))}", depth + 1)
        case list():
            for number, item in enumerate(value):
                yield from _find_unkeepable(item, f"{place}.{number}", depth + 1)


def _promises_problem() -> InputProblem:
    return InputProblem(
        field="commitments",
        zh="commitments 不应填写：已承诺容量以台账为准",
        en="commitments must not be given: the ledger knows what is promised",
    )
