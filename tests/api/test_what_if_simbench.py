"""SimBench's own scenarios: its grid of today with its true difference is its grid of tomorrow."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from api.scenario_file import read_scenario_file
from grid_models.catalogue import load_catalogue
from grid_models.grid import Grid
from grid_models.model import GridModel
from planner.rules import load_rule_book
from planner.scenarios import read_scenario, run_scenario
from planner.site import grid_area
from tests.conftest import LoadedNet, LoadNet
from tests.planner.scenario_grids import DAY

TODAY = "simbench:1-MV-urban--0-sw"
POWERS = ["p_kw", "q_kvar"]


def stated(rows: Any, name: str) -> dict[str, float]:
    return {column: float(rows.at[name, column]) for column in POWERS}


def difference(today: Grid, then: Grid) -> list[dict[str, Any]]:
    """Return the steps that turn one grid's loads, generators and storage into another's."""
    steps: list[dict[str, Any]] = []
    for table, kind in (("loads", "load"), ("generators", "generator")):
        old, new = today.tables()[table], then.tables()[table]
        assert set(old.index) <= set(new.index)
        changed = [n for n in old.index if stated(old, n) != stated(new, n)]
        steps.append({f"set_{kind}": [{kind: n, **stated(new, n)} for n in changed]})
        added = [n for n in new.index if n not in old.index]
        if added:
            assert kind == "generator"
            whose = {"node": "node", "kind": "kind"}
            steps.append(
                {
                    "add_generator": [
                        {"id": n, **{key: str(new.at[n, key]) for key in whose}, **stated(new, n)}
                        for n in added
                    ]
                }
            )
    return steps


@pytest.mark.parametrize("year", [1, 2])
def test_the_true_difference_as_a_scenario_file_gives_the_other_grids_power_flow(
    year: int, load_net: LoadNet, tmp_path: Path
) -> None:
    today, then = load_net(TODAY), load_net(f"simbench:1-MV-urban--{year}-sw")
    assert_same_network(today, then)
    path = tmp_path / f"to-{year}.yaml"
    with path.open("w", encoding="utf-8") as stream:
        YAML(typ="safe", pure=True).dump({"steps": difference(today.grid, then.grid)}, stream)

    model, file = GridModel.of(today.grid), read_scenario_file(path)
    scenario = read_scenario(
        file.document, model=model, area=grid_area(today.grid), catalogue=load_catalogue(),
        rule_book=load_rule_book, today=DAY, place=file.place,
    )  # fmt: skip
    result = run_scenario(scenario, model, load_rule_book("demo"), load_catalogue())

    v_pu = {node.node_id: (node.after_v or 0.0) / node.kv / 1000 for node in result.nodes}
    assert v_pu == pytest.approx(
        {f"bus:{k}": v for k, v in then.net.res_bus["vm_pu"].items()}, abs=1e-6
    )
    loading = {b.element_id: b.after_pct for b in result.branches if b.kind == "line"}
    assert loading == pytest.approx(
        {f"line:{k}": pct for k, pct in then.net.res_line["loading_percent"].items()}, abs=1e-4
    )
    assert max(abs(node.after_v - node.before_v) for node in result.nodes) > 10  # type: ignore[operator]


def assert_same_network(today: LoadedNet, then: LoadedNet) -> None:
    """Nothing but loads, generators and storage differs, so nothing else need be in the file."""
    tables = today.grid.tables()
    for name, rows in then.grid.tables().items():
        if name not in ("loads", "generators"):
            assert rows.drop(columns="name", errors="ignore").equals(
                tables[name].drop(columns="name", errors="ignore")
            ), name
