"""Ties: what closing an open switch would join, and which feeders it would join.

A tie is an open switch between two nodes, a line opened at one end, or a line opened at both ends;
what it joins is energised on either side. Lines out of service are no ties: nobody says that they
can be closed. A chain of dead elements between two open switches is not looked through either.

::

    busbar A -- feeder -- ... -- node ==/ == node -- ... -- feeder -- busbar B
                                     tie
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import pi, sqrt
from typing import TYPE_CHECKING, cast

import numpy as np
import pandas as pd

from grid_models.compiled import CompiledGrid
from grid_models.grid import Grid
from grid_models.network import BASE_MVA, LINE, Network
from grid_models.place import Place
from grid_models.topology import LOW_VOLTAGE_KV

if TYPE_CHECKING:
    from grid_models.model import GridModel

__all__ = ["Tie", "TieEnd", "feeders_of", "find_ties", "place_ties", "ties_of"]

_LINE_COLUMNS = ("from_node", "to_node", "parallel", "length_m", "ampacity_a", "derating",
                 "r_ohm_per_km", "x_ohm_per_km", "c_nf_per_km", "g_us_per_km")  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Tie:
    """A normally open connection; per unit on 1 MVA.

    Parameters
    ----------
    tie_id
        Id of the open switch; of the line where a line is open at both ends.
    switch_ids
        Every switch that has to be closed.
    bus
        Network buses that become one, or that the line then joins.
    r, x, g, b
        Series impedance and the shunt at each end; 0 where only a switch is closed.
    limit
        Least of what the switches and the line may carry; inf where unknown.
    """

    tie_id: str
    switch_ids: tuple[str, ...]
    bus: tuple[int, int]
    r: float = 0.0
    x: float = 0.0
    g: float = 0.0
    b: float = 0.0
    limit: float = np.inf


@dataclass(frozen=True, slots=True, kw_only=True)
class TieEnd:
    """A tie as one feeder (or busbar) sees it.

    Parameters
    ----------
    own_row
        Row of its own tree at which the tie ends.
    other
        Tree and row at the other end.
    """

    tie: Tie
    own_row: int
    other: Place


def find_ties(compiled: CompiledGrid) -> tuple[Tie, ...]:
    """Find every open 10(20) kV connection between two supplied buses of one voltage, by id."""
    network = compiled.network
    found = [*_between_nodes(network), *_opened_lines(network)]
    supplied = compiled.tree_of_bus >= 0
    kv = network.base_kv
    kept = [
        tie
        for tie in found
        if min(tie.bus) >= 0
        and supplied[list(tie.bus)].all()
        and np.isclose(kv[tie.bus[0]], kv[tie.bus[1]], rtol=1e-6)
        and kv[tie.bus[0]] > LOW_VOLTAGE_KV
    ]
    return tuple(sorted(kept, key=lambda tie: tie.tie_id))


def ties_of(model: GridModel, top: Place) -> tuple[TieEnd, ...]:
    """Ties of a feeder to other feeders or busbars, or couplers of a busbar to others, by id.

    Parameters
    ----------
    top
        Tree, and row of the feeder's head or of the substation busbar.
    """
    found = []
    for tie, own, other in model.tie_places.get(top.tree, ()):
        own_head = int(model.topology(own.tree).feeder_head[own.row])
        other_head = int(model.topology(other.tree).feeder_head[other.row])
        is_tie = own_head == top.row and (own.tree, own_head) != (other.tree, other_head)
        is_coupler = own_head < 0 and other_head < 0 and own.row == top.row
        if is_tie or is_coupler:
            found.append(TieEnd(tie=tie, own_row=own.row, other=other))
    return tuple(found)


def feeders_of(model: GridModel) -> tuple[Place, ...]:
    """Every 10(20) kV feeder: tree, and row of its head."""
    kv = model.network.base_kv
    return tuple(
        Place(tree=number, row=int(head))
        for number, tree in enumerate(model.compiled.trees)
        for head in np.unique(model.topology(number).feeder_head)
        if head >= 0 and kv[tree.bus[head]] > LOW_VOLTAGE_KV
    )


def _between_nodes(network: Network) -> Iterator[Tie]:
    grid = network.grid
    rows = grid.switches[(grid.switches["element_kind"] == "node") & ~grid.switches["is_closed"]]
    ends = _buses(network, rows["node"]), _buses(network, rows["element_id"])
    limits = _switch_limits_a(grid)
    for name, a, b in zip(rows.index, *ends, strict=True):
        kv = float(network.base_kv[a]) if a >= 0 else 1.0
        limit = _per_unit(limits.get(str(name), np.inf), kv)
        yield Tie(tie_id=str(name), switch_ids=(str(name),), bus=(int(a), int(b)), limit=limit)


def _opened_lines(network: Network) -> Iterator[Tie]:
    """Lines opened at one end, which hang at the other, and those opened at both."""
    grid, branches = network.grid, network.branches
    rows = grid.switches[(grid.switches["element_kind"] == "line") & ~grid.switches["is_closed"]]
    own = np.flatnonzero(branches.kind == LINE)
    is_in_service = grid.column("lines", "is_in_service")
    branch_of = np.full(len(is_in_service), -1, np.int64)
    branch_of[branches.element[own]] = own
    limits = _switch_limits_a(grid)
    opened_ids = rows["element_id"].unique()
    elements = pd.Series(grid.rows_of("lines", opened_ids), index=opened_ids)
    elements = elements[elements >= 0]
    lines = pd.DataFrame(
        {name: grid.column("lines", name)[elements] for name in _LINE_COLUMNS},
        index=elements.index,
    )
    buses = dict(zip(lines.index, zip(*_line_buses(network, lines), strict=True), strict=True))
    for line_id, switches in rows.groupby("element_id", sort=True):
        if line_id not in lines.index or not is_in_service[elements[line_id]]:
            continue
        element, line = elements[line_id], cast("pd.Series[float]", lines.loc[line_id])
        nodes = [str(line["from_node"]), str(line["to_node"])]
        bus = buses[line_id]
        names = tuple(sorted(str(name) for name in switches.index))
        limit_a = min(limits.get(name, np.inf) for name in names)
        opened = [node in set(switches["node"]) for node in nodes]
        if all(opened):
            if min(bus) >= 0:
                yield _whole_line(network, line, str(line_id), names, (bus[0], bus[1]), limit_a)
            continue
        branch = branch_of[element]
        if branch < 0:
            continue
        free = int(branches.f[branch] if opened[0] else branches.t[branch])
        met = bus[0] if opened[0] else bus[1]
        kv = float(network.base_kv[free])
        yield Tie(
            tie_id=names[0], switch_ids=names, bus=(free, met), limit=_per_unit(limit_a, kv)
        )  # fmt: skip


def _whole_line(
    network: Network,
    line: pd.Series[float],
    line_id: str,
    switch_ids: tuple[str, ...],
    bus: tuple[int, int],
    limit_a: float,
) -> Tie:
    """Make the tie of a line that is opened at both ends and so is in no tree."""
    grid, kv = network.grid, float(network.base_kv[bus[0]])
    parallel, km, z_base = line["parallel"], line["length_m"] / 1000.0, kv**2 / BASE_MVA
    omega = 2.0 * pi * grid.metadata.frequency_hz
    named = grid.limits.loc[grid.limits["element_id"] == line_id, "limit_a"]
    ampacity_a = line["ampacity_a"] * line["derating"] * parallel
    limit_a = float(np.nanmin([limit_a, ampacity_a, *named]))
    return Tie(
        tie_id=line_id,
        switch_ids=switch_ids,
        bus=bus,
        r=float(line["r_ohm_per_km"] * km / parallel / z_base),
        x=float(line["x_ohm_per_km"] * km / parallel / z_base),
        g=float(line["g_us_per_km"] * 1e-6 * km * parallel * z_base / 2.0),
        b=float(omega * line["c_nf_per_km"] * 1e-9 * km * parallel * z_base / 2.0),
        limit=_per_unit(limit_a, kv),
    )


def _line_buses(network: Network, lines: pd.DataFrame) -> tuple[list[int], list[int]]:
    """Buses of the from and the to end of each line."""
    return _buses(network, lines["from_node"]), _buses(network, lines["to_node"])


def _buses(network: Network, nodes: pd.Series[str]) -> list[int]:
    rows = network.grid.rows_of("nodes", nodes)
    return [int(network.bus_of_node[row]) if row >= 0 else -1 for row in rows]


def _switch_limits_a(grid: Grid) -> dict[str, float]:
    """Least of rated current and `limits` entries of each open switch that has one."""
    opened = grid.switches[~grid.switches["is_closed"]]
    named = grid.limits[grid.limits["element_id"].isin(opened.index)]
    values = pd.concat([opened["rated_a"], named.set_index("element_id")["limit_a"]]).dropna()
    return {str(name): float(value) for name, value in values.groupby(level=0).min().items()}


def _per_unit(limit_a: float, kv: float) -> float:
    return limit_a * sqrt(3.0) * kv / 1000.0 / BASE_MVA


def place_ties(compiled: CompiledGrid) -> dict[int, tuple[tuple[Tie, Place, Place], ...]]:
    """Return by tree each tie that ends in it, by id, with its own end and the other."""
    found: dict[int, list[tuple[Tie, Place, Place]]] = {}
    for tie in find_ties(compiled):
        ends = [
            Place(tree=int(compiled.tree_of_bus[bus]), row=int(row))
            for bus, row in zip(tie.bus, compiled.row_of_bus[list(tie.bus)], strict=True)
        ]
        for own, other in (ends, ends[::-1]):
            found.setdefault(own.tree, []).append((tie, own, other))
    return {number: tuple(ends) for number, ends in found.items()}
