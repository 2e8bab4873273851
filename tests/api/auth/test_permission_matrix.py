"""Every route for every role, in its own district and in another, and for nobody.

The routes are those of the OpenAPI document, who may is written down in `permission_rows.py`: a
route that was forgotten there, or that lets in whom it should not, fails here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx2 import Response
from sqlalchemy.engine import Connection

from api.auth.identity import Identity
from api.auth.passwords import Passwords
from api.database.applications import add_application
from api.database.corrections import add_correction
from api.database.holds import Hold, add_hold
from api.database.plans import add_plan
from api.database.rule_drafts import add_draft
from api.dependencies import get_now
from api.jobs.job import BULK, add_job
from api.main import create_app
from api.serving import ServedGrids
from api.settings import Settings
from api.webhooks.addresses import read_target
from api.webhooks.webhooks import make_webhook
from planner.application import Commitment
from planner.plan_id import plain_fields
from tests.api.auth.house import NOW, QUICK, House, bearer
from tests.api.auth.permission_rows import (
    ALL,
    EVERYBODY,
    GIVEN,
    INTEGRATOR,
    LISTED,
    MATRIX,
    NOBODYS,
    OPEN,
    OTHER,
    OWN,
    ROLES,
    THEIRS,
)
from tests.api.auth.test_every_route import documented_routes_of
from tests.api.database.databases import upgraded_database
from tests.api.grids import shop_grid
from tests.planner.remedies.rings import asked_for

NUMBERS = count(1)


def _application(house: House) -> str:
    name = f"app-{next(NUMBERS)}"
    asked, grid_name = plain_fields(asked_for()), shop_grid().metadata.name
    house.identity.database.write(
        lambda connection: add_application(
            connection, application_id=name, district=OWN, asked=asked, grid_name=grid_name,
            completed_on=date(2026, 6, 1), actor="wang", now=NOW,
        )
    )  # fmt: skip
    return name


def _job(house: House) -> str:
    """A bulk submission: the kind of job outsiders may see as well."""
    return house.identity.database.write(
        lambda connection: add_job(
            connection,
            kind=BULK,
            district=OWN,
            asked={},
            actor="wang",
            now=NOW,
            most_waiting=1_000,
        )
    ).job_id


def _webhook(house: House) -> str:
    # each by somebody else: nobody has many
    return house.identity.database.write(
        lambda connection: make_webhook(
            connection, target=read_target("https://93.184.215.14/told"), is_inside=False,
            districts=[OWN], kinds=["*"], actor=f"wang-{next(NUMBERS)}", now=NOW,
        )
    ).webhook_id  # fmt: skip


def _draft(house: House) -> str:
    return house.identity.database.write(
        lambda connection: add_draft(
            connection, area="demo", entries=[], base_version="v", note="", actor="chen", now=NOW
        )
    ).draft_id


def _hold(house: House) -> str:
    application_id, version = _application(house), shop_grid().version
    node_id = str(shop_grid().nodes.index[0])
    point = {"kind": "mv_node", "element_id": node_id, "position": None, "bay_id": None}
    document = {
        "plan_id": "p", "grid": {"version": version}, "rules": {"area": "demo", "version": "v"},
        "answer": {"mode": "on_site"}, "options": [{"sources": [{"access_point": point}]}],
    }  # fmt: skip
    hold = Hold(
        hold_id=f"hold-{next(NUMBERS)}", application_id=application_id, plan_version=1,
        option_rank=1, grid_version=version, state="deciding", held_at=NOW, expires_at=None,
        released_at=None, release_reason=None,
    )  # fmt: skip
    taken = [Commitment(commitment_id="c", node_id=node_id, s_kva=1.0)]

    def keep(connection: Connection) -> None:
        add_plan(connection, application_id, document, (), NOW)
        add_hold(connection, hold, taken)

    house.identity.database.write(keep)
    return hold.hold_id


def _correction(house: House) -> str:
    facts = {
        "district": OWN, "grid_name": "g", "grid_version": "v", "kind": "other",
        "element_id": None, "lon": 120.1, "lat": 30.2, "accuracy_m": None, "note": "",
    }  # fmt: skip
    return house.identity.database.write(
        lambda connection: add_correction(connection, facts, actor="wang", now=NOW)
    ).correction_id


# What a path may name, and how one of the own district is made.
MAKERS: Mapping[str, Callable[[House], str]] = {
    "application_id": _application,
    "account_id": lambda house: house.person(f"p{next(NUMBERS)}", districts=[OWN]).account_id,
    "key_id": lambda house: house.key(f"k{next(NUMBERS)}", districts=[OWN])[0].key_id,
    "version": lambda _house: "1",
    "number": lambda _house: "1",
    "area": lambda _house: "demo",
    "job_id": _job,
    "name": lambda _house: "rows.csv",
    "webhook_id": _webhook,
    "event_id": lambda _house: "event-1",
    "draft_id": _draft,
    "hold_id": _hold,
    "grid_version": lambda _house: shop_grid().version,
    **{side: lambda _house: "0" for side in ("z", "x", "y")},
    "element_id": lambda _house: str(shop_grid().lines.index[0]),
    "correction_id": _correction,
}
# What is numbered has no other number where nothing is.
NUMBERED = {"version": "1", "number": "1"}
NOT_THERE = "none-1"


@dataclass(frozen=True)
class Scene:
    """A service on one database, and tokens of every role in both districts."""

    client: TestClient
    house: House

    @property
    def app(self) -> FastAPI:
        app = self.client.app
        assert isinstance(app, FastAPI)
        return app

    def token(self, role: str, district: str) -> str:
        """Log in as somebody new: some routes end their caller's login."""
        name = f"{role}-{next(NUMBERS)}"
        if role == INTEGRATOR:
            scopes = ["application.read", "application.write", "plan.make", "hold.place",
                      "rules.read", "webhook.write"]  # fmt: skip
            return self.house.key(name, scopes=scopes, districts=[district])[1]
        self.house.person(name, role=role, districts=[district])
        return self.house.log_in(name).token

    def ask(
        self, operation: str, things: Mapping[str, str], token: str | None, body: Any
    ) -> Response:
        method, path = operation.split(" ")
        return self.client.request(
            method, path.format(**things), headers=bearer(token) if token else {},
            **({} if body is None else {"json": body}),
        )  # fmt: skip


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    folder: Path = tmp_path_factory.mktemp("matrix")
    grids = ServedGrids([shop_grid()], warm_up=lambda: None)
    grids.prepare()
    with upgraded_database("sqlite", folder) as database:
        identity = Identity(
            database=database, settings=Settings(), passwords=Passwords(QUICK), issuer=None
        )
        app = create_app(Settings(), grids, database)
        app.state.identity = identity
        app.dependency_overrides[get_now] = lambda: NOW
        yield Scene(TestClient(app, raise_server_exceptions=False), House(identity=identity))


