from __future__ import annotations

from datetime import date

import pytest

from planner.rules import Rules, find_rule_gaps, load_rule_book

DAY = date(2026, 11, 20)

GIVEN = {
    "charge_only_lawful",
    "documents_exempt",
    "documents_lv",
    "handling_days",
    "lv_access_limit",
    "lv_connect_first",
    "on_site_limit",
    "payer",
    "prefer_public_line",
    "zero_investment_limit",
}


@pytest.fixture
def demo() -> Rules:
    return load_rule_book("demo").on(DAY)


def test_only_the_company_s_own_policy_is_verified() -> None:
    verified = {row.rule_id for row in load_rule_book("hangzhou").rows if row.verified}
    assert verified == GIVEN


def test_every_row_says_where_it_comes_from_and_what_it_decides() -> None:
    for row in load_rule_book("hangzhou").rows:
        assert row.source, row.rule_id
        assert row.decides_zh, row.rule_id
        assert row.decides_en, row.rule_id


def test_no_price_is_a_rule() -> None:
    assert not [row for row in load_rule_book("hangzhou").rows if row.rule_id.startswith("cost_")]


def test_a_fee_has_no_rate_without_a_document(demo: Rules) -> None:
    assert demo.value("high_reliability_fee_rate") == {"basis": "", "rates": {}}


@pytest.mark.parametrize(("day", "months"), [(date(2024, 5, 31), 6), (date(2024, 6, 1), 36)])
def test_a_temporary_supply_lasts_as_the_edition_in_force_says(day: date, months: int) -> None:
    assert load_rule_book("demo").on(day).number("temporary_term") == months


@pytest.mark.parametrize(
    ("system", "low_v", "high_v"),
    [  # -7 % and +7 %; 220 V: -10 % and +7 %
        ("220", 198.0, 235.4),
        ("380", 353.4, 406.6),
        ("10000", 9300.0, 10700.0),
        ("20000", 18600.0, 21400.0),
    ],
)
def test_legal_voltages_are_in_volts_of_the_nominal_voltage(
    demo: Rules, system: str, low_v: float, high_v: float
) -> None:
    assert demo.row("voltage_limits").unit == "V"
    assert demo.value("voltage_limits")[system] == {"low": low_v, "high": high_v}


@pytest.mark.parametrize(
    ("code", "path", "feeder", "tree"),
    [
        ("thermal_line", "block", "block", "desk"),
        ("thermal_transformer", "block", "block", "desk"),
        ("voltage_low", "block", "block", "desk"),
        ("voltage_high", "block", "block", "desk"),
        ("heavy_load", "block", "block", "show"),
        ("voltage_planning", "show", "show", "show"),
        ("n_minus_1", "desk", "desk", "show"),
        ("n_minus_1_radial", "show", "show", "show"),
        ("rating_unknown", "desk", "show", "show"),
        ("supply_radius", "desk", "show", "show"),
        ("feeder_users", "show", "show", "show"),
        ("voltage_change", "show", "show", "show"),
        ("route_length", "show", "show", "show"),
        ("short_circuit", "block", "block", "show"),
        ("spare_bays", "block", "show", "show"),
        ("restricted_area", "block", "show", "show"),
        ("source_independence", "block", "block", "show"),
    ],
)
def test_a_broken_check_does_what_practice_says(
    demo: Rules, code: str, path: str, feeder: str, tree: str
) -> None:
    effects = [demo.effect(code, "path"), demo.effect(code, "feeder"), demo.effect(code, "tree")]
    assert effects == [path, feeder, tree]


@pytest.mark.parametrize(
    ("steps", "days"),
    [
        ("single", 1 + 10 + 3 + 3),
        ("single_reviewed", 22),
        ("dual", 1 + 20 + 3 + 3),
        ("dual_reviewed", 32),
    ],
)
def test_high_voltage_steps_add_up(demo: Rules, steps: str, days: int) -> None:
    assert sum(step["days"] for step in demo.value("hv_steps")[steps]) == days


def test_no_step_plan_takes_longer_than_the_handling_limit(demo: Rules) -> None:
    limits = demo.value("handling_days")
    for table, limit in (("lv_steps", limits["lv"]), ("hv_steps", limits["hv_dual"])):
        for steps in demo.value(table).values():
            assert sum(step["days"] for step in steps) <= limit["days"]


def test_standard_transformers_rise_and_reach_the_on_site_limit(demo: Rules) -> None:
    sizes = demo.value("standard_transformers_kva")
    assert sizes == sorted(set(sizes))
    assert demo.number("on_site_limit") in sizes


def test_hangzhou_has_everything_deciding_left_to_adopt() -> None:
    book = load_rule_book("hangzhou")
    gaps = find_rule_gaps(book, DAY)
    in_force = book.on(DAY).in_force.values()
    assert {row.rule_id for row in gaps.to_adopt} == {r.rule_id for r in in_force if r.decides}
    assert {row.rule_id for row in in_force} - {row.rule_id for row in gaps.to_verify} == GIVEN


def test_demo_has_nothing_left_to_adopt() -> None:
    assert find_rule_gaps(load_rule_book("demo"), DAY).to_adopt == ()
