from __future__ import annotations

import copy
import math
from typing import Any

import numpy as np
import pandapower as pp
import pytest

from grid_models.capacity import Hosting
from grid_models.grid import Grid
from grid_models.readers import read_pandapower
from tests.conftest import LoadNet
from tests.grid_models.capacities import BY_RULE, LEGAL_V, ROOT_3, Asked, fed_by_1_ohm
from tests.grid_models.grids import coil, load, wire
from tests.grid_models.readers.nets import read, small_net

# --- hosting capacity by hand ----------------------------------------------------------------


def test_a_line_is_full_when_its_current_is():
    """100 A leave 10 kV - sqrt 3 x 100 A x 1 ohm = 9.827 kV at the load."""
    kva, code, at = Asked(fed_by_1_ohm(ampacity_a=100.0)).bound_at("B")
    assert kva == pytest.approx(ROOT_3 * 100.0 * (10.0 - ROOT_3 * 0.1), rel=2e-5)
    assert (code, at) == ("thermal_line", "B")


def test_a_named_limit_below_the_ampacity_is_what_fills_a_line():
    limits = {"ct": {"element_id": "L", "limit_a": 100.0, "source": "ct"}}
    kva, code, _ = Asked(fed_by_1_ohm(ampacity_a=400.0, limits=limits)).bound_at("B")
    assert kva == pytest.approx(ROOT_3 * 100.0 * (10.0 - ROOT_3 * 0.1), rel=2e-5)
    assert code == "thermal_line"


def test_the_voltage_may_fall_to_the_legal_limit():
    """At 9.3 kV: (10 - 9.3) kV / 1 ohm x 9.3 kV = 6.51 MW."""
    kva, code, at = Asked(fed_by_1_ohm()).bound_at("B")
    assert kva == pytest.approx(6510.0, rel=2e-5)
    assert (code, at) == ("voltage_low", "B")


def test_the_transformer_on_the_way_binds_where_it_is_the_weakest():
    unit = coil("B", "C", 400.0, 10.0, 0.4, vk_pct=1e-4, vkr_pct=1e-4, pfe_w=0.0, i0_pct=0.0)
    grid = fed_by_1_ohm(nodes={"C": 0.4}, transformers={"T": unit})
    kva, code, at = Asked(grid).bound_at("C")
    # its rated current at the voltage that is left: 10 kV - sqrt 3 x 23.09 A x 1 ohm
    assert kva == pytest.approx(400.0 * (10.0 - ROOT_3 * 0.4 / (ROOT_3 * 10.0)) / 10.0, rel=2e-5)
    assert (code, at) == ("thermal_transformer", "C")


def test_a_neighbour_with_less_voltage_binds_before_the_point_itself():
    """C hangs at B by 2 ohm with a constant impedance: it always has 0.96 of B's voltage."""
    side = load("C", 10_000.0 / (2.0 / 0.04 - 2.0) * 10.0, const_z_p_pct=100.0)
    grid = fed_by_1_ohm(nodes={"C": 10.0}, lines={"M": wire("B", "C", 2.0)}, loads={"P": side})
    kva, code, at = Asked(grid).bound_at("B")
    v_b = 9.3 / 0.96
    taken_by_side = v_b**2 / 50.0
    assert kva == pytest.approx(1000.0 * (v_b * (10.0 - v_b) - taken_by_side), rel=2e-5)
    assert (code, at) == ("voltage_low", "C")


def test_in_mid_line_the_voltage_at_the_split_counts():
    """Half of 1 ohm lies before it, so twice the load of its end."""
    kva, code, at = Asked(fed_by_1_ohm()).bound_at("B", share=0.5)
    assert kva == pytest.approx(2 * 6510.0, rel=2e-5)
    assert (code, at) == ("voltage_low", "B")


