from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from api.database import Database
from api.database.answered import (
    Answered,
    KeyReusedError,
    find_answer,
    forget_before,
    keep_answer,
    request_hash,
)

NOW = datetime(2026, 6, 1, 9, 30, tzinfo=UTC)
HASHED = request_hash("POST", "/v1/holds", {"rank": 1, "plan": "p"})
GIVEN = Answered(status=201, answer={"hold_id": "hold-1", "说明": "已占用"})


@pytest.fixture
def kept(database: Database) -> Database:
    database.write(lambda c: keep_answer(c, "key-1", "abc", HASHED, GIVEN, NOW))
    return database


def test_the_same_request_gets_the_same_answer(kept: Database) -> None:
    assert kept.read(lambda c: find_answer(c, "key-1", "abc", HASHED)) == GIVEN


def test_a_key_that_was_not_used_has_no_answer(kept: Database) -> None:
    assert kept.read(lambda c: find_answer(c, "key-1", "xyz", HASHED)) is None


def test_another_request_with_the_same_key_is_refused(kept: Database) -> None:
    other = request_hash("POST", "/v1/holds", {"rank": 2, "plan": "p"})
    with pytest.raises(KeyReusedError, match="another request"):
        kept.read(lambda c: find_answer(c, "key-1", "abc", other))


def test_somebody_elses_key_of_the_same_text_is_another_key(kept: Database) -> None:
    assert kept.read(lambda c: find_answer(c, "key-2", "abc", HASHED)) is None


def test_the_order_of_fields_does_not_count() -> None:
    assert request_hash("POST", "/v1/holds", {"plan": "p", "rank": 1}) == HASHED


@pytest.mark.parametrize(
    "other", [("PUT", "/v1/holds"), ("POST", "/v1/plans")], ids=["method", "path"]
)
def test_method_and_path_count(other: tuple[str, str]) -> None:
    assert request_hash(*other, {"rank": 1, "plan": "p"}) != HASHED


def test_old_answers_are_forgotten(kept: Database) -> None:
    assert kept.write(lambda c: forget_before(c, NOW + timedelta(seconds=1))) == 1
    assert kept.read(lambda c: find_answer(c, "key-1", "abc", HASHED)) is None


def test_an_answer_is_kept_only_with_what_makes_it_true(database: Database) -> None:
    def fail(connection):
        keep_answer(connection, "key-1", "abc", HASHED, GIVEN, NOW)
        raise RuntimeError

    with pytest.raises(RuntimeError):
        database.write(fail)

    assert database.read(lambda c: find_answer(c, "key-1", "abc", HASHED)) is None
