"""The price list that comes along: the rows of ``prices.csv`` and the catalogue's own prices."""

from __future__ import annotations

import csv
from functools import lru_cache
from pathlib import Path
from typing import Any

from grid_models.catalogue import Catalogue
from planner.prices.price import Price, PriceList
from planner.prices.reading import make_price_list, read_prices

__all__ = ["load_price_list"]

_FILE = Path(__file__).with_name("prices.csv")
# The catalogue's own words for what its prices include.
_SCOPES_ZH = {
    "cable and laying; civil works excluded": "电缆及敷设，不含土建",
    "line with poles; land excluded": "线路及杆塔，不含征地",
    "three cables and laying; civil works excluded": "三根单芯电缆及敷设，不含土建",
    "line with poles and towers; land excluded": "线路及杆塔，不含征地",
    "main transformer, installed; switchgear and civil works excluded": (
        "主变压器及安装，不含配电装置与土建"
    ),
    "oil-immersed set, installed": "油浸式变压器成套，含安装",
    "box substation, installed": "箱式变电站成套，含安装",
}
# How the catalogue, one source a row, begins what it says of the price.
_PRICE_MARK = "price: "


@lru_cache(maxsize=4)
def load_price_list(catalogue: Catalogue) -> PriceList:
    """Return the price list that comes along, with the prices of the catalogue's types.

    Parameters
    ----------
    catalogue
        Gives the prices of its types.
    """
    with _FILE.open(encoding="utf-8", newline="") as file:
        rows = [
            (f"{_FILE.name}:{number}", row) for number, row in enumerate(csv.DictReader(file), 2)
        ]
    prices = dict(read_prices(rows, _FILE.name, catalogue).prices)
    for table, column, unit in (
        (catalogue.conductors, "price_cny_per_km", "CNY/km"),
        (catalogue.transformers, "price_cny", "CNY/set"),
    ):
        for code, row in table.iterrows():
            prices[str(code)] = _of_catalogue(str(code), unit, column, row.to_dict())
    return make_price_list("shipped", prices)


def _of_catalogue(code: str, unit: str, column: str, row: dict[Any, Any]) -> Price:
    scope, source = str(row["price_scope"]), str(row["source"])
    return Price(
        code=code,
        unit=unit,
        p15=float(row["price_low"]),
        p50=float(row[column]),
        p85=float(row["price_high"]),
        price_year=int(row["price_year"]),
        part="electrical" if "civil works excluded" in scope else "complete",
        scope_zh=_SCOPES_ZH.get(scope, scope),
        scope_en=scope,
        source=source.rpartition(_PRICE_MARK)[2] or source,
        verified=bool(row["verified"]),
    )
