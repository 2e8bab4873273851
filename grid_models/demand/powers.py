"""ClassPowers: what every class of load and generator adds to every bus at factor 1."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from grid_models.demand.classes import Column, HeldPower, number_columns
from grid_models.grid import Grid
from grid_models.injections import QUANTITIES, find_injections
from grid_models.network import BASE_MVA, Network

__all__ = ["ClassPowers", "spread_powers", "with_power_factor"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class ClassPowers:
    """Power of every bus by column, pu.

    Parameters
    ----------
    by_quantity
        For each of `grid_models.injections.QUANTITIES` to which anything adds: what each column
        adds to each bus at factor 1, shape (buses, columns).
    base_factor
        Factor at which a column is part of the grid as it stands: 1, or 0 for held powers.
    shift
        By quantity, what a stated power factor changes in the grid as it stands, one value a bus.
    """

    by_quantity: Mapping[str, csr_array]
    base_factor: Floats
    shift: Mapping[str, Floats]


def spread_powers(
    network: Network,
    columns: Sequence[Column],
    held: Sequence[HeldPower],
    power_factor: Mapping[str, float],
) -> ClassPowers:
    """Add up loads, generators and held powers by bus and column.

    Parameters
    ----------
    network
        Gives the grid and where its nodes lie; the loads are merged as it merges them.
    columns
        Every column of the grid and of `held`.
    power_factor
        By class of load, see `grid_models.demand.make_load_cases`.
    """
    stated = with_power_factor(network.grid, columns, power_factor)
    parts = _collect(stated, network.bus_of_node, columns)
    shift = {}
    if power_factor:
        before = _collect(network.grid, network.bus_of_node, columns)
        for quantity in ("q", "q_current", "b"):
            change = np.zeros(len(network.base_kv))
            for sign, found in ((1.0, parts), (-1.0, before)):
                bus, _, value = found[quantity]
                np.add.at(change, bus, sign * value)
            shift[quantity] = change
    held_bus, held_column, held_p, held_q = _place(network, columns, held)
    for quantity, value in (("p", held_p), ("q", held_q)):
        bus, column, own = parts[quantity]
        parts[quantity] = np.r_[bus, held_bus], np.r_[column, held_column], np.r_[own, value]
    shape = (len(network.base_kv), len(columns))
    return ClassPowers(
        by_quantity={
            quantity: csr_array((value, (bus, column)), shape=shape)
            for quantity, (bus, column, value) in parts.items()
            if value.any() or quantity in shift
        },
        base_factor=np.array([float(column.kind != "held") for column in columns]),
        shift=shift,
    )


def with_power_factor(
    grid: Grid, columns: Sequence[Column], power_factor: Mapping[str, float]
) -> Grid:
    """Return the grid with the reactive power of some classes of load reckoned anew."""
    if not power_factor:
        return grid
    tangent = np.array(
        [
            np.tan(np.arccos(power_factor[column.class_id]))
            if column.kind == "load" and column.class_id in power_factor
            else np.nan
            for column in columns
        ]
    )
    of_load = tangent[number_columns(grid, columns)[0]]
    q_kvar = np.where(np.isnan(of_load), grid.loads["q_kvar"], grid.loads["p_kw"] * of_load)
    return grid.with_tables(loads=grid.loads.assign(q_kvar=q_kvar))


def _collect(
    grid: Grid, bus_of_node: Ints, columns: Sequence[Column]
) -> dict[str, tuple[Ints, Ints, Floats]]:
    """Return bus, column and value of everything that adds to each quantity."""
    number = dict(zip(("loads", "generators"), number_columns(grid, columns), strict=True))
    parts: dict[str, list[tuple[Ints, Ints, Floats]]] = {name: [] for name in QUANTITIES}
    for found in find_injections(grid, bus_of_node):
        parts[found.quantity].append((found.bus, number[found.table][found.row], found.value))
    nothing = (np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))
    return {
        quantity: (
            np.concatenate([nothing[0], *(bus for bus, _, _ in some)]),
            np.concatenate([nothing[1], *(column for _, column, _ in some)]),
            np.concatenate([nothing[2], *(value for _, _, value in some)]),
        )
        for quantity, some in parts.items()
    }


def _place(
    network: Network, columns: Sequence[Column], held: Sequence[HeldPower]
) -> tuple[Ints, Ints, Floats, Floats]:
    """Return bus, column, p and q of the held powers whose node has a bus."""
    number = {column: k for k, column in enumerate(columns)}
    node = network.grid.rows_of("nodes", [power.node_id for power in held])
    bus = np.append(network.bus_of_node, -1)[node]
    column = np.array([number[Column("held", h.curve_id, h.curve_id)] for h in held], np.int64)
    p, q = (
        np.array([getattr(power, name) for power in held], np.float64) / 1000.0 / BASE_MVA
        for name in ("p_kw", "q_kvar")
    )
    known = bus >= 0
    return bus[known], column[known], p[known], q[known]
