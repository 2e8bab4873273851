"""One rule against elements before and after: what is new, what was broken, where it lies."""

from __future__ import annotations

from math import nan
from typing import NamedTuple

import numpy as np
import pytest

from planner.checks import Elements, Judgement, Worsening, judge
from planner.plan import Check
from planner.rules import Rules
from tests.planner.example import example_rules, with_effects

PATH, FEEDER, TREE = 0, 1, 2
SCOPES = {PATH: "path", FEEDER: "feeder", TREE: "tree"}


class Element(NamedTuple):
    """Loading in percent, or volts, before and after the new load."""

    before: float
    after: float
    scope: int = PATH
    limit: float = 100.0


def judged(
    *elements: Element,
    code: str = "thermal_line",
    rules: Rules | None = None,
    upper: bool = True,
    allowed: float = 1.0,
    forgives: bool = False,
    never_blocks: bool = False,
) -> Judgement | None:
    before, after, scope, limit = (np.array(column) for column in zip(*elements, strict=True))
    return judge(
        code,
        Elements(
            before=before.astype(float), after=after.astype(float), limit=limit.astype(float),
            scope=scope.astype(np.int64), unit="%", name=lambda k: f"element:{k}",
        ),
        rules or example_rules(),
        Worsening(allowed=np.full(len(before), allowed), forgives_improvement=forgives),
        upper=upper,
        never_blocks=never_blocks,
    )  # fmt: skip


def check_of(*elements: Element, **how: object) -> Check:
    judgement = judged(*elements, **how)  # type: ignore[arg-type]
    assert judgement is not None
    return judgement.check


def result(*elements: Element, **how: object) -> tuple[str, list[str]]:
    """Return the effect of the worst element, and the desk codes."""
    judgement = judged(*elements, **how)  # type: ignore[arg-type]
    assert judgement is not None
    return judgement.check.effect, sorted(judgement.desk)


# Passed ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("after", [99.0, 100.0, 100.0 * (1.0 + 0.9e-9)])
def test_a_value_at_its_limit_or_a_rounding_above_passes(after: float) -> None:
    check = check_of(Element(50.0, after))
    assert (check.passed, check.effect) == (True, "show")


def test_a_value_clearly_above_its_limit_fails() -> None:
    check = check_of(Element(50.0, 100.0 * (1.0 + 1.1e-9)))
    assert (check.passed, check.effect) == (False, "block")


def test_a_lower_limit_is_broken_from_below() -> None:
    low = {"code": "voltage_low", "upper": False}
    assert check_of(Element(9_500.0, 9_300.0, limit=9_300.0), **low).passed
    assert check_of(Element(9_500.0, 9_400.0, limit=9_300.0), **low).passed
    assert not check_of(Element(9_500.0, 9_299.9, limit=9_300.0), **low).passed


def test_the_margin_is_what_is_left_in_percent_of_the_limit() -> None:
    assert check_of(Element(0.0, 60.0, limit=80.0)).margin_pct == pytest.approx(25.0)
    low = check_of(Element(0.0, 9_486.0, limit=9_300.0), code="voltage_low", upper=False)
    assert low.margin_pct == pytest.approx(2.0)


def test_a_check_tells_element_value_limit_unit_and_rule() -> None:
    check = check_of(Element(50.0, 120.0, FEEDER))
    assert (check.code, check.rule_id, check.element_id) == (
        "thermal_line", "thermal_line", "element:0",
    )  # fmt: skip
    assert (check.value, check.limit, check.unit, check.scope) == (120.0, 100.0, "%", "feeder")


def test_elements_without_a_limit_are_left_out() -> None:
    check = check_of(Element(0.0, 900.0, limit=nan), Element(0.0, 10.0))
    assert check.element_id == "element:1"


def test_a_rule_that_concerns_no_element_gives_no_check() -> None:
    assert judged(Element(0.0, 900.0, limit=nan)) is None


# Newly broken ------------------------------------------------------------------------------------


@pytest.mark.parametrize("scope", [PATH, FEEDER])
@pytest.mark.parametrize("before", [50.0, 100.0])
def test_what_is_newly_broken_on_path_or_feeder_blocks(scope: int, before: float) -> None:
    assert result(Element(before, 100.1, scope)) == ("block", [])
    assert not check_of(Element(before, 100.1, scope)).pre_existing


def test_what_is_newly_broken_elsewhere_is_a_neighbour_for_the_desk() -> None:
    assert result(Element(99.9, 100.1, TREE)) == ("desk", ["neighbour_affected"])


