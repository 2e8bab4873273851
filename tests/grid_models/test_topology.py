from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from grid_models.compiled import CompiledGrid, compile_grid
from grid_models.grid import Grid
from grid_models.topology import TreeTopology, find_open_points, graph, trace_tree, upstream
from tests.grid_models.grids import bridge, coil, grid_of, line, load, opened, source


def drawn_grid(*, tie_open: bool = True, branch_m: float = 900.0) -> Grid:
    """Return two feeders that meet at an open point; lengths in metres.

    ::

        S 110 kV
        # T
        A ---f1 400--- B ---f2 500--- C ---f3 300--- / (open at G: tie)
        |              '---b1 branch_m--- D # U (10/0.4)
        |                                 E ---v1 50--- H ---v2 60--- I
        |                                 '----w1 40--- J
        '---g1 700--- G ---g2 200--- K

    With `tie_open` false there is no tie at all: neither feeder has an open point.
    """
    kv = {"S": 110.0} | dict.fromkeys("ABCDGK", 10.0) | dict.fromkeys("EHIJ", 0.4)
    lines = {
        "f1": line("A", "B", 400.0),
        "f2": line("B", "C", 500.0),
        "b1": line("B", "D", branch_m),
        "g1": line("A", "G", 700.0),
        "g2": line("G", "K", 200.0),
        "v1": line("E", "H", 50.0),
        "v2": line("H", "I", 60.0),
        "w1": line("E", "J", 40.0),
    }
    tie = {"f3": line("C", "G", 300.0)} if tie_open else {}
    return grid_of(
        kv,
        transformers={
            "T": coil("S", "A", 20_000.0, 110.0, 10.5),
            "U": coil("D", "E", 400.0, 10.0, 0.4),
        },
        lines=lines | tie,
        switches={"tie": opened("G", "f3")} if tie_open else {},
        loads={"P": load("I", 50.0)},
        sources={"grid": source("S")},
    )


class Traced:
    """Topology of a grid's only tree, by node id; "" stands for none."""

    def __init__(self, grid: Grid) -> None:
        self.compiled: CompiledGrid = compile_grid(grid)
        (self.tree,) = self.compiled.trees
        network = self.compiled.network
        self.open_points = find_open_points(network)
        self.topology: TreeTopology = trace_tree(network, self.tree, self.open_points)
        lines = grid.lines.index[network.branches.element[self.tree.branch]]
        nodes = network.node_of_bus[self.tree.bus]
        self.names = [
            grid.nodes.index[node] if node >= 0 else f"end of {at}"
            for node, at in zip(nodes, lines, strict=True)
        ]

    def rows(self, column: str) -> dict[str, str]:
        """Name of the node a column of rows points to, by node."""
        pointed = getattr(self.topology, column)
        found = [self.names[k] if k >= 0 else "" for k in pointed]
        return dict(zip(self.names, found, strict=True))

    def values(self, column: str) -> dict[str, Any]:
        return dict(zip(self.names, getattr(self.topology, column).tolist(), strict=True))

    @property
    def trunk(self) -> str:
        return ", ".join(sorted(name for name, on in self.values("is_trunk").items() if on))


@pytest.fixture(scope="module")
def drawn() -> Traced:
    return Traced(drawn_grid())


def test_the_main_transformer_feeds_all_below_it(drawn):
    expected = {name: "A" for name in drawn.names} | {"S": ""}
    assert drawn.rows("main_transformer") == expected


def test_the_busbar_is_the_low_side_of_the_main_transformer(drawn):
    expected = {name: "A" for name in drawn.names} | {"S": ""}
    assert drawn.rows("busbar") == expected


def test_a_feeder_begins_with_the_line_that_leaves_the_busbar(drawn):
    first, second = dict.fromkeys("BCDEHIJ", "B"), dict.fromkeys("GK", "G")
    assert drawn.rows("feeder_head") == first | second | {"S": "", "A": "", "end of f3": "B"}


