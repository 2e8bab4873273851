"""WorkingCalendar: which days of China are worked, make-up days included; beyond it, unknown.

The days are those of the State Council's yearly notices as the library chinesecalendar carries
them. A file of dated rows adds the years the library does not know yet, without code. A year nobody
has given is never guessed: what falls into it has no date.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Set
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Any, Literal

from chinese_calendar.constants import holidays, workdays

from grid_models.errors import InputError, InputProblem
from planner.form import Form

__all__ = ["CALENDAR_FIELDS", "Clock", "WorkingCalendar", "load_calendar", "read_calendar"]

Clock = Literal["working", "calendar"]

CALENDAR_FIELDS: Mapping[str, str] = {"date": "日期", "kind": "类别", "source": "通知文号"}
_KINDS = ("working", "holiday")
_DAY = timedelta(days=1)
_SATURDAY = 5
# Days no notice can leave out; Spring Festival begins in between the last two, whatever the year.
_FIXED = ((1, 1), (5, 1), (10, 1), (10, 2), (10, 3))
_SPRING_FESTIVAL = ((1, 21), (2, 20))
# From this day of a year on the notice of the next one may still move holidays and make-up days.
_NEXT_NOTICE_FROM = (12, 29)


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkingCalendar:
    """Days that are worked.

    Parameters
    ----------
    version
        Hash of the days: the same calendar has the same version everywhere.
    years
        Years it knows.
    holidays
        Days off a notice names, weekends among them.
    make_up_days
        Saturdays and Sundays that are worked.
    """

    version: str
    years: frozenset[int]
    holidays: frozenset[date]
    make_up_days: frozenset[date]

    @property
    def known_until(self) -> date:
        """Last day of the last year it knows without a gap from the first."""
        year = min(self.years)
        while year + 1 in self.years:
            year += 1
        return date(year, 12, 31)

    def is_working(self, day: date) -> bool | None:
        """Say whether a day is worked; None in a year it does not know."""
        if day.year not in self.years:
            return None
        if day in self.make_up_days:
            return True
        return day.weekday() < _SATURDAY and day not in self.holidays

    def is_provisional(self, day: date) -> bool:
        """Say whether the notice of a year it does not know may still change a day."""
        return (day.month, day.day) >= _NEXT_NOTICE_FROM and day.year + 1 not in self.years

    def after(
        self,
        start: date,
        days: int,
        clock: Clock,
        *,
        stands: Callable[[date], bool] = lambda _: False,
        until: date = date.max,
    ) -> date | None:
        """Return the day that is so many days after another; None if it cannot be known.

        Parameters
        ----------
        start
            Day 0, which does not count, whatever day it is.
        clock
            ``working``: only working days count; ``calendar``: every day does.
        stands
            Says of a day whether the clock stands still on it.
        until
            Last day one may come to; None is returned beyond it.
        """
        day = start
        while days > 0:
            if day >= until:
                return None
            day += _DAY
            counts = True if clock == "calendar" else self.is_working(day)
            if counts is None:
                return None
            days -= counts and not stands(day)
        return day

    def between(self, start: date, end: date, clock: Clock) -> int | None:
        """Return how many days after one day another is, negative if before; None if unknown."""
        if end < start:
            back = self.between(end, start, clock)
            return None if back is None else -back
        if clock == "calendar":
            return (end - start).days
        days = [self.is_working(start + _DAY * (k + 1)) for k in range((end - start).days)]
        return None if None in days else sum(map(bool, days))


@cache
def load_calendar() -> WorkingCalendar:
    """Return the calendar of the library, which ends with the year of its release."""
    return _make({day.year for day in holidays}, set(holidays), set(workdays))


def read_calendar(rows: Iterable[tuple[str, Mapping[str, Any]]]) -> WorkingCalendar:
    """Return the library's calendar with the days of some rows added.

    A year the library does not know must be given whole: as the notice names it, with its fixed
    holidays and Spring Festival. A row of a year it knows holds over the library's.

    Parameters
    ----------
    rows
        Where each stands (``days.csv:2``) and its cells by the names of `CALENDAR_FIELDS`.

    Raises
    ------
    InputError
        With everything that is wrong.
    """
    base = load_calendar()
    given: dict[date, str] = {}
    places: dict[date, str] = {}
    problems: list[InputProblem] = []
    for where, cells in rows:
        form = Form(cells, CALENDAR_FIELDS, where=where)
        form.require("date", "写作 2027-10-01 的日期", "a day, written 2027-10-01")
        form.require("kind", "working 或 holiday", "working or holiday")
        form.require("source", "放假通知的文号", "the number of the notice")
        day, kind = form.day("date"), form.one_of("kind", _KINDS)
        form.text("source")
        if day is not None and kind is not None:
            _hold_against(form, day, kind, places)
            given.setdefault(day, kind)
            places.setdefault(day, where)
        problems += form.problems
    new_years = {day.year for day in given} - base.years
    if not problems:
        problems += [p for year in sorted(new_years) for p in _gaps(year, given)]
    if problems:
        raise InputError(problems)
    off = {day for day, kind in given.items() if kind == "holiday"}
    worked = set(given) - off
    return _make(
        base.years | new_years, (base.holidays - worked) | off, (base.make_up_days - off) | worked
    )


def _hold_against(form: Form, day: date, kind: str, places: Mapping[date, str]) -> None:
    if day in places:
        form.refuse(
            "date",
            f"为“{day}”，与 {places[day]} 重复；每一天只应有一行",
            f'is "{day}", which {places[day]} has stated already; give one row a day',
        )
    if kind == "working" and day.weekday() < _SATURDAY and day not in load_calendar().holidays:
        form.refuse_value(
            "kind",
            kind,
            f"holiday：{day} 不是周末，本来就上班，调休上班日应为周六或周日",
            f"holiday: {day} is no weekend, so worked anyway; a make-up day is a weekend day",
        )


def _gaps(year: int, given: Mapping[date, str]) -> list[InputProblem]:
    """Name what every year's notice has and this one lacks."""
    off = {(day.month, day.day) for day, kind in given.items()
           if day.year == year and kind == "holiday"}  # fmt: skip
    missing = [date(year, *fixed).isoformat() for fixed in _FIXED if fixed not in off]
    first, last = _SPRING_FESTIVAL
    if not any(first <= day <= last for day in off):
        missing.append(f"{year} 春节 / Spring Festival")
    return [
        InputProblem(
            field=str(year),
            zh=f"工作日历 {year} 年不完整，缺少放假日 {what}；应写入该年通知的全部日期",
            en=f"the calendar of {year} lacks the holiday {what}; give every day of that year's "
            "notice",
        )
        for what in missing
    ]


def _make(years: Iterable[int], off: Set[date], worked: Set[date]) -> WorkingCalendar:
    content = "\n".join(
        [
            *map(str, sorted(years)),
            *(f"{day} off" for day in sorted(off)),
            *(f"{day} worked" for day in sorted(worked)),
        ]
    )
    return WorkingCalendar(
        version=hashlib.sha256(content.encode()).hexdigest()[:16],
        years=frozenset(years),
        holidays=frozenset(off),
        make_up_days=frozenset(worked),
    )
