"""What an option costs: bill of quantities, totals by payer, fees, and what is left open."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["Cost", "CostItem", "Fee", "Note"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """One sentence that belongs to a figure."""

    code: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CostItem:
    """One line of the bill of quantities, in CNY.

    Parameters
    ----------
    code
        Row of the price list; where it has none, the row that is missing.
    work
        Code of the work it belongs to.
    part
        equipment, installation, electrical (both together), civil or complete (all of them).
    quantity, unit
        In the unit the price is for: km, set, kvar or kVA.
    unit_p15, unit_p50, unit_p85
        Price of one unit; None: the price list has no such row, and no total counts the item.
    payer
        utility, government, customer or to_confirm.
    """

    code: str
    work: str
    part: str
    quantity: float
    unit: str
    unit_p15: float | None
    unit_p50: float | None
    unit_p85: float | None
    price_year: int | None
    scope_zh: str
    scope_en: str
    source: str
    verified: bool
    payer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fee:
    """A fee a rule names; `amount_cny` is None where no document says how much: to be confirmed.

    Parameters
    ----------
    status
        charged, to_confirm or abolished.
    quantity_kva
        What it is charged on; None where that is not known yet.
    rate_cny_per_kva
        None where circuits have different rates, or none is known.
    basis
        Document that states the rate; empty: none is known.
    """

    code: str
    status: str
    quantity_kva: float | None
    rate_cny_per_kva: float | None
    amount_cny: float | None
    basis: str
    rule_id: str
    verified: bool
    zh: str
    en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """An estimate in CNY; `price_basis` names its source, `verified` is False until prices are.

    Parameters
    ----------
    p15, p50, p85
        Sums of the items' percentiles (docs/cost.md); fees and unpriced items are in no sum.
    by_payer
        P50 by who pays; what nobody has settled stands under `to_confirm`.
    by_payer_range
        P15, P50 and P85 by who pays.
    unpriced
        Codes of what the price list has no row for; empty: the sums are complete.
    """

    currency: str
    p15: float
    p50: float
    p85: float
    by_payer: Mapping[str, float]
    by_payer_range: Mapping[str, Mapping[str, float]]
    price_basis: str
    verified: bool
    items: tuple[CostItem, ...]
    unpriced: tuple[str, ...]
    fees: tuple[Fee, ...]
    notes: tuple[Note, ...]
