"""Webhooks end with what their maker may do, and only administrators lead them inside."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from fastapi.testclient import TestClient

from api.auth.accounts import find_account_named
from api.database.tables import webhooks
from tests.api.auth.house import House, StoppedClock, bearer
from tests.api.webhooks.conftest import Office
from tests.api.webhooks.receiver import Receiver, running_receiver
from tests.api.webhooks.test_webhooks_route import made, made_inside, make, told

ClientOf = Callable[..., TestClient]


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock()


def is_active(client: TestClient, webhook_id: str, headers: dict[str, str]) -> bool:
    found = client.get(f"/v1/webhooks/{webhook_id}", headers=headers).json()
    return bool(found["is_active"])


def test_only_an_administrator_names_an_internal_address(
    client: TestClient, everywhere: dict[str, str]
) -> None:
    inside = {"url": "http://127.0.0.1:8080/"}
    assert make(client, **inside).status_code == 422
    name = made_inside(client, everywhere, inside["url"])
    assert client.patch(f"/v1/webhooks/{name}", json=inside).status_code == 422
    assert client.patch(f"/v1/webhooks/{name}", json=inside, headers=everywhere).status_code == 200


def test_a_name_an_outsider_gave_leads_inside_at_no_time(
    client: TestClient, everywhere: dict[str, str], office: Office, receiver: Receiver
) -> None:
    name = made_inside(client, everywhere, receiver.url)
    # as if the name had been public when an outsider gave it
    office.do(lambda c: c.execute(sa.update(webhooks).values(is_inside=False)))
    office.tell()
    office.worker().work()
    assert not receiver.connections
    assert "public internet" in told(client, name)[0]["last_error"]


def test_an_outsider_is_not_told_what_the_machine_says_of_a_connection(
    client: TestClient, everywhere: dict[str, str], office: Office
) -> None:
    with running_receiver() as gone:
        name = made_inside(client, everywhere, gone.url)
    office.tell()
    office.worker().work()
    path = f"/v1/webhooks/{name}/deliveries"
    (of_all,) = client.get(path, headers=everywhere).json()["items"]
    assert told(client, name)[0]["last_error"] == "no connection"
    assert of_all["last_error"].startswith("no connection: ConnectError")


# Whose maker may no more -----------------------------------------------------------------------


def test_a_revoked_key_ends_the_webhooks_it_made_and_no_others(
    client_of: ClientOf, house: House, everywhere: dict[str, str], elsewhere: dict[str, str]
) -> None:
    client = client_of("zhao", "*", role="administrator")
    key, text = house.key(scopes=["webhook.write"], districts=["西湖"])
    client.headers = bearer(text)
    own = made(client)
    client.headers = elsewhere
    others = made(client, districts=["上城"])
    assert client.post(f"/v1/keys/{key.key_id}/revoke", headers=everywhere).status_code == 200
    assert not is_active(client, own, everywhere)
    assert is_active(client, others, everywhere)


@pytest.mark.parametrize("change", [{"districts": ["西湖"]}, {"role": "auditor"},
                                    {"is_active": False}])  # fmt: skip
def test_an_account_that_may_less_keeps_only_the_webhooks_it_may_have(
    client_of: ClientOf, house: House, everywhere: dict[str, str], change: dict[str, Any]
) -> None:
    client = client_of("zhao", "西湖", "上城", role="administrator")
    near, far = made(client), made(client, districts=["上城"])
    account = house.identity.database.read(lambda c: find_account_named(c, "zhao"))
    assert account is not None
    place = f"/v1/accounts/{account.account_id}"
    assert client.patch(place, json=change, headers=everywhere).status_code == 200
    assert is_active(client, near, everywhere) == (change == {"districts": ["西湖"]})
    assert not is_active(client, far, everywhere)
