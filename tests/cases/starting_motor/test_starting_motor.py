"""Voltage while the largest motor starts. Figures: README.md beside this file."""

from __future__ import annotations

from functools import cache
from math import hypot
from typing import Any

import pytest

from grid_models.grid import Grid
from tests.cases.customer import NewSupply, ask, built_at, motor_start_of, referee
from tests.cases.drawing import (
    CABLE_95,
    CABLE_240,
    LV_CABLE_300,
    Board,
    Conductor,
    Line,
    Load,
    Node,
    draw,
)

LOW, HIGH = (85.0, 300.0), (50.0, 330.0)
SMALL: dict[str, Any] = {"kw": 150, "largest_motor_kw": 37}
LARGE: dict[str, Any] = {"kva": 630, "largest_motor_kw": 250}


@cache
def board_and_bay() -> Grid:
    return draw(
        nodes={
            "bus:3": Node(0, 300, "switchgear"),
            "bus:4": Node(10, 300, "cabinet", vn_kv=0.4),
        },
        lines={"line:1": Line("bus:2", "bus:3", CABLE_240)},
        boards={"trafo:2": Board("bus:3", "bus:4", sn_kva=630.0, vk_pct=4.5, vkr_pct=0.984)},
        loads=[Load("bus:3", 950.0, 312.2), Load("bus:4", 90.0, 43.6)],
        bays={"bay:1": ("bus:3", True)},
    )


def change_pct(site: tuple[float, float], **asked: Any) -> tuple[float, bool]:
    """Return the change the plan gives, and whether it asks for a study."""
    (option,) = ask(board_and_bay(), *site, **asked).options
    found = motor_start_of(option)
    assert found.value is not None
    return found.value, found.needs_study


@pytest.mark.parametrize(
    ("how", "by_hand_pct", "needs_study"),
    [("direct", 4.6, True), ("soft", 2.6, False), ("vfd", 0.8, False), (None, 4.6, True)],
)
def test_at_low_voltage_a_motor_of_37_kw_must_not_start_directly(
    how: str | None, by_hand_pct: float, *, needs_study: bool
) -> None:
    found_pct, is_study = change_pct(LOW, **SMALL, motor_start=how)

    assert found_pct == pytest.approx(by_hand_pct, abs=0.15)
    assert is_study == needs_study


def test_once_an_hour_does_not_help_it_either() -> None:
    assert change_pct(LOW, **SMALL, motor_starts_per_hour=1)[1]


@pytest.mark.parametrize(("how", "by_hand_pct"), [("direct", 0.88), ("soft", 0.50)])
def test_at_10_kv_a_motor_of_250_kw_may(how: str, by_hand_pct: float) -> None:
    found_pct, needs_study = change_pct(HIGH, **LARGE, motor_start=how)

    assert found_pct == pytest.approx(by_hand_pct, abs=0.02)
    assert not needs_study


@pytest.mark.parametrize(
    ("site", "asked", "node", "cable", "length_m", "nominal_v", "before", "start"),
    [
        (LOW, SMALL, "bus:4", LV_CABLE_300, 97.5, 380.0, (108.8889, 52.7373), 338.562),
        (HIGH, LARGE, "bus:3", CABLE_95, 75.802, 10_000.0, (320.7222, 105.4148), 2_287.582),
    ],
)
def test_pandapower_finds_the_same_change(
    site: tuple[float, float],
    asked: dict[str, Any],
    node: str,
    cable: Conductor,
    length_m: float,
    nominal_v: float,
    before: tuple[float, float],
    start: float,
) -> None:
    during = (before[0] + 0.3 * start, before[1] + (1.0 - 0.3**2) ** 0.5 * start)
    volts = []
    for p_kw, q_kvar in (before, during):
        s_kva = hypot(p_kw, q_kvar)
        grid = built_at(board_and_bay(), node, NewSupply(s_kva, p_kw / s_kva, cable, length_m))
        v_pu = referee(grid).nodes["v_pu"]["new:node:1"]
        volts.append(1_000.0 * v_pu * grid.nodes.at["new:node:1", "vn_kv"])

    by_pandapower = 100.0 * (volts[0] - volts[1]) / nominal_v
    assert change_pct(site, **asked)[0] == pytest.approx(by_pandapower, abs=1e-3)
