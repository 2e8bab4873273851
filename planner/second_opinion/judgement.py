"""Second judgement: every limit held against a rebuilt option, one row an element, by ids."""

from __future__ import annotations

from functools import partial
from math import isclose
from typing import Any

import numpy as np
import pandas as pd

from grid_models.compiled import HIGH_VOLTAGE_KV
from grid_models.edits import CUSTOMER_NODE
from grid_models.topology import LOW_VOLTAGE_KV
from planner.design_load import Level
from planner.rules import Rules
from planner.second_opinion.by_phase import put_on_phase
from planner.second_opinion.rebuilt import Rebuilt
from planner.sizing import NOMINAL_KV

__all__ = ["SEVERITY", "SLACK", "find_broken", "is_broken_on_way", "judge_again", "system_kv"]

SLACK = 1e-9
SEVERITY = {"show": 0, "desk": 1, "block": 2}
PHASES = 3.0
_THERMAL = ("thermal_line", "thermal_transformer")


def judge_again(
    option: Rebuilt, rules: Rules, level: Level, *, is_single_phase: bool, phase: str = ""
) -> dict[str, pd.DataFrame]:
    """Hold every limit against every element of the source tree.

    Parameters
    ----------
    phase
        Phase a single-phase option was judged on; empty: by the bound.

    Returns
    -------
    checks
        By code, one row an element, the worst first: ``before``, ``after``, ``limit`` in the
        check's unit, ``room`` (share of the limit, negative where it is broken), ``severity``
        (a value of `SEVERITY`). Codes that concern no element are left out.
    """

    def placed(one: Rebuilt) -> dict[str, pd.DataFrame]:
        frames = _frames(one, rules)
        if phase:
            put_on_phase(one, frames, rules, phase)
        elif is_single_phase and level == "lv":
            _put_on_one_phase(one, frames, rules)
        return frames

    frames = placed(option)
    if option.upper is not None:
        frames["voltage_high"] = placed(option.upper)["voltage_high"]
    connects_first = level == "lv" and bool(rules.value("lv_connect_first"))
    heavy = pd.concat([frames[code] for code in _THERMAL])
    frames["heavy_load"] = heavy.assign(limit=rules.number("heavy_load"))
    found = {}
    for code, rows in frames.items():
        sign = -1.0 if code == "voltage_low" else 1.0
        room = sign * (rows["limit"] - rows["after"]) / rows["limit"].abs()
        judges = code != "heavy_load" or not connects_first
        severity = [
            _severity(code, row, sign, rules) if judges and own < -SLACK else SEVERITY["show"]
            for row, own in zip(rows.itertuples(), room, strict=True)
        ]
        judged = rows.assign(room=room, severity=severity).sort_values(
            ["severity", "room"], ascending=[False, True], kind="stable"
        )
        # of an element's phases the worst one counts
        found[code] = judged[~judged.index.duplicated()]
    return {code: rows for code, rows in found.items() if len(rows)}


def find_broken(option: Rebuilt, rules: Rules) -> set[tuple[str, str]]:
    """Find the thermal and legal voltage limits that are broken, as (code, element id).

    What was broken before counts as broken only where it is worse by more than the rules allow.
    """
    broken = set()
    for code, rows in _frames(option, rules).items():
        sign = -1.0 if code == "voltage_low" else 1.0
        was_broken = sign * (rows["limit"] - rows["before"]) < 0.0
        bound = rows["limit"].mask(was_broken, rows["before"] + sign * rows["allowed"])
        names = rows.index[sign * (bound - rows["after"]) < -SLACK * bound.abs()]
        broken |= {(code, str(name)) for name in names}
    return broken


def is_broken_on_way(option: Rebuilt, rules: Rules) -> bool:
    """Say whether a thermal limit or a lowest voltage is broken on the way to the source before.

    The way begins at the far end of a line that is split.
    """
    connect = option.connect
    start = [connect.element_id]
    if connect.position is not None:
        line: Any = option.before.grid.lines.loc[connect.element_id]
        start = [line["from_node"], line["to_node"]]
    for code, rows in _frames(option, rules).items():
        if code == "voltage_high":
            continue
        sign = -1.0 if code == "voltage_low" else 1.0
        is_own = rows["scope"].eq("path") | rows.index.isin(start)
        if (is_own & (sign * (rows["limit"] - rows["before"]) < 0.0)).any():
            return True
    return False


