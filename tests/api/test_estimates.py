"""Sums that lack the price of something: never a bare 0."""

from __future__ import annotations

from dataclasses import replace

from api.estimates import estimate_words, payer_words
from planner.plan import Cost
from tests.api.plans import COST_ITEM, sample_option


def cost_of(p50: float, *payers: str) -> Cost:
    """Return a cost of one priced item of the utility, and unpriced ones of some payers."""
    item = replace(COST_ITEM, payer="utility")
    unpriced = [
        replace(item, payer=payer, unit_p15=None, unit_p50=None, unit_p85=None) for payer in payers
    ]
    sums = {"utility": {"p15": p50, "p50": p50, "p85": p50}} if p50 else {}
    return replace(
        sample_option().cost, p50=p50, by_payer_range=sums,
        items=(*([item] if p50 else []), *unpriced), unpriced=("x",) if payers else (),
    )  # fmt: skip


def test_a_whole_sum_is_its_figure() -> None:
    cost = cost_of(42_500.0)
    assert estimate_words(cost, (cost.p50,)) == "4.2"


def test_a_sum_that_lacks_prices_is_what_it_costs_at_least() -> None:
    cost = cost_of(42_600.0, "customer")
    assert estimate_words(cost, (cost.p50,)) == "4.3 起"


def test_where_nothing_is_priced_no_sum_is_named() -> None:
    cost = cost_of(0.0, "customer")
    assert estimate_words(cost, (cost.p50,)) == "未计价"


def test_whoever_pays_only_what_has_no_price_is_named_too() -> None:
    assert list(payer_words(cost_of(10_000.0, "to_confirm"))) == [
        ("utility", "1.0/1.0/1.0"),
        ("to_confirm", "未计价"),
    ]


def test_the_unit_stands_behind_figures_only() -> None:
    cost = cost_of(42_600.0, "customer")
    assert estimate_words(cost, (cost.p50,), unit="万元") == "4.3 万元 起"
    nothing = cost_of(0.0, "customer")
    assert estimate_words(nothing, (nothing.p50,), unit="万元") == "未计价"
