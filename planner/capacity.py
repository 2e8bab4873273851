"""The capacity map: what every node of a grid can still take, as a table (contract, `capacity`)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from grid_models.capacity_map import QUALITIES, TreeCapacity, map_tree
from grid_models.demand import LoadCases, make_load_cases, tree_at
from grid_models.model import GridModel
from grid_models.row_ids import branch_ids as ids_of_branches
from grid_models.row_ids import node_ids as ids_of_nodes
from planner.application import Commitment
from planner.rules import Rules
from planner.situation import Situation, make_situation

__all__ = ["COLUMNS", "CapacityQuestion", "Hours", "join_parts", "map_capacities", "map_part"]

Ints = npt.NDArray[np.int64]
Texts = npt.NDArray[np.object_]

COLUMNS = (
    "node_id", "lon", "lat", "kv", "source_tree_id", "feeder_id", "open_capacity_kva",
    "open_binding_id", "free_after_promises_kva", "hosting_capacity_kva", "hosting_binding_id",
    "hosting_binding_code", "quality", "export_capacity_kva", "export_binding_id",
    "export_binding_code", "open_hour", "hosting_hour",
)  # fmt: skip
"""Columns of the map, one row a node of the source file."""

_OF_THE_FILE = COLUMNS[:4]
_OF_A_PART = COLUMNS[4:]
_NUMBERS = (
    "open_capacity_kva", "free_after_promises_kva", "hosting_capacity_kva", "export_capacity_kva",
)  # fmt: skip
# What goes with each number when hours are compared.
_TOGETHER: Mapping[str, tuple[str, ...]] = {
    "open_capacity_kva": ("open_binding_id", "open_hour"),
    "free_after_promises_kva": (),
    "hosting_capacity_kva": (
        "hosting_binding_id", "hosting_binding_code", "quality", "hosting_hour",
    ),
}  # fmt: skip
_TEXTS = (
    "open_binding_id", "hosting_binding_id", "hosting_binding_code", "export_binding_id",
    "export_binding_code", "open_hour", "hosting_hour",
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """Load cases by season and quarter hour of the day; None: every one."""

    season: str | None = None
    quarter_hour: int | None = None

    def of(self, model: GridModel) -> LoadCases:
        """Return the cases of a grid that are meant."""
        every = make_load_cases(model.compiled)
        return every.find(season=self.season, quarter_hour=self.quarter_hour)


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
    columns = _least(model, number, rules, question, own)
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
    for name in _OF_A_PART:
        columns[name] = np.full(count, np.nan) if name in _NUMBERS else np.full(count, "", object)
    columns["quality"][:] = QUALITIES[0]
    for part in parts:
        for name in _OF_A_PART:
            columns[name][part.index.to_numpy()] = part[name].to_numpy()
    return pd.DataFrame({name: columns[name] for name in COLUMNS})


def _least(
    model: GridModel,
    number: int,
    rules: Rules,
    question: CapacityQuestion,
    commitments: Sequence[Commitment],
) -> dict[str, npt.NDArray[np.generic]]:
    """Columns by row of a tree: as it stands, or the least of all hours that count."""
    if question.hours is None:
        situation = make_situation(model, number, rules, commitments)
        return _columns(situation, _map(situation, rules, question))
    cases = question.hours.of(model)
    least: dict[str, npt.NDArray[np.generic]] = {}
    for k, case in enumerate(cases.cases):
        tree = tree_at(model.compiled, number, cases, k)
        situation = make_situation(model, number, rules, commitments, present=tree)
        columns = _columns(situation, _map(situation, rules, question), hour=case.name)
        least = _lesser(least, columns) if least else columns
    return least


def _lesser(
    least: dict[str, npt.NDArray[np.generic]], columns: dict[str, npt.NDArray[np.generic]]
) -> dict[str, npt.NDArray[np.generic]]:
    """Take over what is less in another hour; what is unknown in one hour is unknown."""
    result = dict(least)
    for number, others in _TOGETHER.items():
        before, after = (np.asarray(values[number], dtype=float) for values in (least, columns))
        is_less = (after < before) | np.isnan(after)
        for name in (number, *others):
            result[name] = np.where(is_less, columns[name], least[name])
    return result


def _map(situation: Situation, rules: Rules, question: CapacityQuestion) -> TreeCapacity | None:
    """Capacities of a tree; None where it has no solution."""
    if not situation.state.converged:
        return None
    return map_tree(
        situation.folded,
        situation.state,
        situation.limits,
        situation.bounds,
        # Generation is not bound by the hours in which loads are greatest.
        situation.export_bounds if question.hours is None else None,
        peak_loading_pct=situation.peak_loading_pct,
        promised_kva=situation.promised_kva,
        k=rules.number("open_capacity_k"),
        power_factor=question.power_factor,
        export_power_factor=1.0,
    )


def _columns(
    situation: Situation, found: TreeCapacity | None, *, hour: str = ""
) -> dict[str, npt.NDArray[np.generic]]:
    """Columns by row of the tree; only where it hangs if nothing was found."""
    model, number, count = situation.model, situation.number, len(situation.tree)
    branch_ids = ids_of_branches(model, number)
    columns: dict[str, npt.NDArray[np.generic]] = {
        "source_tree_id": np.full(count, situation.tree.tree_id, dtype=object),
        "feeder_id": branch_ids[situation.topology.feeder_head],
        **{name: np.full(count, np.nan) for name in _NUMBERS},
        **{name: np.full(count, "", dtype=object) for name in _TEXTS},
        "quality": np.full(count, QUALITIES[0], dtype=object),
    }
    if found is None:
        return columns
    node_ids = ids_of_nodes(model, number)

    def binding(row: Ints, code: Texts) -> Texts:
        is_voltage = np.char.startswith(code.astype(str), "voltage")
        return np.where(is_voltage, node_ids[row], branch_ids[row])

    return columns | {
        "open_capacity_kva": found.open_kva,
        "open_binding_id": branch_ids[found.open_row],
        "free_after_promises_kva": found.free_kva,
        "hosting_capacity_kva": found.hosting_kva,
        "hosting_binding_id": binding(found.hosting_row, found.hosting_code),
        "hosting_binding_code": found.hosting_code,
        "quality": np.array(QUALITIES, dtype=object)[found.quality],
        "export_capacity_kva": found.export_kva,
        "export_binding_id": binding(found.export_row, found.export_code),
        "export_binding_code": found.export_code,
        "open_hour": np.full(count, hour, dtype=object),
        "hosting_hour": np.full(count, hour, dtype=object),
    }
