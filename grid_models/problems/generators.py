"""Generators that hold a voltage: what they cannot do, and what nobody would ask of them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from grid_models.grid import Grid
from grid_models.problems.finding import Finding, by_id, found
from grid_models.problems.supply import components, find_branches

__all__ = ["find_odd_generators"]

# Beyond it no machine in service is set; much farther off the range of the column is left too.
_PLAUSIBLE_PU = (0.9, 1.1)
# Setpoints this close are one, written with fewer digits.
_SAME_PU = 1e-6
_PLACES_IN_A_SENTENCE = 3


def find_odd_generators(grid: Grid) -> Iterator[Finding]:
    """Find bounds that are turned round, and voltages that contradict each other or experience.

    Only generators in service that hold a voltage count: of the others neither has any effect.
    """
    rows = grid.generators
    rows = rows[rows["is_in_service"] & rows["v_pu"].notna()]
    if rows.empty:
        return
    is_turned = rows["q_min_kvar"] > rows["q_max_kvar"]
    yield from found("reactive_bounds_turned", "generators", rows, is_turned)
    low, high = _PLAUSIBLE_PU
    is_odd = (rows["v_pu"] < low) | (rows["v_pu"] > high)
    yield from found("setpoint_implausible", "generators", rows, is_odd)
    yield from _find_contradictions(grid, rows)


def _find_contradictions(grid: Grid, rows: pd.DataFrame) -> Iterator[Finding]:
    """Find different voltages held at one bus, by generators or beside an external grid."""
    sources = grid.sources[grid.sources["is_in_service"] & grid.sources["v_pu"].notna()]
    held = pd.concat(
        [
            pd.DataFrame({"table": table, "id": own.index, "v_pu": own["v_pu"].to_numpy()}).assign(
                bus=_bus_of(grid, own["node"])
            )
            for table, own in (("generators", rows), ("sources", sources))
        ],
        ignore_index=True,
    )
    held = held[held["bus"] >= 0]
    with_generator = held["bus"].isin(held["bus"][held["table"] == "generators"])
    span_pu = held.groupby("bus")["v_pu"].transform(lambda values: values.max() - values.min())
    odd = held[with_generator & (span_pu > _SAME_PU)]
    if odd.empty:
        return
    places = [
        " ≠ ".join(f"{name} {v:.6g}" for name, v in zip(own["id"], own["v_pu"], strict=True))
        for _, own in odd.groupby("bus")
    ]
    more = ", ..." if len(places) > _PLACES_IN_A_SENTENCE else ""
    values = {"setpoints": ", ".join(places[:_PLACES_IN_A_SENTENCE]) + more}
    for table, own in odd.groupby("table"):
        yield Finding("setpoints_differ", str(table), own["id"], values=values)


def _bus_of(grid: Grid, node: pd.Series[str]) -> NDArray[np.int64]:
    """Return the bus of nodes: one for all that closed couplers and the like join; -1 if none."""
    nodes, switches = by_id(grid.nodes), grid.switches
    branches = find_branches(grid, nodes)
    with_impedance = switches.index[switches["z_ohm"] > 0.0]
    joins = branches["is_join"].to_numpy(dtype=bool) & ~(
        branches["table"].eq("switches") & branches["id"].isin(with_impedance)
    )
    bus = np.append(components(branches[joins], len(nodes)), -1)
    return bus[nodes.index.get_indexer(pd.Index(node))].astype(np.int64)
