"""Curve rows: load curves, given point by point in a file (`docs/load-cases.md`)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import pandas as pd

from api.rows import Row
from grid_models.errors import InputProblem
from grid_models.grid import QUARTER_HOURS, SEASONS
from planner.form import NOT_NEGATIVE, Form, Range, shown

__all__ = ["CURVE_FIELDS", "CurvePoints", "read_curves"]

CURVE_FIELDS: Mapping[str, str] = {
    "curve_id": "曲线编号",
    "season": "季节",
    "quarter_hour": "时刻序号",
    "p_pu": "有功系数",
    "q_pu": "无功系数",
    "p_least_pu": "最小有功系数",
    "q_least_pu": "最小无功系数",
}
_SEASONS_ZH = {
    "春": "spring", "夏": "summer", "秋": "autumn", "冬": "winter", "全年": "all",
    "春季": "spring", "夏季": "summer", "秋季": "autumn", "冬季": "winter",
}  # fmt: skip
_ANY = Range("数", "a number", lambda _: True)
_LAST = QUARTER_HOURS - 1


class CurvePoints(NamedTuple):
    """Points of curves, and what is wrong with the rows they came from.

    Parameters
    ----------
    points
        Columns of a grid's table of curves; a factor that was refused is NaN, a row that does not
        say which point it is was left out.
    problems
        Of every row.
    """

    points: pd.DataFrame
    problems: tuple[InputProblem, ...]


def read_curves(rows: Iterable[Row]) -> CurvePoints:
    """Return the points that the rows describe.

    Parameters
    ----------
    rows
        Values by the names of `CURVE_FIELDS`; the season is ``all`` and the reactive factor the
        active one unless stated.
    """
    problems: list[InputProblem] = []
    points, unknown = [], dict[str, str]()
    for row in rows:
        unknown |= {name: row.where for name in row.values if name not in {*CURVE_FIELDS, *unknown}}
        values = {name: value for name, value in row.values.items() if name in CURVE_FIELDS}
        point = _read_point(Row(row.where, values), problems)
        points += [point] if point else []
    for name, where in unknown.items():
        listed = ", ".join(CURVE_FIELDS)
        problems.append(
            InputProblem(
                field=where,
                zh=f"{where}：列“{shown(name)}”不是曲线的列；应为 {listed}",
                en=f'{where}: the column "{shown(name)}" is none of a curve; they are {listed}',
            )
        )
    if not points and not problems:
        problems.append(
            InputProblem(
                field="curves",
                zh=f"曲线文件没有数据；每条曲线每个季节应有 {QUARTER_HOURS} 行",
                en=f"the file of curves is empty; give {QUARTER_HOURS} rows a curve and season",
            )
        )
    table = pd.DataFrame(points, columns=list(CURVE_FIELDS))
    return CurvePoints(table, tuple(problems))


def _read_point(row: Row, problems: list[InputProblem]) -> dict[str, Any] | None:
    season = row.values.get("season")
    if isinstance(season, str):
        season = _SEASONS_ZH.get(season.strip(), season)
    form = Form({**row.values, "season": season}, CURVE_FIELDS, where=row.where)
    form.require("curve_id", "曲线编号，即负荷的 curve_id 或类别", "the curve_id of its loads")
    form.require("quarter_hour", f"0 至 {_LAST} 的整数", f"a whole number from 0 to {_LAST}")
    curve_id = form.text("curve_id") or ""
    season = form.one_of("season", (*SEASONS, "all")) or "all"
    quarter_hour = form.whole("quarter_hour", 0, least=0)
    if quarter_hour > _LAST:
        form.refuse_value(
            "quarter_hour",
            quarter_hour,
            f"0（00:00）至 {_LAST}（23:45）的整数",
            f"a whole number from 0 (00:00) to {_LAST} (23:45)",
        )
    is_placed = not form.problems
    form.require("p_pu", NOT_NEGATIVE.zh, NOT_NEGATIVE.en)
    p_pu = form.number("p_pu", NOT_NEGATIVE)
    q_pu = form.number("q_pu", _ANY)
    point = {
        "curve_id": curve_id,
        "season": season,
        "quarter_hour": quarter_hour,
        "p_pu": p_pu,
        "q_pu": p_pu if q_pu is None else q_pu,
        "p_least_pu": form.number("p_least_pu", NOT_NEGATIVE),
        "q_least_pu": form.number("q_least_pu", _ANY),
    }
    problems += form.problems
    return point if is_placed else None
