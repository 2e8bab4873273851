"""Verification: a plan recomputed, and every field that does not come out again named.

Three looks: is it this grid and are these the rules; does the same application give the same plan,
leaf by leaf; and does pandapower confirm every option (`second_opinion`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import inf, isclose, isfinite
from typing import Any

from grid_models.catalogue import Catalogue
from grid_models.errors import InputError
from grid_models.model import GridModel
from planner.application import Commitment
from planner.assistant import make_plan
from planner.calendar import WorkingCalendar
from planner.form import shown
from planner.intake import read_stated
from planner.plan import SCHEMA, plan_to_json
from planner.prices import PriceList
from planner.routing import Streets
from planner.rules import RuleBook
from planner.second_opinion import SecondOpinion
from planner.site import model_area

__all__ = ["Difference", "verify_plan"]

# Equal numbers differ by no more than this share, or, near zero, by no more than this.
SAME_SHARE, SAME = 1e-9, 1e-9

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One field of a plan that does not come out again.

    Parameters
    ----------
    path
        Where it stands, as ``options[0].checks[thermal_line].value``.
    stated, recomputed
        What the plan says, and what comes out; None where there is no such field.
    zh, en
        One sentence.
    """

    path: str
    stated: Any
    recomputed: Any
    zh: str
    en: str


def verify_plan(
    plan: Json,
    model: GridModel,
    rule_book: RuleBook,
    catalogue: Catalogue,
    *,
    commitments: Sequence[Commitment] = (),
    prices: PriceList | None = None,
    calendar: WorkingCalendar | None = None,
    streets: Streets | None = None,
) -> tuple[Difference, ...]:
    """Recompute a plan and return what differs, one difference a field; empty: it is confirmed.

    Parameters
    ----------
    plan
        As `plan_to_json` gives it, or as read from JSON; infinity may be the text ``inf``.
    commitments
        Those the plan was made with.
    prices, calendar
        Those the plan was made with; None: those that come along.
    streets
        Those the plan was made with; None if none.

    Raises
    ------
    MissingExtraError
        If pandapower is not installed.
    """
    if basis := tuple(_compare_basis(plan, model, rule_book)):
        return basis
    try:
        application = read_stated(plan["application"], model_area(model), rule_book)
    except InputError as error:
        return tuple(
            Difference(
                path=f"application.{problem.field}",
                stated=plan["application"].get(problem.field),
                recomputed=None,
                zh=f"方案所载申请不成立：{problem.zh}",
                en=f"the application in the plan does not hold: {problem.en}",
            )
            for problem in error.problems
        )
    again = plan_to_json(
        make_plan(
            application,
            model,
            rule_book,
            catalogue,
            commitments=commitments,
            prices=prices,
            calendar=calendar,
            streets=streets,
        )
    )
    found = {difference.path: difference for difference in _compare("", plan, again)}
    opinion = SecondOpinion(
        grid=model.grid,
        application=application,
        rules=rule_book.on(application.on_date),
        commitments=commitments,
    )
    for k, (option, other) in enumerate(zip(plan["options"], again["options"], strict=False)):
        if _has_shape_of(option, other):
            for difference in _hear(opinion, option, f"options[{k}]"):
                found.setdefault(difference.path, difference)
    return tuple(found.values())


def _compare_basis(plan: Json, model: GridModel, rule_book: RuleBook) -> Iterator[Difference]:
    grid, rules = plan["grid"], plan["rules"]
    for path, stated, present, zh, en in (
        ("schema", plan["schema"], SCHEMA, "格式", "schema"),
        ("grid.version", grid["version"], model.version, "电网版本", "grid version"),
        ("rules.area", rules["area"], rule_book.area, "规则地区", "rule area"),
        ("rules.version", rules["version"], rule_book.version, "规则版本", "rules version"),
    ):
        if stated != present:
            yield Difference(
                path=path,
                stated=stated,
                recomputed=present,
                zh=f"方案的{zh}为 {stated}，用于复算的为 {present}，二者不同，无法复算",
                en=f"the plan was made with {en} {stated} and is held against {present}: "
                "nothing else can be compared",
            )


# ---------------------------------------------------------------------- leaf by leaf


