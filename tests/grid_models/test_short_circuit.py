from __future__ import annotations

import copy
import math
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pandapower as pp
import pandapower.shortcircuit as sc
import pytest

from grid_models.compiled import compile_grid
from grid_models.grid import Grid
from grid_models.readers import read_pandapower
from grid_models.short_circuit import short_circuit_ka
from tests.conftest import LoadNet
from tests.grid_models.grids import bridge, coil, grid_of, line, source, wire
from tests.grid_models.readers.nets import add_line, add_transformer, read, small_net

C_MAX = 1.1
ROOT_3 = math.sqrt(3.0)


def currents(grid: Grid) -> dict[str, float]:
    """Return the bound in kA by node id; of the greater tree where a node is in several."""
    compiled = compile_grid(grid)
    found: dict[str, float] = {}
    for tree in compiled.trees:
        for row, bus in enumerate(tree.bus):
            current = short_circuit_ka(compiled.network, tree, row, c_max=C_MAX)
            for node in np.flatnonzero(compiled.network.bus_of_node == bus):
                found[str(grid.nodes.index[node])] = current
    return found


# --- by hand ---------------------------------------------------------------------------------


def test_at_a_source_it_follows_from_the_short_circuit_power():
    grid = grid_of({"A": 10.0}, sources={"grid": source("A", short_circuit_mva=300.0)})
    assert currents(grid)["A"] == pytest.approx(300.0 / (ROOT_3 * 10.0))


def test_a_source_is_not_taken_for_more_resistive_than_a_high_voltage_grid_is():
    """Beside 2 ohm of reactance the worst is an angle of 45 degrees."""
    grid = grid_of(
        {"A": 10.0, "B": 10.0},
        lines={"L": wire("A", "B", 0.0, x_ohm_per_km=2.0)},
        sources={"grid": source("A", short_circuit_mva=110.0)},
    )
    ohm = abs(2j + complex(1.0, 1.0) / math.sqrt(2.0))
    assert currents(grid)["B"] == pytest.approx(1.1 * 10.0 / (ROOT_3 * ohm))


def test_a_low_voltage_source_may_be_all_resistance():
    """1.1 x 0.16 / 0.176 = 1 ohm of the source."""
    grid = grid_of(
        {"A": 0.4, "B": 0.4},
        lines={"L": wire("A", "B", 0.0, x_ohm_per_km=2.0)},
        sources={"grid": source("A", short_circuit_mva=0.176)},
    )
    assert currents(grid)["B"] == pytest.approx(1.1 * 0.4 / (ROOT_3 * math.sqrt(5.0)))


@pytest.mark.parametrize("unknown", [np.nan, 0.0])
def test_at_a_source_of_unknown_strength_it_has_no_bound(unknown):
    grid = grid_of({"A": 10.0}, sources={"grid": source("A", short_circuit_mva=unknown)})
    assert currents(grid)["A"] == math.inf


def test_behind_a_line_it_follows_from_its_impedance():
    grid = grid_of(
        {"A": 10.0, "B": 10.0}, lines={"L": wire("A", "B", 2.0)}, sources={"grid": source("A")}
    )
    assert currents(grid)["B"] == pytest.approx(1.1 * 10.0 / (ROOT_3 * 2.0))


def test_the_sources_impedance_counts_at_the_angle_that_is_worst():
    """1.1 x 100 / 110 = 1 ohm of the source beside 2 ohm of resistance: at a right angle."""
    grid = grid_of(
        {"A": 10.0, "B": 10.0},
        lines={"L": wire("A", "B", 2.0)},
        sources={"grid": source("A", short_circuit_mva=110.0)},
    )
    assert currents(grid)["B"] == pytest.approx(1.1 * 10.0 / (ROOT_3 * math.sqrt(5.0)))


def test_a_transformers_impedance_is_corrected():
    """20 MVA at 10 %: K_T = 0.95 x 1.1 / (1 + 0.6 x 0.1)."""
    grid = grid_of(
        {"A": 110.0, "B": 10.0},
        transformers={"T": coil("A", "B", 20_000.0, 110.0, 10.5, vk_pct=10.0, vkr_pct=0.0)},
        sources={"grid": source("A")},
    )
    ohm = 0.1 * 10.5**2 / 20.0 * 0.95 * 1.1 / 1.06
    assert currents(grid)["B"] == pytest.approx(1.1 * 10.0 / (ROOT_3 * ohm))


def test_the_sources_impedance_is_seen_through_the_rated_ratio():
    unit = coil("A", "B", 20_000.0, 121.0, 10.5, vk_pct=1e-6, vkr_pct=0.0)
    grid = grid_of(
        {"A": 110.0, "B": 10.0},
        transformers={"T": unit},
        sources={"grid": source("A", short_circuit_mva=1000.0)},
    )
    ohm = 1.1 * 110.0**2 / 1000.0 * (10.5 / 121.0) ** 2
    assert currents(grid)["B"] == pytest.approx(1.1 * 10.0 / (ROOT_3 * ohm), rel=1e-6)