@pytest.mark.parametrize(("code", "upper"), [("voltage_low", False), ("voltage_high", True)])
def test_a_neighbour_s_voltage_goes_to_the_desk_too(code: str, upper: bool) -> None:
    before, after = (101.0, 99.0) if not upper else (99.0, 101.0)
    newly = Element(before, after, TREE)
    assert result(newly, code=code, upper=upper) == ("desk", ["neighbour_affected"])


@pytest.mark.parametrize(("before", "after"), [(50.0, 101.0), (101.0, 110.0), (101.0, 101.0)])
def test_heavy_load_outside_path_and_feeder_is_shown_whatever_it_was(
    before: float, after: float
) -> None:
    assert result(Element(before, after, TREE), code="heavy_load") == ("show", [])


# Broken before -----------------------------------------------------------------------------------


@pytest.mark.parametrize("after", [120.0, 120.5, 119.0, 130.0])
def test_what_was_broken_blocks_on_the_path_even_if_it_grows_no_worse(after: float) -> None:
    assert result(Element(120.0, after)) == ("block", [])
    assert check_of(Element(120.0, after)).pre_existing


@pytest.mark.parametrize("scope", [FEEDER, TREE])
@pytest.mark.parametrize(
    ("after", "effect"),
    [(119.0, "show"), (120.0, "show"), (121.0, "show"), (121.01, "block"), (140.0, "block")],
)
def test_what_was_broken_off_the_path_blocks_only_if_more_than_a_point_worse(
    scope: int, after: float, effect: str
) -> None:
    assert result(Element(120.0, after, scope)) == (effect, [])
    check = check_of(Element(120.0, after, scope))
    assert (check.pre_existing, check.passed) == (True, False)


@pytest.mark.parametrize(("after", "effect"), [(9_150.0, "show"), (9_149.9, "block")])
def test_a_low_voltage_off_the_path_may_fall_by_what_is_allowed(after: float, effect: str) -> None:
    was_low = Element(9_200.0, after, TREE, 9_300.0)
    assert result(was_low, code="voltage_low", upper=False, allowed=50.0) == (effect, [])


# A high voltage that the load lowers -------------------------------------------------------------

HIGH = {"code": "voltage_high", "forgives": True, "allowed": 50.0}


def volts(before: float, after: float, scope: int = PATH) -> Element:
    return Element(before, after, scope, 10_700.0)


@pytest.mark.parametrize("after", [10_800.0, 10_790.0])
def test_a_high_voltage_no_higher_than_before_asks_for_a_tap_on_the_path(after: float) -> None:
    assert result(volts(10_800.0, after), **HIGH) == ("desk", ["tap_adjustment"])


@pytest.mark.parametrize("scope", [FEEDER, TREE])
def test_a_high_voltage_no_higher_than_before_is_shown_off_the_path(scope: int) -> None:
    assert result(volts(10_800.0, 10_790.0, scope), **HIGH) == ("show", [])


def test_a_high_voltage_that_rises_blocks_on_the_path() -> None:
    assert result(volts(10_800.0, 10_801.0), **HIGH) == ("block", [])


@pytest.mark.parametrize("scope", [FEEDER, TREE])
def test_a_high_voltage_off_the_path_may_rise_by_what_is_allowed(scope: int) -> None:
    assert result(volts(10_800.0, 10_850.0, scope), **HIGH) == ("show", [])
    assert result(volts(10_800.0, 10_851.0, scope), **HIGH) == ("block", [])


def test_a_high_voltage_that_is_new_is_not_forgiven() -> None:
    assert result(volts(10_690.0, 10_710.0), **HIGH) == ("block", [])


def test_no_other_rule_forgives() -> None:
    assert result(Element(120.0, 110.0)) == ("block", [])


# Which element -----------------------------------------------------------------------------------


def test_among_equals_the_element_with_the_least_margin_is_shown() -> None:
    check = check_of(Element(0.0, 110.0), Element(0.0, 130.0), Element(0.0, 120.0))
    assert check.element_id == "element:1"
    check = check_of(Element(0.0, 10.0), Element(0.0, 60.0, TREE), Element(0.0, 50.0))
    assert check.element_id == "element:1"


def test_margins_are_compared_as_shares_of_the_limit() -> None:
    # 10 of 100 against 12 of 400
    check = check_of(Element(0.0, 90.0), Element(0.0, 388.0, limit=400.0))
    assert check.element_id == "element:1"


