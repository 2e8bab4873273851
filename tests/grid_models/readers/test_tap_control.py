"""Voltage controllers of pandapower nets become set-points and bands."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandapower as pp
import pytest
from pandapower.control import ContinuousTapControl, DiscreteTapControl

from grid_models.grid import Grid
from grid_models.readers import read_grid
from grid_models.schema import find_problems
from tests.grid_models.readers.nets import read, small_net


def stepped() -> Any:
    """Return the small net with a range on its main transformer."""
    net = small_net()
    taps = {
        "tap_side": "hv", "tap_neutral": 0, "tap_pos": 0, "tap_min": -9, "tap_max": 9,
        "tap_step_percent": 1.5, "tap_step_degree": 0.0, "tap_changer_type": "Ratio",
    }  # fmt: skip
    for column, value in taps.items():
        net.trafo.loc[0, column] = value
    return net


def held(grid: Grid) -> tuple[float, float]:
    row = grid.transformers.loc["trafo:0"]
    return float(row["tap_set_point_pu"]), float(row["tap_band_pu"])


def codes(grid: Grid) -> list[str]:
    return [p.code for p in grid.metadata.import_problems]


def test_a_discrete_controller_holds_the_middle_of_its_two_voltages() -> None:
    net = stepped()
    DiscreteTapControl(net, 0, 1.0, 1.04)
    grid = read(net)
    assert held(grid) == pytest.approx((1.02, 0.04))
    assert "controller_not_run" not in codes(grid)
    assert not [p for p in find_problems(grid) if p.code.startswith("tap_")]


def test_a_discrete_controller_of_a_set_point_holds_one_step_round_it() -> None:
    net = stepped()
    # half a step of 1.5 % and pandapower's own tolerance of 0.001 to either side
    DiscreteTapControl.from_tap_step_percent(net, 0, 1.01)
    assert held(read(net)) == pytest.approx((1.01, 0.017))


def test_a_continuous_controller_is_held_within_a_band_a_changer_can_hold() -> None:
    net = stepped()
    ContinuousTapControl(net, 0, 1.02)
    grid = read(net)
    # 1.25 steps of 1.5 % of 1.02
    assert held(grid) == pytest.approx((1.02, 1.25 * 0.015 * 1.02))
    assert not [p for p in find_problems(grid) if p.code.startswith("tap_")]


@pytest.mark.parametrize("how", ["high side", "out of service", "twice"])
def test_what_cannot_be_carried_over_is_listed_and_the_tap_stands(how: str) -> None:
    net = stepped()
    side = "hv" if how == "high side" else "lv"
    DiscreteTapControl(net, 0, 1.0, 1.04, side=side, in_service=how != "out of service")
    if how == "twice":
        DiscreteTapControl(net, 0, 0.99, 1.03)
    grid = read(net)
    assert np.isnan(held(grid)).all()
    assert ("controller_not_run" in codes(grid)) == (how != "out of service")


def test_a_file_with_a_controller_is_read_the_same(tmp_path: Path) -> None:
    net = stepped()
    DiscreteTapControl(net, 0, 1.0, 1.04)
    path = tmp_path / "held.json"
    pp.to_json(net, str(path))
    assert held(read_grid(str(path))) == pytest.approx((1.02, 0.04))
