"""Finding: what a rule found, before it is put into words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from grid_models.grid import Problem
from grid_models.problems.messages import MESSAGES, TABLE_NAMES

__all__ = ["Finding", "by_id", "found", "to_problem"]


class Finding(NamedTuple):
    """One kind of problem in one table; `message` is the key of its words, `code` if empty."""

    code: str
    table: str
    ids: Iterable[str] = ()
    message: str = ""
    values: Mapping[str, str] = {}


def found(code: str, table: str, rows: pd.DataFrame, mask: Any) -> Iterator[Finding]:
    """Yield one finding about the rows where the mask holds; none if it holds nowhere."""
    mask = np.asarray(mask, dtype=bool)
    if mask.any():
        yield Finding(code, table, rows.index[mask])


def by_id(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the first row of every id, so that bad data can be looked up too."""
    return rows[~rows.index.duplicated()]


def to_problem(finding: Finding) -> Problem:
    """Put a finding into words."""
    severity, zh, en = MESSAGES[finding.message or finding.code]
    table_zh, table_en = TABLE_NAMES[finding.table]
    return Problem(
        code=finding.code,
        severity=severity,
        table=finding.table,
        ids=tuple(sorted(set(finding.ids))),
        zh=zh.format(table=table_zh, **finding.values),
        en=en.format(table=table_en, **finding.values),
    )
