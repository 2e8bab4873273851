"""Found: the places an answer names, in each of the formats a search may have.

::

    nominatim  [{"name", "display_name", "lat": "30.28", "lon": "120.15"}]           WGS 84
    tianditu   {"status": {"infocode": 1000}, "pois": [{"name", "address",
                "lonlat": "120.15,30.28"}]}                                          CGCS2000
    amap       {"status": "1", "pois": [{"name", "address",
                "location": "120.15471,30.27768"}]}                                  GCJ-02
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np

from api.places.errors import PlacesUnreachableError
from grid_models.crs import are_on_earth, to_cgcs2000
from grid_models.printable import printable

__all__ = ["MOST_PLACES", "Place", "read_places"]

MOST_PLACES = 10
_LONGEST_TEXT = 200
# Of degrees: a tenth of a metre.
_DIGITS = 6
_TIANDITU_GOOD, _AMAP_GOOD = 1000, "1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A place that was found; longitude and latitude in CGCS2000 degrees."""

    name: str
    address: str
    lon: float
    lat: float


def read_places(body: bytes, kind: str) -> list[Place]:
    """Return at most `MOST_PLACES` places of an answer, in its order.

    What has no name or no place on earth is left out.

    Parameters
    ----------
    kind
        nominatim, tianditu or amap.

    Raises
    ------
    PlacesUnreachableError
        If it is no answer of this kind.
    """
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise PlacesUnreachableError("no JSON") from error
    return list(islice(_KINDS[kind](answer), MOST_PLACES))


def _read_nominatim(answer: Any) -> Iterator[Place]:
    if not isinstance(answer, list):
        raise PlacesUnreachableError("no list of places")
    for item in _rows(answer):
        address = _text(item.get("display_name"))
        name = _text(item.get("name")) or address.partition(",")[0]
        yield from _place(name, address, item.get("lon"), item.get("lat"), "wgs84")


def _read_tianditu(answer: Any) -> Iterator[Place]:
    status = answer.get("status") if isinstance(answer, dict) else None
    if not isinstance(status, dict) or status.get("infocode") != _TIANDITU_GOOD:
        raise PlacesUnreachableError("its status is not good")
    for item in _rows(answer.get("pois", [])):
        yield from _place(
            item.get("name"), item.get("address"), *_pair(item.get("lonlat")), "cgcs2000"
        )


def _read_amap(answer: Any) -> Iterator[Place]:
    if not isinstance(answer, dict) or answer.get("status") != _AMAP_GOOD:
        raise PlacesUnreachableError("its status is not good")
    for item in _rows(answer.get("pois", [])):
        yield from _place(
            item.get("name"), item.get("address"), *_pair(item.get("location")), "gcj02"
        )


_KINDS: Mapping[str, Callable[[Any], Iterator[Place]]] = {
    "nominatim": _read_nominatim,
    "tianditu": _read_tianditu,
    "amap": _read_amap,
}


def _rows(found: Any) -> Iterator[Mapping[str, Any]]:
    if not isinstance(found, list):
        raise PlacesUnreachableError("no list of places")
    return (item for item in found if isinstance(item, dict))


def _pair(text: Any) -> tuple[str, str]:
    """Return both numbers of a place written as one text; empty where it is none."""
    parts = re.split(r"[,\s]+", text.strip()) if isinstance(text, str) else []
    return (parts[0], parts[1]) if len(parts) == 2 else ("", "")  # noqa: PLR2004 -- a pair


def _place(name: Any, address: Any, lon: Any, lat: Any, system: str) -> Iterator[Place]:
    """Yield a place, if it has a name and is on earth."""
    try:
        there = np.array([float(lon)]), np.array([float(lat)])
    except (TypeError, ValueError, OverflowError):
        return
    if not (called := _text(name)) or not are_on_earth(*there).all():
        return
    (lon_deg,), (lat_deg,) = to_cgcs2000(*there, system)
    yield Place(
        name=called, address=_text(address),
        lon=round(float(lon_deg), _DIGITS), lat=round(float(lat_deg), _DIGITS),
    )  # fmt: skip


def _text(value: Any) -> str:
    """Return a text fit to be shown; empty where it is none."""
    return printable(value[:_LONGEST_TEXT]).strip() if isinstance(value, str) else ""