def told(answer: Response) -> tuple[int, str]:
    """Status and code of an answer."""
    is_json = "json" in answer.headers.get("content-type", "")
    code = answer.json().get("code", "") if is_json and answer.text.startswith("{") else ""
    return answer.status_code, str(code)


def things_of(scene: Scene, operation: str) -> dict[str, str]:
    """Make what the path names."""
    names = re.findall(r"{(\w+)}", operation)
    unknown = [name for name in names if name not in MAKERS]
    assert not unknown, f"{operation} names {unknown}: add makers of them to MAKERS"
    return {name: MAKERS[name](scene.house) for name in names}


def nothing_of(things: Mapping[str, str]) -> dict[str, str]:
    """What a path would name that is not there."""
    return {name: NUMBERED.get(name, NOT_THERE) for name in things}


def forms_of(body: Any) -> Any:
    """A body in which names that must be new are."""
    if isinstance(body, dict) and "name" in body:
        return body | {"name": f"{body['name']}-{next(NUMBERS)}"}
    return body


def test_every_route_has_a_row(scene: Scene) -> None:
    documented = {f"{method} {path}" for method, path in documented_routes_of(scene.app)}
    forgotten = documented - MATRIX.keys() - OPEN
    gone = (MATRIX.keys() | OPEN) - documented
    assert not forgotten, f"no row in permission_rows.py says who may: {sorted(forgotten)}"
    assert not gone, f"rows of permission_rows.py for routes that are not there: {sorted(gone)}"


def test_every_operation_and_schema_has_a_name_of_its_own(scene: Scene) -> None:
    document = scene.app.openapi()
    names = [one["operationId"] for path in document["paths"].values() for one in path.values()]

    assert len(set(names)) == len(names)
    # what two modules call alike would be named by its module
    assert [name for name in document["components"]["schemas"] if "__" in name] == []


@pytest.mark.parametrize("operation", MATRIX)
def test_nobody_is_let_in_without_a_token(scene: Scene, operation: str) -> None:
    row = MATRIX[operation]
    things = things_of(scene, operation)
    assert told(scene.ask(operation, things, None, row.body)) == (401, "not_authenticated")


