"""Design load and voltage level: how much goes into the power flow, and at which voltage.

Three powers are kept apart: `equipment_kw` decides the level, the design load goes into the power
flow, `capacity_kva` (报装容量) is what the on-site limit, the reservation and the form speak of.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations_with_replacement
from typing import Literal

from planner.application import SupplyApplication
from planner.importance import is_important
from planner.plan import DesignLoad
from planner.rules import Rules

__all__ = [
    "LEVEL_KV",
    "Demand",
    "Level",
    "VoltageChoice",
    "choose_levels",
    "find_demand",
    "find_important_demand",
    "level_of",
]

Level = Literal["lv", "mv", "hv"]

LEVEL_KV: dict[Level, tuple[float, ...]] = {
    "lv": (0.38, 0.4),
    "mv": (10.0, 20.0),
    "hv": (35.0, 110.0),
}
"""Nominal voltages of the nodes of a level, kV."""

# Transformer sizes a customer of a level chooses from.
_SIZES: dict[Level, str] = {
    "mv": "standard_transformers_kva",
    "hv": "standard_transformers_hv_kva",
}

# Powers this close are equal: rounding asks for no larger transformer.
SLACK_KVA = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class VoltageChoice:
    """Levels to compute, the preferred one first, and what follows from the choice."""

    levels: tuple[Level, ...]
    near_limit: bool
    to_confirm: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """What an application asks at one voltage level.

    Parameters
    ----------
    whole_kva
        Load of the whole customer; above `load` where a present supply is increased, for `load`
        is then only what is added.
    """

    equipment_kw: float
    capacity_kva: float
    whole_kva: float
    transformers_kva: tuple[float, ...]
    load: DesignLoad


def level_of(supply_kv: float) -> Level:
    """Return the level a nominal voltage of supply belongs to."""
    if supply_kv < min(LEVEL_KV["mv"]):
        return "lv"
    return "hv" if supply_kv >= min(LEVEL_KV["hv"]) else "mv"


def choose_levels(application: SupplyApplication, rules: Rules) -> VoltageChoice:
    """Choose the voltage level by the limit in force on the acceptance date."""
    limit = rules.number("lv_access_limit")
    if application.phases == 1:  # at 10(20) kV there is no single-phase supply
        return VoltageChoice(
            levels=("lv",), near_limit=False, to_confirm=application.kva is not None
        )
    lv_only = rules.number("lv_only_share") * limit
    if application.kva is not None:
        both = application.kva <= limit / rules.number("lv_only_share")
        return VoltageChoice(
            levels=("lv", "mv") if both else ("mv",), near_limit=False, to_confirm=both
        )
    kw = application.kw or 0.0
    if kw <= limit:
        levels: tuple[Level, ...] = ("lv",) if kw <= lv_only else ("lv", "mv")
        return VoltageChoice(levels=levels, near_limit=False, to_confirm=False)
    near = kw <= rules.number("near_limit_share") * limit
    return VoltageChoice(levels=("mv",), near_limit=near, to_confirm=False)


def find_demand(application: SupplyApplication, level: Level, rules: Rules) -> Demand:
    """Work out the three powers at a voltage level.

    Sizing of transformers at 10(20) kV and above: S >= P / (power factor x load rate).
    """
    pf = application.power_factor or rules.number(f"power_factor_{level}")
    if application.kva is not None:
        s_kva, basis = application.kva, "kva"
        equipment_kw = s_kva * pf
    else:
        equipment_kw = application.kw or 0.0
        factor = rules.value("category_demand_factor").get(application.category)
        if application.max_demand_kw is not None:
            p_kw, basis = application.max_demand_kw, "max_demand"
        elif factor is not None:
            p_kw, basis = equipment_kw * float(factor), "category"
        else:
            p_kw, basis = equipment_kw, "equipment"
        s_kva = p_kw / pf
    added_kva = s_kva
    if application.is_increase_at_a_node and application.existing_kva:
        # the present load is part of the grid already
        added_kva, basis = max(s_kva - application.existing_kva, 0.0), "increase"
    load = DesignLoad(
        p_kw=added_kva * pf,
        q_kvar=added_kva * math.sqrt(1.0 - pf * pf),
        s_kva=added_kva,
        power_factor=pf,
        basis=basis,
    )
    transformers: tuple[float, ...] = ()
    capacity = s_kva
    if level != "lv":
        needed = (
            application.kva
            if application.kva is not None
            else s_kva / rules.number("transformer_load_rate")
        )
        sizes = sorted(float(size) for size in rules.value(_SIZES[level]))
        must_kva = _each_must_carry_kva(application, pf, rules)
        if must_kva is None:
            transformers = _transformers(needed, sizes)
        else:
            transformers = _two_transformers(needed, must_kva, sizes)
        capacity = application.kva if application.kva is not None else sum(transformers)
    return Demand(
        equipment_kw=equipment_kw,
        capacity_kva=capacity,
        whole_kva=s_kva,
        transformers_kva=transformers,
        load=load,
    )


def find_important_demand(application: SupplyApplication, level: Level, rules: Rules) -> Demand:
    """Work out what a standby source must carry alone: the important part, unstated all of it."""
    # a standby carries alone what is there already as well
    application = replace(application, existing_kva=None)
    whole = find_demand(application, level, rules)
    important_kw = application.important_kw
    if important_kw is None or important_kw >= whole.load.p_kw:
        return whole
    # what a source holds is sized plainly: how many transformers share it is another question
    alone = replace(
        application, kw=important_kw, kva=None, max_demand_kw=important_kw, important_kw=None
    )
    part = find_demand(alone, level, rules)
    return replace(part, load=replace(part.load, basis="important"))


def _each_must_carry_kva(
    application: SupplyApplication, power_factor: float, rules: Rules
) -> float | None:
    """Return the important load that one of two transformers carries; None: one is enough."""
    if application.important_kw is None:
        return None
    if not is_important(application, rules) and application.sources == 1:
        return None
    return application.important_kw / power_factor


def _two_transformers(
    needed_kva: float, each_kva: float, sizes: Sequence[float]
) -> tuple[float, ...]:
    """Least standard sum of two, each of which carries the important load by itself.

    Of two pairs of one sum the more equal one is taken. Beyond the largest pair: as few equal ones
    of the largest size as give the sum while one is out.
    """
    able = [size for size in sizes if size >= each_kva - SLACK_KVA]
    pairs = [pair for pair in combinations_with_replacement(able, 2)
             if sum(pair) >= needed_kva - SLACK_KVA]  # fmt: skip
    if pairs:
        small, great = min(pairs, key=lambda pair: (sum(pair), abs(pair[1] - pair[0])))
        return (max(small, great), min(small, great))
    largest = max(sizes)
    count = math.ceil(max(needed_kva / largest, each_kva / largest + 1.0) - SLACK_KVA)
    return (largest,) * max(count, 2)


def _transformers(needed_kva: float, sizes: Sequence[float]) -> tuple[float, ...]:
    """Smallest standard transformer that does; else the least sum of two; else the largest first.

    Of two pairs of one sum the more equal one is taken.
    """
    largest: list[float] = []
    while needed_kva > 2.0 * sizes[-1] + SLACK_KVA:
        largest.append(sizes[-1])
        needed_kva -= sizes[-1]
    single = next(((size,) for size in sizes if size >= needed_kva - SLACK_KVA), None)
    if single is not None:
        return (*largest, *single)
    pairs = [pair for pair in combinations_with_replacement(sizes, 2)
             if sum(pair) >= needed_kva - SLACK_KVA]  # fmt: skip
    small, great = min(pairs, key=lambda pair: (sum(pair), pair[1] - pair[0]))
    return (*largest, great, small)
