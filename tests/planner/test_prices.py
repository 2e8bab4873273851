"""Price lists: what a company hands in is read whole or refused with every sentence at once."""

from __future__ import annotations

from typing import Any

import pytest

from grid_models.errors import InputError
from planner.messages import say
from planner.prices import Price, PriceList, load_price_list, read_prices
from planner.prices.reading import UNITS
from tests.planner.example import catalogue

ROW = {
    "code": "bay_use", "unit": "CNY/set", "p15": "20000", "p50": "40000", "p85": "80000",
    "price_year": "2025", "scope_zh": "含电缆头", "source": "公司 2025 年招标价",
}  # fmt: skip


def read(*rows: dict[str, Any]) -> PriceList:
    placed = [(f"p.csv:{number}", row) for number, row in enumerate(rows, 2)]
    return read_prices(placed, "p.csv", catalogue())


def sentences(*rows: dict[str, Any]) -> list[str]:
    with pytest.raises(InputError) as refused:
        read(*rows)
    return [problem.en for problem in refused.value.problems]


def test_a_row_becomes_a_price() -> None:
    assert read(ROW).find("bay_use") == Price(
        code="bay_use", unit="CNY/set", p15=20_000.0, p50=40_000.0, p85=80_000.0,
        price_year=2025, part="complete", scope_zh="含电缆头", scope_en="含电缆头",
        source="公司 2025 年招标价", verified=False,
    )  # fmt: skip


def test_a_list_holds_what_it_says_and_no_more() -> None:
    assert read(ROW).find("ring_main_unit") is None


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (
            {"p15": "50000"},
            'is "50000, 40000, 80000"; give p15, p50 and p85 in ascending order',
        ),
        ({"p85": "39999"}, "in ascending order"),
        ({"p50": "-1"}, 'p50 is "-1"; give a number above 0'),
        ({"p15": "0"}, 'p15 is "0"; give a number above 0'),
        ({"p85": "1e308"}, "at most 1,000,000,000"),
        ({"p50": "dear"}, 'p50 is "dear"; give a number above 0'),
        ({"p85": ""}, "p85 is missing; give a number above 0"),
        ({"unit": "CNY/km"}, 'unit is "CNY/km"; give one of CNY/set'),
        ({"unit": "元/米"}, 'unit is "元/米"; give one of CNY/set'),
        ({"code": "bay_used"}, 'code is "bay_used"; give one of lv_line_cable'),
        ({"code": None}, "code is missing"),
        ({"price_year": None}, "price_year is missing"),
        ({"price_year": "20255"}, "a year from 1990 to 2100"),
        ({"scope_zh": None}, "scope_zh is missing"),
        ({"source": ""}, "source is missing"),
        ({"part": "steel"}, 'part is "steel"; give one of equipment'),
        ({"verified": "maybe"}, 'verified is "maybe"; give true or false'),
        ({"colour": "red"}, "colour is not a known field"),
    ],
)
def test_a_wrong_cell_is_named_with_its_place(changed: dict[str, Any], said: str) -> None:
    (sentence,) = sentences(ROW | changed)
    assert sentence.startswith("p.csv:2: ")
    assert said in sentence


def test_everything_wrong_is_said_at_once() -> None:
    said = sentences(ROW | {"p50": "-1", "unit": "CNY/m"}, ROW | {"code": "nothing"})
    assert [sentence.split()[0:2] for sentence in said] == [
        ["p.csv:2:", "unit"], ["p.csv:2:", "p50"], ["p.csv:3:", "code"],
    ]  # fmt: skip


def test_an_item_priced_twice_is_refused() -> None:
    (sentence,) = sentences(ROW, ROW)
    assert 'p.csv:3: code is "bay_use", which p.csv:2 has priced already' in sentence


def test_an_empty_list_is_refused() -> None:
    assert sentences() == ["price list p.csv has no rows; give one row an item"]


def test_a_type_of_the_catalogue_may_be_priced_in_its_own_unit() -> None:
    line = ROW | {"code": "JKLYJ-10-240", "unit": "CNY/km"}
    assert read(line).find("JKLYJ-10-240") is not None
    assert "give one of CNY/km" in sentences(line | {"unit": "CNY/set"})[0]


def test_another_price_is_another_version() -> None:
    assert read(ROW).version == read(dict(ROW)).version
    assert read(ROW).version != read(ROW | {"p85": "80001"}).version


# The list that comes along -----------------------------------------------------------------------


def test_every_price_rises_from_p15_to_p85_and_names_year_scope_and_source() -> None:
    for price in load_price_list(catalogue()).prices.values():
        assert 0.0 < price.p15 <= price.p50 <= price.p85, price.code
        assert price.price_year >= 2020, price.code
        assert price.scope_zh, price.code
        assert price.scope_en, price.code
        assert price.source, price.code


def test_no_price_that_comes_along_is_verified() -> None:
    assert not any(price.verified for price in load_price_list(catalogue()).prices.values())


def test_every_type_of_the_catalogue_has_a_price() -> None:
    prices = load_price_list(catalogue()).prices
    assert set(catalogue().conductors.index) | set(catalogue().transformers.index) <= set(prices)


def test_every_priced_work_has_a_name_for_people() -> None:
    lines = {"lv_service_line", "mv_line_new", "mv_cable_civil", "hv_line_new", "hv_bay"}
    unnamed = ("lv_line", "mv_line", "hv_", "metering_")
    works = {code for code in UNITS if not code.startswith(unnamed)}

    for code in (works | lines) - {"mv_cable_civil"}:
        assert say(f"item_{code}").zh
