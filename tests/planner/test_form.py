from __future__ import annotations

from datetime import date

import pytest

from planner.form import ABOVE_ZERO, SHARE, Form, shown

LABELS = {"kw": "功率", "at": "位置", "day": "日期", "word": "类别", "note": "说明", "n": "数量"}


def read(**fields: object) -> Form:
    return Form(fields, LABELS)


@pytest.mark.parametrize("given", ["150", "１５０", " 150 ", "1.5e2", "+150", 150, 150.0])
def test_a_number_is_read_however_it_is_written(given: object) -> None:
    assert read(kw=given).number("kw", ABOVE_ZERO) == 150.0


@pytest.mark.parametrize(
    "given", ["nan", "inf", "-5", "0", "1_0", "0x1F", "150kW", "一百", True, [1], 10**400]
)
def test_what_is_no_number_above_zero_is_refused_by_value(given: object) -> None:
    form = read(kw=given)
    assert form.number("kw", ABOVE_ZERO) is None
    (problem,) = form.problems
    assert problem.field == "kw"
    assert shown(given) in problem.zh
    assert shown(given) in problem.en


def test_a_sentence_says_what_would_be_right() -> None:
    form = read(kw="1.5")
    form.number("kw", SHARE)
    assert form.problems[0].zh == "功率 kw 为“1.5”，应为大于 0 且不超过 1 的数"
    assert form.problems[0].en == 'kw is "1.5"; give a number above 0 and at most 1'


def test_empty_text_counts_as_not_given() -> None:
    assert read(kw="  ").number("kw", ABOVE_ZERO) is None
    assert read(kw="  ").problems == []


@pytest.mark.parametrize("given", ["2026-03-31", "２０２６-03-31"])
def test_a_day_is_read(given: str) -> None:
    assert read(day=given).day("day") == date(2026, 3, 31)


@pytest.mark.parametrize("given", ["2026-02-30", "31.03.2026", "20260331", "2026-W01-1", 20260331])
def test_a_day_that_does_not_exist_or_is_written_otherwise_is_refused(given: object) -> None:
    form = read(day=given)
    assert form.day("day") is None
    assert str(given) in form.problems[0].en


@pytest.mark.parametrize(
    "given", ["120.15,30.28", "120.15，30.28", "１２０．１５,30.28", [120.15, 30.28]]
)
def test_a_position_is_read(given: object) -> None:
    assert read(at=given).position("at") == (120.15, 30.28)


@pytest.mark.parametrize(
    "given", ["120.15", "120.15,", "a,b", [1], [1, 2, 3], [1, None], "nan,30", {}]
)
def test_a_position_of_other_than_two_numbers_is_refused(given: object) -> None:
    form = read(at=given)
    assert form.position("at") is None
    assert "120.15,30.28" in form.problems[0].en


@pytest.mark.parametrize("given", ["3", "３", 3, 3.0])
def test_a_word_may_be_a_number(given: object) -> None:
    assert read(word=given).one_of("word", ("1", "3")) == "3"


def test_an_unknown_word_is_refused_with_those_that_are_known() -> None:
    form = read(word="factory")
    assert form.one_of("word", ("shop", "works")) is None
    assert form.problems[0].en == 'word is "factory"; give one of shop, works'


@pytest.mark.parametrize("given", ["0", "2.5", "-1", "many", 1e400])
def test_what_is_no_whole_number_is_refused(given: object) -> None:
    form = read(n=given)
    assert form.whole("n", 1) == 1
    assert len(form.problems) == 1


@pytest.mark.parametrize("given", ["a\nb", "\ud800", "\x1b[31m", "字" * 201, 5])
def test_a_text_is_short_printable_and_on_one_line(given: object) -> None:
    form = read(note=given)
    assert form.text("note") is None
    assert form.problems[0].en.isprintable()


def test_an_unknown_field_is_named_with_the_nearest_known_one() -> None:
    assert "did you mean note" in read(notes="x").problems[0].en


def test_a_value_is_shown_short_and_on_one_line() -> None:
    assert shown("a\nb") == "a\\nb"
    assert len(shown("x" * 10_000)) == 61


def test_the_place_in_a_file_leads_the_sentence() -> None:
    form = Form({"kw": "x"}, LABELS, where="list.csv:3")
    form.number("kw", ABOVE_ZERO)
    assert form.problems[0].field == "list.csv:3.kw"
    assert form.problems[0].en.startswith("list.csv:3: kw is")


@pytest.mark.parametrize("given", ["10²", "²", "10₂"])
def test_raised_and_lowered_digits_are_no_digits(given: str) -> None:
    assert read(kw=given).number("kw", ABOVE_ZERO) is None


def test_a_day_in_a_year_nobody_can_reckon_with_is_refused() -> None:
    form = read(day="9999-12-31")
    assert form.day("day") is None
    assert "no later than 2200" in form.problems[0].en
