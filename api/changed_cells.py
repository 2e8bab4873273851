"""Changed cells: what one cell of a file of changed rows says, by the kind of its column."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import date
from functools import cache
from typing import Any, NamedTuple

import pandas as pd

from grid_models.grid import TABLES
from grid_models.printable import printable
from grid_models.schema import BOUNDS, CHOICES, MAY_BE_UNKNOWN
from planner.form import read_number, shown

__all__ = ["WrongCellError", "read_cell"]

# Beyond it a number of circuits is none, and a float no longer holds every whole number.
_LARGEST_WHOLE = 2.0**53
_TRUTH = {"true": True, "1": True, "是": True, "false": False, "0": False, "否": False}
# "nan" is how programs that write tables write an unknown number.
_MISSING = ("", "nan")


class WrongCellError(ValueError):
    """A cell is not what its column takes; `zh` and `en` go on from the name of the column."""

    def __init__(self, zh: str, en: str) -> None:
        self.zh, self.en = zh, en
        super().__init__(en)


def _number(text: str) -> float:
    value = read_number(text)
    if value is None or not math.isfinite(value):
        raise ValueError(text)
    return value


def _whole(text: str) -> int:
    """Read a whole number, which spreadsheets may write as 1.0."""
    value = _number(text)
    if not value.is_integer() or abs(value) > _LARGEST_WHOLE:
        raise ValueError(text)
    return int(value)


def _day(text: str) -> pd.Timestamp:
    return pd.Timestamp(date.fromisoformat(text)).as_unit("ns")


class _Kind(NamedTuple):
    read: Callable[[str], Any]
    zh: str
    en: str


_KINDS: Mapping[str, _Kind] = {
    "text": _Kind(printable, "文字", "a text"),
    "float": _Kind(_number, "数", "a number"),
    "int": _Kind(_whole, "整数", "a whole number"),
    "bool": _Kind(lambda text: _TRUTH[text.lower()], "是或否", "true or false"),
    "date": _Kind(
        _day, "日期，如 2026-11-01，或留空", "a date such as 2026-11-01, or empty"
    ),
}  # fmt: skip


def read_cell(table: str, name: str, cell: Any) -> Any:
    """Return what a cell says, as its column takes it.

    Parameters
    ----------
    table, name
        Table of the grid and its column; of one the table does not have, the text is returned.
    cell
        Text of a file, or a value of JSON.

    Raises
    ------
    WrongCellError
        It is missing and needed, of another kind, out of range, or not one of the listed words.
    """
    column = TABLES[table].get(name)
    text = "" if cell is None else str(cell).strip()
    if column is None or column.kind not in _KINDS:
        return text
    kind, wanted = _KINDS[column.kind], _wanted(table, name)
    if isinstance(cell, list | dict):
        raise _wrong(text, wanted)
    choices = CHOICES.get(table, {}).get(name, ())
    if column.kind == "date" and not text:
        return pd.NaT
    if column.kind == "text":
        if choices and text not in choices:
            raise _wrong(text, wanted)
        return kind.read(text)
    if text.lower() in _MISSING:
        if name in MAY_BE_UNKNOWN.get(table, ()):
            return math.nan
        raise WrongCellError(f"缺值，应为{wanted[0]}", f"lacks its value; {wanted[1]} is right")
    try:
        value = kind.read(text)
    except (ValueError, KeyError):
        raise _wrong(text, wanted) from None
    allowed = BOUNDS.get(table, {}).get(name)
    if allowed is not None and not allowed.holds(value):
        raise _wrong(text, wanted)
    return value


@cache
def _wanted(table: str, name: str) -> tuple[str, str]:
    """Say in Chinese and English what a column takes."""
    kind = _KINDS[TABLES[table][name].kind]
    if choices := CHOICES.get(table, {}).get(name):
        listed = [choice or '""' for choice in choices]
        return f"其中之一：{'、'.join(listed)}", f"one of {', '.join(listed)}"
    allowed = BOUNDS.get(table, {}).get(name)
    zh, en = (f"{kind.zh}（{allowed}）", f"{kind.en} ({allowed})") if allowed else kind[1:]
    if name in MAY_BE_UNKNOWN.get(table, ()):
        return f"{zh}，未知时留空", f"{en}, or empty where it is unknown"
    return zh, en


def _wrong(text: str, wanted: tuple[str, str]) -> WrongCellError:
    if not text:
        return WrongCellError(f"缺值，应为{wanted[0]}", f"lacks its value; {wanted[1]} is right")
    given = shown(text)
    return WrongCellError(f"为“{given}”，应为{wanted[0]}", f'is "{given}"; {wanted[1]} is right')
