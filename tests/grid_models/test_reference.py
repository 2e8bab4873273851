from __future__ import annotations

import sys
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from grid_models.compiled import compile_grid
from grid_models.errors import MissingExtraError
from grid_models.grid import Grid
from grid_models.solvers.reference import solve_reference, to_pandapower
from grid_models.solvers.result import PowerFlowResult
from grid_models.solvers.solve import solve
from tests.conftest import LoadNet
from tests.grid_models.samples import added, edited, emptied, stated, tiny_grid

NETWORKS = [
    "pandapower:mv_oberrhein",
    "pandapower:create_cigre_network_mv",
    "pandapower:lv_schutterwald",
    "simbench:1-MVLV-urban-5.303-0-sw",
]
SAME_PU = 1e-9


def assert_same(found: PowerFlowResult, expected: PowerFlowResult, *, pu: float = SAME_PU) -> None:
    """Compare two solutions of one grid: voltages, angles, currents, loadings, what is dead."""
    for table, tolerances in (
        ("nodes", {"v_pu": pu, "angle_degree": 1e4 * pu}),
        ("lines", {"i_from_a": 1e3 * pu, "i_to_a": 1e3 * pu, "loading_pct": 1e3 * pu}),
        ("transformers", {"i_from_a": 1e3 * pu, "i_to_a": 1e4 * pu, "loading_pct": 1e3 * pu}),
    ):
        for column, tolerance in tolerances.items():
            ours = getattr(found, table)[column].to_numpy()
            theirs = getattr(expected, table)[column].to_numpy()
            if table == "nodes":
                np.testing.assert_array_equal(np.isnan(ours), np.isnan(theirs))
            # pandapower says 0 A where we say nothing, in what is not supplied
            dead = np.isnan(ours) | np.isnan(theirs)
            assert np.all(np.nan_to_num(np.where(dead, theirs, 0.0)) == 0.0)
            np.testing.assert_allclose(ours[~dead], theirs[~dead], rtol=0.0, atol=tolerance)


@pytest.fixture(scope="module", params=NETWORKS)
def network(request: pytest.FixtureRequest, load_net: LoadNet):
    grid, net = load_net(request.param)
    return grid, net, solve_reference(grid)


def test_a_net_read_and_written_again_has_the_voltages_it_had(network) -> None:
    _, net, result = network
    assert not result.failures
    np.testing.assert_allclose(
        result.nodes["v_pu"], net.res_bus["vm_pu"], rtol=0.0, atol=SAME_PU, equal_nan=True
    )


def test_a_net_read_and_written_again_has_the_loadings_it_had(network) -> None:
    _, net, result = network
    for ours, theirs in ((result.lines, net.res_line), (result.transformers, net.res_trafo)):
        np.testing.assert_allclose(
            ours["loading_pct"], theirs["loading_percent"], rtol=0.0, atol=1e-6, equal_nan=True
        )


def test_our_solvers_find_what_pandapower_finds(network) -> None:
    grid, _, result = network
    # the part of lv_schutterwald with a closed ring is iterated to 1e-10 by another engine
    assert_same(solve(compile_grid(grid)), result, pu=1e-8)


# ---------------------------------------------------------------------- one meaning at a time

Change = Callable[[Grid], Grid]


def changed(table: str, name: str, **values: object) -> Change:
    return lambda grid: edited(grid, table, name, **values)


def closed_switch(**values: object) -> Change:
    """Tie bus:7 to the far end of its feeder by a closed bus-bus switch instead of line:4."""

    def change(grid: Grid) -> Grid:
        grid = edited(grid, "lines", "line:5", is_in_service=False)
        facts = {"node": "bus:3", "element_id": "bus:7", "element_kind": "node", **values}
        grid = added(grid, "switches", "switch:3", "switch:1", **facts)
        return added(grid, "loads", "load:3", "load:1", node="bus:7")

    return change


def with_row(table: str, name: str, **values: object) -> Change:
    return lambda grid: grid.with_tables(**{table: pd.DataFrame([values], index=[name])})


