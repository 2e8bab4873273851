"""Reading a price list: rows become prices, and everything wrong with them is named at once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from grid_models.catalogue import Catalogue
from grid_models.errors import InputError, InputProblem
from planner.form import ABOVE_ZERO, Form, Range
from planner.prices.price import Price, PriceList

__all__ = ["PARTS", "PRICE_FIELDS", "UNITS", "make_price_list", "read_prices"]

PRICE_FIELDS: Mapping[str, str] = {
    "code": "项目代码",
    "unit": "单位",
    "p15": "单价 P15",
    "p50": "单价 P50",
    "p85": "单价 P85",
    "price_year": "价格年份",
    "part": "费用部分",
    "scope_zh": "范围",
    "scope_en": "范围（英文）",
    "source": "来源",
    "note": "备注",
    "verified": "是否核实",
}
PARTS = ("equipment", "installation", "electrical", "civil", "complete")
UNITS: Mapping[str, str] = {
    "lv_line_cable": "CNY/km",
    "mv_line_cable": "CNY/km",
    "mv_line_overhead": "CNY/km",
    "mv_cable_civil": "CNY/km",
    "hv_line_cable": "CNY/km",
    "hv_line_overhead": "CNY/km",
    "hv_cable_civil_35": "CNY/km",
    "hv_cable_civil_110": "CNY/km",
    "hv_bay_35": "CNY/set",
    "hv_bay_110": "CNY/set",
    "boundary_switch": "CNY/set",
    "ring_main_unit": "CNY/set",
    "bay_use": "CNY/set",
    "transformer_replace": "CNY/set",
    "customer_transformer": "CNY/kVA",
    "metering_low_low": "CNY/set",
    "metering_high_low": "CNY/set",
    "metering_high_high": "CNY/set",
    "metering_high_high_35": "CNY/set",
    "metering_high_high_110": "CNY/set",
    "compensation": "CNY/kvar",
    "switch_operation": "CNY/set",
    "conductor_replace_cable": "CNY/km",
    "conductor_replace_overhead": "CNY/km",
    "lv_conductor_replace": "CNY/km",
    "transformer_add": "CNY/set",
    "mv_feeder_new": "CNY/set",
    "interlock": "CNY/set",
    "emergency_source": "CNY/kVA",
}
"""Items by code, with the unit they are priced in; besides them every type of the catalogue."""

_LINE_UNIT, _SET_UNIT = "CNY/km", "CNY/set"
_YEARS = (1990, 2100)
# Sums of greater prices are no numbers any more.
_MOST_CNY = 1e9
_PRICE = Range(
    f"大于 0 且不超过 {_MOST_CNY:,.0f} 的数",
    f"a number above 0 and at most {_MOST_CNY:,.0f}",
    lambda value: 0 < value <= _MOST_CNY,
)
_WORDS = {"true": True, "false": False, "是": True, "否": False}


def read_prices(
    rows: Iterable[tuple[str, Mapping[str, Any]]], name: str, catalogue: Catalogue
) -> PriceList:
    """Return the price list that rows describe.

    Parameters
    ----------
    rows
        Where each stands (``prices.csv:3``) and its cells by the names of `PRICE_FIELDS`.
    name
        Name of the file.
    catalogue
        Its types may be priced by their names.

    Raises
    ------
    InputError
        With everything that is wrong.
    """
    units = {**UNITS, **_units_of(catalogue)}
    problems: list[InputProblem] = []
    prices: dict[str, Price] = {}
    places: dict[str, str] = {}
    for where, cells in rows:
        form = Form(cells, PRICE_FIELDS, where=where)
        price = _read_price(form, units)
        if price.code in places:
            first = places[price.code]
            form.refuse(
                "code",
                f"为“{price.code}”，与 {first} 重复；每个项目只应有一行",
                f'is "{price.code}", which {first} has priced already; give one row an item',
            )
        problems += form.problems
        prices[price.code] = price
        places.setdefault(price.code, where)
    if not prices and not problems:
        problems.append(
            InputProblem(
                field=name,
                zh=f"价格表 {name} 没有任何一行；应为每个项目一行",
                en=f"price list {name} has no rows; give one row an item",
            )
        )
    if problems:
        raise InputError(problems)
    return make_price_list(name, prices)


def make_price_list(name: str, prices: Mapping[str, Price]) -> PriceList:
    """Return a list with the hash of its rows."""
    content = [asdict(prices[code]) for code in sorted(prices)]
    digest = hashlib.sha256(json.dumps(content, ensure_ascii=False).encode())
    return PriceList(name=name, version=digest.hexdigest()[:16], prices=dict(prices))


def _units_of(catalogue: Catalogue) -> dict[str, str]:
    lines = dict.fromkeys(map(str, catalogue.conductors.index), _LINE_UNIT)
    return lines | dict.fromkeys(map(str, catalogue.transformers.index), _SET_UNIT)


def _read_price(form: Form, units: Mapping[str, str]) -> Price:
    for field, zh, en in (
        ("code", "项目代码，如 mv_cable_civil", "the code of an item, such as mv_cable_civil"),
        ("unit", "单位，如 CNY/km", "a unit, such as CNY/km"),
        ("price_year", "价格年份，如 2025", "the year of the price, such as 2025"),
        ("scope_zh", "价格包含的范围", "what the price includes"),
        ("source", "价格来源", "where the price comes from"),
    ):
        form.require(field, zh, en)
    for field in ("p15", "p50", "p85"):
        form.require(field, ABOVE_ZERO.zh, ABOVE_ZERO.en)
    code = form.one_of("code", tuple(units)) if _is_known(form, units) else None
    if code is not None and form.given("unit") is not None:
        form.one_of("unit", (units[code],))
    scope = form.text("scope_zh") or ""
    price = Price(
        code=code or "",
        unit=units.get(code or "", ""),
        p15=form.number("p15", _PRICE) or 0.0,
        p50=form.number("p50", _PRICE) or 0.0,
        p85=form.number("p85", _PRICE) or 0.0,
        price_year=_year(form),
        part=form.one_of("part", PARTS) or "complete",
        scope_zh=scope,
        scope_en=form.text("scope_en") or scope,
        source=form.text("source") or "",
        verified=_flag(form),
    )
    if price.p15 and price.p50 and price.p85 and not price.p15 <= price.p50 <= price.p85:
        stated = f"{price.p15:g}, {price.p50:g}, {price.p85:g}"
        form.refuse_value(
            "p15", stated, "从小到大的 p15、p50、p85", "p15, p50 and p85 in ascending order"
        )
    return price


def _is_known(form: Form, units: Mapping[str, str]) -> bool:
    """Say whether the code is one we price; name the nearest, not all of them, if it is not."""
    code = form.given("code")
    if code is None:
        return False
    if isinstance(code, str) and code.strip() in units:
        return True
    some = "、".join(UNITS)
    form.refuse_value(
        "code",
        code,
        f"其中之一：{some}，或设备目录中的型号",
        f"one of {', '.join(UNITS)}, or a type of the catalogue",
    )
    return False


def _year(form: Form) -> int:
    year = form.whole("price_year", 0)
    least, most = _YEARS
    if year and not least <= year <= most:
        form.refuse_value(
            "price_year", year, f"{least} 至 {most} 的年份", f"a year from {least} to {most}"
        )
    return year


def _flag(form: Form) -> bool:
    raw = form.given("verified")
    if raw is None or isinstance(raw, bool):
        return bool(raw)
    word = str(raw).strip().lower()
    if word not in _WORDS:
        form.refuse_value("verified", raw, "true 或 false", "true or false")
    return _WORDS.get(word, False)
