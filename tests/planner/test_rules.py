from __future__ import annotations

import ast
from datetime import date
from pathlib import Path

import pytest

from grid_models.errors import InputError
from planner.rules import Rules, available_areas, load_rule_book

DAY = date(2026, 11, 20)
PLANNER = Path(__file__).parents[2] / "planner"

ROW = """
[[rule]]
id = "reach"
value = 500
unit = "m"
source = "a paper"
effective_from = 2020-01-01
decides = true
decides_zh = "多远"
decides_en = "how far"
"""
HEAD = 'title_zh = "甲"\ntitle_en = "A"\n'


@pytest.fixture
def demo() -> Rules:
    return load_rule_book("demo").on(DAY)


def write_area(folder: Path, area: str, text: str, head: str = HEAD) -> None:
    (folder / f"{area}.toml").write_text(head + text, encoding="utf-8")


def problems_of(folder: Path, text: str, head: str = HEAD) -> list[str]:
    write_area(folder, "a", text, head)
    with pytest.raises(InputError) as caught:
        load_rule_book("a", folder=folder)
    return [problem.en for problem in caught.value.problems]


# Dates ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "limit_kw"),
    [
        (date(2019, 1, 1), 160),
        (date(2021, 12, 30), 160),
        (date(2021, 12, 31), 200),
        (date(2026, 11, 20), 200),
    ],
)
def test_the_low_voltage_limit_is_the_one_in_force_on_the_acceptance_date(
    day: date, limit_kw: float
) -> None:
    assert load_rule_book("hangzhou").on(day).number("lv_access_limit") == limit_kw


@pytest.mark.parametrize(("day", "limit_kw"), [(date(2024, 5, 31), 10), (date(2024, 6, 1), 12)])
def test_the_single_phase_limit_rises_with_the_rules_of_2024(day: date, limit_kw: float) -> None:
    assert load_rule_book("demo").on(day).number("single_phase_limit") == limit_kw


def test_a_date_before_every_rule_is_refused_with_the_first_day_in_force() -> None:
    with pytest.raises(InputError) as caught:
        load_rule_book("hangzhou").on(date(2001, 1, 1))
    (problem,) = caught.value.problems
    assert problem.field == "on_date"
    assert problem.en == (
        "acceptance date 2001-01-01 is before any rule; the first is in force from 2019-01-01"
    )


def test_a_gap_between_two_rows_is_refused_on_its_days_alone(tmp_path: Path) -> None:
    ended = ROW + "effective_to = 2020-12-31\n"
    later = ROW.replace("2020-01-01", "2021-02-01")
    always = ROW.replace("reach", "always")
    write_area(tmp_path, "a", ended + later + always)
    book = load_rule_book("a", folder=tmp_path)
    assert book.on(date(2020, 12, 31)).number("reach") == 500
    with pytest.raises(InputError, match="2021-01-01 no row of rule 'reach' is in force"):
        book.on(date(2021, 1, 1))


# Areas ---------------------------------------------------------------------------------------


def test_an_unknown_area_is_refused_with_the_areas_there_are() -> None:
    with pytest.raises(InputError) as caught:
        load_rule_book("mars")
    (problem,) = caught.value.problems
    assert problem.field == "area"
    assert "demo, hangzhou" in problem.en


def test_a_path_is_no_area() -> None:
    with pytest.raises(InputError):
        load_rule_book("../rules/demo")


def test_the_areas_are_those_with_a_file() -> None:
    assert available_areas() == ("demo", "hangzhou")


def test_demo_is_hangzhou_adopted_as_an_example() -> None:
    demo, hangzhou = load_rule_book("demo"), load_rule_book("hangzhou")
    assert demo.is_example
    assert not hangzhou.is_example
    assert [row.value for row in demo.rows] == [row.value for row in hangzhou.rows]
    assert {row.adopted_by for row in demo.rows} == {"示例"}
    assert {row.adopted_by for row in hangzhou.rows} == {""}


