"""Take-over: the switched state of the N-1 check, made in the tables and solved by pandapower."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from math import isinf
from typing import Any

from grid_models.edits import ConnectCustomer, apply
from grid_models.grid import Grid
from planner.second_opinion.comparison import TOLERANCE, Finding, is_same
from planner.second_opinion.reach import find_reach
from planner.second_opinion.rebuilt import Solved, cut_tree

__all__ = ["hear_take_over", "switched"]

Json = Mapping[str, Any]


def hear_take_over(
    option: Json, connect: ConnectCustomer, taken_over: Callable[[str, Json], Grid | None]
) -> Iterator[Finding]:
    """Return what an option states of its take-over and pandapower does not confirm.

    The most loaded element carries what is stated, the lowest node has the voltage that is stated.
    That no other tie would do better is left to the recomputation of the plan.

    Parameters
    ----------
    taken_over
        Gives for a feeder and its take-over the part of the grid as `switched`, with what is
        promised to others, and tap changers where they have settled in the normal state.
    """
    head = option["sources"][0]["feeder_id"]
    for number, taken in enumerate(option["take_over"]):
        place = f"take_over[{number}]"
        part = taken_over(head, taken)
        if part is None:
            yield Finding(f"{place}.tie_id", taken["tie_id"], "no such tie")
            continue
        if connect.element_id in part.nodes.index or connect.element_id in part.lines.index:
            part = apply(connect, part)
        solved = Solved(part)
        is_hopeless = isinf(float(taken["worst_loading_pct"]))
        if solved.flow.failures and not is_hopeless:
            yield Finding(place, "converged", "; ".join(solved.flow.failures.values()))
        elif is_hopeless and not solved.flow.failures:
            yield Finding(place, "no voltage solution", "converged")
        if solved.flow.failures or is_hopeless:
            continue
        yield from _compare(place, taken, solved)


def switched(grid: Grid, head: str, taken: Json) -> Grid | None:
    """Open head and cut, close the tie; return the part that then hangs at the tie's source.

    None: there is no such tie.
    """
    tie_id, switches, lines = taken["tie_id"], grid.switches.copy(), grid.lines.copy()
    if tie_id in switches.index:
        tie: Any = switches.loc[tie_id]
        node, same = str(tie["node"]), switches.index == tie_id
        if tie["element_kind"] == "line":
            same = switches["element_id"] == tie["element_id"]
    elif tie_id in lines.index:
        node, same = str(lines.loc[tie_id, "from_node"]), switches["element_id"] == tie_id
    else:
        return None
    switches.loc[same, "is_closed"] = True
    out = [name for name in (head, taken["opened_id"]) if name in lines.index]
    lines.loc[out, "is_in_service"] = False
    changed = grid.with_tables(switches=switches, lines=lines)
    reach = find_reach(changed, node)
    return cut_tree(changed, reach.tree) if reach else None


def _compare(place: str, taken: Json, solved: Solved) -> Iterator[Finding]:
    loading, v_pu = solved.loadings["of_limit"], solved.flow.nodes["v_pu"]
    for name, values, value, unit in (
        (taken["worst_element_id"], loading, "worst_loading_pct", "%"),
        (taken["lowest_v_node_id"], v_pu, "lowest_v_pu", "pu"),
    ):
        # a switch that closes a tie has no loading of its own there
        if name in solved.grid.switches.index:
            continue
        found = float(values[name]) if name in values.index else float("nan")
        if not is_same(taken[value], found, TOLERANCE[unit]):
            yield Finding(f"{place}.{value}", taken[value], found)
