"""Repeated fields: names that stand twice in one object of JSON, of which Python keeps the last."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from typing import Any

from grid_models.errors import InputProblem
from planner.form import shown

__all__ = ["load_json", "repeated_problem"]


def load_json(
    text: str | bytes, parse_constant: Callable[[str], Any] | None = None
) -> tuple[Any, tuple[str, ...]]:
    """Return the content of a JSON text, and the names that stand more than once in one object.

    Parameters
    ----------
    parse_constant
        As of `json.loads`.

    Raises
    ------
    ValueError, RecursionError
        As `json.loads` does.
    """
    repeated: dict[str, None] = {}

    def look(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        fields = dict(pairs)
        if len(fields) < len(pairs):
            counts = Counter(name for name, _ in pairs)
            repeated.update(dict.fromkeys(name for name in fields if counts[name] > 1))
        return fields

    content = json.loads(text, parse_constant=parse_constant, object_pairs_hook=look)
    return content, tuple(repeated)


def repeated_problem(name: str) -> InputProblem:
    """Return what is said of a name that stands more than once."""
    return InputProblem(
        field=shown(name),
        zh=f"字段 {shown(name)} 在同一对象中出现不止一次，只能填写一次",
        en=f"{shown(name)} stands more than once in one object; give it once",
    )
