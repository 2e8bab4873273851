"""power-grid-model: the solver for what is no tree (rings, several infeeds, voltages held).

The only file that knows its units: volts, watts, total ohms, and the base it is given here.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from grid_models.compiled import Mesh
from grid_models.holders import Holders, find_holders
from grid_models.meshed.part import admit
from grid_models.network import BASE_MVA, Network
from grid_models.solvers.holding import find_sensitivity, hold_voltages

__all__ = ["MeshSolution", "MeshTrials", "solve_mesh"]

# So strong a source that its voltage is fixed for every purpose (pandapower's ideal slack).
IDEAL_SOURCE_VA = 1e15
WATTS = BASE_MVA * 1e6
TOLERANCE = 1e-10
MAX_ITERATIONS = 50

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Complexes = npt.NDArray[np.complex128]


@dataclass(frozen=True, slots=True, kw_only=True)
class MeshSolution:
    """Voltages of a mesh's buses and currents of its branches, pu, in the order of the mesh."""

    v: Complexes
    i_from: Complexes
    i_to: Complexes


def solve_mesh(network: Network, mesh: Mesh) -> MeshSolution | str:
    """Solve one meshed part; a text says why there is no solution."""
    from power_grid_model import errors  # noqa: PLC0415

    try:
        output = MeshTrials(network, mesh).present()
    except errors.PowerGridError as error:  # type: ignore[attr-defined]  # public all the same
        return f"no voltage solution in the meshed part of {mesh.tree_id}: {error}".strip()
    node, branch = output["node"], output["generic_branch"]
    v = node["u_pu"] * np.exp(1j * node["u_angle"])

    def current(end: str, bus: npt.NDArray[np.int64]) -> Complexes:
        power = (branch[f"p_{end}"] + 1j * branch[f"q_{end}"]) / WATTS
        u = v[np.searchsorted(mesh.bus, bus)]
        return np.asarray(np.conj(power / u), dtype=np.complex128)

    f, t = network.branches.f[mesh.branch], network.branches.t[mesh.branch]
    at_to = v[np.searchsorted(mesh.bus, t)]
    i_to = current("to", t) + _unequal_shunt(network, mesh) * at_to
    return MeshSolution(v=v, i_from=current("from", f), i_to=-i_to)


class MeshTrials:
    """A meshed part, ready for many power flows at once, each with one more load at one bus.

    Parameters
    ----------
    network, mesh
        The part as it stands; it is converted once.
    """

    def __init__(self, network: Network, mesh: Mesh) -> None:
        from power_grid_model import PowerGridModel  # noqa: PLC0415

        self._network, self._mesh = network, mesh
        every = find_holders(network)
        own = np.isin(every.bus, mesh.bus)
        self._holders = Holders(**{f.name: getattr(every, f.name)[own] for f in fields(Holders)})
        self._held = np.searchsorted(mesh.bus, self._holders.bus)
        part = _input(network, mesh, self._held)
        loads, n = part["sym_load"], len(mesh.bus)
        self._id = loads["id"][:n]
        self._watts = loads["p_specified"][:n] + 1j * loads["q_specified"][:n]
        self._held_id = loads["id"][2 * n :]
        self._model = PowerGridModel(part)

    def present(self) -> dict[str, Any]:
        """Return power-grid-model's output for the part as it stands.

        Raises
        ------
        PowerGridError
            If it has no solution.
        """
        from power_grid_model import ComponentType, initialize_array  # noqa: PLC0415

        if len(self._held):
            load = initialize_array("update", "sym_load", len(self._held))
            # NaN, where the voltages cannot be held, is no power: the calculation then fails
            load["id"], load["q_specified"] = self._held_id, -self._held_power[1] * WATTS
            self._model.update(update_data={ComponentType.sym_load: load})
        return self._model.calculate_power_flow(
            error_tolerance=TOLERANCE, max_iterations=MAX_ITERATIONS
        )

    def solve(self, at: Ints, power: Complexes) -> Complexes:
        """Return the voltages of every bus in every case, pu.

        Parameters
        ----------
        at
            Place of the loaded bus in the mesh, one a case.
        power
            Load added there, pu; positive is taken.

        Returns
        -------
        v
            Shape (cases, buses); NaN in a case without a solution.
        """
        if not len(self._held):
            return self._solve_given(at, power, np.zeros((len(at), 0)))
        sensitivity, q = self._held_power
        return hold_voltages(
            lambda rows, given: self._solve_given(at[rows], power[rows], given),
            self._holders,
            self._held,
            sensitivity,
            np.repeat(q[None], len(at), axis=0),
        ).v

    @cached_property
    def _held_power(self) -> tuple[Floats, Floats]:
        """What reactive power does to the voltages held, and how much holds them at present."""
        none, nowhere = np.zeros(1, np.complex128), np.zeros(1, np.int64)
        at_rest = np.clip(np.zeros(len(self._held)), self._holders.q_min, self._holders.q_max)
        (v,) = self._solve_given(nowhere, none, at_rest[None])
        if np.isnan(v).any():
            return np.zeros((len(self._held),) * 2), np.full(len(self._held), np.nan)
        sensitivity = find_sensitivity(admit(self._network, self._mesh), self._held, v)
        held = hold_voltages(
            lambda rows, given: self._solve_given(nowhere[rows], none[rows], given),
            self._holders,
            self._held,
            sensitivity,
            at_rest[None],
        )
        return sensitivity, held.q[0]

    def _solve_given(self, at: Ints, power: Complexes, q: Floats) -> Complexes:
        """Solve cases of one more load and given reactive powers of what holds voltages."""
        from power_grid_model import ComponentType, initialize_array  # noqa: PLC0415

        load = initialize_array("update", "sym_load", (len(at), 1 + len(self._held)))
        watts = self._watts[at] + power * WATTS
        load["id"][:, 0] = self._id[at]
        load["p_specified"][:, 0], load["q_specified"][:, 0] = watts.real, watts.imag
        load["id"][:, 1:], load["q_specified"][:, 1:] = self._held_id, -q * WATTS
        output = self._model.calculate_power_flow(
            update_data={ComponentType.sym_load: load},
            output_component_types={ComponentType.node: ["u_pu", "u_angle"]},
            error_tolerance=TOLERANCE,
            max_iterations=MAX_ITERATIONS,
            continue_on_batch_error=True,
        )
        node = output[ComponentType.node]
        v = np.asarray(node["u_pu"] * np.exp(1j * node["u_angle"]), dtype=np.complex128)
        # What power-grid-model leaves in a case that failed is no solution.
        if self._model.batch_error is not None:
            v[self._model.batch_error.failed_scenarios] = np.nan
        return v


