"""Estimates in words: a sum that lacks the price of something says so, and is never a bare 0."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from planner.plan import Cost

__all__ = ["estimate_words", "payer_words"]

_YUAN_PER_WAN = 10_000.0
_NOTHING_PRICED = "未计价"


def estimate_words(
    cost: Cost, percentiles: Sequence[float], separator: str = "/", unit: str = ""
) -> str:
    """Return sums of a whole estimate in 10,000 CNY.

    Parameters
    ----------
    percentiles
        Those of `cost` that are wanted.
    unit
        Written behind figures; words need none.
    """
    return _words(percentiles, separator, unit, is_whole=not cost.unpriced)


def payer_words(cost: Cost, separator: str = "/", unit: str = "") -> Iterator[tuple[str, str]]:
    """Yield who pays and how much, with those all of whose items lack a price."""
    lacking = dict.fromkeys(item.payer for item in cost.items if item.unit_p50 is None)
    for payer in dict.fromkeys([*cost.by_payer_range, *lacking]):
        sums = list(cost.by_payer_range.get(payer, {}).values())
        yield payer, _words(sums, separator, unit, is_whole=payer not in lacking)


def _words(yuan: Sequence[float], separator: str, unit: str, *, is_whole: bool) -> str:
    if not is_whole and not any(yuan):
        return _NOTHING_PRICED
    figures = separator.join(f"{amount / _YUAN_PER_WAN:,.1f}" for amount in yuan)
    figures = f"{figures} {unit}" if unit else figures
    return figures if is_whole else f"{figures} 起"