def test_a_row_of_the_area_replaces_all_rows_of_that_id_it_extends(tmp_path: Path) -> None:
    first = ROW + "effective_to = 2020-12-31\n"
    second = ROW.replace("2020-01-01", "2021-01-01").replace("500", "600")
    write_area(tmp_path, "a", first + second + ROW.replace("reach", "kept"))
    write_area(tmp_path, "b", ROW.replace("500", "700"), 'extends = "a"\n' + HEAD)
    rules = load_rule_book("b", folder=tmp_path).on(DAY)
    assert rules.number("reach") == 700
    assert rules.number("kept") == 500


def test_an_adoption_leaves_a_row_adopted_by_name_alone(tmp_path: Path) -> None:
    named = ROW + 'adopted_by = "Li"\nadopted_on = 2020-05-01\n'
    adoption = '[adoption]\nby = "Wang"\non = 2021-01-01\n'
    write_area(tmp_path, "a", named + ROW.replace("reach", "other") + adoption)
    rules = load_rule_book("a", folder=tmp_path).on(DAY)
    assert rules.row("reach").adopted_by == "Li"
    assert rules.row("other").adopted_on == date(2021, 1, 1)


def test_an_area_cannot_add_a_rule_nor_change_a_unit_or_a_kind(tmp_path: Path) -> None:
    write_area(tmp_path, "base", ROW + ROW.replace("reach", "width"))
    text = (
        ROW.replace("reach", "raech")
        + ROW.replace('"m"', '"km"')
        + ROW.replace("reach", "width").replace("500", '"wide"')
    )
    assert problems_of(tmp_path, text, 'extends = "base"\n' + HEAD) == [
        "a.toml: rule 'raech' is not in 'base'",
        "a.toml: rule 'reach' has rows in different units: 'm' and 'km'",
        "a.toml: rule 'width' has rows that hold different kinds of value",
    ]


def test_an_area_that_extends_an_unknown_one_is_refused(tmp_path: Path) -> None:
    (sentence,) = problems_of(tmp_path, ROW, 'extends = "mars"\n' + HEAD)
    assert "no rules for the area 'mars'" in sentence


def test_areas_that_extend_each_other_are_refused(tmp_path: Path) -> None:
    write_area(tmp_path, "b", ROW, 'extends = "a"\n' + HEAD)
    (sentence,) = problems_of(tmp_path, ROW, 'extends = "b"\n' + HEAD)
    assert sentence == "b.toml: extends itself by way of 'a'"


def test_the_version_changes_with_the_area_it_extends(tmp_path: Path) -> None:
    write_area(tmp_path, "a", ROW)
    write_area(tmp_path, "b", "", 'extends = "a"\n' + HEAD)
    before = load_rule_book("b", folder=tmp_path).version
    assert load_rule_book("b", folder=tmp_path).version == before
    write_area(tmp_path, "a", ROW.replace("500", "501"))
    assert load_rule_book("b", folder=tmp_path).version != before


# What was asked for --------------------------------------------------------------------------


def test_rules_remember_what_was_asked_for(demo: Rules) -> None:
    demo.number("upstream_limit")
    demo.effect("heavy_load", "path")
    demo.number("upstream_limit")
    assert demo.used == ("heavy_load", "upstream_limit")


def test_two_plans_of_one_day_do_not_share_what_they_asked_for() -> None:
    book = load_rule_book("demo")
    book.on(DAY).number("heavy_load")
    assert book.on(DAY).used == ()


def test_only_used_deciding_rows_count_as_not_adopted() -> None:
    rules = load_rule_book("hangzhou").on(DAY)
    assert rules.not_adopted == ()
    rules.number("lv_access_limit")
    rules.value("validity")
    assert rules.not_adopted == ("lv_access_limit",)


def test_used_rows_nobody_read_are_unverified_even_when_adopted(demo: Rules) -> None:
    demo.number("lv_access_limit")
    demo.number("heavy_load")
    assert demo.unverified == ("heavy_load",)
    assert demo.not_adopted == ()


def test_an_unknown_rule_is_a_programming_error(demo: Rules) -> None:
    with pytest.raises(KeyError, match="lv_limit"):
        demo.number("lv_limit")


def test_a_text_or_a_truth_value_is_not_a_number(demo: Rules) -> None:
    with pytest.raises(TypeError, match="area_class"):
        demo.number("area_class")
    with pytest.raises(TypeError, match="lv_connect_first"):
        demo.number("lv_connect_first")
    with pytest.raises(TypeError, match="heavy_load"):
        demo.text("heavy_load")


