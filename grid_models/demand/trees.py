"""A source tree, or a whole grid, as it stands in one case of many."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from grid_models.compiled import CompiledGrid, Tree
from grid_models.demand.cases import LoadCases
from grid_models.demand.classes import Column, number_columns
from grid_models.demand.powers import with_power_factor
from grid_models.grid import Grid, make_table
from grid_models.network import Network

__all__ = ["grid_at", "has_constant_power", "network_at", "tree_at", "tree_powers", "trees_at"]

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


def tree_at(compiled: CompiledGrid, number: int, cases: LoadCases, k: int) -> Tree:
    """Return a tree in one case: its loads, generators and held powers by that case's factors.

    Parameters
    ----------
    number
        Of the tree.
    cases
        Made from `compiled`.
    k
        Number of the case.
    """
    tree = compiled.trees[number]
    changed = {}
    for quantity in cases.powers.by_quantity:
        (change,) = _changes(tree.bus, cases.take([k]), quantity).T
        changed[quantity] = getattr(tree, quantity) + change
    return replace(tree, **changed)


def trees_at(compiled: CompiledGrid, number: int, cases: LoadCases) -> Iterator[tuple[int, Tree]]:
    """Give every case's number and the tree in it, as `tree_at` does; the hardest come first.

    Those are the ones that take most, toward ``export`` least; equal ones come in their order.
    """
    tree = compiled.trees[number]
    # by case, so that a tree's powers lie together
    powers = {
        quantity: (getattr(tree, quantity)[:, None] + _changes(tree.bus, cases, quantity)).T.copy()
        for quantity in cases.powers.by_quantity
    }
    taken = sum((values.sum(axis=1) for values in powers.values()), np.zeros(len(cases)))
    hard = -taken if cases.toward == "load" else taken
    for k in np.argsort(hard, kind="stable").tolist():
        yield k, replace(tree, **{quantity: values[k] for quantity, values in powers.items()})


def network_at(network: Network, bus: Ints, cases: LoadCases, k: int) -> Network:
    """Return a network with the powers of some of its buses as they are in one case.

    Parameters
    ----------
    cases
        Made from a grid compiled to `network`.
    k
        Number of the case.
    """
    changed = {}
    for quantity in cases.powers.by_quantity:
        values = getattr(network, quantity).copy()
        values[bus] += _changes(bus, cases.take([k]), quantity)[:, 0]
        changed[quantity] = values
    return replace(network, **changed)


def tree_powers(compiled: CompiledGrid, number: int, cases: LoadCases) -> tuple[Floats, Floats]:
    """Return `p` and `q` of a tree in every case, each of shape (rows, cases).

    The other quantities of a tree differ from case to case only where loads are not of constant
    power, see `has_constant_power`.
    """
    tree = compiled.trees[number]
    p, q = (
        getattr(tree, quantity)[:, None] + _changes(tree.bus, cases, quantity)
        for quantity in ("p", "q")
    )
    return p, q


def has_constant_power(compiled: CompiledGrid, number: int, cases: LoadCases) -> bool:
    """Say whether `p` and `q` alone describe the loads of a tree."""
    bus = compiled.trees[number].bus
    return not any(
        cases.powers.by_quantity[quantity][bus].count_nonzero()
        for quantity in ("p_current", "q_current", "g", "b")
        if quantity in cases.powers.by_quantity
    )


def grid_at(compiled: CompiledGrid, cases: LoadCases, k: int) -> Grid:
    """Return the whole grid in one case, for parts that are no tree and for other engines.

    Held powers are loads of their own there, named ``held:`` and their id.
    """
    grid = with_power_factor(compiled.grid, cases.columns, cases.power_factor)
    of_load, of_generator = number_columns(grid, cases.columns)
    p, q = cases.p_factor[k], cases.q_factor[k]
    loads, generators = (
        rows.assign(p_kw=rows["p_kw"] * p[column], q_kvar=rows["q_kvar"] * q[column])
        for rows, column in ((grid.loads, of_load), (grid.generators, of_generator))
    )
    if cases.held:
        loads = pd.concat([loads, make_table("loads", _held_loads(cases, p, q))])
    return grid.with_tables(loads=loads, generators=generators)


def _held_loads(cases: LoadCases, p: Floats, q: Floats) -> pd.DataFrame:
    number = {column: k for k, column in enumerate(cases.columns)}
    column = [number[Column("held", h.curve_id, h.curve_id)] for h in cases.held]
    return pd.DataFrame(
        {
            "node": [power.node_id for power in cases.held],
            "p_kw": [power.p_kw for power in cases.held] * p[column],
            "q_kvar": [power.q_kvar for power in cases.held] * q[column],
        },
        index=[f"held:{power.held_id}" for power in cases.held],
    )


def _changes(bus: Ints, cases: LoadCases, quantity: str) -> Floats:
    """Return how a quantity differs from the grid as it stands, shape (buses, cases)."""
    powers = cases.powers
    changes = np.zeros((len(bus), len(cases)))
    if quantity in powers.by_quantity:
        factor = cases.p_factor if quantity in ("p", "p_current", "g") else cases.q_factor
        changes += powers.by_quantity[quantity][bus] @ (factor - powers.base_factor).T
    if quantity in powers.shift:
        changes += powers.shift[quantity][bus, None]
    return changes
