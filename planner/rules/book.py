"""RuleBook: every row of an area; Rules: those in force on one day, and which were asked for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from grid_models.errors import InputError, InputProblem
from planner.rules.rule import Effect, Rule, Scope

__all__ = ["RuleBook", "RuleGaps", "Rules", "find_rule_gaps"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The rows in force on one day. It remembers which rows were asked for: make one a plan.

    Parameters
    ----------
    area, version, is_example
        Of the rule book.
    on_date
        Day the rows are in force on.
    in_force
        One row an id.
    """

    area: str
    version: str
    is_example: bool
    on_date: date
    in_force: dict[str, Rule]
    _asked: set[str] = field(default_factory=set, repr=False, compare=False)

    def row(self, rule_id: str) -> Rule:
        """Return the row of an id.

        Raises
        ------
        KeyError
            If the area has no such rule: a programming error, never a customer's.
        """
        if rule_id not in self.in_force:
            raise KeyError(f"area '{self.area}' has no rule '{rule_id}'")
        self._asked.add(rule_id)
        return self.in_force[rule_id]

    def value(self, rule_id: str) -> Any:
        """Return a row's value as it stands: number, text, truth value, list or table."""
        return self.row(rule_id).value

    def number(self, rule_id: str) -> float:
        """Return a row's value, which must be a number, in the row's unit."""
        value = self.value(rule_id)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise TypeError(f"rule '{rule_id}' holds {value!r}, not a number")
        return float(value)

    def text(self, rule_id: str) -> str:
        """Return a row's value, which must be a text."""
        value = self.value(rule_id)
        if not isinstance(value, str):
            raise TypeError(f"rule '{rule_id}' holds {value!r}, not a text")
        return value

    def effect(self, code: str, scope: Scope) -> Effect:
        """Return what breaking the rule does there; the rule's id is the check's code.

        Parameters
        ----------
        code
            Code of a check, such as ``heavy_load``.
        scope
            ``path``, ``feeder`` or ``tree``.
        """
        return self.row(code).effects[scope]

    @property
    def used(self) -> tuple[str, ...]:
        """Ids asked for so far, sorted."""
        return tuple(sorted(self._asked))

    @property
    def unverified(self) -> tuple[str, ...]:
        """Ids asked for so far whose source nobody has read, sorted."""
        return tuple(name for name in self.used if not self.in_force[name].verified)

    @property
    def not_adopted(self) -> tuple[str, ...]:
        """Ids asked for so far that decide and that the company has not adopted, sorted."""
        rows = (self.in_force[name] for name in self.used)
        return tuple(row.rule_id for row in rows if row.decides and not row.is_adopted)


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleBook:
    """Every row of an area, of all dates, inherited ones included.

    Parameters
    ----------
    area
        Name of the area, as in ``planner/rules/<area>.toml``.
    title_zh, title_en
        Name of the rules for people.
    is_example
        True for rules that serve demonstration only; every page made under them says so.
    version
        Hash of the files' content: the same rules have the same version everywhere.
    rows
        Sorted by id and date.
    before
        The book over which approved rows were laid to make this one; None: it is the files alone.
    """

    area: str
    title_zh: str
    title_en: str
    is_example: bool
    version: str
    rows: tuple[Rule, ...]
    before: RuleBook | None = field(default=None, repr=False, compare=False)

    def as_of(self, version: str) -> RuleBook | None:
        """Return the book as it was at a version; None: it never was, or the files are others."""
        book: RuleBook | None = self
        while book is not None and book.version != version:
            book = book.before
        return book

    def differs_from(self, version: str, day: date, rule_ids: Iterable[str]) -> bool:
        """Tell whether some rules are others on a day than they were at a version.

        What cannot be compared, because the files are others by now, counts as different.
        """
        if version == self.version:
            return False
        former = self.as_of(version)
        if former is None:
            return True
        now, then = _contents(self.on(day)), _contents(former.on(day))
        return any(now.get(rule_id) != then.get(rule_id) for rule_id in rule_ids)

    def on(self, day: date) -> Rules:
        """Return the rows in force on a day.

        Parameters
        ----------
        day
            Acceptance date of the application.

        Raises
        ------
        InputError
            If `day` is before the rules begin, or a rule has no row in force on it.
        """
        in_force = {row.rule_id: row for row in self.rows if row.is_in_force(day)}
        missing = sorted({row.rule_id for row in self.rows} - set(in_force))
        if missing:
            raise InputError(self._date_problems(day, missing))
        return Rules(
            area=self.area,
            version=self.version,
            is_example=self.is_example,
            on_date=day,
            in_force=in_force,
        )

    def _date_problems(self, day: date, missing: list[str]) -> list[InputProblem]:
        first = min(row.effective_from for row in self.rows)
        if day < first:
            zh = f"受理日期 {day} 早于所有规则，最早的规则自 {first} 起施行"
            en = f"acceptance date {day} is before any rule; the first is in force from {first}"
            return [InputProblem(field="on_date", zh=zh, en=en)]
        return [
            InputProblem(
                field="on_date",
                zh=f"受理日期 {day} 没有施行中的规则 {rule_id}",
                en=f"on the acceptance date {day} no row of rule '{rule_id}' is in force",
            )
            for rule_id in missing
        ]


def _contents(rules: Rules) -> dict[str, Rule]:
    """Return the rows in force by id, however long each of them is."""
    day = rules.on_date
    return {
        rule_id: replace(row, effective_from=day, effective_to=None)
        for rule_id, row in rules.in_force.items()
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleGaps:
    """What is left to do before an area's answers stand by themselves.

    Parameters
    ----------
    to_verify
        Rows in force whose source nobody has read, by id.
    to_adopt
        Deciding rows in force that the company has not adopted, by id; any of them used by an
        answer sends it to the desk.
    """

    to_verify: tuple[Rule, ...]
    to_adopt: tuple[Rule, ...]


def find_rule_gaps(book: RuleBook, day: date) -> RuleGaps:
    """Return the rows in force on `day` that someone has yet to verify or to adopt.

    Parameters
    ----------
    book
        Rules of one area.
    day
        Day the rows are in force on.
    """
    rows = [row for _, row in sorted(book.on(day).in_force.items())]
    return RuleGaps(
        to_verify=tuple(row for row in rows if not row.verified),
        to_adopt=tuple(row for row in rows if row.decides and not row.is_adopted),
    )
