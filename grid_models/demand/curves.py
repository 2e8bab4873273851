"""Curves of a grid: given to it, and read from it for every season and quarter hour.

A curve is an envelope: at each quarter hour of a season the greatest and the least power of its
class, as shares of an element's own ``p_kw`` and ``q_kvar`` (times its scaling).
"""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from grid_models.errors import InputError, InputProblem
from grid_models.grid import QUARTER_HOURS, SEASONS, Grid, make_table
from grid_models.problems.curves import CurveFault, find_curve_faults

__all__ = ["Curve", "add_curves", "clock_time", "curve_seasons", "curve_table", "read_curves"]

Floats = npt.NDArray[np.float64]

# Demand of this many times the rated power of all transformers is not demand but another unit.
HIGHEST_LOAD_RATIO = 10.0
_MINUTES = 15
_SHOWN = 5
_SEASONS_ZH = {
    "spring": "春季",
    "summer": "夏季",
    "autumn": "秋季",
    "winter": "冬季",
    "all": "全年",
}


class Curve(NamedTuple):
    """A curve's factors, each of shape (seasons, 96), seasons as `curve_seasons`."""

    p_pu: Floats
    q_pu: Floats
    p_least_pu: Floats
    q_least_pu: Floats


def clock_time(quarter_hour: int) -> str:
    """Return the time of day at which a quarter hour begins: 74 is 18:30."""
    return f"{quarter_hour * _MINUTES // 60:02d}:{quarter_hour * _MINUTES % 60:02d}"


def curve_table(curves: pd.DataFrame) -> pd.DataFrame:
    """Return points as the grid's table of curves, sorted, each with an id of its own.

    Parameters
    ----------
    curves
        Columns of the table, any index.
    """
    rows = make_table("curves", curves).sort_values(
        ["curve_id", "season", "quarter_hour"], kind="stable"
    )
    names = [
        f"{curve}/{season}/{clock_time(point)}"
        for curve, season, point in zip(
            rows["curve_id"], rows["season"], rows["quarter_hour"], strict=True
        )
    ]
    return rows.set_axis(pd.Index(names, dtype=object, name="id"))


def curve_seasons(grid: Grid) -> tuple[str, ...]:
    """Return the seasons the curves of a grid tell apart, in the year's order; ``all`` if none."""
    known = set(grid.curves["season"])
    return tuple(season for season in SEASONS if season in known) or ("all",)


def read_curves(grid: Grid) -> dict[str, Curve]:
    """Return every curve of a grid by its id; the season ``all`` stands in for those not named.

    The table must be without faults (see `grid_models.problems.curves.find_curve_faults`).
    """
    seasons = curve_seasons(grid)
    points = grid.curves.sort_values("quarter_hour", kind="stable")
    for quantity in ("p", "q"):
        least = points[f"{quantity}_least_pu"].fillna(points[f"{quantity}_pu"])
        points = points.assign(**{f"{quantity}_least_pu": least})
    curves = {}
    for curve_id, rows in points.groupby("curve_id", sort=True):
        own = {str(season): part for season, part in rows.groupby("season")}
        parts = [own.get(season, own.get("all")) for season in seasons]
        curves[str(curve_id)] = Curve(
            *(
                np.stack([part[name].to_numpy(np.float64) for part in parts if part is not None])
                for name in ("p_pu", "q_pu", "p_least_pu", "q_least_pu")
            )
        )
    return curves


def add_curves(grid: Grid, curves: pd.DataFrame, *, where: str) -> Grid:
    """Return the grid with more curves; one of the same name is replaced whole.

    A load without a curve takes the one named like its category, a generator the one named like its
    kind.

    Parameters
    ----------
    curves
        Points with the columns of the grid's table, any index.
    where
        What they come from, for the sentences: a file's name.

    Raises
    ------
    InputError
        With everything that is wrong, at once: points missing or twice there, a season missing, a
        curve in kW, percent or MW, a curve that nothing has, an element whose curve is nowhere, and
        demand in another unit.
    """
    added = curve_table(curves)
    kept = grid.curves[~grid.curves["curve_id"].isin(added["curve_id"])]
    loads = _assigned(grid.loads, "category", added)
    generators = _assigned(grid.generators, "kind", added)
    table = pd.concat([kept, added]) if len(kept) else added
    result = grid.with_tables(loads=loads, generators=generators, curves=table)
    faults = list(find_curve_faults(result.curves))
    problems = [InputProblem(field=where, zh=zh, en=en) for zh, en in map(_sentence, faults)]
    problems += _find_strangers(result, added, where)
    if not problems:
        problems += _find_absurd_demand(result, where)
    if problems:
        raise InputError(problems)
    return result


def _assigned(rows: pd.DataFrame, column: str, curves: pd.DataFrame) -> pd.DataFrame:
    """Give what has no curve the one named like its category or kind."""
    named = rows[column].where(rows[column].isin(curves["curve_id"]), "")
    return rows.assign(curve_id=rows["curve_id"].where(rows["curve_id"] != "", named))


