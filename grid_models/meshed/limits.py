"""MeshLimits: what each branch of a meshed part may carry, and the voltages its buses must keep."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from grid_models.compiled import Mesh
from grid_models.limits import NamedLimits, Relaxation, legal_pu
from grid_models.network import BASE_MVA, LINE, TRANSFORMER, Network

__all__ = ["MeshBounds", "MeshLimits", "MeshState", "find_mesh_bounds", "find_mesh_limits"]

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Complexes = npt.NDArray[np.complex128]

FULL_PCT = 100.0


@dataclass(frozen=True, slots=True, kw_only=True)
class MeshLimits:
    """Limits of a meshed part, by place.

    Parameters
    ----------
    factor
        Rated current over limit current of each branch, at least 1; 1 where unknown.
    limit_kva
        Limit of each branch as apparent power, as in `limits.TreeLimits`; inf where unknown.
    is_line
        Whether a branch is a line.
    v_low_pu, v_high_pu
        Legal voltages of each bus; 0 and inf where the rules name none.
    kv
        Nominal voltage of each bus.
    """

    factor: Floats
    limit_kva: Floats
    is_line: Bools
    v_low_pu: Floats
    v_high_pu: Floats
    kv: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class MeshState:
    """Solution of a meshed part before the new load.

    Parameters
    ----------
    v, i_from
        Voltage of each bus, current into the from end of each branch.
    loading_pct
        Current of each branch in percent of its rating, worst end; 0 where it is unknown.
    """

    v: Complexes
    i_from: Complexes
    loading_pct: Floats

    @property
    def v_pu(self) -> Floats:
        """Voltage magnitudes."""
        return np.abs(self.v)


@dataclass(frozen=True, slots=True, kw_only=True)
class MeshBounds:
    """Limits as they hold for a new load or generation: relaxed where the state breaks them.

    Parameters
    ----------
    loading_pct
        Greatest loading of each branch in percent of its limit.
    v_low_pu, v_high_pu
        Least and greatest voltage of each bus.
    is_hot
        Branches that are beyond their limit.
    is_odd
        Buses whose voltage the new power pushes further beyond a limit that is broken.
    """

    loading_pct: Floats
    v_low_pu: Floats
    v_high_pu: Floats
    is_hot: Bools
    is_odd: Bools


def find_mesh_limits(
    network: Network,
    mesh: Mesh,
    legal_v: Mapping[float, tuple[float, float]],
    named: NamedLimits,
) -> MeshLimits:
    """Collect the limits of a meshed part.

    Parameters
    ----------
    legal_v
        Lowest and highest legal voltage in volts by nominal voltage in kV.
    named
        Limits of the whole network that the data name.
    """
    own, branches = mesh.branch, network.branches
    share = np.ones(len(branches.kind))
    np.minimum.at(share, named.branch, named.share)
    kind, kv = branches.kind[own], network.base_kv
    rated_kva = 1000.0 * BASE_MVA * branches.rating_from[own]
    coil = np.flatnonzero(kind == TRANSFORMER)
    # a transformer's rated power is that of its low side at its own rated voltage
    vn_lv_kv = network.grid.transformers["vn_lv_kv"].to_numpy()[branches.element[own][coil]]
    at_to = branches.rating_to[own][coil] * vn_lv_kv / kv[branches.t[own][coil]]
    rated_kva[coil] = 1000.0 * BASE_MVA * at_to
    low, high = legal_pu(kv[mesh.bus], legal_v)
    return MeshLimits(
        factor=1.0 / share[own],
        limit_kva=rated_kva * share[own],
        is_line=kind == LINE,
        v_low_pu=low,
        v_high_pu=high,
        kv=kv[mesh.bus],
    )


def find_mesh_bounds(
    state: MeshState, limits: MeshLimits, relaxation: Relaxation, *, injects: bool
) -> MeshBounds:
    """Relax the limits that the present state breaks.

    Parameters
    ----------
    injects
        Whether the bounds are for generation: what it makes worse is a voltage that is too high.
    """
    before, v_pu, share = state.loading_pct * limits.factor, state.v_pu, relaxation.voltage_share
    hot = before > FULL_PCT
    low, high = v_pu < limits.v_low_pu, v_pu > limits.v_high_pu
    return MeshBounds(
        loading_pct=np.where(hot, before + relaxation.loading_points, FULL_PCT),
        v_low_pu=np.where(low, v_pu - share, limits.v_low_pu),
        v_high_pu=np.where(high, v_pu + share, limits.v_high_pu),
        is_hot=hot,
        is_odd=high if injects else low,
    )
