"""Applications of all kinds on three grids: `pytest -m acceptance` of this file, for an hour.

Every plan passes `verify`, pandapower confirms every option, and of what was refused no simple
candidate would have passed.
"""

from __future__ import annotations

import pytest
from kinds_asked import KINDS
from kinds_run import DISTRICT, KindsCase, Tally, prepare, run_kinds
from referee_grids import LARGE, OBERRHEIN

# mv_oberrhein carries its own load and little more: it is asked at less of it as well
CASES = [
    KindsCase(grid=DISTRICT, scale=0.8, count=34, seed=1),
    KindsCase(grid=DISTRICT, scale=1.0, count=34, seed=2),
    KindsCase(grid=DISTRICT, scale=1.3, count=34, seed=3),
    KindsCase(grid=LARGE, scale=0.8, count=34, seed=11),
    KindsCase(grid=LARGE, scale=1.0, count=34, seed=12),
    KindsCase(grid=LARGE, scale=1.3, count=34, seed=13),
    KindsCase(grid=OBERRHEIN, scale=0.5, count=34, seed=21),
    KindsCase(grid=OBERRHEIN, scale=0.8, count=34, seed=22),
    KindsCase(grid=OBERRHEIN, scale=1.0, count=34, seed=23),
    # where little passes: what is refused there is tried
    KindsCase(grid=OBERRHEIN, scale=1.2, count=34, seed=25),
    KindsCase(grid=OBERRHEIN, scale=1.3, count=34, seed=24),
]
APPLICATIONS, REFUSED = 300, 50

pytestmark = pytest.mark.acceptance


@pytest.fixture(scope="module")
def tallies() -> dict[KindsCase, Tally]:
    return {}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_plan_is_verified_and_every_option_confirmed(case, tallies, tmp_path, report):
    tally = tallies[case] = Tally()
    for asked, judged in run_kinds(case, prepare(case, tmp_path), report):
        tally.add(asked, judged)
    report(
        f"{case.name}: {dict(tally.modes)} options {dict(tally.options)} "
        f"refusals confirmed {tally.refused} objections {len(tally.objections)}"
    )
    assert not tally.objections, "\n".join(tally.objections[:40])


def test_all_kinds_were_asked_and_refusals_confirmed(tallies):
    if len(tallies) < len(CASES):
        pytest.skip("not every case was run")
    assert sum(sum(tally.kinds.values()) for tally in tallies.values()) >= APPLICATIONS
    assert {kind for tally in tallies.values() for kind in tally.kinds} == set(KINDS)
    assert sum(tally.refused for tally in tallies.values()) >= REFUSED
    offered = {kind for tally in tallies.values() for kind in tally.options}
    assert offered >= {
        "lv_public", "existing_supply", "mv_new_feeder", "dual_source", "limited_supply",
        "staged_supply", "hv_dedicated",
    }  # fmt: skip
