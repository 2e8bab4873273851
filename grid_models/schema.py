"""Schema: what a right grid is; `find_problems` says at once everything that is wrong with one.

This module owns what each column may hold; the rules between rows are in `grid_models.problems`.
Bad data are values here. Only `assert_valid_grid` raises.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd
import pandera.pandas as pa

from grid_models.changers import SET_POINT_PU, WIDEST_BAND_PU
from grid_models.errors import GridDataError, InputProblem
from grid_models.grid import QUARTER_HOURS, SEASONS, TABLES, Grid, Problem
from grid_models.problems import RULES, Finding, to_problem

__all__ = [
    "BOUNDS",
    "CHOICES",
    "MAY_BE_UNKNOWN",
    "Bounds",
    "assert_valid_grid",
    "describe_tables",
    "find_problems",
    "sort_problems",
    "table_schema",
    "verdict",
]

_SEVERITIES = ("error", "warning", "note")
_IDS_IN_A_SENTENCE = 5
_DTYPES = {
    "text": "object",
    "float": "float64",
    "int": "int64",
    "bool": "bool",
    "date": "datetime64[ns]",
    "geometry": "object",
}


class Bounds(NamedTuple):
    """Range of a number: from `low` (itself excluded if `above`) to `high`; always finite."""

    low: float = -np.inf
    high: float = np.inf
    above: bool = False

    def admit(self, values: pd.Series[float]) -> pd.Series[bool]:
        """Return which values lie in the range."""
        is_high_enough = values.gt(self.low) if self.above else values.ge(self.low)
        return is_high_enough & values.le(self.high) & np.isfinite(values)

    def holds(self, value: float) -> bool:
        """Say whether one finite number lies in the range."""
        return (value > self.low if self.above else value >= self.low) and value <= self.high

    def __str__(self) -> str:
        """Return the range as it stands in sentences and tables."""
        match bool(np.isfinite(self.low)), bool(np.isfinite(self.high)):
            case (True, True):
                return f"{'>' if self.above else '>='} {self.low:g}, <= {self.high:g}"
            case (True, False):
                return f"{'>' if self.above else '>='} {self.low:g}"
            case _:
                return "finite"


_ANY = Bounds()
_POSITIVE = Bounds(0, above=True)
_NOT_NEGATIVE = Bounds(0)
_SHARE = Bounds(0, 1)
_USABLE_SHARE = Bounds(0, 1, above=True)
_PERCENT = Bounds(0, 100)
_PHASES = ("phase_a_pct", "phase_b_pct", "phase_c_pct")

BOUNDS: Mapping[str, Mapping[str, Bounds]] = {
    "nodes": {"vn_kv": _POSITIVE},
    "lines": {
        "length_m": _NOT_NEGATIVE,
        "r_ohm_per_km": _NOT_NEGATIVE,
        "x_ohm_per_km": _NOT_NEGATIVE,
        "c_nf_per_km": _NOT_NEGATIVE,
        "g_us_per_km": _NOT_NEGATIVE,
        "r0_ohm_per_km": _NOT_NEGATIVE,
        "x0_ohm_per_km": _NOT_NEGATIVE,
        "c0_nf_per_km": _NOT_NEGATIVE,
        "parallel": Bounds(1),
        "ampacity_a": _POSITIVE,
        "derating": _USABLE_SHARE,
    },
    "transformers": {
        "sn_kva": _POSITIVE,
        "vn_hv_kv": _POSITIVE,
        "vn_lv_kv": _POSITIVE,
        # what is negative without being a leg of a star is found in problems/ratings.py
        "vk_pct": Bounds(-100, 100),
        "vkr_pct": Bounds(-100, 100),
        "vk0_pct": _POSITIVE,
        "vkr0_pct": _NOT_NEGATIVE,
        "pfe_w": _NOT_NEGATIVE,
        "i0_pct": _PERCENT,
        "leakage_r_ratio_hv": _SHARE,
        "leakage_x_ratio_hv": _SHARE,
        "parallel": Bounds(1),
        "derating": _USABLE_SHARE,
        "tap_set_point_pu": Bounds(*SET_POINT_PU),
        "tap_band_pu": Bounds(0, WIDEST_BAND_PU, above=True),
    },
    "switches": {"z_ohm": _NOT_NEGATIVE, "rated_a": _POSITIVE},
    "loads": {
        "scaling": _NOT_NEGATIVE,
        "const_z_p_pct": _PERCENT,
        "const_z_q_pct": _PERCENT,
        "const_i_p_pct": _PERCENT,
        "const_i_q_pct": _PERCENT,
        **dict.fromkeys(_PHASES, _PERCENT),
    },
    "generators": {
        "scaling": _NOT_NEGATIVE,
        "sn_kva": _POSITIVE,
        "v_pu": Bounds(0.5, 1.5),
        **dict.fromkeys(_PHASES, _PERCENT),
    },
    "shunts": {"vn_kv": _POSITIVE, "step": _NOT_NEGATIVE},
    "sources": {
        "v_pu": Bounds(0.5, 1.5),
        "short_circuit_mva": _POSITIVE,
        "short_circuit_r_x": _NOT_NEGATIVE,
        "short_circuit_min_mva": _POSITIVE,
        "short_circuit_min_r_x": _NOT_NEGATIVE,
    },
    "limits": {"limit_a": _POSITIVE},
    "curves": {
        "quarter_hour": Bounds(0, QUARTER_HOURS - 1),
        "p_pu": _NOT_NEGATIVE,
        "p_least_pu": _NOT_NEGATIVE,
    },
}

_OWNERSHIP = ("public", "private", "unknown")

CHOICES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "nodes": {
        "kind": ("busbar", "switchgear", "pole", "cabinet", "node", "star"),
        "ownership": _OWNERSHIP,
    },
    "lines": {"laying": ("cable", "overhead", "unknown"), "ownership": _OWNERSHIP},
    "transformers": {
        "tap_side": ("", "hv", "lv"),
        "tap_changer_type": ("", "ratio", "symmetrical", "ideal"),
        "ownership": _OWNERSHIP,
    },
    "switches": {
        "element_kind": ("node", "line", "transformer"),
        "kind": ("circuit_breaker", "load_break", "disconnector", "unknown"),
    },
    "loads": {"load_basis": ("measured_peak", "declared", "snapshot", "unknown")},
    "limits": {
        "source": ("dispatch_list", "ct", "relay", "switch", "conductor"),
        "season": ("summer", "winter", "all"),
    },
    "bays": {"ownership": _OWNERSHIP},
    "streets": {"kind": ("trunk", "street", "lane", "river", "railway", "expressway")},
    "curves": {"season": (*SEASONS, "all")},
}

# Numbers for which NaN is an honest answer; every other number has to be there.
MAY_BE_UNKNOWN: Mapping[str, tuple[str, ...]] = {
    "nodes": ("lon", "lat"),
    "lines": ("ampacity_a", "r0_ohm_per_km", "x0_ohm_per_km", "c0_nf_per_km"),
    "transformers": (
        "tap_min",
        "tap_max",
        "tap_set_point_pu",
        "tap_band_pu",
        "vk0_pct",
        "vkr0_pct",
    ),
    "loads": _PHASES,
    "switches": ("rated_a",),
    "generators": ("sn_kva", "v_pu", "q_min_kvar", "q_max_kvar", *_PHASES),
    "shunts": ("vn_kv",),
    "sources": (
        "short_circuit_mva",
        "short_circuit_r_x",
        "short_circuit_min_mva",
        "short_circuit_min_r_x",
    ),
    "curves": ("p_least_pu", "q_least_pu"),
}
# Degrees and kinds of geometry are judged together with their neighbours, in problems/places.py.
_JUDGED_ELSEWHERE = {"lon", "lat"}


@cache
def table_schema(table: str) -> pa.DataFrameSchema:
    """Return the pandera schema of a table: the columns whose values can be wrong, and how.

    Texts without a closed list, switches, dates and geometries have nothing to hold here.

    Parameters
    ----------
    table
        A key of `TABLES`.
    """
    columns = {}
    for name, column in TABLES[table].items():
        checks = []
        if column.kind in ("float", "int") and name not in _JUDGED_ELSEWHERE:
            bounds = BOUNDS.get(table, {}).get(name, _ANY)
            checks.append(pa.Check(bounds.admit, error="out_of_range"))
        if choices := CHOICES.get(table, {}).get(name):
            checks.append(pa.Check.isin(choices, error="not_listed"))
        if checks:
            may_be_unknown = name in MAY_BE_UNKNOWN.get(table, ())
            columns[name] = pa.Column(_DTYPES[column.kind], checks, nullable=may_be_unknown)
    return pa.DataFrameSchema(columns)


def find_problems(grid: Grid) -> tuple[Problem, ...]:
    """Return everything that is wrong or missing, errors first; never raises for bad data.

    A table without the agreed columns and types is the only thing reported until it is mended:
    nothing else can be said of it.
    """
    findings = list(_find_broken_tables(grid))
    if not findings:
        with np.errstate(all="ignore"):  # bad data may be infinite
            for table, rows in grid.tables().items():
                findings += [] if rows.empty else _find_column_problems(table, rows)
            for rule in RULES:
                findings += rule(grid)
    return sort_problems([*map(to_problem, findings), *grid.metadata.import_problems])


def sort_problems(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Return problems in the order people read them in: errors first."""
    return tuple(
        sorted(problems, key=lambda p: (_SEVERITIES.index(p.severity), p.code, p.table, p.ids))
    )


