"""Problem: one kind of thing that is wrong or missing in a grid."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["Problem"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One kind of thing that is wrong or missing in a grid, with every element it concerns.

    Parameters
    ----------
    code
        Stable name, such as ``ampacity_unknown``.
    severity
        ``error``: numbers would be wrong; ``warning``: an answer may have to go to the desk;
        ``note``: worth knowing.
    table
        Table the ids belong to.
    ids
        Ids of the elements concerned, sorted.
    zh, en
        One sentence that names the thing and what would be right.
    """

    code: str
    severity: Literal["error", "warning", "note"]
    table: str
    ids: tuple[str, ...]
    zh: str
    en: str
