"""A rule file becomes rows: everything wrong with it is found, nothing is guessed."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import groupby, pairwise
from pathlib import Path
from typing import Any

from grid_models.errors import InputError, InputProblem
from planner.rules.rule import EFFECTS, SCOPES, Rule

__all__ = ["RuleFile", "find_row_problems", "make_problem", "read_rows", "read_rule_file"]

_FILE_KEYS = {"title_zh": str, "title_en": str}
_OPTIONAL_FILE_KEYS = {"extends": str, "is_example": bool, "adoption": dict, "rule": list}
_ADOPTION_KEYS = {"by": str, "on": date}
_ROW_KEYS = {
    "id": str,
    "value": object,
    "source": str,
    "effective_from": date,
    "decides": bool,
    "decides_zh": str,
    "decides_en": str,
}
_OPTIONAL_ROW_KEYS = {
    "unit": str,
    "condition": str,
    "clause": str,
    "effective_to": date,
    "verified": bool,
    "verified_by": str,
    "adopted_by": str,
    "adopted_on": date,
    "effects": dict,
    "note": str,
}
_KIND_NAMES = {str: "text", bool: "true or false", date: "a date", dict: "a table", list: "a list"}


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleFile:
    """One area's file as it stands, before anything is inherited.

    Parameters
    ----------
    area
        Name of the file without its ending.
    extends
        Area whose rows hold where this one has none; None: stands alone.
    title_zh, title_en
        Name of the rules for people.
    is_example
        True for rules that serve demonstration only.
    rows
        Its own rows.
    adopted_by, adopted_on
        Adoption of every row the area uses; empty and None: row by row.
    text
        Content of the file.
    """

    area: str
    extends: str | None
    title_zh: str
    title_en: str
    is_example: bool
    rows: tuple[Rule, ...]
    adopted_by: str
    adopted_on: date | None
    text: str


def read_rule_file(path: Path) -> RuleFile:
    """Read one area's file.

    Parameters
    ----------
    path
        File ``<area>.toml``.

    Raises
    ------
    InputError
        If the file is not TOML or anything in it is not well formed; lists everything at once.
    """
    try:
        text = path.read_text(encoding="utf-8")
        content = tomllib.loads(text)
    except ValueError as error:
        zh, en = f"不是有效的 TOML 文件：{error}", f"is not valid TOML: {error}"
        raise InputError([make_problem(path.name, "", zh, en)]) from error
    adoption = content.get("adoption", {})
    found = list(_shape_problems(content, _FILE_KEYS, _OPTIONAL_FILE_KEYS))
    if isinstance(adoption, dict) and adoption:
        found += _shape_problems(adoption, _ADOPTION_KEYS, {})
    rows, row_problems = read_rows(content.get("rule", []), path.name)
    problems = [make_problem(path.name, "", zh, en) for zh, en in found] + row_problems
    if problems:
        raise InputError(problems)
    return RuleFile(
        area=path.stem,
        extends=content.get("extends"),
        title_zh=content["title_zh"],
        title_en=content["title_en"],
        is_example=content.get("is_example", False),
        rows=rows,
        adopted_by=adoption.get("by", ""),
        adopted_on=adoption.get("on"),
        text=text,
    )


def find_row_problems(rows: Iterable[Rule], file: str) -> tuple[InputProblem, ...]:
    """Return what is wrong between rows of one id: overlapping dates, other units, other kinds.

    Parameters
    ----------
    rows
        Rows of any ids, in any order.
    file
        Name the problems are reported under.
    """
    ordered = sorted(rows, key=lambda row: (row.rule_id, row.effective_from))
    return tuple(
        make_problem(file, rule_id, zh, en)
        for rule_id, same_id in groupby(ordered, key=lambda row: row.rule_id)
        for earlier, later in pairwise(same_id)
        for zh, en in _pair_problems(earlier, later)
    )


def make_problem(file: str, place: str, zh: str, en: str) -> InputProblem:
    """Name the file, and the rule if there is one, in front of what is wrong."""
    where_zh, where_en = (f"规则 {place} ", f"rule '{place}' ") if place else ("", "")
    return InputProblem(field=file, zh=f"{file}：{where_zh}{zh}", en=f"{file}: {where_en}{en}")


def read_rows(entries: Any, file: str) -> tuple[tuple[Rule, ...], list[InputProblem]]:
    """Return the rows of some entries as a rule file has them, and everything wrong with them.

    Parameters
    ----------
    entries
        List of tables; dates are dates.
    file
        Name the problems are reported under.
    """
    rows: list[Rule] = []
    problems: list[InputProblem] = []
    for number, entry in enumerate(entries if isinstance(entries, list) else [], 1):
        fields = dict(entry) if isinstance(entry, dict) else {}
        rule_id = fields.pop("id", f"#{number}")
        if found := list(_entry_problems(entry)):
            problems += [make_problem(file, str(rule_id), zh, en) for zh, en in found]
        else:
            rows.append(Rule(rule_id=rule_id, **fields))
    return tuple(rows), [*problems, *find_row_problems(rows, file)]


def _pair_problems(earlier: Rule, later: Rule) -> Iterator[tuple[str, str]]:
    start, other = later.effective_from, earlier.effective_from
    if earlier.is_in_force(start):
        yield (
            f"自 {start} 起的一行与自 {other} 起的一行日期重叠",
            f"has a row from {start} that overlaps the one from {other}",
        )
    if later.unit != earlier.unit:
        yield (
            f"各行单位不一致：“{earlier.unit}”与“{later.unit}”",
            f"has rows in different units: '{earlier.unit}' and '{later.unit}'",
        )
    if _kind_of(later.value) != _kind_of(earlier.value):
        yield (
            "各行取值类型不一致",
            "has rows that hold different kinds of value",
        )


def _entry_problems(entry: Any) -> Iterator[tuple[str, str]]:
    if not isinstance(entry, dict):
        yield "不是一个表", "is not a table"
        return
    shape_problems = list(_shape_problems(entry, _ROW_KEYS, _OPTIONAL_ROW_KEYS))
    yield from shape_problems
    if not shape_problems:
        yield from _value_problems(entry)
        yield from _date_problems(entry)
        yield from _effect_problems(entry.get("effects", {}), decides=entry["decides"])


def _shape_problems(
    table: Mapping[str, Any], required: Mapping[str, type], optional: Mapping[str, type]
) -> Iterator[tuple[str, str]]:
    known = {**required, **optional}
    for key in required:
        if table.get(key, "") == "":
            yield f"缺少 {key}", f"has no '{key}'"
    for key, value in table.items():
        if key not in known:
            yield f"含有未知的键 {key}", f"has an unknown key '{key}'"
        # A datetime is a date and True is a number to isinstance, not to a reader.
        elif known[key] is not object and type(value) is not known[key]:
            yield (
                f"的 {key} 取值 {value!r} 类型不对",
                f"has '{key}' = {value!r}, which is not {_KIND_NAMES[known[key]]}",
            )


def _value_problems(entry: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    numbers = [leaf for leaf in _leaves(entry["value"]) if _kind_of(leaf) == "number"]
    if numbers and not entry.get("unit"):
        yield f"的数值 {numbers[0]} 没有单位", f"has the number {numbers[0]} without a unit"
    for number in numbers:
        if not math.isfinite(number):
            yield f"的数值 {number} 不是有限数", f"has the number {number}, which is not finite"


def _date_problems(entry: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    start, end = entry["effective_from"], entry.get("effective_to")
    if end is not None and end < start:
        yield f"的失效日 {end} 早于生效日 {start}", f"ends on {end}, before it begins on {start}"
    if entry.get("verified", False) != bool(entry.get("verified_by")):
        yield (
            "的 verified 与 verified_by 必须同时填写",
            "must give verified = true and verified_by together",
        )
    if bool(entry.get("adopted_by")) != ("adopted_on" in entry):
        yield (
            "的 adopted_by 与 adopted_on 必须同时填写",
            "must give adopted_by and adopted_on together",
        )


def _effect_problems(effects: Mapping[str, Any], *, decides: bool) -> Iterator[tuple[str, str]]:
    if not effects:
        return
    scopes, choices = ", ".join(SCOPES), ", ".join(EFFECTS)
    if set(effects) != set(SCOPES):
        yield (
            f"的 effects 只写了 {', '.join(effects)}，应写全 {scopes}",
            f"gives effects for {', '.join(effects)}; all of {scopes} are needed",
        )
    for scope, effect in effects.items():
        if effect not in EFFECTS:
            yield (
                f"的 effects.{scope} 取值 {effect!r} 未知，应为 {choices} 之一",
                f"has the effect {effect!r} on '{scope}'; it must be one of {choices}",
            )
        elif effect != "show" and not decides:
            yield (
                f"不起判定作用（decides = false），effects.{scope} 却为 {effect}",
                f"does not decide, yet has the effect '{effect}' on '{scope}'",
            )


def _leaves(value: Any) -> Iterator[Any]:
    match value:
        case dict():
            for part in value.values():
                yield from _leaves(part)
        case list():
            for part in value:
                yield from _leaves(part)
        case _:
            yield value


def _kind_of(value: Any) -> str:
    match value:
        case bool():
            return "bool"
        case int() | float():
            return "number"
        case _:
            return type(value).__name__
