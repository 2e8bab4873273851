"""Papers: what a phone asks about a reply form, and what comes of it."""

from __future__ import annotations

import re
from io import BytesIO
from typing import Any

import sqlalchemy as sa
from fastapi.testclient import TestClient
from httpx2 import Response
from pypdf import PdfReader

from api.database.tables import reply_forms
from tests.api.auth.house import House
from tests.api.documents.strokes import stroke
from tests.api.service.talk import reply

__all__ = [
    "BOTH", "CUSTOMER", "fields", "form", "kept_forms", "page", "preview", "seen", "sign",
    "signature", "words",
]  # fmt: skip

CUSTOMER = {"customer": "甲公司", "address": "文园路 1 号", "contact": "张三丰"}
NOTHING_SEEN = "0" * 64


def signature(role: str = "customer", **facts: Any) -> dict[str, Any]:
    return {
        "role": role, "name": {"customer": "张三丰", "company": "wang"}[role],
        "signed_at": "2026-06-01T17:30:00+08:00",
        "image": stroke(600 + len(role)),
    } | facts  # fmt: skip


BOTH = [signature(), signature("company")]


def words(pdf: bytes) -> str:
    read = PdfReader(BytesIO(pdf)).pages
    return re.sub(r"\s", "", "".join(page.extract_text() for page in read))


def form(client: TestClient, name: str, format: str = "pdf") -> Response:
    return client.get(f"/v1/applications/{name}/reply/form", params={"format": format})


def page(client: TestClient, name: str, number: int = 1) -> Response:
    return client.get(f"/v1/applications/{name}/reply/pages/{number}")


def preview(client: TestClient, name: str, **asked: Any) -> Response:
    body = {"details": asked.pop("details", CUSTOMER)}
    if "signed_on" in asked:
        body["signed_on"] = asked.pop("signed_on")
    return client.post(f"/v1/applications/{name}/reply/preview", json=body, params=asked)


def seen(client: TestClient, name: str, **asked: Any) -> str:
    """Look at the form, and return which one it was."""
    return str(preview(client, name, **asked).headers.get("x-form-hash", NOTHING_SEEN))


def sign(client: TestClient, name: str, key: str | None = None, **facts: Any) -> Response:
    """Look at the form, then sign it."""
    facts = {"details": CUSTOMER, "signatures": BOTH} | facts
    if "previewed" not in facts:
        looked_for = {n: facts[n] for n in ("details", "signed_on") if n in facts}
        facts["previewed"] = seen(client, name, **looked_for)
    return reply(client, name, key, **facts)


def fields(answer: Response) -> list[str]:
    assert answer.status_code == 422, answer.text
    return [problem["field"] for problem in answer.json()["problems"]]


def kept_forms(house: House) -> list[Any]:
    return house.identity.database.read(lambda c: list(c.execute(sa.select(reply_forms))))