def test_the_board_is_the_low_side_of_the_distribution_transformer(drawn):
    above = dict.fromkeys([*"SABCDGK", "end of f3"], "")
    assert drawn.rows("board") == above | dict.fromkeys("EHIJ", "E")


def test_length_is_counted_from_the_busbar_and_again_from_the_board(drawn):
    medium = {"S": 0, "A": 0, "B": 400, "C": 900, "end of f3": 1200, "D": 1300, "G": 700, "K": 900}
    low = {"E": 0, "H": 50, "I": 110, "J": 40}
    assert drawn.values("length_m") == pytest.approx(medium | low)


def test_the_trunk_leads_to_the_open_point_even_past_a_longer_branch(drawn):
    # low voltage: v1 and v2 to their far end, and w1, which is an outgoing line of its own
    assert drawn.trunk == "A, B, C, E, G, H, I, J, S, end of f3"


def test_without_an_open_point_the_trunk_leads_to_the_farthest_end():
    assert Traced(drawn_grid(tie_open=False)).trunk == "A, B, D, E, G, H, I, J, K, S"


def test_of_two_ends_equally_far_the_least_id_is_the_trunk():
    traced = Traced(drawn_grid(tie_open=False, branch_m=500.0))
    assert {"B", "C"} <= {*traced.trunk.split(", ")}
    assert "D" not in traced.trunk


def test_an_open_switch_between_two_nodes_is_an_open_point_of_both():
    grid = grid_of(
        {"A": 10.0} | dict.fromkeys("BCDE", 10.0),
        lines={
            "f1": line("A", "B", 100.0), "f2": line("B", "C", 900.0),
            "g1": line("A", "D", 100.0), "g2": line("D", "E", 900.0),
        },
        switches={"tie": bridge("B", "D", is_closed=False)},
        sources={"grid": source("A")},
    )  # fmt: skip
    traced = Traced(grid)
    assert traced.compiled.network.bus_of_node[traced.open_points].tolist() == [1, 3]
    assert traced.trunk == "A, B, D"


def test_several_open_points_make_several_ways_of_trunk():
    grid = grid_of(
        dict.fromkeys("ABCDE", 10.0),
        lines={
            "f1": line("A", "B"), "f2": line("B", "C"), "f3": line("B", "D"), "f4": line("B", "E"),
            "t1": line("C", "A"), "t2": line("D", "A"),
        },
        switches={"o1": opened("C", "t1"), "o2": opened("D", "t2")},
        sources={"grid": source("A")},
    )  # fmt: skip
    assert Traced(grid).trunk == "A, B, C, D, end of t1, end of t2"


def test_a_line_out_of_service_with_an_open_switch_is_no_open_point():
    grid = grid_of(
        {"A": 10.0, "B": 10.0, "C": 10.0},
        lines={"f": line("A", "B"), "dead": line("B", "C", is_in_service=False)},
        switches={"open": opened("B", "dead")},
        sources={"grid": source("A")},
    )
    assert not find_open_points(compile_grid(grid).network).any()


def test_both_ends_of_an_opened_line_are_open_points(drawn):
    network = drawn.compiled.network
    nodes = [network.node_of_bus[bus] for bus in np.flatnonzero(drawn.open_points)]
    ids = [drawn.compiled.grid.nodes.index[node] if node >= 0 else "free" for node in nodes]
    assert ids == ["G", "free"]


def test_a_source_at_10_kv_is_its_own_busbar():
    grid = grid_of(
        {"A": 10.0, "B": 10.0, "C": 10.0},
        lines={"f": line("A", "B"), "g": line("B", "C")},
        sources={"grid": source("A")},
    )
    traced = Traced(grid)
    assert traced.rows("main_transformer") == {"A": "", "B": "", "C": ""}
    assert traced.rows("busbar") == {"A": "A", "B": "A", "C": "A"}
    assert traced.rows("feeder_head") == {"A": "", "B": "B", "C": "B"}


