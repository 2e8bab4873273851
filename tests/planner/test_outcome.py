"""What a solved connection does to the grid of `station`; the referee is pandapower."""

from __future__ import annotations

from math import sqrt
from typing import Any

import numpy as np
import pandas as pd
import pytest

from grid_models.grid import Grid
from planner.measured_ways import measure_ways
from planner.outcome import Outcome
from planner.plan import Check
from tests.cases.customer import built_at, built_on, referee
from tests.grid_models.samples import added, edited
from tests.planner.searches import new_supply, situation_of, solve_at
from tests.planner.station import BY_THE_LINE, SITE, station, station_model

LOW = (880.0, 425.0)


def at_the_unit(grid: Grid | None = None, **how: Any) -> Outcome:
    return solve_at("bus:3", grid or station_model(), SITE, **how)


def on_the_line(grid: Grid | None = None, **how: Any) -> Outcome:
    return solve_at("line:2", grid or station_model(), BY_THE_LINE, **how)


def at_low_voltage(grid: Grid | None = None, **how: Any) -> Outcome:
    how = {"kw": 100.0} | how
    return solve_at("bus:6", grid or station_model(), LOW, "lv", **how)


def check_of(outcome: Outcome, code: str) -> Check:
    (check,) = [j.check for j in outcome.judgements if j.check.code == code]
    return check


def effects(outcome: Outcome) -> dict[str, str]:
    """Return what each code does, those that pass left out."""
    return {j.check.code: j.check.effect for j in outcome.judgements if not j.check.passed}


def loading_now_pct(grid: Grid, table: str, element: str) -> float:
    """Return a present loading in percent, as pandapower finds it."""
    return float(getattr(referee(grid), table)["loading_pct"][element])


# Figures -----------------------------------------------------------------------------------------


def test_a_bay_loads_and_lowers_what_pandapower_says() -> None:
    outcome = at_the_unit()
    grid = built_at(station(), "bus:3", new_supply(outcome))
    lines, nodes = referee(grid).lines["loading_pct"], referee(grid).nodes["v_pu"]
    flow = outcome.power_flow
    assert flow.max_line_loading_pct == pytest.approx(lines.max(), abs=1e-5)
    assert flow.max_line_id == lines.idxmax()
    assert flow.v_customer_pu == pytest.approx(nodes["new:node:1"], abs=1e-8)
    assert flow.min_v_pu == pytest.approx(nodes.min(), abs=1e-8)
    assert flow.min_v_node_id == nodes.idxmin()


def test_a_tee_loads_both_parts_of_the_line_as_pandapower_says() -> None:
    outcome = on_the_line()
    lines = referee(built_on(station(), "line:2", 0.5, new_supply(outcome))).lines["loading_pct"]
    on_path = lines[["line:1", "line:2#1", "new:line:1"]]
    # the main transformer is loaded to 4 %
    assert outcome.worst_on_path_pct == pytest.approx(on_path.max(), abs=1e-5)
    assert check_of(outcome, "thermal_line").value == pytest.approx(lines.max(), abs=1e-5)


def test_the_voltage_of_a_tee_before_is_interpolated_between_the_ends() -> None:
    nodes = referee(station()).nodes
    v = nodes["v_pu"] * np.exp(1j * np.deg2rad(nodes["angle_degree"]))
    outcome = solve_at("line:2", station_model(), (180.0, 440.0))
    expected = abs(v["bus:3"] + 0.25 * (v["bus:4"] - v["bus:3"]))
    assert outcome.v_access_before_pu == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(
    ("element", "site"), [("bus:3", SITE), ("line:2", BY_THE_LINE), ("line:2", (180.0, 440.0))]
)
def test_the_way_alone_shows_the_same_voltage_and_loading(
    element: str, site: tuple[float, float]
) -> None:
    grid = edited(station(), "lines", "line:1", ampacity_a=200.0)
    outcome, situation = solve_at(element, grid, site), situation_of(grid, site)
    ((v_pu, loading_pct),) = measure_ways(situation, [outcome.trial])
    assert v_pu == outcome.power_flow.v_customer_pu
    assert loading_pct == pytest.approx(outcome.worst_on_path_pct, rel=1e-12)


def test_voltages_are_held_against_volts() -> None:
    outcome = at_low_voltage()
    nodes = referee(built_at(station(), "bus:6", new_supply(outcome))).nodes["v_pu"]
    check = check_of(outcome, "voltage_low")
    assert (check.element_id, check.limit, check.unit) == ("new:node:1", 353.4, "V")
    assert check.value == pytest.approx(400.0 * nodes["new:node:1"], abs=1e-5)


