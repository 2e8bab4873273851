"""PowerFlowResult: voltages and currents of a whole grid, by id, whichever engine found them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from grid_models.network import BASE_MVA, LINE, TRANSFORMER, Network

__all__ = ["PowerFlowResult", "tabulate"]

Complexes = npt.NDArray[np.complex128]


@dataclass(frozen=True, slots=True, kw_only=True)
class PowerFlowResult:
    """One power flow.

    Parameters
    ----------
    nodes
        ``v_pu``, ``angle_degree`` by node id; NaN where not supplied or not solved.
    lines, transformers
        ``i_from_a``, ``i_to_a`` (all circuits; for transformers the high and the low side) and
        ``loading_pct`` (of the rating as in `network.Branches`, worst end; NaN where it is unknown)
        by element id.
    engines
        Which engine solved each source tree: radial, power-grid-model or pandapower.
    failures
        Source trees without a solution, each with the reason. Empty: everything was solved.
    """

    nodes: pd.DataFrame
    lines: pd.DataFrame
    transformers: pd.DataFrame
    engines: Mapping[str, str]
    failures: Mapping[str, str]


@np.errstate(divide="ignore", invalid="ignore", over="ignore")
def tabulate(
    network: Network,
    *,
    v: Complexes,
    i_from: Complexes,
    i_to: Complexes,
    engines: Mapping[str, str],
    failures: Mapping[str, str],
) -> PowerFlowResult:
    """Turn bus voltages and branch end currents (pu, NaN where unsolved) into tables by id."""
    grid, branches = network.grid, network.branches
    supplied = network.bus_of_node >= 0
    at_node = np.full(len(grid.nodes), np.nan + 0j)
    at_node[supplied] = v[network.bus_of_node[supplied]]
    nodes = pd.DataFrame(
        {"v_pu": np.abs(at_node), "angle_degree": np.rad2deg(np.angle(at_node))},
        index=grid.nodes.index,
    )
    base_a = BASE_MVA * 1000.0 / np.sqrt(3) / network.base_kv
    loading = np.fmax(np.abs(i_from) / branches.rating_from, np.abs(i_to) / branches.rating_to)
    loading = np.where(np.isfinite(branches.rating_from), 100.0 * loading, np.nan)

    def table(kind: int, index: pd.Index[str]) -> pd.DataFrame:
        own = branches.kind == kind
        values = np.full((3, len(index)), np.nan)
        element = branches.element[own]
        values[0, element] = (np.abs(i_from) * base_a[branches.f])[own]
        values[1, element] = (np.abs(i_to) * base_a[branches.t])[own]
        values[2, element] = loading[own]
        names = ("i_from_a", "i_to_a", "loading_pct")
        return pd.DataFrame(dict(zip(names, values, strict=True)), index=index)

    return PowerFlowResult(
        nodes=nodes,
        lines=table(LINE, grid.lines.index),
        transformers=table(TRANSFORMER, grid.transformers.index),
        engines=engines,
        failures=failures,
    )
