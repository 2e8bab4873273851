"""Prices: what one unit of each item costs, dated and sourced, never a number in code."""

from planner.prices.price import Price, PriceList
from planner.prices.reading import PRICE_FIELDS, read_prices
from planner.prices.shipped import load_price_list

__all__ = ["PRICE_FIELDS", "Price", "PriceList", "load_price_list", "read_prices"]
