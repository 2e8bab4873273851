"""Repairs: what a reader fills in or cleans because the file's own value cannot be used.

A column that is not there at all takes the default of the grid's table, as `docs/grid-tables.md`
says. A column that is there but blank or unreadable in some rows takes the same default, and those
rows are listed here, so that nothing is decided in silence.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from grid_models.grid import TABLES, Problem
from grid_models.printable import printable
from grid_models.readers.columns import (
    STATED,
    Bools,
    Net,
    find_unreadable,
    ids,
    list_problem,
)

__all__ = ["find_repairs", "read_frequency"]

_FREQUENCY_HZ = 50.0
_IN_SERVICE = {"in_service": "is_in_service"}
_AT_BUS = {"q_mvar": "q_kvar", "scaling": "scaling"} | _IN_SERVICE
_PHASES = {f"p_{phase}_mw": "p_kw" for phase in "abc"}
_PHASES |= {f"q_{phase}_mvar": "q_kvar" for phase in "abc"}
_SHARES = {f"const_{part}_percent": f"const_{part}_p_pct" for part in "zi"}
_SHARES |= {f"const_{p}_{a}_percent": f"const_{p}_{a}_pct" for p in "zi" for a in "pq"}

# Of each table the columns that have a default, each with the grid's column it becomes.
_FILLED: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "bus": ("nodes", _IN_SERVICE),
    "line": (
        "lines",
        {"c_nf_per_km": "c_nf_per_km", "g_us_per_km": "g_us_per_km", "parallel": "parallel"}
        | {"df": "derating"}
        | _IN_SERVICE,
    ),
    "trafo": (
        "transformers",
        {"pfe_kw": "pfe_w", "i0_percent": "i0_pct", "shift_degree": "shift_degree"}
        | {"leakage_resistance_ratio_hv": "leakage_r_ratio_hv"}
        | {"leakage_reactance_ratio_hv": "leakage_x_ratio_hv"}
        | {"parallel": "parallel", "df": "derating"}
        | _IN_SERVICE,
    ),
    "switch": ("switches", {"closed": "is_closed", "z_ohm": "z_ohm"}),
    "load": ("loads", _AT_BUS | _SHARES),
    "motor": ("loads", {"scaling": "scaling"} | _IN_SERVICE),
    "asymmetric_load": ("loads", _PHASES | {"scaling": "scaling"} | _IN_SERVICE),
    "ward": ("loads", _IN_SERVICE),
    "sgen": ("generators", _AT_BUS),
    "asymmetric_sgen": ("generators", _PHASES | {"scaling": "scaling"} | _IN_SERVICE),
    "storage": ("generators", _AT_BUS),
    "shunt": ("shunts", {"p_mw": "p_kw", "q_mvar": "q_kvar", "step": "step"} | _IN_SERVICE),
    "ext_grid": ("sources", {"vm_pu": "v_pu", "va_degree": "angle_degree"} | _IN_SERVICE),
    "gen": ("sources", {"vm_pu": "v_pu"} | _IN_SERVICE),
}
# Blank is what a transformer without such a tap changer has; only what cannot be read is listed.
_MAY_BE_BLANK = tuple(
    f"tap{number}_{what}"
    for number in ("", "2")
    for what in ("neutral", "pos", "min", "max", "step_percent", "step_degree")
)
_TEXTS = ("name", "std_type", "vector_group", "substation", *STATED)


def find_repairs(net: Net) -> Iterator[Problem]:
    """List the values that a default stands for, and the texts that were cleaned."""
    for source, (table, columns) in _FILLED.items():
        rows = net[source]
        for column, becomes in columns.items():
            known = TABLES[table][becomes]
            unreadable = find_unreadable(rows, column, known.kind)
            yield from _defaulted(source, table, rows, column, unreadable, known.default)
        yield from list_problem(
            "text_cleaned",
            "note",
            table,
            ids(source, rows.index[_is_unprintable(rows)]),
            zh="{n} 个元件的名称等文字含控制字符，已替换",
            en="names or other texts of {n} elements held control characters, which were replaced",
        )
    rows = net["trafo"]
    for column in _MAY_BE_BLANK:
        unreadable = find_unreadable(rows, column, "float")
        unreadable &= rows[column].notna().to_numpy() if column in rows else False
        yield from _defaulted("trafo", "transformers", rows, column, unreadable, "")


def read_frequency(net: Net) -> tuple[float, list[Problem]]:
    """Return the nominal frequency in hertz, 50 where the file has none that can be used."""
    given = net.get("f_hz", _FREQUENCY_HZ)
    is_number = isinstance(given, int | float | np.number) and not isinstance(given, bool)
    if is_number and 0.0 < given < math.inf:
        return float(given), []
    problem = Problem(
        code="frequency_defaulted",
        severity="warning",
        table="",
        ids=(),
        zh=f"频率 f_hz 未填写或不是大于 0 的数，按 {_FREQUENCY_HZ:g} Hz 计；请在源文件中填写",
        en=f"the frequency f_hz is blank or no number above 0 and counts as {_FREQUENCY_HZ:g} Hz; "
        "state it",
    )
    return _FREQUENCY_HZ, [problem]


def _defaulted(
    source: str, table: str, rows: pd.DataFrame, column: str, unreadable: Bools, default: object
) -> list[Problem]:
    meaning = ("未填", "not given") if default == "" else (f"{default}", f"{default}")
    return list_problem(
        f"{column}_defaulted",
        "warning",
        table,
        ids(source, rows.index[unreadable]),
        zh=f"{{n}} 个元件的 {column} 未填写或无法读取，按 {meaning[0]} 计；请在源文件中填写",
        en=f"{column} of {{n}} elements is blank or cannot be read and counts as {meaning[1]}; "
        "state it",
    )


def _is_unprintable(rows: pd.DataFrame) -> Bools:
    found = np.zeros(len(rows), dtype=bool)
    for column in (column for column in _TEXTS if column in rows):
        values = rows[column].to_numpy(dtype=object)
        odd = [isinstance(v, str) and printable(v.strip()) != v.strip() for v in values]
        found |= np.array(odd, dtype=bool)
    return found
