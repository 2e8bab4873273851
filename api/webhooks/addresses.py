"""Addresses: where a call may go, so that nobody reaches through this server what they could not.

A URL is read once, by the parser browsers use, and called by its parts: no second reader can see
another host in it. A name is looked up, every address behind it is judged, and the connection goes
to the very address that was judged.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import Any

import anyio.to_thread
from pydantic_core import Url

from api.webhooks.errors import RefusedAddressError

__all__ = ["LONGEST_URL", "Guard", "LookUp", "Target", "read_target"]

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
LookUp = Callable[..., Sequence[tuple[Any, ...]]]
"""As `socket.getaddrinfo`."""

LONGEST_URL = 2_000
HTTP_PORT, HTTPS_PORT = 80, 443
# Below it lie the ports of other services: mail, files, directories.
FIRST_FREE_PORT = 1_024
LOOK_UP_WITHIN_S = 5.0

# Never called, whatever a setting says: this host by its other name, links, groups, and where
# clouds tell machines their secrets.
NEVER: tuple[Network, ...] = tuple(
    ip_network(network)
    for network in (
        "0.0.0.0/8", "169.254.0.0/16", "100.100.100.200/32", "224.0.0.0/3",
        "::/128", "fe80::/10", "fec0::/10", "ff00::/8", "fd00:ec2::254/128",
    )
)  # fmt: skip
UNICAST = IPv6Network("2000::/3")
# Addresses that carry others in themselves: a relay would take the call anywhere.
RELAYS: tuple[Network, ...] = tuple(
    ip_network(network) for network in ("192.88.99.0/24", "2001::/23", "2002::/16")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A URL by its parts.

    Parameters
    ----------
    host
        A name in ASCII or an address, without brackets.
    path
        With its query.
    url
        The whole, as it is kept.
    """

    scheme: str
    host: str
    port: int
    path: str
    url: str

    @property
    def authority(self) -> str:
        """Host and port as the ``Host`` header has them."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        is_usual = (self.scheme, self.port) in (
            ("https", HTTPS_PORT),
            ("http", HTTP_PORT),
        )
        return host if is_usual else f"{host}:{self.port}"


def read_target(text: str) -> Target:
    """Return the parts of a URL that may be called, as far as it can tell by itself.

    Raises
    ------
    RefusedAddressError
        If it is none, not https (or http), names a person or secret before the host, a part of a
        page, or a port of another service.
    """
    try:
        url = Url(text)
    except ValueError:
        url = None
    if url is None or not text.isprintable() or url.host is None or len(str(url)) > LONGEST_URL:
        raise RefusedAddressError(
            en=f"url must be a URL of at most {LONGEST_URL} characters",
            zh=f"url 应为不超过 {LONGEST_URL} 字符的网址",
        )
    if url.scheme not in ("https", "http"):
        raise RefusedAddressError(en="url must begin with https", zh="url 应以 https 开头")
    if url.username is not None or url.password is not None or url.fragment is not None:
        raise RefusedAddressError(
            en="url must name no user, password or fragment", zh="url 不应含用户名、密码或片段"
        )
    usual = HTTPS_PORT if url.scheme == "https" else HTTP_PORT
    port = usual if url.port is None else url.port
    if port != usual and port < FIRST_FREE_PORT:
        raise RefusedAddressError(
            en=f"the port of url must be {HTTPS_PORT}, or {FIRST_FREE_PORT} or above",
            zh=f"url 的端口应为 {HTTPS_PORT} 或不小于 {FIRST_FREE_PORT}",
        )
    path = url.path or "/"
    return Target(
        scheme=url.scheme, host=url.host.strip("[]"), port=port, url=str(url),
        path=path if url.query is None else f"{path}?{url.query}",
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """Tells which addresses may be called.

    Parameters
    ----------
    networks
        That may be called although they are internal.
    look_up
        Gives the addresses of a name.
    """

    networks: tuple[Network, ...] = ()
    look_up: LookUp = socket.getaddrinfo

    def public_only(self) -> Guard:
        """Return one to which no internal address is allowed."""
        return replace(self, networks=())

    def check(self, text: str) -> Target:
        """Return a URL by its parts, if it may be called now; waits for the look-up.

        Raises
        ------
        RefusedAddressError
            If it may not.
        """
        target = read_target(text)
        anyio.run(self.find_addresses, target)
        return target

    async def find_addresses(self, target: Target) -> list[str]:
        """Return the addresses of a host, each of which may be called.

        Raises
        ------
        RefusedAddressError
            If there is none, or one of them may not be called. It is not said which: whoever asks
            learns nothing about names inside.
        """
        try:
            with anyio.fail_after(LOOK_UP_WITHIN_S):
                found = await anyio.to_thread.run_sync(
                    partial(self.look_up, target.host, target.port, type=socket.SOCK_STREAM),
                    abandon_on_cancel=True,
                )
        except (OSError, UnicodeError):  # no such name, no answer in time, or no name at all
            found = []
        addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
        is_plain = target.scheme == "http"
        if not addresses or not all(self._allows(text, is_plain=is_plain) for text in addresses):
            raise RefusedAddressError(
                en="url must name a host on the public internet or in a network the server's "
                "settings allow, by https",
                zh="url 的主机应在公网，或在服务器设置所允许的网段内，并使用 https",
            )
        return addresses

    def _allows(self, text: str, *, is_plain: bool) -> bool:
        address = _bare(ip_address(text))
        if any(address in network for network in NEVER):
            return False
        is_inside = any(address in network for network in self.networks)
        if is_plain:  # only a test installation talks to itself without TLS
            return is_inside and address.is_loopback
        return is_inside or _is_public(address)


def _bare(address: Address) -> Address:
    """Return the address that is really called."""
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def _is_public(address: Address) -> bool:
    if any(address in relay for relay in RELAYS):
        return False
    if isinstance(address, IPv6Address) and address not in UNICAST:
        return False
    return address.is_global
