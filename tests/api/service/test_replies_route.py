"""The reply form over HTTP: with a live hold or not at all."""

from __future__ import annotations

import hashlib
from datetime import date, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from docx import Document
from fastapi.testclient import TestClient
from httpx2 import Response

from tests.api.auth.house import House, StoppedClock
from tests.api.service.talk import ClientOf, move, planned, reply, state


def words(content: bytes) -> str:
    document = Document(BytesIO(content))
    cells = [c.text for table in document.tables for row in table.rows for c in row.cells]
    return "\n".join([*(p.text for p in document.paragraphs), *cells])


def test_a_reply_promises_for_a_year(wang: TestClient, name: str) -> None:
    answer = reply(wang, name)

    assert answer.status_code == 201
    assert answer.json()["valid_until"].startswith("2027-06-0")
    assert state(wang, name) == "replied"
    assert wang.get(f"/v1/applications/{name}").json()["hold"]["state"] == "replied"


def test_the_form_names_the_customer_and_is_no_draft(wang: TestClient, name: str) -> None:
    made = reply(wang, name).json()
    form = wang.get(f"/v1/applications/{name}/reply/form").content

    assert "甲公司" in words(form)
    assert "草稿" not in words(form)
    assert "至 2027-06-01 止" in words(form)
    assert hashlib.sha256(form).hexdigest() == made["form_hash"]


def test_a_form_that_is_asked_for_twice_is_made_once(wang: TestClient, name: str) -> None:
    first, again = reply(wang, name, "k-1"), reply(wang, name, "k-1")

    assert first.json() == again.json()
    assert reply(wang, name).json()["code"] == "move_not_allowed"


def test_no_form_without_a_hold(wang: TestClient) -> None:
    answer = reply(wang, planned(wang))

    assert (answer.status_code, answer.json()["code"]) == (409, "no_hold")


def test_no_form_once_the_hold_has_run_out(
    wang: TestClient, name: str, clock: StoppedClock, house: House
) -> None:
    clock.move(hours=73)
    wang.headers["Authorization"] = f"Bearer {house.log_in(now=clock.now).token}"

    assert reply(wang, name, signed_on="2026-06-04").json()["code"] == "no_hold"
    assert wang.get(f"/v1/applications/{name}/reply").status_code == 404


def test_no_form_for_nobody(wang: TestClient, name: str) -> None:
    answer = reply(wang, name, details={"customer": "", "address": "a\u0000"})

    assert answer.status_code == 422
    assert state(wang, name) == "held"


def test_where_the_companys_template_cannot_be_used_nothing_is_promised(
    wang: TestClient, name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    identity = wang.app.state.identity  # type: ignore[attr-defined]
    monkeypatch.setattr(
        wang.app.state,  # type: ignore[attr-defined]
        "identity",
        type(identity)(
            database=identity.database, passwords=identity.passwords, issuer=None,
            settings=identity.settings.model_copy(
                update={"reply_template_hv": tmp_path / "nowhere.docx"}
            ),
        ),
    )  # fmt: skip

    assert reply(wang, name).status_code == 422
    assert state(wang, name) == "held"


def test_names_are_kept_on_the_form_alone(wang: TestClient, name: str, house: House) -> None:
    reply(wang, name, "k-1")

    kept = house.all_that_is_kept()
    assert "甲公司" not in kept
    assert "0571-0000" not in kept


def test_what_is_written_on_a_form_can_be_erased(
    wang: TestClient, name: str, client_of: ClientOf
) -> None:
    reply(wang, name)
    zhao = client_of("zhao", "*", role="administrator")
    path = f"/v1/applications/{name}/reply"

    assert zhao.delete(f"{path}/form").status_code == 204
    assert wang.get(f"{path}/form").json()["code"] == "erased"
    assert wang.get(path).json()["erased_at"] is not None
    assert state(wang, name) == "replied"


def test_what_was_typed_is_erased_with_it(
    wang: TestClient, name: str, client_of: ClientOf, house: House
) -> None:
    reply(wang, name)
    move(wang, name, "withdrawn", reason="张三来电撤回")
    client_of("zhao", "*", role="administrator").delete(f"/v1/applications/{name}/reply/form")

    assert "张三" not in house.all_that_is_kept()


def typed(client: TestClient, name: str) -> Response:
    """Stop the clock with a note, once."""
    path = f"/v1/applications/{name}"
    accepted = date.fromisoformat(client.get(path).json()["application"]["on_date"])
    body = {
        "reason": "customer_design_build", "note": "张三来电",
        "from_on": str(accepted + timedelta(days=1)),
    }  # fmt: skip
    return client.post(f"{path}/pauses", json=body, headers={"Idempotency-Key": "k-typed"})


def test_what_was_typed_is_erased_from_answers_that_are_kept(
    wang: TestClient, name: str, client_of: ClientOf, house: House
) -> None:
    reply(wang, name)
    first = typed(wang, name)
    client_of("zhao", "*", role="administrator").delete(f"/v1/applications/{name}/reply/form")

    assert first.json()["pauses"][0]["note"] == "张三来电", first.text
    assert "张三" not in house.all_that_is_kept()


def test_a_retry_after_erasing_gets_the_answer_without_what_was_erased(
    wang: TestClient, name: str, client_of: ClientOf
) -> None:
    reply(wang, name)
    first = typed(wang, name).json()
    client_of("zhao", "*", role="administrator").delete(f"/v1/applications/{name}/reply/form")
    again = typed(wang, name)

    (pause,) = first["pauses"]
    assert (again.status_code, again.json()) == (201, first | {"pauses": [pause | {"note": ""}]})


def test_outsiders_do_not_read_the_form(wang: TestClient, name: str, house: House) -> None:
    reply(wang, name)
    _, key = house.key("marketing", scopes=("application.read",))
    answer = wang.get(
        f"/v1/applications/{name}/reply/form", headers={"Authorization": f"Bearer {key}"}
    )

    assert answer.status_code == 403


def test_who_read_a_form_is_written_down(wang: TestClient, name: str, house: House) -> None:
    reply(wang, name)
    wang.get(f"/v1/applications/{name}/reply/form")

    assert house.deeds()[-1] == ("wang", "reply.read")


def test_a_form_of_another_district_is_not_there(
    wang: TestClient, name: str, client_of: ClientOf
) -> None:
    reply(wang, name)
    li = client_of("li", "上城")

    for path in ("reply", "reply/form"):
        assert li.get(f"/v1/applications/{name}/{path}").status_code == 404


def test_the_supply_goes_on_from_the_reply(wang: TestClient, name: str) -> None:
    reply(wang, name)
    move(wang, name, "agreed")
    move(wang, name, "in_construction")

    assert move(wang, name, "energised", measured_peak_kva=300).json()["state"] == "energised"
    moved = wang.get(f"/v1/applications/{name}/moves").json()["items"]
    assert [m["to_state"] for m in moved] == [
        "planned", "held", "replied", "agreed", "in_construction", "energised",
    ]  # fmt: skip