def _sentence(fault: CurveFault) -> tuple[str, str]:
    """Say what is wrong with a curve, with the value and what would be right."""
    name_zh = f"曲线“{fault.curve_id}”{_SEASONS_ZH.get(fault.season, fault.season)}"
    is_seasonal = fault.season not in ("", "all")
    name = f'curve "{fault.curve_id}"{f" in {fault.season}" if is_seasonal else ""}'
    some = ", ".join(clock_time(point) for point in fault.points[:_SHOWN])
    some += f" … ({len(fault.points)})" if len(fault.points) > _SHOWN else ""
    match fault.code:
        case "curve_incomplete":
            count = QUARTER_HOURS - len(fault.points)
            return (
                f"{name_zh}只有 {count} 个时刻，缺 {some}；每个季节应有 {QUARTER_HOURS} 个点",
                f"{name} has {count} points and lacks {some}; a season needs {QUARTER_HOURS}",
            )
        case "curve_repeated":
            return (
                f"{name_zh}的 {some} 出现两次；每个时刻只应有一个点",
                f"{name} has two points at {some}; give one for each quarter hour",
            )
        case "curve_season_missing":
            return (
                f"{name_zh}没有数据，而其他曲线有；应补齐，或以季节 all 给出全年一条",
                f"{name} is missing though other curves have that season; add it, or give the "
                "curve for the season all",
            )
        case "curve_least_above_greatest":
            return (
                f"{name_zh}在 {some} 的最小值大于最大值；应核实这两列",
                f"{name} has its least value above the greatest at {some}; check both columns",
            )
        case "curve_unit_too_large":
            return (
                f"{name_zh}的最大系数为 {fault.value:g}，疑似录入了 kW 或百分数；"
                "应为负荷自身最大值的倍数，一般不超过 1",
                f"{name} has a greatest factor of {fault.value:g}, which looks like kW or percent; "
                "give shares of the load's own peak, 1 as a rule at most",
            )
        case _:
            return (
                f"{name_zh}全年最大系数仅为 {fault.value:g}，疑似录入了 MW；"
                "应为负荷自身最大值的倍数，一般约为 1",
                f"{name} has a greatest factor of only {fault.value:g}, which looks like MW; "
                "give shares of the load's own peak, about 1 as a rule",
            )


def _find_strangers(grid: Grid, added: pd.DataFrame, where: str) -> Iterator[InputProblem]:
    """Find curves that nothing has, and elements whose curve is nowhere."""
    named = {*grid.loads["curve_id"], *grid.generators["curve_id"]} - {""}
    known = set(grid.curves["curve_id"])
    wanted = sorted(named - known)
    others = sorted({*named, *grid.loads["category"], *grid.generators["kind"]} - {""})
    for curve_id in sorted(set(added["curve_id"]) - named):
        near = get_close_matches(curve_id, others, n=1)
        hint_zh, hint = (f"，是否指 {near[0]}", f"; did you mean {near[0]}") if near else ("", "")
        yield InputProblem(
            field=where,
            zh=f"曲线“{curve_id}”没有负荷或电源使用{hint_zh}；应为负荷的 curve_id 或类别之一："
            f"{_listed(others)}",
            en=f'curve "{curve_id}" belongs to no load and no generator{hint}; name a curve_id or '
            f"a category of the grid: {_listed(others)}",
        )
    for curve_id in wanted:
        count = int((grid.loads["curve_id"] == curve_id).sum())
        count += int((grid.generators["curve_id"] == curve_id).sum())
        yield InputProblem(
            field=where,
            zh=f"电网中有 {count} 个负荷或电源使用曲线“{curve_id}”，而文件中没有；应补上这条曲线",
            en=f'{count} loads or generators follow the curve "{curve_id}", which is not in the '
            "file; add it",
        )


def _listed(names: list[str]) -> str:
    if not names:
        return "-"
    return ", ".join(names[:_SHOWN]) + (f" … ({len(names)})" if len(names) > _SHOWN else "")


def _find_absurd_demand(grid: Grid, where: str) -> Iterator[InputProblem]:
    """Find demand beyond anything the transformers could carry: watts taken for kilowatts."""
    units = grid.transformers[grid.transformers["is_in_service"]]
    rated_kva = float((units["sn_kva"] * units["parallel"]).sum())
    loads = grid.loads[grid.loads["is_in_service"]]
    peak_kw = (loads["p_kw"] * loads["scaling"]).groupby(loads["curve_id"]).sum()
    total_kw = np.zeros((len(curve_seasons(grid)), QUARTER_HOURS))
    curves = read_curves(grid)
    for curve_id, kw in peak_kw.items():
        total_kw += kw * (curves[str(curve_id)].p_pu if curve_id else 1.0)
    season, point = np.unravel_index(int(np.argmax(total_kw)), total_kw.shape)
    worst_kw = float(total_kw[season, point])
    if 0 < HIGHEST_LOAD_RATIO * rated_kva < worst_kw:
        hour = clock_time(int(point))
        name = curve_seasons(grid)[int(season)]
        times = worst_kw / rated_kva
        yield InputProblem(
            field=where,
            zh=f"负荷合计在{_SEASONS_ZH[name]} {hour} 达 {worst_kw:,.0f} kW，为变压器额定容量合计"
            f" {rated_kva:,.0f} kVA 的 {times:,.0f} 倍，疑似把 W 当作 kW 录入；应改正负荷的单位",
            en=f"all loads together reach {worst_kw:,.0f} kW at {name} {hour}, {times:,.0f} times "
            f"the {rated_kva:,.0f} kVA of all transformers, which looks like W recorded as kW; "
            "correct the unit of the loads",
        )
