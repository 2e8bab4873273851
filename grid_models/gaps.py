"""Gaps: trees that cannot be solved because a value they need is missing from the data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from grid_models.network import LINE, SWITCH, TRANSFORMER, Network

__all__ = ["Gap", "find_unusable", "name_gap"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

_BRANCH_VALUES = ("r", "x", "g_from", "b_from", "g_to", "b_to", "ratio", "shift_degree")
_BUS_VALUES = ("p", "q", "p_current", "q_current", "g", "b")
_TABLES = {LINE: "lines", TRANSFORMER: "transformers", SWITCH: "switches"}
_AT_NODES = ("loads", "generators", "shunts")
# Columns whose value enters the power flow, by table; in those of `_ABOVE_ZERO` zero says nothing.
_NEEDED: Mapping[str, tuple[str, ...]] = {
    "nodes": ("vn_kv",),
    "lines": (
        "length_m",
        "r_ohm_per_km",
        "x_ohm_per_km",
        "c_nf_per_km",
        "g_us_per_km",
        "parallel",
    ),
    "transformers": (
        "sn_kva",
        "vn_hv_kv",
        "vn_lv_kv",
        "vk_pct",
        "vkr_pct",
        "pfe_w",
        "i0_pct",
        "parallel",
        "leakage_r_ratio_hv",
        "leakage_x_ratio_hv",
        "shift_degree",
        "tap_pos",
        "tap_neutral",
        "tap_step_pct",
        "tap_step_degree",
    ),
    "switches": ("z_ohm",),
    "loads": ("p_kw", "q_kvar", "scaling"),
    "generators": ("p_kw", "q_kvar", "scaling"),
    "shunts": ("p_kw", "q_kvar", "step"),
    "sources": ("v_pu", "angle_degree"),
}
_ABOVE_ZERO = frozenset({"vn_kv", "sn_kva", "vn_hv_kv", "vn_lv_kv", "vk_pct", "parallel"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A supplied tree that lacks a value.

    Parameters
    ----------
    tree_id
        As of a `Tree`.
    bus, branch
        Network buses and branches it consists of, the bus of its source first.
    table, element_id, column
        First value that is missing or unusable; the column is empty where none alone is.
    """

    tree_id: str
    bus: Ints
    branch: Ints
    table: str
    element_id: str
    column: str


def find_unusable(network: Network) -> tuple[Bools, Bools]:
    """Say of each bus and of each branch whether the power flow lacks a value of it."""
    kv = network.base_kv
    bus = ~_are_finite([kv, *(getattr(network, name) for name in _BUS_VALUES)]) | (kv == 0.0)
    source = _are_finite([network.source_v, network.source_angle_degree])
    bus[network.source_bus[~source]] = True
    branches = network.branches
    branch = ~_are_finite([getattr(branches, name) for name in _BRANCH_VALUES])
    return bus, branch | (branches.ratio == 0.0)


def name_gap(network: Network, tree_id: str, bus: Ints, branch: Ints, is_odd: Bools) -> Gap:
    """Return the gap of a tree, with the first value that is missing.

    Parameters
    ----------
    bus, branch
        Network buses and branches of the tree.
    is_odd
        As `find_unusable` says it of every branch of the network.
    """
    suspects = list(_suspects(network, bus, branch[is_odd[branch]]))
    for table, rows in suspects:
        for column in _NEEDED[table]:
            values = rows[column].to_numpy(dtype=np.float64)
            is_missing = ~np.isfinite(values) | ((column in _ABOVE_ZERO) & (values == 0.0))
            if is_missing.any():
                return Gap(
                    tree_id=tree_id, bus=bus, branch=branch, table=table, column=column,
                    element_id=str(rows.index[int(np.argmax(is_missing))]),
                )  # fmt: skip
    # No value is missing by itself: what they give together is beyond any number.
    of_branches = [(table, rows) for table, rows in suspects if table in _TABLES.values()]
    table, rows = (of_branches or suspects)[0]
    return Gap(
        tree_id=tree_id, bus=bus, branch=branch, table=table, column="",
        element_id=str(rows.index[0]),
    )  # fmt: skip


def _are_finite(values: list[Floats]) -> Bools:
    return np.asarray(np.isfinite(np.stack(values)).all(axis=0))


def _suspects(network: Network, bus: Ints, branch: Ints) -> Iterator[tuple[str, pd.DataFrame]]:
    """Rows among which a value is missing: nodes first, as their voltage is in all the rest."""
    grid, branches = network.grid, network.branches
    nodes = grid.nodes[np.isin(network.bus_of_node, bus)]
    parts = [("nodes", nodes)]
    for kind, table in _TABLES.items():
        own = branch[branches.kind[branch] == kind]
        parts.append((table, getattr(grid, table).iloc[branches.element[own]]))
    for table in _AT_NODES:
        rows = getattr(grid, table)
        parts.append((table, rows[rows["is_in_service"] & rows["node"].isin(nodes.index)]))
    source = np.isin(network.source_bus, bus)
    parts.append(("sources", grid.sources.iloc[network.source_row[source]]))
    yield from ((table, rows) for table, rows in parts if len(rows))
