"""Reach: who may see whom, by the districts of both."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

__all__ = ["list_within", "reaches_no_further"]


class _Placed(Protocol):
    """Somebody who may act in some districts; None: everywhere."""

    @property
    def districts(self) -> tuple[str, ...] | None: ...


Whom = TypeVar("Whom", bound=_Placed)


def reaches_no_further(districts: Sequence[str] | None, within: Sequence[str] | None) -> bool:
    """Tell whether some districts lie within others; None is everywhere."""
    if within is None:
        return True
    return districts is not None and set(districts) <= set(within)


def list_within(
    connection: Connection,
    query: sa.Select[Any],
    read: Callable[[RowMapping], Whom],
    *,
    within: Sequence[str] | None,
    most: int,
) -> list[Whom]:
    """Return those of a query that reach no further than some districts, in its order.

    Parameters
    ----------
    read
        Makes a row what it stands for.
    most
        How many at most.
    """
    found: list[Whom] = []
    rows = connection.execute(query)
    for row in rows.mappings():
        one = read(row)
        if reaches_no_further(one.districts, within):
            found.append(one)
        if len(found) == most:
            break
    rows.close()
    return found
