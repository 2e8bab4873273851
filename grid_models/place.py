"""Place: where a node or element lies in the source trees."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["IN_GAP", "MESHED", "Place"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a node or element lies: number of its tree and row in it."""

    tree: int
    row: int

    @property
    def is_in_tree(self) -> bool:
        """False in a mesh and in a part that lacks a value."""
        return self.tree >= 0


# Where what is supplied but not by a tree lies: closed rings, several infeeds.
MESHED = Place(tree=-1, row=-1)
# Number of the tree of what is supplied by one that lacks a value; the row is the gap's number.
IN_GAP = -2
