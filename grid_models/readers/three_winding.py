"""Three-winding transformers of a pandapower net as stars of three two-winding ones.

::

    hv bus --- trafo3w:0:hv --- trafo3w:0:star --- trafo3w:0:mv --- mv bus
                                              '--- trafo3w:0:lv --- lv bus

As pandapower does it: the short-circuit voltages of the pairs of windings, each on the lesser of
the two rated powers, become those of three legs on each winding's own; the inner node has the
nominal voltage of the high side; iron loss and no-load current stay with one leg.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from grid_models.grid import Problem
from grid_models.readers.columns import (
    Bools,
    Floats,
    Net,
    Texts,
    flags,
    floats,
    ids,
    links,
    list_problem,
    texts,
)

__all__ = ["SOURCE", "Legs", "find_legs", "leg_ids"]

SOURCE = "trafo3w"
SIDES = ("hv", "mv", "lv")
# Pairs of windings whose short-circuit voltage the table names after its first one, but for the
# last: vk_hv is of hv and mv, vk_mv of mv and lv, vk_lv of hv and lv.
_PAIRS = ((0, 1), (1, 2), (0, 2))
_TAPS = ("pos", "neutral", "min", "max", "step_percent", "step_degree")


@dataclass(frozen=True, slots=True, kw_only=True)
class Legs:
    """Stars that stand for three-winding transformers.

    Parameters
    ----------
    rows
        Legs in the form of pandapower's table ``trafo``, without buses; the index is the number of
        the transformer and the side, such as ``0:hv``.
    hv_node, lv_node
        Nodes at the two ends of each leg.
    stars
        Inner nodes: ``name``, ``vn_kv`` and ``is_in_service`` by id.
    carried
        Numbers of the transformers that have become stars.
    problems
        Those that could not.
    """

    rows: pd.DataFrame
    hv_node: Texts
    lv_node: Texts
    stars: pd.DataFrame
    carried: frozenset[int]
    problems: list[Problem]


def find_legs(net: Net) -> Legs:
    """Turn every three-winding transformer that has a star into one."""
    every = net[SOURCE]
    known = _is_expressible(every)
    rows = every[known]
    star = np.array([f"{SOURCE}:{number}:star" for number in rows.index], dtype=object)
    ends = {side: ids("bus", links(rows, f"{side}_bus")) for side in SIDES}
    vn_kv = pd.Series(floats(net["bus"], "vn_kv"), index=net["bus"].index)
    in_service = flags(rows, "in_service", default=True)
    legs = [_leg(rows, side) for side in SIDES]
    return Legs(
        rows=pd.concat(legs),
        hv_node=np.concatenate([ends["hv"], star, star]),
        lv_node=np.concatenate([star, ends["mv"], ends["lv"]]),
        stars=pd.DataFrame(
            {
                "name": texts(rows, "name"),
                "kind": "star",
                "vn_kv": vn_kv.reindex(links(rows, "hv_bus")).to_numpy(),
                "is_in_service": in_service,
            },
            index=star,
        ),
        carried=frozenset(int(number) for number in rows.index),
        problems=_list_left(every[~known]),
    )


def leg_ids(net: Net, switches: pd.DataFrame) -> Texts:
    """Return the leg that each switch of a three-winding transformer opens.

    Parameters
    ----------
    switches
        Rows of pandapower's table ``switch`` with ``et`` t3.

    Returns
    -------
    legs
        Empty where the transformer is not there or the switch stands at none of its buses.
    """
    rows = net[SOURCE].reindex(links(switches, "element"))
    bus = links(switches, "bus")
    found = np.full(len(switches), "", dtype=object)
    for side in SIDES:
        at = rows[f"{side}_bus"].to_numpy(dtype=float) == bus
        number = links(switches, "element")[at]
        found[at] = [f"{SOURCE}:{k}:{side}" for k in number]
    return found


def _by_side(rows: pd.DataFrame, column: str) -> Floats:
    return np.stack([floats(rows, column.format(side)) for side in SIDES])


def _star_voltages(rows: pd.DataFrame) -> tuple[Floats, Floats]:
    """Return short-circuit voltage and its resistive part of the legs, on each winding's power."""
    sn_mva = _by_side(rows, "sn_{}_mva")
    lesser = np.stack([np.minimum(sn_mva[a], sn_mva[b]) for a, b in _PAIRS])
    vk, vkr = (
        _by_side(rows, column) * sn_mva[0] / lesser
        for column in ("vk_{}_percent", "vkr_{}_percent")
    )
    vki = np.sqrt(np.maximum(vk**2 - vkr**2, 0.0))
    leg_r, leg_x = (_to_star(pairs) * sn_mva / sn_mva[0] for pairs in (vkr, vki))
    return np.sign(leg_x) * np.hypot(leg_r, leg_x), leg_r


