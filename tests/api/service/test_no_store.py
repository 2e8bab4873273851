"""What the service answers is kept by no browser: another may log in there next."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

from api.openapi import DescribedApp
from api.routes import applications
from tests.api.service.talk import accepted


def test_no_answer_is_kept_by_a_browser(wang: TestClient) -> None:
    name = accepted(wang)
    app = wang.app
    assert isinstance(app, DescribedApp)
    asked = [path for path, acts in app.openapi()["paths"].items() if "get" in acts]
    answers = {path: wang.get(path.replace("{application_id}", name)) for path in asked}
    kept = [
        path
        for path, answer in answers.items()
        if "no-store" not in answer.headers.get("cache-control", "")
    ]

    assert kept == []
    assert answers["/v1/applications/{application_id}"].status_code == 200
    assert answers["/v1/applications"].json()["items"]


def test_a_fault_is_not_kept_either(wang: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(applications, "list_applications", lambda *_, **__: 1 / 0)
    client = TestClient(wang.app, headers=wang.headers, raise_server_exceptions=False)
    answer = client.get("/v1/applications")

    assert (answer.status_code, answer.headers["cache-control"]) == (500, "private, no-store")


def test_an_answer_to_who_is_not_known_is_not_kept_either(wang: TestClient) -> None:
    answer = wang.get("/v1/applications", headers={"Authorization": "Bearer sps_no"})

    assert (answer.status_code, answer.headers["cache-control"]) == (401, "private, no-store")