def test_in_mid_line_the_voltage_may_be_lower_than_at_both_ends():
    """1 MW given at the end lifts it above the split, which half an ohm on either side joins."""
    grid = fed_by_1_ohm(generators={"G": {"node": "B", "p_kw": 1000.0}})
    kva, code, at = Asked(grid).bound_at("B", share=0.5)
    v_end = (9.3 + math.sqrt(9.3**2 + 4 * 0.5 * 1.0)) / 2
    assert kva == pytest.approx(1000.0 * 9.3 * ((10.0 - 9.3) + (v_end - 9.3)) / 0.5, rel=2e-5)
    assert (code, at) == ("voltage_low", "B")


def test_in_mid_line_both_parts_of_the_line_count():
    """80 A flow on to the end; 100 A may flow before the split."""
    passing = load("B", ROOT_3 * 80.0 * (10.0 - ROOT_3 * 0.08))
    kva, code, _ = Asked(fed_by_1_ohm(ampacity_a=100.0, loads={"P": passing})).bound_at(
        "B", share=0.0001
    )
    # the load at the end has constant power, so its current hardly grows
    assert kva == pytest.approx(ROOT_3 * 20.0 * 10.0, rel=1e-3)
    assert code == "thermal_line"


def test_reactive_power_fills_a_line_as_much_as_active_power():
    thin = fed_by_1_ohm(ampacity_a=100.0, lines={"L": wire("A", "B", 1e-4, ampacity_a=100.0)})
    kva, _, _ = Asked(thin).bound_at("B", power_factor=0.8)
    assert kva == pytest.approx(ROOT_3 * 10.0 * 100.0, rel=2e-5)


def test_the_capacity_is_one_that_can_be_had():
    found = Asked(fed_by_1_ohm()).bound_at("B")[0]
    assert 6510.0 * (1 - 2e-5) <= found <= 6510.0


def test_several_points_are_as_if_each_were_alone():
    grid = fed_by_1_ohm(
        nodes={"C": 10.0, "D": 10.0},
        lines={"M": wire("B", "C", 0.5), "N": wire("B", "D", 2.0, ampacity_a=150.0)},
        loads={"P": load("D", 800.0)},
    )
    asked = Asked(grid)
    together = asked.hosting("B", "C", "D")
    alone = tuple(asked.hosting(node)[0] for node in "BCD")
    assert [h.kva for h in together] == pytest.approx([h.kva for h in alone], rel=2e-5)
    assert [(h.row, h.code) for h in together] == [(h.row, h.code) for h in alone]


def test_where_nothing_binds_it_is_without_end():
    assert Asked(fed_by_1_ohm()).bound_at("A") == (math.inf, "", "")


def test_without_any_limit_the_voltage_collapses_at_last():
    """U^2 / 4 R = 25 MW is the most that arrives."""
    grid = fed_by_1_ohm(ampacity_a=np.nan)
    kva, code, at = Asked(grid, legal_v={}).bound_at("B")
    assert 24_500.0 < kva <= 25_000.0
    assert (code, at) == ("voltage_low", "B")


# --- limits that were broken before ----------------------------------------------------------


def test_an_overloaded_line_on_the_way_leaves_nothing():
    overloaded = fed_by_1_ohm(
        ampacity_a=50.0,
        nodes={"C": 10.0},
        lines={"M": wire("B", "C", 0.1)},
        loads={"P": load("B", 1000.0)},
    )
    assert Asked(overloaded).bound_at("C", relaxation=BY_RULE) == (0.0, "already_violated", "B")


def test_a_voltage_already_too_low_on_the_way_leaves_nothing():
    grid = fed_by_1_ohm(loads={"P": load("B", 7000.0)})
    assert Asked(grid).bound_at("B", relaxation=BY_RULE) == (0.0, "already_violated", "B")


def test_a_voltage_already_too_high_on_the_way_does_not_stand_in_it():
    """10.8 kV at the source: the load brings it down to 9.3 kV."""
    kva, code, _ = Asked(fed_by_1_ohm(v_pu=1.08)).bound_at("B")
    assert kva == pytest.approx(1000.0 * 9.3 * (10.8 - 9.3), rel=2e-5)
    assert code == "voltage_low"


