"""Form: raw fields, as typed or posted, read one by one; every problem is kept, none is raised.

This module owns how a single value is read (full-width digits, dates, words); what the values mean
together is `intake`'s. The same sentences serve the command line, HTTP and files.
"""

from __future__ import annotations

import difflib
import math
import re
import reprlib
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from grid_models.errors import InputError, InputProblem

__all__ = [
    "ABOVE_ZERO",
    "LAST_YEAR",
    "NOT_NEGATIVE",
    "SHARE",
    "SHARE_OR_ZERO",
    "Form",
    "Range",
    "read_number",
    "shown",
]

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_SHOWN_LENGTH = 60
_TEXT_LENGTH = 200
# Compatibility forms that change a number's meaning: 10² is not 102.
_RAISED = re.compile(r"[²³¹⁰-ₜ]")
LAST_YEAR = 2200
"""Of any date that is taken."""


class Range(NamedTuple):
    """Numbers that are allowed, and how to say so."""

    zh: str
    en: str
    holds: Callable[[float], bool]


ABOVE_ZERO = Range("大于 0 的数", "a number above 0", lambda value: value > 0)
NOT_NEGATIVE = Range("不小于 0 的数", "0 or a number above it", lambda value: value >= 0)
SHARE = Range(
    "大于 0 且不超过 1 的数", "a number above 0 and at most 1", lambda value: 0 < value <= 1
)
SHARE_OR_ZERO = Range("0 至 1 的数", "a number from 0 to 1", lambda value: 0 <= value <= 1)


def shown(value: object) -> str:
    """Return a value fit to be named in a sentence: short, printable, on one line."""
    text = value if isinstance(value, str) else reprlib.repr(value)
    text = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text[: _SHOWN_LENGTH + 1])
    return f"{text[:_SHOWN_LENGTH]}…" if len(text) > _SHOWN_LENGTH else text


