from __future__ import annotations

import numpy as np
import pytest

from grid_models.network import LINE, SWITCH, TRANSFORMER, Branches, Network, build_network
from tests.grid_models.grids import bridge, coil, grid_of, line, load, opened, source, wire
from tests.grid_models.samples import stated

TWO = {"A": 10.0, "B": 10.0}


def only(branches: Branches, name: str) -> float:
    (value,) = getattr(branches, name)
    return float(value)


def bus(network: Network, *names: str) -> list[int]:
    return [int(network.bus_of_node[network.grid.nodes.index.get_loc(name)]) for name in names]


# --- lines -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def double_line() -> Branches:
    """Two circuits of 2 km, 10 kV: the base impedance is 100 ohm."""
    values = {"r_ohm_per_km": 0.4, "x_ohm_per_km": 0.3, "c_nf_per_km": 250.0, "g_us_per_km": 3.0}
    row = line("A", "B", 2000.0, parallel=2, ampacity_a=200.0, derating=0.9, **values)
    return build_network(grid_of(TWO, lines={"L": row})).branches


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("kind", LINE),
        ("r", 0.4 * 2 / 2 / 100.0),
        ("x", 0.3 * 2 / 2 / 100.0),
        ("b_from", 2 * np.pi * 50 * 250e-9 * 2 * 2 * 100.0 / 2),
        ("b_to", 2 * np.pi * 50 * 250e-9 * 2 * 2 * 100.0 / 2),
        ("g_from", 3e-6 * 2 * 2 * 100.0 / 2),
        ("ratio", 1.0),
        ("shift_degree", 0.0),
        # 2 x 200 A x 0.9 at 10 kV are 6.235 MVA
        ("rating_from", 0.36 * np.sqrt(3) * 10.0),
        ("rating_to", 0.36 * np.sqrt(3) * 10.0),
    ],
)
def test_a_line_is_in_per_unit_of_1_mva_with_all_its_circuits(double_line, name, expected):
    assert only(double_line, name) == pytest.approx(expected, rel=1e-12)


def test_a_line_of_unknown_ampacity_is_rated_by_its_least_limit():
    grid = grid_of(
        TWO,
        lines={"L": line("A", "B", ampacity_a=np.nan, parallel=2)},
        limits={
            "relay": {"element_id": "L", "limit_a": 250.0, "source": "relay"},
            "ct": {"element_id": "L", "limit_a": 200.0, "source": "ct"},
        },
    )
    rating = only(build_network(grid).branches, "rating_from")
    assert rating == pytest.approx(0.2 * np.sqrt(3) * 10.0)


def test_a_line_of_which_no_limit_is_known_has_none():
    grid = grid_of(TWO, lines={"L": line("A", "B", ampacity_a=np.nan)})
    assert only(build_network(grid).branches, "rating_from") == np.inf


def test_charging_follows_the_frequency():
    grid = grid_of(TWO, lines={"L": line("A", "B")})
    at_50, at_60 = (
        only(build_network(g).branches, "b_to") for g in (grid, stated(grid, frequency_hz=60.0))
    )
    assert at_60 == pytest.approx(1.2 * at_50)


# --- transformers ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("kind", TRANSFORMER),
        # vkr 1 % and vk 4 % of 0.4 MVA
        ("r", 0.01 / 0.4),
        ("x", np.sqrt(0.04**2 - 0.01**2) / 0.4),
        ("ratio", 1.05),
        ("shift_degree", 150.0),
        ("rating_from", 0.4 / 1.05),
        ("rating_to", 0.4),
    ],
)
def test_a_transformer_is_in_per_unit_of_1_mva_at_its_low_side(name, expected):
    unit = coil("A", "B", 400.0, 10.5, 0.4, shift_degree=150.0, pfe_w=0.0, i0_pct=0.0)
    grid = grid_of({"A": 10.0, "B": 0.4}, transformers={"T": unit})
    assert only(build_network(grid).branches, name) == pytest.approx(expected, rel=1e-12)


def test_the_iron_of_a_transformer_takes_its_losses_and_its_magnetising_current():
    unit = coil("A", "B", 400.0, 10.0, 0.4, pfe_w=600.0, i0_pct=0.5, vkr_pct=0.0, vk_pct=1e-6)
    branches = build_network(grid_of({"A": 10.0, "B": 0.4}, transformers={"T": unit})).branches
    assert only(branches, "g_from") + only(branches, "g_to") == pytest.approx(600e-6)
    magnetising = np.sqrt((0.005 * 0.4) ** 2 - 600e-6**2)
    assert only(branches, "b_from") + only(branches, "b_to") == pytest.approx(-magnetising)


def test_leakage_all_on_the_high_side_puts_the_iron_at_the_low_side():
    shares = {"leakage_r_ratio_hv": 1.0, "leakage_x_ratio_hv": 1.0}
    unit = coil("A", "B", 400.0, 10.0, 0.4, **shares)
    branches = build_network(grid_of({"A": 10.0, "B": 0.4}, transformers={"T": unit})).branches
    assert only(branches, "g_from") == 0.0
    assert only(branches, "g_to") == pytest.approx(400e-6)


