"""The whole referee: `pytest -m acceptance tests/acceptance`. Minutes, not seconds."""

from __future__ import annotations

import pytest
from referee_grids import LARGE, OBERRHEIN, Case
from referee_run import Counts, objections_of, run_case, save, start_workers

KW = (60.0, 150.0, 200.0, 210.0)
KVA = (630.0, 1250.0, 1600.0, 4000.0)
SCALES = (0.6, 1.0, 1.3)
WORKERS = 2

REQUIRED = [Case(grid=LARGE, scale=s, kw=KW, kva=KVA) for s in SCALES] + [
    Case(grid=OBERRHEIN, scale=s, kva=KVA) for s in SCALES
]
VARIANTS = [
    Case(grid=LARGE, scale=1.0, has_spare_bays=False, kw=(210.0,), kva=KVA, sites=10),
    Case(
        grid=OBERRHEIN, scale=0.6, has_spare_bays=False, overhead_share=0.5,
        kva=(630.0, 1250.0, 4000.0), sites=20,
    ),
    Case(grid=OBERRHEIN, scale=0.6, private_share=0.05, kva=(630.0, 4000.0), sites=20),
    Case(grid=OBERRHEIN, scale=0.6, rated_share=0.2, kva=(630.0, 1600.0), sites=20),
]  # fmt: skip

pytestmark = pytest.mark.acceptance


@pytest.fixture(scope="module")
def counted() -> dict[Case, Counts]:
    return {}


@pytest.fixture(scope="module")
def workers():
    with start_workers(WORKERS) as started:
        yield started


@pytest.mark.parametrize("case", [*REQUIRED, *VARIANTS], ids=lambda case: case.name)
def test_every_plan_holds(case, counted, workers, tmp_path, report):
    counted[case] = run_case(case, tmp_path, report, workers=workers)
    save(counted[case], tmp_path / "objections.json")
    assert not any(c.objections for c in counted[case].values()), objections_of(counted[case])


@pytest.mark.parametrize("grid", [LARGE, OBERRHEIN])
def test_each_size_is_both_offered_and_refused(grid, counted):
    cases = [case for case in REQUIRED if case.grid == grid and case in counted]
    if len(cases) < len(SCALES):
        pytest.skip("the three scales of this grid were not run")
    for size in counted[cases[0]]:
        offered = sum(counted[case][size].with_option for case in cases)
        refused = sum(counted[case][size].sites_refused for case in cases)
        assert offered >= 10, f"{grid} {size}: only {offered} sites with an option"
        assert refused >= 5, f"{grid} {size}: only {refused} sites refused on a stated loading"
