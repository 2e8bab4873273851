"""Answers are sent compressed to who takes that, where it is worth it."""

from __future__ import annotations

import gzip
import json

import pytest
from fastapi.testclient import TestClient

from tests.api.grids import SITE

PLAN = {"at": list(SITE), "kw": 60, "special_load": "none"}


def raw(client: TestClient, path: str, accepts: str, body: object = None) -> tuple[str, bytes]:
    """Content encoding and bytes as they are sent."""
    method, sent = ("GET", {}) if body is None else ("POST", {"json": body})
    headers = {"Accept-Encoding": accepts}
    with client.stream(method, path, headers=headers, **sent) as answer:
        assert answer.status_code == 200
        assert "accept-encoding" in answer.headers.get("vary", "accept-encoding").lower()
        return answer.headers.get("content-encoding", ""), b"".join(answer.iter_raw())


def test_a_plan_is_compressed_for_who_takes_gzip(client: TestClient) -> None:
    encoding, packed = raw(client, "/v1/plans", "gzip", PLAN)
    _, plain = raw(client, "/v1/plans", "identity", PLAN)

    assert encoding == "gzip"
    assert json.loads(gzip.decompress(packed)) == json.loads(plain)
    assert len(packed) < 0.25 * len(plain)


def test_nothing_is_compressed_for_who_does_not_take_it(client: TestClient) -> None:
    assert raw(client, "/v1/plans", "identity", PLAN)[0] == ""


@pytest.mark.parametrize("path", ["/healthz", "/v1/grid"])
def test_a_short_answer_is_sent_as_it_is(client: TestClient, path: str) -> None:
    assert raw(client, path, "gzip")[0] == ""


def test_a_pdf_is_sent_as_it_is(client: TestClient) -> None:
    encoding, content = raw(client, "/v1/plans/pdf", "gzip", PLAN)

    assert encoding == ""
    assert content.startswith(b"%PDF")
