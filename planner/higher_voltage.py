"""Higher voltage: what is said of the voltages above 10(20) kV the table gives a customer.

Where no dedicated line is found the desk is told which stations there are.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

import numpy as np

from grid_models.model import GridModel
from planner.application import SupplyApplication
from planner.design_load import level_of
from planner.messages import Message, listed, say
from planner.plan import Information, Option
from planner.rules import Rules
from planner.voltage_table import CODE as VOLTAGE_BY_TABLE
from planner.voltage_table import find_higher_kv

__all__ = ["show_dedicated_voltage", "show_higher_voltage"]

CODE = "higher_voltage_points"
# A node of 121 kV belongs to the grid of 110 kV.
SAME_LEVEL_SHARE = 0.15
_M_PER_KM = 1000.0


def show_higher_voltage(
    model: GridModel, application: SupplyApplication, capacity_kva: float, rules: Rules
) -> list[Information]:
    """Say of each voltage the table gives a capacity which stations have it, nearest first."""
    texts = (_near(model, application, kv, rules) for kv in find_higher_kv(capacity_kva, rules))
    return [Information(code=CODE, zh=text.zh, en=text.en) for text in texts]


def show_dedicated_voltage(
    options: Sequence[Option], capacity_kva: float, rules: Rules
) -> list[Information]:
    """Say why the options have a voltage above 10(20) kV, where they do."""
    if not options or level_of(options[0].supply_kv) != "hv":
        return []
    named = "/".join(f"{kv:g}" for kv in find_higher_kv(capacity_kva, rules))
    text = say("voltage_of_table", value=capacity_kva, kv=named)
    return [Information(code=VOLTAGE_BY_TABLE, zh=text.zh, en=text.en)]


def _near(model: GridModel, application: SupplyApplication, kv: float, rules: Rules) -> Message:
    reach_m = rules.number("hv_max_distance")
    nearest = islice(
        _stations(model, application, kv, reach_m), int(rules.number("higher_voltage_points"))
    )
    named = [f"{name} ({distance_m / _M_PER_KM:.1f} km)" for name, distance_m in nearest]
    if not named:
        return say("higher_voltage_none", kv=kv, value=reach_m / _M_PER_KM)
    return say(CODE, kv=kv, element=listed(named))


def _stations(
    model: GridModel, application: SupplyApplication, kv: float, reach_m: float
) -> Iterator[tuple[str, float]]:
    """Yield the stations that have supplied nodes of a voltage, nearest first."""
    present = np.unique(model.column("nodes", "vn_kv"))
    levels_kv = tuple(present[np.abs(present - kv) <= SAME_LEVEL_SHARE * kv].tolist())
    if not levels_kv:
        return
    near = model.spatial_at(levels_kv).near_nodes(application.lon, application.lat, reach_m)
    seen: set[str] = set()
    for row, distance_m in zip(near.rows.tolist(), near.distance_m.tolist(), strict=True):
        if model.place_of_node(row) is None or model.value("nodes", "ownership", row) == "private":
            continue
        station = str(model.value("nodes", "substation_id", row))
        name = model.label(station or str(model.value("nodes", "id", row)))
        if name not in seen:
            seen.add(name)
            yield name, distance_m