def test_every_rule_the_code_asks_for_exists_on_every_day(demo: Rules) -> None:
    asked = {
        node.args[0].value
        for path in PLANNER.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in {"row", "value", "number", "text", "effect"}
        and isinstance(node.func.value, ast.Name | ast.Attribute)
        and (getattr(node.func.value, "id", "") or getattr(node.func.value, "attr", "")) == "rules"
        and node.args
        and isinstance(node.args[0], ast.Constant)
    }
    assert asked - set(demo.in_force) == set()


# Bad files -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        (ROW.replace('source = "a paper"', ""), "has no 'source'"),
        (ROW.replace('"a paper"', '""'), "has no 'source'"),
        (ROW.replace('unit = "m"', ""), "has the number 500 without a unit"),
        (ROW.replace("500", "nan"), "has the number nan, which is not finite"),
        (ROW.replace("500", "{ a = [inf] }"), "has the number inf, which is not finite"),
        (ROW + "effective_to = 2019-12-31", "ends on 2019-12-31, before it begins on 2020-01-01"),
        (ROW + "verified = true", "must give verified = true and verified_by together"),
        (ROW + 'verified_by = "Li"', "must give verified = true and verified_by together"),
        (ROW + 'adopted_by = "Li"', "must give adopted_by and adopted_on together"),
        (ROW + "colour = 1", "has an unknown key 'colour'"),
        (ROW.replace("= true", '= "yes"'), "has 'decides' = 'yes', which is not true or false"),
        (
            ROW.replace("2020-01-01", '"2020-01-01"'),
            "has 'effective_from' = '2020-01-01', which is not a date",
        ),
        (
            ROW + 'effects = { path = "stop", feeder = "show", tree = "show" }',
            "has the effect 'stop' on 'path'; it must be one of block, desk, show",
        ),
        (
            ROW + 'effects = { path = "block" }',
            "gives effects for path; all of path, feeder, tree are needed",
        ),
        (
            ROW.replace("= true", "= false")
            + 'effects = { path = "desk", feeder = "show", tree = "show" }',
            "does not decide, yet has the effect 'desk' on 'path'",
        ),
        (
            ROW + ROW.replace("2020-01-01", "2020-06-01"),
            "has a row from 2020-06-01 that overlaps the one from 2020-01-01",
        ),
        (
            ROW
            + "effective_to = 2020-12-31\n"
            + ROW.replace("2020-01-01", "2021-01-01").replace('"m"', '"km"'),
            "has rows in different units: 'm' and 'km'",
        ),
        (
            ROW
            + "effective_to = 2020-12-31\n"
            + ROW.replace("2020-01-01", "2021-01-01").replace("500", "true"),
            "has rows that hold different kinds of value",
        ),
    ],
)
def test_a_malformed_row_is_named_with_what_is_wrong(
    tmp_path: Path, row: str, sentence: str
) -> None:
    assert problems_of(tmp_path, row) == [f"a.toml: rule 'reach' {sentence}"]


def test_every_problem_of_a_file_is_told_at_once(tmp_path: Path) -> None:
    text = ROW.replace('unit = "m"', "") + ROW.replace('id = "reach"', "").replace("true", "1")
    assert problems_of(tmp_path, text, 'title_zh = "甲"\ncolour = 1\n') == [
        "a.toml: has no 'title_en'",
        "a.toml: has an unknown key 'colour'",
        "a.toml: rule 'reach' has the number 500 without a unit",
        "a.toml: rule '#2' has no 'id'",
        "a.toml: rule '#2' has 'decides' = 1, which is not true or false",
    ]


@pytest.mark.parametrize("text", ["rule = 5", "rule = [5]", "adoption = 5", "[adoption]\nby = 'A'"])
def test_a_file_of_another_shape_is_refused(tmp_path: Path, text: str) -> None:
    (sentence,) = problems_of(tmp_path, text)
    assert sentence.startswith("a.toml: ")


def test_a_file_that_is_not_toml_is_refused(tmp_path: Path) -> None:
    (sentence,) = problems_of(tmp_path, "[[rule")
    assert sentence.startswith("a.toml: is not valid TOML: ")
