"""Existing supply: a customer who asks for more where there is a supply already.

The present load is part of the grid: only what is added is solved, at the node itself, and no new
line leads there. Whose the node is does not matter: it is the customer's own way.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from grid_models.model import GridModel
from planner.application import SupplyApplication
from planner.candidate import Candidate, Surroundings
from planner.design_load import LEVEL_KV, Level, VoltageChoice

__all__ = ["KIND", "find_existing", "keep_level"]

KIND, ACCESS = "existing_supply", "existing_node"


def keep_level(
    choice: VoltageChoice, application: SupplyApplication, model: GridModel
) -> VoltageChoice:
    """Stay at the level of the existing supply unless the total is too large for it."""
    level = _level(application, model)
    if level is None or (level == "lv" and "lv" not in choice.levels):
        return choice
    return replace(choice, levels=(level,))


def find_existing(around: Surroundings) -> tuple[Candidate, ...] | None:
    """Return the existing supply as the one access point of its level; None: a new one is asked."""
    model, application = around.model, around.application
    level = _level(application, model)
    if level is None or LEVEL_KV[level] != around.levels_kv:
        return None
    row = model.row_of("nodes", application.existing_node or "")
    lon, lat = (float(model.value("nodes", name, row)) for name in ("lon", "lat"))
    reach_m = around.rules.number("largest_distance")
    near = model.spatial.near_nodes(application.lon, application.lat, reach_m)
    distance_m = float(near.distance_m[near.rows == row].min(initial=reach_m))
    if np.isnan(lon):
        lon, lat, distance_m = application.lon, application.lat, 0.0
    candidate = around.at_node(
        row, distance_m, kind=KIND, access_kind=ACCESS, owners=("public",), place=(lon, lat),
    )  # fmt: skip
    refusals = tuple(r for r in candidate.refusals if r.code != "not_public")
    return (replace(candidate, length_m=0.0, refusals=refusals),)


def _level(application: SupplyApplication, model: GridModel) -> Level | None:
    if not application.is_increase_at_a_node:
        return None
    row = model.row_of("nodes", application.existing_node or "")
    if row < 0 or model.place_of_node(row) is None:
        return None
    kv = float(model.value("nodes", "vn_kv", row))
    for level, levels_kv in LEVEL_KV.items():
        if level != "hv" and any(abs(kv - known) < 1e-6 * known for known in levels_kv):
            return level
    return None
