from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from grid_models.demand.curves import read_curves
from grid_models.grid import Grid
from grid_models.readers.profiles import with_profiles
from grid_models.schema import find_problems
from tests.grid_models.readers.nets import read, small_net

QUARTERS = 366 * 96


def year_net() -> Any:
    """Return the small net with a year of quarter hours for its loads and its generator."""
    net = small_net()
    time = pd.date_range("2016-01-01", periods=QUARTERS, freq="15min")
    home = np.full(QUARTERS, 0.2)
    home[time == "2016-07-20 18:30"] = 0.9  # one evening of the summer
    home[time == "2016-03-31 18:30"] = 0.7  # one of the spring
    home[time == "2016-12-05 03:00"] = 0.05  # one night of the winter
    sun = np.where((time.hour == 12) & (time.month == 6), 0.8, 0.0)
    text = time.strftime("%d.%m.%Y %H:%M")
    net["profiles"] = {
        "load": pd.DataFrame({"time": text, "H0_pload": home, "H0_qload": home / 2}),
        "renewables": pd.DataFrame({"time": text, "PV1": sun}),
        "storage": pd.DataFrame({"time": []}),
    }
    net.load["profile"] = ["H0", "mystery"]
    net.sgen["profile"] = "PV1"
    return net


@pytest.fixture(scope="module")
def grid() -> Grid:
    net = year_net()
    return with_profiles(read(net), net)


def test_a_curve_is_named_like_its_profile_and_the_table_it_is_of(grid):
    assert grid.loads["curve_id"].tolist() == ["load:H0", ""]
    assert grid.generators["curve_id"].tolist() == ["renewables:PV1"]


def test_every_profile_has_four_seasons_of_96_points(grid):
    assert len(grid.curves) == 2 * 4 * 96
    assert not [p for p in find_problems(grid) if p.table == "curves"]


def test_a_curve_keeps_the_greatest_of_the_days_of_a_season(grid):
    spring, summer, autumn, winter = read_curves(grid)["load:H0"].p_pu[:, 74]
    assert (spring, summer, autumn, winter) == (0.7, 0.9, 0.2, 0.2)


def test_reactive_power_has_a_greatest_value_of_its_own(grid):
    assert read_curves(grid)["load:H0"].q_pu[1, 74] == pytest.approx(0.45)


def test_a_curve_keeps_the_least_of_the_days_too(grid):
    spring, _, _, winter = read_curves(grid)["load:H0"].p_least_pu[:, 12]
    assert (spring, winter) == (0.2, 0.05)


def test_a_generator_may_give_nothing_on_a_day_of_its_best_season(grid):
    """The sun shines in June and on no other day of the summer."""
    curve = read_curves(grid)["renewables:PV1"]
    assert (curve.p_pu[1, 48], curve.p_least_pu[1, 48]) == (0.8, 0.0)


def test_a_percentile_leaves_out_the_rarest_days():
    """One evening of 92 is above 0.2: it does not count among 95 of 100."""
    net = year_net()
    curve = read_curves(with_profiles(read(net), net, percentile=95.0))["load:H0"]
    assert curve.p_pu[1, 74] == pytest.approx(0.2)
    assert curve.p_least_pu[3, 12] == pytest.approx(0.2)


def test_a_net_without_profiles_keeps_its_powers():
    net = year_net()
    net["profiles"] = {}
    assert with_profiles(read(net), net).curves.empty
