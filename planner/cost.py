"""Cost: the bill summed up by percentile and by payer, with what it leaves open.

Sums of percentiles are percentiles of the sum where all prices move together (docs/cost.md): all of
them follow metal, labour and the town's way of building, and the range is never too narrow.
"""

from __future__ import annotations

from collections.abc import Sequence

from planner.messages import say
from planner.plan import Cost, CostItem, Fee, Note
from planner.prices import PriceList

__all__ = ["PERCENTILES", "add_up"]

PERCENTILES = ("p15", "p50", "p85")
TO_CONFIRM = "to_confirm"


def add_up(items: Sequence[CostItem], prices: PriceList, fees: Sequence[Fee] = ()) -> Cost:
    """Sum up a bill of one connection or of several.

    Parameters
    ----------
    prices
        The list the items were priced with, to be named where it lacks one.
    fees
        Stand beside the sums, in none of them.
    """
    priced = [item for item in items if item.unit_p50 is not None]
    unpriced = tuple(dict.fromkeys(item.code for item in items if item.unit_p50 is None))
    totals = _sums(priced)
    payers = dict.fromkeys(item.payer for item in priced)
    ranges = {payer: _sums([i for i in priced if i.payer == payer]) for payer in payers}
    return Cost(
        currency="CNY",
        p15=totals["p15"],
        p50=totals["p50"],
        p85=totals["p85"],
        by_payer={payer: sums["p50"] for payer, sums in ranges.items()},
        by_payer_range=ranges,
        price_basis="估算 estimate; " + "; ".join(dict.fromkeys(map(_basis, priced))),
        verified=not unpriced and all(item.verified for item in priced),
        items=tuple(items),
        unpriced=unpriced,
        fees=tuple(fees),
        notes=tuple(_notes(items, unpriced, prices)),
    )


def _sums(items: Sequence[CostItem]) -> dict[str, float]:
    return {
        name: sum(item.quantity * getattr(item, f"unit_{name}") for item in items)
        for name in PERCENTILES
    }


def _basis(item: CostItem) -> str:
    return f"{item.code}: {item.price_year}, {item.scope_zh} ({item.source})"


def _notes(items: Sequence[CostItem], unpriced: Sequence[str], prices: PriceList) -> list[Note]:
    found = []
    if unpriced:
        found.append(("price_missing", {"items": ", ".join(unpriced), "prices": prices.name}))
    if any(item.payer == TO_CONFIRM for item in items):
        found.append(("cost_to_confirm", {}))
    return [
        Note(code=code, zh=text.zh, en=text.en)
        for code, values in found
        for text in [say(code, **values)]
    ]
