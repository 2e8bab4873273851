"""Scenarios for the tests of the command, the route and the files."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from grid_models.catalogue import load_catalogue
from grid_models.crs import Plane
from grid_models.grid import Grid
from grid_models.model import GridModel
from planner.rules import load_rule_book
from planner.scenarios import WhatIf, read_scenario, run_scenario
from planner.site import grid_area
from tests.api.conftest import TODAY
from tests.api.grids import shop_grid

# 200 kW more are too much for line:3 (335 A at 0.4 kV), and trafo:2 is made larger for them.
STEPS: list[dict[str, Any]] = [
    {"name": "充电站", "add_load": {"node": "bus:6", "p_kw": 200, "q_kvar": 60}},
    {"name": "增容", "replace_transformer": {"transformer": "trafo:2", "type": "S13-630/10"}},
]
SCENARIO = """\
name: 商铺扩容
on_date: 2026-08-01
steps:
  - name: 充电站
    add_load: {node: bus:6, p_kw: 200, q_kvar: 60}
  - name: 增容
    replace_transformer: {transformer: trafo:2, type: S13-630/10}
"""
BAD = """\
steps:
  - name: 充电站
    add_load:
      node: bus:66
      p_kw: -200
"""


def written(folder: Path, text: str, name: str = "情景.yaml", encoding: str = "utf-8") -> Path:
    """Write a scenario file and return its path."""
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


def what_if_of(grid: Grid, *steps: dict[str, Any], **facts: Any) -> WhatIf:
    """Carry out some steps on a grid."""
    model = GridModel.of(grid)
    scenario = read_scenario(
        {"name": "商铺扩容", "steps": list(steps), **facts},
        model=model,
        area=grid_area(grid),
        catalogue=load_catalogue(),
        rule_book=load_rule_book,
        today=TODAY,
    )
    return run_scenario(scenario, model, load_rule_book("demo"), load_catalogue())


@cache
def shop_result() -> WhatIf:
    """Return what the two steps do to the tiny grid."""
    return what_if_of(shop_grid(), *STEPS)


def plane() -> Plane:
    """Return the plane the tiny grid is measured in."""
    return Plane(shop_grid().metadata.projected_epsg)
