"""Injections: what loads, generators and shunts add to which bus, in per unit.

A load adds by its ZIP shares: its constant power to `p` and `q`, its constant current to
`p_current` and `q_current`, its constant impedance to the shunts `g` and `b`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from grid_models.grid import Grid
from grid_models.transformers import BASE_MVA

__all__ = ["QUANTITIES", "Injection", "find_injections", "sum_injections"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

QUANTITIES = ("p", "q", "p_current", "q_current", "g", "b")
# Active and reactive: the column of power, and the shunt that takes it (a positive b gives q).
_FOLLOWING = ("const_z_p_pct", "const_z_q_pct", "const_i_p_pct", "const_i_q_pct")
_AXES = (("p", "p_kw", 1.0, "g"), ("q", "q_kvar", -1.0, "b"))


class Injection(NamedTuple):
    """What one table of a grid adds to one quantity of its `Network`.

    Parameters
    ----------
    quantity
        One of `QUANTITIES`.
    table
        ``loads`` or ``generators``.
    row
        Rows of that table.
    bus
        Bus of each row.
    value
        What each adds, pu: positive is taken, as in `Network`.
    """

    quantity: str
    table: str
    row: Ints
    bus: Ints
    value: Floats


def find_injections(grid: Grid, bus_of_node: Ints) -> Iterator[Injection]:
    """Yield what the loads and generators in service add.

    Parameters
    ----------
    bus_of_node
        As in `Network`; what stands at a node without a bus adds nothing.
    """

    def injection(quantity: str, table: str, rows: pd.DataFrame, values: Floats) -> Injection:
        bus = _bus_at(grid, bus_of_node, rows["node"])
        row = np.flatnonzero(rows["is_in_service"].to_numpy() & (bus >= 0))
        return Injection(quantity, table, row, bus[row], values[row] / 1000.0 / BASE_MVA)

    loads = _columns(grid, "loads", *_FOLLOWING)
    generators = _columns(grid, "generators", "v_pu")
    for axis, power, sign, shunt in _AXES:
        value = (loads[power] * loads["scaling"]).to_numpy()
        z_share = loads[f"const_z_{axis}_pct"].to_numpy() / 100.0
        i_share = loads[f"const_i_{axis}_pct"].to_numpy() / 100.0
        yield injection(axis, "loads", loads, value * (1.0 - z_share - i_share))
        yield injection(f"{axis}_current", "loads", loads, value * i_share)
        yield injection(shunt, "loads", loads, sign * value * z_share)
        given = -(generators[power] * generators["scaling"]).to_numpy()
        if axis == "q":
            # one that holds a voltage gives whatever that takes
            given = np.where(generators["v_pu"].notna(), 0.0, given)
        yield injection(axis, "generators", generators, given)


def _columns(grid: Grid, table: str, *more: str) -> pd.DataFrame:
    """Return what counts of a table, without the names of a city's loads."""
    names = ("node", "p_kw", "q_kvar", "scaling", "is_in_service", *more)
    return pd.DataFrame({name: grid.column(table, name) for name in names})


def sum_injections(grid: Grid, bus_of_node: Ints, base_kv: Floats) -> dict[str, Floats]:
    """Sum loads, generators and shunts by bus.

    Parameters
    ----------
    bus_of_node, base_kv
        As in `Network`.

    Returns
    -------
    totals
        One value a bus for each of `QUANTITIES`.
    """
    total = {name: np.zeros(len(base_kv)) for name in QUANTITIES}
    for found in find_injections(grid, bus_of_node):
        np.add.at(total[found.quantity], found.bus, found.value)
    shunts = grid.shunts[grid.shunts["is_in_service"]]
    bus = _bus_at(grid, bus_of_node, shunts["node"])
    known = bus >= 0
    shunts, bus = shunts[known], bus[known]
    rated_kv = np.where(np.isnan(shunts["vn_kv"]), base_kv[bus], shunts["vn_kv"])
    for _, power, sign, name in _AXES:
        at_rated = sign * (shunts[power] * shunts["step"]).to_numpy()
        np.add.at(total[name], bus, at_rated * (base_kv[bus] / rated_kv) ** 2 / 1000.0 / BASE_MVA)
    return total


def _bus_at(grid: Grid, bus_of_node: Ints, node_ids: pd.Series[str]) -> Ints:
    """Bus of each named node, -1 where it has none."""
    row = grid.rows_of("nodes", node_ids)
    # one more entry, so that an unknown node finds -1 at its end
    return np.append(bus_of_node, -1)[row]
