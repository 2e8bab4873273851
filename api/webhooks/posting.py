"""Posting: one message to one address, within a time, to the address that was judged."""

from __future__ import annotations

import ssl
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from http import HTTPStatus
from importlib.metadata import version
from pathlib import Path
from typing import Any

import anyio
import httpcore2

from api.webhooks.addresses import Guard, Target
from api.webhooks.errors import RefusedAddressError

__all__ = ["NO_CONNECTION", "Outcome", "Poster", "trusted"]

# So much of an answer is read, so long, to use its connection once more; none of it is looked at.
MOST_READ_BYTES = 65_536
READ_WITHIN_S = 1.0
LONGEST_ERROR = 400
NO_CONNECTION = "no connection"
"""Begins an error that goes on with what the machine says; outsiders are told no more than this."""
NAME = "supply-plan-assistant"

# What may go wrong on the way; anything else is a fault of ours.
_FAILURES = (
    httpcore2.NetworkError,
    httpcore2.ProtocolError,
    httpcore2.TimeoutException,
    OSError,
)


@cache
def trusted(ca_file: Path | None = None) -> ssl.SSLContext:
    """Return whose certificates are good: those of the system, and of a file (PEM) if given."""
    tls = httpcore2.default_ssl_context()
    if ca_file is not None:
        tls.load_verify_locations(ca_file)
    return tls


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of an attempt.

    Parameters
    ----------
    status
        Of the answer; None: there was none.
    error
        Why it is not delivered, one line; None: it is.
    """

    status: int | None
    error: str | None = None

    @property
    def is_delivered(self) -> bool:
        """True where the receiver has it."""
        return self.error is None

    @property
    def is_gone(self) -> bool:
        """True where the receiver wants no more."""
        return self.status == HTTPStatus.GONE


@dataclass(frozen=True, slots=True, kw_only=True)
class Poster:
    """Posts messages.

    Parameters
    ----------
    guard
        Judges where a message goes, each time a connection is made.
    timeout_s
        A whole attempt takes no longer: name, connection, sending and the answer's status.
    tls
        Whose certificates are good.
    """

    guard: Guard
    timeout_s: float
    tls: ssl.SSLContext = field(default_factory=trusted)

    def connections(self, target: Target, *, is_inside: bool) -> httpcore2.AsyncConnectionPool:
        """Return connections to one target; proxies and redirects are not known to them.

        Parameters
        ----------
        is_inside
            Whether it may lie in an internal network the guard knows.
        """
        guard = self.guard if is_inside else self.guard.public_only()
        return httpcore2.AsyncConnectionPool(
            ssl_context=self.tls, max_connections=1, network_backend=_Judged(guard, target)
        )

    async def post(
        self,
        connections: httpcore2.AsyncConnectionPool,
        target: Target,
        body: str,
        headers: Mapping[str, str],
    ) -> Outcome:
        """Send a message once and return what came of it."""
        status: int | None = None
        try:
            with anyio.fail_after(self.timeout_s):
                async with connections.stream(
                    "POST",
                    httpcore2.URL(
                        scheme=target.scheme, host=target.host, port=target.port, target=target.path
                    ),
                    headers=_headers(target, headers),
                    content=body.encode(),
                ) as response:
                    status = response.status
                    await _finish(response)
        except RefusedAddressError as error:
            return Outcome(status=None, error=error.en)
        except _FAILURES as error:
            if status is None:
                return Outcome(status=None, error=self._named(error))
        return _judge(status)

    def _named(self, error: Exception) -> str:
        if isinstance(error, TimeoutError | httpcore2.TimeoutException):
            return f"no answer within {self.timeout_s:g} s"
        text = "".join(c if c.isprintable() else " " for c in str(error))
        return f"{NO_CONNECTION}: {type(error).__name__}: {text}"[:LONGEST_ERROR]


class _Judged(httpcore2.AsyncNetworkBackend):
    """Connects to addresses that were judged just before, and to no others."""

    def __init__(self, guard: Guard, target: Target) -> None:
        self._guard = guard
        self._target = target
        self._network = httpcore2.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        if (host, port) != (self._target.host, self._target.port):
            raise ValueError("connections are made to the target only")
        failed: httpcore2.ConnectError | None = None
        for address in await self._guard.find_addresses(self._target):
            try:
                return await self._network.connect_tcp(
                    address, port, timeout, local_address, socket_options
                )
            except httpcore2.ConnectError as error:
                failed = error
        raise failed or httpcore2.ConnectError("no address")


def _headers(target: Target, more: Mapping[str, str]) -> list[tuple[str, str]]:
    return [
        ("Host", target.authority),
        ("User-Agent", f"{NAME}/{version(NAME)}"),
        ("Content-Type", "application/json"),
        ("Accept", "*/*"),
        *more.items(),
    ]


async def _finish(response: httpcore2.Response) -> None:
    """Read to the end of an answer if that is near; what goes on is cut off."""
    read_bytes = 0
    with anyio.move_on_after(READ_WITHIN_S):
        async for part in response.aiter_stream():
            read_bytes += len(part)
            if read_bytes > MOST_READ_BYTES:
                return


def _judge(status: int | None) -> Outcome:
    if status is None:
        return Outcome(status=None, error="no answer")
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return Outcome(status=status)
    if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        return Outcome(status=status, error=f"answered {status}; redirects are not followed")
    return Outcome(status=status, error=f"answered {status}")
