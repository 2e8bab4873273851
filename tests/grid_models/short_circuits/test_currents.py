from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from grid_models.compiled import compile_grid
from grid_models.grid import Grid
from grid_models.short_circuits import find_short_circuits
from tests.grid_models.grids import bridge, coil, grid_of, line, opened, source, wire
from tests.grid_models.short_circuits.faults import (
    BASIS,
    KNOWN,
    all_as_mesh,
    max_ka,
    min_ka,
    short_circuits,
)

ROOT_3 = math.sqrt(3.0)


def one_line(**feed: float) -> Grid:
    """Return 2 ohm of resistance behind a 10 kV source."""
    return grid_of(
        {"A": 10.0, "B": 10.0},
        lines={"L": wire("A", "B", 2.0)},
        sources={"grid": source("A", **(KNOWN | feed))},
    )


def feed_ohm(c: float, mva: float, r_x: float, kv: float = 10.0) -> complex:
    return c * kv**2 / mva * complex(r_x, 1.0) / math.hypot(r_x, 1.0)


# --- trees -----------------------------------------------------------------------------------


def test_the_greatest_current_at_the_source_is_that_of_its_strength() -> None:
    assert max_ka(one_line(), "A") == pytest.approx(2000.0 / (ROOT_3 * 10.0))


def test_the_least_current_at_the_source_is_that_of_its_least_strength() -> None:
    assert min_ka(one_line(), "A") == pytest.approx(1000.0 / (ROOT_3 * 10.0))


def test_the_greatest_current_counts_a_cold_line_and_the_sources_own_angle() -> None:
    ohm = abs(2.0 + feed_ohm(1.1, 2000.0, 0.1))
    assert max_ka(one_line(), "B") == pytest.approx(1.1 * 10.0 / (ROOT_3 * ohm))


def test_the_least_current_counts_a_hot_line() -> None:
    """80 degrees C: 1 + 0.004 x 60 = 1.24 times the resistance."""
    ohm = abs(2.0 * 1.24 + feed_ohm(1.0, 1000.0, 0.2))
    assert min_ka(one_line(), "B") == pytest.approx(1.0 * 10.0 / (ROOT_3 * ohm))


def test_a_hotter_line_lets_less_through() -> None:
    assert min_ka(one_line(), "B", end_temperature_degree=250.0) < min_ka(one_line(), "B")


def test_low_voltage_has_factors_of_its_own() -> None:
    strong = {"short_circuit_min_mva": 1e9, "short_circuit_min_r_x": 0.0}
    grid = grid_of(
        {"A": 0.4, "B": 0.4}, lines={"L": wire("A", "B", 1.0)}, sources={"g": source("A", **strong)}
    )
    greatest = max_ka(grid, "B", c_max_lv=1.05)
    assert greatest == pytest.approx(1.05 * 0.4 / (ROOT_3 * 1.0), rel=1e-6)
    least = min_ka(grid, "B", c_min_lv=0.95)
    assert least == pytest.approx(0.95 * 0.4 / (ROOT_3 * 1.24), rel=1e-6)


def station(**unit: Any) -> Grid:
    coils = coil("A", "B", 20_000.0, 110.0, 10.5, vk_pct=10.0, vkr_pct=0.0, **unit)
    return grid_of(
        {"A": 110.0, "B": 10.0},
        transformers={"T": coils},
        sources={"grid": source("A", **(KNOWN | {"short_circuit_r_x": 0.0}))},
    )


def test_a_transformer_is_corrected_for_the_greatest_current_only() -> None:
    """K_T = 0.95 x 1.1 / (1 + 0.6 x 0.1); seen from 10.5 kV the source is 2000 MVA too."""
    own = 0.1 * 10.5**2 / 20.0
    greatest = own * 0.95 * 1.1 / 1.06 + 1.1 * 10.5**2 / 2000.0
    assert max_ka(station(), "B") == pytest.approx(1.1 * 10.0 / (ROOT_3 * greatest))
    least = abs(1j * own + feed_ohm(1.0, 1000.0, 0.2, kv=10.5))
    assert min_ka(station(), "B") == pytest.approx(10.0 / (ROOT_3 * least))


def test_a_tap_position_changes_nothing() -> None:
    tap = {"tap_pos": 5.0, "tap_step_pct": 1.5, "tap_side": "hv", "tap_changer_type": "ratio"}
    assert max_ka(station(**tap), "B") == pytest.approx(max_ka(station(), "B"), rel=1e-12)


def test_loads_and_capacitance_change_nothing() -> None:
    bare = one_line()
    loaded = bare.with_tables(lines=bare.lines.assign(c_nf_per_km=5000.0))
    assert max_ka(loaded, "B") == pytest.approx(max_ka(bare, "B"), rel=1e-12)


# --- what is not known -----------------------------------------------------------------------


def test_a_source_of_unknown_strength_is_infinitely_strong() -> None:
    grid = one_line(short_circuit_mva=np.nan)
    assert max_ka(grid, "A") == math.inf
    assert max_ka(grid, "B") == pytest.approx(1.1 * 10.0 / (ROOT_3 * 2.0))


