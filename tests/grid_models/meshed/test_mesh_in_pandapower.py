"""Capacities in meshes against pandapower: open rings closed on purpose, a ring that was there."""

from __future__ import annotations

import math

import pytest

from grid_models.grid import Grid
from grid_models.readers import read_grid
from tests.grid_models.capacities import BY_RULE
from tests.grid_models.meshed.meshes import Answer, Asked, with_closed_switches, with_voltages_held
from tests.grid_models.meshed.referee import Referee

UNIT = complex(0.95, math.sqrt(1.0 - 0.95**2))
# Never above what pandapower allows by more than this; no further below either.
APART = 1e-4
OPEN_RINGS = ("pandapower:mv_oberrhein", "simbench:1-MV-urban--0-sw")


def assert_bracketed(grid: Grid, count: int, unit: complex) -> list[Answer]:
    """Check that a little less keeps every limit in pandapower and a little more breaks one."""
    referee, asked = Referee(grid), Asked(grid)
    nodes = asked.some_nodes(count)
    answers = asked.answers(*nodes, unit=unit, relaxation=BY_RULE)
    for node, answer in zip(nodes, answers, strict=True):
        if answer.code == "already_violated" or math.isinf(answer.kva):
            continue
        apart = max(answer.kva, 1.0) * APART
        assert referee.fits(node, (answer.kva - apart) * unit), (node, answer)
        assert not referee.fits(node, (answer.kva + apart) * unit), (node, answer)
    return answers


@pytest.fixture(scope="module", params=OPEN_RINGS)
def closed(request: pytest.FixtureRequest) -> Grid:
    return with_closed_switches(read_grid(request.param))


def test_in_rings_closed_on_purpose_a_node_takes_what_pandapower_allows(closed):
    answers = assert_bracketed(closed, 6, UNIT)
    assert sum(answer.kva > 0.0 for answer in answers) >= 5


def test_in_rings_closed_on_purpose_a_node_gives_what_pandapower_allows(closed):
    answers = assert_bracketed(closed, 3, complex(-1.0, 0.0))
    assert all(answer.kva > 0.0 for answer in answers)


def test_in_a_ring_that_was_closed_a_node_takes_what_pandapower_allows():
    answers = assert_bracketed(read_grid("pandapower:lv_schutterwald"), 6, UNIT)
    assert len({answer.code for answer in answers}) > 1


def held() -> Grid:
    """Return mv_oberrhein with two generators that hold a voltage, one at its bound."""
    grid = read_grid("pandapower:mv_oberrhein")
    return with_voltages_held(grid, "bus:0", "bus:231", v_pu=0.985, q_kvar=2500.0)


def test_where_voltages_are_held_a_node_takes_what_pandapower_allows():
    assert_bracketed(held(), 5, UNIT)


@pytest.mark.acceptance
@pytest.mark.parametrize("source", [*OPEN_RINGS, "pandapower:lv_schutterwald"])
@pytest.mark.parametrize("unit", [UNIT, complex(-1.0, 0.0)], ids=["load", "generation"])
def test_many_nodes_of_a_mesh_take_what_pandapower_allows(source, unit):
    grid = read_grid(source)
    if source in OPEN_RINGS:
        grid = with_closed_switches(grid)
    assert_bracketed(grid, 60, unit)
