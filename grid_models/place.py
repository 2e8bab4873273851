"""Place: where a node or element lies in the source trees."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["MESHED", "Place"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a node or element lies: number of its tree and row in it."""

    tree: int
    row: int


# Where what is supplied but not by a tree lies: closed rings, several infeeds.
MESHED = Place(tree=-1, row=-1)
