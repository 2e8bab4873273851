"""What is asked of a grid's capacity: grid, rules, promises, power factor and hours, as typed."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from api import clock
from api.asked_hours import read_hours
from api.files import read_commitment_rows
from api.request import Gathered
from api.rows import Row, read_commitments
from api.terminal import make_console
from grid_models.model import GridModel
from grid_models.stars import is_star_node
from grid_models.stored.opening import open_model
from planner.application import Commitment
from planner.capacity import CapacityQuestion
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
        self.hours = read_hours(self.form, model)
        self.gathered.attempt(self.form.raise_problems)
        area = self.form.text("area") or (model.grid.metadata.area if model else "demo")
        rules = self.gathered.attempt(lambda: load_rule_book(area).on(on_date))
        self.found, self._rules = model, rules
        self._on_date = on_date
        self.commitments = self.read_promises(promises)
        if rules and power_factor is None:
            power_factor = rules.number("power_factor_mv")
        self.power_factor = power_factor or 1.0

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