def system_kv(vn_kv: float, *, is_high: bool = False) -> float | None:
    """Nominal voltage of the system a node belongs to; None where no limit is held against it.

    Parameters
    ----------
    is_high
        At 35 kV and above as well: for a line of such a voltage.
    """
    if vn_kv > HIGH_VOLTAGE_KV and not is_high:
        return None
    return next((kv for base, kv in NOMINAL_KV.items() if isclose(base, vn_kv, rel_tol=1e-6)), None)


def _frames(option: Rebuilt, rules: Rules) -> dict[str, pd.DataFrame]:
    """Elements with a limit, by code: ``before``, ``after``, ``limit``, ``allowed``, ``scope``."""
    branches = option.branches.rename(columns={"of_limit": "after"}).dropna(subset="after")
    branches["allowed"] = rules.number("worsened_loading")
    frames = {
        code: branches[branches["kind"] == code.removeprefix("thermal_")].assign(
            limit=rules.number(code)
        )
        for code in _THERMAL
    }
    nodes = option.nodes.dropna(subset="after")
    is_high = bool(option.nodes["vn_kv"].loc[CUSTOMER_NODE] > HIGH_VOLTAGE_KV)
    nominal_v = 1000.0 * nodes["vn_kv"].map(partial(system_kv, is_high=is_high)).astype(float)
    nodes = nodes.assign(
        before=1000.0 * nodes["vn_kv"] * nodes["before"],
        after=1000.0 * nodes["vn_kv"] * nodes["after"],
        allowed=rules.number("worsened_voltage") / 100.0 * nominal_v,
    )
    table = rules.value("voltage_limits")
    for side in ("low", "high"):
        limit = nominal_v.map(lambda v, side=side: float(table[f"{v:.0f}"][side]), "ignore")
        frames[f"voltage_{side}"] = nodes.assign(limit=limit).dropna(subset="limit")
    return frames


def _severity(code: str, row: Any, sign: float, rules: Rules) -> int:
    """Say what a broken limit does: procedure, section 4."""
    stated = SEVERITY[rules.effect(code, row.scope)]
    was_broken = sign * (row.limit - row.before) < -SLACK * abs(row.limit)
    if not was_broken or stated == SEVERITY["show"]:
        return stated
    worse = sign * (row.after - row.before)
    if code == "voltage_high" and worse <= SLACK * abs(row.limit):
        return SEVERITY["desk" if row.scope == "path" else "show"]
    if row.scope == "path":
        return stated
    return SEVERITY["block" if worse > row.allowed else "show"]


def _put_on_one_phase(option: Rebuilt, frames: dict[str, pd.DataFrame], rules: Rules) -> None:
    """Count a single-phase load on the way from the board: current, drop, volts to neutral."""
    coils = option.after.grid.transformers
    kv = option.after.grid.nodes["vn_kv"]
    board = next((name for name in option.reach.branches if name in coils.index), None)
    lines = frames["thermal_line"]
    is_low = kv.loc[option.after.grid.lines["from_node"]].to_numpy() < LOW_VOLTAGE_KV
    low_lines = option.after.grid.lines.index[is_low]
    for code, own in (
        ("thermal_line", lines["scope"].eq("path") & lines.index.isin(low_lines)),
        ("thermal_transformer", frames["thermal_transformer"].index == board),
    ):
        rows = frames[code]
        gain = (PHASES - 1.0) * (rows["after"] - rows["before"])
        frames[code] = rows.assign(after=rows["after"] + gain.where(own, 0.0))
    volts = rules.value("voltage_limits")["220"]
    factor = rules.number("single_phase_drop_factor")
    for side in ("low", "high"):
        rows = frames[f"voltage_{side}"]
        own = rows["scope"].eq("path") & rows["vn_kv"].lt(LOW_VOLTAGE_KV)
        gain = rows["after"] - rows["before"]
        # The drop counts from the board, which keeps its balanced voltage; without one from the
        # source, whose voltage nothing changes.
        at_board = 0.0 if board is None else float(gain.loc[coils["lv_node"].loc[board]])
        after = rows["after"] + (factor - 1.0) * (gain - at_board)
        frames[f"voltage_{side}"] = rows.assign(
            before=rows["before"].where(~own, rows["before"] / np.sqrt(PHASES)),
            after=rows["after"].where(~own, after / np.sqrt(PHASES)),
            limit=rows["limit"].where(~own, float(volts[side])),
        )
