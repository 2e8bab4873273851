"""Overlay: rows that were approved, laid over the rules of an area.

A row takes the place of whatever held of its id on the days it is in force, and of nothing on other
days: past days keep their rules, and no day is left without one.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from grid_models.errors import InputError, InputProblem
from planner.rules.book import RuleBook
from planner.rules.reading import find_row_problems, make_problem, read_rows
from planner.rules.rule import Rule

__all__ = ["lay_over", "read_entries"]

_DATES = ("effective_from", "effective_to", "adopted_on")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DAY_LENGTH = timedelta(days=1)
_NUMBERS = (int, float)


def read_entries(
    book: RuleBook, entries: Sequence[Mapping[str, Any]], *, name: str
) -> tuple[Rule, ...]:
    """Return the rows of some entries, held against the book they are to be laid over.

    Parameters
    ----------
    entries
        As a rule file has them; a date may be the text YYYY-MM-DD.
    name
        Under which problems are reported.

    Raises
    ------
    InputError
        If anything is not well formed, a rule is not in the book, or a value lacks what the
        present one has; lists everything at once.
    """
    rows, problems = read_rows([_with_dates(entry) for entry in entries], name)
    problems += _against(book, rows, name)
    if problems:
        raise InputError(problems)
    return rows


def lay_over(book: RuleBook, entries: Sequence[Mapping[str, Any]], *, name: str) -> RuleBook:
    """Return a book with some entries laid over it, by a version of its own.

    Raises
    ------
    InputError
        As `read_entries` does: the files may be others than when the entries were approved.
    """
    new = read_entries(book, entries, name=name)
    ids = {row.rule_id for row in new}
    kept = [row for row in book.rows if row.rule_id not in ids]
    for row in book.rows:
        if row.rule_id in ids:
            kept += _cut(row, [other for other in new if other.rule_id == row.rule_id])
    content = json.dumps([book.version, _canonical(list(entries))], sort_keys=True)
    return replace(
        book,
        version=hashlib.sha256(content.encode()).hexdigest()[:16],
        rows=tuple(sorted([*kept, *new], key=lambda row: (row.rule_id, row.effective_from))),
        before=book,
    )


def _canonical(value: Any) -> Any:
    """Return a value as it is hashed: databases give 1.0 back as 1, and 1e2 as 100."""
    match value:
        case Mapping():
            return {key: _canonical(part) for key, part in value.items()}
        case list() | tuple():
            return [_canonical(part) for part in value]
        case float() if value.is_integer():
            return int(value)
        case date():
            return value.isoformat()
    return value


def _with_dates(entry: Any) -> Any:
    """Return an entry with its dates as a rule file has them; what is no date is left as it is."""
    if not isinstance(entry, Mapping):
        return entry
    return {key: _day(value) if key in _DATES else value for key, value in entry.items()}


def _day(value: Any) -> Any:
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        return value
    try:
        return date.fromisoformat(value)
    except ValueError:
        return value


def _cut(row: Rule, others: Iterable[Rule]) -> list[Rule]:
    """Return what is left of a row on the days none of some others is in force."""
    left = [row]
    for other in others:
        left = [part for each in left for part in _without(each, other)]
    return left


def _without(row: Rule, other: Rule) -> Iterator[Rule]:
    begins, ends = other.effective_from, other.effective_to
    if row.effective_from < begins:
        last = begins - _DAY_LENGTH
        is_shorter = row.effective_to is not None and row.effective_to <= last
        yield row if is_shorter else replace(row, effective_to=last)
    last_day = row.effective_to or date.max
    if ends is not None and ends < last_day:
        yield replace(row, effective_from=max(row.effective_from, ends + _DAY_LENGTH))


def _against(book: RuleBook, rows: Sequence[Rule], name: str) -> list[InputProblem]:
    """Return what is wrong with rows beside those the book has."""
    present = {row.rule_id: row for row in book.rows}
    problems, models = [], {}
    for row in rows:
        model = present.get(row.rule_id)
        if model is None:
            zh, en = f"不在 {book.area} 的规则中", f"is not among the rules of '{book.area}'"
            problems.append(make_problem(name, row.rule_id, zh, en))
            continue
        # before all dates it overlaps nothing: only unit and kind are held against it
        models[row.rule_id] = replace(model, effective_from=date.min, effective_to=date.min)
        problems += [make_problem(name, row.rule_id, zh, en) for zh, en in _differences(model, row)]
    overlaps = set(find_row_problems(rows, name))  # told already
    own = find_row_problems([*models.values(), *rows], name)
    return [*problems, *(problem for problem in own if problem not in overlaps)]


def _differences(model: Rule, row: Rule) -> Iterator[tuple[str, str]]:
    """Yield what an answer would miss in a row in the place of another."""
    if set(row.effects) != set(model.effects):
        yield (
            f"的 effects 应写全 {', '.join(model.effects) or '（无）'}",
            f"must give effects for {', '.join(model.effects) or 'nothing'}, as before",
        )
    if row.decides != model.decides:
        yield "的 decides 不得改变", "must not change 'decides'"
    yield from _gaps(model.value, row.value, "value")


def _gaps(model: Any, value: Any, place: str) -> Iterator[tuple[str, str]]:
    """Yield where a value has another shape than the present one."""
    if isinstance(model, Mapping):
        if not isinstance(value, Mapping):
            yield f"的 {place} 应为表", f"must give a table as '{place}'"
            return
        for key, part in model.items():
            if key in value:
                yield from _gaps(part, value[key], f"{place}.{key}")
            else:
                yield f"的 {place} 缺少 {key}", f"has no '{key}' in '{place}'"
    elif isinstance(model, list):
        if not isinstance(value, list):
            yield f"的 {place} 应为列表", f"must give a list as '{place}'"
            return
        for number, part in enumerate(value if model else []):
            yield from _gaps(model[0], part, f"{place}[{number}]")
    elif _is_number(model) != _is_number(value) or (
        not _is_number(model) and type(model) is not type(value)
    ):
        yield (
            f"的 {place} 取值类型应与现行的 {model!r} 相同",
            f"must give '{place}' as the same kind of value as {model!r}",
        )


def _is_number(value: Any) -> bool:
    return isinstance(value, _NUMBERS) and not isinstance(value, bool)