@pytest.mark.parametrize(
    "changes",
    [
        {"tap_pos": 5.0, "tap_step_pct": 1.5, "tap_side": "lv", "tap_changer_type": "ratio"},
        {"derating": 0.5},
        {"pfe_w": 50_000.0, "i0_pct": 3.0},
    ],
    ids=["tap", "derating", "iron"],
)
def test_neither_tap_nor_derating_nor_iron_change_it(changes):
    def at_b(**values: Any) -> float:
        unit = coil("A", "B", 20_000.0, 110.0, 10.5, vk_pct=10.0, **values)
        grid = grid_of(
            {"A": 110.0, "B": 10.0}, transformers={"T": unit}, sources={"grid": source("A")}
        )
        return currents(grid)["B"]

    assert at_b(**changes) == pytest.approx(at_b(), rel=1e-12)


def test_two_equal_units_give_twice_the_current_however_they_are_listed():
    def at_b(units: dict[str, Any]) -> float:
        nodes = {"A": 110.0, "B": 10.0}
        return currents(grid_of(nodes, transformers=units, sources={"grid": source("A")}))["B"]

    unit = coil("A", "B", 20_000.0, 110.0, 10.5, vk_pct=10.0)
    assert at_b({"T": unit, "U": unit}) == pytest.approx(2 * at_b({"T": unit}))
    assert at_b({"T": unit | {"parallel": 2}}) == pytest.approx(2 * at_b({"T": unit}))


def test_a_switch_with_impedance_counts():
    grid = grid_of(
        {"A": 10.0, "B": 10.0},
        switches={"S": bridge("A", "B", z_ohm=0.5)},
        sources={"grid": source("A")},
    )
    assert currents(grid)["B"] == pytest.approx(1.1 * 10.0 / (ROOT_3 * 0.5))


def test_it_falls_along_the_way():
    grid = grid_of(
        dict.fromkeys("ABC", 10.0),
        lines={"L": line("A", "B"), "M": line("B", "C")},
        sources={"grid": source("A", short_circuit_mva=300.0)},
    )
    found = currents(grid)
    assert found["A"] > found["B"] > found["C"] > 0.0


# --- against pandapower ----------------------------------------------------------------------


def strong(net: Any) -> None:
    net.ext_grid["s_sc_max_mva"] = 10_000.0


def weak(net: Any) -> None:
    net.ext_grid["s_sc_max_mva"] = 800.0


def resistive(net: Any) -> None:
    net.ext_grid["s_sc_max_mva"] = 2000.0
    net.ext_grid["rx_max"] = 1.0


def higher_rated_voltage(net: Any) -> None:
    net.trafo.loc[0, ["vn_hv_kv", "vn_lv_kv"]] = [121.0, 10.5]


def tapped(net: Any) -> None:
    net.trafo.loc[0, ["tap_pos", "tap_step_percent"]] = [-6, 1.5]


def derated_and_doubled(net: Any) -> None:
    net.trafo.loc[0, ["parallel", "df"]] = [2, 0.7]
    net.line.loc[0, "parallel"] = 2


def a_unit_beside(net: Any) -> None:
    add_transformer(net, 0, 1, sn_mva=25.0, vn_hv_kv=110.0, vn_lv_kv=10.5)


def long_branch(net: Any) -> None:
    add_line(
        net, 4, int(pp.create_bus(net, vn_kv=10.0)), length_km=9.0, r_ohm_per_km=0.5,
        x_ohm_per_km=0.35, c_nf_per_km=10.0, max_i_ka=0.2,
    )  # fmt: skip


CHANGES = (
    strong, weak, resistive, higher_rated_voltage, tapped, derated_and_doubled, a_unit_beside,
    long_branch,
)  # fmt: skip


def by_pandapower(net: Any) -> dict[str, float]:
    """Return the greatest three-phase short-circuit current in kA by bus, without generators."""
    alone = copy.deepcopy(net)
    alone.sgen = alone.sgen.iloc[:0]
    alone.gen = alone.gen.iloc[:0]
    with warnings.catch_warnings():
        # of habits that pandas is about to forbid, and that only currents can be trusted
        warnings.simplefilter("ignore")
        sc.calc_sc(alone, case="max", fault="3ph", lv_tol_percent=10)
    return {f"bus:{bus}": ka for bus, ka in alone.res_bus_sc.ikss_ka.dropna().items()}


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_the_bound_is_never_below_pandapowers_current_and_hardly_above(
    change: Callable[[Any], None],
):
    net = small_net()
    change(net)
    found = currents(read(net))
    for bus, expected in by_pandapower(net).items():
        assert found[bus] >= expected * (1 - 1e-9), bus
        assert found[bus] <= 1.1 * expected, bus


def test_the_bound_holds_at_every_bus_of_a_real_grid(load_net: LoadNet):
    net = copy.deepcopy(load_net("pandapower:mv_oberrhein").net)
    net.ext_grid[["s_sc_max_mva", "rx_max"]] = [5000.0, 0.1]
    found = currents(read_pandapower(net, "strong", "strong.json"))
    expected = by_pandapower(net)
    ratio = np.array([found[bus] / ka for bus, ka in expected.items()])
    assert len(ratio) > 170
    assert ratio.min() >= 1.0 - 1e-9
    assert ratio.max() <= 1.1


def test_an_unknown_source_is_taken_as_the_strongest(load_net: LoadNet):
    net = copy.deepcopy(load_net("pandapower:mv_oberrhein").net)
    net.ext_grid[["s_sc_max_mva", "rx_max"]] = [5000.0, 0.1]
    known = currents(read_pandapower(net, "known", "known.json"))
    unknown = currents(load_net("pandapower:mv_oberrhein").grid)
    assert all(unknown[bus] > known[bus] for bus in known)
