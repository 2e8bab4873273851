"""The whole OpenAPI document, fuzzed by Schemathesis against the app that gives it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import (
    content_type_conformance,
    not_a_server_error,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from api.auth.caller import Caller
from api.auth.dependency import authenticate
from api.auth.identity import Identity
from api.auth.passwords import Passwords
from api.database.applications import add_application
from api.dependencies import get_now, get_today
from api.main import create_app
from api.serving import ServedGrids
from api.settings import Settings
from planner.plan_id import plain_fields
from tests.api.auth.house import NOW, QUICK, House
from tests.api.database.databases import upgraded_database
from tests.api.database.ring_ledger import tee_grid
from tests.planner.remedies.rings import asked_for

# What is judged. Not whether data that fit the description are refused: rules say more than types.
CHECKS = [
    not_a_server_error, status_code_conformance, content_type_conformance,
    response_headers_conformance, response_schema_conformance,
]  # fmt: skip
# Tells by its status that nothing is ready, which is no fault.
READY = "GET /readyz"
# What a path may name that is there; with half of the examples it does.
THERE: Mapping[str, str] = {
    "application_id": "app-1", "version": "1", "grid_version": tee_grid().version,
    "element_id": "line:2",
}  # fmt: skip


@schemathesis.serializer("application/x-ndjson")
def send_lines(_context: object, value: object) -> bytes:
    """Send a value as one line; half characters go as they are, which is what is tried."""
    return json.dumps(value).encode()


@dataclass
class Fuzzed:
    """An app, its own description, and of what role its callers are."""

    app: FastAPI
    role: str = "manager"
    schema: Any = field(init=False)

    def __post_init__(self) -> None:
        self.app.dependency_overrides |= {
            get_now: lambda: NOW,
            get_today: lambda: NOW.date(),  # noqa: PLW0108 -- it is asked for its arguments
            # what is fuzzed ends logins: the caller is who it is, whatever is sent
            authenticate: lambda: Caller(name="wang", role=self.role, districts=None),
        }
        self.schema = schemathesis.openapi.from_asgi("/openapi.json", self.app)

    def attack(self, operation: str, role: str, examples: int) -> int:
        """Send what fits the description of an operation, and what does not.

        Returns
        -------
        judged
            How many answers were as described.

        Raises
        ------
        schemathesis.errors.FailureGroup
            If an answer is not as described; a fault of the app is raised as it is.
        """
        self.role = role
        method, path = operation.split(" ")
        checks = [c for c in CHECKS if operation != READY or c is not not_a_server_error]
        return sum(
            self._attack(self.schema[path][method], mode, places, examples, checks)
            for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
            for places in (THERE, {})
        )

    def _attack(
        self,
        operation: Any,
        mode: GenerationMode,
        places: Mapping[str, str],
        examples: int,
        checks: list[Any],
    ) -> int:
        if mode is GenerationMode.NEGATIVE and not (
            operation.body or operation.query or operation.path_parameters or operation.headers
        ):
            return 0  # there is nothing to be wrong
        judged = 0

        @given(case=operation.as_strategy(generation_mode=mode))
        @settings(
            max_examples=examples, deadline=None, derandomize=True, database=None,
            suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        def send(case: Any) -> None:
            nonlocal judged
            for name in case.path_parameters or {}:
                case.path_parameters[name] = places.get(name, case.path_parameters[name])
            case.validate_response(case.call(), checks=checks)
            judged += 1

        send()
        return judged


@contextmanager
def fuzzed_service(folder: Path) -> Iterator[Fuzzed]:
    """Give an app on a database with something in it."""
    grids = ServedGrids([tee_grid()], warm_up=lambda: None)
    grids.prepare()
    with upgraded_database("sqlite", folder) as database:
        identity = Identity(
            database=database, settings=Settings(), passwords=Passwords(QUICK), issuer=None
        )
        House(identity=identity).person("wang")
        database.write(
            lambda connection: add_application(
                connection, application_id=THERE["application_id"], district="西湖",
                asked=plain_fields(asked_for()), grid_name=tee_grid().metadata.name,
                completed_on=date(2026, 6, 1), actor="wang", now=NOW,
            )
        )  # fmt: skip
        app = create_app(Settings(), grids, database)
        app.state.identity = identity
        yield Fuzzed(app)
