"""Every answer of every route is as the OpenAPI document describes it, whatever is sent.

The routes and who may ask them are the rows of the permission matrix, which knows them all.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fastapi import APIRouter, FastAPI
from schemathesis.core.failures import FailureGroup

from tests.api.auth.permission_rows import MATRIX, OPEN
from tests.api.service.fuzzed import Fuzzed, fuzzed_service

SAMPLE, MANY = 2, 100
ROLES = {
    **dict.fromkeys(sorted(OPEN), "manager"),
    **{name: row.roles[0] for name, row in MATRIX.items()},
}


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fuzzed]:
    with fuzzed_service(tmp_path_factory.mktemp("fuzzed")) as service:
        yield service


@pytest.mark.parametrize("operation", ROLES)
def test_every_answer_is_as_described(fuzzed: Fuzzed, operation: str) -> None:
    assert fuzzed.attack(operation, ROLES[operation], SAMPLE) > 0


@pytest.mark.acceptance
@pytest.mark.parametrize("operation", ROLES)
def test_every_answer_is_as_described_however_long_it_is_tried(
    fuzzed: Fuzzed, operation: str
) -> None:
    assert fuzzed.attack(operation, ROLES[operation], MANY) > 0


def _app_with(answer: object) -> FastAPI:
    app, router = FastAPI(), APIRouter()

    def count() -> int:
        if isinstance(answer, Exception):
            raise answer
        return answer  # type: ignore[return-value]

    router.add_api_route("/count", count, response_model=None, responses={200: {"content": {
        "application/json": {"schema": {"type": "integer"}}}}})  # fmt: skip
    app.include_router(router)
    return app


@pytest.mark.parametrize(
    ("answer", "seen"), [("seven", FailureGroup), (ValueError("a fault"), ValueError)]
)
def test_an_answer_that_is_otherwise_is_seen(answer: object, seen: type[BaseException]) -> None:
    with pytest.raises(seen):
        Fuzzed(_app_with(answer)).attack("GET /count", "manager", 1)


def test_an_answer_that_is_so_passes() -> None:
    assert Fuzzed(_app_with(7)).attack("GET /count", "manager", 1) > 0