def low_side_branch() -> Grid:
    """C, off the way to B, has 9.25 kV: 0.95 of B's by a constant impedance behind 2 ohm."""
    v_b, share = 9.25 / 0.95, 0.95
    # the side branch takes V_B^2 / 40 ohm; the rest of what flows is a constant impedance at B
    side_ohm = 2.0 / (1.0 - share)
    taken_mw = v_b * (10.0 - v_b)
    at_b_mw = (taken_mw - v_b**2 / side_ohm) * 10.0**2 / v_b**2
    at_c_mw = 10.0**2 / (side_ohm * share)
    follows = {"const_z_p_pct": 100.0}
    return fed_by_1_ohm(
        nodes={"C": 10.0},
        lines={"M": wire("B", "C", 2.0)},
        loads={
            "P": load("C", 1000.0 * at_c_mw, **follows),
            "Q": load("B", 1000.0 * at_b_mw, **follows),
        },
    )


def test_a_voltage_broken_off_the_way_may_fall_by_what_the_rule_allows():
    """Half a percent of 10 kV: C may fall to 9.20 kV, where B has 9.684 kV."""
    kva, code, at = Asked(low_side_branch()).bound_at("B", relaxation=BY_RULE)
    before, after = 9.25 / 0.95, 9.20 / 0.95
    admittance = (10.0 - before) / before
    assert kva == pytest.approx(1000.0 * after * (10.0 - after - admittance * after), rel=1e-4)
    assert (code, at) == ("voltage_low", "C")


def test_a_voltage_broken_off_the_way_that_may_not_fall_leaves_nothing():
    kva, _, at = Asked(low_side_branch()).bound_at("B")
    assert kva == pytest.approx(0.0, abs=1e-3)
    assert at == "C"


def test_a_line_overloaded_off_the_way_may_rise_by_what_the_rule_allows():
    """At 9.9 kV the line to C carries 57.7 A, 105 %; at 9.9 x 105 / 106 kV it is 106 %."""
    taken_mw = 9.9 * 0.1
    amperes = 1000.0 * taken_mw / (ROOT_3 * 9.9)
    grid = fed_by_1_ohm(
        nodes={"C": 10.0},
        lines={"M": wire("B", "C", 1e-6, ampacity_a=amperes / 1.05)},
        loads={"P": load("C", 1000.0 * taken_mw)},
    )
    kva, code, at = Asked(grid).bound_at("B", relaxation=BY_RULE)
    after = 9.9 * 105.0 / 106.0
    assert kva == pytest.approx(1000.0 * (after * (10.0 - after) - taken_mw), rel=1e-4)
    assert (code, at) == ("thermal_line", "C")


# --- hosting capacity against pandapower -----------------------------------------------------


def broken(net: Any, bus: int, kva: float, power_factor: float) -> set[str]:
    """Ids of what breaks a limit in a pandapower net with one more load."""
    tried = copy.deepcopy(net)
    q_mvar = kva / 1000.0 * math.sqrt(1.0 - power_factor**2)
    pp.create_load(tried, bus, p_mw=kva / 1000.0 * power_factor, q_mvar=q_mvar)
    try:
        pp.runpp(tried, tolerance_mva=1e-9)
    except pp.LoadflowNotConverged:
        return {"no solution"}
    hot = {
        f"{table}:{index}"
        for table in ("line", "trafo")
        for index in tried[table].index[tried[f"res_{table}"].loading_percent > 100.0]
    }
    kv = 1000.0 * tried.bus.vn_kv
    limits = kv.div(1000.0).map({level: low for level, (low, _) in LEGAL_V.items()})
    low = tried.bus.index[tried.res_bus.vm_pu * kv < limits]
    return hot | {f"bus:{index}" for index in low}


