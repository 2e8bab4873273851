"""Rebuilt: an option made again in the grid's tables and solved by pandapower, before and after.

Nothing of the search is used here. The part of the grid that hangs at one source tree is cut out,
which changes no number: the voltage at its source is fixed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd

from grid_models.edits import CUSTOMER_NODE, NEW_LINE, NEW_LOAD, SPLIT_NODE, ConnectCustomer
from grid_models.grid import Grid
from grid_models.solvers.reference import solve_reference
from grid_models.solvers.result import PowerFlowResult
from grid_models.switch_limits import switch_limits
from planner.second_opinion.reach import Reach, find_reach, live_ends

__all__ = ["Rebuilt", "Solved", "cut_tree"]


@dataclass(frozen=True)
class Solved:
    """A grid and its power flow."""

    grid: Grid

    @cached_property
    def flow(self) -> PowerFlowResult:
        """The power flow."""
        return solve_reference(self.grid)

    @cached_property
    def loadings(self) -> pd.DataFrame:
        """Return what lines and transformers carry, by id.

        Columns: ``kind``; ``of_rating`` and ``of_limit`` in percent, worst end, the limit being the
        least of the rating, the `limit_a` entries and what closed switches let through, NaN where
        it is unknown; ``limit_kva``.
        """
        grid, named_a = self.grid, self.grid.limits.groupby("element_id")["limit_a"].min()
        switched_a = _switched_a(grid)
        lines, coils = grid.lines, grid.transformers
        line_kv = grid.nodes["vn_kv"].reindex(lines["from_node"]).to_numpy()
        rated_a = {
            "line": lines["ampacity_a"] * lines["derating"] * lines["parallel"],
            # of the high side, as are the limits
            "transformer": coils["sn_kva"] * coils["derating"] * coils["parallel"]
            / (np.sqrt(3.0) * coils["vn_hv_kv"]),
        }  # fmt: skip
        kv = {"line": line_kv, "transformer": coils["vn_hv_kv"].to_numpy()}
        parts = []
        for kind, flow in (("line", self.flow.lines), ("transformer", self.flow.transformers)):
            rated = rated_a[kind]
            limit = np.fmin(rated, named_a.reindex(rated.index))
            # a switch alone does not make a limit known
            limit = np.minimum(limit, switched_a.reindex(rated.index).fillna(np.inf))
            of_limit = flow["loading_pct"] * rated.fillna(limit) / limit
            rows = {"kind": kind, "of_rating": flow["loading_pct"], "of_limit": of_limit}
            parts.append(pd.DataFrame(rows).assign(limit_kva=np.sqrt(3.0) * kv[kind] * limit))
        return pd.concat(parts)


def _switched_a(grid: Grid) -> pd.Series[float]:
    """Return by line and transformer the least its closed switches let through.

    The parts of a split line have what the whole line had.
    """
    found = switch_limits(grid).groupby("element_id")["limit_a"].min()
    ends = {name.removesuffix("#1"): name for name in grid.lines.index if name.endswith("#1")}
    for whole, upper in ends.items():
        parts = [upper, f"{whole}#2"]
        least = found.reindex(parts).min()
        if np.isfinite(least):
            found = found.reindex(found.index.union(parts))
            found[parts] = least
    return found


@dataclass(frozen=True)
class Rebuilt:
    """An option in its source tree.

    Parameters
    ----------
    connect
        The new line and load.
    before, after
        Without them, and with them and the option's works; both with what is promised to others,
        tap changers at the low end of their bands as they settle without them.
    upper
        The same with tap changers at the high end; None: every tap stands.
    same_place
        One with another load at the same place, which touches the same; None: not known.
    """

    connect: ConnectCustomer
    before: Solved
    after: Solved
    upper: Rebuilt | None = None
    same_place: Rebuilt | None = None

    def with_load(self, p_kw: float, q_kvar: float) -> Rebuilt:
        """Return the same with another load, tap changers at the low end."""
        loads = self.after.grid.loads.copy()
        loads.loc[NEW_LOAD, ["p_kw", "q_kvar"]] = p_kw, q_kvar
        return Rebuilt(
            connect=replace(self.connect, p_kw=p_kw, q_kvar=q_kvar),
            before=self.before,
            after=Solved(self.after.grid.with_tables(loads=loads)),
            same_place=self,
        )

    @property
    def is_solved(self) -> bool:
        """Whether a voltage solution was found after connection."""
        own, upper = self.after.flow.failures, self.upper
        return not own and (upper is None or not upper.after.flow.failures)

    @cached_property
    def reach(self) -> Reach:
        """What the customer's node touches."""
        if self.same_place is not None:
            return self.same_place.reach
        reach = find_reach(self.after.grid, CUSTOMER_NODE)
        if reach is None:
            raise ValueError(f"{self.connect.element_id} is not supplied")
        return reach

    @property
    def upstream(self) -> tuple[str, ...]:
        """Lines and transformers from the access point up, the external grid last."""
        names = (name for name in self.reach.branches if name != NEW_LINE)
        return (*names, self.reach.source_id)

    @property
    def way(self) -> tuple[str, ...]:
        """The same without the external grid and as before, when no line was split."""
        return tuple(self.origin(name) for name in self.upstream[:-1])

    @cached_property
    def v_access_before_pu(self) -> float:
        """Voltage at the access point before; of a split, between those of the line's ends."""
        nodes = self.before.flow.nodes
        v = nodes["v_pu"] * np.exp(1j * np.deg2rad(nodes["angle_degree"]))
        if self.connect.position is None:
            return float(abs(v.loc[self.connect.element_id]))
        first, last = self.before.grid.lines.loc[self.connect.element_id, ["from_node", "to_node"]]
        return float(abs(v.loc[first] + self.connect.position * (v.loc[last] - v.loc[first])))

    @property
    def v_access_pu(self) -> float:
        """Voltage at the access point after."""
        is_split = self.connect.position is not None
        return self.v_pu(SPLIT_NODE if is_split else self.connect.element_id)

    def v_pu(self, node_id: str) -> float:
        """Voltage of a node after."""
        return float(self.after.flow.nodes["v_pu"].loc[node_id])

    @cached_property
    def branches(self) -> pd.DataFrame:
        """Lines and transformers of the source tree by id, as `Solved.loadings` after.

        More columns: ``before`` (of the limit), ``scope``. The parts of a split line carried
        before what the line carried, the new line nothing.
        """
        ends = live_ends(self.after.grid)
        rows = self.after.loadings
        scope = pd.Series(
            {name: self.reach.scope_of_branch(name, ends.get(name, ())) for name in rows.index}
        )
        was = self.before.loadings["of_limit"]
        before = was.reindex([self.origin(name) for name in rows.index]).to_numpy()
        before[rows.index == NEW_LINE] = 0.0
        rows = rows.assign(before=before, scope=scope)
        return rows[rows["scope"].notna()]

    @cached_property
    def nodes(self) -> pd.DataFrame:
        """Nodes of the source tree by id: ``vn_kv``, ``before``, ``after`` (pu), ``scope``.

        The split and the customer's node had the access point's voltage before.
        """
        rows = self.after.grid.nodes[["vn_kv"]]
        before = self.before.flow.nodes["v_pu"].reindex(rows.index)
        before[rows.index.isin([SPLIT_NODE, CUSTOMER_NODE])] = self.v_access_before_pu
        scope = pd.Series({name: self.reach.scope_of_node(name) for name in rows.index})
        rows = rows.assign(before=before, after=self.after.flow.nodes["v_pu"], scope=scope)
        return rows[rows["scope"].notna()]

    def origin(self, branch_id: str) -> str:
        """Line of the grid that a part of it belongs to."""
        if self.connect.position is None:
            return branch_id
        is_part = branch_id.rpartition("#")[0] == self.connect.element_id
        return self.connect.element_id if is_part else branch_id


def cut_tree(grid: Grid, tree: frozenset[str]) -> Grid:
    """Return the part of a grid that hangs at one source tree, lines with a free end included."""
    ends = live_ends(grid)

    def own(rows: pd.DataFrame) -> pd.DataFrame:
        live = [ends.get(name, ()) for name in rows.index]
        return rows[[bool(here) and tree.issuperset(here) for here in live]]

    lines, coils = own(grid.lines), own(grid.transformers)
    kept = tree.union(lines["from_node"], lines["to_node"], coils["hv_node"], coils["lv_node"])
    known = kept.union(lines.index, coils.index)
    switches = grid.switches
    tables = {
        name: getattr(grid, name)[getattr(grid, name)["node"].isin(tree)]
        for name in ("loads", "generators", "shunts", "sources", "bays")
    }
    return grid.with_tables(
        nodes=grid.nodes[grid.nodes.index.isin(kept)],
        lines=lines,
        transformers=coils,
        switches=switches[switches["node"].isin(kept) & switches["element_id"].isin(known)],
        limits=grid.limits[grid.limits["element_id"].isin(known)],
        **tables,
    )