def test_an_unknown_angle_is_the_worst_there_may_be() -> None:
    """Beside 2 ohm of resistance: a right angle."""
    grid = one_line(short_circuit_r_x=np.nan)
    ohm = abs(2.0 + feed_ohm(1.1, 2000.0, 0.0))
    assert max_ka(grid, "B") == pytest.approx(1.1 * 10.0 / (ROOT_3 * ohm))


@pytest.mark.parametrize("unknown", ["short_circuit_mva", "short_circuit_r_x"])
def test_it_is_said_where_the_greatest_is_a_bound(unknown: str) -> None:
    assert short_circuits(one_line(**{unknown: np.nan})).is_bound.all()
    assert not short_circuits(one_line()).is_bound.any()


@pytest.mark.parametrize("unknown", ["short_circuit_min_mva", "short_circuit_min_r_x"])
def test_the_least_current_of_an_unknown_source_is_unknown(unknown: str) -> None:
    found = short_circuits(one_line(**{unknown: np.nan}))
    assert np.isnan(found.min_ka).all()
    assert np.isfinite(found.max_ka).all()


def test_a_node_nobody_feeds_has_no_current() -> None:
    grid = grid_of({"A": 10.0, "C": 10.0}, sources={"grid": source("A", **KNOWN)})
    found = short_circuits(grid)
    assert np.isnan(found.max_ka[1])
    assert np.isnan(found.min_ka[1])


def test_a_tree_that_lacks_a_value_has_no_current() -> None:
    grid = grid_of(
        {"A": 10.0, "B": 10.0},
        lines={"L": line("A", "B", np.nan)},
        sources={"grid": source("A", **KNOWN)},
    )
    assert np.isnan(short_circuits(grid).max_ka).all()


def test_a_ring_that_lacks_a_value_has_no_current() -> None:
    ends = {"L": line("A", "B"), "M": line("B", "C"), "N": line("C", "A", np.nan)}
    grid = grid_of(dict.fromkeys("ABC", 10.0), lines=ends, sources={"g": source("A", **KNOWN)})
    assert np.isnan(short_circuits(grid).max_ka).all()


def test_only_the_nodes_asked_for_are_given() -> None:
    grid = one_line()
    found = find_short_circuits(compile_grid(grid), BASIS, np.array([1]))
    assert list(found.max_ka) == [max_ka(grid, "B")]


# --- rings and several infeeds -----------------------------------------------------------------


def ring(**feed: float) -> Grid:
    """Return three equal lines of 1 ohm in a ring, fed at A."""
    return grid_of(
        dict.fromkeys("ABC", 10.0),
        lines={"L": wire("A", "B", 1.0), "M": wire("B", "C", 1.0), "N": wire("C", "A", 1.0)},
        sources={"grid": source("A", **(KNOWN | feed))},
    )


def test_in_a_ring_both_ways_count() -> None:
    """1 ohm beside 2 ohm."""
    ohm = abs(2.0 / 3.0 + feed_ohm(1.1, 2000.0, 0.1))
    assert max_ka(ring(), "B") == pytest.approx(1.1 * 10.0 / (ROOT_3 * ohm))


def test_a_ring_behind_a_source_of_unknown_angle_takes_the_worst() -> None:
    ohm = abs(2.0 / 3.0 + feed_ohm(1.1, 2000.0, 0.0))
    assert max_ka(ring(short_circuit_r_x=np.nan), "B") == pytest.approx(1.1 * 10.0 / (ROOT_3 * ohm))


def test_a_line_to_an_open_switch_carries_nothing_in_a_ring() -> None:
    grid = grid_of(
        dict.fromkeys("ABCD", 10.0),
        lines={
            "L": wire("A", "B", 1.0), "M": wire("B", "C", 1.0), "N": wire("C", "A", 1.0),
            "O": wire("B", "D", 0.0),
        },
        switches={"S": opened("D", "O")},
        sources={"grid": source("A", **KNOWN)},
    )  # fmt: skip
    assert max_ka(grid, "B") == pytest.approx(max_ka(ring(), "B"), rel=1e-12)
    assert np.isnan(max_ka(grid, "D"))


def two_infeeds(first: dict[str, float], second: dict[str, float]) -> Grid:
    return grid_of(
        dict.fromkeys("ABC", 10.0),
        lines={
            "L": wire("A", "B", 0.3),
            "M": wire("B", "C", 0.0, x_ohm_per_km=0.5),
        },
        sources={"g": source("A", **first), "h": source("C", **second)},
    )


def test_two_infeeds_add_up() -> None:
    left = 0.3 + feed_ohm(1.1, 2000.0, 0.1)
    right = 0.5j + feed_ohm(1.1, 500.0, 1.0)
    ohm = abs(left * right / (left + right))
    second = {"short_circuit_mva": 500.0, "short_circuit_r_x": 1.0}
    grid = two_infeeds(KNOWN, second)
    assert max_ka(grid, "B") == pytest.approx(1.1 * 10.0 / (ROOT_3 * ohm))
    assert not short_circuits(grid).is_bound.any()


