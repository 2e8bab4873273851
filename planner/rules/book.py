"""RuleBook: every row of an area; Rules: those in force on one day, and which were asked for."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from grid_models.errors import InputError, InputProblem
from planner.rules.reading import RuleFile, find_row_problems, make_problem, read_rule_file
from planner.rules.rule import Effect, Rule, Scope

__all__ = ["RuleBook", "RuleGaps", "Rules", "available_areas", "find_rule_gaps", "load_rule_book"]

_FOLDER = Path(__file__).parent


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
    """

    area: str
    title_zh: str
    title_en: str
    is_example: bool
    version: str
    rows: tuple[Rule, ...]

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
    other's rows of that id.

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
    rows = files[-1].rows
    for file in reversed(files[:-1]):
        rows = _override(rows, file)
    newest = files[0]
    if newest.adopted_by:
        rows = tuple(
            row
            if row.is_adopted
            else replace(row, adopted_by=newest.adopted_by, adopted_on=newest.adopted_on)
            for row in rows
        )
    digest = hashlib.sha256("\x1f".join(file.text for file in files).encode())
    return RuleBook(
        area=area,
        title_zh=newest.title_zh,
        title_en=newest.title_en,
        is_example=newest.is_example,
        version=digest.hexdigest()[:16],
        rows=tuple(sorted(rows, key=lambda row: (row.rule_id, row.effective_from))),
    )


def _read_chain(area: str, folder: Path) -> list[RuleFile]:
    """Read the area's file, then the one it extends, and so on."""
    areas = available_areas(folder=folder)
    files: list[RuleFile] = []
    wanted: str | None = area
    while wanted is not None:
        if wanted not in areas or wanted in {file.area for file in files}:
            known = ", ".join(areas)
            raise InputError(
                [
                    InputProblem(
                        field="area",
                        zh=f"没有地区“{wanted}”的规则，可选：{known}",
                        en=f"there are no rules for the area '{wanted}'; there are: {known}",
                    )
                ]
            )
        files.append(read_rule_file(folder / f"{wanted}.toml"))
        wanted = files[-1].extends
    return files


def _override(inherited: tuple[Rule, ...], file: RuleFile) -> tuple[Rule, ...]:
    """Let the file's rows of an id replace the inherited ones, of the same unit and kind."""
    name = f"{file.area}.toml"
    own_ids = {row.rule_id for row in file.rows}
    kept = tuple(row for row in inherited if row.rule_id not in own_ids)
    problems = [
        make_problem(name, rule_id, f"在 {file.extends} 中不存在", f"is not in '{file.extends}'")
        for rule_id in sorted(own_ids - {row.rule_id for row in inherited})
    ]
    # Dates never clash with the rows replaced; what they hold must stay what it was.
    replaced = [
        replace(row, effective_from=date.min, effective_to=date.min)
        for row in {row.rule_id: row for row in inherited}.values()
        if row.rule_id in own_ids
    ]
    problems += find_row_problems([*replaced, *file.rows], name)
    if problems:
        raise InputError(problems)
    return (*kept, *file.rows)
