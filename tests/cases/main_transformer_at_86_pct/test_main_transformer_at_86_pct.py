"""A main transformer at 86 %: 10 kV waits, low voltage does not. Figures: README.md beside this."""

from __future__ import annotations

import pytest

from grid_models.grid import Grid
from tests.cases.customer import (
    NewSupply,
    ask,
    built_at,
    find_check,
    find_rejected,
    options_of,
    reason_codes,
    referee,
)
from tests.cases.drawing import CABLE_95, CABLE_240, LV_CABLE_300, Board, Line, Load, Node, draw

SITE = (40.0, 300.0)


def substation(p_kw: float = 24_750.0, q_kvar: float = 8_100.0) -> Grid:
    """Return one feeder of a substation whose other feeders take `p_kw` and `q_kvar` together."""
    return draw(
        nodes={
            "bus:3": Node(0, 300, "switchgear"),
            "bus:4": Node(10, 300, "cabinet", vn_kv=0.4),
        },
        lines={"line:1": Line("bus:2", "bus:3", CABLE_240)},
        boards={"trafo:2": Board("bus:3", "bus:4", sn_kva=400.0, vk_pct=4.0, vkr_pct=1.13)},
        loads=[Load("bus:2", p_kw, q_kvar), Load("bus:4", 90.0, 43.6)],
        bays={"bay:1": ("bus:3", True)},
    )


def test_pandapower_finds_the_main_transformer_at_86_pct_before() -> None:
    loading = referee(substation()).transformers["loading_pct"]

    assert loading["trafo:1"] == pytest.approx(86.0, abs=0.1)


def test_800_kva_are_refused_on_the_main_transformer() -> None:
    plan = ask(substation(), *SITE, kva=800)
    (reason,) = find_rejected(plan, "bus:3").reasons

    assert (reason.code, reason.element_id) == ("heavy_load", "trafo:1")
    assert (reason.limit, reason.unit) == (80.0, "%")
    assert reason.value == pytest.approx(88.7, abs=0.3)
    assert (plan.answer.mode, plan.options) == ("no_option", ())
    assert reason_codes(plan) == ["all_rejected", "no_remedy"]


def test_the_refusal_says_that_it_was_so_before() -> None:
    (reason,) = find_rejected(ask(substation(), *SITE, kva=800), "bus:3").reasons

    assert reason.zh.endswith("（接入前已越限）")
    assert reason.en.endswith("(already so before the new load)")


def test_less_than_one_point_more_is_refused_all_the_same() -> None:
    plan = ask(substation(), *SITE, kva=250)
    (reason,) = find_rejected(plan, "bus:3").reasons

    assert (reason.code, reason.element_id) == ("heavy_load", "trafo:1")
    assert reason.value == pytest.approx(86.9, abs=0.1)
    assert plan.options == ()


def test_pandapower_finds_the_loading_10_kv_is_refused_for() -> None:
    (reason,) = find_rejected(ask(substation(), *SITE, kva=800), "bus:3").reasons

    customer = NewSupply(800.0, 0.95, CABLE_95, 52.0)
    loading = referee(built_at(substation(), "bus:3", customer)).transformers["loading_pct"]

    assert reason.value == pytest.approx(loading["trafo:1"], abs=1e-4)


def test_at_70_pct_the_same_bay_takes_the_800_kva() -> None:
    plan = ask(substation(20_000.0, 6_570.0), *SITE, kva=800)

    assert options_of(plan) == [("mv_public_bay", "bus:3")]
    assert find_check(plan.options[0], "heavy_load").value == pytest.approx(71.8, abs=0.5)
    assert (plan.answer.mode, reason_codes(plan)) == ("on_site", [])


def test_150_kw_connect_first_at_low_voltage_on_site() -> None:
    plan = ask(substation(), *SITE, kw=150)

    assert options_of(plan) == [("lv_public", "trafo:2")]
    assert (plan.answer.mode, reason_codes(plan)) == ("on_site", [])


def test_the_main_transformer_is_to_be_reinforced_later_by_the_utility() -> None:
    (option,) = ask(substation(), *SITE, kw=150).options

    (work,) = [work for work in option.works if work.code == "reinforce_later"]
    assert (work.element_id, work.payer) == ("trafo:1", "utility")


def test_the_heavy_load_is_shown_as_there_before() -> None:
    (option,) = ask(substation(), *SITE, kw=150).options
    check = find_check(option, "heavy_load")

    assert (check.element_id, check.scope, check.effect) == ("trafo:1", "path", "show")
    assert (check.passed, check.pre_existing) == (False, True)
    assert check.value == pytest.approx(86.6, abs=0.3)


def test_pandapower_finds_the_loading_low_voltage_is_shown_with() -> None:
    (option,) = ask(substation(), *SITE, kw=150).options

    customer = NewSupply(150 / 0.9, 0.9, LV_CABLE_300, 39.0)
    loading = referee(built_at(substation(), "bus:4", customer)).transformers["loading_pct"]

    check = find_check(option, "heavy_load")
    assert check.value == pytest.approx(loading["trafo:1"], abs=1e-4)


def test_the_open_capacity_is_negative_on_the_main_transformer() -> None:
    (option,) = ask(substation(), *SITE, kw=150).options

    assert option.headroom.open_capacity_kva == pytest.approx(-1_890.0, abs=30.0)
    assert option.headroom.open_binding_id == "trafo:1"
