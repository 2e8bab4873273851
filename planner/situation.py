"""Situation: a source tree as it stands before the new load, every commitment included."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property

import numpy as np
import numpy.typing as npt

from grid_models.compiled import HIGH_VOLTAGE_KV, Tree
from grid_models.edits.edit import parts_of
from grid_models.exact.fold import Folded, fold_tree
from grid_models.limits import Bounds, Relaxation, TreeLimits, find_bounds, find_export_bounds
from grid_models.model import GridModel
from grid_models.solvers.radial import TreeState, add_power, solve_tree
from grid_models.solvers.regulation import Settled, settle
from grid_models.topology import TreeTopology
from grid_models.unbalanced.finding import Unknown, find_area
from grid_models.unbalanced.standing import StandingArea, stand
from planner.application import Commitment
from planner.design_load import Level
from planner.rules import Rules
from planner.sizing import NOMINAL_KV

__all__ = [
    "Situation",
    "allowed_worsening",
    "group_by_tree",
    "is_connected_first",
    "legal_volts",
    "make_situation",
]

Floats = npt.NDArray[np.float64]

# Share by which two nominal voltages may differ and be one.
SAME_KV = 1e-5


@dataclass(frozen=True, kw_only=True)
class Situation:
    """One source tree before the new load.

    Parameters
    ----------
    number
        Of the tree in the model.
    tree, state
        With commitments.
    relaxation
        By how much the rules let grow worse what is broken already.
    peak_loading_pct
        Loading of each row in percent of its rating without commitments.
    promised_kva
        Commitments that load each row.
    unsettled
        The tree, every tap where the file says.
    position
        Positions its tap changers have settled at, at the low end of their bands.
    """

    model: GridModel
    number: int
    tree: Tree
    state: TreeState
    limits: TreeLimits
    topology: TreeTopology
    relaxation: Relaxation
    peak_loading_pct: Floats
    promised_kva: Floats
    unsettled: Tree
    position: tuple[float, ...]

    _areas: dict[int, StandingArea | Unknown] = field(default_factory=dict)

    @cached_property
    def upper(self) -> Situation | None:
        """The same with tap changers at the high end of their bands; None: all taps stand."""
        changers = self.model.changers.get(self.number)
        if not changers:
            return None
        high = settle(self.unsettled, changers, end="high")
        return replace(self, tree=high.tree, state=high.state, position=high.position, _areas={})

    def area(self, board: int) -> StandingArea | Unknown:
        """Return the low-voltage area below a board by phase, looked at once."""
        if board not in self._areas:
            found = find_area(self.model, self.number, board, self.tree, self.state)
            self._areas[board] = found if isinstance(found, Unknown) else stand(found, board)
        return self._areas[board]

    @cached_property
    def bounds(self) -> Bounds:
        """Limits as they hold for more load."""
        return find_bounds(self.state, self.limits, self.relaxation)

    @cached_property
    def export_bounds(self) -> Bounds:
        """Limits as they hold for more generation."""
        return find_export_bounds(self.state, self.limits, self.relaxation)

    @cached_property
    def folded(self) -> Folded:
        """The tree with side branches folded, for questions about one point of it."""
        return fold_tree(self.tree, self.state, self.bounds)

    @cached_property
    def is_named(self) -> npt.NDArray[np.bool_]:
        """By row: whether its node is one of the grid's, not the free end of an open line."""
        return np.asarray(self.model.network.node_of_bus[self.tree.bus] >= 0)

    @cached_property
    def v_low_pu(self) -> Floats:
        """Legal low voltage of the rows that have a name and one; else NaN."""
        low = self.limits.v_low_pu
        return np.where(self.is_named & (low > 0.0), low, np.nan)

    def part(self, row: int, *, is_upper: bool) -> str:
        """Id of one of the two parts of the line above a row, once it is split."""
        is_first = bool(self.tree.from_is_parent[row]) == is_upper
        return parts_of(self.model.branch_id(self.number, row))[0 if is_first else 1]

    @property
    def source_id(self) -> str:
        """Id of the external grid that feeds the tree."""
        network = self.model.network
        source = int(np.flatnonzero(network.source_bus == self.tree.bus[0])[0])
        return str(network.grid.sources.index[network.source_row[source]])


