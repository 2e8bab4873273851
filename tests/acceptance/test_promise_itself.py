"""The checker judged: silent where the promise was kept, and not fooled by what was spoilt."""

from __future__ import annotations

import copy
import random
import shutil
import sqlite3
import warnings
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pandapower as pp
import pytest
from fastapi.testclient import TestClient
from promise_clients import Customers, Unanswered
from promise_history import History
from promise_power import carry
from promise_proofs import find_breaches
from promise_rows import read_rows
from promise_run import CASE, REPLY, SITE_SEED, reply_body
from promise_servers import answer_of
from referee_grids import ON_DATE, write_case
from referee_sites import Plane, seeded_sites

from api.auth.accounts import add_account
from api.auth.passwords import Passwords
from api.auth.sessions import log_in
from api.clock import now
from api.database import Database, upgrade
from api.main import create_app
from api.serving import ServedGrids
from api.settings import Settings
from grid_models.readers import read_grid

NAME, PASSWORD, DISTRICT = "wang", "hold what was promised", "西湖"
CLIENTS, CUSTOMERS = 2, 6


@dataclass(frozen=True)
class Kept:
    """A run in which nothing broke: what was acknowledged, the database and the net."""

    history: History
    file: Path
    net: Any


@pytest.fixture(scope="module")
def kept(tmp_path_factory) -> Kept:
    """A few customers one after the other, some requests lost on their way there or back."""
    folder = tmp_path_factory.mktemp("promise")
    plane = Plane(write_case(CASE, folder / "grid.json"))
    # all at one place: somebody must come second
    sites = [(site.lon, site.lat) for site in seeded_sites(plane, 1, SITE_SEED)]
    database = Database.open(f"sqlite:///{folder / 'service.db'}")
    upgrade(database)
    client, token = _serve(database, folder / "grid.json")
    history, draw = History(), random.Random(5)  # noqa: S311

    def send(_server: int, path: str, headers: Any, body: Any) -> tuple[int, Any]:
        if draw.random() < 0.1:
            raise Unanswered("lost on the way there")
        answer = client.post(
            path, headers=dict(headers), **({} if body is None else {"json": body})
        )
        if draw.random() < 0.1:
            raise Unanswered("lost on the way back")
        return answer_of(answer)

    has_reply = REPLY in client.get("/openapi.json").json()["paths"]
    for k in range(CLIENTS):
        customers = Customers(
            number=k, send=send, servers=1, token=token, district=DISTRICT, sites=sites,
            facts={"area": "demo", "on_date": ON_DATE}, history=history, has_reply=has_reply,
            reply_body=reply_body(), is_over=lambda: False, pause_s=0.0,
            draw=random.Random(k),  # noqa: S311
        )  # fmt: skip
        for _ in range(CUSTOMERS):
            customers.serve_one()
    database.close()
    return Kept(history, folder / "service.db", pp.from_json(str(folder / "grid.json")))


def _serve(database: Database, file: Path) -> tuple[TestClient, str]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        grid = read_grid(
            str(file), assume=[f"{name}={value}" for name, value in CASE.assumptions.items()],
            load_date=date.fromisoformat(ON_DATE), topology_date=date.fromisoformat(ON_DATE),
            area="demo",
        )  # fmt: skip
    grids = ServedGrids([grid], warm_up=lambda: None)
    grids.prepare()
    passwords, moment = Passwords.recommended(), now()
    database.write(
        lambda connection: add_account(
            connection, name=NAME, password_hash=passwords.hash(PASSWORD), role="manager",
            districts=[DISTRICT], actor="test", now=moment,
        )
    )  # fmt: skip
    session = log_in(database, passwords, Settings(), name=NAME, password=PASSWORD, now=moment)
    return TestClient(create_app(Settings(), grids, database)), session.token


def breaches(kept: Kept, history: History | None = None) -> list[str]:
    return find_breaches(history or kept.history, read_rows(f"sqlite:///{kept.file}"))


def test_where_nothing_was_spoilt_nothing_is_found(kept):
    assert breaches(kept) == []
    assert carry(kept.net, read_rows(f"sqlite:///{kept.file}")).breaches == []


def test_the_run_holds_retries_and_withdraws(kept):
    requests = kept.history.requests
    assert sum(r.kind == "hold" and r.is_acknowledged for r in requests) >= 5
    assert any(r.kind == "move" and r.body["to"] == "withdrawn" for r in requests)
    assert any(len(r.attempts) > len(r.again) + len(r.misused) + 1 for r in requests)
    assert any(r.again for r in requests)
    assert any(r.misused for r in requests)


