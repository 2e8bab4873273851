"""Hosting capacity in rings and between several infeeds, by hand where copper is all there is.

Lines are resistances and loads have power factor 1, so that every voltage is real: a node fed
through a resistance R from 10 kV takes 3 (10 kV / root 3 - R I) I.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from grid_models.compiled import compile_grid
from grid_models.grid import Grid
from grid_models.limits import Relaxation
from grid_models.meshed.part import admit, flow_shares
from grid_models.readers import read_grid
from tests.grid_models.capacities import BY_RULE
from tests.grid_models.capacities import Asked as AskedOfTrees
from tests.grid_models.grids import grid_of, load, source, wire
from tests.grid_models.meshed.meshes import Asked, as_mesh

PHASE_V = 10_000.0 / math.sqrt(3.0)
EXACT = 2e-5
UNIT = complex(0.95, math.sqrt(1.0 - 0.95**2))


def ring(**tables: Any) -> Grid:
    """S - A - B - S of 1 ohm each."""
    ampacity = tables.pop("ampacity_a", 1e4)
    lines = {
        name: wire(*ends, 1.0, ampacity_a=ampacity)
        for name, ends in (("SA", ("S", "A")), ("AB", ("A", "B")), ("BS", ("B", "S")))
    }
    return grid_of(
        dict.fromkeys("SAB", 10.0) | tables.pop("nodes", {}),
        lines=lines | tables.pop("lines", {}),
        sources={"grid": source("S")} | tables.pop("sources", {}),
        **tables,
    )


def taken_kva(ohm: float, current_a: float) -> float:
    return 3.0 * (PHASE_V - ohm * current_a) * current_a / 1000.0


def test_two_thirds_of_a_load_take_the_short_way_round_a_ring():
    """100 A on the one line are 150 A at the node."""
    found = Asked(ring(ampacity_a=100.0)).answer("A")
    assert found.kva == pytest.approx(taken_kva(2.0 / 3.0, 150.0), rel=EXACT)
    assert (found.code, found.binding_id) == ("thermal_line", "SA")


def test_the_voltage_binds_where_the_lines_are_strong():
    found = Asked(ring()).answer("B")
    current_a = (PHASE_V - 9300.0 / math.sqrt(3.0)) / (2.0 / 3.0)
    assert found.kva == pytest.approx(taken_kva(2.0 / 3.0, current_a), rel=EXACT)
    assert (found.code, found.binding_id) == ("voltage_low", "B")


def test_two_infeeds_share_a_load_by_what_lies_between():
    grid = grid_of(
        dict.fromkeys("SAT", 10.0),
        lines={
            "one": wire("S", "A", 1.0, ampacity_a=90.0),
            "three": wire("A", "T", 3.0, ampacity_a=1e4),
        },
        sources={"first": source("S"), "second": source("T")},
    )
    found = Asked(grid).answer("A")
    assert found.kva == pytest.approx(taken_kva(0.75, 120.0), rel=EXACT)
    assert found.binding_id == "one"


def test_a_collapse_is_no_solution_and_bounds_the_load():
    """A node without legal voltages and ratings takes V^2 / 4R, when half the voltage is left."""
    found = Asked(ring(), legal_v={}).answer("A")
    assert found.kva == pytest.approx(10_000.0**2 / 4.0 / (2.0 / 3.0) / 1000.0, rel=1e-3)
    assert found.code == "voltage_low"


def test_what_is_at_a_source_has_no_bound():
    found = Asked(ring(ampacity_a=100.0)).answer("S")
    assert (found.kva, found.code, found.binding_id) == (math.inf, "", "")


def test_generation_is_its_own_number_and_raises_the_voltage():
    found = Asked(ring()).answer("A", unit=-1.0)
    current_a = (10_700.0 / math.sqrt(3.0) - PHASE_V) / (2.0 / 3.0)
    assert found.kva == pytest.approx(taken_kva(-2.0 / 3.0, current_a), rel=EXACT)
    assert (found.code, found.binding_id) == ("voltage_high", "A")


def test_the_way_of_a_node_is_both_ways_round_a_ring_and_no_branch_beside_it():
    asked = Asked(ring(nodes={"X": 10.0}, lines={"AX": wire("A", "X", 1.0)}))
    part = admit(asked.network, asked.mesh)
    shares = flow_shares(part, asked.places(("A", "S", "X")))
    lines = [str(asked.compiled.grid.lines.index[k]) for k in asked.mesh.branch]
    found = [dict(zip(lines, row, strict=True)) for row in shares]
    assert found[0] == pytest.approx({"SA": 2 / 3, "AB": 1 / 3, "BS": 1 / 3, "AX": 0.0}, abs=1e-9)
    assert found[1] == pytest.approx(dict.fromkeys(lines, 0.0), abs=1e-9)
    assert found[2] == pytest.approx({"SA": 2 / 3, "AB": 1 / 3, "BS": 1 / 3, "AX": 1.0}, abs=1e-9)


def test_what_carries_a_third_of_a_load_is_on_its_way():
    """20 of 30 A at B flow through BS, which is rated 15 A."""
    grid = ring(
        nodes={"Y": 10.0},
        lines={"BS": wire("B", "S", 1.0, ampacity_a=15.0), "SY": wire("S", "Y", 1.0)},
        loads={"full": load("B", taken_kva(2.0 / 3.0, 30.0))},
    )
    in_ring, beside = Asked(grid).answers("A", "Y", relaxation=BY_RULE)
    assert (in_ring.kva, in_ring.code, in_ring.binding_id) == (0.0, "already_violated", "BS")
    assert beside.code == "thermal_line"
    assert beside.binding_id == "SY"


def overloaded_branch(relaxation: Relaxation, node: str) -> Any:
    """Return what a node takes where the line from A to a customer X carries 30 A of 20."""
    grid = ring(
        nodes={"X": 10.0, "Y": 10.0},
        lines={
            "AX": wire("A", "X", 0.1, ampacity_a=20.0),
            "BY": wire("B", "Y", 0.1, ampacity_a=50.0),
        },
        loads={"full": load("X", taken_kva(0.0, 30.0))},
    )
    return Asked(grid).answer(node, relaxation=relaxation)


def test_what_is_overloaded_on_the_way_leaves_nothing():
    found = overloaded_branch(BY_RULE, "X")
    assert (found.kva, found.code, found.binding_id) == (0.0, "already_violated", "AX")


def test_what_is_overloaded_elsewhere_may_grow_worse_by_a_point_of_loading():
    """One point of 20 A: the voltage at X may fall by a hundred and fiftieth."""
    found = overloaded_branch(BY_RULE, "Y")
    assert found.code == "thermal_line"
    assert found.kva > 0.0
    assert overloaded_branch(Relaxation(loading_points=0.0, voltage_share=0.0), "Y").kva < 1.0


def low_node(node: str) -> Any:
    """Return what a node takes where X, at the end of a long line, stands below 9.3 kV."""
    grid = ring(
        nodes={"X": 10.0, "Y": 10.0},
        lines={
            "AX": wire("A", "X", 20.0, ampacity_a=1e4),
            "BY": wire("B", "Y", 0.1, ampacity_a=1e4),
        },
        loads={"far": load("X", 400.0)},
    )
    return Asked(grid).answer(node, relaxation=BY_RULE)


def test_a_voltage_too_low_on_the_way_leaves_nothing():
    found = low_node("X")
    assert (found.kva, found.code, found.binding_id) == (0.0, "already_violated", "X")


def test_a_voltage_too_low_elsewhere_may_fall_by_what_the_rules_allow():
    found = low_node("Y")
    assert found.kva > 0.0
    assert (found.code, found.binding_id) == ("voltage_low", "X")


def test_generation_relieves_what_is_overloaded_until_the_flow_turns_round():
    """30 A to X through 20 A: generation of 30 + 20 A is the most."""
    grid = ring(
        nodes={"X": 10.0},
        lines={"AX": wire("A", "X", 1e-4, ampacity_a=20.0)},
        loads={"full": load("X", taken_kva(0.0, 30.0))},
    )
    found = Asked(grid).answer("X", unit=-1.0)
    assert found.kva == pytest.approx(taken_kva(0.0, 50.0), rel=1e-3)
    assert found.binding_id == "AX"


def test_more_than_asked_for_is_not_searched():
    asked = Asked(ring(ampacity_a=100.0))
    found = asked.largest("A", "B", at_most_kva=500.0)
    assert found.kva.tolist() == [500.0, 500.0]
    assert not found.is_less.any()


def test_a_tree_taken_as_a_mesh_has_the_capacities_of_the_tree():
    """Ways are paths there: also where a limit is broken before."""
    grid = read_grid("pandapower:mv_oberrhein")
    compiled = compile_grid(grid)
    mesh = as_mesh(compiled, 0)
    more = np.where(np.arange(len(grid.loads)) % 9, 1.0, 2.5)
    crowded = grid.with_tables(loads=grid.loads.assign(scaling=grid.loads["scaling"] * more))
    bus = compiled.trees[0].bus[1::9]
    nodes = [str(grid.nodes.index[k]) for k in compiled.network.node_of_bus[bus] if k >= 0]
    found = Asked(crowded, mesh=mesh).answers(*nodes, unit=UNIT, relaxation=BY_RULE)
    of_tree = AskedOfTrees(crowded)
    expected = of_tree.hosting(*nodes, power_factor=0.95, relaxation=BY_RULE)
    assert [a.code for a in found] == [h.code for h in expected]
    np.testing.assert_allclose([a.kva for a in found], [h.kva for h in expected], rtol=1e-4)
