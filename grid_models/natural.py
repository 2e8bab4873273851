"""Natural order of ids, as people read them."""

from __future__ import annotations

import re

__all__ = ["natural_key"]


def natural_key(name: str) -> tuple[tuple[str, int], ...]:
    """Return what sorts ids as people do: bus:9 before bus:10."""
    return tuple((text, int(number or -1)) for text, number in re.findall(r"(\D*)(\d*)", name))