def test_a_low_voltage_source_has_feeders_but_no_board():
    grid = grid_of(
        {"A": 0.4, "B": 0.4, "C": 0.4, "D": 0.4},
        lines={"f": line("A", "B", 80.0), "g": line("B", "C", 70.0), "h": line("B", "D", 20.0)},
        sources={"grid": source("A")},
    )
    traced = Traced(grid)
    assert traced.rows("board") == dict.fromkeys("ABCD", "")
    assert traced.rows("busbar") == dict.fromkeys("ABCD", "A")
    assert traced.values("length_m") == pytest.approx({"A": 0, "B": 80, "C": 150, "D": 100})
    assert traced.trunk == "A, B, C"


def test_a_35_kv_line_above_the_main_transformer_belongs_to_no_busbar():
    grid = grid_of(
        {"S": 35.0, "X": 35.0, "A": 10.0, "B": 10.0},
        lines={"h": line("S", "X", 5000.0), "f": line("A", "B", 300.0)},
        transformers={"T": coil("X", "A", 8000.0, 35.0, 10.5)},
        sources={"grid": source("S")},
    )
    traced = Traced(grid)
    assert traced.rows("busbar") == {"S": "", "X": "", "A": "A", "B": "A"}
    assert traced.values("length_m")["B"] == pytest.approx(300.0)


def test_each_source_has_feeders_of_its_own():
    grid = grid_of(
        dict.fromkeys("ABCD", 10.0),
        lines={"f": line("A", "B"), "g": line("C", "D"), "tie": line("B", "D")},
        switches={"open": opened("D", "tie")},
        sources={"one": source("A"), "two": source("C")},
    )
    compiled = compile_grid(grid)
    open_points = find_open_points(compiled.network)
    first, second = (trace_tree(compiled.network, t, open_points) for t in compiled.trees)
    assert first.feeder_head.tolist() == [-1, 1, 1]
    assert second.feeder_head.tolist() == [-1, 1]
    assert first.is_trunk.all()
    assert second.is_trunk.all()


def test_the_way_up_names_lines_transformers_and_at_last_the_source(drawn):
    row = drawn.names.index("I")
    found = upstream(drawn.compiled.network, drawn.tree, row)
    assert found == ("v2", "v1", "U", "b1", "f1", "T", "grid")


def test_a_switch_with_impedance_is_not_named_on_the_way_up():
    grid = grid_of(
        {"A": 10.0, "B": 10.0, "C": 10.0},
        lines={"f": line("B", "C")},
        switches={"z": bridge("A", "B", z_ohm=0.1)},
        sources={"grid": source("A")},
    )
    traced = Traced(grid)
    found = upstream(traced.compiled.network, traced.tree, traced.names.index("C"))
    assert found == ("f", "grid")


# --- networkx --------------------------------------------------------------------------------


def edges(grid: Grid, **options: bool) -> set[str]:
    return {name for _, _, name in graph(grid, **options).edges(keys=True)}


def test_the_graph_has_every_closed_line_transformer_and_switch():
    grid = drawn_grid()
    everything = {*grid.lines.index, *grid.transformers.index}
    assert edges(grid) == everything - {"f3"}
    assert edges(grid, only_closed=False) == everything


def test_the_graph_as_built_has_what_is_out_of_service_and_open_switches():
    grid = grid_of(
        {"A": 10.0, "B": 10.0},
        lines={"dead": line("A", "B", is_in_service=False)},
        switches={"tie": bridge("A", "B", is_closed=False)},
    )
    assert edges(grid) == set()
    assert edges(grid, only_closed=False) == {"dead", "tie"}


def test_parallel_lines_are_edges_of_their_own():
    grid = grid_of({"A": 10.0, "B": 10.0}, lines={"one": line("A", "B"), "two": line("A", "B")})
    assert graph(grid).number_of_edges("A", "B") == 2
