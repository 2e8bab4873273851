"""Approved rows laid over the rules of an area."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grid_models.errors import InputError
from planner.rules import RuleBook, lay_over, load_rule_book

BOOK = load_rule_book("hangzhou")
LIMIT = "lv_access_limit"


def entry(**facts: Any) -> dict[str, Any]:
    """A row that raises the limit of low voltage from 2027 on, or what is stated instead."""
    row: dict[str, Any] = {
        "id": LIMIT, "value": 250, "unit": "kW", "source": "通知", "effective_from": "2027-01-01",
        "decides": True, "decides_zh": "低压上限", "decides_en": "limit of low voltage",
    }  # fmt: skip
    return {name: value for name, value in (row | facts).items() if value is not None}


def laid(*entries: dict[str, Any], book: RuleBook = BOOK) -> RuleBook:
    return lay_over(book, entries, name="draft")


def limit_on(book: RuleBook, *day: int) -> float:
    return book.on(date(*day)).number(LIMIT)


def test_a_row_holds_from_its_first_day_on() -> None:
    book = laid(entry())

    assert (limit_on(book, 2026, 12, 31), limit_on(book, 2027, 1, 1)) == (200, 250)


def test_past_days_keep_their_rules() -> None:
    assert limit_on(laid(entry()), 2020, 1, 1) == 160


def test_after_a_row_that_ends_the_former_one_goes_on() -> None:
    book = laid(entry(effective_to="2027-06-30"))

    assert (limit_on(book, 2027, 6, 30), limit_on(book, 2027, 7, 1)) == (250, 200)


def test_a_later_row_takes_the_place_of_an_earlier_one() -> None:
    book = laid(entry(value=300, effective_from="2026-12-01"), book=laid(entry()))

    assert (limit_on(book, 2026, 12, 1), limit_on(book, 2028, 1, 1)) == (300, 300)


def test_other_rules_stay_as_they_are() -> None:
    day = date(2027, 1, 1)
    before, after = BOOK.on(day).in_force, laid(entry()).on(day).in_force

    assert {name for name in before if before[name] != after[name]} == {LIMIT}


def test_every_overlay_has_a_version_of_its_own() -> None:
    one, other = laid(entry()), laid(entry(value=260))

    assert len({BOOK.version, one.version, other.version, laid(entry(), book=one).version}) == 4


def test_the_same_rows_have_the_same_version_however_numbers_are_kept() -> None:
    assert laid(entry(value=250.0)).version == laid(entry(value=250)).version


def test_a_book_can_be_taken_back_to_each_version_it_had() -> None:
    one = laid(entry())
    two = laid(entry(value=300), book=one)

    assert two.as_of(one.version) == one
    assert two.as_of(BOOK.version) == BOOK
    assert two.as_of("0" * 16) is None


@pytest.mark.parametrize(("day", "differs"), [((2026, 12, 31), False), ((2027, 1, 1), True)])
def test_rules_differ_only_on_days_on_which_a_row_is_another(
    day: tuple[int, int, int], differs: bool
) -> None:
    book = laid(entry())

    assert book.differs_from(BOOK.version, date(*day), [LIMIT]) is differs
    assert not book.differs_from(BOOK.version, date(*day), ["on_site_limit"])
    assert not book.differs_from(book.version, date(*day), [LIMIT])


def test_what_cannot_be_compared_counts_as_different() -> None:
    assert BOOK.differs_from("0" * 16, date(2026, 1, 1), [LIMIT])


HEAVY = {"id": "heavy_load", "unit": "%", "value": 85}
EFFECTS = {"path": "block", "feeder": "block", "tree": "desk"}


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"id": "no_such_rule"}, "is not among the rules"),
        ({"value": "200"}, "different kinds of value"),
        ({"unit": "kVA"}, "different units"),
        ({"unit": None}, "without a unit"),
        ({"source": None}, "has no 'source'"),
        ({"effective_from": "2027-02-30"}, "is not a date"),
        ({"effective_from": "20270101"}, "is not a date"),
        ({"effective_to": "2026-12-31"}, "before it begins"),
        ({"verified": True}, "verified_by together"),
        ({"decides": False}, "must not change 'decides'"),
        ({"nonsense": 1}, "unknown key"),
        ({"effects": {"path": "block"}}, "all of path, feeder, tree"),
        (HEAVY, "must give effects for"),
        ({"id": "validity", "unit": "month", "value": {"lv": 3}}, "has no 'hv'"),
        ({"id": "documents_lv", "unit": None, "value": [True]}, "same kind of value"),
    ],
)
def test_what_is_not_in_order_is_refused_as_in_a_file(facts: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        laid(entry(**facts))


def test_everything_that_is_wrong_is_said_at_once() -> None:
    with pytest.raises(InputError) as refused:
        laid(entry(unit="kVA"), entry(id="no_such_rule"), entry(source=None))

    assert len(refused.value.problems) >= 3


def test_rows_of_one_draft_that_overlap_are_refused_once() -> None:
    with pytest.raises(InputError) as refused:
        laid(entry(), entry(value=260, effective_from="2027-06-01"))

    assert len(refused.value.problems) == 1


def test_a_row_that_lasts_to_the_end_of_time_is_laid() -> None:
    assert limit_on(laid(entry(effective_to="9999-12-31")), 9999, 12, 31) == 250


DAYS = st.dates(date(2020, 1, 1), date(2030, 12, 31))
SPANS = st.lists(st.tuples(DAYS, st.none() | st.integers(0, 900)), min_size=1, max_size=5)


@given(spans=SPANS, day=DAYS)
def test_on_every_day_the_last_row_laid_that_is_in_force_holds(
    spans: list[tuple[date, int | None]], day: date
) -> None:
    book, expected = BOOK, BOOK.on(day).number(LIMIT)
    for number, (first, days) in enumerate(spans):
        last = None if days is None else first + timedelta(days=days)
        ends = None if last is None else last.isoformat()
        row = entry(value=1_000 + number, effective_from=first.isoformat(), effective_to=ends)
        book = laid(row, book=book)
        if first <= day and (last is None or day <= last):
            expected = 1_000 + number

    assert book.on(day).number(LIMIT) == expected
