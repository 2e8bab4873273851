"""Measures of an option, made again in the tables; pandapower says what they alone spoil."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from grid_models.edits import used_ids
from grid_models.grid import Grid
from planner.plan import Measure
from planner.remedies import edits_of, read_measure
from planner.rules import Rules
from planner.second_opinion.comparison import Finding
from planner.second_opinion.judgement import system_kv
from planner.second_opinion.reach import find_reach
from planner.second_opinion.rebuilt import Solved, cut_tree

__all__ = ["find_spoilt", "measures_of"]

Json = Mapping[str, Any]

# Pandapower and the search agree to this much: points, and volts.
SAME_PCT, SAME_V = 0.01, 0.1
_ENDS = {"lines": ("from_node", "to_node"), "transformers": ("hv_node", "lv_node")}


def measures_of(option: Json) -> tuple[Measure, ...]:
    """Return the measures an option states; those of a transformer stated as replacement apart."""
    if option["replacement"] is not None:
        return ()
    return tuple(read_measure(measure) for measure in option["measures"])


def find_spoilt(
    measures: Sequence[Measure], before: Grid, after: Grid, rules: Rules
) -> Iterator[Finding]:
    """Return the limits that measures alone break, or break worse, in the trees they touch.

    Parameters
    ----------
    before, after
        The whole grid without and with them, both with what is promised to others.
    """
    nodes = sorted({node for measure in measures for node in _nodes_of(measure, before)})
    if not nodes:
        return
    was, now = (_solved(grid, nodes) for grid in (before, after))
    for solved in now:
        if solved.flow.failures:
            yield Finding("measures", "converged", "; ".join(solved.flow.failures.values()))
            return
    points = rules.number("remedy_worsening_share") * rules.number("worsened_loading")
    loading = [pd.concat([s.loadings["of_limit"] for s in side]).dropna() for side in (was, now)]
    kind = pd.concat([s.loadings["kind"] for s in now])
    for code in ("thermal_line", "thermal_transformer", "heavy_load"):
        rows = loading[1]
        if code != "heavy_load":
            rows = rows[kind.reindex(rows.index) == code.removeprefix("thermal_")]
        limit = rules.number(code)
        present = loading[0].reindex(rows.index).fillna(limit)
        most = present.where(present <= limit, present + points).clip(lower=limit)
        for name in rows.index[rows > most + SAME_PCT]:
            yield Finding(f"measures[{code}]", f"{name} holds", float(rows[name]))
    yield from _voltages(was, now, rules)


def _voltages(was: list[Solved], now: list[Solved], rules: Rules) -> Iterator[Finding]:
    table = rules.value("voltage_limits")
    share = rules.number("remedy_worsening_share") * rules.number("worsened_voltage") / 100.0
    volts = [
        pd.concat([1000.0 * s.flow.nodes["v_pu"] * s.grid.nodes["vn_kv"] for s in side]).dropna()
        for side in (was, now)
    ]
    kv = pd.concat([s.grid.nodes["vn_kv"] for s in now])
    kv = kv[~kv.index.duplicated()]
    rows = volts[1][~volts[1].index.duplicated()]
    present = volts[0][~volts[0].index.duplicated()].reindex(rows.index)
    for side, sign in (("low", -1.0), ("high", 1.0)):
        nominal = kv.reindex(rows.index).map(system_kv)
        limit = nominal.map(lambda v, side=side: float(table[f"{1000.0 * v:.0f}"][side]), "ignore")
        own = limit.dropna().index
        held = sign * limit[own].astype(float)
        old = (sign * present[own]).fillna(held)
        bound = (old + share * 1000.0 * nominal[own].astype(float)).where(old > held, held)
        for name in own[(sign * rows[own] > bound + SAME_V).to_numpy()]:
            yield Finding(f"measures[voltage_{side}]", f"{name} holds", float(rows[name]))


def _solved(grid: Grid, nodes: Iterable[str]) -> list[Solved]:
    """Solve the trees that some nodes lie in, each once."""
    found: list[Solved] = []
    done: set[str] = set()
    for node in nodes:
        if node in done or node not in grid.nodes.index:
            continue
        reach = find_reach(grid, node)
        if reach is not None:
            done |= reach.tree
            found.append(Solved(cut_tree(grid, reach.tree)))
    return found


def _nodes_of(measure: Measure, grid: Grid) -> Iterator[str]:
    for edit in edits_of(measure):
        for table, names in used_ids(edit).items():
            rows = grid.tables()[table]
            rows = rows[rows.index.isin(list(names))]
            if table == "switches":
                lines = grid.lines[grid.lines.index.isin(rows["element_id"])]
                yield from (str(node) for node in rows["node"])
                yield from (str(node) for name in _ENDS["lines"] for node in lines[name])
                bridged = rows["element_id"][rows["element_kind"].eq("node")]
                yield from (str(node) for node in bridged)
            elif table == "nodes":
                yield from (str(name) for name in rows.index)
            elif table in _ENDS:
                yield from (str(node) for name in _ENDS[table] for node in rows[name])
