"""Assumptions: facts a file does not hold, stated with ``--assume KEY=VALUE``.

An assumption fills what is unknown and may not contradict what the file says. It is written into
the grid's metadata and shown with every answer.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from grid_models.changers import SET_POINT_PU, WIDEST_BAND_PU
from grid_models.compiled import HIGH_VOLTAGE_KV
from grid_models.errors import InputError, InputProblem
from grid_models.grid import Grid
from grid_models.readers.bays import MOST_BAYS, find_cable_stations, spare_bays
from grid_models.readers.summary import summarise
from grid_models.schema import BOUNDS

__all__ = ["apply_assumptions", "parse_assumptions"]

_WORDS: Mapping[str, tuple[str, ...]] = {
    "ownership": ("public", "private"),
    "laying": ("cable", "overhead"),
    "load_basis": ("measured_peak", "declared", "snapshot"),
    "restricted_areas": ("none",),
}
_NUMBERS: Mapping[str, tuple[str, str]] = {
    "spare_bays": (f"0 至 {MOST_BAYS} 的整数", f"a whole number from 0 to {MOST_BAYS}"),
    "source_short_circuit_mva": ("大于 0 的数（MVA）", "a number above 0 (MVA)"),
    "source_short_circuit_r_x": ("不小于 0 的数", "a number of 0 or more"),
    "source_short_circuit_min_mva": ("大于 0 的数（MVA）", "a number above 0 (MVA)"),
    "source_short_circuit_min_r_x": ("不小于 0 的数", "a number of 0 or more"),
    "tap_set_point_pu": (
        f"{SET_POINT_PU[0]} 至 {SET_POINT_PU[1]} 的数",
        f"a number from {SET_POINT_PU[0]} to {SET_POINT_PU[1]}",
    ),
    "tap_band_pu": (
        f"大于 0、不大于 {WIDEST_BAND_PU} 的数",
        f"a number above 0 and up to {WIDEST_BAND_PU}",
    ),
}
# Assumptions about every source, and the column each fills.
_OF_SOURCES = {key: key.removeprefix("source_") for key in _NUMBERS if key.startswith("source_")}
# Assumptions about every main transformer: from above this voltage to 10 or 20 kV.
_OF_TAPS = ("tap_set_point_pu", "tap_band_pu")
_OWNED = ("nodes", "lines", "transformers", "bays")
_SHOWN_IDS = 5


def parse_assumptions(stated: Sequence[str]) -> dict[str, str]:
    """Read ``KEY=VALUE`` texts.

    Returns
    -------
    assumptions
        Value by key, sorted by key.

    Raises
    ------
    InputError
        With every text whose key or value is unknown, and every key given twice.
    """
    found: dict[str, str] = {}
    problems = []
    for text in stated:
        key, _, value = (part.strip() for part in text.partition("="))
        if key in found:
            problems.append(
                _problem(f"{key} 给出了两次，只能给一次", f"{key} is given twice; give it once")
            )
        elif key not in _WORDS and key not in _NUMBERS:
            known = ", ".join(sorted([*_WORDS, *_NUMBERS]))
            zh = f"“{text}”的键未知，可用：{known}"
            problems.append(_problem(zh, f"the key of {text!r} is none of: {known}"))
        elif not _is_valid(key, value):
            zh, en = _NUMBERS.get(key) or (" 或 ".join(_WORDS[key]), " or ".join(_WORDS[key]))
            problems.append(_problem(f"{key}={value} 应为 {zh}", f"{key}={value} has to be {en}"))
        found.setdefault(key, value)
    if problems:
        raise InputError(problems)
    return dict(sorted(found.items()))


def apply_assumptions(grid: Grid, assumptions: Mapping[str, str]) -> Grid:
    """Fill what is unknown in a grid with what is assumed.

    Parameters
    ----------
    assumptions
        As `parse_assumptions` returns them.

    Raises
    ------
    InputError
        With every assumption the grid itself contradicts.
    """
    if problems := _find_contradictions(grid, assumptions):
        raise InputError(problems)
    tables: dict[str, pd.DataFrame] = {}
    metadata = replace(grid.metadata, assumptions=dict(assumptions))
    if ownership := assumptions.get("ownership"):
        for table in _OWNED:
            tables[table] = _filled(grid.tables()[table], "ownership", ownership)
    if laying := assumptions.get("laying"):
        tables["lines"] = _filled(tables.get("lines", grid.lines), "laying", laying)
    if basis := assumptions.get("load_basis"):
        tables["loads"] = _filled(grid.loads, "load_basis", basis)
    filled = {
        column: grid.sources[column].fillna(float(assumptions[key]))
        for key, column in _OF_SOURCES.items()
        if key in assumptions
    }
    if filled:
        tables["sources"] = grid.sources.assign(**filled)
    if assumed := {name: float(assumptions[name]) for name in _OF_TAPS if name in assumptions}:
        rows, is_main = tables.get("transformers", grid.transformers), _is_main(grid)
        for name, value in assumed.items():
            rows = rows.assign(**{name: rows[name].mask(is_main & rows[name].isna(), value)})
        tables["transformers"] = rows
    if "restricted_areas" in assumptions:
        metadata = replace(metadata, has_restricted_areas=True)
    grid = replace(grid, metadata=metadata).with_tables(**tables)
    if "spare_bays" in assumptions:
        grid = _with_spare_bays(grid, int(assumptions["spare_bays"]))
    return summarise(grid)


def _is_valid(key: str, value: str) -> bool:
    match key:
        case "spare_bays":
            return value.isascii() and value.isdigit() and int(value) <= MOST_BAYS
        case _ if key in _OF_TAPS:
            try:
                return BOUNDS["transformers"][key].holds(float(value))
            except ValueError:
                return False
        case _ if key in _OF_SOURCES:
            may_be_zero = key.endswith("_r_x")
            try:
                number = float(value)
            except ValueError:
                return False
            return 0.0 < number < math.inf or (may_be_zero and number == 0.0)
        case _:
            return value in _WORDS[key]


def _is_main(grid: Grid) -> pd.Series[bool]:
    """Say which transformers feed a medium-voltage busbar from high voltage."""
    kv = grid.nodes["vn_kv"]
    hv_kv, lv_kv = (grid.transformers[side].map(kv) for side in ("hv_node", "lv_node"))
    return (hv_kv > HIGH_VOLTAGE_KV) & lv_kv.between(1.0, HIGH_VOLTAGE_KV)


def _filled(rows: pd.DataFrame, column: str, value: str) -> pd.DataFrame:
    return rows.assign(**{column: rows[column].where(rows[column] != "unknown", value)})


def _with_spare_bays(grid: Grid, count: int) -> Grid:
    """Give every cable station that states no bays as many as assumed, owned as it is."""
    bare = find_cable_stations(grid) & ~grid.nodes.index.isin(grid.bays["node"])
    nodes = grid.nodes[bare]
    ownership = nodes["ownership"].to_numpy(object)
    added = spare_bays(nodes.index.to_numpy(), np.full(len(nodes), count), ownership)
    return grid.with_tables(bays=pd.concat([grid.bays, added]) if len(grid.bays) else added)


def _find_contradictions(grid: Grid, assumptions: Mapping[str, str]) -> list[InputProblem]:
    problems = []
    for key, tables in (
        ("ownership", _OWNED),
        ("laying", ("lines",)),
        ("load_basis", ("loads",)),
    ):
        for table in tables if key in assumptions else ():
            values = grid.tables()[table][key]
            differs = (values != "unknown") & (values != assumptions[key])
            problems += _contradiction(key, assumptions[key], values[differs])
    for key, column in _OF_SOURCES.items():
        if key in assumptions:
            known = grid.sources[column].dropna()
            differs = known != float(assumptions[key])
            problems += _contradiction(key, assumptions[key], known[differs])
    for key in _OF_TAPS:
        if key in assumptions:
            known = grid.transformers[key][_is_main(grid)].dropna()
            differs = known != float(assumptions[key])
            problems += _contradiction(key, assumptions[key], known[differs])
    if "spare_bays" in assumptions:
        spare = grid.bays[grid.bays["is_spare"]].groupby("node").size()
        stated = spare.reindex(grid.bays["node"].unique(), fill_value=0)
        differs = stated != int(assumptions["spare_bays"])
        problems += _contradiction("spare_bays", assumptions["spare_bays"], stated[differs])
    if "restricted_areas" in assumptions:
        reasons = grid.restricted_areas["reason"]
        problems += _contradiction("restricted_areas", assumptions["restricted_areas"], reasons)
    return problems


def _contradiction(key: str, value: str, stated: pd.Series) -> list[InputProblem]:
    if stated.empty:
        return []
    examples = ", ".join(f"{name} {said}" for name, said in stated.iloc[:_SHOWN_IDS].items())
    return [
        _problem(
            f"{key}={value} 与文件矛盾，文件中有 {len(stated)} 处另有说明：{examples}",
            f"{key}={value} contradicts the file, which says otherwise in {len(stated)} places: "
            f"{examples}",
        )
    ]


def _problem(zh: str, en: str) -> InputProblem:
    return InputProblem(field="--assume", zh=zh, en=en)
