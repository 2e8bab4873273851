"""Compensation: the kvar a customer of 10 kV and above installs to reach its power factor.

Q = P (tan phi_natural - tan phi_target) + sum of S_n (i0 + uk (S / S_n)^2) / 100 over the own
transformers, which share the load by their rated powers: what the load and the transformers need
(工业与民用供配电设计手册), never less than the usual least share of their capacity.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from math import sqrt
from typing import NamedTuple

from grid_models.catalogue import Catalogue
from planner.application import SupplyApplication
from planner.design_load import Demand
from planner.plan import Compensation
from planner.rules import Rules

__all__ = ["find_compensation"]


class _Unit(NamedTuple):
    """Least favourable transformer of a size: short-circuit voltage and no-load current."""

    sn_kva: float
    vk_pct: float
    i0_pct: float


def find_compensation(
    application: SupplyApplication,
    demand: Demand,
    rules: Rules,
    catalogue: Catalogue,
    *,
    supply_kv: float,
    least_power_factor: float,
) -> Compensation:
    """Return the compensation of a customer with own transformers.

    Parameters
    ----------
    supply_kv
        Nominal voltage of the supply.
    least_power_factor
        That the customer has to reach; a better one that was asked for holds.
    """
    natural = float(rules.value("natural_power_factor")[application.category])
    target = max(demand.load.power_factor, least_power_factor)
    p_kw = demand.whole_kva * demand.load.power_factor
    for_load = p_kw * max(_tangent(natural) - _tangent(target), 0.0)
    for_transformers = _transformer_kvar(
        demand.transformers_kva, p_kw / target, _units(catalogue, supply_kv)
    )
    share = float(rules.value("compensation_share")["low"]) / 100.0
    least = share * sum(demand.transformers_kva)
    return Compensation(
        total_kvar=max(for_load + for_transformers, least),
        load_kvar=for_load,
        transformer_kvar=for_transformers,
        least_kvar=least,
        natural_power_factor=natural,
        target_power_factor=target,
    )


def _tangent(power_factor: float) -> float:
    return sqrt(1.0 - power_factor**2) / power_factor


def _transformer_kvar(
    transformers_kva: Sequence[float], s_kva: float, units: Sequence[_Unit]
) -> float:
    """Reactive power the transformers need themselves at a load they share."""
    load_rate = s_kva / sum(transformers_kva)
    found = 0.0
    for sn_kva in transformers_kva:
        # A size the catalogue lacks counts as the next larger one, or the largest.
        unit = next((u for u in units if u.sn_kva >= sn_kva), units[-1])
        found += sn_kva * (unit.i0_pct + unit.vk_pct * load_rate**2) / 100.0
    return found


@lru_cache(maxsize=16)
def _units(catalogue: Catalogue, supply_kv: float) -> tuple[_Unit, ...]:
    """Return of each size the greatest values of any series: which one is bought is unknown."""
    rows = (
        catalogue.customer_transformers_for(supply_kv).groupby("sn_kva")[["vk_pct", "i0_pct"]].max()
    )
    return tuple(
        _Unit(float(sn), float(vk), float(i0))
        for sn, vk, i0 in zip(rows.index, rows["vk_pct"], rows["i0_pct"], strict=True)
    )
