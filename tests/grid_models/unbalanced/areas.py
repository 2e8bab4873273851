"""Low-voltage areas drawn by hand, and their solution by ours and by pandapower.

::

    S ==10 kV== H --(Dyn)-- B --- A --- E
                            `---- D

"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from grid_models.grid import Grid
from grid_models.model import GridModel
from grid_models.readers import read_grid
from grid_models.solvers.by_phase import AreaTrials
from grid_models.unbalanced.area import PHASES, Area
from grid_models.unbalanced.finding import Unknown, find_area
from tests.grid_models.grids import Row, coil, grid_of, line, load, source

FOUR_CORE = {
    "r_ohm_per_km": 0.32, "x_ohm_per_km": 0.08, "c_nf_per_km": 0.0,
    "r0_ohm_per_km": 1.28, "x0_ohm_per_km": 0.32, "ampacity_a": 200.0,
}  # fmt: skip
DYN = {"vector_group": "Dyn11", "vk0_pct": 4.0, "vkr0_pct": 1.1, "shift_degree": 330.0}


def on(node: str, p_kw: float, *shares: float, q_kvar: float = 0.0, **values: Any) -> Row:
    """Return a load with its shares on a, b and c in percent."""
    phases = {f"phase_{phase}_pct": share for phase, share in zip(PHASES, shares, strict=True)}
    return load(node, p_kw, q_kvar, **phases, **values)


def small_grid(**tables: Any) -> Grid:
    """Return the grid drawn above, unevenly loaded; tables given replace its own rows."""
    lines = {
        "SH": line("S", "H", 3000.0),
        "BA": line("B", "A", 200.0, **FOUR_CORE),
        "AE": line("A", "E", 150.0, **FOUR_CORE),
        "BD": line("B", "D", 300.0, **FOUR_CORE),
    }
    loads = {
        "a": on("A", 12.0, 100.0, 0.0, 0.0, q_kvar=4.0),
        "e": on("E", 6.0, 0.0, 100.0, 0.0, q_kvar=2.0),
        "d": on("D", 15.0, 20.0, 30.0, 50.0, q_kvar=5.0),
        "h": load("H", 400.0, 100.0),
    }
    transformers = {"T": coil("H", "B", 200.0, 10.0, 0.4, **DYN)}
    return grid_of(
        {"S": 10.0, "H": 10.0} | dict.fromkeys("BAED", 0.4) | tables.get("nodes", {}),
        lines=lines | tables.get("lines", {}),
        transformers=transformers | tables.get("transformers", {}),
        loads=loads | tables.get("loads", {}),
        sources={"grid": source("S")} | tables.get("sources", {}),
        **{name: rows for name, rows in tables.items() if name in ("generators", "shunts")},
    )


def european() -> Grid:
    return read_grid("pandapower:ieee_european_lv_asymmetric")


def area_of(grid: Grid) -> tuple[Area, list[str], list[str]]:
    """Return the only low-voltage area of a grid, with the ids of its nodes and branches."""
    model = GridModel.of(grid)
    board = int(model.topology(0).board.max())
    found = find_area(model, 0, board, model.tree(0), model.state(0))
    assert not isinstance(found, Unknown), found
    rows = range(board, board + len(found))
    return found, [model.node_id(0, k) for k in rows], [model.branch_id(0, k) for k in rows]


def why_unknown(grid: Grid) -> tuple[str, str]:
    """Return why the area of a grid is not known by phase."""
    model = GridModel.of(grid)
    board = int(model.topology(0).board.max())
    found = find_area(model, 0, board, model.tree(0), model.state(0))
    assert isinstance(found, Unknown)
    return found.code, found.element_id


def solved(grid: Grid) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return volts at the nodes of the area of a grid, and its branches' percent of the rating."""
    area, nodes, branches = area_of(grid)
    (v,) = AreaTrials(area, 0).solve(np.zeros((1, 3), np.complex128))
    volts = pd.DataFrame(np.abs(v[: len(area)]) * area.volts, nodes, list(PHASES))
    return volts, pd.DataFrame(area.loadings(v), branches, list(PHASES))
