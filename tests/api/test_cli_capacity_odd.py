"""`supply-plan capacity --node` beside rotating machines, and at what is no node to connect to."""

from __future__ import annotations

import json
from pathlib import Path

from tests.api.commands import ON_DATE, run
from tests.grid_models.grids import grid_of, line, source

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
