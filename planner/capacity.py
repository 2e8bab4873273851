"""The capacity map: what every node of a grid can still take, as a table (contract, `capacity`)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from grid_models.capacity_map import QUALITIES, map_export, map_tree
from grid_models.compiled import Tree
from grid_models.demand import Toward
from grid_models.model import GridModel
from grid_models.row_ids import branch_ids as ids_of_branches
from grid_models.row_ids import node_ids as ids_of_nodes
from planner.application import Commitment
from planner.capacity_hours import Columns, Hours, least_over_hours
from planner.rules import Rules
from planner.situation import Situation, make_situation

__all__ = ["COLUMNS", "CapacityQuestion", "join_parts", "map_capacities", "map_part"]

Ints = npt.NDArray[np.int64]
Texts = npt.NDArray[np.object_]

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
_OF_EXPORT = tuple(name for name in _OF_A_PART if name.startswith("export"))
_OF_LOAD = tuple(name for name in _OF_A_PART[2:] if name not in _OF_EXPORT)


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
        is ``unknown`` where a node is not supplied or its tree has no solution; inf where nothing
        binds.
    """
    numbers = range(len(model.compiled.trees))
    return join_parts(model, (map_part(model, number, rules, question) for number in numbers))


def map_part(
    model: GridModel, number: int, rules: Rules, question: CapacityQuestion
) -> pd.DataFrame:
    """Return the map's columns from ``source_tree_id`` on for the nodes of one source tree.

    Returns
    -------
    part
        Indexed by row of the nodes table.
    """
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


def join_parts(model: GridModel, parts: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """Put the parts of all source trees together, with a row for every node of the file."""
    nodes = model.grid.nodes
    count = len(nodes)
    columns: dict[str, npt.NDArray[np.generic]] = {
        "node_id": nodes.index.to_numpy(),
        "lon": nodes["lon"].to_numpy(),
        "lat": nodes["lat"].to_numpy(),
        "kv": nodes["vn_kv"].to_numpy(),
    }
    columns |= _unknown(count, _OF_A_PART)
    for part in parts:
        for name in _OF_A_PART:
            columns[name][part.index.to_numpy()] = part[name].to_numpy()
    return pd.DataFrame({name: columns[name] for name in COLUMNS})


def _columns(
    model: GridModel,
    number: int,
    rules: Rules,
    question: CapacityQuestion,
    commitments: Sequence[Commitment],
) -> Columns:
    """Columns by row of a tree: as it stands, or the least of all hours that count."""

    def load(situation: Situation, hour: str) -> Columns:
        return _where(situation) | _load_columns(situation, rules, question, hour)

    def export(situation: Situation, hour: str) -> Columns:
        return _export_columns(situation, rules, hour)

    if question.hours is None:
        situation = make_situation(model, number, rules, commitments)
        # What is promised takes from what is left, but may never come to use what is fed in.
        bare = make_situation(model, number, rules, ()) if commitments else situation
        return load(situation, "") | export(bare, "")

    def stand(tree: Tree, season: str, toward: Toward) -> Situation:
        held = commitments if toward == "load" else ()
        return make_situation(model, number, rules, held, present=tree, season=season)

    return least_over_hours(model, number, question.hours, stand, load=load, export=export)


def _where(situation: Situation) -> Columns:
    """Columns that say where a row hangs."""
    branch_ids = ids_of_branches(situation.model, situation.number)
    return {
        "source_tree_id": np.full(len(situation.tree), situation.tree.tree_id, dtype=object),
        "feeder_id": branch_ids[situation.topology.feeder_head],
    }


def _load_columns(
    situation: Situation, rules: Rules, question: CapacityQuestion, hour: str
) -> Columns:
    """Columns of what can still be taken; unknown where the tree has no solution."""
    count = len(situation.tree)
    if not situation.state.converged:
        return _unknown(count, _OF_LOAD)
    found = map_tree(
        situation.folded,
        situation.state,
        situation.limits,
        situation.bounds,
        peak_loading_pct=situation.peak_loading_pct,
        promised_kva=situation.promised_kva,
        k=rules.number("open_capacity_k"),
        power_factor=question.power_factor,
    )
    return {
        "open_capacity_kva": found.open_kva,
        "open_binding_id": ids_of_branches(situation.model, situation.number)[found.open_row],
        "free_after_promises_kva": found.free_kva,
        "hosting_capacity_kva": found.hosting_kva,
        "hosting_binding_id": _binding(situation, found.hosting_row, found.hosting_code),
        "hosting_binding_code": found.hosting_code,
        "quality": np.array(QUALITIES, dtype=object)[found.quality],
        "open_hour": np.full(count, hour, dtype=object),
        "hosting_hour": np.full(count, hour, dtype=object),
    }


def _export_columns(situation: Situation, rules: Rules, hour: str) -> Columns:
    """Columns of what can still be fed in; unknown where the tree has no solution."""
    count = len(situation.tree)
    if not situation.state.converged:
        return _unknown(count, _OF_EXPORT)
    found = map_export(
        situation.tree,
        situation.state,
        situation.limits,
        situation.export_bounds,
        power_factor=rules.number("power_factor_export"),
    )
    return {
        "export_capacity_kva": found.kva,
        "export_binding_id": _binding(situation, found.row, found.code),
        "export_binding_code": found.code,
        "export_hour": np.full(count, hour, dtype=object),
    }


def _binding(situation: Situation, row: Ints, code: Texts) -> Texts:
    """Id of the node or branch that binds, by row."""
    is_voltage = np.char.startswith(code.astype(str), "voltage")
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