def verdict(problems: Sequence[Problem]) -> Literal["good", "usable", "poor"]:
    """Return poor if any problem is an error, usable if any is a warning, else good."""
    severities = {problem.severity for problem in problems}
    if "error" in severities:
        return "poor"
    return "usable" if "warning" in severities else "good"


def assert_valid_grid(grid: Grid) -> None:
    """Return if no number computed on the grid would be wrong.

    Raises
    ------
    GridDataError
        The grid has problems of severity ``error``; it carries them all, with their first ids.
    """
    errors = [problem for problem in find_problems(grid) if problem.severity == "error"]
    if errors:
        raise GridDataError(
            [
                InputProblem(
                    field=error.table or "grid",
                    zh=f"{error.zh}{_some_ids(error)}",
                    en=f"{error.en}{_some_ids(error)}",
                )
                for error in errors
            ]
        )


def describe_tables() -> str:
    """Return the page of every table and column: kind, default, allowed values, meaning."""
    parts = []
    for table, columns in TABLES.items():
        parts += [f"\n## {table}\n", "| column | kind | default | allowed | meaning |"]
        parts.append("| --- | --- | --- | --- | --- |")
        for name, column in columns.items():
            default = "" if column.default in (None, "") else str(column.default)
            allowed = _allowed(table, name)
            parts.append(f"| `{name}` | {column.kind} | {default} | {allowed} | {column.meaning} |")
    return "\n".join(parts).lstrip("\n") + "\n"


