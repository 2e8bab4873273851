"""Switches of a pandapower net as a table of a `Grid`."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import pandas as pd

from grid_models.grid import Problem
from grid_models.readers.columns import (
    Bools,
    Net,
    Texts,
    flags,
    floats,
    grid_rows,
    ids,
    links,
    list_problem,
    texts,
    translated,
)
from grid_models.readers.three_winding import leg_ids

__all__ = ["read_switches"]

_KILO = 1e3
_SWITCH_TABLES = {"b": ("node", "bus"), "l": ("line", "line"), "t": ("transformer", "trafo")}
_OF_THREE = "t3"
_SWITCH_KINDS = {
    "CB": "circuit_breaker",
    "LBS": "load_break",
    "LS": "load_break",
    "DS": "disconnector",
}


def read_switches(net: Net, stars: Collection[int]) -> tuple[pd.DataFrame, list[Problem]]:
    """Return the switches of lines, transformers and between buses.

    Parameters
    ----------
    stars
        Numbers of the three-winding transformers that are carried over, as stars.

    Returns
    -------
    table
        Rows of the table ``switches``.
    problems
        What was moved or left out.
    """
    of_legs = np.where(net["switch"]["et"] == _OF_THREE, leg_ids(net, net["switch"]), "")
    of_legs[~net["switch"]["element"].isin(list(stars)).to_numpy()] = ""
    known = net["switch"]["et"].isin(list(_SWITCH_TABLES)).to_numpy() | (of_legs != "")
    rows = net["switch"][known]
    words = _SWITCH_TABLES | {_OF_THREE: _SWITCH_TABLES["t"]}
    kinds, tables = (rows["et"].map({k: v[i] for k, v in words.items()}) for i in (0, 1))
    node, is_astray = _switch_nodes(net, rows)
    z_ohm = np.where(rows["et"] == "b", np.maximum(floats(rows, "z_ohm", 0.0), 0.0), 0.0)
    table = grid_rows(
        "switches",
        "switch",
        rows,
        node=node,
        element_id=[
            leg or f"{name}:{row}"
            for leg, name, row in zip(of_legs[known], tables, links(rows, "element"), strict=True)
        ],
        element_kind=kinds.to_numpy(),
        is_closed=flags(rows, "closed", default=True),
        z_ohm=z_ohm,
        rated_a=floats(rows, "in_ka") * _KILO,
    )
    if "kind" not in table:
        table["kind"] = translated(texts(rows, "type"), _SWITCH_KINDS)
    problems = list_problem(
        "switch_astray",
        "warning",
        "switches",
        table.index[is_astray],
        zh="{n} 个开关所在节点不是所开断元件的端点，按 pandapower 的做法移到线路首端或变压器低压侧",
        en="{n} switches stand at a node that is no end of the element they open; as in "
        "pandapower they were moved to the from-end of the line or the low side",
    )
    left = net["switch"][~known]
    is_other = (left["et"] == _OF_THREE).to_numpy()
    is_closed = flags(left, "closed", default=True)
    problems += list_problem(
        "switch_not_carried",
        "note",
        "switch",
        ids("switch", left.index[is_other]),
        zh="{n} 个开关接在未导入的三绕组变压器上，或不在其端点，未导入",
        en="{n} switches belong to three-winding transformers that are not carried over, or stand "
        "at no end of one, and were left out",
    )
    problems += list_problem(
        "switch_of_unknown_kind",
        "warning",
        "switch",
        ids("switch", left.index[~is_other & is_closed]),
        zh="{n} 个闭合开关的 et 不是 b、l、t 或 t3，所开断的元件不明，未导入",
        en="et of {n} closed switches is none of b, l, t and t3: what they open is unknown and "
        "they were left out",
    )
    problems += list_problem(
        "switch_of_unknown_kind",
        "error",
        "switch",
        ids("switch", left.index[~is_other & ~is_closed]),
        zh="{n} 个断开的开关的 et 不是 b、l、t 或 t3，所开断的元件不明，未导入，网架可能有误",
        en="et of {n} open switches is none of b, l, t and t3: what they open is unknown, they "
        "were left out and the grid may be wrong",
    )
    return table, problems


def _switch_nodes(net: Net, rows: pd.DataFrame) -> tuple[Texts, Bools]:
    """Return the node of each switch, and whether it stood at no end of its element."""
    bus = links(rows, "bus").copy()
    is_astray = np.zeros(len(rows), dtype=bool)
    for et, table, end, other in (
        ("l", net["line"], "from_bus", "to_bus"),
        ("t", net["trafo"], "lv_bus", "hv_bus"),
    ):
        at = np.flatnonzero(rows["et"] == et)
        element = table.index.get_indexer(links(rows, "element")[at])
        at, element = at[element >= 0], element[element >= 0]
        ends = table[[end, other]].to_numpy(np.int64)[element]
        astray = (ends != bus[at, None]).all(axis=1)
        bus[at[astray]] = ends[astray, 0]
        is_astray[at[astray]] = True
    return ids("bus", bus), is_astray
