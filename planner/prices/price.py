"""Price and PriceList: what one unit of an item costs, as 15th, 50th and 85th percentile."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["Price", "PriceList"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """One row of a price list.

    Parameters
    ----------
    code
        Item: one of `planner.prices.reading.UNITS`, or a type of the catalogue.
    unit
        Such as ``CNY/km``.
    p15, p50, p85
        CNY a unit; p15 <= p50 <= p85.
    part
        equipment, installation, electrical (both together), civil or complete (all of them).
    scope_zh, scope_en
        What the price includes.
    """

    code: str
    unit: str
    p15: float
    p50: float
    p85: float
    price_year: int
    part: str
    scope_zh: str
    scope_en: str
    source: str
    verified: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceList:
    """Prices by code.

    Parameters
    ----------
    name
        Name of the file, for the plan.
    version
        Hash of the rows: the same prices have the same version everywhere.
    """

    name: str
    version: str
    prices: Mapping[str, Price]

    def find(self, code: str) -> Price | None:
        """Return the price of an item; None if the list has none."""
        return self.prices.get(code)