MEANINGS: dict[str, Change] = {
    "parallel circuits": changed("lines", "line:1", parallel=2),
    "a derated line": changed("lines", "line:1", derating=0.7),
    "a leaky line": changed("lines", "line:1", g_us_per_km=25.0),
    "a line of unknown rating": changed("lines", "line:1", ampacity_a=np.nan),
    "a line of which only a limit is known": lambda grid: with_row(
        "limits", "limit:1", element_id="line:1", limit_a=200.0
    )(edited(grid, "lines", "line:1", ampacity_a=np.nan, parallel=2, derating=0.5)),
    "a line without length": changed("lines", "line:3", length_m=0.0),
    "a line without length, opened": changed("lines", "line:4", length_m=0.0),
    "a line without impedance": changed("lines", "line:3", r_ohm_per_km=0.0, x_ohm_per_km=0.0),
    "a line out of service": changed("lines", "line:3", is_in_service=False),
    "a line with an open end": changed("switches", "switch:1", is_closed=False),
    "a node out of service": changed("nodes", "bus:6", is_in_service=False),
    "parallel transformers": changed("transformers", "trafo:2", parallel=3),
    "a derated transformer": changed("transformers", "trafo:2", derating=0.8),
    "unequal leakage": changed(
        "transformers", "trafo:2", leakage_r_ratio_hv=0.2, leakage_x_ratio_hv=0.9, i0_pct=4.0
    ),
    "a ratio tap on the high side": changed(
        "transformers", "trafo:2", tap_side="hv", tap_pos=2.0, tap_step_pct=2.5,
        tap_changer_type="ratio",
    ),
    "a ratio tap on the low side": changed(
        "transformers", "trafo:1", tap_side="lv", tap_pos=-3.0, tap_step_pct=1.25,
        tap_changer_type="ratio",
    ),
    "a slanted tap": changed(
        "transformers", "trafo:1", tap_side="hv", tap_pos=3.0, tap_step_pct=1.5,
        tap_step_degree=60.0, tap_changer_type="symmetrical",
    ),
    "an ideal phase shifter in percent": changed(
        "transformers", "trafo:1", tap_side="hv", tap_pos=3.0, tap_step_pct=1.5,
        tap_changer_type="ideal",
    ),
    "an ideal phase shifter in degrees": changed(
        "transformers", "trafo:1", tap_side="lv", tap_pos=3.0, tap_step_pct=1.5,
        tap_step_degree=2.0, tap_changer_type="ideal",
    ),
    "a tap without a type": changed(
        "transformers", "trafo:1", tap_side="hv", tap_pos=3.0, tap_step_pct=1.5
    ),
    "no phase shift": changed("transformers", "trafo:2", shift_degree=0.0),
    "a transformer out of service": changed("transformers", "trafo:2", is_in_service=False),
    "a transformer opened on the low side": lambda grid: added(
        grid, "switches", "switch:3", "switch:2", node="bus:5", element_id="trafo:2",
        element_kind="transformer",
    ),
    "a bus-bus switch": closed_switch(),
    "a bus-bus switch with impedance": closed_switch(z_ohm=0.4),
    "an open bus-bus switch": closed_switch(is_closed=False),
    "a load of constant impedance": changed(
        "loads", "load:1", const_z_p_pct=60.0, const_z_q_pct=100.0
    ),
    "a load of constant current": changed(
        "loads", "load:1", const_i_p_pct=100.0, const_i_q_pct=40.0
    ),
    "a scaled load": changed("loads", "load:1", scaling=1.7),
    "a load out of service": changed("loads", "load:1", is_in_service=False),
    "a generator": with_row(
        "generators", "sgen:1", node="bus:6", p_kw=250.0, q_kvar=-30.0, scaling=0.6
    ),
    "a capacitor of one and a half steps": with_row(
        "shunts", "shunt:1", node="bus:4", p_kw=2.0, q_kvar=-200.0, vn_kv=10.5, step=1.5
    ),
    "another frequency": lambda grid: stated(grid, frequency_hz=60.0),
    "a source off nominal": changed("sources", "source:1", v_pu=1.04, angle_degree=12.0),
}  # fmt: skip


@pytest.mark.parametrize("change", MEANINGS.values(), ids=MEANINGS.keys())
def test_pandapower_and_our_solvers_read_the_same_meaning(change: Change) -> None:
    grid = change(tiny_grid())
    reference = solve_reference(grid)
    assert not reference.failures
    assert_same(solve(compile_grid(grid)), reference)


def test_every_id_is_the_name_of_its_element() -> None:
    net = to_pandapower(tiny_grid())
    assert net.bus["name"].tolist() == [f"bus:{k}" for k in range(1, 8)]
    assert net.trafo["name"].tolist() == ["trafo:1", "trafo:2"]
    assert net.ext_grid["name"].tolist() == ["source:1"]


def test_what_stands_at_an_unknown_node_is_left_out() -> None:
    grid = added(tiny_grid(), "loads", "load:9", "load:1", node="bus:99")
    grid = added(grid, "lines", "line:9", "line:3", to_node="bus:99")
    grid = added(grid, "switches", "switch:9", "switch:1", element_id="line:99")
    net = to_pandapower(grid)
    assert "load:9" not in set(net.load["name"])
    assert "line:9" not in set(net.line["name"])
    assert "switch:9" not in set(net.switch["name"])


def test_a_load_beyond_what_can_be_carried_is_a_failure_with_a_reason() -> None:
    result = solve_reference(edited(tiny_grid(), "loads", "load:2", p_kw=50_000.0))
    assert result.failures["source:1"].startswith("pandapower found no voltage solution")
    assert result.nodes["v_pu"].isna().all()


def test_a_grid_without_a_source_has_no_voltage() -> None:
    result = solve_reference(emptied(tiny_grid(), "sources"))
    assert not result.failures
    assert not result.engines
    assert result.nodes["v_pu"].isna().all()


def test_without_pandapower_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandapower", None)
    with pytest.raises(MissingExtraError, match="'pandapower'"):
        solve_reference(tiny_grid())
