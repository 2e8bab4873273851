"""Street rows: what a feature of a map says, as a kind of street or barrier; OSM tags included."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from planner.form import Form
from planner.routing import STREET_KINDS

__all__ = ["read_street_row"]

_FIELDS = {"name": "名称", "kind": "种类", "duct": "管道", "level": "层"}
_LEVELS = tuple(str(level) for level in range(-5, 6))
_YES = ("yes", "no", "true", "false", "1", "0")
_OTHER_TAG = re.compile(r'"((?:[^"\\]|\\.)*)"=>"((?:[^"\\]|\\.)*)"')

# OpenStreetMap: a motorway bars the way; steps, and what is not built, are no street.
_HIGHWAYS = {
    "expressway": "motorway motorway_link",
    "trunk": "trunk trunk_link primary primary_link",
    "street": "secondary secondary_link tertiary tertiary_link unclassified residential road",
    "lane": "living_street service pedestrian track footway path cycleway bridleway",
}
_KIND_OF_HIGHWAY = {word: kind for kind, words in _HIGHWAYS.items() for word in words.split()}
_RAILWAYS = ("rail", "light_rail", "narrow_gauge")
_WATERWAYS = ("river", "canal", "stream", "riverbank", "dock")
_TAGS = ("osm_id", "highway", "railway", "waterway", "natural", "building", "landuse")


def read_street_row(
    properties: Mapping[str, Any], *, is_area: bool, where: str
) -> tuple[dict[str, Any] | None, Form]:
    """Return kind, name, has_duct and level of a feature, and the form with its problems.

    Parameters
    ----------
    properties
        ``kind`` (one of `STREET_KINDS`), ``name``, ``duct`` and ``level``; where there is no kind,
        OpenStreetMap's tags say it, and its ``layer`` the level. A line that has neither is a
        street.
    is_area
        True for a polygon.
    where
        Place of the feature, for the sentences.

    Returns
    -------
    row
        None for what is neither a street nor a barrier.
    """
    tags = _tags(properties)
    # OpenStreetMap's own `level` is a storey; its `layer` counts below
    names = _FIELDS if "kind" in tags else ("name", "kind", "duct")
    form = Form({name: tags.get(name) for name in names}, _FIELDS, where=where)
    kind = form.one_of("kind", STREET_KINDS)
    if kind is None and form.given("kind") is None:
        kind = _osm_kind(tags, is_area=is_area)
        is_known = any(tags.get(tag) for tag in _TAGS)
        if kind is None and not is_known and not is_area:
            kind = "street"
    duct = form.one_of("duct", _YES) if not isinstance(form.given("duct"), bool) else "yes"
    if form.given("duct") is False:
        duct = "no"
    level = form.one_of("level", _LEVELS)
    if form.problems or kind is None:
        return None, form
    return {
        "kind": kind,
        "name": form.text("name") or "",
        "has_duct": duct in ("yes", "true", "1"),
        "level": int(level) if level else _osm_level(tags),
    }, form


def _tags(properties: Mapping[str, Any]) -> dict[str, Any]:
    """Return the properties with those that OGR puts together in ``other_tags``."""
    tags = {name: value for name, value in properties.items() if not _is_missing(value)}
    more = tags.get("other_tags")
    if isinstance(more, str):
        tags = dict(_OTHER_TAG.findall(more)) | tags
    if isinstance(tags.get("name"), str):
        # names of maps are long, and in several lines; they only serve sentences
        words = " ".join(tags["name"].split())[:100]
        tags["name"] = "".join(c for c in words if c.isprintable())
    return tags


def _is_missing(value: Any) -> bool:
    return value is None or (isinstance(value, float) and value != value)  # noqa: PLR0124 - NaN


def _osm_kind(tags: Mapping[str, Any], *, is_area: bool) -> str | None:
    """Return the kind that the tags mean; None for what is neither street nor barrier."""
    below = tags.get("tunnel") not in (None, "no")
    if is_area:
        if tags.get("natural") == "water" or tags.get("waterway") in _WATERWAYS:
            return "water"
        if tags.get("landuse") in ("reservoir", "basin"):
            return "water"
        return "building" if tags.get("building") not in (None, "no") else None
    highway = _KIND_OF_HIGHWAY.get(str(tags.get("highway")))
    if highway == "expressway" and below:
        return None
    if highway is not None:
        return highway
    if tags.get("railway") in _RAILWAYS and not below:
        return "railway"
    if tags.get("waterway") in _WATERWAYS and not below:
        return "water"
    return None


def _osm_level(tags: Mapping[str, Any]) -> int:
    """Return OSM's layer; without one a bridge is above the ground and a tunnel below it."""
    layer = str(tags.get("layer", ""))
    if layer in _LEVELS:
        return int(layer)
    if tags.get("bridge") not in (None, "no"):
        return 1
    return -1 if tags.get("tunnel") not in (None, "no") else 0
