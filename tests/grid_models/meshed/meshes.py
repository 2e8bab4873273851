"""What the nodes of a small mesh can take, asked in one line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from grid_models.compiled import CompiledGrid, Mesh, compile_grid
from grid_models.grid import Grid
from grid_models.limits import Relaxation, find_named_limits
from grid_models.meshed.capacity import MeshLargest, find_largest, find_ways
from grid_models.meshed.limits import MeshState, find_mesh_bounds, find_mesh_limits
from grid_models.meshed.part import admit
from grid_models.meshed.search import Question
from grid_models.solvers.pgm import MeshTrials, solve_mesh
from tests.grid_models.capacities import LEGAL_V, STRICT


@dataclass(frozen=True, kw_only=True)
class Answer:
    """Capacity of one node, and the id of what binds."""

    kva: float
    code: str
    binding_id: str


class Asked:
    """A mesh, and what its nodes can take."""

    def __init__(self, grid: Grid, *, mesh: Mesh | None = None, legal_v: Any = LEGAL_V) -> None:
        self.compiled: CompiledGrid = compile_grid(grid)
        self.mesh = self.compiled.meshes[0] if mesh is None else mesh
        self.legal_v = legal_v

    def some_nodes(self, count: int) -> list[str]:
        """Return some nodes of the mesh, evenly among all."""
        rows = np.flatnonzero(np.isin(self.compiled.network.bus_of_node, self.mesh.bus))
        names = self.compiled.grid.nodes.index[rows]
        return [str(name) for name in names[np.linspace(0, len(rows) - 1, count).astype(int)]]

    def places(self, nodes: tuple[str, ...]) -> npt.NDArray[np.int64]:
        index = [self.compiled.node_position[node] for node in nodes]
        return np.searchsorted(self.mesh.bus, self.compiled.network.bus_of_node[index])

    def largest(
        self,
        *nodes: str,
        unit: complex = 1.0,
        relaxation: Relaxation = STRICT,
        at_most_kva: float = np.inf,
    ) -> MeshLargest:
        network, mesh, part = self.compiled.network, self.mesh, admit(self.network, self.mesh)
        named = find_named_limits(network)
        limits = find_mesh_limits(network, mesh, self.legal_v, named)
        solution = solve_mesh(network, mesh)
        assert not isinstance(solution, str)
        currents = part.currents(solution.v)
        state = MeshState(v=solution.v, i_from=currents[0], loading_pct=part.loading_pct(*currents))
        at = self.places(nodes)
        question = Question(
            part=part,
            solve=MeshTrials(network, mesh).solve,
            state=state,
            limits=limits,
            bounds=find_mesh_bounds(state, limits, relaxation, injects=unit.real < 0.0),
            unit=unit,
        )
        most = np.full(len(at), at_most_kva)
        return find_largest(question, at, find_ways(part, at), most)

    @property
    def network(self) -> Any:
        return self.compiled.network

    def answers(self, *nodes: str, **options: Any) -> list[Answer]:
        found = self.largest(*nodes, **options)
        return [
            Answer(kva=float(kva), code=str(code), binding_id=self._name(int(branch), int(bus)))
            for kva, code, branch, bus in zip(
                found.kva, found.code, found.branch, found.bus, strict=True
            )
        ]

    def answer(self, node: str, **options: Any) -> Answer:
        (found,) = self.answers(node, **options)
        return found

    def _name(self, branch: int, bus: int) -> str:
        grid, network = self.compiled.grid, self.compiled.network
        if branch >= 0:
            of_network = self.mesh.branch[branch]
            tables = (grid.lines, grid.transformers, grid.switches)
            table = tables[int(network.branches.kind[of_network])]
            return str(table.index[network.branches.element[of_network]])
        if bus < 0:
            return ""
        return str(grid.nodes.index[network.node_of_bus[self.mesh.bus[bus]]])


def as_mesh(compiled: CompiledGrid, number: int) -> Mesh:
    """Return a source tree as if it were a mesh."""
    bus = np.sort(compiled.trees[number].bus)
    branch = np.flatnonzero(compiled.tree_of_branch == number)
    return Mesh(tree_id=compiled.trees[number].tree_id, bus=bus, branch=branch, reason="a trial")


def with_voltages_held(grid: Grid, *nodes: str, v_pu: float, q_kvar: float) -> Grid:
    """Return a grid in which the generators at some nodes hold a voltage, with so much at most."""
    generators = grid.generators
    holds = generators["node"].isin(nodes)
    held = generators.assign(
        v_pu=np.where(holds, v_pu, np.nan),
        q_min_kvar=np.where(holds, -q_kvar, np.nan),
        q_max_kvar=np.where(holds, q_kvar, np.nan),
    )
    return grid.with_tables(generators=held)


def with_closed_switches(grid: Grid) -> Grid:
    """Return a grid with every switch closed: open rings become closed ones."""
    return grid.with_tables(switches=grid.switches.assign(is_closed=True))