def test_two_infeeds_have_a_least_current_if_both_say_theirs() -> None:
    assert np.isfinite(short_circuits(two_infeeds(KNOWN, KNOWN)).min_ka).all()
    half = {"short_circuit_mva": 500.0, "short_circuit_r_x": 1.0}
    assert np.isnan(short_circuits(two_infeeds(KNOWN, half)).min_ka).all()


@pytest.mark.parametrize("mva", [50.0, 500.0, 1e6])
@pytest.mark.parametrize("r_x", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("unknown", ["short_circuit_mva", "short_circuit_r_x"])
def test_the_bound_of_two_infeeds_holds_whatever_the_unknown_one_is(
    mva: float, r_x: float, unknown: str
) -> None:
    second = {"short_circuit_mva": mva, "short_circuit_r_x": r_x}
    true = short_circuits(two_infeeds(KNOWN, second))
    bound = short_circuits(two_infeeds(KNOWN, second | {unknown: np.nan}))
    assert bound.is_bound.all()
    assert (bound.max_ka >= true.max_ka).all()


def test_a_tree_is_a_special_case_of_a_mesh() -> None:
    unit = coil("A", "B", 20_000.0, 115.0, 10.5, vk_pct=10.0)
    grid = grid_of(
        {"A": 110.0, "B": 10.0, "C": 10.0, "D": 10.0, "E": 10.0},
        transformers={"T": unit, "U": unit},
        lines={"L": line("B", "C", 2000.0), "M": line("D", "B", 1000.0)},
        switches={"S": bridge("C", "E", z_ohm=0.5)},
        sources={"grid": source("A", **KNOWN)},
        generators={"pv": {"node": "E", "p_kw": 800.0}, "bess": {"node": "A", "p_kw": 5000.0}},
    )
    compiled = compile_grid(grid)
    as_tree = short_circuits(grid, converter_factor=1.5)
    as_mesh = find_short_circuits(all_as_mesh(compiled), replace(BASIS, converter_factor=1.5))
    np.testing.assert_allclose(as_mesh.max_ka, as_tree.max_ka, rtol=1e-9)
    np.testing.assert_allclose(as_mesh.min_ka, as_tree.min_ka, rtol=1e-9)


# --- generators --------------------------------------------------------------------------------


def with_generator(**values: Any) -> Grid:
    return grid_of(
        {"A": 10.0, "B": 10.0},
        lines={"L": wire("A", "B", 0.0, x_ohm_per_km=1.0)},
        sources={"grid": source("A", **(KNOWN | {"short_circuit_r_x": 0.0}))},
        generators={"pv": {"node": "B", "p_kw": 1000.0} | values},
    )


def test_a_converter_adds_its_own_current_where_it_stands() -> None:
    alone = max_ka(with_generator(), "B")
    own_ka = 1.5 * 1.0 / (ROOT_3 * 10.0)
    assert max_ka(with_generator(), "B", converter_factor=1.5) == pytest.approx(alone + own_ka)


def test_elsewhere_it_adds_the_share_that_flows_there() -> None:
    """At A the current of the converter meets the same impedance as the fault: all of it."""
    alone = max_ka(with_generator(), "A")
    own_ka = 1.5 * 1.0 / (ROOT_3 * 10.0)
    assert max_ka(with_generator(), "A", converter_factor=1.5) == pytest.approx(alone + own_ka)


def test_its_rated_power_counts_before_what_it_gives() -> None:
    stated = max_ka(with_generator(), "B", converter_factor=1.5)
    rated = max_ka(with_generator(p_kw=0.0, sn_kva=1000.0), "B", converter_factor=1.5)
    assert rated == pytest.approx(stated, rel=1e-12)


def test_one_out_of_service_adds_nothing() -> None:
    idle = max_ka(with_generator(is_in_service=False), "B", converter_factor=1.5)
    assert idle == pytest.approx(max_ka(with_generator(), "B"), rel=1e-12)


def test_the_least_current_counts_no_generator() -> None:
    least = min_ka(with_generator(), "B", converter_factor=1.5)
    assert least == pytest.approx(min_ka(with_generator(), "B"), rel=1e-12)


def test_generators_below_two_main_transformers_meet_at_their_source() -> None:
    """Two trees of one source: what either gives is felt at the source and below the other."""
    unit = coil("A", "B", 20_000.0, 110.0, 10.0, vk_pct=10.0, vkr_pct=0.0)
    grid = grid_of(
        {"A": 110.0, "B": 10.0, "C": 10.0},
        transformers={"T": unit, "U": unit | {"lv_node": "C"}},
        sources={"grid": source("A", **(KNOWN | {"short_circuit_r_x": 0.0}))},
        generators={"pv": {"node": "B", "p_kw": 5000.0}, "bess": {"node": "C", "p_kw": 3000.0}},
    )
    assert len(compile_grid(grid).trees) == 2
    added = max_ka(grid, "A", converter_factor=1.5) - max_ka(grid, "A")
    assert added == pytest.approx(1.5 * 8.0 / (ROOT_3 * 110.0))
