"""Holders: the buses at which generators hold the voltage (PV buses)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from grid_models.network import BASE_MVA, Network

__all__ = ["Holders", "find_holders"]

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Holders:
    """Buses whose voltage generators hold, each once.

    Parameters
    ----------
    bus
        Bus of the network, in order.
    v_pu
        Voltage held: that of the bus's first generator.
    q_min, q_max
        Least and greatest reactive power its generators give together, pu; infinite where one has
        no bound.
    """

    bus: Ints
    v_pu: Floats
    q_min: Floats
    q_max: Floats


def find_holders(network: Network) -> Holders:
    """Collect the generators in service that hold a voltage; at a source, the source holds it."""
    generators = network.grid.generators
    rows = generators[generators["is_in_service"] & generators["v_pu"].notna()]
    node = network.grid.nodes.index.get_indexer(pd.Index(rows["node"]))
    # one more entry, so that an unknown node finds -1 at its end
    at = np.append(network.bus_of_node, -1)[node]
    free = (at >= 0) & ~np.isin(at, network.source_bus)
    rows, at = rows[free], at[free]
    bus, first, of_row = np.unique(at, return_index=True, return_inverse=True)
    bounds = np.zeros((2, len(bus)))
    for bound, (column, unknown) in zip(
        bounds, (("q_min_kvar", -np.inf), ("q_max_kvar", np.inf)), strict=True
    ):
        np.add.at(bound, of_row, rows[column].fillna(unknown).to_numpy() / 1000.0 / BASE_MVA)
    return Holders(
        bus=bus.astype(np.int64),
        v_pu=rows["v_pu"].to_numpy()[first],
        q_min=bounds[0],
        q_max=bounds[1],
    )