def test_units_in_parallel_share_the_impedance_and_add_their_ratings():
    def made(parallel: int) -> Branches:
        unit = coil("A", "B", 400.0, 10.0, 0.4, parallel=parallel)
        return build_network(grid_of({"A": 10.0, "B": 0.4}, transformers={"T": unit})).branches

    assert only(made(2), "x") == pytest.approx(only(made(1), "x") / 2)
    assert only(made(2), "g_to") == pytest.approx(only(made(1), "g_to") * 2)
    assert only(made(2), "rating_to") == pytest.approx(only(made(1), "rating_to") * 2)


@pytest.mark.parametrize(
    ("tap", "ratio", "shift"),
    [
        ({"tap_changer_type": "ratio", "tap_side": "hv"}, 1.05, 0.0),
        ({"tap_changer_type": "ratio", "tap_side": "lv"}, 1 / 1.05, 0.0),
        (
            {"tap_changer_type": "symmetrical", "tap_side": "hv", "tap_step_degree": 90.0},
            np.hypot(1.0, 0.05),
            np.rad2deg(np.arctan(0.05)),
        ),
        (
            {"tap_changer_type": "symmetrical", "tap_side": "lv", "tap_step_degree": 90.0},
            1 / np.hypot(1.0, 0.05),
            -np.rad2deg(np.arctan(0.05)),
        ),
        ({"tap_changer_type": "ideal", "tap_side": "hv", "tap_step_degree": 3.0}, 1.0, 6.0),
        (
            {"tap_changer_type": "ideal", "tap_side": "hv"},
            1.0,
            np.rad2deg(2.0 * np.arcsin(0.05 / 2.0)),
        ),
        ({"tap_changer_type": "", "tap_side": "hv"}, 1.0, 0.0),
        ({"tap_changer_type": "ratio", "tap_side": ""}, 1.0, 0.0),
    ],
)
def test_two_steps_of_a_tap_changer_turn_ratio_and_angle(tap, ratio, shift):
    steps = {"tap_pos": 3.0, "tap_neutral": 1.0, "tap_step_pct": 2.5}
    unit = coil("A", "B", 400.0, 10.0, 0.4, **(steps | tap))
    branches = build_network(grid_of({"A": 10.0, "B": 0.4}, transformers={"T": unit})).branches
    assert only(branches, "ratio") == pytest.approx(ratio, rel=1e-12)
    assert only(branches, "shift_degree") == pytest.approx(shift, abs=1e-9)


# --- what is one point -----------------------------------------------------------------------


def test_closed_switches_and_lines_without_impedance_make_one_bus():
    grid = grid_of(
        dict.fromkeys("ABCDEF", 10.0),
        switches={"S1": bridge("A", "B"), "S2": bridge("C", "D") | {"is_closed": False}},
        lines={
            "no ohms": wire("B", "C", 0.0),
            "no length": line("D", "E", 0.0),
            "ordinary": line("E", "F"),
        },
    )
    network = build_network(grid)
    assert bus(network, *"ABCDEF") == [0, 0, 0, 1, 1, 2]
    assert network.node_of_bus.tolist() == [0, 3, 5]
    assert network.branches.element.tolist() == [2]


def test_an_opened_line_without_impedance_joins_nothing():
    grid = grid_of(TWO, lines={"L": wire("A", "B", 0.0)}, switches={"S": opened("A", "L")})
    assert bus(build_network(grid), "A", "B") == [0, 1]


def test_a_switch_with_impedance_is_a_branch_of_resistance_twice_its_reactance():
    network = build_network(grid_of(TWO, switches={"S": bridge("A", "B", z_ohm=0.5)}))
    assert only(network.branches, "kind") == SWITCH
    assert only(network.branches, "r") == pytest.approx(2 * only(network.branches, "x"))
    z_pu = np.hypot(only(network.branches, "r"), only(network.branches, "x"))
    assert z_pu == pytest.approx(0.5 / 100.0)


def test_a_line_past_a_closed_switch_is_left_with_its_charging():
    grid = grid_of(TWO, lines={"L": line("A", "B", 2000.0)}, switches={"S": bridge("A", "B")})
    network = build_network(grid)
    assert len(network.branches.f) == 0
    assert network.b.tolist() == pytest.approx([2 * np.pi * 50 * 300e-9 * 2 * 100.0])


def test_a_line_from_a_node_to_itself_is_its_charging():
    network = build_network(grid_of(TWO, lines={"L": line("A", "A")}))
    assert len(network.branches.f) == 0
    assert network.b.tolist() == pytest.approx([2 * np.pi * 50 * 300e-9 * 100.0, 0.0])


# --- what is open or out of service ----------------------------------------------------------


@pytest.mark.parametrize(("end", "joined"), [("A", "B"), ("B", "A")])
def test_an_open_end_hangs_at_a_bus_of_its_own(end, joined):
    grid = grid_of(TWO, lines={"L": line("A", "B")}, switches={"S": opened(end, "L")})
    network = build_network(grid)
    assert network.node_of_bus.tolist() == [0, 1, -1]
    assert network.base_kv.tolist() == [10.0, 10.0, 10.0]
    ends = {only(network.branches, "f"), only(network.branches, "t")}
    assert ends == {*bus(network, joined), 2}