def _find_broken_tables(grid: Grid) -> Iterator[Finding]:
    for table, rows in grid.tables().items():
        wrong = [f"+{name}" for name in rows.columns if name not in TABLES[table]]
        for name, column in TABLES[table].items():
            if list(rows.columns).count(name) != 1:
                wrong.append(f"-{name}")
            elif str(rows[name].dtype) != _DTYPES[column.kind]:
                wrong.append(f"{name}: {rows[name].dtype}")
            elif column.kind == "text" and not _is_text(rows[name]):
                wrong.append(f"{name}: not text")
        if not _is_text(rows.index):
            wrong.append("id: not text")
        if wrong:
            yield Finding("table_broken", table, values={"what": ", ".join(wrong)})


def _is_text(values: pd.Index | pd.Series) -> bool:
    return pd.api.types.infer_dtype(values, skipna=False) in ("string", "empty")


def _find_column_problems(table: str, rows: pd.DataFrame) -> Iterator[Finding]:
    try:
        table_schema(table).validate(rows, lazy=True)
    except pa.errors.SchemaErrors as error:
        for (column, check), cases in error.failure_cases.groupby(["column", "check"]):
            kind = "missing" if check == "not_nullable" else str(check)
            yield Finding(
                code=f"{column}_{kind}",
                table=table,
                ids=cases["index"].astype(str),
                message=kind,
                values={"column": str(column), "allowed": _allowed(table, str(column))},
            )


def _allowed(table: str, column: str) -> str:
    if choices := CHOICES.get(table, {}).get(column):
        return ", ".join(choice or '""' for choice in choices)
    is_number = TABLES[table][column].kind in ("float", "int") and column not in _JUDGED_ELSEWHERE
    return str(BOUNDS.get(table, {}).get(column, _ANY)) if is_number else ""


def _some_ids(problem: Problem) -> str:
    if not problem.ids:
        return ""
    more = "" if len(problem.ids) <= _IDS_IN_A_SENTENCE else f", ... ({len(problem.ids)})"
    return f" [{', '.join(problem.ids[:_IDS_IN_A_SENTENCE])}{more}]"
