"""The promise under load and kills, on both databases: minutes, so it is not in the gate."""

from __future__ import annotations

import pytest
from promise_run import run

CLIENTS, SECONDS = 50, 120.0


@pytest.mark.acceptance
@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_the_promise_is_kept_whatever_is_killed(database, tmp_path, report):
    outcome = run(database, tmp_path, clients=CLIENTS, seconds=SECONDS)
    for line in outcome.lines():
        report(line)
    assert outcome.breaches == []
    assert outcome.killed["server"] >= 3
    assert database == "sqlite" or outcome.killed["database"] >= 2
    assert outcome.retried >= 50
    assert outcome.refused["409 capacity_gone"] >= 10
    assert outcome.carried.solved >= 20
