"""The capacity map: what every node of a grid can still take, as a table (contract, `capacity`)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from grid_models.capacity_map import (
    QUALITIES,
    TreeCapacity,
    TreeExport,
    lesser_export,
    map_export,
    map_tree,
)
from grid_models.compiled import Tree
from grid_models.model import MESHED, GridModel
from grid_models.row_ids import branch_ids as ids_of_branches
from grid_models.row_ids import node_ids as ids_of_nodes
from grid_models.stars import STAR
from planner.application import Commitment
from planner.capacity_hours import Hours, least_exports, least_loads
from planner.mesh_capacity import MeshStudy
from planner.rules import Rules
from planner.situation import Situation, make_situation

__all__ = [
    "COLUMNS", "CapacityQuestion", "count_parts", "join_parts", "map_capacities", "map_node",
    "map_part", "rows_of_part",
]  # fmt: skip

Ints = npt.NDArray[np.int64]
Texts = npt.NDArray[np.object_]
Columns = dict[str, npt.NDArray[np.generic]]

COLUMNS = (
    "node_id", "lon", "lat", "kv", "source_tree_id", "feeder_id", "open_capacity_kva",
    "open_binding_id", "free_after_promises_kva", "hosting_capacity_kva", "hosting_binding_id",
    "hosting_binding_code", "quality", "export_capacity_kva", "export_binding_id",
    "export_binding_code", "open_hour", "hosting_hour", "export_hour",
)  # fmt: skip
"""Columns of the map, one row a node of the source file."""

_OF_THE_FILE = COLUMNS[:4]
_OF_A_PART = COLUMNS[4:]
_NUMBERS = (
    "open_capacity_kva", "free_after_promises_kva", "hosting_capacity_kva", "export_capacity_kva",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class CapacityQuestion:
    """What is asked of every node.

    Parameters
    ----------
    power_factor
        Of the new load, lagging.
    commitments
        Promised to others and not energised yet, all of them still in force.
    hours
        Which load cases count, the least of them for every node; None: the loads as imported.
    """

    power_factor: float
    commitments: tuple[Commitment, ...] = ()
    hours: Hours | None = None


def map_capacities(model: GridModel, rules: Rules, question: CapacityQuestion) -> pd.DataFrame:
    """Find what every node of a grid can still take, each alone: capacities never add up.

    Returns
    -------
    table
        `COLUMNS`, one row a node of the nodes table in its order; numbers are NaN and the quality
        is ``unknown`` where a node is not supplied, its part has no solution, or it is the inner
        node of a three-winding transformer; inf where nothing binds.
    """
    numbers = range(count_parts(model))
    return join_parts(model, (map_part(model, number, rules, question) for number in numbers))


def count_parts(model: GridModel) -> int:
    """Return how many parts a grid is mapped in: its source trees, then its meshed parts."""
    return len(model.compiled.trees) + len(model.compiled.meshes)


def rows_of_part(model: GridModel, number: int) -> Ints:
    """Return the rows of the nodes table that a part supplies."""
    trees = len(model.compiled.trees)
    if number < trees:
        return model.node_rows_of_tree(number)
    own = model.compiled.meshes[number - trees].bus
    return np.flatnonzero(np.isin(model.network.bus_of_node, own))


def map_part(
    model: GridModel, number: int, rules: Rules, question: CapacityQuestion
) -> pd.DataFrame:
    """Return the map's columns from ``source_tree_id`` on for the nodes of one part.

    Parameters
    ----------
    number
        Of the source tree or, after those, of the meshed part.

    Returns
    -------
    part
        Indexed by row of the nodes table.
    """
    if number >= len(model.compiled.trees):
        return _map_mesh(model, number, rules, question, rows_of_part(model, number))
    own = [
        commitment
        for commitment in question.commitments
        for place in [model.place_of_node(model.node_rows[commitment.node_id])]
        if place is not None and place.tree == number
    ]
    node_row = model.node_rows_of_tree(number)
    at = model.compiled.row_of_bus[model.network.bus_of_node[node_row]]
    columns = _columns(model, number, rules, question, own)
    part = pd.DataFrame({name: columns[name][at] for name in _OF_A_PART}, index=node_row)
    return part.rename_axis("node_row")


def map_node(
    model: GridModel, node_row: int, rules: Rules, question: CapacityQuestion
) -> pd.DataFrame | None:
    """Return the map's columns of one node, as `map_part`; None: no part that is mapped holds it.

    A tree is mapped whole, which costs no more than a node of a mesh.
    """
    place = model.place_of_node(node_row)
    if model.value("nodes", "kind", node_row) == STAR:
        return None
    if place is None or not (place.is_in_tree or place == MESHED):
        return None
    if place.is_in_tree:
        return map_part(model, place.tree, rules, question).loc[[node_row]]
    bus, trees = model.network.bus_of_node[node_row], len(model.compiled.trees)
    own = (k for k, mesh in enumerate(model.compiled.meshes, start=trees) if bus in mesh.bus)
    return _map_mesh(model, next(own), rules, question, np.array([node_row]))


def _map_mesh(
    model: GridModel, number: int, rules: Rules, question: CapacityQuestion, node_row: Ints
) -> pd.DataFrame:
    """Map some nodes of a meshed part: as it stands, or the least of all hours that count."""
    mesh, hours = model.compiled.meshes[number - len(model.compiled.trees)], question.hours
    study = MeshStudy(
        model=model, mesh=mesh, rules=rules, node_row=node_row, commitments=question.commitments
    )
    columns = _unknown(len(node_row), _OF_A_PART)
    columns["source_tree_id"][:] = mesh.tree_id
    columns |= study.least_loads(
        None if hours is None else hours.of(model), power_factor=question.power_factor
    )
    columns |= study.least_exports(
        None if hours is None else hours.toward_export(model),
        power_factor=rules.number("power_factor_export"),
    )
    part = pd.DataFrame({name: columns[name] for name in _OF_A_PART}, index=node_row)
    return part.rename_axis("node_row")


def join_parts(model: GridModel, parts: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """Put all parts together, with a row for every node of the file."""
    of_the_file = zip(_OF_THE_FILE, ("id", "lon", "lat", "vn_kv"), strict=True)
    columns = {name: model.column("nodes", column) for name, column in of_the_file}
    count = len(columns["node_id"])
    columns |= _unknown(count, _OF_A_PART)
    for part in parts:
        for name in _OF_A_PART:
            columns[name][part.index.to_numpy()] = part[name].to_numpy()
    star = np.flatnonzero(model.column("nodes", "kind") == STAR)
    for name, unknown in _unknown(len(star), _OF_A_PART).items():
        columns[name][star] = unknown
    return pd.DataFrame({name: columns[name] for name in COLUMNS})


def _columns(
    model: GridModel,
    number: int,
    rules: Rules,
    question: CapacityQuestion,
    commitments: Sequence[Commitment],
) -> Columns:
    """Columns by row of a tree: as it stands, or the least of all hours that count.

    What is promised takes from what is left for load, but may never come to use what is fed in.
    """
    situation = make_situation(model, number, rules, commitments)
    bare = make_situation(model, number, rules, ()) if commitments else situation
    k, power_factor = rules.number("open_capacity_k"), question.power_factor
    export_power_factor = rules.number("power_factor_export")
    where = _where(situation)
    if question.hours is None:
        if not (situation.state.converged and bare.state.converged):
            return where
        found = map_tree(
            situation.folded,
            situation.state,
            situation.limits,
            situation.bounds,
            peak_loading_pct=situation.peak_loading_pct,
            promised_kva=situation.promised_kva,
            k=k,
            power_factor=power_factor,
        )
        export = _map_export(bare, export_power_factor)
        if bare.upper is not None:
            export = lesser_export(export, _map_export(bare.upper, export_power_factor))
        return where | _load_columns(situation, found) | _export_columns(situation, export)

    def stand(held: Sequence[Commitment]) -> Callable[[Tree, str], Situation]:
        return lambda tree, season: make_situation(
            model, number, rules, held, present=tree, season=season
        )

    loads = least_loads(
        model, number, question.hours.of(model), stand(commitments), k=k, power_factor=power_factor
    )
    exports = least_exports(
        model, number, question.hours.toward_export(model), stand(()),
        power_factor=export_power_factor,
    )  # fmt: skip
    if loads:
        found, open_hour, hosting_hour = loads
        where |= _load_columns(situation, found)
        where |= {"open_hour": open_hour, "hosting_hour": hosting_hour}
    if exports:
        export, export_hour = exports
        where |= _export_columns(situation, export) | {"export_hour": export_hour}
    return where


def _map_export(bare: Situation, power_factor: float) -> TreeExport:
    return map_export(
        bare.tree, bare.state, bare.limits, bare.export_bounds, power_factor=power_factor
    )


def _where(situation: Situation) -> Columns:
    """Columns that say where a row hangs; of all else nothing is known."""
    branch_ids = ids_of_branches(situation.model, situation.number)
    count = len(situation.tree)
    return _unknown(count, _OF_A_PART) | {
        "source_tree_id": np.full(count, situation.tree.tree_id, dtype=object),
        "feeder_id": branch_ids[situation.topology.feeder_head],
    }


def _load_columns(situation: Situation, found: TreeCapacity) -> Columns:
    """Columns of what can still be taken."""
    return {
        "open_capacity_kva": found.open_kva,
        "open_binding_id": ids_of_branches(situation.model, situation.number)[found.open_row],
        "free_after_promises_kva": found.free_kva,
        "hosting_capacity_kva": found.hosting_kva,
        "hosting_binding_id": _binding(situation, found.hosting_row, found.hosting_code),
        "hosting_binding_code": found.hosting_code,
        "quality": np.array(QUALITIES, dtype=object)[found.quality],
    }


def _export_columns(situation: Situation, found: TreeExport) -> Columns:
    """Columns of what can still be fed in."""
    return {
        "export_capacity_kva": found.kva,
        "export_binding_id": _binding(situation, found.row, found.code),
        "export_binding_code": found.code,
    }


def _binding(situation: Situation, row: Ints, code: Texts) -> Texts:
    """Id of the node or branch that binds, by row."""
    is_voltage = (code == "voltage_low") | (code == "voltage_high")
    nodes, branches = (
        ids_of(situation.model, situation.number) for ids_of in (ids_of_nodes, ids_of_branches)
    )
    return np.where(is_voltage, nodes[row], branches[row])


def _unknown(count: int, names: Sequence[str]) -> Columns:
    """Return columns of which nothing is known."""
    return {
        name: np.full(count, np.nan)
        if name in _NUMBERS
        else np.full(count, QUALITIES[0] if name == "quality" else "", dtype=object)
        for name in names
    }
