"""Elements as a short circuit sees them: branches, external grids, converters; pu on 1 MVA.

Shunts, loads and the magnetising of transformers are left out, and so are taps (IEC 60909-0 clause
5.2): a transformer is its corrected impedance between two rated voltages.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from grid_models.network import BASE_MVA, LINE, TRANSFORMER, Network
from grid_models.short_circuit import LEAST_SOURCE_ANGLE
from grid_models.short_circuits.basis import Case, ShortCircuitBasis
from grid_models.topology import LOW_VOLTAGE_KV

__all__ = ["Feeds", "Solution", "branch_impedances", "converter_currents", "find_feeds"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Complexes = npt.NDArray[np.complex128]


class Solution(NamedTuple):
    """Of some buses, pu: impedance of a short circuit there, voltage its converters make there."""

    z: Complexes
    v: Complexes


@dataclass(frozen=True, slots=True, kw_only=True)
class Feeds:
    """External grids of a part of the network.

    Parameters
    ----------
    bus
        Where each stands.
    z_pu
        Modulus of its impedance; 0 where the greatest strength is unknown (infinitely strong), NaN
        where the least is.
    least_angle, greatest_angle
        Between which the angle of its impedance lies, in radians; equal where it is known.
    """

    bus: Ints
    z_pu: Floats
    least_angle: Floats
    greatest_angle: Floats

    @property
    def are_known(self) -> bool:
        """Whether every impedance is known in modulus and angle."""
        return bool(np.all((self.z_pu > 0.0) & (self.least_angle == self.greatest_angle)))

    @property
    def possible(self) -> list[Complexes]:
        """Their impedances: as known, or at both ends of what their angles may be."""
        ends = [self.least_angle]
        if not np.array_equal(self.least_angle, self.greatest_angle, equal_nan=True):
            ends.append(self.greatest_angle)
        return [np.asarray(self.z_pu * np.exp(1j * end), dtype=np.complex128) for end in ends]


def find_feeds(network: Network, bus: Ints, basis: ShortCircuitBasis, case: Case) -> Feeds:
    """Return the external grids among some buses (IEC 60909-0 clause 6.2).

    For the greatest current what is unknown is the worst there may be; for the least it is NaN.
    """
    prefix = "short_circuit" if case == "max" else "short_circuit_min"
    own = np.flatnonzero(np.isin(network.source_bus, bus))
    sources = network.grid.sources.iloc[network.source_row[own]]
    strength_mva, r_x = sources[f"{prefix}_mva"].to_numpy(), sources[f"{prefix}_r_x"].to_numpy()
    at = network.source_bus[own]
    kv = network.base_kv[at]
    is_known = strength_mva > 0.0
    z = basis.voltage_factor(case, kv) * BASE_MVA / np.where(is_known, strength_mva, 1.0)
    angle = np.arctan2(1.0, r_x)
    if case == "min":
        z = np.where(is_known & np.isfinite(r_x), z, np.nan)
        return Feeds(bus=at, z_pu=z, least_angle=angle, greatest_angle=angle)
    least = np.where(kv > LOW_VOLTAGE_KV, LEAST_SOURCE_ANGLE, 0.0)
    is_stated = np.isfinite(r_x)
    return Feeds(
        bus=at,
        z_pu=np.where(is_known, z, 0.0),
        least_angle=np.where(is_stated, angle, least),
        greatest_angle=np.where(is_stated, angle, np.pi / 2.0),
    )


# What a mesh lacks gives no number here, and none in the end.
@np.errstate(divide="ignore", invalid="ignore", over="ignore")
def branch_impedances(
    network: Network, branch: Ints, basis: ShortCircuitBasis, case: Case
) -> tuple[Complexes, Floats]:
    """Return impedance and rated ratio of some branches, as `Branches` has them.

    Lines by their positive sequence, for the least current at the temperature they end at;
    transformers by rated values, for the greatest current corrected by K_T (clause 6.3.3).
    """
    branches = network.branches
    kind = branches.kind[branch]
    z = branches.r[branch] + 1j * branches.x[branch]
    is_line = kind == LINE
    z[is_line] = z.real[is_line] * basis.resistance_factor(case) + 1j * z.imag[is_line]
    ratio = np.ones(len(branch))
    own = kind == TRANSFORMER
    if own.any():
        of = branch[own]
        z[own], ratio[own] = _transformers(
            network, branches.element[of], branches.f[of], branches.t[of], basis, case
        )
    return z, ratio


def _transformers(
    network: Network, row: Ints, hv: Ints, lv: Ints, basis: ShortCircuitBasis, case: Case
) -> tuple[Complexes, Floats]:
    table = network.grid.transformers
    vk, vkr, vn_hv, vn_lv, sn_kva, parallel = (
        table[name].to_numpy()[row]
        for name in ("vk_pct", "vkr_pct", "vn_hv_kv", "vn_lv_kv", "sn_kva", "parallel")
    )
    hv_kv, lv_kv = network.base_kv[hv], network.base_kv[lv]
    r_t = vkr / 100.0
    # a leg of a three-winding transformer may be negative
    x_t = np.sign(vk) * np.sqrt(np.maximum((vk / 100.0) ** 2 - r_t**2, 0.0))
    z = (r_t + 1j * x_t) * BASE_MVA / (sn_kva / 1000.0 * parallel) * (vn_lv / lv_kv) ** 2
    if case == "max":
        z = z * 0.95 * basis.voltage_factor("max", lv_kv) / (1.0 + 0.6 * x_t)
    return z, (vn_hv / vn_lv) / (hv_kv / lv_kv)


def converter_currents(network: Network, basis: ShortCircuitBasis, case: Case) -> Floats:
    """Return by bus the current its generators give into a short circuit, pu.

    All of them count as converters (clause 6.9); none in the least current. Where no rated power
    is known, the power stated stands for it.
    """
    current = np.zeros(len(network.base_kv))
    rows = network.grid.generators
    if case == "min" or basis.converter_factor == 0.0 or rows.empty:
        return current
    rows = rows[rows["is_in_service"]]
    node = network.grid.nodes.index.get_indexer(pd.Index(rows["node"]))
    bus = np.where(node >= 0, network.bus_of_node[node], -1)
    p_kw, q_kvar, scaling, sn_kva = (
        rows[name].to_numpy() for name in ("p_kw", "q_kvar", "scaling", "sn_kva")
    )
    stated_kva = np.hypot(p_kw, q_kvar) * np.maximum(scaling, 1.0)
    rated_mva = np.where(np.isnan(sn_kva), stated_kva, sn_kva) / 1000.0
    np.add.at(current, bus[bus >= 0], rated_mva[bus >= 0] * basis.converter_factor / BASE_MVA)
    return current
