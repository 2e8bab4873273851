"""Currents: greatest and least initial short-circuit current I_k" at any node of a grid.

Equivalent voltage source at the node (IEC 60909-0 clause 5.2): ``c U_n / (sqrt 3 |Z|)``, and for
the greatest one what converters add (clause 6.9). See docs/short-circuit.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from grid_models.compiled import CompiledGrid, Mesh, Tree
from grid_models.network import BASE_MVA, Network
from grid_models.short_circuits.basis import CASES, Case, ShortCircuitBasis
from grid_models.short_circuits.elements import (
    Feeds,
    Solution,
    branch_impedances,
    converter_currents,
    find_feeds,
)
from grid_models.short_circuits.machines import find_machines
from grid_models.short_circuits.meshes import branches_between_nodes, solve_mesh
from grid_models.short_circuits.trees import solve_trees

__all__ = ["ShortCircuits", "find_known_currents_ka", "find_short_circuits"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShortCircuits:
    """Initial symmetrical three-phase short-circuit currents, in the order of the nodes asked for.

    Parameters
    ----------
    max_ka
        Greatest, kA; inf at a source of unknown strength; NaN where the node is not supplied, its
        part lacks a value, or a rotating machine feeds it.
    is_bound
        Whether the greatest is an upper bound only, as the strength of a source or its R/X is
        unknown: taken as infinitely strong, and at the worst angle.
    has_machine
        Whether a rotating machine feeds the part, so that nothing bounds the greatest.
    min_ka
        Least, kA, without machines. NaN also where the least strength or its R/X is unknown of any
        source.
    """

    max_ka: Floats
    is_bound: npt.NDArray[np.bool_]
    has_machine: npt.NDArray[np.bool_]
    min_ka: Floats


def find_short_circuits(
    compiled: CompiledGrid, basis: ShortCircuitBasis, nodes: Ints | None = None
) -> ShortCircuits:
    """Return the short-circuit currents at nodes.

    Parameters
    ----------
    nodes
        Rows of the nodes table; None: all. Only the parts they lie in are computed.
    """
    network = compiled.network
    bus = network.bus_of_node if nodes is None else network.bus_of_node[nodes]
    wanted = np.unique(bus[bus >= 0])
    ka = {}
    # the last answers for bus -1
    is_bound, has_machine = np.zeros((2, len(network.base_kv) + 1), dtype=bool)
    for case in CASES:
        by_bus = np.full(len(network.base_kv) + 1, np.nan)
        for at, feeds, found in _find_currents(compiled, wanted, basis, case):
            by_bus[at] = found
            is_bound[at] |= not feeds.are_known and case == "max"
        ka[case] = by_bus[bus]
    has_machine[_fed_by_machines(compiled, wanted)] = True
    return ShortCircuits(
        max_ka=np.where(has_machine[bus], np.nan, ka["max"]),
        is_bound=is_bound[bus] & ~has_machine[bus],
        has_machine=has_machine[bus],
        min_ka=ka["min"],
    )


def find_known_currents_ka(compiled: CompiledGrid, number: int, basis: ShortCircuitBasis) -> Floats:
    """Return the greatest short-circuit current of each row of a source tree, kA.

    NaN where the data do not give it: the short-circuit power of the external grid is unknown, a
    rotating machine feeds the tree, or the row has no node.

    Parameters
    ----------
    number
        Of the tree in the grid.
    """
    network, tree = compiled.network, compiled.trees[number]
    currents = np.full(len(tree), np.nan)
    source = network.source_row[network.source_bus == tree.bus[0]]
    strength = network.grid.sources["short_circuit_mva"].to_numpy(float)[source]
    if not (np.isfinite(strength) & (strength > 0.0)).all():
        return currents
    node = network.node_of_bus[tree.bus]
    is_named = node >= 0
    found = find_short_circuits(compiled, basis, node[is_named]).max_ka
    currents[is_named] = np.where(np.isfinite(found), found, np.nan)
    return currents


def _fed_by_machines(compiled: CompiledGrid, wanted: Ints) -> Ints:
    """Return the buses of the parts that some buses lie in and that a rotating machine feeds."""
    is_machine = find_machines(compiled.network)
    if not is_machine.any():
        return np.array([], dtype=np.int64)
    parts = [mesh.bus for mesh in compiled.meshes if np.isin(wanted, mesh.bus).any()]
    for trees in _trees_by_source(compiled, wanted):
        root = trees[0].bus[0]
        # a tree that lacks a value hangs at the same external grid, and so does its machine
        beside = [gap.bus for gap in compiled.gaps if gap.bus[0] == root]
        parts.append(np.concatenate([*(tree.bus for tree in trees), *beside]))
    return np.concatenate([np.array([], np.int64), *(p for p in parts if is_machine[p].any())])


def _find_currents(
    compiled: CompiledGrid, wanted: Ints, basis: ShortCircuitBasis, case: Case
) -> Iterator[tuple[Ints, Feeds, Floats]]:
    """Give buses, what feeds them and the currents there in kA, part after part of the grid."""
    network = compiled.network
    converters = converter_currents(network, basis, case)
    for trees in _trees_by_source(compiled, wanted):
        feeds = find_feeds(network, trees[0].bus[:1], basis, case)
        at = np.concatenate([tree.bus for tree in trees])
        found = []
        for z in feeds.possible:
            own = solve_trees(network, trees, complex(z[0]), converters, basis, case)
            found.append(Solution(*(np.concatenate(part) for part in zip(*own, strict=True))))
        yield at, feeds, _greatest_ka(network, at, found, basis, case)
    for mesh in compiled.meshes:
        at = wanted[np.isin(wanted, mesh.bus)]
        if len(at):
            feeds = find_feeds(network, mesh.bus, basis, case)
            yield at, feeds, _mesh_ka(network, mesh, feeds, at, converters, basis, case)


def _trees_by_source(compiled: CompiledGrid, wanted: Ints) -> list[list[Tree]]:
    """Trees that some buses lie in, with those that hang at the same external grid."""
    number = compiled.tree_of_bus[wanted]
    roots = {int(compiled.trees[k].bus[0]) for k in np.unique(number[number >= 0])}
    found: dict[int, list[Tree]] = {root: [] for root in roots}
    for tree in compiled.trees if roots else ():
        if (root := int(tree.bus[0])) in roots:
            found[root].append(tree)
    return list(found.values())


def _mesh_ka(
    network: Network,
    mesh: Mesh,
    feeds: Feeds,
    at: Ints,
    converters: Floats,
    basis: ShortCircuitBasis,
    case: Case,
) -> Floats:
    branch = branches_between_nodes(network, mesh)
    z, ratio = branch_impedances(network, branch, basis, case)
    if not (_are_usable(z) and _are_usable(ratio) and np.isfinite(feeds.z_pu).all()):
        return np.full(len(at), np.nan)
    if len(feeds.bus) == 1 or feeds.are_known:
        found = [
            solve_mesh(network, branch, z, ratio, feeds.bus, z_source, converters, at)
            for z_source in feeds.possible
        ]
        return _greatest_ka(network, at, found, basis, case)
    # Where angles lie within a sector, an impedance is at least the cosine of half of it times
    # what the moduli of all impedances give (docs/short-circuit.md).
    angles = np.concatenate([np.angle(z), feeds.least_angle, feeds.greatest_angle])
    least_share = np.cos((angles.max() - angles.min()) / 2.0)
    moduli = np.abs(z).astype(np.complex128), feeds.z_pu.astype(np.complex128)
    z_least, v = solve_mesh(network, branch, moduli[0], ratio, feeds.bus, moduli[1], converters, at)
    return _greatest_ka(network, at, [Solution(z_least * least_share, v)], basis, case)


def _are_usable(values: npt.NDArray[np.number]) -> bool:
    return bool(np.all(np.isfinite(values) & (values != 0.0)))


def _greatest_ka(
    network: Network,
    bus: Ints,
    solutions: list[Solution],
    basis: ShortCircuitBasis,
    case: Case,
) -> Floats:
    """Return the greatest current of some solutions of the same buses, kA."""
    kv = network.base_kv[bus]
    c = basis.voltage_factor(case, kv)
    greatest = np.full(len(bus), -np.inf)
    for z, v in solutions:
        is_earth = z == 0.0
        modulus = np.where(is_earth, 1.0, np.abs(z))
        ka = (c + np.abs(v)) / modulus * BASE_MVA / (np.sqrt(3.0) * kv)
        greatest = np.maximum(greatest, np.where(is_earth, np.inf, ka))
    return greatest
