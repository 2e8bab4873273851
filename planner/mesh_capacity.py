"""The capacity map of a part that is no tree: closed rings, several infeeds (decision 0014)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from grid_models.capacity_map import FULL_AC, QUALITIES
from grid_models.compiled import Mesh
from grid_models.demand import LoadCases, network_at
from grid_models.meshed.capacity import MeshLargest, find_largest, find_ways, open_on_ways
from grid_models.meshed.limits import MeshLimits, MeshState, find_mesh_bounds, find_mesh_limits
from grid_models.meshed.part import MeshPart, admit
from grid_models.meshed.search import Question
from grid_models.model import GridModel
from grid_models.network import Network
from grid_models.row_ids import ids_of_branches, ids_of_buses
from grid_models.solvers.pgm import MeshTrials, solve_mesh
from planner.application import Commitment
from planner.rules import Rules
from planner.situation import allowed_worsening, legal_volts

__all__ = ["MeshStudy"]

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Texts = npt.NDArray[np.object_]
Columns = dict[str, npt.NDArray[np.generic]]

# What goes with each number when hours are compared.
_WITH_LOADS: Mapping[str, tuple[str, ...]] = {
    "open_capacity_kva": ("open_binding_id", "open_hour"),
    "free_after_promises_kva": (),
    "hosting_capacity_kva": (
        "hosting_binding_id", "hosting_binding_code", "hosting_hour", "quality",
    ),
}  # fmt: skip
_WITH_EXPORTS: Mapping[str, tuple[str, ...]] = {
    "export_capacity_kva": ("export_binding_id", "export_binding_code", "export_hour")
}


@dataclass(frozen=True, kw_only=True)
class MeshStudy:
    """A meshed part with all that is the same in every load case.

    Parameters
    ----------
    node_row
        Rows of the nodes table that are asked about, in the mesh.
    commitments
        Of the whole grid.
    """

    model: GridModel
    mesh: Mesh
    rules: Rules
    node_row: Ints
    commitments: Sequence[Commitment]

    def least_loads(self, cases: LoadCases | None, *, power_factor: float) -> Columns:
        """Return the map's columns of what can still be taken, by node, all promises counted.

        Parameters
        ----------
        cases
            Load cases of which the least counts; None: the loads as imported.
        power_factor
            Of the new load, lagging.

        Returns
        -------
        columns
            Empty where the mesh has no solution in one of the cases: what is unknown then is
            unknown.
        """
        least: Columns = {}
        for hour, season, network in self._stands(cases):
            promising = self._with_promises(network)
            peak, state = self._solve(network), self._solve(promising)
            if peak is None or state is None:
                return {}
            unit = _unit(power_factor)
            found = self._largest(promising, state, season, unit, least.get("hosting_capacity_kva"))
            columns = self._open(peak, season) | self._named("hosting", found)
            columns |= {
                "open_hour": self._texts(hour),
                "hosting_hour": self._texts(hour),
                "quality": self._texts(QUALITIES[FULL_AC]),
            }
            least = _lesser(least, columns, _WITH_LOADS)
        return self._by_node(least)

    def least_exports(self, cases: LoadCases | None, *, power_factor: float) -> Columns:
        """Return the columns of what can still be fed in, as `least_loads`, without promises.

        Parameters
        ----------
        cases
            Toward export.
        power_factor
            Of the new generation, which gives reactive power too.
        """
        least: Columns = {}
        for hour, season, network in self._stands(cases):
            state = self._solve(network)
            if state is None:
                return {}
            unit = -_unit(power_factor)
            found = self._largest(network, state, season, unit, least.get("export_capacity_kva"))
            columns = self._named("export", found) | {"export_hour": self._texts(hour)}
            least = _lesser(least, columns, _WITH_EXPORTS)
        return self._by_node(least)

    def _stands(self, cases: LoadCases | None) -> Iterator[tuple[str, str | None, Network]]:
        """Yield hour, season and network of every case; as the grid stands, there is no hour."""
        if cases is None:
            yield "", None, self.model.network
            return
        for k, case in enumerate(cases.cases):
            network = network_at(self.model.network, self.mesh.bus, cases, k)
            yield case.name, case.season, network

    def _by_node(self, columns: Columns) -> Columns:
        return {name: values[self._of_node] for name, values in columns.items()}

    def _texts(self, text: str) -> Texts:
        return np.full(len(self._at), text, dtype=object)

    @cached_property
    def _places(self) -> tuple[Ints, Ints]:
        """Places in the mesh of the buses asked about, and which of them each node is."""
        bus = self.model.network.bus_of_node[self.node_row]
        at, of_node = np.unique(np.searchsorted(self.mesh.bus, bus), return_inverse=True)
        return at, of_node

    @property
    def _at(self) -> Ints:
        return self._places[0]

    @property
    def _of_node(self) -> Ints:
        return self._places[1]

    def _limits(self, season: str | None) -> MeshLimits:
        """Return the limits of a season; None: the least of any."""
        named = self.model.named_limits.of(season)
        return find_mesh_limits(self.model.network, self.mesh, legal_volts(self.rules), named)

    @cached_property
    def _part(self) -> MeshPart:
        return admit(self.model.network, self.mesh)

    @cached_property
    def _ways(self) -> csr_array:
        return find_ways(self._part, self._at)

    @cached_property
    def _held(self) -> tuple[Ints, npt.NDArray[np.complex128]]:
        """Place and power (pu) of the commitments that lie in the mesh."""
        held = [
            (place, c.s_kva * c.demand_factor / 1000.0 * complex(pf, np.sqrt(1.0 - pf**2)))
            for c in self.commitments
            if c.holds_on(self.rules.on_date)
            for bus in [self.model.network.bus_of_node[self.model.node_rows[c.node_id]]]
            for place in np.flatnonzero(self.mesh.bus == bus).tolist()
            for pf in [c.power_factor]
        ]
        places = np.array([place for place, _ in held], dtype=np.int64)
        return places, np.array([power for _, power in held], dtype=np.complex128)

    def _with_promises(self, network: Network) -> Network:
        places, powers = self._held
        p, q = network.p.copy(), network.q.copy()
        np.add.at(p, self.mesh.bus[places], powers.real)
        np.add.at(q, self.mesh.bus[places], powers.imag)
        return replace(network, p=p, q=q)

    @cached_property
    def _promised_kva(self) -> Floats:
        """Promises by branch, each in full on its whole way."""
        places, powers = self._held
        ways = find_ways(self._part, places)
        return np.asarray(1000.0 * np.abs(powers) @ ways.astype(float))

    def _solve(self, network: Network) -> MeshState | None:
        """Solve the mesh as it stands; None: it has no solution."""
        solution = solve_mesh(network, self.mesh)
        if isinstance(solution, str) or np.isnan(solution.v).any():
            return None
        i_from, i_to = self._part.currents(solution.v)
        loading = self._part.loading_pct(i_from, i_to)
        return MeshState(v=solution.v, i_from=i_from, loading_pct=loading)

    def _largest(
        self,
        network: Network,
        state: MeshState,
        season: str | None,
        unit: complex,
        at_most_kva: npt.NDArray[np.generic] | None,
    ) -> MeshLargest:
        limits = self._limits(season)
        relaxation = allowed_worsening(self.rules, limits.kv)
        question = Question(
            part=self._part,
            solve=MeshTrials(network, self.mesh).solve,
            state=state,
            limits=limits,
            bounds=find_mesh_bounds(state, limits, relaxation, injects=unit.real < 0.0),
            unit=unit,
        )
        no_bound = np.full(len(self._at), np.inf)
        at_most = no_bound if at_most_kva is None else np.asarray(at_most_kva, dtype=np.float64)
        return find_largest(question, self._at, self._ways, at_most)

    def _open(self, peak: MeshState, season: str | None) -> Columns:
        """Return the open capacity by rule before and after promises."""
        limits = self._limits(season)
        known_kva = np.where(np.isfinite(limits.limit_kva), limits.limit_kva, 0.0)
        carried_kva = peak.loading_pct * limits.factor / 100.0 * known_kva
        left_kva = self.rules.number("open_capacity_k") * limits.limit_kva - carried_kva
        open_kva, branch = open_on_ways(self._ways, left_kva)
        free_kva, _ = open_on_ways(self._ways, left_kva - self._promised_kva)
        return {
            "open_capacity_kva": open_kva,
            "open_binding_id": ids_of_branches(self.model, self.mesh.branch)[branch],
            "free_after_promises_kva": free_kva,
        }

    def _named(self, kind: str, found: MeshLargest) -> Columns:
        branch_ids = ids_of_branches(self.model, self.mesh.branch)
        bus_ids = ids_of_buses(self.model, self.mesh.bus)
        is_branch = found.branch >= 0
        return {
            f"{kind}_capacity_kva": found.kva,
            f"{kind}_binding_id": np.where(is_branch, branch_ids[found.branch], bus_ids[found.bus]),
            f"{kind}_binding_code": found.code,
        }


def _unit(power_factor: float) -> complex:
    return complex(power_factor, np.sqrt(1.0 - power_factor**2))


def _lesser(least: Columns, found: Columns, together: Mapping[str, tuple[str, ...]]) -> Columns:
    """Take over what is less in another hour, with what goes with it."""
    if not least:
        return found
    result = dict(least)
    for number, others in together.items():
        before, after = (np.asarray(columns[number], np.float64) for columns in (least, found))
        is_less = after < before
        for name in (number, *others):
            result[name] = np.where(is_less, found[name], least[name])
    return result
