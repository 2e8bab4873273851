"""Tap changers settle before the new load and then stand: capacities, hours and plans.

The referee lets them settle by pandapower, puts the load in, and looks at every limit.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
import pytest

from grid_models.catalogue import load_catalogue
from grid_models.demand import trees_at
from grid_models.edits import AddedLoad, AddLoads, apply
from grid_models.grid import Grid
from grid_models.model import GridModel
from grid_models.solvers.reference import solve_reference, to_pandapower
from grid_models.solvers.reference_taps import settle_reference
from grid_models.storage import write_grid
from grid_models.stored.changing import write_change
from grid_models.stored.opening import open_model
from planner.application import Commitment
from planner.assistant import make_plan
from planner.capacity import CapacityQuestion, map_capacities
from planner.capacity_hours import Hours
from planner.plan import plan_to_json
from planner.rules import load_rule_book
from planner.scenarios.look import look_at
from planner.situation import make_situation
from planner.together import check_together
from planner.verification import verify_plan
from tests.conftest import LoadNet
from tests.grid_models.demand.streets import HOME, ROOF, SHOP, shaped, street
from tests.grid_models.grids import coil
from tests.grid_models.samples import tiny_grid
from tests.grid_models.tapped import with_changer
from tests.planner.example import asked
from tests.planner.pandapower_truth import POWER_FACTOR, Truth
from tests.planner.station import station
from tests.planner.test_n_minus_1 import SITE, meeting
from tests.planner.test_verification import AT_BOARD
from tests.planner.test_verification import application as at

RULES = load_rule_book("demo").on(date(2026, 8, 1))
TIGHT = 1e-4
End = Literal["low", "high"]


@cache
def oberrhein(load_net: LoadNet) -> Grid:
    return with_changer(
        load_net("pandapower:mv_oberrhein").grid, "trafo:114", "trafo:142", tap_min=-9.0,
        tap_max=9.0, tap_step_pct=1.5, tap_set_point_pu=1.0, tap_band_pu=0.03,
    )  # fmt: skip


def capacities(grid: Grid, hours: Hours | None = None, **asked: Any) -> pd.DataFrame:
    question = CapacityQuestion(power_factor=POWER_FACTOR, hours=hours, **asked)
    return map_capacities(GridModel.of(grid), RULES, question).set_index("node_id")


def with_load(grid: Grid, node: str, kva: float, *, power_factor: float = POWER_FACTOR) -> Grid:
    new = AddedLoad(
        load_id="new", node_id=node, p_kw=kva * power_factor,
        q_kvar=kva * float(np.sqrt(1.0 - power_factor**2)),
    )  # fmt: skip
    return apply(AddLoads(loads=(new,)), grid)


def bound_nodes(found: pd.DataFrame, column: str, count: int) -> list[str]:
    taken = found.index[np.isfinite(found[column]) & (found[column] > 1.0)]
    return [str(name) for name in np.random.default_rng(3).permutation(taken)[:count]]


# Capacities --------------------------------------------------------------------------------------


def test_a_capacity_is_what_pandapower_finds_with_taps_at_the_low_end(load_net: LoadNet) -> None:
    grid = oberrhein(load_net)
    found = capacities(grid)
    truth = Truth(to_pandapower(settle_reference(grid, "low")))
    bus_of = {name: k for k, name in enumerate(grid.nodes.index)}
    nodes = bound_nodes(found, "hosting_capacity_kva", 4)
    assert len(set(found["hosting_binding_code"][nodes])) > 1
    for name in nodes:
        kva = found["hosting_capacity_kva"][name]
        assert truth.carries(bus_of[name], kva * (1 - TIGHT)), name
        assert not truth.carries(bus_of[name], kva * (1 + TIGHT)), name


def test_a_changer_that_acts_after_the_load_breaks_no_limit_either(load_net: LoadNet) -> None:
    grid = oberrhein(load_net)
    found = capacities(grid)
    for name in bound_nodes(found, "hosting_capacity_kva", 2):
        loaded = with_load(grid, name, found["hosting_capacity_kva"][name] * (1 - TIGHT))
        for end in ("low", "high"):
            flow = solve_reference(settle_reference(loaded, end))
            assert not flow.failures
            assert flow.lines["loading_pct"].max() <= 100.0
            assert flow.transformers["loading_pct"].max() <= 100.0
            assert flow.nodes["v_pu"].min() >= 0.93


def test_what_can_be_fed_in_holds_at_both_ends_and_no_more_at_one(load_net: LoadNet) -> None:
    grid = oberrhein(load_net)
    found = capacities(grid)
    power_factor = RULES.number("power_factor_export")
    nodes = bound_nodes(found, "export_capacity_kva", 2)
    at_ends = [settle_reference(grid, end) for end in ("low", "high")]

    def holds(name: str, kva: float) -> bool:
        for at_end in at_ends:
            flow = solve_reference(with_load(at_end, name, -kva, power_factor=power_factor))
            most = max(flow.lines["loading_pct"].max(), flow.transformers["loading_pct"].max())
            if flow.failures or most > 100.0 or flow.nodes["v_pu"].max() > 1.07:
                return False
        return True

    for name in nodes:
        kva = found["export_capacity_kva"][name]
        assert holds(name, kva * (1 - TIGHT)), name
        assert not holds(name, kva * (1 + TIGHT)), name


def test_a_map_without_set_points_is_the_same_to_the_last_digit() -> None:
    plain = tiny_grid()
    stands = with_changer(plain, "trafo:1", tap_set_point_pu=1.0, tap_band_pu=np.nan)
    neutral = with_changer(plain, "trafo:1", tap_set_point_pu=np.nan, tap_band_pu=np.nan)
    assert neutral.version != stands.version
    pd.testing.assert_frame_equal(capacities(neutral), capacities(stands))


def test_promises_move_the_changer_before_the_new_load_comes() -> None:
    model = GridModel.of(with_changer(station(), "trafo:1", tap_set_point_pu=1.0))
    heavy = Commitment(commitment_id="A", node_id="bus:3", s_kva=9_000.0, power_factor=0.9)
    alone, promised = (make_situation(model, 0, RULES, held) for held in ((), (heavy,)))
    assert promised.position[0] < alone.position[0]
    np.testing.assert_array_equal(promised.peak_loading_pct, alone.state.loading_pct)


def test_loads_together_are_checked_at_the_low_end(load_net: LoadNet) -> None:
    grid = oberrhein(load_net)
    found = capacities(grid)
    (name,) = bound_nodes(found, "hosting_capacity_kva", 1)
    kva = float(found["hosting_capacity_kva"][name])
    one = Commitment(commitment_id="A", node_id=name, s_kva=kva, power_factor=POWER_FACTOR)
    (answer,) = check_together(GridModel.of(grid), RULES, (), (one,))
    assert answer.share == pytest.approx(1.0, abs=1e-4)


# Hours -------------------------------------------------------------------------------------------


def regulated_street() -> Grid:
    """The street behind a main transformer of 2.5 MVA whose changer every hour moves."""
    day = [
        shaped(HOME, {76: 1.0, 48: 0.6, 12: 0.1}, rest=0.3),
        shaped(SHOP, {48: 1.0, 76: 0.5, 12: 0.1}, rest=0.4),
        shaped(ROOF, {48: 1.0, 50: 0.8}, rest=0.0),
    ]
    return _behind_a_changer(street(day, nodes={"S": 110.0}), tap_set_point_pu=0.99)


def _behind_a_changer(grid: Grid, **tap: float) -> Grid:
    feed = coil("S", "A", 2_500.0, 110.0, 10.5, vk_pct=10.5)
    grid = grid.with_tables(
        transformers=pd.DataFrame([feed], index=["T"]), sources=grid.sources.assign(node="S")
    )
    return with_changer(grid, "T", tap_band_pu=0.016, **tap)


def test_hours_stand_at_different_positions() -> None:
    model = GridModel.of(regulated_street())
    found = {
        make_situation(model, 0, RULES, (), present=tree).position
        for _, tree in trees_at(model.compiled, 0, model.load_cases)
    }
    assert len(found) > 1


@pytest.mark.parametrize(
    "number", ["open_capacity_kva", "hosting_capacity_kva", "export_capacity_kva"]
)
def test_the_map_over_hours_is_the_least_of_every_hour_settled_alone(number: str) -> None:
    hourly = _hourly()
    least = np.min([one[number] for one in hourly], axis=0)
    np.testing.assert_allclose(_all_hours()[number], least, rtol=1e-6)


def test_a_heavier_hour_that_stands_one_step_higher_covers_no_lighter_one() -> None:
    levels = {4 * k: 0.1 * (k + 1) for k in range(10)}
    day = [shaped(curve, levels, rest=0.05) for curve in (HOME, SHOP)]
    grid = _behind_a_changer(street(day, nodes={"S": 110.0}, generators={}), tap_set_point_pu=0.96)
    model, question = GridModel.of(grid), CapacityQuestion(power_factor=POWER_FACTOR)
    each = [
        map_capacities(model, RULES, replace(question, hours=Hours(quarter_hour=k)))
        for k in (*levels, 95)
    ]
    found = map_capacities(model, RULES, replace(question, hours=Hours()))
    least = np.min([one["hosting_capacity_kva"] for one in each], axis=0)
    np.testing.assert_allclose(found["hosting_capacity_kva"], least, rtol=1e-6)
    # the heaviest hour, 09:00, is not the one that leaves least
    assert "09:00" not in set(found["hosting_hour"][found["node_id"].isin(["B", "C"])].str[-5:])


@cache
def _hourly() -> list[pd.DataFrame]:
    model, question = GridModel.of(regulated_street()), CapacityQuestion(power_factor=POWER_FACTOR)
    return [
        map_capacities(model, RULES, replace(question, hours=Hours(quarter_hour=k)))
        for k in range(96)
    ]


@cache
def _all_hours() -> pd.DataFrame:
    return capacities(regulated_street(), Hours())


# Plans -------------------------------------------------------------------------------------------


def confirmed(
    grid: Grid, application: Any, commitments: tuple[Commitment, ...] = ()
) -> dict[str, Any]:
    """Return the plan, after pandapower has confirmed it."""
    model, book = GridModel.of(grid), load_rule_book("demo")
    plan = make_plan(application, model, book, load_catalogue(), commitments=commitments)
    document = json.loads(json.dumps(plan_to_json(plan)))
    assert verify_plan(document, model, book, load_catalogue(), commitments=commitments) == ()
    return document


def check(plan: dict[str, Any], code: str) -> dict[str, Any]:
    return next(c for c in plan["options"][0]["checks"] if c["code"] == code)


def test_a_plan_with_promises_and_a_take_over_is_confirmed_by_pandapower() -> None:
    grid = with_changer(meeting(2_000.0, 1_500.0), "trafo:1", tap_set_point_pu=1.0)
    promise = Commitment(commitment_id="A", node_id="bus:5", s_kva=1_200.0)
    plan = confirmed(grid, asked(*SITE, kva=800.0), (promise,))
    assert plan["options"][0]["take_over"]


def test_low_voltages_are_judged_at_the_low_end_and_high_ones_at_the_high_end() -> None:
    grid = with_changer(meeting(), "trafo:1", tap_set_point_pu=1.0, tap_band_pu=0.06, tap_pos=4.0)
    plan = confirmed(grid, asked(*SITE, kva=800.0))
    low, high = check(plan, "voltage_low"), check(plan, "voltage_high")
    # the busbar's voltage before, within a step of either end of 0.97 to 1.03
    assert low["value"] < 9_850.0
    assert 10_150.0 < high["value"] <= 10_300.0


def test_a_high_voltage_that_only_the_high_end_shows_is_told() -> None:
    # 1.05 / (1 - 0.0125) = 1.063 pu is the low end, 1.05 / (1 - 0.025) = 1.077 pu the high end
    grid = with_changer(
        meeting(100.0, 100.0), "trafo:1", tap_set_point_pu=1.065, tap_band_pu=0.03, tap_pos=0.0
    )
    high = check(confirmed(grid, asked(*SITE, kva=800.0)), "voltage_high")
    assert high["value"] > high["limit"] == 10_700.0
    assert high["pre_existing"]


def test_a_single_phase_plan_with_a_changer_at_its_board_is_confirmed() -> None:
    grid = with_changer(
        tiny_grid(), "trafo:2", tap_min=-4.0, tap_max=4.0, tap_step_pct=2.5, tap_set_point_pu=1.0,
        tap_band_pu=0.05,
    )  # fmt: skip
    plan = confirmed(grid, at(AT_BOARD, kw=6.0, phases=1))
    assert plan["options"]


# Stored grids and scenarios ----------------------------------------------------------------------


def test_a_stored_grid_settles_as_the_one_in_memory(tmp_path: Path) -> None:
    grid = with_changer(tiny_grid(), "trafo:1", tap_set_point_pu=1.0)
    write_grid(grid, tmp_path / "grid")
    stored = map_capacities(
        open_model(tmp_path / "grid"), RULES, CapacityQuestion(power_factor=0.9)
    )
    own = map_capacities(GridModel.of(grid), RULES, CapacityQuestion(power_factor=0.9))
    pd.testing.assert_frame_equal(stored, own)


def test_a_set_point_laid_over_a_stored_grid_counts(tmp_path: Path) -> None:
    folder = tmp_path / "grid"
    plain = with_changer(
        tiny_grid(), "trafo:1", tap_set_point_pu=np.nan, tap_band_pu=np.nan, tap_pos=1.0
    )
    write_grid(plain, folder)
    columns = ["tap_set_point_pu", "tap_band_pu"]
    rows = pd.DataFrame([[1.0, 0.025]], columns=columns, index=["trafo:1"])
    write_change(folder, {"transformers": rows})
    model = open_model(folder)
    # 1.05 / (1 + 0.0125 k) with next to no load: 1.0 at k = 4, 0.9882 at k = 5
    assert make_situation(model, 0, RULES, ()).position == (5.0,)


def test_a_scenario_settles_before_and_after_each_for_itself() -> None:
    grid = with_changer(tiny_grid(), "trafo:1", tap_set_point_pu=1.0)
    more = AddLoads(
        loads=(AddedLoad(load_id="new", node_id="bus:3", p_kw=4_000.0, q_kvar=2_500.0),)
    )
    for state in (grid, apply(more, grid)):
        (look,) = look_at(state, frozenset(state.nodes.index), RULES)
        for end, column in (("low", "v"), ("high", "upper_v")):
            flow = solve_reference(settle_reference(state, end))
            volts = 1000.0 * flow.nodes["v_pu"] * state.nodes["vn_kv"]
            np.testing.assert_allclose(look.nodes[column], volts.loc[look.nodes.index], rtol=1e-8)


def test_a_scenario_tells_a_high_voltage_that_only_the_high_end_has() -> None:
    grid = with_changer(tiny_grid(), "trafo:1", tap_set_point_pu=1.065, tap_band_pu=0.03)
    (look,) = look_at(grid, frozenset(grid.nodes.index), RULES)
    high = {key.element_id for key in look.breaches if key.code == "voltage_high"}
    assert "bus:2" in high
    assert look.nodes["v"]["bus:2"] < 10_700.0 < look.nodes["upper_v"]["bus:2"]
