"""Promises looked at again on a new version: by one process, once, and told once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.database.grid_versions import begin_checks
from api.database.promise_checks import keep_check, list_unchecked
from api.database.tables import outbox, promise_checks
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
    check = recheck.look_again(database, promise, now=now)
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
