"""Spare bays: switchgear with room for a new customer, and the nodes that can have it."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from grid_models.grid import Grid
from grid_models.readers.columns import Bools, Ints, Texts

__all__ = ["MOST_BAYS", "find_cable_stations", "spare_bays"]

# No switchgear has more; a larger number is a mistake of the file.
MOST_BAYS = 99
# Where bays are counted, and what tells a substation's transformer from a station's.
_BAY_KV = (10.0, 20.0)
_HIGH_VOLTAGE_KV = 35.0


def spare_bays(nodes: Texts, count: Ints, ownership: Texts) -> pd.DataFrame:
    """Return rows of the bay table: `count` spare bays at each node, ``bus:5/bay:1`` and so on."""
    at = np.repeat(nodes, count)
    number = np.concatenate([np.arange(1, n + 1) for n in count]) if len(count) else count
    names = [f"{node}/bay:{bay}" for node, bay in zip(at, number, strict=True)]
    return pd.DataFrame({"node": at, "ownership": np.repeat(ownership, count)}, index=names)


def find_cable_stations(grid: Grid) -> Bools:
    """Say which nodes are 10 or 20 kV switchgear: a cable ends there, and it is no substation.

    ::

        110 kV --(transformer)-- busbar ---cable--- node ---cable--- node ---overhead--- node
                                 no                 yes              yes                 no
    """
    cables = grid.lines[grid.lines["laying"] == "cable"]
    has_cable = grid.nodes.index.isin([*cables["from_node"], *cables["to_node"]])
    kv = grid.nodes["vn_kv"].to_numpy()
    is_medium = np.isclose(kv, _BAY_KV[0]) | np.isclose(kv, _BAY_KV[1])
    return np.asarray(has_cable & is_medium & ~_substation_busbars(grid))


def _substation_busbars(grid: Grid) -> Bools:
    """Find the nodes joined to the low side of an HV/MV transformer by closed switches.

    The node of a source at 20 kV or below is a busbar too.
    """
    nodes = grid.nodes
    hv = nodes.index.get_indexer(pd.Index(grid.transformers["hv_node"]))
    lv = nodes.index.get_indexer(pd.Index(grid.transformers["lv_node"]))
    sources = nodes.index.get_indexer(pd.Index(grid.sources["node"]))
    kv = nodes["vn_kv"].to_numpy()
    main = lv[(hv >= 0) & (lv >= 0) & (kv[hv] >= _HIGH_VOLTAGE_KV)]
    sources = sources[(sources >= 0) & (kv[sources] <= max(_BAY_KV))]
    group = _joined_by_switches(grid)
    return np.isin(group, group[np.concatenate([main, sources])])


def _joined_by_switches(grid: Grid) -> Ints:
    """Give a number to each of the groups of nodes that closed node-to-node switches join."""
    bridges = grid.switches[(grid.switches["element_kind"] == "node") & grid.switches["is_closed"]]
    a = grid.nodes.index.get_indexer(pd.Index(bridges["node"]))
    b = grid.nodes.index.get_indexer(pd.Index(bridges["element_id"]))
    known = (a >= 0) & (b >= 0)
    n = len(grid.nodes)
    graph = coo_array((np.ones(known.sum()), (a[known], b[known])), shape=(n, n))
    return np.asarray(connected_components(graph, directed=False)[1], dtype=np.int64)
