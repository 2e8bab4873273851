"""Tap changers of pandapower transformers, folded into the one changer a `Grid` knows.

A changer multiplies the rated voltage of its side by a complex factor,
``1 + (pos - neutral) * step / 100 * exp(j * angle)``; the factors of one side multiply. An ideal
phase shifter turns the angle alone. The direction of an angle is positive on the high side.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
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
    list_problem,
    looked_up,
    texts,
)

__all__ = ["read_taps"]

Complexes = npt.NDArray[np.complex128]

_KINDS = {"Ratio": "ratio", "Symmetrical": "symmetrical", "Ideal": "ideal"}
_CHANGER = (
    "tap_side",
    "tap_neutral",
    "tap_pos",
    "tap_min",
    "tap_max",
    "tap_step_pct",
    "tap_step_degree",
    "tap_changer_type",
)


def read_taps(net: Net, source: str = "trafo") -> tuple[pd.DataFrame, list[Problem]]:
    """Read the tap changers of the table ``trafo``.

    Parameters
    ----------
    source
        The table its ids are named after.

    Returns
    -------
    rows
        In the order of the table ``trafo``: the ``tap_`` columns of the transformer table,
        ``shift_degree``, ``vk_pct`` and ``vkr_pct`` at the present position.
    problems
        What was folded, ignored or could not be expressed.
    """
    trafo = net["trafo"]
    names = pd.Series(ids(source, trafo.index), index=trafo.index)
    changer, second = _changer(trafo, ""), _changer(trafo, "2")
    rows = changer.assign(
        shift_degree=floats(trafo, "shift_degree", 0.0),
        vk_pct=floats(trafo, "vk_percent"),
        vkr_pct=floats(trafo, "vkr_percent"),
    )
    tabled = flags(trafo, "tap_dependency_table", default=False)
    ignored = _find_ignored(changer, names, tabled)
    rows, folded = _fold_table(net, rows, names, tabled)
    rows, joined = _fold_second(rows, second, names)
    return rows, ignored + folded + joined


def _changer(trafo: pd.DataFrame, number: str) -> pd.DataFrame:
    pos, neutral = floats(trafo, f"tap{number}_pos"), floats(trafo, f"tap{number}_neutral")
    # of position and neutral only one known: no step is counted, as in pandapower
    known_pos = np.where(np.isnan(pos), np.nan_to_num(neutral), pos)
    known_neutral = np.where(np.isnan(neutral), known_pos, neutral)
    return pd.DataFrame(
        {
            "tap_side": texts(trafo, f"tap{number}_side"),
            "tap_neutral": known_neutral,
            "tap_pos": known_pos,
            "tap_min": floats(trafo, f"tap{number}_min"),
            "tap_max": floats(trafo, f"tap{number}_max"),
            "tap_step_pct": floats(trafo, f"tap{number}_step_percent", 0.0),
            "tap_step_degree": floats(trafo, f"tap{number}_step_degree", 0.0),
            "tap_changer_type": _kind(trafo, number),
        },
        index=trafo.index,
    )


def _kind(trafo: pd.DataFrame, number: str) -> Texts:
    """Return ratio, symmetrical, ideal or nothing; nets before pandapower 3 have a flag instead."""
    if f"tap{number}_changer_type" in trafo:
        kinds = [_KINDS.get(kind, "") for kind in texts(trafo, f"tap{number}_changer_type")]
        return np.array(kinds, dtype=object)
    if f"tap{number}_phase_shifter" not in trafo:
        return np.full(len(trafo), "", dtype=object)
    is_ideal = flags(trafo, f"tap{number}_phase_shifter", default=False)
    has_step = np.isfinite(floats(trafo, f"tap{number}_step_percent"))
    return np.where(is_ideal, "ideal", np.where(has_step, "ratio", "")).astype(object)


def _factor(changer: pd.DataFrame) -> Complexes:
    """Return the complex factor of each changer on the voltage of its side; 1: no effect."""
    steps = changer["tap_pos"].to_numpy() - changer["tap_neutral"].to_numpy()
    step = changer["tap_step_pct"].to_numpy() / 100.0
    degree = changer["tap_step_degree"].to_numpy()
    kind = changer["tap_changer_type"].to_numpy()
    arc = 2.0 * np.arcsin(np.clip(steps * step / 2.0, -1.0, 1.0))
    turn = np.where(degree != 0.0, steps * np.radians(degree), arc)
    factor = np.where(kind == "ideal", np.exp(1j * turn), 1.0)
    in_steps = 1.0 + steps * step * np.exp(1j * np.radians(degree))
    factor = np.where(np.isin(kind, ["ratio", "symmetrical"]), in_steps, factor)
    return np.where(changer["tap_side"].isin(["hv", "lv"]), factor, 1.0)


def _set_factor(rows: pd.DataFrame, where: Bools, factor: Complexes) -> None:
    """Express a factor as one step of a ratio changer."""
    step = factor[where] - 1.0
    rows.loc[where, "tap_changer_type"] = "ratio"
    rows.loc[where, ["tap_neutral", "tap_pos"]] = [0.0, 1.0]
    rows.loc[where, ["tap_min", "tap_max"]] = np.nan
    rows.loc[where, "tap_step_pct"] = 100.0 * np.abs(step)
    rows.loc[where, "tap_step_degree"] = np.degrees(np.angle(step))


def _angle(side: pd.Series[str], factor: Complexes) -> Floats:
    direction = np.where(side == "hv", 1.0, -1.0)
    return np.asarray(direction * np.degrees(np.angle(factor)))


def _find_ignored(changer: pd.DataFrame, names: pd.Series[str], tabled: Bools) -> list[Problem]:
    stands_off = changer["tap_pos"] != changer["tap_neutral"]
    steps = (changer["tap_step_pct"] != 0.0) | (changer["tap_step_degree"] != 0.0)
    untyped = (changer["tap_changer_type"] == "") & changer["tap_side"].isin(["hv", "lv"])
    return list_problem(
        "tap_changer_type_missing",
        "warning",
        "transformers",
        names[stands_off & steps & untyped & ~tabled],
        zh="{n} 台变压器的分接头不在中间档，但未注明类型（Ratio、Symmetrical 或 Ideal），"
        "按 pandapower 的做法不计其作用",
        en="the taps of {n} transformers are off neutral but their type (Ratio, Symmetrical or "
        "Ideal) is not stated: as in pandapower they have no effect",
    )


def _fold_table(
    net: Net, rows: pd.DataFrame, names: pd.Series[str], tabled: Bools
) -> tuple[pd.DataFrame, list[Problem]]:
    """Take ratio, angle and impedance at the present position from the characteristic table."""
    trafo = net["trafo"]
    if "tap_dependency_table" not in trafo:
        follows_curve = flags(trafo, "tap_dependent_impedance", default=False)
        return rows, _unusable_table(names[follows_curve])
    if not tabled.any():
        return rows, []
    table = net.get("trafo_characteristic_table", pd.DataFrame())
    columns = ("voltage_ratio", "angle_deg", "vk_percent", "vkr_percent")
    value = looked_up(trafo, table, "tap_pos", columns)
    known = tabled & ~np.isnan(sum(value.values()))
    rows = rows.copy()
    rows.loc[tabled, "tap_changer_type"] = ""
    on_a_side = rows["tap_side"].isin(["hv", "lv"]).to_numpy()
    turn: Complexes = np.exp(1j * np.radians(value["angle_deg"]))
    factor = value["voltage_ratio"] * turn
    _set_factor(rows, known & on_a_side, factor)
    rows.loc[known, "vk_pct"] = value["vk_percent"][known]
    rows.loc[known, "vkr_pct"] = value["vkr_percent"][known]
    folded = list_problem(
        "tap_table_folded",
        "note",
        "transformers",
        names[known],
        zh="{n} 台变压器的分接头按特性表取当前档位的变比、相角和短路电压；改变档位须重新导入",
        en="{n} transformers follow a tap table: ratio, angle and impedance are those of the "
        "present position; another position needs a new import",
    )
    return rows, folded + _unusable_table(names[tabled & ~known])


def _unusable_table(names: pd.Series[str]) -> list[Problem]:
    return list_problem(
        "tap_table_missing",
        "error",
        "transformers",
        names,
        zh="{n} 台变压器的分接头特性表缺少当前档位或格式过旧，其变比和阻抗不可信",
        en="the tap table of {n} transformers has no row for the present position or is of an old "
        "form: their ratio and impedance cannot be trusted",
    )


def _fold_second(
    rows: pd.DataFrame, second: pd.DataFrame, names: pd.Series[str]
) -> tuple[pd.DataFrame, list[Problem]]:
    """Fold the second tap changer into the first, or into the phase shift."""
    acts = ~np.isclose(_factor(second), 1.0, rtol=0.0, atol=1e-15)
    if not acts.any():
        return rows, []
    rows = rows.copy()
    for changer in (second, rows):
        # a phase shifter beside another changer is a phase shift
        shifter = acts & (changer["tap_changer_type"] == "ideal").to_numpy()
        angle = _angle(changer["tap_side"], _factor(changer))
        rows.loc[shifter, "shift_degree"] += angle[shifter]
        changer.loc[shifter, "tap_changer_type"] = ""
    first_factor, second_factor = _factor(rows), _factor(second)
    remains = second_factor != 1.0
    is_free = first_factor == 1.0
    alike = (rows["tap_side"] == second["tap_side"]).to_numpy()
    taken = remains & is_free
    rows.loc[taken, list(_CHANGER)] = second.loc[taken, list(_CHANGER)]
    _set_factor(rows, remains & ~is_free & alike, first_factor * second_factor)
    opposed = remains & ~is_free & ~alike
    folded = list_problem(
        "second_tap_changer_folded",
        "note",
        "transformers",
        names[acts & ~opposed],
        zh="{n} 台变压器有两个分接开关，已按当前档位合并为一个；改变档位须重新导入",
        en="{n} transformers have two tap changers, folded into one at the present positions; "
        "another position needs a new import",
    )
    lost = list_problem(
        "second_tap_changer_lost",
        "error",
        "transformers",
        names[opposed],
        zh="{n} 台变压器高低压两侧的分接开关都不在中间档，无法合并，第二个未计入",
        en="{n} transformers have tap changers off neutral on both sides: they cannot be folded "
        "into one, and the second is not counted",
    )
    return rows, folded + lost
