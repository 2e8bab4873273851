"""LoadCases: how much every class of load and generator takes in every season and quarter hour.

A case is one quarter hour of one season. A *class* is a curve, or, for loads without one, their
category; its power in a case is its power in the grid times one factor, so that the injections of a
tree in all cases are one product of two small matrices (`demand.powers`).

What a factor is made of, for loads::

    factor = curve (greatest or least) x coincidence x (1 + growth_pct / 100) ** years

*Coincidence* multiplies the power of every load of a class wherever it flows. It turns the sum of
the loads' own peaks into the peak of their sum and is right where many of them flow together; on
the last line to a single customer it makes the load too small. Leave it at 1 where ``p_kw`` is
already a share of a measured sum.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from grid_models.compiled import CompiledGrid
from grid_models.demand.classes import Column, HeldPower, find_columns, load_classes
from grid_models.demand.curves import Curve, clock_time, curve_seasons, read_curves
from grid_models.demand.powers import ClassPowers, spread_powers
from grid_models.errors import InputError, InputProblem
from grid_models.grid import QUARTER_HOURS, Grid

__all__ = ["LoadCase", "LoadCases", "Toward", "make_load_cases"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

Toward = Literal["load", "export"]


class LoadCase(NamedTuple):
    """One quarter hour of one season; `quarter_hour` is None for the peak, whenever it is."""

    season: str
    quarter_hour: int | None

    @property
    def name(self) -> str:
        """Season and time of day at which it begins, such as ``summer 18:30``; or ``peak``."""
        if self.quarter_hour is None:
            return "peak"
        return f"{self.season} {clock_time(self.quarter_hour)}"


@dataclass(frozen=True, kw_only=True)
class LoadCases:
    """The cases of a grid.

    Parameters
    ----------
    cases
        In the order of seasons and hours.
    toward
        ``load``: for what can still be taken, loads at their greatest and generators at their
        least. ``export``: for what can still be fed in, the other way round.
    columns
        Classes of loads, generators and held powers.
    p_factor, q_factor
        Of every case and column, shape (cases, columns), on `powers`.
    powers
        Power of every bus and column at factor 1.
    held, power_factor
        As `make_load_cases` took them.
    """

    cases: tuple[LoadCase, ...]
    toward: Toward
    columns: tuple[Column, ...]
    p_factor: Floats
    q_factor: Floats
    powers: ClassPowers
    held: tuple[HeldPower, ...]
    power_factor: Mapping[str, float]

    def __len__(self) -> int:
        """Return the number of cases."""
        return len(self.cases)

    def take(self, numbers: Sequence[int] | Ints) -> LoadCases:
        """Return some of the cases, in the order given."""
        rows = np.asarray(numbers, dtype=np.int64)
        return replace(
            self,
            cases=tuple(self.cases[k] for k in rows),
            p_factor=self.p_factor[rows],
            q_factor=self.q_factor[rows],
        )

    def find(self, *, season: str | None = None, quarter_hour: int | None = None) -> LoadCases:
        """Return the cases of a season, of a quarter hour of the day, or of both; None: of any."""
        return self.take(
            [
                k
                for k, case in enumerate(self.cases)
                if season in (None, case.season) and quarter_hour in (None, case.quarter_hour)
            ]
        )


def make_load_cases(
    compiled: CompiledGrid,
    *,
    toward: Toward = "load",
    held: Sequence[HeldPower] = (),
    growth_pct: Mapping[str, float] | None = None,
    years: float = 0.0,
    coincidence: Mapping[str, float] | None = None,
    power_factor: Mapping[str, float] | None = None,
) -> LoadCases:
    """Return every case the curves of a grid tell apart; without curves the peak alone.

    Parameters
    ----------
    compiled
        The grid; its curves must be without faults.
    toward
        Side on which the cases are to be hard, see `LoadCases`.
    held
        Powers promised and not yet taken. They count in full in every case unless they name a
        curve, and neither grow nor coincide; toward ``export`` they count as nothing, because they
        may not come.
    growth_pct
        Growth in percent a year by class of load; classes not named do not grow.
    years
        How long they grow.
    coincidence
        Factor above 0 and up to 1 by class of load; classes not named have 1.
    power_factor
        Power factor by class of load, lagging: its reactive power is then reckoned from the active
        one and follows the same curve. Classes not named keep their own.

    Raises
    ------
    InputError
        With every class, curve or node that is unknown and every factor out of range.
    """
    growth_pct, coincidence, power_factor = growth_pct or {}, coincidence or {}, power_factor or {}
    grid = compiled.grid
    problems = [
        *_find_class_problems(grid, growth_pct, coincidence, power_factor, years),
        *_find_held_problems(grid, held),
    ]
    if problems:
        raise InputError(problems)
    columns = find_columns(grid, held)
    cases = _list_cases(grid)
    curves = read_curves(grid)
    grown = np.array(
        [
            coincidence.get(c.class_id, 1.0) * (1 + growth_pct.get(c.class_id, 0.0) / 100) ** years
            if c.kind == "load"
            else 1.0
            for c in columns
        ]
    )
    factors = []
    for quantity in ("p", "q"):
        factor = np.ones((len(cases), len(columns)))
        for k, column in enumerate(columns):
            followed = "p" if _follows_p(column, power_factor) else quantity
            factor[:, k] = _factor(column, curves, toward, followed)
        factors.append(factor * grown)
    return LoadCases(
        cases=cases,
        toward=toward,
        columns=columns,
        p_factor=factors[0],
        q_factor=factors[1],
        powers=spread_powers(compiled.network, columns, held, power_factor),
        held=tuple(held),
        power_factor=dict(power_factor),
    )


def _list_cases(grid: Grid) -> tuple[LoadCase, ...]:
    if grid.curves.empty:
        return (LoadCase("all", None),)
    return tuple(
        LoadCase(season, point) for season in curve_seasons(grid) for point in range(QUARTER_HOURS)
    )


def _follows_p(column: Column, power_factor: Mapping[str, float]) -> bool:
    """Say whether a column's reactive power follows its active one, by a stated power factor."""
    return column.kind == "held" or (column.kind == "load" and column.class_id in power_factor)


