"""1,180 kW need 1,600 kVA, more than is answered on site. Figures: README.md beside this file."""

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
from tests.cases.drawing import CABLE_95, CABLE_240, OVERHEAD_150, Line, Load, Node, draw

SITE = (50.0, 430.0)


def switchgear_and_line() -> Grid:
    return draw(
        nodes={"bus:3": Node(0, 400, "switchgear"), "bus:4": Node(600, 400)},
        lines={
            "line:1": Line("bus:2", "bus:3", CABLE_240),
            "line:2": Line("bus:3", "bus:4", OVERHEAD_150),
        },
        loads=[Load("bus:4", 1_900.0, 624.5)],
        bays={"bay:1": ("bus:3", True)},
    )


@pytest.mark.parametrize(
    ("kw", "capacity_kva", "mode", "codes"),
    [
        (950.0, 1_250.0, "on_site", []),
        (951.0, 1_600.0, "back_office", ["capacity_over_on_site_limit"]),
        (1_180.0, 1_600.0, "back_office", ["capacity_over_on_site_limit"]),
    ],
)
def test_the_standard_transformer_decides_who_answers(
    kw: float, capacity_kva: float, mode: str, codes: list[str]
) -> None:
    plan = ask(switchgear_and_line(), *SITE, kw=kw)

    assert plan.capacity_kva == capacity_kva
    assert (plan.answer.mode, reason_codes(plan)) == (mode, codes)


def test_1180_kw_put_1242_kva_into_the_power_flow() -> None:
    load = ask(switchgear_and_line(), *SITE, kw=1_180).design_load

    assert load.p_kw == pytest.approx(1_180.0)
    assert load.s_kva == pytest.approx(1_242.1, abs=0.05)
    assert load.q_kvar == pytest.approx(387.8, abs=0.1)


def test_the_desk_still_gets_the_option() -> None:
    plan = ask(switchgear_and_line(), *SITE, kw=1_180)

    assert options_of(plan) == [("mv_public_bay", "bus:3")]
    assert plan.options[0].customer_side.transformers_kva == (1_600.0,)


def test_the_sentence_names_the_capacity_and_the_limit() -> None:
    (reason,) = ask(switchgear_and_line(), *SITE, kw=1_180).answer.reasons

    assert reason.en == "the capacity of 1,600 kVA is above the 1,250 kVA answered on the spot"


def test_the_nearer_pole_is_refused_for_its_size() -> None:
    (reason,) = find_rejected(ask(switchgear_and_line(), *SITE, kw=1_180), "line:2").reasons

    assert reason.code == "access_not_admissible"
    assert (reason.value, reason.limit, reason.unit) == (1_600.0, 1_000.0, "kVA")


def test_the_first_section_is_loaded_as_worked_out_by_hand() -> None:
    (option,) = ask(switchgear_and_line(), *SITE, kw=1_180).options
    check = find_check(option, "thermal_line")

    assert check.element_id == "line:1"
    assert check.value == pytest.approx(50.5, abs=0.5)


def test_pandapower_finds_the_same_loading() -> None:
    grid = switchgear_and_line()
    (option,) = ask(grid, *SITE, kw=1_180).options

    customer = NewSupply(1_180 / 0.95, 0.95, CABLE_95, 75.802)
    loading = referee(built_at(grid, "bus:3", customer)).lines["loading_pct"]

    assert find_check(option, "thermal_line").value == pytest.approx(loading["line:1"], abs=1e-4)
