"""Transfers of two real grids against pandapower: the head out, the tie closed."""

from __future__ import annotations

import numpy as np
import pytest

from grid_models.grid import Grid
from grid_models.limits import Relaxation
from grid_models.model import GridModel, Place
from grid_models.solvers.reference import solve_reference
from grid_models.solvers.result import PowerFlowResult
from grid_models.ties import feeders_of
from grid_models.transfers import Transfers
from tests.conftest import LoadNet
from tests.grid_models.capacities import LEGAL_V
from tests.grid_models.standing import stand_as_present

VOLTAGE_PU = 1e-6
LOADING_PCT = 1e-4


@pytest.fixture(scope="module", params=["pandapower:mv_oberrhein", "simbench:1-MV-urban--0-sw"])
def transfers(request: pytest.FixtureRequest, load_net: LoadNet) -> Transfers:
    model = GridModel.of(load_net(request.param).grid)
    relaxation = Relaxation(loading_points=1.0, voltage_share=0.005)
    return Transfers(model=model, standing=stand_as_present(model, LEGAL_V, relaxation))


def test_pandapower_finds_the_same_voltages_and_loadings_on_every_receiver(transfers):
    model = transfers.model
    tops = [top for top in (*feeders_of(model), *main_transformers(model)) if transfers.ties(top)]
    assert len(tops) > 3
    for top in tops:
        head = model.branch_id(top.tree, top.row)
        for end in transfers.ties(top):
            case = transfers.case(top, end)
            result = solve_reference(switched(model.grid, head, case.end.tie.switch_ids))
            assert not result.failures
            assert_same(model, case, result)


def main_transformers(model: GridModel) -> list[Place]:
    return [
        Place(tree=number, row=int(row))
        for number in range(len(model.compiled.trees))
        for row in np.unique(model.topology(number).main_transformer)
        if row >= 0
    ]


def switched(grid: Grid, head: str, switch_ids: tuple[str, ...]) -> Grid:
    """Return the grid with the head out of service and the tie closed."""
    table = "lines" if head in grid.lines.index else "transformers"
    rows = grid.tables()[table].copy()
    rows.loc[head, "is_in_service"] = False
    switches = grid.switches.copy()
    switches.loc[list(switch_ids), "is_closed"] = True
    return grid.with_tables(**{table: rows, "switches": switches})


def assert_same(model: GridModel, case, result: PowerFlowResult) -> None:
    tree, state = case.graft.tree, case.state
    assert state.converged
    node = model.network.node_of_bus[tree.bus]
    named = node >= 0
    expected = result.nodes["v_pu"].to_numpy()[node[named]]
    np.testing.assert_allclose(state.v_pu[named], expected, rtol=0.0, atol=VOLTAGE_PU)
    loading = np.concatenate([result.lines["loading_pct"], result.transformers["loading_pct"]])
    ids = [*result.lines.index, *result.transformers.index]
    expected_of = dict(zip(ids, loading, strict=True))
    owner = np.where(case.graft.is_lost, case.lost.number, case.receiver.number)
    rows = np.flatnonzero(case.graft.branch_row >= 0)
    found = state.loading_pct[rows]
    expected = [
        expected_of[model.branch_id(int(owner[k]), int(case.graft.branch_row[k]))] for k in rows
    ]
    np.testing.assert_allclose(found, expected, rtol=0.0, atol=LOADING_PCT)
