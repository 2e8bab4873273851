"""A server killed at any step of a reservation: all of it is there or nothing, and once.

A minute of processes that are begun and killed, so it is not in the gate.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from api.database import Database
from tests.api.database.databases import KINDS, upgraded_database

pytestmark = pytest.mark.acceptance

ROOT = Path(__file__).parents[3]
Told = list[dict[str, Any]]


def run(database: Database) -> Told:
    done = subprocess.run(
        [
            sys.executable, "-m", "tests.api.service.killed_at_every_step",
            database.engine.url.render_as_string(hide_password=False),
        ],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture(scope="module", params=KINDS)
def told(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Told:
    with upgraded_database(request.param, tmp_path_factory.mktemp("killed")) as database:
        return run(database)


def test_it_was_killed_at_every_step_but_after_the_last(told: Told) -> None:
    assert [found["was_killed"] for found in told] == [True] * (len(told) - 1) + [False]
    assert len(told) > 20


def test_either_all_of_it_is_there_or_nothing(told: Told) -> None:
    for found in told:
        assert found["holds"] == found["answers"], found
        assert found["state"] == ("held" if found["holds"] else "planned"), found


def test_both_were_met(told: Told) -> None:
    killed = [bool(found["holds"]) for found in told if found["was_killed"]]
    assert set(killed) == {True, False}


def test_who_asks_again_holds_once(told: Told) -> None:
    for found in told:
        assert found["again"] == 201, found
        assert len(found["holds_after"]) == 1, found
        assert found["holds_after"] == found["answers_after"], found
        # what was there before is what is told again
        assert found["holds"] in ([], found["holds_after"]), found


def test_the_audit_is_never_broken(told: Told) -> None:
    assert {found["breaks"] + found["breaks_after"] for found in told} == {0}
