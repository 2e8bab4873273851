"""What an application of any kind loads its new line with: sections 1, 5 and 7 written again."""

from __future__ import annotations

import math
from itertools import combinations_with_replacement
from typing import Any

from referee_application import (
    Application,
    DesignLoad,
    design_load,
    sizes_of,
    standard_capacity_kva,
)
from referee_limits import LOAD_RATE, POWER_FACTOR, SLACK
from referee_trials import Ground, Trials


def trials_of(fields: dict[str, Any], ground: Ground) -> Trials:
    """The application's own load at every level: of a single source, or of the main one."""
    trials = Trials(ground, _application(fields))
    trials.loads = {level: _main_load(fields, level) for level in ("lv", "mv", "hv")}
    return trials


def standby_trials_of(fields: dict[str, Any], ground: Ground) -> Trials:
    """What a standby source carries alone: the important load, unstated everything."""
    trials = trials_of(fields, ground)
    important_kw = fields.get("important_kw")
    for level, load in list(trials.loads.items()):
        if important_kw is None or important_kw >= load.p_kw:
            continue
        pf = load.power_factor
        s_kva = important_kw / pf
        capacity_kva = s_kva
        if level != "lv":
            capacity_kva = standard_capacity_kva(s_kva / LOAD_RATE - SLACK, sizes_of(level))
        trials.loads[level] = _load(s_kva, pf, capacity_kva)
    return trials


def stage_trials_of(fields: dict[str, Any], ground: Ground, p_kw: float) -> Trials:
    """A part of the design load at the same power factor."""
    trials = trials_of(fields, ground)
    for level, load in list(trials.loads.items()):
        trials.loads[level] = _load(p_kw / load.power_factor, load.power_factor, load.capacity_kva)
    return trials


def _application(fields: dict[str, Any]) -> Application:
    lon, lat = fields["at"]
    return Application(lon, lat, kw=fields.get("kw"), kva=fields.get("kva"))


def _load(s_kva: float, pf: float, capacity_kva: float) -> DesignLoad:
    return DesignLoad(s_kva * pf, s_kva * math.sqrt(1.0 - pf * pf), s_kva, pf, capacity_kva)


def _main_load(fields: dict[str, Any], level: str) -> DesignLoad:
    pf = fields.get("power_factor", POWER_FACTOR[level])
    if fields.get("kva") is not None:
        s_kva = capacity_kva = fields["kva"]
    else:
        s_kva = fields.get("max_demand_kw", fields["kw"]) / pf
        capacity_kva = s_kva
        if level != "lv":
            capacity_kva = standard_capacity_kva(s_kva / LOAD_RATE - SLACK, sizes_of(level))
            if (each_kw := _each_kw(fields)) is not None:
                capacity_kva = _two_kva(s_kva / LOAD_RATE, each_kw / pf, level)
    if fields.get("business") == "increase":
        return _load(s_kva - fields["existing_kva"], pf, capacity_kva)
    if fields.keys() <= {"at", "area", "special_load", "kw", "kva"}:
        return design_load(_application(fields), level)
    return _load(s_kva, pf, capacity_kva)


def _each_kw(fields: dict[str, Any]) -> float | None:
    """What either of two own transformers carries while the other is out."""
    is_important = fields.get("importance", "ordinary") != "ordinary"
    if is_important or fields.get("sources", 1) > 1:
        return fields.get("important_kw")
    return None


def _two_kva(needed_kva: float, each_kva: float, level: str) -> float:
    able = [float(size) for size in sizes_of(level) if size >= each_kva - SLACK]
    sums = (one + other for one, other in combinations_with_replacement(able, 2))
    return min(total for total in sums if total >= needed_kva - SLACK)
