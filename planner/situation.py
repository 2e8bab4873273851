"""Situation: a source tree as it stands before the new load, every commitment included."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from grid_models.compiled import Tree
from grid_models.limits import TreeLimits
from grid_models.model import GridModel
from grid_models.solvers.radial import TreeState, add_power, solve_tree
from grid_models.topology import TreeTopology
from planner.application import Commitment
from planner.rules import Rules
from planner.sizing import NOMINAL_KV

__all__ = ["Situation", "legal_volts", "make_situation"]

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """One source tree before the new load.

    Parameters
    ----------
    number
        Of the tree in the model.
    tree, state
        With commitments.
    peak_loading_pct
        Loading of each row in percent of its rating without commitments.
    promised_kva
        Commitments that load each row.
    """

    model: GridModel
    number: int
    tree: Tree
    state: TreeState
    limits: TreeLimits
    topology: TreeTopology
    peak_loading_pct: Floats
    promised_kva: Floats

    @property
    def source_id(self) -> str:
        """Id of the external grid that feeds the tree."""
        network = self.model.network
        source = int(np.flatnonzero(network.source_bus == self.tree.bus[0])[0])
        return str(network.grid.sources.index[network.source_row[source]])


def legal_volts(rules: Rules) -> dict[float, tuple[float, float]]:
    """Legal voltages in volts by a node's nominal voltage in kV.

    A node of 0.38 or 0.4 kV belongs to the 380 V system.
    """
    table: Mapping[str, Mapping[str, float]] = rules.value("voltage_limits")
    return {
        kv: (float(limits["low"]), float(limits["high"]))
        for kv, system_kv in NOMINAL_KV.items()
        for limits in [table[f"{1000 * system_kv:.0f}"]]
    }


def make_situation(
    model: GridModel, number: int, rules: Rules, commitments: Sequence[Commitment]
) -> Situation:
    """Solve a tree with the commitments that lie in it and were not expired on the rules' date."""
    tree, state = model.tree(number), model.state(number)
    peak = state.loading_pct
    promised = np.zeros(len(tree))
    held = [
        (place.row, commitment)
        for commitment in commitments
        if commitment.expires_on is None or commitment.expires_on >= rules.on_date
        for place in [model.place_of_node(model.node_rows[commitment.node_id])]
        if place is not None and place.tree == number
    ]
    if held:
        rows = np.array([row for row, _ in held], dtype=np.int64)
        s = np.array([c.s_kva * c.demand_factor for _, c in held]) / 1000.0
        pf = np.array([c.power_factor for _, c in held])
        tree = add_power(tree, rows, s * pf, s * np.sqrt(1.0 - pf**2))
        state = solve_tree(tree)
        for row, commitment in held:
            promised[tree.path(row)] += commitment.s_kva * commitment.demand_factor
    return Situation(
        model=model,
        number=number,
        tree=tree,
        state=state,
        limits=model.limits(number, legal_volts(rules)),
        topology=model.topology(number),
        peak_loading_pct=peak,
        promised_kva=promised,
    )
