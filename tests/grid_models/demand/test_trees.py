from __future__ import annotations

import numpy as np
import pandapower as pp
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grid_models.compiled import compile_grid
from grid_models.demand import (
    HeldPower,
    grid_at,
    has_constant_power,
    make_load_cases,
    tree_at,
    tree_powers,
)
from grid_models.solvers.radial import solve_tree
from grid_models.solvers.solve import solve
from tests.grid_models.demand.streets import (
    EVENING,
    HOME,
    NOON,
    ROOF,
    SHOP,
    compiled_street,
    curves_of,
    flat,
    shaped,
    street,
)
from tests.grid_models.grids import load
from tests.grid_models.readers.nets import read, small_net

QUANTITIES = ("p", "q", "p_current", "q_current", "g", "b")
DAY = [
    shaped(HOME, {EVENING: 1.0}),
    shaped(SHOP, {NOON: 1.0}).assign(q_pu=0.3),
    shaped(ROOF, {NOON: 0.9}, rest=0.0),
]
PROMISE = HeldPower(held_id="A1", node_id="C", p_kw=50.0, q_kvar=20.0, curve_id=SHOP)
ZIP_LOADS = {
    "home:1": load("B", 400.0, 100.0, category=HOME, curve_id=HOME, const_z_p_pct=30.0,
                   const_z_q_pct=20.0, const_i_p_pct=10.0, const_i_q_pct=40.0),
    "shop:1": load("C", 300.0, 150.0, category=SHOP, curve_id=SHOP, const_z_p_pct=60.0,
                   const_i_q_pct=50.0),
}  # fmt: skip


@pytest.mark.parametrize("loads", [None, ZIP_LOADS])
def test_a_tree_in_a_case_is_the_tree_of_the_grid_in_that_case(loads):
    compiled = compiled_street(DAY, **({"loads": loads} if loads else {}))
    cases = make_load_cases(
        compiled, held=[PROMISE], power_factor={HOME: 0.9}, growth_pct={SHOP: 3.0}, years=2
    )
    for k in (EVENING, NOON):
        alone = compile_grid(grid_at(compiled, cases, k)).trees[0]
        among = tree_at(compiled, 0, cases, k)
        for name in QUANTITIES:
            expected = getattr(alone, name)
            assert getattr(among, name) == pytest.approx(expected, abs=1e-15), name


def test_all_cases_of_a_tree_at_once_are_those_one_by_one():
    compiled = compiled_street(DAY)
    cases = make_load_cases(compiled, held=[PROMISE])
    p, q = tree_powers(compiled, 0, cases)
    assert p.shape == q.shape == (3, 96)
    for k in (0, EVENING, NOON):
        tree = tree_at(compiled, 0, cases, k)
        assert p[:, k] == pytest.approx(tree.p, abs=1e-15)
        assert q[:, k] == pytest.approx(tree.q, abs=1e-15)


def test_loads_that_follow_the_voltage_are_told():
    constant, following = compiled_street(DAY), compiled_street(DAY, loads=ZIP_LOADS)
    assert has_constant_power(constant, 0, make_load_cases(constant))
    assert not has_constant_power(following, 0, make_load_cases(following))


def test_a_shunt_is_no_load_that_follows_the_voltage():
    compiled = compiled_street(DAY, shunts={"bank:1": {"node": "C", "q_kvar": -200.0}})
    cases = make_load_cases(compiled)
    assert has_constant_power(compiled, 0, cases)
    assert (tree_at(compiled, 0, cases, EVENING).b == compiled.trees[0].b).all()


def test_voltages_of_a_case_are_those_pandapower_finds():
    net = small_net()
    net.load["curve_id"] = [SHOP, HOME]
    net.sgen["curve_id"] = ROOF
    grid = read(net).with_tables(curves=curves_of(*DAY))
    compiled = compile_grid(grid)
    cases = make_load_cases(compiled)
    net.load["p_mw"] *= [1.0, 0.1]  # noon: the shop in full, 0.3 of its reactive power
    net.load["q_mvar"] *= [0.3, 0.1]
    net.sgen["p_mw"] *= 0.9
    net.sgen["q_mvar"] *= 0.9
    pp.runpp(net, tolerance_mva=1e-10)
    expected = net.res_bus["vm_pu"].to_numpy()
    assert solve(compile_grid(grid_at(compiled, cases, NOON))).nodes["v_pu"].to_numpy() == (
        pytest.approx(expected, abs=1e-8)
    )
    found = solve_tree(tree_at(compiled, 0, cases, NOON)).v_pu
    rows = compiled.row_of_bus[compiled.network.bus_of_node]
    assert found[rows] == pytest.approx(expected, abs=1e-8)


def test_a_held_power_is_a_load_of_the_grid_in_a_case():
    compiled = compiled_street(DAY)
    cases = make_load_cases(compiled, held=[PROMISE])
    added = grid_at(compiled, cases, NOON).loads.loc["held:A1"]
    assert (added["node"], added["p_kw"], added["q_kvar"]) == ("C", 50.0, 20.0)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.floats(0.0, 2.0), min_size=3, max_size=3))
def test_what_all_loads_take_is_the_sum_of_their_classes(factors):
    home, shop, roof = factors
    compiled = compiled_street([flat(HOME, home), flat(SHOP, shop), flat(ROOF, roof)])
    cases = make_load_cases(compiled)
    p, _ = tree_powers(compiled, 0, cases)
    expected = 0.6 * home + 0.15 * shop - 0.1 * roof
    assert p.sum(axis=0) == pytest.approx(np.full(96, expected), abs=1e-12)


def test_a_grid_in_a_case_has_the_demand_of_that_case_alone():
    compiled = compiled_street(DAY)
    grid = grid_at(compiled, make_load_cases(compiled), EVENING)
    assert grid.loads["p_kw"].tolist() == pytest.approx([400.0, 30.0, 200.0])
    assert street(DAY).loads["p_kw"].tolist() == [400.0, 300.0, 200.0]
