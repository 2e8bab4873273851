"""StoredMetadata: what ``metadata.json`` says about a grid, read back with its kinds held.

The seal of a folder keeps accidents out, not those who seal it again: what is of another kind here
would fail far from the file that said so.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date
from typing import Any

from grid_models.grid import GridMetadata, Problem

__all__ = ["metadata_from_json", "problems_from_json"]

_SEVERITIES = ("error", "warning", "note")
_TEXTS = ("name", "source", "load_basis", "area")
_DATES = ("load_date", "topology_date")


def metadata_from_json(stored: Mapping[str, Any]) -> GridMetadata:
    """Return the metadata that were written with `dataclasses.asdict`.

    Raises
    ------
    ValueError
        If a fact is of another kind than it was written with.
    KeyError, TypeError
        If a fact is missing or unknown.
    """
    dates = {name: _date(stored[name]) for name in _DATES}
    problems = problems_from_json(stored["import_problems"])
    metadata = GridMetadata(**{**stored, **dates, "import_problems": problems})
    for name in _TEXTS:
        _hold(isinstance(getattr(metadata, name), str), name)
    _hold(_is_whole(metadata.projected_epsg), "projected_epsg")
    _hold(isinstance(metadata.has_restricted_areas, bool), "has_restricted_areas")
    _hold(_is_number(metadata.frequency_hz) and metadata.frequency_hz > 0.0, "frequency_hz")
    for name, is_kind in (("assumptions", _is_text), ("relocation", _is_number)):
        facts = getattr(metadata, name)
        _hold(isinstance(facts, dict) and all(map(is_kind, facts.values())), name)
    return metadata


def problems_from_json(stored: Any) -> tuple[Problem, ...]:
    """Return problems that were written with `dataclasses.asdict`; raises as the metadata do."""
    return tuple(map(_problem, _listed(stored)))


def _date(stored: Any) -> date | None:
    if stored is None:
        return None
    _hold(isinstance(stored, str), "date")
    return date.fromisoformat(stored)


def _problem(stored: Any) -> Problem:
    _hold(isinstance(stored, dict), "import_problems")
    ids = tuple(_listed(stored["ids"]))
    problem = Problem(**{**stored, "ids": ids})
    texts = (problem.code, problem.table, problem.zh, problem.en, *ids)
    _hold(all(map(_is_text, texts)) and problem.severity in _SEVERITIES, "import_problems")
    return problem


def _listed(stored: Any) -> list[Any]:
    _hold(isinstance(stored, list), "import_problems")
    return list(stored)


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: object) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and math.isfinite(float(value))  # type: ignore[arg-type]


def _hold(condition: bool, name: str) -> None:
    if not condition:
        raise ValueError(name)
