"""Repeated fields: names that stand twice in one object of JSON, of which Python keeps the last."""

from __future__ import annotations

import json
from typing import Any

__all__ = ["repeated_fields"]


def repeated_fields(text: str | bytes) -> tuple[str, ...]:
    """Return the names that stand more than once in one object, each once; () if it is no JSON."""
    repeated: dict[str, None] = {}

    def look(pairs: list[tuple[str, Any]]) -> None:
        seen: set[str] = set()
        for name, _ in pairs:
            if name in seen:
                repeated[name] = None
            seen.add(name)

    try:
        json.loads(text, object_pairs_hook=look)
    except (ValueError, RecursionError):
        return ()
    return tuple(repeated)
