"""Figures: what lines and distribution transformers of a grid can still take, promises counted.

A line is judged at its end that is farther from the source, a transformer at its board; the new
load has the power factor that the rules take at that level.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from api.map.layers import Layer
from api.map.places import places_of_lines, places_of_nodes
from api.translate import json_ready
from grid_models.model import GridModel
from grid_models.topology import LOW_VOLTAGE_KV
from planner.design_load import LEVEL_KV
from planner.headroom import Headroom, Headrooms

__all__ = ["Figures", "Power", "are_medium_voltage", "free_json", "loading_json", "power_factor"]

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Level = Literal["lv", "mv"]
Power = float | Literal["inf", "-inf"] | None
"""kVA or percent; null where it is not known, the text "inf" where nothing binds."""

# Figures are told in tenths: a kVA's tenth binds nobody, and a phone is sent half as much.
_TENTHS = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Headrooms of one grid at one moment, by rows of its tables."""

    model: GridModel
    headrooms: Headrooms

    def of_lines(self, rows: Ints) -> Headroom:
        """Return what lines can take at their far ends."""
        tree, row = places_of_lines(self.model, rows)
        return self.headrooms.at(tree, row, power_factor=power_factor(self.headrooms, "mv"))

    def of_transformers(self, rows: Ints) -> Headroom:
        """Return what the boards of transformers can take."""
        tree, row = places_of_nodes(self.model, np.asarray(self.model.transformer_ends)[1][rows])
        return self.headrooms.at(tree, row, power_factor=power_factor(self.headrooms, "lv"))

    def of_node(self, row: int) -> Headroom:
        """Return what a node can take, by the power factor of its level."""
        level: Level = (
            "lv" if float(self.model.value("nodes", "vn_kv", row)) <= LOW_VOLTAGE_KV else "mv"
        )
        tree, place = places_of_nodes(self.model, np.array([row]))
        return self.headrooms.at(tree, place, power_factor=power_factor(self.headrooms, level))


def power_factor(headrooms: Headrooms, level: Level) -> float:
    """Return the power factor a new load of a level is taken to have."""
    return headrooms.rules.number(f"power_factor_{level}")


def are_medium_voltage(lines: Layer) -> npt.NDArray[np.bool_]:
    """Say by shape which lines are above low voltage and below 35 kV."""
    of_look = np.array(
        [LOW_VOLTAGE_KV < float(look.get("kv", 0.0)) < min(LEVEL_KV["hv"]) for look in lines.looks],
        dtype=np.bool_,
    )
    return of_look[lines.look]


def free_json(values: Floats) -> list[Any]:
    """Return powers as JSON knows them, rounded down: nothing is said to be free that is not."""
    return _json(np.floor(values * _TENTHS) / _TENTHS)


def loading_json(values: Floats) -> list[Any]:
    """Return loadings as JSON knows them, rounded up."""
    return _json(np.ceil(values * _TENTHS) / _TENTHS)


def _json(values: Floats) -> list[Any]:
    return [None if np.isnan(value) else json_ready(value) for value in values.tolist()]
