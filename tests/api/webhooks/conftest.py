from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from ipaddress import ip_network
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.auth.identity import Identity
from api.auth.passwords import Passwords
from api.database import Database
from api.database.outbox import tell
from api.settings import Settings
from api.webhooks.addresses import Guard
from api.webhooks.deliveries import Delivery, list_deliveries
from api.webhooks.delivering import Deliverer
from api.webhooks.posting import Poster
from api.webhooks.webhooks import Webhook, find_webhook, make_webhook
from tests.api.auth.conftest import passwords
from tests.api.auth.house import House, StoppedClock, bearer
from tests.api.database.conftest import database
from tests.api.service.conftest import client_of, grids
from tests.api.webhooks.receiver import Receiver, running_receiver

__all__ = ["client_of", "database", "grids", "passwords"]

THIS_MACHINE = Guard(networks=(ip_network("127.0.0.0/8"), ip_network("::1/128")))


@pytest.fixture
def clock() -> StoppedClock:
    """A clock that stands at the present moment: receivers refuse what is old."""
    return StoppedClock(datetime.now(UTC).replace(microsecond=0))


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with running_receiver() as running:
        yield running


@pytest.fixture
def other_receiver() -> Iterator[Receiver]:
    with running_receiver() as running:
        yield running


class Office:
    """Webhooks, events and workers of one database."""

    def __init__(self, database: Database, clock: StoppedClock) -> None:
        self.database = database
        self.clock = clock

    def webhook(
        self,
        url: str,
        *,
        districts: tuple[str, ...] = ("西湖",),
        kinds: tuple[str, ...] = ("*",),
        actor: str = "key:marketing",
    ) -> Webhook:
        target = THIS_MACHINE.check(url)
        return self.database.write(
            lambda c: make_webhook(
                c, target=target, is_inside=True, districts=districts, kinds=kinds, actor=actor,
                now=self.clock.now,
            )
        )  # fmt: skip

    def tell(
        self, kind: str = "application.planned", *, district: str = "西湖", **data: Any
    ) -> str:
        return self.database.write(
            lambda c: tell(c, kind, district=district, subject="app-1", now=self.clock.now, **data)
        )

    def worker(self, *, timeout_s: float = 10.0, guard: Guard = THIS_MACHINE) -> Deliverer:
        return Deliverer(
            database=self.database, poster=Poster(guard=guard, timeout_s=timeout_s),
            now=lambda: self.clock.now, chance=lambda: 0.0,
        )  # fmt: skip

    def found(self, webhook: Webhook) -> Webhook:
        return self.database.read(lambda c: find_webhook(c, webhook.webhook_id))

    def deliveries(self, webhook: Webhook) -> list[Delivery]:
        return self.database.read(lambda c: list_deliveries(c, webhook, within=None, most=100))

    def delivery(self, webhook: Webhook) -> Delivery:
        (only,) = self.deliveries(webhook)
        return only

    def states(self, webhook: Webhook) -> list[str]:
        return [each.state for each in self.deliveries(webhook)]

    def do(self, act: Callable[..., Any], *args: Any, **facts: Any) -> Any:
        return self.database.write(lambda c: act(c, *args, **facts))


@pytest.fixture
def office(database: Database, clock: StoppedClock) -> Office:
    return Office(database, clock)


@pytest.fixture
def house(database: Database, passwords: Passwords) -> House:
    """A house whose webhooks may go to this machine."""
    settings = Settings(webhook_networks=THIS_MACHINE.networks)
    identity = Identity(database=database, settings=settings, passwords=passwords, issuer=None)
    return House(identity=identity)


@pytest.fixture
def client(client_of: Callable[..., TestClient], house: House) -> TestClient:
    """Return a client of a system with a key for one district."""
    client = client_of("zhao", "*", role="administrator")
    _, text = house.key(scopes=["webhook.write"], districts=["西湖"])
    client.headers = bearer(text)
    return client


@pytest.fixture
def elsewhere(house: House) -> dict[str, str]:
    """Return headers of a system of another district."""
    return bearer(house.key("other", scopes=["webhook.write"], districts=["上城"])[1])


@pytest.fixture
def everywhere(house: House) -> dict[str, str]:
    house.person("sun", role="administrator")
    return bearer(house.log_in("sun").token)