def _compare(path: str, stated: Any, again: Any) -> Iterator[Difference]:
    """Compare two documents; a list of things that have codes is compared by code, then order."""
    match stated, again:
        case Mapping(), Mapping():
            for name in {**stated, **again}:
                below = f"{path}.{name}" if path else str(name)
                yield from _compare(below, stated.get(name), again.get(name))
        case (list() | tuple(), list() | tuple()):
            ours, theirs = _labelled(stated), _labelled(again)
            for label in {**ours, **theirs}:
                yield from _compare(f"{path}[{label}]", ours.get(label), theirs.get(label))
            orders = [[label for label in one if label in other]
                      for one, other in ((ours, theirs), (theirs, ours))]  # fmt: skip
            if orders[0] != orders[1]:
                yield _difference(f"{path}.order", *map(", ".join, orders))
        case _:
            if not _is_same(stated, again):
                yield _difference(path, stated, again)


def _labelled(items: Sequence[Any]) -> dict[str, Any]:
    """Items by code where the codes tell them apart, else by place."""
    codes = [item.get("code") if isinstance(item, Mapping) else None for item in items]
    by_code = None not in codes and len(set(codes)) == len(codes)
    return {str(codes[k] if by_code else k): item for k, item in enumerate(items)}


def _is_same(stated: Any, again: Any) -> bool:
    if _is_number(again):
        if not _is_number(stated) and stated not in ("inf", "-inf"):
            return False
        return isclose(_as_float(stated), again, rel_tol=SAME_SHARE, abs_tol=SAME)
    return bool(stated == again and type(stated) is type(again))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _as_float(value: Any) -> float:
    """Return a number as float; a whole number beyond every float is infinite."""
    try:
        return float(value)
    except OverflowError:
        return inf if value > 0 else -inf


def _has_shape_of(stated: Any, again: Any) -> bool:
    """Say whether a document has every field of another one, each of its kind and countable."""
    match stated, again:
        case Mapping(), Mapping():
            return set(stated) == set(again) and all(
                _has_shape_of(stated[name], again[name]) for name in again
            )
        case (list() | tuple(), list() | tuple()):
            return len(stated) == len(again) and all(map(_has_shape_of, stated, again))
    if _is_number(again):
        if not _is_number(stated):
            return stated in ("inf", "-inf")
        return isinstance(stated, float) or isfinite(_as_float(stated))
    return type(stated) is type(again)


# ---------------------------------------------------------------------- by pandapower


def _hear(opinion: SecondOpinion, option: Json, path: str) -> Iterator[Difference]:
    try:
        for finding in opinion.findings(option):
            yield _difference(f"{path}.{finding.place}", finding.stated, finding.recomputed)
    except InputError as error:
        for problem in error.problems:
            yield Difference(
                path=f"{path}.sources[0].access_point",
                stated=option["sources"][0]["access_point"]["element_id"],
                recomputed=None,
                zh=f"第 {option['rank']} 个方案无法在电网中重建：{problem.zh}",
                en=f"option {option['rank']} cannot be rebuilt in the grid: {problem.en}",
            )


def _difference(path: str, stated: Any, again: Any) -> Difference:
    if path == "plan_id":
        return Difference(
            path=path,
            stated=stated,
            recomputed=again,
            zh=f"plan_id 文件中为 {stated}，复算为 {again}："
            "方案号、申请、设备目录、价格表、工作日历、道路或已承诺容量与编制时不同",
            en=f"plan_id: the file states {stated}, recomputed {again}: the id, the application, "
            "the catalogue, the prices, the calendar, the streets or the commitments are not those "
            "the plan was made with",
        )
    place_zh = place_en = path
    if path.startswith("options["):
        number, _, rest = path.removeprefix("options[").partition("]")
        place_zh = f"第 {int(number) + 1} 个方案 {rest.removeprefix('.')}".rstrip()
        place_en = f"option {int(number) + 1} {rest.removeprefix('.')}".rstrip()
    return Difference(
        path=path,
        stated=stated,
        recomputed=again,
        zh=f"{place_zh} 文件中为 {_shown(stated)}，复算为 {_shown(again)}",
        en=f"{place_en}: the file states {_shown(stated)}, recomputed {_shown(again)}",
    )


def _shown(value: Any) -> str:
    match value:
        case None:
            return "无 (none)"
        case Mapping() | list() | tuple():
            return f"{type(value).__name__} ({len(value)})"
        case float():
            return f"{value:.10g}"
    return shown(str(value))
