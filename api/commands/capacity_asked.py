"""What is asked of a grid's capacity: grid, rules, promises, power factor and hours, as typed."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from api import clock
from api.files import read_commitment_rows
from api.request import Gathered
from api.rows import Row, read_commitments
from api.terminal import make_console
from grid_models.demand import clock_time
from grid_models.grid import QUARTER_HOURS, SEASONS
from grid_models.model import GridModel
from grid_models.stars import is_star_node
from grid_models.stored.opening import open_model
from planner.application import Commitment
from planner.capacity import CapacityQuestion
from planner.capacity_hours import Hours
from planner.form import SHARE, Form
from planner.rules import Rules, load_rule_book

__all__ = ["Asked"]

_LABELS = {
    "power_factor": "功率因数", "on_date": "日期", "workers": "并行数", "area": "规则地区",
    "season": "季节", "hour": "时刻", "all_hours": "所有时刻",
}  # fmt: skip


class Asked:
    """What every form of the command reads.

    Parameters
    ----------
    folder
        The grid.
    fields
        ``power_factor``, ``on_date``, ``workers``, ``area``, ``season``, ``hour``, ``all_hours``,
        as typed.
    promises
        File of what is promised to others.
    """

    def __init__(
        self, folder: Path, fields: Mapping[str, str | None], promises: Path | None
    ) -> None:
        self.folder = folder
        self.gathered = Gathered()
        self.form = Form(fields, _LABELS)
        model = self.gathered.attempt(lambda: open_model(folder))
        on_date = self.form.day("on_date") or clock.today()
        power_factor = self.given_power_factor = self.form.number("power_factor", SHARE)
        self.workers = self.form.whole("workers", os.cpu_count() or 1)
        self.hours = self._read_hours(model)
        self.gathered.attempt(self.form.raise_problems)
        area = self.form.text("area") or (model.grid.metadata.area if model else "demo")
        rules = self.gathered.attempt(lambda: load_rule_book(area).on(on_date))
        self.found, self._rules = model, rules
        self._on_date = on_date
        self.commitments = self.read_promises(promises)
        if rules and power_factor is None:
            power_factor = rules.number("power_factor_mv")
        self.power_factor = power_factor or 1.0

    def _read_hours(self, model: GridModel | None) -> Hours | None:
        """Return the hours asked for; a grid without curves knows none."""
        season = self.form.one_of("season", SEASONS)
        hour = self.form.text("hour")
        # 8:30 and full-width digits are hours people write
        time = unicodedata.normalize("NFKC", hour or "").zfill(len("00:00"))
        names = [clock_time(k) for k in range(QUARTER_HOURS)]
        if hour is not None and time not in names:
            self.form.refuse_value(
                "hour", hour, "整刻钟，如 18:30", "a full quarter hour such as 18:30"
            )
            hour = None
        if not (season or hour or self.form.given("all_hours")):
            return None
        if model is not None and model.grid.curves.empty:
            self.form.refuse(
                "hour",
                f"无从选取：电网“{model.grid.metadata.name}”没有负荷曲线，应以 --curves 导入",
                f'cannot be chosen: grid "{model.grid.metadata.name}" has no load curves; '
                "import it with --curves",
            )
        return Hours(season=season, quarter_hour=names.index(time) if hour else None)

    def read_promises(
        self, path: Path | None, power_factor: float | None = None
    ) -> tuple[Commitment, ...]:
        """Read a file of loads at nodes of the grid, each still in force; its problems are kept.

        Parameters
        ----------
        power_factor
            Of rows that state none.
        """
        if path is None:
            return ()
        model = self.found
        given = {} if power_factor is None else {"power_factor": str(power_factor)}
        found = self.gathered.attempt(
            lambda: read_commitments(
                [_with(row, given) for row in read_commitment_rows(path)],
                model.node_rows.keys() if model else None,
                is_star=partial(is_star_node, model) if model else None,
                node_of_bay=model.node_of_bay if model else None,
                on_date=self._on_date,
            )
        )
        return found or ()

    @property
    def model(self) -> GridModel:
        """The grid; every problem is raised here, and what counts nowhere is named once."""
        model = self.gathered.settle(self.found)
        self._name_uncounted(model)
        return model

    def _name_uncounted(self, model: GridModel) -> None:
        """Say which promises lie where nothing is supplied."""
        lost = [
            f"{promise.commitment_id}（{promise.node_id}）"
            for promise in self.commitments
            if model.place_of_node(model.node_rows[promise.node_id]) is None
        ]
        if lost:
            text = f"承诺 {'、'.join(lost)} 所在节点未供电，未计入任何容量。"
            make_console(stderr=True).print(text, style="yellow")

    @property
    def rules(self) -> Rules:
        """The rules in force."""
        return self.gathered.settle(self._rules)

    def question(self) -> CapacityQuestion:
        """Return what is asked of every node."""
        return CapacityQuestion(
            power_factor=self.power_factor, commitments=self.commitments, hours=self.hours
        )


def _with(row: Row, given: Mapping[str, str]) -> Row:
    """Fill in what a row leaves out."""
    said = {name: cell for name, cell in row.values.items() if cell not in (None, "")}
    return Row(where=row.where, values={**given, **said})
