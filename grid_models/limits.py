"""TreeLimits: what each row of a tree may carry, and the voltages it must keep.

The limit of a line or transformer is the least of its `limits` entries (of any season, or of one),
its rated current and what the closed switches at its ends carry; a row's loading in percent of the
limit is its loading in percent of the rating times `factor`. Voltage limits come from the caller:
they are rules, not data.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from grid_models.compiled import CompiledGrid, Tree
from grid_models.network import BASE_MVA, LINE, TRANSFORMER, Network
from grid_models.solvers.radial import TreeState
from grid_models.switch_limits import switch_limits

__all__ = [
    "Bounds", "NamedLimits", "Relaxation", "TreeLimits", "find_bounds", "find_export_bounds",
    "find_limits",
    "find_named_limits", "legal_pu", "with_legal_voltages",
]  # fmt: skip

Ints = npt.NDArray[np.int64]
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
        Limit as apparent power at nominal voltage, a transformer's at its rated voltage; inf where
        unknown.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Relaxation:
    """How much worse a limit that was broken before, off the path, may become.

    Parameters
    ----------
    loading_points
        Points of percent of the limit.
    voltage_share
        Per unit of each row's nominal voltage.
    """

    loading_points: float
    voltage_share: Floats | float


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """Limits as they hold for more load: relaxed where the present state breaks them; by row.

    Parameters
    ----------
    factor
        As in `TreeLimits`.
    loading_pct, v_low_pu, v_high_pu
        Greatest loading in percent of the limit, least and greatest voltage.
    is_broken
        Whether a row breaks its own limit of loading or low voltage at present.
    """

    factor: Floats
    loading_pct: Floats
    v_low_pu: Floats
    v_high_pu: Floats
    is_broken: Bools


def find_bounds(state: TreeState, limits: TreeLimits, relaxation: Relaxation) -> Bounds:
    """Relax the limits of a tree that its present state breaks."""
    before = state.loading_pct * limits.factor
    hot = before > 100.0  # noqa: PLR2004 - percent
    low = state.v_pu < limits.v_low_pu
    high = state.v_pu > limits.v_high_pu
    share = relaxation.voltage_share
    return Bounds(
        factor=limits.factor,
        loading_pct=np.where(hot, before + relaxation.loading_points, 100.0),
        v_low_pu=np.where(low, state.v_pu - share, limits.v_low_pu),
        v_high_pu=np.where(high, state.v_pu + share, limits.v_high_pu),
        is_broken=hot | low,
    )


def find_limits(
    network: Network,
    tree: Tree,
    legal_v: Mapping[float, tuple[float, float]],
    named: NamedLimits | None = None,
) -> TreeLimits:
    """Collect the limits of a tree.

    Parameters
    ----------
    legal_v
        Lowest and highest legal voltage in volts by nominal voltage in kV.
    named
        Of the whole network, where they are known already.
    """
    kv = network.base_kv[tree.bus]
    kind = np.r_[-1, network.branches.kind[tree.branch[1:]]]
    is_line, is_transformer = kind == LINE, kind == TRANSFORMER
    share = _named_share(network, tree, named or find_named_limits(network))
    limit_kva = _rated_kva(network, tree, kv, is_transformer) * share
    is_known = np.isfinite(limit_kva)
    limits = TreeLimits(
        factor=1.0 / share,
        limit_kva=limit_kva,
        is_line=is_line,
        is_transformer=is_transformer,
        is_known=is_known | ~(is_line | is_transformer),
        v_low_pu=np.zeros(len(tree)),
        v_high_pu=np.full(len(tree), np.inf),
        kv=kv,
    )
    return with_legal_voltages(limits, legal_v)


def with_legal_voltages(
    limits: TreeLimits, legal_v: Mapping[float, tuple[float, float]]
) -> TreeLimits:
    """Give limits the legal voltages of some rules, which take the place of any they had.

    Parameters
    ----------
    legal_v
        As `find_limits` takes it.
    """
    low, high = legal_pu(limits.kv, legal_v)
    return replace(limits, v_low_pu=low, v_high_pu=high)


def legal_pu(kv: Floats, legal_v: Mapping[float, tuple[float, float]]) -> tuple[Floats, Floats]:
    """Return lowest and highest legal voltage by nominal voltage; 0 and inf where there is none."""
    low, high = np.zeros(len(kv)), np.full(len(kv), np.inf)
    for nominal_kv, (lowest, highest) in legal_v.items():
        own = np.isclose(kv, nominal_kv, rtol=1e-6)
        low[own] = lowest / 1000.0 / kv[own]
        high[own] = highest / 1000.0 / kv[own]
    return low, high


def _rated_kva(network: Network, tree: Tree, kv: Floats, is_transformer: Bools) -> Floats:
    """Rated current as apparent power: a line's at nominal voltage, a transformer's at its own."""
    own = np.flatnonzero(is_transformer)
    element = network.branches.element[tree.branch[own]]
    vn_hv_kv, vn_lv_kv = (
        network.grid.transformers[name].to_numpy()[element] for name in ("vn_hv_kv", "vn_lv_kv")
    )
    at_kv = kv.copy()
    at_kv[own] = np.where(tree.from_is_parent[own], vn_lv_kv, vn_hv_kv)
    return np.asarray(1000.0 * BASE_MVA * tree.rating_child * at_kv / kv)


def find_export_bounds(state: TreeState, limits: TreeLimits, relaxation: Relaxation) -> Bounds:
    """Limits of a tree as they hold for more generation.

    A branch that is overloaded at present is relieved before its flow turns round, so its limit
    stays; what is broken is a voltage that is too high.
    """
    bounds = find_bounds(state, limits, relaxation)
    return replace(
        bounds,
        loading_pct=np.full(len(state.v_pu), 100.0),
        is_broken=state.v_pu > limits.v_high_pu,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedLimits:
    """Limits of a grid by branch: each over the branch's rated current.

    Parameters
    ----------
    branch
        Network branch of each limit.
    share
        Limit over rated current.
    season
        In which it holds; ``all`` for every one.
    """

    branch: Ints
    share: Floats
    season: npt.NDArray[np.object_]

    def of(self, season: str | None) -> NamedLimits:
        """Return those that hold in a season; None: in any."""
        if season is None:
            return self
        return self._take((self.season == "all") | (self.season == season))

    def by_tree(self, compiled: CompiledGrid) -> list[NamedLimits]:
        """Return those of each tree of the grid."""
        tree = compiled.tree_of_branch[self.branch]
        order = np.argsort(tree, kind="stable")
        start = tree[order].searchsorted(np.arange(len(compiled.trees) + 1)).tolist()
        return [self._take(order[a:b]) for a, b in pairwise(start)]

    def _take(self, own: Ints | Bools) -> NamedLimits:
        return NamedLimits(branch=self.branch[own], share=self.share[own], season=self.season[own])


def find_named_limits(network: Network) -> NamedLimits:
    """Collect the `limits` entries of lines and transformers and those of their closed switches."""
    branches, grid = network.branches, network.grid
    tables = (grid.limits, switch_limits(grid))
    element_id, limit_a, season = (
        np.concatenate([table[name].to_numpy() for table in tables])
        for name in ("element_id", "limit_a", "season")
    )
    branch = _branch_of(network, element_id)
    is_rated = np.isfinite(branches.rating_from[np.maximum(branch, 0)])
    known = np.flatnonzero((branch >= 0) & np.isfinite(limit_a) & is_rated)
    branch, limit_a, season = branch[known], limit_a[known], season[known]
    # a transformer's limit is a current of its high side, which is its from side
    base_a = 1000.0 * BASE_MVA / np.sqrt(3.0) / network.base_kv[branches.f[branch]]
    share = limit_a / base_a / branches.rating_from[branch]
    return NamedLimits(branch=branch, share=share, season=season)


def _named_share(network: Network, tree: Tree, named: NamedLimits) -> Floats:
    """Least limit of a row's elements over their rated current, at most 1.

    A row may stand for several equal elements in parallel: they carry equal currents, so the
    least limit of one of them limits them all.
    """
    row = _row_of(network, tree, named.branch)
    share = np.ones(len(tree))
    np.minimum.at(share, row[row >= 0], named.share[row >= 0])
    return share


def _branch_of(network: Network, ids: npt.NDArray[np.object_]) -> Ints:
    """Branch of each named line or transformer; -1 where there is none."""
    grid, branches = network.grid, network.branches
    branch = np.full(len(ids), -1, np.int64)
    for kind, table in ((LINE, "lines"), (TRANSFORMER, "transformers")):
        row = grid.rows_of(table, ids)
        own = np.flatnonzero(branches.kind == kind)
        last = max(row.max(initial=-1), branches.element[own].max(initial=-1))
        branch_of_element = np.full(last + 2, -1, np.int64)
        branch_of_element[branches.element[own]] = own
        # an id of another table is at -1, and so is what is not in service
        branch = np.maximum(branch, branch_of_element[row])
    return branch


def _row_of(network: Network, tree: Tree, branch: Ints) -> Ints:
    """Row below each branch; -1 where it is not in the tree."""
    order = np.argsort(tree.bus)
    ends = np.stack([network.branches.f[branch], network.branches.t[branch]])
    at = order[np.minimum(tree.bus[order].searchsorted(ends), len(order) - 1)]
    is_in = (tree.bus[at] == ends).all(axis=0)
    return np.asarray(np.where(is_in, at.max(axis=0), -1), dtype=np.int64)
