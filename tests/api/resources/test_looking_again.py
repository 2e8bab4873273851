"""Promises looked at again on a new version: by one process, once, and told once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from fastapi.testclient import TestClient
from sqlalchemy.engine import Connection

from api.database.grid_versions import begin_checks
from api.database.holds import set_node
from api.database.promise_checks import (
    LivePromise,
    MovedPromiseError,
    keep_check,
    list_unchecked,
)
from api.database.tables import holds, outbox, promise_checks
from api.database.trouble import DatabaseUnreachableError
from api.ledger.recheck import Recheck
from tests.api.resources.company import ON_SQLITE, Company, ring_of
from tests.api.resources.test_commitments import LITTLE, MUCH, list_of, republish


@pytest.fixture
def wang(company: Company) -> TestClient:
    return company.person("wang", "西湖")


def test_of_a_promise_that_is_not_kept_others_are_told_once(
    company: Company, wang: TestClient
) -> None:
    hold_id = company.held(wang)
    republish(company, ring_of(MUCH))
    company.look()

    (event,) = [row for row in company.rows(outbox) if row["kind"] == "promise.not_kept"]
    assert event["district"] == "西湖"
    assert event["payload"]["hold_id"] == hold_id
    assert set(event["payload"]) == {"hold_id", "grid_version", "codes"}  # no figures


@ON_SQLITE
def test_a_promise_that_is_kept_is_told_to_nobody(company: Company, wang: TestClient) -> None:
    company.held(wang)
    before = len(company.rows(outbox))
    republish(company, ring_of(LITTLE))

    assert len(company.rows(outbox)) == before


def test_two_processes_that_look_at_the_same_promise_write_it_once(
    company: Company, wang: TestClient
) -> None:
    company.held(wang)
    company.publish(ring_of(MUCH))
    company.grids.reload()
    database, now = company.house.identity.database, company.clock.now
    grids = company.grids
    recheck = Recheck(served=grids.all()[0], rule_book=grids.rule_book, terms=grids.terms)
    (promise,) = database.read(lambda c: _unchecked(c, company))
    recheck.look(database, now)
    check = recheck.look_again(database, promise, now=now).check
    database.write(lambda c: _keep(c, check))

    assert len(company.rows(promise_checks)) == 1
    kinds = [row["kind"] for row in company.rows(outbox)]
    assert kinds.count("promise.not_kept") == 1


def _unchecked(connection: Any, company: Company) -> Any:
    served = company.grids.all()[0]
    return list_unchecked(connection, served.name, served.version, company.clock.now, most=9)


def _keep(connection: Any, check: Any) -> None:
    assert not keep_check(connection, check)


@ON_SQLITE
def test_a_promise_that_cannot_be_posed_does_not_keep_others_from_being_looked_at(
    company: Company, wang: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    company.held(wang)
    monkeypatch.setattr("api.ledger.recheck.check_promise", fail)
    republish(company, ring_of(LITTLE))

    (one,) = list_of(wang, is_kept=False)
    codes = [obstacle["code"] for obstacle in one["check"]["obstacles"]]
    assert (one["check"]["result"], codes) == ("unknown", ["cannot_be_posed"])


@ON_SQLITE
def test_while_the_database_is_away_nothing_is_said_of_a_promise(
    company: Company, wang: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise DatabaseUnreachableError

    company.held(wang)
    company.publish(ring_of(LITTLE))
    monkeypatch.setattr("api.ledger.recheck.find_plan", fail)
    with pytest.raises(DatabaseUnreachableError):
        company.look()

    assert company.rows(promise_checks) == []


def test_while_one_process_looks_at_promises_no_other_does(
    company: Company, wang: TestClient
) -> None:
    company.held(wang)
    company.publish(ring_of(LITTLE))
    served = company.watch.reload().new[0]
    database, begun = company.house.identity.database, company.clock.now
    grid = (served.name, served.version)

    assert database.write(lambda c: begin_checks(c, *grid, begun))
    company.look()
    assert company.rows(promise_checks) == []
    company.clock.now += timedelta(minutes=3)  # the other one has died
    company.look()
    assert len(company.rows(promise_checks)) == 1


# while another one is placed anew ---------------------------------------------------------------


def place_another(connection: Connection) -> None:
    """Let the first promise stand elsewhere, as the desk does."""
    (first,) = connection.execute(sa.select(holds.c.hold_id).limit(1)).scalars()
    set_node(connection, first, 0, "bus:6")


def two_held(company: Company, wang: TestClient) -> tuple[Recheck, LivePromise]:
    """Return what looks at promises, and the second of two."""
    company.held(wang, kva=50)
    company.held(wang, kva=50)
    company.publish(ring_of(LITTLE))
    company.watch.reload()
    grids, database = company.grids, company.house.identity.database
    recheck = Recheck(served=grids.all()[0], rule_book=grids.rule_book, terms=grids.terms)
    return recheck, database.read(lambda c: _unchecked(c, company))[1]


def test_a_look_beside_one_that_was_placed_anew_meanwhile_is_not_kept(
    company: Company, wang: TestClient
) -> None:
    recheck, promise = two_held(company, wang)
    database, now = company.house.identity.database, company.clock.now
    look = recheck.look_again(database, promise, now=now)
    database.write(place_another)
    with pytest.raises(MovedPromiseError):
        database.write(lambda c: recheck.keep(c, look, actor="chen", now=now))

    assert company.rows(promise_checks) == []


def test_what_is_placed_anew_during_a_round_is_left_for_the_next(
    company: Company, wang: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    recheck, _ = two_held(company, wang)
    database, now = company.house.identity.database, company.clock.now
    judge: Any = Recheck._judge

    def judge_and_place(*args: Any) -> Any:
        found = judge(*args)
        database.write(place_another)
        return found

    monkeypatch.setattr(Recheck, "_judge", judge_and_place)
    recheck.look(database, now)
    monkeypatch.undo()
    before = company.rows(promise_checks)
    recheck.look(database, now)

    assert (len(before), len(company.rows(promise_checks))) == (0, 2)