@pytest.mark.parametrize("operation", MATRIX)
def test_who_may_not_is_refused_wherever_it_is(scene: Scene, operation: str) -> None:
    row, things = MATRIX[operation], things_of(scene, operation)
    answers = {
        (role, district): told(
            scene.ask(operation, things, scene.token(role, district), forms_of(row.body))
        )
        for role in ROLES
        if role not in row.roles
        for district in (OWN, OTHER)
    }
    assert answers == dict.fromkeys(answers, (403, "not_allowed"))


@pytest.mark.parametrize("operation", MATRIX)
def test_who_may_is_let_in_in_their_own_district(scene: Scene, operation: str) -> None:
    row = MATRIX[operation]
    for role in row.roles:
        things = things_of(scene, operation)
        token = scene.token(role, "*" if row.whose == ALL else OWN)
        answer = told(scene.ask(operation, things, token, forms_of(row.body)))
        assert answer[0] not in (401, 403, 500), f"{operation} as {role}: {answer}"
        if row.whose == THEIRS:
            none = dict.fromkeys(things, NOT_THERE) | {
                n: v for n, v in NUMBERED.items() if n in things
            }
            missing = told(scene.ask(operation, none, scene.token(role, OWN), row.body))
            assert answer != missing, f"{operation} as {role} does not find its own: {answer}"
        if row.whose == GIVEN:
            assert answer[0] != 422, f"{operation}: give its row a body that is in order: {answer}"


@pytest.mark.parametrize("operation", [o for o, row in MATRIX.items() if row.whose == ALL])
def test_who_has_one_district_does_not_act_for_all(scene: Scene, operation: str) -> None:
    row, things = MATRIX[operation], things_of(scene, operation)
    for role in row.roles:
        answer = told(scene.ask(operation, things, scene.token(role, OWN), row.body))
        assert answer == (403, "not_allowed"), f"{operation} as {role} of one district: {answer}"


@pytest.mark.parametrize("operation", [o for o, row in MATRIX.items() if row.whose == THEIRS])
def test_what_is_of_another_district_is_as_if_it_were_not_there(
    scene: Scene, operation: str
) -> None:
    row, things = MATRIX[operation], things_of(scene, operation)
    none = nothing_of(things)
    for role in row.roles:
        token = scene.token(role, OTHER)
        answer = told(scene.ask(operation, things, token, row.body))
        assert answer[0] == 404, f"{operation} as {role} of another district: {answer}"
        assert answer == told(scene.ask(operation, none, token, row.body))


@pytest.mark.parametrize("operation", [o for o, row in MATRIX.items() if row.whose == GIVEN])
def test_nobody_acts_for_another_district(scene: Scene, operation: str) -> None:
    row = MATRIX[operation]
    for role in row.roles:
        token = scene.token(role, OTHER)
        answer = told(scene.ask(operation, things_of(scene, operation), token, forms_of(row.body)))
        assert answer == (403, "not_allowed"), f"{operation} as {role} of another district"


@pytest.mark.parametrize("operation", [o for o, row in MATRIX.items() if row.whose == LISTED])
def test_rows_of_another_district_are_not_listed(scene: Scene, operation: str) -> None:
    row = MATRIX[operation]
    name = MAKERS[row.names](scene.house)

    def is_listed(role: str, district: str) -> bool:
        """Look through every page."""
        token, after = scene.token(role, district), "0"
        while after is not None:
            page = scene.client.get(
                operation.split(" ")[1], params={"after": after, "limit": 200},
                headers=bearer(token),
            ).json()  # fmt: skip
            if any(item[row.names] == name for item in page["items"]):
                return True
            after = page["next_cursor"]
        return False

    for role in row.roles:
        assert is_listed(role, OWN), f"{operation} as {role} does not list its own"
        assert not is_listed(role, OTHER), f"{operation} as {role} lists another district's"


def test_a_district_named_in_a_body_is_the_only_one_it_is_about() -> None:
    """So that the rows themselves are in order: what is given says whose it is."""
    for operation, row in MATRIX.items():
        assert row.roles, f"{operation} is for nobody"
        says = json.dumps(row.body, ensure_ascii=False)
        assert row.whose != GIVEN or OWN in says, f"{operation} gives no district: {says}"
        assert row.whose != THEIRS or "{" in operation, f"{operation} names nothing of anybody"


def test_only_what_is_about_no_district_is_for_everybody() -> None:
    assert {r.whose for r in MATRIX.values() if r.roles == EVERYBODY} == {NOBODYS}