def test_a_line_open_at_both_ends_is_not_there():
    switches = {"S1": opened("A", "L"), "S2": opened("B", "L")}
    network = build_network(grid_of(TWO, lines={"L": line("A", "B")}, switches=switches))
    assert len(network.branches.f) == 0
    assert len(network.base_kv) == 2


@pytest.mark.parametrize(("end", "free_kv"), [("A", 10.0), ("B", 0.4)])
def test_the_open_side_of_a_transformer_keeps_its_own_nominal_voltage(end, free_kv):
    grid = grid_of(
        {"A": 10.0, "B": 0.4},
        transformers={"T": coil("A", "B", 400.0, 10.0, 0.4)},
        switches={"S": opened(end, "T", "transformer")},
    )
    network = build_network(grid)
    assert network.base_kv.tolist() == [10.0, 0.4, free_kv]
    assert only(network.branches, "ratio") == pytest.approx(1.0)


def test_a_node_out_of_service_has_no_bus_and_leaves_an_open_end():
    grid = grid_of(
        {"A": 10.0, "B": {"vn_kv": 10.0, "is_in_service": False}, "C": 10.0},
        lines={"L": line("A", "B"), "M": line("C", "B")},
        loads={"P": load("B", 500.0)},
        switches={"S": bridge("B", "C")},
    )
    network = build_network(grid)
    assert bus(network, "A", "B", "C") == [0, -1, 1]
    assert network.branches.t.tolist() == [2, 3]
    assert not network.p.any()


def test_a_transformer_at_a_node_out_of_service_is_out_too():
    grid = grid_of(
        {"A": 10.0, "B": {"vn_kv": 0.4, "is_in_service": False}},
        transformers={"T": coil("A", "B", 400.0, 10.0, 0.4)},
    )
    assert len(build_network(grid).branches.f) == 0


def test_what_is_out_of_service_takes_and_gives_nothing():
    off = {"is_in_service": False}
    grid = grid_of(
        TWO,
        lines={"L": line("A", "B") | off},
        loads={"P": load("A", 500.0) | off},
        generators={"G": {"node": "A", "p_kw": 100.0} | off},
        shunts={"C": {"node": "A", "q_kvar": -300.0} | off},
        sources={"S": source("A") | off},
    )
    network = build_network(grid)
    assert not network.p.any()
    assert not network.b.any()
    assert not len(network.branches.f)
    assert not len(network.source_bus)


def test_the_source_keeps_its_row_when_another_is_out_of_service():
    grid = grid_of(TWO, sources={"S": source("A", is_in_service=False), "T": source("B")})
    network = build_network(grid)
    assert network.source_bus.tolist() == [1]
    assert network.source_row.tolist() == [1]


# --- loads, generators, shunts ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("p", 0.5 * 0.2 * 0.6),
        ("p_current", 0.3 * 0.2 * 0.6),
        ("g", 0.2 * 0.2 * 0.6),
        ("q", 0.9 * 0.1 * 0.6),
        ("q_current", 0.06 * 0.1 * 0.6),
        ("b", -0.04 * 0.1 * 0.6),
    ],
)
def test_a_load_is_split_into_its_three_parts(name, expected):
    shares = {
        "const_z_p_pct": 20.0, "const_i_p_pct": 30.0, "const_z_q_pct": 4.0, "const_i_q_pct": 6.0
    }  # fmt: skip
    grid = grid_of({"A": 10.0}, loads={"P": load("A", 200.0, 100.0, scaling=0.6, **shares)})
    assert getattr(build_network(grid), name)[0] == pytest.approx(expected)


def test_a_generator_gives_what_a_load_takes():
    generator = {"node": "A", "p_kw": 100.0, "q_kvar": 40.0, "scaling": 0.5}
    network = build_network(grid_of({"A": 10.0}, generators={"G": generator}))
    assert network.p[0] == pytest.approx(-0.05)
    assert network.q[0] == pytest.approx(-0.02)


@pytest.mark.parametrize(("vn_kv", "factor"), [(np.nan, 1.0), (12.0, (10.0 / 12.0) ** 2)])
def test_a_shunt_follows_the_square_of_the_voltage_over_its_rated_one(vn_kv, factor):
    shunt = {"node": "A", "p_kw": 10.0, "q_kvar": -300.0, "step": 2.0, "vn_kv": vn_kv}
    network = build_network(grid_of({"A": 10.0}, shunts={"C": shunt}))
    assert network.g[0] == pytest.approx(0.02 * factor)
    assert network.b[0] == pytest.approx(0.6 * factor)


def test_loads_at_joined_nodes_add_up():
    grid = grid_of(
        TWO,
        loads={"P": load("A", 200.0), "Q": load("B", 300.0), "lost": load("nowhere", 50.0)},
        switches={"S": bridge("A", "B")},
    )
    assert build_network(grid).p.tolist() == pytest.approx([0.5])