@pytest.mark.parametrize(
    ("code", "limit_v"), [("voltage_low", 9_300.0), ("voltage_high", 10_700.0)]
)
def test_10_kv_has_its_own_limits(code: str, limit_v: float) -> None:
    v_pu = 0.88 if code == "voltage_low" else 1.025
    check = check_of(at_the_unit(edited(station(), "sources", "source:1", v_pu=v_pu)), code)
    assert (check.limit, check.passed) == (limit_v, False)
    assert check.element_id in {"bus:2", "bus:3", "new:node:1"}


# Path, feeder, tree ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("table", "element", "column", "code", "scope"),
    [
        ("lines", "line:2", "ampacity_a", "thermal_line", "feeder"),
        ("lines", "line:3", "ampacity_a", "thermal_line", "feeder"),
        ("transformers", "trafo:2", "sn_kva", "thermal_transformer", "feeder"),
        ("lines", "line:1", "ampacity_a", "thermal_line", "path"),
    ],
)
def test_what_is_newly_broken_on_path_or_feeder_blocks(
    table: str, element: str, column: str, code: str, scope: str
) -> None:
    # a rating a millionth above the present load: lower voltage alone raises the current
    rating = float(station().tables()[table].at[element, column])
    share = loading_now_pct(station(), table, element) / 100.0 * (1.0 + 1e-6)
    if table == "transformers":  # its impedance stays as it is
        percent = station().transformers.loc[element, ["vk_pct", "vkr_pct"]] * share
        changes = {"vk_pct": percent["vk_pct"], "vkr_pct": percent["vkr_pct"]}
    else:
        changes = {}
    check = check_of(
        at_the_unit(edited(station(), table, element, **{column: rating * share}, **changes)), code
    )
    assert (check.element_id, check.scope, check.effect) == (element, scope, "block")
    assert not check.pre_existing


def test_what_is_newly_broken_on_another_feeder_is_a_neighbour() -> None:
    grid = added(station(), "nodes", "bus:7", "bus:4")
    grid = added(grid, "lines", "line:7", "line:2", from_node="bus:2", to_node="bus:7")
    grid = added(grid, "loads", "load:7", "load:1", node="bus:7", p_kw=3_000.0)
    rated_a = 334.0 * loading_now_pct(grid, "lines", "line:7") / 100.0 * (1.0 + 1e-6)
    outcome = at_the_unit(edited(grid, "lines", "line:7", ampacity_a=rated_a))
    check = check_of(outcome, "thermal_line")
    assert (check.element_id, check.scope, check.effect) == ("line:7", "tree", "desk")
    assert outcome.desk["neighbour_affected"].element_id == "line:7"
    assert outcome.blocking == ()
    assert effects(outcome) == {"thermal_line": "desk", "heavy_load": "show"}


# Broken before -----------------------------------------------------------------------------------


def test_a_line_on_the_feeder_that_was_overloaded_is_shown() -> None:
    outcome = at_the_unit(edited(station(), "lines", "line:2", ampacity_a=25.0))
    check = check_of(outcome, "thermal_line")
    assert (check.element_id, check.effect, check.pre_existing) == ("line:2", "show", True)
    assert outcome.blocking == ()


def test_the_parts_of_a_line_that_was_overloaded_were_so_before() -> None:
    outcome = on_the_line(edited(station(), "lines", "line:2", ampacity_a=25.0))
    check = check_of(outcome, "thermal_line")
    assert (check.element_id, check.effect, check.pre_existing) == ("line:2#1", "block", True)


def test_the_parts_of_a_line_that_is_newly_overloaded_were_not() -> None:
    outcome = on_the_line(edited(station(), "lines", "line:2", ampacity_a=60.0))
    check = check_of(outcome, "thermal_line")
    assert (check.element_id, check.effect, check.pre_existing) == ("line:2#1", "block", False)


@pytest.mark.parametrize("site", [SITE, BY_THE_LINE])
def test_split_and_customer_have_had_the_access_point_s_high_voltage(
    site: tuple[float, float],
) -> None:
    grid = edited(station(), "sources", "source:1", v_pu=1.025)
    outcome = at_the_unit(grid) if site == SITE else on_the_line(grid)
    assert outcome.blocking == ()
    assert set(outcome.desk) == {"tap_adjustment"}


@pytest.mark.parametrize(("ohm_per_km", "effect"), [(0.047, "show"), (2.5, "block")])
def test_a_low_voltage_off_the_path_may_fall_by_half_a_percent(
    ohm_per_km: float, effect: str
) -> None:
    # 0.76 MW over 0.02 ohm lower the voltage by 0.02 %, over 1 ohm by 0.8 %
    grid = edited(station(), "transformers", "trafo:2", vn_hv_kv=12.3)
    outcome = at_the_unit(edited(grid, "lines", "line:1", r_ohm_per_km=ohm_per_km))
    check = check_of(outcome, "voltage_low")
    assert (check.element_id, check.scope) == ("bus:6", "feeder")
    assert (check.effect, check.pre_existing) == (effect, True)


# Heavy load --------------------------------------------------------------------------------------