def _to_star(pairs: Floats) -> Floats:
    """Half of what the two pairs of a winding have more than the pair without it."""
    hv_mv, mv_lv, hv_lv = pairs
    return 0.5 * np.stack([hv_mv + hv_lv - mv_lv, mv_lv + hv_mv - hv_lv, hv_lv + mv_lv - hv_mv])


def _is_expressible(rows: pd.DataFrame) -> Bools:
    """Say which transformers have legs, which may be negative but not without impedance."""
    with np.errstate(divide="ignore", invalid="ignore"):
        vk, vkr = _star_voltages(rows)
    usable = np.isfinite(vkr) & (np.abs(vk) > 0.0)
    follows_table = flags(rows, "tap_dependency_table", default=False)
    return np.asarray(usable.all(axis=0) & ~follows_table)


def _leg(rows: pd.DataFrame, side: str) -> pd.DataFrame:
    """Return the legs of one side in the form of the table ``trafo``."""
    number = SIDES.index(side)
    vk, vkr = _star_voltages(rows)
    loss_side = texts(rows, "loss_side", "hv")
    bears = np.where(np.isin(loss_side, SIDES), loss_side, "hv") == side
    no_shift = np.zeros(len(rows))
    leg = pd.DataFrame(
        {
            "name": [f"{name} {side}".strip() for name in texts(rows, "name")],
            "sn_mva": floats(rows, f"sn_{side}_mva"),
            "vn_hv_kv": floats(rows, "vn_hv_kv"),
            "vn_lv_kv": floats(rows, f"vn_{side}_kv"),
            "vk_percent": vk[number],
            "vkr_percent": vkr[number],
            "pfe_kw": np.where(bears, floats(rows, "pfe_kw", 0.0), 0.0),
            "i0_percent": np.where(bears, floats(rows, "i0_percent", 0.0), 0.0),
            "shift_degree": no_shift if side == "hv" else floats(rows, f"shift_{side}_degree", 0.0),
            "in_service": flags(rows, "in_service", default=True),
        },
        index=[f"{k}:{side}" for k in rows.index],
    )
    return leg.assign(**_taps(rows, side, leg.index))


def _taps(rows: pd.DataFrame, side: str, index: pd.Index) -> dict[str, pd.Series]:
    """Return the tap changer of a leg: the transformer's where it is on this side."""
    has = texts(rows, "tap_side") == side
    values = {name: np.where(has, floats(rows, f"tap_{name}"), np.nan) for name in _TAPS}
    at_end = "hv" if side == "hv" else "lv"
    at = np.where(has, at_end, "").astype(object)
    at_star = has & flags(rows, "tap_at_star_point", default=False)
    # Seen from the star a step divides what it multiplies at the end.
    known = {name: np.nan_to_num(value) for name, value in values.items()}
    step = known["step_percent"] / 100.0 * np.exp(1j * np.radians(known["step_degree"]))
    inner = -step / (1.0 + step * (known["pos"] - known["neutral"]))
    values["step_percent"] = np.where(at_star, 100.0 * np.abs(inner), values["step_percent"])
    values["step_degree"] = np.where(at_star, np.degrees(np.angle(inner)), values["step_degree"])
    at[at_star] = "lv" if side == "hv" else "hv"
    columns = {f"tap_{name}": pd.Series(value, index=index) for name, value in values.items()}
    kind = pd.Series(texts(rows, "tap_changer_type"), index=index)
    return columns | {"tap_side": pd.Series(at, index=index), "tap_changer_type": kind}


def _list_left(rows: pd.DataFrame) -> list[Problem]:
    in_service, names = flags(rows, "in_service", default=True), ids(SOURCE, rows.index)
    left = list_problem(
        "element_not_carried",
        "error",
        SOURCE,
        names[in_service],
        zh="{n} 个三绕组变压器未导入（数据不全、分接头按特性表，或等值星形的某支路阻抗为零），"
        "潮流结果不可信；请先在源文件中等值或移除",
        en="{n} three-winding transformers are not carried over (data missing, a tap table, or a "
        "leg of the star without impedance) and the power flow cannot be trusted; replace "
        "them by an equivalent or remove them in the source file",
    )
    return left + list_problem(
        "element_not_carried",
        "note",
        SOURCE,
        names[~in_service],
        zh="{n} 个停用的三绕组变压器未导入，不影响潮流",
        en="{n} three-winding transformers out of service are not carried over; the power flow is "
        "the same",
    )
