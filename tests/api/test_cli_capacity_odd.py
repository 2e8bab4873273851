"""`supply-plan capacity --node` beside rotating machines, and at what is no node to connect to."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from grid_models.storage import write_grid
from tests.api.commands import ON_DATE, run
from tests.grid_models.grids import grid_of, line, source
from tests.grid_models.readers.nets import read
from tests.grid_models.readers.test_three_winding import with_three_windings

DAY = [part for option in ON_DATE.items() for part in option]


def capacity(folder: Path, *arguments: object):
    return run("capacity", folder, *DAY, *arguments)


# A machine's short circuit -----------------------------------------------------------------------


def test_beside_a_machine_the_greatest_current_is_said_to_be_unknown(store) -> None:
    known = {
        "short_circuit_mva": 2000.0, "short_circuit_r_x": 0.1, "short_circuit_min_mva": 1000.0,
        "short_circuit_min_r_x": 0.1,
    }  # fmt: skip
    grid = grid_of(
        {"A": 10.0, "B": 10.0},
        lines={"L": line("A", "B")},
        generators={"G": {"node": "B", "p_kw": 1000.0, "v_pu": 1.0}},
        sources={"grid": source("A", **known)},
    )
    folder = store(grid)
    found = json.loads(capacity(folder, "--node", "B", "--json").stdout)["short_circuit"]
    assert (found["max_ka"], found["has_machine"], found["max_is_bound"]) == (None, True, False)
    assert found["min_ka"] > 1.0
    page = capacity(folder, "--node", "B").stdout
    assert f"最大 未知（有旋转电机，无法给出上限），最小 {found['min_ka']:.2f} kA" in page


# The inner node of a three-winding transformer ---------------------------------------------------

STAR = "trafo3w:0:star"
NO_NODE = "三绕组变压器的中性计算点，不是可接入的节点"


@pytest.fixture(scope="module")
def starred(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a grid with a three-winding transformer."""
    folder = tmp_path_factory.mktemp("grids") / "starred"
    write_grid(read(with_three_windings()), folder)
    return folder


def at_the_star(folder: Path) -> Path:
    path = folder / "loads.csv"
    path.write_text(f"commitment_id,node_id,s_kva\nP1,{STAR},10\n", encoding="utf-8")
    return path


def test_the_map_says_nothing_of_a_star_and_all_of_its_windings(starred, tmp_path) -> None:
    result = capacity(starred, "-o", tmp_path / "map.parquet")
    assert result.exit_code == 0, result.output
    assert "潮流无解" not in result.stdout
    table = pd.read_parquet(tmp_path / "map.parquet").set_index("node_id")
    assert table.loc[STAR, "quality"] == "unknown"
    assert table.loc[STAR].filter(like="_kva").isna().all()
    assert (table.loc[STAR].filter(like="_id") == "").all()
    windings = table.loc[["bus:7", "bus:8"]]
    assert (windings["quality"] != "unknown").all()
    assert (windings["hosting_capacity_kva"] > 0.0).all()


def test_a_star_is_not_explained(starred) -> None:
    result = capacity(starred, "--node", STAR)
    assert (result.exit_code, result.stdout) == (2, "")
    assert NO_NODE in result.stderr
    assert f'"{STAR}"' in result.stderr


@pytest.mark.parametrize("question", [["--together"], ["--node", "bus:8", "--with-commitments"]])
def test_a_load_at_a_star_is_refused(starred, tmp_path, question) -> None:
    result = capacity(starred, *question, at_the_star(tmp_path))
    assert result.exit_code == 2
    assert NO_NODE in result.stderr
    assert "loads.csv:2" in result.stderr


def test_a_promise_at_a_star_is_refused_when_a_plan_is_asked_for(starred, tmp_path) -> None:
    result = run(
        "recommend", starred, *DAY, "--at", "120.15,30.28", "--kva", "400",
        "--commitments", at_the_star(tmp_path),
    )  # fmt: skip
    assert result.exit_code == 2
    assert NO_NODE in result.stderr


def test_a_check_counts_the_transformer_once_and_misses_nothing_of_its_star(starred) -> None:
    document = json.loads(run("grid", "check", starred, "--json").stdout)
    assert (document["counts"]["nodes"], document["counts"]["transformers"]) == (9, 3)
    assert STAR not in [name for problem in document["problems"] for name in problem["ids"]]
    assert "节点 9  " in run("grid", "check", starred).stdout