def legal_volts(rules: Rules, *, is_high: bool = False) -> dict[float, tuple[float, float]]:
    """Legal voltages in volts by a node's nominal voltage in kV.

    A node of 0.38 or 0.4 kV belongs to the 380 V system.

    Parameters
    ----------
    is_high
        With those of 35 kV and above, which are held against dedicated lines alone.
    """
    table: Mapping[str, Mapping[str, float]] = rules.value("voltage_limits")
    return {
        kv: (float(limits["low"]), float(limits["high"]))
        for kv, system_kv in NOMINAL_KV.items()
        if is_high or system_kv <= HIGH_VOLTAGE_KV
        for limits in [table[f"{1000 * system_kv:.0f}"]]
    }


def is_connected_first(rules: Rules, level: Level) -> bool:
    """Say whether heavy load never refuses a connection at a level: reinforced later."""
    return level == "lv" and bool(rules.value("lv_connect_first"))


def _nominal_share(kv: Floats) -> Floats:
    """System's nominal voltage over each node's base voltage."""
    share = np.ones_like(kv)
    for base_kv, nominal_kv in NOMINAL_KV.items():
        # not `np.isclose`, whose cost counts where every hour of a city is looked at
        share[np.abs(kv - base_kv) <= SAME_KV * base_kv] = nominal_kv / base_kv
    return share


def allowed_worsening(rules: Rules, kv: Floats) -> Relaxation:
    """Return by how much the rules let grow worse what is broken already.

    Parameters
    ----------
    kv
        Nominal voltage of each row.
    """
    return Relaxation(
        loading_points=rules.number("worsened_loading"),
        voltage_share=rules.number("worsened_voltage") / 100.0 * _nominal_share(kv),
    )


def group_by_tree(
    model: GridModel, commitments: Sequence[Commitment], on_date: date
) -> Mapping[int, Sequence[Commitment]]:
    """Return the commitments of a day by the source tree they lie in, those in none left out.

    Each tree is then solved without going through those of all others.
    """
    found: dict[int, list[Commitment]] = {}
    for commitment in commitments:
        if not commitment.holds_on(on_date):
            continue
        place = model.place_of_node(model.node_rows[commitment.node_id])
        if place is not None:
            found.setdefault(place.tree, []).append(commitment)
    return found


def make_situation(
    model: GridModel,
    number: int,
    rules: Rules,
    commitments: Sequence[Commitment],
    *,
    present: Tree | None = None,
    season: str | None = None,
) -> Situation:
    """Solve a tree with the commitments that lie in it and hold on the rules' date.

    Tap changers that hold a voltage settle at the low end of their bands, without commitments for
    the peak and anew with them.

    Parameters
    ----------
    present
        The tree in some load case; None: as the grid stands.
    season
        Whose limits count; None: the least of any.
    """
    unsettled = model.tree(number) if present is None else present
    changers = model.changers.get(number, ())

    def solved(present_state: Callable[[], TreeState]) -> Settled:
        if changers:
            return settle(unsettled, changers, end="low")
        return Settled(tree=unsettled, state=present_state(), position=())

    settled = solved(lambda: model.state(number) if present is None else solve_tree(present))
    peak = settled.state.loading_pct
    promised = np.zeros(len(unsettled))
    held = [
        (place.row, commitment)
        for commitment in commitments
        if commitment.holds_on(rules.on_date)
        for place in [model.place_of_node(model.node_rows[commitment.node_id])]
        if place is not None and place.tree == number
    ]
    if held:
        rows = np.array([row for row, _ in held], dtype=np.int64)
        s = np.array([c.s_kva * c.demand_factor for _, c in held]) / 1000.0
        pf = np.array([c.power_factor for _, c in held])
        unsettled = add_power(unsettled, rows, s * pf, s * np.sqrt(1.0 - pf**2))
        settled = solved(lambda: solve_tree(unsettled))
        for row, commitment in held:
            promised[unsettled.path(row)] += commitment.s_kva * commitment.demand_factor
    limits = model.limits(number, legal_volts(rules), season)
    return Situation(
        model=model,
        number=number,
        tree=settled.tree,
        state=settled.state,
        limits=limits,
        topology=model.topology(number),
        relaxation=allowed_worsening(rules, limits.kv),
        peak_loading_pct=peak,
        promised_kva=promised,
        unsettled=unsettled,
        position=settled.position,
    )
