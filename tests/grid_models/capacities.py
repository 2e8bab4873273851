"""What the points of a small grid can take, asked in one line."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from grid_models.capacity import Access, Hosting, hosting_capacity
from grid_models.compiled import CompiledGrid, Tree, compile_grid
from grid_models.exact.fold import fold_tree
from grid_models.grid import Grid
from grid_models.limits import Relaxation, TreeLimits, find_bounds, find_limits
from grid_models.solvers.radial import solve_tree
from tests.grid_models.grids import grid_of, source, wire

LEGAL_V = {0.4: (353.4, 406.6), 10.0: (9300.0, 10700.0), 20.0: (18600.0, 21400.0)}
STRICT = Relaxation(loading_points=0.0, voltage_share=0.0)
BY_RULE = Relaxation(loading_points=1.0, voltage_share=0.005)
ROOT_3 = math.sqrt(3.0)


def hosting_of(
    tree: Tree,
    limits: TreeLimits,
    accesses: Sequence[Access],
    relaxation: Relaxation,
    power_factor: float,
) -> tuple[Hosting, ...]:
    """Hosting capacity at points of a tree as it stands."""
    state = solve_tree(tree)
    bounds = find_bounds(state, limits, relaxation)
    folded = fold_tree(tree, state, bounds)
    return hosting_capacity(folded, state, limits, bounds, accesses, power_factor=power_factor)


class Asked:
    """A grid's trees, and what its points can take."""

    def __init__(self, grid: Grid, **legal_v: Any) -> None:
        self.compiled: CompiledGrid = compile_grid(grid)
        self.legal_v = legal_v.get("legal_v", LEGAL_V)

    def place(self, node: str) -> tuple[Tree, int]:
        bus = self.compiled.network.bus_of_node[self.compiled.node_position[node]]
        return self.compiled.trees[self.compiled.tree_of_bus[bus]], int(
            self.compiled.row_of_bus[bus]
        )

    def name(self, tree: Tree, row: int) -> str:
        return str(self.compiled.grid.nodes.index[self.compiled.network.node_of_bus[tree.bus[row]]])

    def hosting(
        self,
        *nodes: str,
        share: float | None = None,
        power_factor: float = 1.0,
        relaxation: Relaxation = STRICT,
    ) -> tuple[Hosting, ...]:
        """Hosting capacity at nodes of one tree, or on the branches above them."""
        tree, _ = self.place(nodes[0])
        limits = find_limits(self.compiled.network, tree, self.legal_v)
        accesses = [Access(row=self.place(node)[1], share=share) for node in nodes]
        return hosting_of(tree, limits, accesses, relaxation, power_factor)

    def bound_at(self, node: str, **options: Any) -> tuple[float, str, str]:
        """Hosting capacity, what binds, and the node that is or hangs below it."""
        (found,) = self.hosting(node, **options)
        tree, _ = self.place(node)
        return found.kva, found.code, self.name(tree, found.row) if found.row >= 0 else ""


def fed_by_1_ohm(*, ampacity_a: float = 1e4, v_pu: float = 1.0, **tables: Any) -> Grid:
    """Return a stiff 10 kV source A and 1 ohm to B, of nothing but resistance."""
    tables.setdefault("nodes", {})
    lines = {"L": wire("A", "B", 1.0, ampacity_a=ampacity_a)} | tables.pop("lines", {})
    return grid_of(
        {"A": 10.0, "B": 10.0} | tables.pop("nodes"),
        lines=lines,
        sources={"grid": source("A", v_pu=v_pu)},
        **tables,
    )