def _factor(
    column: Column, curves: Mapping[str, Curve], toward: Toward, quantity: str
) -> Floats | float:
    """Return a column's factor in every case before growth and coincidence."""
    if column.kind == "held" and toward == "export":
        return 0.0
    if column.curve_id not in curves:
        return 1.0
    is_greatest = (column.kind == "generator") == (toward == "export")
    name = f"{quantity}_pu" if is_greatest else f"{quantity}_least_pu"
    return np.ravel(getattr(curves[column.curve_id], name))


def _find_class_problems(
    grid: Grid,
    growth_pct: Mapping[str, float],
    coincidence: Mapping[str, float],
    power_factor: Mapping[str, float],
    years: float,
) -> Iterator[InputProblem]:
    known = load_classes(grid)
    listed = ", ".join(name or '""' for name in known) or "-"
    for field, zh, given in (
        ("growth_pct", "年增长率", growth_pct),
        ("coincidence", "同时率", coincidence),
        ("power_factor", "功率因数", power_factor),
    ):
        for name in sorted(set(given) - set(known)):
            yield InputProblem(
                field=field,
                zh=f"{zh}所指的负荷类别“{name}”不存在；应为其中之一：{listed}",
                en=f'{field} names the class "{name}", which no load has; name one of {listed}',
            )
        for name, value in sorted(given.items()):
            is_right = 0 < value <= 1
            if field == "growth_pct":
                is_right = -1 < value / 100 < np.inf
            if not is_right:
                right = ("大于 -100 的百分数", "a percentage above -100")
                if field != "growth_pct":
                    right = ("大于 0 且不超过 1 的数", "a number above 0 and at most 1")
                yield InputProblem(
                    field=field,
                    zh=f"类别“{name}”的{zh}为 {value:g}，应为{right[0]}",
                    en=f'{field} of the class "{name}" is {value:g}; give {right[1]}',
                )
    if not 0 <= years < np.inf:
        yield InputProblem(
            field="years",
            zh=f"增长年数 years 为 {years:g}，应为不小于 0 的数",
            en=f"years is {years:g}; give 0 or a number above it",
        )


def _find_held_problems(grid: Grid, held: Sequence[HeldPower]) -> Iterator[InputProblem]:
    is_known = grid.rows_of("nodes", [power.node_id for power in held]) >= 0
    curves = {"", *grid.curves["curve_id"]}
    for power, has_node in zip(held, is_known, strict=True):
        name = power.held_id
        if not has_node:
            yield InputProblem(
                field="held",
                zh=f"承诺 {name} 的节点号为“{power.node_id}”，应为电网中的节点号",
                en=f'commitment {name} is at the node "{power.node_id}"; give a node of the grid',
            )
        if power.curve_id not in curves:
            yield InputProblem(
                field="held",
                zh=f"承诺 {name} 的曲线为“{power.curve_id}”，应为电网中的曲线，或留空",
                en=f'commitment {name} follows the curve "{power.curve_id}"; name a curve of the '
                "grid, or none",
            )
