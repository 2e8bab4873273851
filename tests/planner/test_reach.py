from __future__ import annotations

from grid_models.grid import Grid
from planner.second_opinion.reach import Reach, find_reach, live_ends
from planner.second_opinion.rebuilt import cut_tree
from tests.grid_models.samples import added, edited, tiny_grid


def reach_of(node_id: str, grid: Grid | None = None) -> Reach:
    reach = find_reach(grid or tiny_grid(), node_id)
    assert reach is not None
    return reach


def with_second_station() -> Grid:
    """Return the tiny grid with another 110/10 kV transformer, bus:8, and bus:9 behind it."""
    grid = added(tiny_grid(), "nodes", "bus:8", "bus:2")
    grid = added(grid, "nodes", "bus:9", "bus:3")
    grid = added(grid, "transformers", "trafo:3", "trafo:1", lv_node="bus:8")
    return added(grid, "lines", "line:9", "line:1", from_node="bus:8", to_node="bus:9")


def test_the_way_leads_from_the_node_up_to_the_source() -> None:
    reach = reach_of("bus:6")
    assert reach.branches == ("line:3", "trafo:2", "line:2", "line:1", "trafo:1")
    assert reach.source_id == "source:1"
    assert reach.path == {"bus:6", "bus:5", "bus:4", "bus:3", "bus:2", "bus:1"}


def test_the_feeder_is_all_that_hangs_below_the_outgoing_line() -> None:
    assert reach_of("bus:3").feeder == {"bus:3", "bus:4", "bus:5", "bus:6"}
    assert reach_of("bus:7").feeder == {"bus:7"}


def test_a_node_at_the_busbar_has_no_feeder() -> None:
    assert reach_of("bus:2").feeder == frozenset()


def test_scopes_are_told_from_the_nearest_outwards() -> None:
    reach, ends = reach_of("bus:3"), live_ends(tiny_grid())
    names = ("line:1", "line:2", "trafo:2", "line:5")
    assert [reach.scope_of_branch(name, ends[name]) for name in names] == [
        "path",
        "feeder",
        "feeder",
        "tree",
    ]
    assert [reach.scope_of_node(f"bus:{k}") for k in (2, 4, 7)] == ["path", "feeder", "tree"]


def test_a_line_with_an_open_end_belongs_to_where_it_is_live() -> None:
    # line:4 runs from bus:7 to bus:3 and is open there
    ends = live_ends(tiny_grid())
    assert ends["line:4"] == ("bus:7",)
    assert reach_of("bus:3").scope_of_branch("line:4", ends["line:4"]) == "tree"
    assert reach_of("bus:7").scope_of_branch("line:4", ends["line:4"]) == "feeder"


def test_transformers_at_one_source_feed_trees_of_their_own() -> None:
    grid = with_second_station()
    assert reach_of("bus:9", grid).tree == {"bus:1", "bus:8", "bus:9"}
    assert "bus:8" not in reach_of("bus:3", grid).tree
    ends = live_ends(grid)["trafo:3"]
    assert reach_of("bus:3", grid).scope_of_branch("trafo:3", ends) is None


def test_nodes_joined_by_a_closed_switch_are_one_point() -> None:
    grid = added(tiny_grid(), "nodes", "bus:8", "bus:4")
    facts = {"node": "bus:4", "element_id": "bus:8", "element_kind": "node"}
    grid = added(grid, "switches", "switch:3", "switch:1", **facts)
    reach = reach_of("bus:8", grid)
    assert reach.branches == ("line:2", "line:1", "trafo:1")
    assert {"bus:4", "bus:8"} <= reach.path


def test_a_switch_with_impedance_is_a_way_but_no_line() -> None:
    grid = added(tiny_grid(), "nodes", "bus:8", "bus:4")
    facts = {"node": "bus:4", "element_id": "bus:8", "element_kind": "node", "z_ohm": 0.1}
    grid = added(grid, "switches", "switch:3", "switch:1", **facts)
    assert reach_of("bus:8", grid).branches == ("line:2", "line:1", "trafo:1")
    assert "bus:8" not in reach_of("bus:4", grid).path


def test_of_equal_lines_side_by_side_the_first_is_named_and_both_are_on_the_way() -> None:
    reach = reach_of("bus:6", added(tiny_grid(), "lines", "line:9", "line:3"))
    assert reach.branches[0] == "line:3"
    assert {"line:3", "line:9"} <= reach.parallel


def test_what_is_not_supplied_reaches_nothing() -> None:
    assert find_reach(edited(tiny_grid(), "lines", "line:3", is_in_service=False), "bus:6") is None


def test_a_tree_is_cut_out_with_its_open_ends_and_without_its_neighbours() -> None:
    grid = with_second_station()
    cut = cut_tree(grid, reach_of("bus:3", grid).tree)
    assert set(cut.nodes.index) == {f"bus:{k}" for k in range(1, 8)}
    assert set(cut.lines.index) == {f"line:{k}" for k in range(1, 6)}
    assert set(cut.transformers.index) == {"trafo:1", "trafo:2"}
    assert set(cut.switches.index) == {"switch:1", "switch:2"}
