"""Time of a plan where no access point passes, so that measures on the grid are tried.

Prints the row of docs/performance.md: the grid of 10,458 nodes with every load half as large again.
Times are CPU times of the one thread that works, and decide nothing.
"""

import time
from collections import Counter
from datetime import date

import numpy as np
import pytest

from grid_models.catalogue import load_catalogue
from grid_models.model import GridModel
from grid_models.readers import read_grid
from planner.application import SupplyApplication
from planner.assistant import make_plan
from planner.rules import load_rule_book

pytestmark = pytest.mark.bench

LOAD, PLANS, MOST = 1.5, 40, 240


def test_plans_with_remedies(capsys: pytest.CaptureFixture[str]) -> None:
    day = date(2026, 11, 1)
    grid = read_grid(
        "simbench:1-MVLV-urban-all-0-sw", relocate=(120.15, 30.28), load_date=day,
        topology_date=day, assume=[
            "ownership=public", "spare_bays=2", "load_basis=declared", "restricted_areas=none",
        ],
    )  # fmt: skip
    grid = grid.with_tables(loads=grid.loads.assign(scaling=LOAD * grid.loads["scaling"]))
    model, rule_book, catalogue = GridModel.of(grid), load_rule_book("demo"), load_catalogue()
    generator = np.random.default_rng(7)
    times: list[float] = []
    tried: list[int] = []
    ended: Counter[str] = Counter()
    for k in range(MOST):
        node = grid.nodes.iloc[int(generator.integers(len(grid.nodes)))]
        size = {"kva": 4000.0} if k % 2 else {"kw": 190.0}
        application = SupplyApplication(
            lon=node["lon"] + 0.001 * generator.normal(),
            lat=node["lat"] + 0.001 * generator.normal(),
            on_date=date(2026, 11, 22), special_load="none", **size,
        )  # fmt: skip
        start = time.thread_time()
        plan = make_plan(application, model, rule_book, catalogue)
        took = time.thread_time() - start
        if plan.remedies is None:
            continue
        assert plan.remedies.tried <= plan.remedies.bound
        times.append(took)
        tried.append(plan.remedies.tried)
        ended[plan.remedies.ended] += 1
        if len(times) == PLANS:
            break
    p50, p99 = np.percentile(times, [50, 99])
    with capsys.disabled():
        print(  # noqa: T201 - the table is what a benchmark is for
            f"\n{len(times)} plans with remedies: p50 {p50:.2f} s, p99 {p99:.2f} s; trials a plan: "
            f"mean {np.mean(tried):.1f}, most {max(tried)}; ended {dict(ended)}"
        )
    assert times
