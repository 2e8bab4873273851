"""A sample of the referee, small enough for the gate."""

from __future__ import annotations

import pytest
from referee_grids import OBERRHEIN, SMALL, Case
from referee_run import objections_of, run_case

SAMPLE = [
    Case(grid=OBERRHEIN, scale=1.0, kva=(630.0, 4000.0), sites=6, headroom_every=3),
    Case(
        grid=SMALL,
        scale=1.0,
        short_circuit_mva=6000.0,
        kva=(630.0,),
        sites=3,
        headroom_every=4,
    ),
    # where measures are what it takes: at each of them the net is made again as they leave it
    Case(grid=OBERRHEIN, scale=0.8, kva=(4000.0,), sites=4, site_seed=5),
    Case(grid=SMALL, scale=1.0, kw=(60.0, 200.0), kva=(1250.0,), sites=5, headroom_every=3),
]


@pytest.mark.parametrize("case", SAMPLE, ids=lambda case: case.name)
def test_every_plan_of_the_sample_holds(case, tmp_path, report):
    counts = run_case(case, tmp_path, report)
    assert not any(count.objections for count in counts.values()), objections_of(counts)
