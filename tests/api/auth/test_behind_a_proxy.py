"""Where TLS ends before the server: a real one, asked as a proxy on this machine would."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

import httpx2
import pytest
import uvicorn

from api.commands.serve import _configure
from api.main import create_app
from api.serving import ServedGrids
from api.settings import Settings
from tests.api.auth.house import PASSWORD, House

GOOD = {"name": "wang", "password": PASSWORD}
SAYS_HTTPS = {"X-Forwarded-Proto": "https"}


@contextmanager
def serving(house: House, grids: ServedGrids, settings: Settings) -> Iterator[str]:
    """Serve on a free port as `serve` does; gives the address."""
    house.person()
    app = create_app(settings, grids, house.identity.database)
    server = uvicorn.Server(_configure(app, settings))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        server.should_exit = True
        thread.join()


@pytest.mark.parametrize(
    ("networks", "headers", "is_secure"),
    [
        ("127.0.0.0/8 ::1", SAYS_HTTPS, True),
        ("127.0.0.0/8 ::1", {"X-Forwarded-Proto": "http"}, False),
        ("127.0.0.0/8 ::1", {}, False),
        ("10.20.0.0/16", SAYS_HTTPS, False),
        ("", SAYS_HTTPS, False),
    ],
)
def test_a_proxy_that_is_known_is_believed_that_a_browser_came_by_https(
    house: House, grids: ServedGrids, networks: str, headers: dict[str, str], is_secure: bool
) -> None:
    settings = Settings.model_validate({"proxy_networks": networks})
    with serving(house, grids, settings) as address:
        answer = httpx2.post(f"{address}/v1/sessions/browser", json=GOOD, headers=headers)
    assert answer.status_code == 201
    assert ("; Secure" in answer.headers["set-cookie"]) == is_secure


def test_proxies_on_the_same_machine_are_known_unless_others_are_named() -> None:
    assert [str(one) for one in Settings().proxy_networks] == ["127.0.0.0/8", "::1/128"]
