"""TreeLimits: what each row of a tree may carry, and the voltages it must keep.

The limit of a line or transformer is the least of its `limits` entries (any season) and its rated
current; a row's loading in percent of the limit is its loading in percent of the rating times
`factor`. Voltage limits come from the caller: they are rules, not data.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from grid_models.compiled import Tree
from grid_models.network import BASE_MVA, LINE, TRANSFORMER, Network

__all__ = ["TreeLimits", "find_limits"]

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeLimits:
    """Limits by row of a tree.

    Parameters
    ----------
    factor
        Rated current over limit current, at least 1; 1 where unknown.
    limit_kva
        Limit as apparent power at nominal voltage; inf where unknown.
    is_line, is_transformer, is_known
        Kind of the branch above the row, and whether its limit is known.
    v_low_pu, v_high_pu
        Legal voltages; 0 and inf where the rules name none.
    kv
        Nominal voltage.
    """

    factor: Floats
    limit_kva: Floats
    is_line: Bools
    is_transformer: Bools
    is_known: Bools
    v_low_pu: Floats
    v_high_pu: Floats
    kv: Floats


def find_limits(
    network: Network, tree: Tree, legal_v: Mapping[float, tuple[float, float]]
) -> TreeLimits:
    """Collect the limits of a tree.

    Parameters
    ----------
    legal_v
        Lowest and highest legal voltage in volts by nominal voltage in kV.
    """
    kv = network.base_kv[tree.bus]
    kind = np.r_[-1, network.branches.kind[tree.branch[1:]]]
    is_line, is_transformer = kind == LINE, kind == TRANSFORMER
    rated_kva = 1000.0 * BASE_MVA * tree.rating_child
    named_kva = _named_limits(network, tree, kv)
    limit_kva = np.fmin(rated_kva, named_kva)
    is_known = np.isfinite(limit_kva)
    factor = np.ones(len(tree))
    shrunk = is_known & np.isfinite(rated_kva)
    factor[shrunk] = rated_kva[shrunk] / limit_kva[shrunk]
    low, high = np.zeros(len(tree)), np.full(len(tree), np.inf)
    for nominal_kv, (lowest, highest) in legal_v.items():
        own = np.isclose(kv, nominal_kv, rtol=1e-6)
        low[own] = lowest / 1000.0 / kv[own]
        high[own] = highest / 1000.0 / kv[own]
    return TreeLimits(
        factor=factor,
        limit_kva=limit_kva,
        is_line=is_line,
        is_transformer=is_transformer,
        is_known=is_known | ~(is_line | is_transformer),
        v_low_pu=low,
        v_high_pu=high,
        kv=kv,
    )


def _named_limits(network: Network, tree: Tree, kv: Floats) -> Floats:
    """Least `limit_a` entry of each row's element as kVA at the child's nominal voltage."""
    limits = network.grid.limits
    result = np.full(len(tree), np.inf)
    if limits.empty:
        return result
    least = limits.groupby("element_id")["limit_a"].min()
    for kind, table, side in (
        (LINE, network.grid.lines, None),
        (TRANSFORMER, network.grid.transformers, "vn_hv_kv"),
    ):
        named = least.reindex(table.index).to_numpy()
        rows = np.flatnonzero(np.r_[False, network.branches.kind[tree.branch[1:]] == kind])
        element = network.branches.element[tree.branch[rows]]
        # A transformer's limit is a current of its high side.
        at_kv = kv[rows] if side is None else table[side].to_numpy()[element]
        kva = named[element] * np.sqrt(3.0) * at_kv
        result[rows] = np.where(np.isfinite(kva), kva, np.inf)
    return result
