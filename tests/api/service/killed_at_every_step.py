"""A reservation whose server is killed at its first statement, its second, and so on to the end.

A program of its own: ``python -m tests.api.service.killed_at_every_step URL``. Each reservation is
made by a child that kills itself with SIGKILL at one step; another child then asks the same with
the same key. One line of JSON a step tells what was found.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from datetime import date
from itertools import count
from typing import Any

import sqlalchemy as sa
from fastapi.testclient import TestClient

from api.auth.caller import Caller
from api.auth.dependency import authenticate
from api.database import Database
from api.database.applications import add_application, find_application, move
from api.database.audit import find_breaks
from api.database.plans import add_plan
from api.database.tables import answered, holds
from api.dependencies import get_now
from api.main import create_app
from api.serving import ServedGrids
from api.settings import Settings
from planner.plan_id import plain_fields
from tests.api.database.ring_ledger import BY, NOW, Desk, apply_for, make_desk, tee_grid
from tests.planner.remedies.rings import asked_for

MOST_STEPS = 200


def main(url: str) -> None:
    """Kill at each step until a reservation ends before its turn to be killed comes."""
    database = Database.open(url)
    grids = ServedGrids([tee_grid()], warm_up=lambda: None)
    grids.prepare()
    app = create_app(Settings(), grids, database)
    app.dependency_overrides |= {
        get_now: lambda: NOW,
        authenticate: lambda: Caller(name="wang", role="manager", districts=None),
    }
    client, desk = TestClient(app), make_desk(database)
    apply_for(desk, "app-0")
    document = desk.plan("app-0", **BY).document
    for step in range(1, MOST_STEPS):
        name = f"app-{step}"
        _plan(desk, name, document)
        # a connection must not be shared with a child
        database.engine.dispose()
        was_killed = _reserve(client, database, name, kill_at=step) == -signal.SIGKILL
        found = _what_is_there(database, name)
        database.engine.dispose()
        status = _reserve(client, database, name, kill_at=0)
        told = found | {"step": step, "was_killed": was_killed, "again": status}
        told |= {f"{what}_after": value for what, value in _what_is_there(database, name).items()}
        sys.stdout.write(json.dumps(told) + "\n")
        desk.move_on(name, "withdrawn", **BY)
        if not was_killed:
            return


def _plan(desk: Desk, name: str, document: Any) -> None:
    """Put an application there whose plan is made."""

    def keep(connection: sa.engine.Connection) -> None:
        add_application(
            connection, application_id=name, district="西湖", asked=plain_fields(asked_for()),
            grid_name=desk.served.name, completed_on=date(2026, 6, 1), actor="wang", now=NOW,
        )  # fmt: skip
        add_plan(connection, name, document, (), NOW)
        move(connection, find_application(connection, name), "planned", **BY)

    desk.database.write(keep)


def _reserve(client: TestClient, database: Database, name: str, *, kill_at: int) -> int:
    """Ask for the hold in a child; its HTTP status, or minus the signal that killed it."""
    child = os.fork()
    if child == 0:
        steps = count(1)

        def step(*_: object) -> None:
            if next(steps) == kill_at:
                os.kill(os.getpid(), signal.SIGKILL)

        for event in ("before_cursor_execute", "commit"):
            sa.event.listen(database.engine, event, step)
        # after a commit, and before the answer
        sa.event.listen(database.engine, "checkin", step)
        answer = client.post(
            f"/v1/applications/{name}/hold", json={"version": 1, "rank": 1},
            headers={"Idempotency-Key": f"k-{name}"},
        )  # fmt: skip
        os._exit(answer.status_code - 200)
    _, ended = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(ended)
    return code if code < 0 else code + 200


def _what_is_there(database: Database, name: str) -> dict[str, Any]:
    def look(connection: sa.engine.Connection) -> dict[str, Any]:
        of_it = sa.select(holds.c.hold_id).where(holds.c.application_id == name)
        kept = sa.select(answered.c.answer).where(answered.c.key == f"k-{name}")
        return {
            "holds": list(connection.execute(of_it).scalars()),
            "answers": [answer["hold_id"] for answer in connection.execute(kept).scalars()],
            "state": find_application(connection, name).state,
            "breaks": len(list(find_breaks(connection))),
        }

    return database.read(look)


if __name__ == "__main__":
    main(sys.argv[1])
