"""The hosting capacity of sampled nodes is what pandapower finds: this much passes, more does not.

A bisection by pandapower would close in on the load between the last that passes and the first that
does not; here those two are asked for. The gate takes a few nodes of each grid, `-m acceptance` as
many as the figures in docs/exact-capacity.md are of.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from datetime import date

import numpy as np
import pandas as pd
import pytest

from grid_models.grid import Grid
from grid_models.model import GridModel
from grid_models.parts import cut_out, find_areas
from grid_models.solvers.reference import to_pandapower
from grid_models.synthesize import synthesize_grid
from planner.capacity import CapacityQuestion, map_part
from planner.rules import load_rule_book
from planner.situation import legal_volts
from tests.conftest import LoadNet
from tests.planner.pandapower_truth import POWER_FACTOR, Truth

RULES = load_rule_book("demo").on(date(2026, 8, 1))
TIGHT = 1e-4


def capacities(model: GridModel, number: int) -> pd.Series:
    """Return the hosting capacity by node id of one tree."""
    part = map_part(model, number, RULES, CapacityQuestion(power_factor=POWER_FACTOR))
    ids = model.column("nodes", "id")[part.index.to_numpy()]
    return pd.Series(part["hosting_capacity_kva"].to_numpy(), index=ids)


def objections(truth: Truth, found: Mapping[str, float], bus_of: Mapping[str, int]) -> list[str]:
    """Nodes at which pandapower finds something else."""
    wrong = []
    for name, kva in found.items():
        bus = bus_of[name]
        if kva == 0.0 or truth.is_broken(bus):
            if not (kva == 0.0 and truth.is_broken(bus)):
                wrong.append(f"{name}: {kva} kVA, its way broken: {truth.is_broken(bus)}")
        elif not truth.carries(bus, kva * (1.0 - TIGHT)):
            wrong.append(f"{name}: {kva} kVA do not pass")
        elif truth.carries(bus, kva * (1.0 + TIGHT)):
            wrong.append(f"{name}: more than {kva} kVA pass")
    return wrong


def sampled(found: pd.Series, count: int, seed: int = 5) -> dict[str, float]:
    bound = found[np.isfinite(found)]
    taken = np.random.default_rng(seed).permutation(len(bound))[:count]
    return {str(bound.index[k]): float(bound.iloc[k]) for k in taken}


def of_a_file(load_net: LoadNet, source: str, count: int) -> list[str]:
    """Sample a grid that was read from a net, and ask that net."""
    loaded = load_net(source)
    model = GridModel.of(loaded.grid)
    found = pd.concat([capacities(model, k) for k in range(len(model.compiled.trees))])
    asked = sampled(found[~found.index.duplicated()], count)
    bus_of = {name: int(name.removeprefix("bus:")) for name in asked}
    return objections(Truth(deepcopy(loaded.net)), asked, bus_of)


def of_a_city(grid: Grid, count: int, trees: int) -> list[str]:
    """Sample some source trees of a city, each solved by pandapower apart from the rest."""
    model = GridModel.of(grid)
    areas = find_areas(model.compiled)
    numbers = np.random.default_rng(2).permutation(len(model.compiled.trees))[:trees]
    wrong: list[str] = []
    for number in numbers.tolist():
        (part,) = cut_out(grid, areas, [number])
        asked = {
            name: kva
            for name, kva in sampled(capacities(model, number), count // trees).items()
            if name in part.own
        }
        net = to_pandapower(part.grid)
        truth = Truth(net, limits_pct(model, number, part.grid))
        wrong += objections(truth, asked, {n: part.grid.nodes.index.get_loc(n) for n in asked})
    return wrong


def limits_pct(model: GridModel, number: int, grid: Grid) -> dict[tuple[str, int], float]:
    """Limit of every line and transformer in percent of its rating."""
    factor = model.limits(number, legal_volts(RULES)).factor
    by_id = {model.branch_id(number, row): 100.0 / factor[row] for row in range(len(factor))}
    return {
        (table, k): by_id[name]
        for table, rows in (("line", grid.lines), ("trafo", grid.transformers))
        for k, name in enumerate(rows.index)
        if name in by_id
    }


def test_a_few_nodes_of_a_real_10_kv_grid(load_net: LoadNet):
    assert of_a_file(load_net, "pandapower:mv_oberrhein", 6) == []


def test_a_few_nodes_of_a_real_grid_with_low_voltage(load_net: LoadNet):
    assert of_a_file(load_net, "simbench:1-MVLV-urban-all-0-sw", 4) == []


def test_a_few_nodes_of_a_synthetic_district():
    assert of_a_city(synthesize_grid(nodes=1_500, seed=4), 8, 2) == []


@pytest.mark.acceptance
def test_a_hundred_nodes_of_a_real_10_kv_grid(load_net: LoadNet):
    assert of_a_file(load_net, "pandapower:mv_oberrhein", 100) == []


@pytest.mark.acceptance
def test_two_hundred_nodes_of_a_real_grid_with_low_voltage(load_net: LoadNet):
    assert of_a_file(load_net, "simbench:1-MVLV-urban-all-0-sw", 200) == []


@pytest.mark.acceptance
def test_a_hundred_nodes_of_a_city_of_a_hundred_thousand():
    assert of_a_city(synthesize_grid(nodes=100_000, seed=11), 100, 10) == []
