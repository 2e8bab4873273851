"""The example rules with single rows changed, and applications that say only what a test asks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from functools import cache
from typing import Any

from grid_models.catalogue import Catalogue, load_catalogue
from grid_models.compiled import compile_grid
from grid_models.grid import Grid
from grid_models.model import GridModel
from planner.application import Commitment, SupplyApplication
from planner.assistant import make_plan
from planner.plan import SupplyPlan
from planner.routing import Streets
from planner.rules import RuleBook, Rules, load_rule_book
from planner.rules.rule import Rule
from tests.cases.drawing import place

__all__ = [
    "DAY",
    "asked",
    "catalogue",
    "commitment",
    "example_rules",
    "plan_for",
    "rule_book",
    "unexamined",
    "with_effects",
]

DAY = date(2026, 8, 1)

Facts = dict[str, Any]


def rule_book(**rows: Facts) -> RuleBook:
    """Return the example rules; ``rule_id={"value": 5}`` states facts of a row anew."""
    book = _book()
    return replace(book, rows=tuple(replace(r, **rows.get(r.rule_id, {})) for r in book.rows))


def example_rules(day: date = DAY, **values: Any) -> Rules:
    """Return the example rules of a day, some rows with another value."""
    rules = rule_book(**{rule_id: {"value": value} for rule_id, value in values.items()}).on(day)
    assert not set(values) - set(rules.in_force), "no such rule"
    return rules


def with_effects(rules: Rules, code: str, **effects: str) -> Rules:
    """Return rules under which breaking a check does something else: path, feeder, tree."""
    row: Rule = rules.in_force[code]
    other = replace(row, effects={**row.effects, **effects})
    return replace(rules, in_force=rules.in_force | {code: other}, _asked=set())


def asked(east_m: float = 0.0, north_m: float = 0.0, **facts: Any) -> SupplyApplication:
    """Return an application for a site of the drawing, with no special load unless one is given."""
    lon, lat = place(east_m, north_m)
    stated = {"on_date": DAY, "special_load": "none"} | facts
    return SupplyApplication(lon=lon, lat=lat, **stated)


def commitment(node_id: str, s_kva: float = 0.0, **facts: Any) -> Commitment:
    """Return a promise at a node."""
    return Commitment(commitment_id="promise:1", node_id=node_id, s_kva=s_kva, **facts)


def plan_for(
    grid: Grid | GridModel,
    application: SupplyApplication,
    *,
    rules: RuleBook | None = None,
    commitments: Sequence[Commitment] = (),
    streets: Streets | None = None,
) -> SupplyPlan:
    """Return the plan for an application under the example rules; see `unexamined`."""
    model = grid if isinstance(grid, GridModel) else unexamined(grid)
    return make_plan(
        application, model, rules or _book(), catalogue(), commitments=commitments, streets=streets
    )


def unexamined(grid: Grid) -> GridModel:
    """Return a grid's model without the list of its problems, which takes longest to make."""
    return GridModel(compiled=compile_grid(grid), version=grid.version, problems=())


@cache
def _book() -> RuleBook:
    return load_rule_book("demo")


@cache
def catalogue() -> Catalogue:
    """Return the catalogue."""
    return load_catalogue()