LIVE = "(SELECT hold_id FROM holds WHERE released_at IS NULL ORDER BY number LIMIT 1)"
GIVEN_UP = "(SELECT hold_id FROM holds WHERE released_at IS NOT NULL ORDER BY number LIMIT 1)"


@pytest.mark.parametrize(
    ("spoilt", "found"),
    [
        ("DELETE FROM holds WHERE hold_id = LIVE", "was acknowledged and is there 0 times"),
        (
            "DROP INDEX uq_holds_live;"
            "INSERT INTO holds (hold_id, application_id, plan_version, option_rank, grid_version,"
            " state, held_at, expires_at) SELECT 'hold-twice', application_id, plan_version,"
            " option_rank, grid_version, state, held_at, expires_at FROM holds"
            " WHERE hold_id = LIVE",
            "holds 2 times at once",
        ),
        (
            "DROP INDEX uq_holds_live;"
            "UPDATE holds SET released_at = NULL WHERE hold_id = GIVEN_UP",
            "released at None",
        ),
        ("UPDATE holds SET released_at = held_at WHERE hold_id = LIVE", "released at 20"),
        ("UPDATE holds SET option_rank = 99 WHERE hold_id = LIVE", "asked was"),
        ("UPDATE hold_sources SET bay_id = 'bay:1'", "bay bay:1 is held"),
        ("UPDATE answered SET status = 200 WHERE key = 'c0-1'", "c0-1 was answered (201"),
        ("DELETE FROM answered WHERE key = 'c0-2'", "the answer to c0-2 is not kept"),
        ("UPDATE applications SET state = 'accepted' WHERE number = 1", "is accepted, should be"),
        ("DELETE FROM applications WHERE number = 2", "is None, should be"),
        ("DELETE FROM moves WHERE number = 3", "and is kept 0 times"),
        ("DELETE FROM plans WHERE number = 2", "is kept: False, acknowledged: True"),
        ("UPDATE plans SET document = '{}' WHERE number = 2", "kept otherwise than it was told"),
        ("UPDATE audit SET actor = 'li' WHERE number = 9", "row 9 does not hash to what it says"),
        ("DELETE FROM audit WHERE number = 9", "row 10 does not follow row 8"),
        ("DELETE FROM audit WHERE action = 'hold.place'", "is written down 0 times"),
        (
            "DELETE FROM audit WHERE number = (SELECT max(number) FROM audit)",
            "the head of the audit",
        ),
        (
            "INSERT INTO reply_forms (application_id, hold_id, plan_version, option_rank, plan_id,"
            " signed_on, valid_until, form_hash, made_by, made_at) SELECT application_id, hold_id,"
            " 1, 1, 'p', '2026-06-01', held_at, 'h', 'wang', held_at FROM holds"
            " WHERE hold_id = GIVEN_UP",
            "was not made after hold",
        ),
    ],
)  # fmt: skip
def test_a_spoilt_database_is_objected_to(kept, tmp_path, spoilt, found):
    file = tmp_path / "spoilt.db"
    shutil.copyfile(kept.file, file)
    with sqlite3.connect(file) as connection:
        connection.executescript(spoilt.replace("LIVE", LIVE).replace("GIVEN_UP", GIVEN_UP))
    connection.close()
    assert any(found in breach for breach in breaches(Kept(kept.history, file, kept.net)))


def _spoil(history: History, where: str) -> None:
    again = next(r for r in history.requests if r.again)
    misused = next(r for r in history.requests if r.misused)
    held = next(r for r in history.requests if r.kind == "hold" and r.is_acknowledged)
    match where:
        case "answered otherwise the second time":
            again.again[0] = (201, {"hold_id": "hold-other"})
        case "another request answered with the same key":
            misused.misused[0] = (201, misused.answer)
        case "a hold nobody was told of":
            held.status, held.answer = 409, {"code": "capacity_gone"}
        case "a request nobody sent":
            history.requests.remove(held)


@pytest.mark.parametrize(
    "where",
    [
        "answered otherwise the second time", "another request answered with the same key",
        "a hold nobody was told of", "a request nobody sent",
    ],
)  # fmt: skip
def test_a_spoilt_history_is_objected_to(kept, where):
    history = History()
    history.requests = copy.deepcopy(kept.history.requests)
    _spoil(history, where)
    assert breaches(kept, history)


def test_promises_too_many_are_found_where_they_were_made_and_at_the_end(kept):
    rows = read_rows(f"sqlite:///{kept.file}")
    for row in rows.hold_sources:
        row["s_kva"] *= 3.0
    found = carry(kept.net, rows).breaches
    assert any(breach.startswith("audit row") and "heavy" in breach for breach in found)
    assert any(breach.startswith("at the end") for breach in found)
