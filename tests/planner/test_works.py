"""What is to be built and who pays, by hand."""

from __future__ import annotations

from typing import Any

import pytest

from planner.design_load import find_demand
from planner.plan import Replacement, Work
from planner.works import find_works, metering_mode
from tests.planner.example import asked, example_rules
from tests.planner.trials import trial


def works_of(
    kind: str, level: str = "mv", *, application: Any = None, how: Any = None, **size: Any
) -> tuple[Work, ...]:
    return find_works(
        trial(kind, **size),
        application or asked(kva=800.0),
        example_rules(),
        level,
        label=lambda name: f"<{name}>",
        **({"compensation_kvar": 240.0} | (how or {})),
    )


def work(works: tuple[Work, ...], code: str) -> Work:
    (found,) = [item for item in works if item.code == code]
    return found


# Works -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "joint"),
    [
        ("mv_public_bay", "bay_use"),
        ("mv_public_tee", "boundary_switch"),
        ("mv_public_ring_in", "ring_main_unit"),
    ],
)
def test_a_connection_at_10_kv_takes_joint_line_transformer_compensation_and_metering(
    kind: str, joint: str
) -> None:
    codes = [item.code for item in works_of(kind)]
    assert codes == [joint, "mv_line_new", "customer_transformer", "compensation", "metering"]


def test_a_connection_at_low_voltage_takes_a_cable_and_metering() -> None:
    codes = [item.code for item in works_of("lv_public", "lv")]
    assert codes == ["lv_service_line", "metering"]


@pytest.mark.parametrize("kind", ["mv_public_bay", "mv_public_tee", "mv_public_ring_in"])
def test_the_joint_is_one_set_at_the_access_point(kind: str) -> None:
    joint = works_of(kind)[0]
    assert (joint.quantity, joint.unit, joint.element_id) == (1.0, "set", "bus:3")
    assert "<bus:3>" in joint.en


@pytest.mark.parametrize(("level", "code"), [("lv", "lv_service_line"), ("mv", "mv_line_new")])
def test_a_line_s_quantity_counts_every_circuit_and_its_sentence_the_route(
    level: str, code: str
) -> None:
    kind = "lv_public" if level == "lv" else "mv_public_bay"
    line = work(works_of(kind, level, length_m=200.0, parallel=3), code)
    assert (line.quantity, line.unit) == (600.0, "m")
    assert line.en.endswith("YJ, 3 in parallel, 200 m")


def test_compensation_is_what_was_worked_out_and_the_customer_s() -> None:
    found = work(works_of("mv_public_bay", how={"compensation_kvar": 189.0}), "compensation")
    assert (found.quantity, found.unit, found.payer) == (189.0, "kvar", "customer")


def test_the_customer_s_transformers_are_counted_by_size() -> None:
    found = works_of("mv_public_bay", transformers_kva=(1_000.0, 1_000.0, 250.0))
    sets = [item for item in found if item.code == "customer_transformer"]
    assert [(item.rated_kva, item.quantity, item.payer) for item in sets] == [
        (1_000.0, 2.0, "customer"),
        (250.0, 1.0, "customer"),
    ]


def test_metering_is_the_utility_s_and_says_where_the_meter_stands() -> None:
    found = work(works_of("mv_public_bay"), "metering")
    assert (found.quantity, found.unit, found.payer) == (1.0, "set", "utility")
    assert found.en == "1 set of metering (supplied and metered at high voltage)"


def test_a_larger_transformer_comes_first_and_is_the_utility_s() -> None:
    larger = Replacement(
        element_id="trafo:1", type="S13-630/10", sn_kva=630.0, vk_pct=4.5, vkr_pct=1.0,
        pfe_w=570.0, i0_pct=0.5,
    )  # fmt: skip
    works = works_of("lv_public", "lv", how={"replacement": larger})
    assert [item.code for item in works] == ["transformer_replace", "lv_service_line", "metering"]
    assert works[0].payer == "utility"
    assert works[0].en == "replace transformer <bus:3> with one of 630 kVA"


def test_what_a_low_voltage_customer_loads_heavily_is_reinforced_later_by_the_utility() -> None:
    how = {"heavy": [("trafo:2", 87.5), ("line:3", 81.0)]}
    later = works_of("lv_public", "lv", how=how)[2:]
    assert [(item.code, item.element_id, item.payer) for item in later] == [
        ("reinforce_later", "trafo:2", "utility"),
        ("reinforce_later", "line:3", "utility"),
    ]
    assert "87.5%" in later[0].en


# Who pays ----------------------------------------------------------------------------------------


def payer_at_low_voltage(**facts: Any) -> str:
    works = works_of("lv_public", "lv", application=asked(**facts))
    return work(works, "lv_service_line").payer


def test_at_10_kv_joint_and_line_up_to_the_red_line_are_to_be_confirmed() -> None:
    works = works_of("mv_public_bay", application=asked(kw=50.0, small_micro=True))
    assert {item.payer for item in works[:2]} == {"to_confirm"}


def test_a_resident_s_line_is_the_utility_s() -> None:
    assert payer_at_low_voltage(kw=199.0, category="resident") == "utility"


@pytest.mark.parametrize(("kw", "payer"), [(160.0, "utility"), (160.1, "to_confirm")])
def test_a_small_firm_s_line_is_the_utility_s_up_to_160_kw(kw: float, payer: str) -> None:
    assert payer_at_low_voltage(kw=kw, small_micro=True) == payer


@pytest.mark.parametrize(("kva", "payer"), [(160.0, "utility"), (160.1, "to_confirm")])
def test_a_small_firm_that_asks_in_kva_is_held_against_the_same_number(
    kva: float, payer: str
) -> None:
    assert payer_at_low_voltage(kva=kva, small_micro=True) == payer


def test_any_other_line_at_low_voltage_is_to_be_confirmed() -> None:
    assert payer_at_low_voltage(kw=10.0) == "to_confirm"


# Emergency source --------------------------------------------------------------------------------


def test_who_does_not_state_the_important_load_is_asked_for_it_with_the_emergency_source() -> None:
    (*_, source) = works_of("mv_public_tee", application=asked(kva=800.0, importance="second"))
    assert (source.code, source.quantity) == ("emergency_source", pytest.approx(960.0))
    assert "important_kw is not stated" in source.en


# Metering ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("level", "kva", "mode"),
    [("lv", 9_999.0, "low_low"), ("mv", 315.0, "high_low"), ("mv", 315.1, "high_high")],
)
def test_the_meter_stands_low_up_to_315_kva(level: Any, kva: float, mode: str) -> None:
    assert mode_of(level, kva=kva) == mode


def test_two_transformers_together_are_metered_on_the_high_side() -> None:
    """The row allows the low side for a single transformer only (单台变压器)."""
    assert mode_of("mv", kva=300.0, importance="second", important_kw=100.0) == "high_high"


def test_each_of_two_sources_is_metered_on_the_high_side_however_small_the_transformer() -> None:
    assert mode_of("mv", kva=250.0, sources=2) == "high_high"


def mode_of(level: Any, **facts: Any) -> str:
    application, rules = asked(**facts), example_rules()
    return metering_mode(application, find_demand(application, level, rules), rules, level)
