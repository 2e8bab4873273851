"""Voltage by capacity: which higher voltages the table gives where 10(20) kV is not enough."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from grid_models.model import GridModel
from planner.design_load import LEVEL_KV, Demand, Level
from planner.messages import say
from planner.plan import Reason
from planner.rules import Rules

__all__ = ["CODE", "desk_reasons_of_voltage", "find_higher_kv", "has_20_kv", "may_be_dedicated"]

CODE = "voltage_by_table"
_TWENTY_KV = 20.0


def find_higher_kv(capacity_kva: float, rules: Rules) -> tuple[float, ...]:
    """Return the nominal voltages above 10(20) kV that the table gives a capacity, lowest first."""
    bands: Mapping[str, Mapping[str, float]] = rules.value("supply_voltage_bands")
    return tuple(
        sorted(float(kv) for kv, b in bands.items() if b["low"] <= capacity_kva <= b["high"])
    )


def may_be_dedicated(capacity_kva: float, rules: Rules) -> bool:
    """Say whether the table gives a capacity a voltage of which lines are planned."""
    return not set(LEVEL_KV["hv"]).isdisjoint(find_higher_kv(capacity_kva, rules))


def desk_reasons_of_voltage(
    demand: Demand, level: Level, rules: Rules, *, has_20_kv: Callable[[], bool]
) -> Iterator[Reason]:
    """Reason why 10(20) kV is not enough, with the voltage to be supplied at.

    Parameters
    ----------
    has_20_kv
        Says whether the grid has nodes of 20 kV, which may take more; asked only where it matters.
    """
    if level != "mv" or demand.capacity_kva <= rules.number("mv_capacity_max_10kv"):
        return
    widest = rules.number("mv_capacity_max_20kv" if has_20_kv() else "mv_capacity_max_10kv")
    if demand.capacity_kva <= widest:
        return
    higher = find_higher_kv(demand.capacity_kva, rules)
    text = say(
        CODE if higher else "voltage_beyond_table",
        value=demand.capacity_kva,
        limit=widest,
        kv="/".join(f"{kv:g}" for kv in higher),
    )
    yield Reason(code=CODE, zh=text.zh, en=text.en, rule_id="supply_voltage_bands")


def has_20_kv(model: GridModel) -> bool:
    """Say whether a grid has nodes of 20 kV."""
    return bool((model.column("nodes", "vn_kv") == _TWENTY_KV).any())
