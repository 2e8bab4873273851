"""Look: a part of the grid, compiled and solved, with every limit that is broken in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from grid_models.compiled import Mesh, compile_grid
from grid_models.grid import Grid
from grid_models.model import GridModel
from grid_models.solvers.result import PowerFlowResult
from grid_models.solvers.solve import solve
from planner.rules import Rules
from planner.situation import legal_volts

__all__ = ["Breach", "Key", "Look", "look_at"]

Bools = npt.NDArray[np.bool_]

VOLTS_PER_KV = 1000.0


class Key(NamedTuple):
    """Which limit of which element."""

    code: str
    element_id: str


class Breach(NamedTuple):
    """By how much a limit is broken; None where there is no number."""

    value: float | None
    limit: float | None
    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """A part of the grid as it stands.

    Parameters
    ----------
    model
        The part with its fringe, compiled.
    own
        Ids of the nodes it answers for.
    trees
        Ids of the source trees and meshed parts it answers for.
    nodes
        Own nodes by id: ``vn_kv``, ``v_pu`` and ``v`` (volts), ``low_v``, ``high_v``, ``supplied``.
    branches
        Own lines and transformers that are live, by id: ``kind``, ``pct`` (of the limit; NaN where
        it is unknown).
    breaches
        Every broken limit.
    unsupplied_kw
        Loads in service that nothing feeds, by id.
    meshes
        Parts of it that are no tree; `rings` counts by how many branches.
    """

    model: GridModel
    own: frozenset[str]
    trees: tuple[str, ...]
    nodes: pd.DataFrame
    branches: pd.DataFrame
    breaches: Mapping[Key, Breach]
    unsupplied_kw: Mapping[str, float]
    meshes: tuple[Mesh, ...]
    rings: int

    @property
    def grid(self) -> Grid:
        """The part's tables."""
        return self.model.grid


def look_at(grid: Grid, own: frozenset[str], rules: Rules) -> Look:
    """Compile and solve a part of a grid.

    Parameters
    ----------
    grid
        As `parts.cut_out` gives it.
    own
        Ids of its own nodes.
    """
    model = GridModel(compiled=compile_grid(grid), version="", problems=())
    flow = solve(model.compiled, state_of=model.state)
    own_rows = np.asarray(grid.nodes.index.isin(own))
    supplied = _supplied(model)
    nodes = _own_nodes(grid, flow, own_rows, supplied, legal_volts(rules))
    branches = _own_branches(grid, flow, own_rows, supplied)
    trees, meshes = _own_parts(model, own_rows)
    unsupplied = _unsupplied(grid, set(nodes.index[~nodes["supplied"]]))
    breaches = [
        *_thermal(branches, rules),
        *_voltages(nodes),
        *(
            (Key("unsupplied", name), Breach(kw, 0.0, "kW"))
            for name, kw in unsupplied.items()
        ),
        *(
            (Key("no_solution", tree), Breach(None, None, ""))
            for tree in flow.failures
            if tree in trees
        ),
    ]  # fmt: skip
    return Look(
        model=model,
        own=own,
        trees=trees,
        nodes=nodes,
        branches=branches,
        breaches=dict(breaches),
        unsupplied_kw=unsupplied,
        meshes=meshes,
        rings=sum(_rings(model, mesh) for mesh in meshes),
    )


def _supplied(model: GridModel) -> Bools:
    """By row of the nodes table: whether some source feeds the node."""
    compiled = model.compiled
    fed = compiled.tree_of_bus >= 0
    for mesh in compiled.meshes:
        fed[mesh.bus] = True
    bus = model.network.bus_of_node
    if not len(fed):
        return np.zeros(len(bus), dtype=bool)
    return np.asarray((bus >= 0) & fed[np.maximum(bus, 0)])