class Form:
    """Fields of one thing that was asked; `problems` fills as they are read.

    Parameters
    ----------
    fields
        Values by name: texts from a command line or a file, numbers and lists from JSON. None and
        empty text mean not given.
    labels
        Chinese name of every field that may be given.
    where
        Thing the fields belong to, such as a line of a file; empty if there is only one.
    """

    def __init__(
        self, fields: Mapping[str, Any], labels: Mapping[str, str], *, where: str = ""
    ) -> None:
        self.problems: list[InputProblem] = []
        self._where = where
        self._labels = labels
        self._fields = {
            name: value
            for name, value in fields.items()
            if value is not None and not (isinstance(value, str) and not value.strip())
        }
        for name in self._fields:
            if name not in labels:
                self._refuse_unknown(name)

    def given(self, field: str) -> Any:
        """Return the raw value, None if the field was not given."""
        return self._fields.get(field)

    def refuse(self, field: str, zh: str, en: str) -> None:
        """Keep a problem; the sentences follow the names of the field."""
        place = f"{self._where}：" if self._where else ""
        place_en = f"{self._where}: " if self._where else ""
        label = self._labels.get(field, "")
        self.problems.append(
            InputProblem(
                field=f"{self._where}.{field}" if self._where else field,
                zh=f"{place}{label} {field} {zh}" if label else f"{place}{field} {zh}",
                en=f"{place_en}{field} {en}",
            )
        )

    def refuse_value(self, field: str, value: object, zh: str, en: str) -> None:
        """Keep the problem that a field has a value it should not have, and what would be right."""
        self.refuse(field, f"为“{shown(value)}”，应为{zh}", f'is "{shown(value)}"; give {en}')

    def require(self, field: str, zh: str, en: str) -> None:
        """Keep the problem that a field is missing, unless it was given."""
        if field not in self._fields:
            self.refuse(field, f"未填写，应为{zh}", f"is missing; give {en}")

    def number(self, field: str, allowed: Range) -> float | None:
        """Return a number within a range; None if not given or refused."""
        raw = self.given(field)
        if raw is None:
            return None
        value = read_number(raw)
        if value is None or not math.isfinite(value) or not allowed.holds(value):
            self.refuse_value(field, raw, allowed.zh, allowed.en)
            return None
        return value

    def whole(self, field: str, default: int, *, least: int = 1) -> int:
        """Return a whole number of at least `least`."""
        raw = self.given(field)
        if raw is None:
            return default
        value = read_number(raw)
        if value is None or not math.isfinite(value) or value != int(value) or value < least:
            self.refuse_value(
                field, raw, f"不小于 {least} 的整数", f"a whole number of at least {least}"
            )
            return default
        return int(value)

    def one_of(self, field: str, allowed: Sequence[str]) -> str | None:
        """Return one of the words that are allowed; a number counts as its digits."""
        raw = self.given(field)
        if raw is None:
            return None
        value = read_number(raw)
        is_whole = value is not None and math.isfinite(value) and value == int(value)
        word = str(int(value)) if value is not None and is_whole else raw
        if not isinstance(word, str) or word.strip() not in allowed:
            self.refuse_value(
                field, raw, f"其中之一：{'、'.join(allowed)}", f"one of {', '.join(allowed)}"
            )
            return None
        return word.strip()

    def some_of(self, field: str, allowed: Sequence[str]) -> tuple[str, ...]:
        """Return some of the words that are allowed, from ``a,b`` or a list; () if not given."""
        raw = self.given(field)
        if raw is None:
            return ()
        parts = raw.replace("，", ",").split(",") if isinstance(raw, str) else raw
        given = parts if isinstance(parts, list | tuple) else [parts]
        words = [part.strip() if isinstance(part, str) else part for part in given]
        if not all(isinstance(word, str) and word in allowed for word in words):
            self.refuse_value(
                field,
                raw,
                f"其中几个，以逗号分开：{'、'.join(allowed)}",
                f"some of {', '.join(allowed)}, separated by commas",
            )
            return ()
        return tuple(sorted(set(words)))

    def text(self, field: str) -> str | None:
        """Return a short text on one line; None if not given or refused."""
        raw = self.given(field)
        if raw is None:
            return None
        if not isinstance(raw, str) or not raw.strip().isprintable() or len(raw) > _TEXT_LENGTH:
            self.refuse_value(
                field,
                raw,
                f"不超过 {_TEXT_LENGTH} 字的单行文字",
                f"a text on one line of at most {_TEXT_LENGTH} characters",
            )
            return None
        return raw.strip()

    def day(self, field: str) -> date | None:
        """Return a day written YYYY-MM-DD; None if not given or refused."""
        raw = self.given(field)
        if raw is None:
            return None
        text = unicodedata.normalize("NFKC", raw).strip() if isinstance(raw, str) else ""
        try:
            if _DAY.fullmatch(text) and (day := date.fromisoformat(text)).year <= LAST_YEAR:
                return day
        except ValueError:
            pass  # such as 2026-02-30: refused below like any other text
        self.refuse_value(
            field,
            raw,
            f"写作 2026-03-31 的日期，不晚于 {LAST_YEAR} 年",
            f"a day that exists, no later than {LAST_YEAR}, written 2026-03-31",
        )
        return None

    def flag(self, field: str) -> bool:
        """Return True or False; False if not given or refused."""
        raw = self.given(field)
        if raw is None or isinstance(raw, bool):
            return bool(raw)
        self.refuse_value(field, raw, "true 或 false", "true or false")
        return False

    def position(self, field: str) -> tuple[float, float] | None:
        """Return two numbers, from ``lon,lat`` or a list of two; None if not given or refused."""
        raw = self.given(field)
        if raw is None:
            return None
        parts = unicodedata.normalize("NFKC", raw).split(",") if isinstance(raw, str) else raw
        numbers = [read_number(part) for part in parts] if isinstance(parts, list | tuple) else []
        match numbers:
            case [float() as first, float() as second] if math.isfinite(first + second):
                return first, second
        self.refuse_value(
            field,
            raw,
            "“经度,纬度”，例如 120.15,30.28",
            "longitude,latitude, such as 120.15,30.28",
        )
        return None

    def raise_problems(self) -> None:
        """Raise `InputError` with every problem kept so far, if there is any."""
        if self.problems:
            raise InputError(self.problems)

    def _refuse_unknown(self, name: str) -> None:
        near = difflib.get_close_matches(name.lower(), self._labels, n=1)
        hint_zh = f"，是否指 {near[0]}" if near else ""
        hint = f"; did you mean {near[0]}" if near else ""
        self.refuse(shown(name), f"不是可填写的字段{hint_zh}", f"is not a known field{hint}")


def read_number(raw: object) -> float | None:
    """Return a number however it was written; None if it is none. Full-width digits count.

    Parameters
    ----------
    raw
        A text or a value of JSON; infinite where it is too large for a float.
    """
    if isinstance(raw, bool):
        return None
    if isinstance(raw, int | float):
        try:
            return float(raw)
        except OverflowError:
            return math.inf
    if not isinstance(raw, str):
        return None
    if _RAISED.search(raw):
        return None
    text = unicodedata.normalize("NFKC", raw).strip()
    return float(text) if _NUMBER.fullmatch(text) else None
