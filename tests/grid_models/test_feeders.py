"""First sections and who owns the way to a point."""

from __future__ import annotations

import numpy as np

from grid_models.feeders import PRIVATE, PUBLIC, UNKNOWN, find_first_sections
from grid_models.model import GridModel
from tests.grid_models.grids import grid_of, line, load, source

PUBLIC_ROW = {"ownership": "public"}


def feeder(*layings: str, **tables):
    """Busbar N0 and a row of nodes behind it, joined by lines of the layings given."""
    nodes = {f"N{k}": {"vn_kv": 10.0, **PUBLIC_ROW} for k in range(len(layings) + 1)}
    lines = {
        f"L{k + 1}": line(f"N{k}", f"N{k + 1}", laying=laying, **PUBLIC_ROW)
        for k, laying in enumerate(layings)
    }
    last = f"N{len(layings)}"
    return grid_of(
        nodes,
        lines=lines | tables.pop("lines", {}),
        loads={"P": load(last, 100.0)} | tables.pop("loads", {}),
        sources={"grid": source("N0")},
        **tables,
    )


def first_sections(grid) -> list[str]:
    is_busbar = np.asarray(grid.nodes.index == "N0")
    return list(grid.lines.index[find_first_sections(grid, is_busbar)])


def test_the_line_at_the_busbar_is_the_first_section():
    assert first_sections(feeder("cable", "cable", loads={"Q": load("N1", 10.0)})) == ["L1"]


def test_a_plain_joint_does_not_end_the_first_section():
    assert first_sections(feeder("cable", "cable", "cable")) == ["L1", "L2", "L3"]


def test_a_bay_ends_the_first_section():
    bays = {"bay": {"node": "N1", "is_spare": False}}
    assert first_sections(feeder("cable", "cable", bays=bays)) == ["L1"]


def test_a_switch_ends_the_first_section():
    switches = {"S": {"node": "N1", "element_id": "L2", "element_kind": "line"}}
    assert first_sections(feeder("cable", "cable", switches=switches)) == ["L1"]


def test_a_branch_ends_the_first_section():
    grid = feeder("cable", "cable", lines={"M": line("N1", "N2")})
    assert first_sections(grid) == ["L1"]


def test_an_overhead_line_begins_behind_the_first_section():
    assert first_sections(feeder("cable", "overhead", "overhead")) == ["L1"]


def owner_at(grid, node: str) -> int:
    model = GridModel.of(grid)
    place = model.place_of_node(model.node_rows[node])
    return int(model.owners(place.tree).owner[place.row])


TWO_CUSTOMERS = {"Q": load("N1", 10.0)}


def test_a_way_of_public_lines_is_public():
    assert owner_at(feeder("cable", "cable", loads=TWO_CUSTOMERS), "N2") == PUBLIC


def test_behind_a_private_line_everything_is_private():
    grid = feeder("cable", "cable", "cable", loads=TWO_CUSTOMERS)
    lines = grid.lines.copy()
    lines.loc["L2", "ownership"] = "private"
    grid = grid.with_tables(lines=lines)
    assert [owner_at(grid, node) for node in ("N1", "N2", "N3")] == [PUBLIC, PRIVATE, PRIVATE]


def test_an_unknown_outgoing_line_makes_its_feeder_unknown():
    grid = feeder("cable", "cable", loads=TWO_CUSTOMERS)
    lines = grid.lines.copy()
    lines.loc["L1", "ownership"] = "unknown"
    assert owner_at(grid.with_tables(lines=lines), "N2") == UNKNOWN


def test_a_feeder_that_serves_one_private_node_alone_is_that_customers_own():
    grid = feeder("cable", "cable")
    nodes = grid.nodes.copy()
    nodes.loc["N2", "ownership"] = "private"
    grid = grid.with_tables(nodes=nodes)
    assert owner_at(grid, "N1") == PRIVATE
    model = GridModel.of(grid)
    head = int(model.topology(0).feeder_head[model.place_of_node(model.node_rows["N1"]).row])
    assert not model.is_public_feeder(0, head)


def test_a_feeder_that_serves_one_public_node_alone_is_public():
    assert owner_at(feeder("cable", "cable"), "N1") == PUBLIC
