"""Grids and shortcuts for tests of scenarios.

::

    S ==Ta== a1 --la-- a2 --tie:- b2 --lb-- b1 ==Tb== S        R ==Tc== c1 --lc-- c2
                 #                |                                          4 MW, no solution
                board --lv-- home `- a load
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import cache
from typing import Any

import pytest

from grid_models.catalogue import Catalogue, load_catalogue
from grid_models.errors import InputError
from grid_models.grid import Grid
from grid_models.model import GridModel
from planner.rules import load_rule_book
from planner.scenarios import WhatIf, read_scenario, run_scenario
from planner.site import grid_area
from tests.grid_models.grids import coil, grid_of, line, load, opened, source

DAY = date(2026, 8, 1)


def two_arms() -> Grid:
    """Return the grid drawn above; 1 MVA is 58 A at 10 kV, and a line carries 300 A."""
    places = {
        "S": (110.0, 120.150, 30.280), "a1": (10.0, 120.150, 30.280), "a2": (10.0, 120.158, 30.280),
        "board": (0.4, 120.158, 30.280), "home": (0.4, 120.159, 30.280),
        "b1": (10.0, 120.150, 30.290), "b2": (10.0, 120.158, 30.290),
        "R": (110.0, 120.190, 30.280), "c1": (10.0, 120.190, 30.280), "c2": (10.0, 120.195, 30.280),
    }  # fmt: skip
    return grid_of(
        {
            name: {"vn_kv": kv, "lon": lon, "lat": lat, "ownership": "public"}
            for name, (kv, lon, lat) in places.items()
        },
        transformers={
            "Ta": coil("S", "a1", 10_000.0, 110.0, 10.5),
            "Tb": coil("S", "b1", 10_000.0, 110.0, 10.5),
            "Tc": coil("R", "c1", 10_000.0, 110.0, 10.5),
            "Tlv": coil("a2", "board", 400.0, 10.0, 0.4, ownership="public"),
        },
        lines={
            "la": line("a1", "a2", 800.0),
            "lb": line("b1", "b2", 800.0),
            "tie": line("a2", "b2", 1_100.0),
            "lv": line("board", "home", 100.0, ampacity_a=400.0, ownership="public"),
            "lc": line("c1", "c2", 50_000.0, r_ohm_per_km=1.0),
        },
        switches={
            "s:tie": opened("b2", "tie"),
            "s:a": opened("a1", "la") | {"is_closed": True},
            "s:b": opened("b1", "lb") | {"is_closed": True},
        },
        loads={
            "a": load("a2", 1_000.0, 300.0, category="industrial"),
            "b": load("b2", 2_000.0, 600.0, category="commercial"),
            "h": load("home", 100.0, 30.0, category="resident"),
            "c": load("c2", 4_000.0, 1_000.0, category="agricultural"),
        },
        sources={"src": source("S", v_pu=0.97), "other": source("R")},
    )  # fmt: skip


@cache
def model() -> GridModel:
    """Return the grid compiled once; nothing may change it."""
    return GridModel.of(two_arms())


@cache
def catalogue() -> Catalogue:
    """Return the catalogue, read once."""
    return load_catalogue()


def what_if(*steps: dict[str, Any], on: GridModel | None = None, **facts: Any) -> WhatIf:
    """Read and carry out a scenario of some steps."""
    grid = on or model()
    scenario = read_scenario(
        {"steps": list(steps), **facts},
        model=grid,
        area=grid_area(grid.grid),
        catalogue=catalogue(),
        rule_book=load_rule_book,
        today=DAY,
    )
    return run_scenario(scenario, grid, load_rule_book(scenario.area), catalogue())


def refused(act: Callable[[], object]) -> list[str]:
    """Return the English sentences with which something is refused."""
    with pytest.raises(InputError) as caught:
        act()
    assert all(problem.zh and problem.field for problem in caught.value.problems)
    return [problem.en for problem in caught.value.problems]