def bisected(net: Any, bus: int, power_factor: float, rounds: int) -> tuple[float, float]:
    """Loads between which the first limit breaks."""
    low, high = 0.0, 1000.0
    while not broken(net, bus, high, power_factor):
        low, high = high, 2.0 * high
    for _ in range(rounds):
        middle = (low + high) / 2.0
        if broken(net, bus, middle, power_factor):
            high = middle
        else:
            low = middle
    return low, high


@pytest.fixture(scope="module")
def oberrhein(load_net: LoadNet) -> tuple[Any, Asked]:
    """Return mv_oberrhein at half load, and the same read as a grid."""
    net = copy.deepcopy(load_net("pandapower:mv_oberrhein").net)
    net.load["scaling"] = 0.5
    return net, Asked(read_pandapower(net, "half", "half.json"))


# Near and far on several feeders of both substations.
OBERRHEIN_BUSES = (36, 304, 34, 57, 78, 190, 248)


@pytest.mark.parametrize("bus", OBERRHEIN_BUSES)
def test_pandapower_finds_no_break_just_below_and_the_named_one_just_above(oberrhein, bus):
    net, asked = oberrhein
    (found,) = asked.hosting(f"bus:{bus}", power_factor=0.95, relaxation=BY_RULE)
    assert not broken(net, bus, 0.9999 * found.kva, 0.95)
    assert binding_id(asked, f"bus:{bus}", found) in broken(net, bus, 1.0001 * found.kva, 0.95)


def binding_id(asked: Asked, node: str, found: Hosting) -> str:
    tree, _ = asked.place(node)
    if found.code.startswith("voltage"):
        return asked.name(tree, found.row)
    branches = asked.compiled.network.branches
    grid = asked.compiled.grid
    table = grid.lines if found.code == "thermal_line" else grid.transformers
    return str(table.index[branches.element[tree.branch[found.row]]])


@pytest.mark.parametrize("bus", OBERRHEIN_BUSES[:2])
def test_a_plain_bisection_with_pandapower_finds_the_same_capacity(oberrhein, bus):
    net, asked = oberrhein
    (found,) = asked.hosting(f"bus:{bus}", power_factor=0.95)
    low, high = bisected(net, bus, 0.95, rounds=10)
    assert low * (1 - 2e-5) <= found.kva <= high


@pytest.mark.parametrize("bus", [3, 4, 5, 6])
@pytest.mark.parametrize("power_factor", [0.9, 1.0])
def test_a_plain_bisection_finds_the_same_in_a_net_of_two_levels(bus, power_factor):
    net = small_net()
    net.trafo.loc[1, "pfe_kw"] = 0.5
    (found,) = Asked(read(net)).hosting(f"bus:{bus}", power_factor=power_factor)
    low, high = bisected(net, bus, power_factor, rounds=12)
    assert low * (1 - 2e-5) <= found.kva <= high


def test_in_mid_line_it_is_as_at_a_node_put_there():
    net = small_net()
    (found,) = Asked(read(net)).hosting("bus:3", share=0.4, power_factor=0.95)
    cut = copy.deepcopy(net)
    middle = int(pp.create_bus(cut, vn_kv=10.0))
    row = cut.line.loc[0].copy()
    cut.line.loc[0, ["to_bus", "length_km"]] = [middle, 0.4 * row.length_km]
    cut.switch.loc[1, "bus"] = middle
    cut.line.loc[len(cut.line)] = row
    cut.line.loc[len(cut.line) - 1, ["from_bus", "length_km"]] = [middle, 0.6 * row.length_km]
    cut.line[["from_bus", "to_bus"]] = cut.line[["from_bus", "to_bus"]].astype(int)
    (expected,) = Asked(read(cut)).hosting(f"bus:{middle}", power_factor=0.95)
    assert found.kva == pytest.approx(expected.kva, rel=3e-5)
    low, high = bisected(cut, middle, 0.95, rounds=12)
    assert low * (1 - 2e-5) <= found.kva <= high
