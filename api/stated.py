"""Stated: what was asked over HTTP, read as a complete application or kept as a draft."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from math import isfinite
from typing import Any

from api.request import Gathered, read_plan_request
from api.rows import rows_of_list
from api.schemas import PlanIn
from api.serving import ServedGrids
from api.translate import json_ready
from grid_models.errors import InputError, InputProblem
from planner.form import shown
from planner.plan_id import plain_fields

__all__ = ["check_completed", "check_confirmer", "read_draft", "read_fields"]

_MOST_DEEP = 12
# Who came first is not claimed from farther back.
LONGEST_AGO = timedelta(days=366)


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


def check_completed(completed_on: date | None, today: date) -> None:
    """Make sure an application was complete on a day that may be.

    Raises
    ------
    InputError
        If it is later than today, or more than a year ago.
    """
    if completed_on is None or timedelta(0) <= today - completed_on <= LONGEST_AGO:
        return
    raise InputError(
        [
            InputProblem(
                field="completed_on",
                zh=f"completed_on 为 {completed_on}，应不晚于今天 {today}，且不早于一年前",
                en=f"completed_on is {completed_on}; give a day up to today, {today}, and not more "
                "than a year ago",
            )
        ]
    )


def check_confirmer(given: Mapping[str, Any], person: str | None) -> None:
    """Make sure that what is confirmed is confirmed by who says so.

    Parameters
    ----------
    person
        Who states it; None: a system, which passes on what its people stand for.

    Raises
    ------
    InputError
        If it is in another's name.
    """
    named = given.get("route_confirmed_by")
    if named is None or person is None or named == person:
        return
    raise InputError(
        [
            InputProblem(
                field="route_confirmed_by",
                zh=f"route_confirmed_by 为“{shown(str(named))}”，只能以本人 {shown(person)} 的名义"
                "确认；请留空，由在现场的人确认",
                en=f'route_confirmed_by is "{shown(str(named))}"; confirm in your own name, '
                f"{shown(person)}, or leave it to who was at the site",
            )
        ]
    )


def read_draft(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is kept of a draft: as it was given, as long as every text can be kept.

    Raises
    ------
    InputError
        If it is no field of an application, a text holds what no database takes, a number is none,
        or lists lie too deep in each other.
    """
    known = PlanIn.model_fields
    problems = [_unknown_field(name) for name in given if name not in known]
    problems += _find_unkeepable(given, "application", 0)
    if problems:
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
        case float() if not isfinite(value):
            yield InputProblem(
                field=place[:200],
                zh=f"{shown(place)} 应为数字",
                en=f"{shown(place)} must be a number",
            )
        case dict():
            for name, item in value.items():
                if not str(name).isprintable():
                    yield from _find_unkeepable(str(name), place, depth)
                yield from _find_unkeepable(item, f"{place}.{shown(str(name))}", depth + 1)
        case list():
            for number, item in enumerate(value):
                yield from _find_unkeepable(item, f"{place}.{number}", depth + 1)


def _unknown_field(name: str) -> InputProblem:
    return InputProblem(
        field=shown(name),
        zh=f"字段 {shown(name)} 不在可填字段之列；不保存客户信息",
        en=f"{shown(name)} is no field of an application; nothing about a person is kept",
    )


def _promises_problem() -> InputProblem:
    return InputProblem(
        field="commitments",
        zh="commitments 不应填写：已承诺容量以台账为准",
        en="commitments must not be given: the ledger knows what is promised",
    )
