"""Search: one question to the search the deployment names, within a time and a size.

The address comes from the settings alone: what somebody looks for fills one field of it. Redirects
are not followed.
"""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from http import HTTPStatus
from importlib.metadata import version
from urllib.parse import quote

import anyio
import httpcore2

from api.places.errors import NoPlacesError, PlacesUnreachableError
from api.places.found import Place, read_places
from api.settings import Settings
from api.webhooks.posting import NAME, trusted

__all__ = ["PlaceSearch"]

_log = logging.getLogger(__name__)
_MOST_READ_BYTES = 1_000_000
# Of a URL; what else stands in the setting, such as the brackets of JSON, is escaped for it.
_LEFT_AS_IT_IS = "%/:?&=#~+!$,;'()*@"
_FIELD = "{q}"
# What may go wrong on the way; anything else is a fault of ours.
_FAILURES = (
    httpcore2.NetworkError,
    httpcore2.ProtocolError,
    httpcore2.TimeoutException,
    OSError,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceSearch:
    """Looks up addresses.

    Parameters
    ----------
    url
        With ``{q}`` where the words go; None: there is no search.
    kind
        How it answers: nominatim, tianditu or amap.
    timeout_s
        A whole search takes no longer.
    """

    url: str | None
    kind: str
    timeout_s: float

    @classmethod
    def of(cls, settings: Settings) -> PlaceSearch:
        """Return the search of some settings."""
        return cls(
            url=settings.places_url, kind=settings.places_kind,
            timeout_s=settings.places_timeout_s,
        )  # fmt: skip

    async def find(self, wanted: str) -> list[Place]:
        """Return the places that fit some words, best first.

        Raises
        ------
        NoPlacesError
            If there is no search.
        PlacesUnreachableError
            If it does not answer in time, or not as it should.
        """
        if self.url is None:
            raise NoPlacesError
        try:
            return read_places(await self._ask(_fill_in(self.url, wanted)), self.kind)
        except PlacesUnreachableError as error:
            _log.warning("addresses cannot be looked up: %s", error.why)
            raise

    async def _ask(self, url: str) -> bytes:
        headers = {
            "User-Agent": f"{NAME}/{version(NAME)}", "Accept": "application/json",
            "Accept-Encoding": "identity",
        }  # fmt: skip
        try:
            with anyio.fail_after(self.timeout_s):
                async with (
                    httpcore2.AsyncConnectionPool(ssl_context=trusted()) as connections,
                    connections.stream("GET", url, headers=list(headers.items())) as response,
                ):
                    return await _read(response)
        except _FAILURES as error:
            # the kind alone: a message may name the address, and so a key
            raise PlacesUnreachableError(type(error).__name__) from error


def _fill_in(url: str, wanted: str) -> str:
    """Return the address of one search; the words stay one field, in JSON as well."""
    before, _, after = url.partition(_FIELD)
    # an odd number of quotes: the words stand in a text of JSON, whatever stands there before them
    is_quoted = (before.count('"') + before.count("%22")) % 2 == 1
    words = json.dumps(wanted, ensure_ascii=False)[1:-1] if is_quoted else wanted
    return quote(before, _LEFT_AS_IT_IS) + quote(words, "") + quote(after, _LEFT_AS_IT_IS)


async def _read(response: httpcore2.Response) -> bytes:
    if response.status != HTTPStatus.OK:
        raise PlacesUnreachableError(f"it answered {response.status}")
    read = bytearray()
    async for part in response.aiter_stream():
        read += part
        if len(read) > _MOST_READ_BYTES:
            raise PlacesUnreachableError(f"it answered more than {_MOST_READ_BYTES} bytes")
    return bytes(read)