def test_heavy_load_blocks_at_10_kv() -> None:
    grid = edited(station(), "lines", "line:1", ampacity_a=90.0)
    assert effects(at_the_unit(grid)) == {"heavy_load": "block"}


def test_heavy_load_never_blocks_at_low_voltage_and_is_told_by_element() -> None:
    # 111 kVA and 21 kVA of 160 kVA
    outcome = at_low_voltage(edited(station(), "transformers", "trafo:2", sn_kva=160.0))
    assert effects(outcome) == {"heavy_load": "show"}
    ((element, loading_pct),) = outcome.heavy_on_path
    assert element == "trafo:2"
    assert loading_pct == outcome.worst_on_path_pct
    assert 80.0 < loading_pct < 100.0


def test_more_than_the_limit_blocks_at_low_voltage_too() -> None:
    outcome = at_low_voltage(edited(station(), "transformers", "trafo:2", sn_kva=125.0))
    assert effects(outcome) == {"thermal_transformer": "block", "heavy_load": "show"}


# Limits of current -------------------------------------------------------------------------------


def with_limits(ampacity_a: float, **entries: tuple[str, float]) -> Grid:
    """Return the station whose line:1 has a closed switch and some entries of limits."""
    grid = edited(station(), "lines", "line:1", ampacity_a=ampacity_a)
    switch = {"node": "bus:2", "element_id": "line:1", "element_kind": "line", "is_closed": True}
    rated_a = entries.pop("rated", ("", float("nan")))[1]
    limits = [
        {"element_id": element, "limit_a": limit_a, "source": source}
        for source, (element, limit_a) in entries.items()
    ]
    return grid.with_tables(
        switches=pd.DataFrame([switch | {"rated_a": rated_a}], index=["switch:1"]),
        limits=pd.DataFrame(limits, index=[f"limit:{k}" for k in range(len(limits))]),
    )


def amperes_of_line_1() -> float:
    """Return the current of line:1 with the customer, of an ampacity of 470 A."""
    grid = built_at(station(), "bus:3", new_supply(at_the_unit()))
    return float(4.7 * referee(grid).lines["loading_pct"]["line:1"])


@pytest.mark.parametrize(
    ("entries", "limit_a"),
    [
        ({}, 200.0),
        ({"relay": ("line:1", 150.0)}, 150.0),
        ({"relay": ("line:1", 150.0), "ct": ("line:1", 120.0)}, 120.0),
        ({"relay": ("line:1", 900.0)}, 200.0),
        ({"rated": ("", 160.0)}, 160.0),
        ({"rated": ("", 630.0)}, 200.0),
        ({"switch": ("switch:1", 150.0)}, 150.0),
        ({"switch": ("switch:1", 150.0), "rated": ("", 160.0), "ct": ("line:1", 120.0)}, 120.0),
        ({"switch": ("switch:1", 110.0), "rated": ("", 160.0), "ct": ("line:1", 120.0)}, 110.0),
    ],
)
def test_the_least_of_ampacity_entries_and_switches_limits_a_line(
    entries: dict[str, tuple[str, float]], limit_a: float
) -> None:
    check = check_of(at_the_unit(with_limits(200.0, **entries)), "thermal_line")
    assert check.element_id == "line:1"
    assert check.value == pytest.approx(100.0 * amperes_of_line_1() / limit_a, abs=1e-4)


def test_a_switch_alone_does_not_make_a_line_s_limit_known() -> None:
    grid = with_limits(float("nan"), rated=("", 100.0))
    assert check_of(at_the_unit(grid), "thermal_line").element_id != "line:1"


# One phase ---------------------------------------------------------------------------------------


def test_one_phase_loads_the_new_line_three_times() -> None:
    one = at_low_voltage(kw=8.0, phases=1)
    three = at_low_voltage(kw=8.0, phases=1, balanced=True)
    single, balanced = (check_of(outcome, "thermal_line") for outcome in (one, three))
    assert single.element_id == balanced.element_id == "new:line:1"
    assert single.value == pytest.approx(3.0 * balanced.value, rel=1e-9)


def test_one_phase_drops_six_times_and_is_held_against_198_v() -> None:
    # a transformer of 11.3 kV: low voltage is nearer to its limit than 10 kV
    grid = edited(station(), "transformers", "trafo:2", vn_hv_kv=11.3)
    outcome = at_low_voltage(grid, kw=8.0, phases=1)
    before = referee(grid).nodes["v_pu"]
    after = referee(built_at(grid, "bus:6", new_supply(outcome))).nodes["v_pu"]
    drop = (after["bus:5"] - after["new:node:1"]) - (before["bus:5"] - before["bus:6"])
    volts = 400.0 / sqrt(3.0) * (after["new:node:1"] - 5.0 * drop)
    check = check_of(outcome, "voltage_low")
    assert (check.element_id, check.limit) == ("new:node:1", 198.0)
    assert check.value == pytest.approx(volts, abs=1e-4)