def _unequal_shunt(network: Network, mesh: Mesh) -> Complexes:
    """Shunt of each pi branch that its to end has more than its from end."""
    own, branches = mesh.branch, network.branches
    g, b = branches.g_to[own] - branches.g_from[own], branches.b_to[own] - branches.b_from[own]
    return np.asarray(g + 1j * b, dtype=np.complex128)


def _input(network: Network, mesh: Mesh, held: Ints) -> dict[str, npt.NDArray[np.void]]:
    """Return power-grid-model's tables; the last loads, of nothing yet, are where `held` says."""
    from power_grid_model import LoadGenType, initialize_array  # noqa: PLC0415

    n, m = len(mesh.bus), len(mesh.branch)
    branches = network.branches
    base_v = network.base_kv[mesh.bus] * 1000.0
    place = np.full(len(network.base_kv), -1, np.int64)
    place[mesh.bus] = np.arange(n)
    node = initialize_array("input", "node", n)
    node["id"] = np.arange(n)
    node["u_rated"] = base_v

    branch = initialize_array("input", "generic_branch", m)
    f, t = place[branches.f[mesh.branch]], place[branches.t[mesh.branch]]
    branch["id"] = n + np.arange(m)
    branch["from_node"], branch["to_node"] = f, t
    branch["from_status"] = branch["to_status"] = 1
    z_base = base_v[t] ** 2 / WATTS
    # power-grid-model wants one shunt for both ends; what is left of an unequal pi is a node shunt
    g_from, b_from = branches.g_from[mesh.branch], branches.b_from[mesh.branch]
    branch["r1"], branch["x1"] = branches.r[mesh.branch] * z_base, branches.x[mesh.branch] * z_base
    branch["g1"], branch["b1"] = 2.0 * g_from / z_base, 2.0 * b_from / z_base
    branch["k"] = branches.ratio[mesh.branch]
    branch["theta"] = np.deg2rad(branches.shift_degree[mesh.branch])
    branch["sn"] = WATTS

    g, b = network.g[mesh.bus].copy(), network.b[mesh.bus].copy()
    unequal = _unequal_shunt(network, mesh)
    np.add.at(g, t, unequal.real)
    np.add.at(b, t, unequal.imag)
    shunt = initialize_array("input", "shunt", n)
    shunt["id"] = n + m + np.arange(n)
    shunt["node"], shunt["status"] = np.arange(n), 1
    shunt["g1"], shunt["b1"] = g * WATTS / base_v**2, b * WATTS / base_v**2
    shunt["g0"] = shunt["b0"] = 0.0

    nothing = np.zeros(len(held))
    load = initialize_array("input", "sym_load", 2 * n + len(held))
    load["id"] = 2 * n + m + np.arange(len(load))
    load["node"], load["status"] = np.r_[np.tile(np.arange(n), 2), held], 1
    load["type"] = LoadGenType.const_power
    load["type"][n : 2 * n] = LoadGenType.const_current
    load["p_specified"] = np.r_[network.p[mesh.bus], network.p_current[mesh.bus], nothing] * WATTS
    load["q_specified"] = np.r_[network.q[mesh.bus], network.q_current[mesh.bus], nothing] * WATTS

    feeding = np.flatnonzero(np.isin(network.source_bus, mesh.bus))
    source = initialize_array("input", "source", len(feeding))
    source["id"] = 4 * n + m + len(held) + np.arange(len(feeding))
    source["node"], source["status"] = place[network.source_bus[feeding]], 1
    source["u_ref"] = network.source_v[feeding]
    source["u_ref_angle"] = np.deg2rad(network.source_angle_degree[feeding])
    source["sk"] = IDEAL_SOURCE_VA
    return {
        "node": node,
        "generic_branch": branch,
        "shunt": shunt,
        "sym_load": load,
        "source": source,
    }
