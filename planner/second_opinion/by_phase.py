"""By phase: a single-phase option judged again by pandapower's three-phase flow of its tree."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import networkx as nx
import numpy as np
import pandas as pd

from grid_models.edits import CUSTOMER_NODE, NEW_LINE, SPLIT_NODE
from grid_models.grid import Grid
from grid_models.solvers.reference_by_phase import PhaseFlow, solve_reference_by_phase
from grid_models.topology import graph
from planner.rules import Rules
from planner.second_opinion.rebuilt import Rebuilt

__all__ = ["put_on_phase"]

PHASES = ("a", "b", "c")
NEUTRAL_V = "220"
# A line of two conductors goes and comes back: its zero sequence is four times its positive one.
RETURN_FACTOR = 4.0
_NEW_NODES = (SPLIT_NODE, CUSTOMER_NODE)

Frames = dict[str, pd.DataFrame]


def put_on_phase(option: Rebuilt, frames: Frames, rules: Rules, phase: str) -> bool:
    """Put what the low-voltage area carries on each phase in the place of the balanced flow.

    Parameters
    ----------
    frames
        Elements with a limit by code, as in `judgement`; changed in place. An element of the area
        has a row for each phase.

    Returns
    -------
    is_solved
        False: pandapower has no unbalanced solution, and nothing was changed.
    """
    before = solve_reference_by_phase(option.before.grid)
    after = solve_reference_by_phase(_on_phase(option, phase))
    if before is None or after is None:
        return False
    coils = option.after.grid.transformers
    board = next(name for name in option.reach.branches if name in coils.index)
    nodes = _below(option.after.grid, board)
    ends = option.after.grid.lines[["from_node", "to_node"]]
    own = {str(name) for name in ends.index[ends.isin(nodes).all(axis=1)]} | {board}
    for code in ("thermal_line", "thermal_transformer"):
        frames[code] = _spread(
            frames[code], own, phase, list(_loadings(option, frames[code], own, before, after))
        )
    volts = list(_volts(option, nodes, before, after))
    legal = rules.value("voltage_limits")[NEUTRAL_V]
    allowed = rules.number("worsened_voltage") / 100.0 * float(NEUTRAL_V)
    for side in ("low", "high"):
        rows = _spread(frames[f"voltage_{side}"], nodes, phase, volts)
        is_own = rows.index.isin(nodes)
        rows.loc[is_own, "limit"], rows.loc[is_own, "allowed"] = float(legal[side]), allowed
        frames[f"voltage_{side}"] = rows
    return True


def _on_phase(option: Rebuilt, phase: str) -> Grid:
    """Return the grid after, its new load on one phase and its new line of two conductors."""
    grid = option.after.grid
    lines, loads = grid.lines.copy(), grid.loads.copy()
    loads.loc[option.connect.load_id, [f"phase_{other}_pct" for other in PHASES]] = [
        100.0 * (other == phase) for other in PHASES
    ]
    for first, second, factor in (
        ("r0_ohm_per_km", "r_ohm_per_km", RETURN_FACTOR),
        ("x0_ohm_per_km", "x_ohm_per_km", RETURN_FACTOR),
        ("c0_nf_per_km", "c_nf_per_km", 1.0),
    ):
        lines[first] = lines[first].mask(lines.index == NEW_LINE, factor * lines[second])
    return grid.with_tables(lines=lines, loads=loads)


def _below(grid: Grid, board: str) -> set[str]:
    """Nodes below a transformer."""
    live = graph(grid)
    live.remove_edges_from(
        [(a, b, key) for a, b, key in live.edges(keys=True) if key in grid.transformers.index]
    )
    return set(nx.node_connected_component(live, grid.transformers["lv_node"].loc[board]))


def _loadings(
    option: Rebuilt, rows: pd.DataFrame, own: set[str], before: PhaseFlow, after: PhaseFlow
) -> Iterator[tuple[str, str, float, float]]:
    """Element, phase, percent of the limit before and after."""
    grid = option.after.grid
    kv = pd.concat(
        [
            grid.nodes["vn_kv"].reindex(grid.lines["from_node"]).set_axis(grid.lines.index),
            grid.transformers["vn_lv_kv"],
        ]
    )
    limit_a = rows["limit_kva"] / (np.sqrt(3.0) * kv.reindex(rows.index))
    for name in rows.index[rows.index.isin(own)]:
        for phase in PHASES:
            was = 0.0
            if name != NEW_LINE:
                was = float(before.current_a[phase][option.origin(name)])
            now = float(after.current_a[phase][name])
            yield str(name), phase, 100.0 * was / limit_a[name], 100.0 * now / limit_a[name]


def _volts(
    option: Rebuilt, nodes: set[str], before: PhaseFlow, after: PhaseFlow
) -> Iterator[tuple[str, str, float, float]]:
    """Node, phase, volts before and after."""
    connect = option.connect
    lines = option.before.grid.lines
    for phase in PHASES:
        v: dict[Any, Any] = before.v[phase].to_dict()
        if connect.position is None:
            access = v[connect.element_id]
        else:
            first, last = (v[lines[end][connect.element_id]] for end in ("from_node", "to_node"))
            access = first + connect.position * (last - first)
        for name in sorted(nodes):
            was = access if name in _NEW_NODES else v[name]
            yield name, phase, abs(was), float(abs(after.v[phase][name]))


def _spread(
    rows: pd.DataFrame, own: set[str], phase: str, found: list[tuple[str, str, float, float]]
) -> pd.DataFrame:
    """Give every element of an area a row a phase; off the customer's phase the way is feeder."""
    made = []
    for name, other, was, now in found:
        only_own = name in (NEW_LINE, CUSTOMER_NODE)
        if name not in rows.index or (only_own and other != phase):
            continue
        row = rows.loc[name].to_dict() | {"before": was, "after": now}
        if other != phase and row["scope"] == "path":
            row["scope"] = "feeder"
        made.append((name, row))
    kept = rows[~rows.index.isin(own)]
    if not made:
        return kept
    spread = pd.DataFrame([row for _, row in made], index=[name for name, _ in made])
    return pd.concat([kept, spread]) if len(kept) else spread
