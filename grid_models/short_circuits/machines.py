"""Machines: generators that rotate, which give far more into a short circuit than converters do.

The tables hold no reactance of a machine, so that its current cannot be computed: where one feeds a
part of the grid nothing bounds the greatest current there. The least one leaves them out.
"""

from __future__ import annotations

import re

import numpy as np
import numpy.typing as npt
import pandas as pd

from grid_models.network import Network

__all__ = ["find_machines"]

# Words for what drives a machine, or for the machine itself, as they stand in `generators.kind`.
_ROTATES = re.compile(
    "synchron|async|induction|doubly|motor|hydro|biomass|biogas|gas|chp|diesel|steam|coal|lignite"
    "|nuclear|geothermal|同步|异步|感应|水电|水力|生物质|沼气|燃气|柴油|火电|热电|汽轮|核电",
    re.IGNORECASE,
)


def find_machines(network: Network) -> npt.NDArray[np.bool_]:
    """Say by bus whether a rotating generator in service stands there, as far as the data tell.

    That is one that holds a voltage, as a synchronous machine does, or whose kind says that it
    rotates. A kind that says nothing counts as a converter.
    """
    found = np.zeros(len(network.base_kv), dtype=bool)
    rows = network.grid.generators
    rows = rows[rows["is_in_service"]]
    if rows.empty:
        return found
    rotates = rows["v_pu"].notna() | rows["kind"].str.contains(_ROTATES)
    node = network.grid.nodes.index.get_indexer(pd.Index(rows["node"][rotates]))
    bus = np.where(node >= 0, network.bus_of_node[node], -1)
    found[bus[bus >= 0]] = True
    return found
