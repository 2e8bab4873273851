"""Pages: a list cut where a page ends, with where the next one begins."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeVar

__all__ = ["cut_page"]


class _Numbered(Protocol):
    """A row in the order it came."""

    @property
    def number(self) -> int: ...


Row = TypeVar("Row", bound=_Numbered)


def cut_page(found: Sequence[Row], limit: int) -> tuple[Sequence[Row], str | None]:
    """Return the rows of a page and the cursor of the next one; None: it is the last.

    Parameters
    ----------
    found
        Up to one more than fit on the page: that there is one says that the list goes on.
    """
    page = found[:limit]
    return page, str(page[-1].number) if len(found) > limit else None