def test_a_blocking_element_comes_before_a_worse_one_for_the_desk() -> None:
    neighbour, own = Element(0.0, 190.0, TREE), Element(0.0, 101.0)
    check = check_of(neighbour, own)
    assert (check.element_id, check.effect) == ("element:1", "block")


def test_an_element_for_the_desk_comes_before_a_worse_one_that_is_shown() -> None:
    check = check_of(Element(190.0, 190.0, FEEDER), Element(0.0, 101.0, TREE))
    assert (check.element_id, check.effect) == ("element:1", "desk")


def test_the_desk_is_told_the_worst_of_its_own_elements() -> None:
    judgement = judged(
        Element(0.0, 150.0), Element(0.0, 110.0, TREE), Element(0.0, 120.0, TREE),
        Element(0.0, 115.0, TREE),
    )  # fmt: skip
    assert judgement is not None
    assert judgement.check.element_id == "element:0"
    neighbour = judgement.desk["neighbour_affected"]
    assert (neighbour.element_id, neighbour.effect, neighbour.value) == ("element:2", "desk", 120.0)


def test_neighbour_and_tap_are_told_apart() -> None:
    judgement = judged(volts(10_800.0, 10_790.0), volts(10_690.0, 10_710.0, TREE), **HIGH)  # type: ignore[arg-type]
    assert judgement is not None
    found = {code: check.element_id for code, check in judgement.desk.items()}
    assert found == {"tap_adjustment": "element:0", "neighbour_affected": "element:1"}
    assert judgement.desk["tap_adjustment"].pre_existing
    assert not judgement.desk["neighbour_affected"].pre_existing


# Effects the area states -------------------------------------------------------------------------


def with_effect(scope: int, effect: str, code: str = "thermal_line") -> Rules:
    return with_effects(example_rules(), code, **{SCOPES[scope]: effect})


@pytest.mark.parametrize("scope", [PATH, FEEDER])
def test_what_the_area_sends_to_the_desk_has_the_check_s_own_code(scope: int) -> None:
    rules = with_effect(scope, "desk")
    assert result(Element(50.0, 120.0, scope), rules=rules) == ("desk", ["thermal_line"])


def test_what_was_broken_and_the_area_sends_to_the_desk_has_the_check_s_own_code() -> None:
    rules = with_effect(PATH, "desk")
    assert result(Element(110.0, 120.0), rules=rules) == ("desk", ["thermal_line"])


@pytest.mark.parametrize(
    ("after", "found"), [(111.0, ("show", [])), (111.1, ("desk", ["thermal_line"]))]
)
def test_what_grew_worse_on_the_feeder_does_what_the_area_says_of_the_feeder(
    after: float, found: tuple[str, list[str]]
) -> None:
    rules = with_effect(FEEDER, "desk")
    assert result(Element(110.0, after, FEEDER), rules=rules) == found


def test_the_check_s_own_code_and_a_neighbour_are_told_apart() -> None:
    judgement = judged(
        Element(50.0, 120.0), Element(50.0, 130.0, TREE), rules=with_effect(PATH, "desk")
    )
    assert judgement is not None
    found = {code: check.element_id for code, check in judgement.desk.items()}
    assert found == {"thermal_line": "element:0", "neighbour_affected": "element:1"}


def test_a_voltage_on_the_path_for_the_desk_has_its_own_code_and_asks_for_no_tap() -> None:
    rules = with_effect(PATH, "desk", "voltage_low")
    low = Element(9_200.0, 9_100.0, PATH, 9_300.0)
    how = {"code": "voltage_low", "upper": False, "rules": rules}
    assert result(low, **how) == ("desk", ["voltage_low"])


@pytest.mark.parametrize("scope", [PATH, FEEDER, TREE])
@pytest.mark.parametrize("before", [50.0, 110.0])
def test_what_the_area_only_shows_neither_blocks_nor_goes_to_the_desk(
    scope: int, before: float
) -> None:
    rules = with_effect(scope, "show")
    assert result(Element(before, 150.0, scope), rules=rules) == ("show", [])


def test_what_the_area_blocks_elsewhere_blocks() -> None:
    assert result(Element(50.0, 120.0, TREE), rules=with_effect(TREE, "block")) == ("block", [])


@pytest.mark.parametrize("scope", [PATH, FEEDER, TREE])
def test_a_rule_that_never_blocks_shows_what_it_breaks(scope: int) -> None:
    for before in (50.0, 110.0):
        check = check_of(Element(before, 150.0, scope), code="heavy_load", never_blocks=True)
        assert (check.effect, check.passed) == ("show", False)