def _own_nodes(
    grid: Grid,
    flow: PowerFlowResult,
    own: Bools,
    supplied: Bools,
    legal_v: Mapping[float, tuple[float, float]],
) -> pd.DataFrame:
    vn_kv, v_pu = grid.nodes["vn_kv"].to_numpy()[own], flow.nodes["v_pu"].to_numpy()[own]
    low, high = np.full((2, len(vn_kv)), np.nan)
    for kv, (lowest, highest) in legal_v.items():
        at_level = np.isclose(vn_kv, kv, rtol=1e-6)
        low[at_level], high[at_level] = lowest, highest
    values = {
        "vn_kv": vn_kv, "v_pu": v_pu, "v": v_pu * vn_kv * VOLTS_PER_KV, "low_v": low,
        "high_v": high, "supplied": supplied[own],
    }  # fmt: skip
    return pd.DataFrame(values, index=grid.nodes.index[own])


def _own_branches(grid: Grid, flow: PowerFlowResult, own: Bools, supplied: Bools) -> pd.DataFrame:
    """Live lines and transformers; those that lead to what another part answers for are not own."""
    foreign = grid.nodes.index[supplied & ~own]
    named_a = grid.limits.groupby("element_id")["limit_a"].min()
    lines, coils = grid.lines, grid.transformers
    root = np.sqrt(3.0)
    parts = []
    for kind, rows, result, rated_a, ends in (
        ("line", lines, flow.lines, lines["ampacity_a"] * lines["derating"] * lines["parallel"],
         ("from_node", "to_node")),
        ("transformer", coils, flow.transformers,
         coils["sn_kva"] * coils["derating"] * coils["parallel"] / (root * coils["vn_hv_kv"]),
         ("hv_node", "lv_node")),
    ):  # fmt: skip
        named = named_a.reindex(rows.index).to_numpy()
        limit_a = pd.Series(np.fmin(rated_a.to_numpy(), named), index=rows.index)
        live = result.iloc[:, 0].notna()
        for end in ends:
            live &= ~rows[end].isin(foreign)
        pct = result["loading_pct"] * rated_a.fillna(limit_a) / limit_a
        parts.append(pd.DataFrame({"kind": kind, "pct": pct})[live])
    return pd.concat(parts)


def _own_parts(model: GridModel, own: Bools) -> tuple[tuple[str, ...], tuple[Mesh, ...]]:
    """Ids of own trees and meshes, and the own meshes; a shared source alone makes none own."""
    compiled = model.compiled
    bus = model.network.bus_of_node[own]
    is_own = np.zeros(len(model.network.base_kv), dtype=bool)
    is_own[bus[bus >= 0]] = True
    trees = [
        tree.tree_id
        for tree in compiled.trees
        if is_own[tree.bus[1:]].any() or (len(tree) == 1 and is_own[tree.bus[0]])
    ]
    meshes = tuple(mesh for mesh in compiled.meshes if is_own[mesh.bus].any())
    return (*trees, *(mesh.tree_id for mesh in meshes)), meshes


def _rings(model: GridModel, mesh: Mesh) -> int:
    """Branches that a part has beyond those of trees, one a source."""
    sources = int(np.isin(model.network.source_bus, mesh.bus).sum())
    return len(mesh.branch) - len(mesh.bus) + sources


def _unsupplied(grid: Grid, dark: set[str]) -> dict[str, float]:
    loads = grid.loads[grid.loads["is_in_service"] & grid.loads["node"].isin(dark)]
    kw = loads["p_kw"] * loads["scaling"]
    taken = kw.ne(0.0) | loads["q_kvar"].ne(0.0)
    return {str(name): float(value) for name, value in kw[taken].items()}


def _thermal(branches: pd.DataFrame, rules: Rules) -> Iterator[tuple[Key, Breach]]:
    for kind in ("line", "transformer"):
        code = f"thermal_{kind}"
        limit = rules.number(code)
        pct = branches["pct"][branches["kind"] == kind]
        for name, value in pct[pct > limit].items():
            yield Key(code, str(name)), Breach(float(value), limit, "%")


def _voltages(nodes: pd.DataFrame) -> Iterator[tuple[Key, Breach]]:
    for code, limit, is_broken in (
        ("voltage_low", nodes["low_v"], nodes["v"] < nodes["low_v"]),
        ("voltage_high", nodes["high_v"], nodes["v"] > nodes["high_v"]),
    ):
        for name in nodes.index[is_broken]:
            yield Key(code, str(name)), Breach(float(nodes["v"][name]), float(limit[name]), "V")
