"""Pack: what a phone takes along to give a preliminary answer where there is no signal.

Why a pack over-promises by no more than a day's promises: every figure is what the grid takes with
all promises counted that lived when it was made, the least of rule, hosting and both ends of a
line, rounded down; what is not known for sure is left out. A version of a grid never changes, so
that from then on only new promises take from a figure, and after `pack_hours` (24) the pack is
void. It holds nothing: the app marks an answer by it as preliminary, and it is planned anew, on
the version served by then, before anything is promised.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import numpy.typing as npt
import shapely

from api.map.figures import Figures, are_medium_voltage, free_json, power_factor
from api.map.layers import Layer
from api.map.mercator import Box, are_on_map, to_degrees, to_mercator
from api.map.pack_schemas import PackGrid, PackOut, PackPoint, PackRules
from api.map.restricted import RESTRICTED, are_restricted, list_areas
from api.map.standing import why_no_line, why_no_transformer, why_unknown
from api.map.tiles import TileSet
from api.serving import ServedGrid
from grid_models.crs import Plane
from grid_models.model import GridModel
from planner.headroom import Headroom
from planner.rules import RuleBook

__all__ = ["make_pack"]

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Texts = npt.NDArray[np.object_]

# A degree's ten-millionth is a centimetre.
_DIGITS = 7
# Squares of the web's map are larger than the ground by less than this share off what the middle
# says, and the plane of the grid by less still, within the radius of a pack.
_SPARE = 1.02


@dataclass(frozen=True, slots=True, kw_only=True)
class _Around:
    """A place, and how far round it one looks."""

    lon: float
    lat: float
    radius_m: float
    most: int


def make_pack(
    served: ServedGrid,
    tiles: TileSet,
    figures: Figures,
    book: RuleBook,
    *,
    at: tuple[float, float],
    radius_m: float,
    now: datetime,
    most: int,
) -> PackOut:
    """Return public transformers and lines round a place with what each can take now, alone.

    Parameters
    ----------
    at
        Longitude and latitude.
    most
        Transformers, and lines, that are looked at; the nearest.
    """
    around = _Around(lon=at[0], lat=at[1], radius_m=radius_m, most=most)
    rules, metadata = figures.headrooms.rules, served.model.grid.metadata
    left_out: Counter[str] = Counter()
    transformers, more_transformers = _near(served.model, tiles.layers["transformers"], around)
    lines, more_lines = _near(served.model, tiles.layers["lines"], around)
    return PackOut(
        grid=PackGrid(
            name=served.name, version=served.version, quality=served.quality,
            load_basis=metadata.load_basis, load_date=metadata.load_date,
            topology_date=metadata.topology_date,
            has_restricted_areas=metadata.has_restricted_areas,
        ),
        at=[around.lon, around.lat],
        radius_m=radius_m,
        made_at=now,
        good_until=now + timedelta(hours=rules.number("pack_hours")),
        rules=PackRules.of(book, rules),
        points=[
            *_transformer_points(tiles, transformers, figures, left_out),
            *_line_points(tiles, lines, figures, left_out),
        ],
        restricted_areas=list_areas(served.model.grid, tiles, _box_round(around)),
        left_out=dict(sorted(left_out.items())),
        truncated=more_transformers or more_lines,
    )  # fmt: skip


def _near(model: GridModel, layer: Layer, around: _Around) -> tuple[Ints, bool]:
    """Return the shapes within the radius, nearest first, and whether there are more."""
    box = _box_round(around)
    if box is None:
        return np.zeros(0, dtype=np.int64), False
    which = layer.shapes.meeting(box, len(layer.row))
    if not layer.are_points:
        which = which[are_medium_voltage(layer)[which]]
    plane = Plane(model.grid.metadata.projected_epsg)
    points, owner = layer.shapes.points(which)
    x, y = plane.to_metres(*to_degrees(*points.T))
    on_plane = np.column_stack([x, y])
    shapes = (
        shapely.points(on_plane)
        if layer.are_points
        else shapely.linestrings(on_plane, indices=owner)
    )
    site = shapely.Point(plane.to_metres(around.lon, around.lat))
    away = np.atleast_1d(shapely.distance(shapes, site))
    order = np.argsort(away, kind="stable")
    near = which[order[away[order] <= around.radius_m]]
    return near[: around.most], len(near) > around.most


def _box_round(around: _Around) -> Box | None:
    """Return what may lie within the radius on the web's map; None: the map has no such place."""
    lon, lat = np.array([around.lon]), np.array([around.lat])
    if not are_on_map(lon, lat).all():
        return None
    (x,), (y,) = to_mercator(lon, lat)
    reach = _SPARE * around.radius_m / float(np.cos(np.radians(around.lat)))
    return float(x) - reach, float(y) - reach, float(x) + reach, float(y) + reach


def _transformer_points(
    tiles: TileSet, which: Ints, figures: Figures, left_out: Counter[str]
) -> list[PackPoint]:
    model, layer = figures.model, tiles.layers["transformers"]
    why = why_no_transformer(model, layer.row[which])
    why[are_restricted(tiles, layer, which) & (why == "")] = RESTRICTED
    left_out.update(filter(None, why.tolist()))
    which = which[why == ""]
    rows = layer.row[which]
    found = figures.of_transformers(rows)
    why = why_unknown(found)
    left_out.update(filter(None, why.tolist()))
    points = layer.shapes.points_m[layer.shapes.start[which]]
    lon, lat = (np.round(values, _DIGITS).tolist() for values in to_degrees(*points.T))
    kv = model.column("nodes", "vn_kv")[np.asarray(model.transformer_ends)[1][rows]].tolist()
    sn_kva = model.column("transformers", "sn_kva")[rows].tolist()
    ids, names = (model.texts("transformers", name, rows) for name in ("id", "name"))
    free, quality = free_json(found.free_kva), found.quality.tolist()
    return [
        PackPoint(
            kind="transformer_lv", element_id=ids[k], name=names[k], kv=kv[k], ownership="public",
            quality=quality[k], free_kva=free[k],
            power_factor=power_factor(figures.headrooms, "lv"), lon=lon[k], lat=lat[k],
            geometry=None, sn_kva=None if np.isnan(sn_kva[k]) else sn_kva[k], laying=None,
        )
        for k in np.flatnonzero(why == "").tolist()
    ]  # fmt: skip


def _line_points(
    tiles: TileSet, which: Ints, figures: Figures, left_out: Counter[str]
) -> list[PackPoint]:
    model, layer = figures.model, tiles.layers["lines"]
    why, (tree, row) = why_no_line(model, layer.row[which])
    why[are_restricted(tiles, layer, which) & (why == "")] = RESTRICTED
    left_out.update(filter(None, why.tolist()))
    offered = why == ""
    which, tree, row = which[offered], tree[offered], row[offered]
    rows = layer.row[which]
    found = _of_both_ends(figures, tree, row)
    why = why_unknown(found)
    left_out.update(filter(None, why.tolist()))
    kv = model.column("nodes", "vn_kv")[np.asarray(model.line_ends)[0][rows]].tolist()
    ids, names, laying = (model.texts("lines", name, rows) for name in ("id", "name", "laying"))
    is_cable = [text == "cable" for text in laying]
    free, quality = free_json(found.free_kva), found.quality.tolist()
    return [
        PackPoint(
            kind="line_bay" if is_cable[k] else "line_tee", element_id=ids[k],
            name=names[k], kv=kv[k], ownership="public", quality=quality[k], free_kva=free[k],
            power_factor=power_factor(figures.headrooms, "mv"), lon=None, lat=None,
            geometry=_course(layer, int(which[k])), sn_kva=None,
            laying="cable" if is_cable[k] else "overhead",
        )
        for k in np.flatnonzero(why == "").tolist()
    ]  # fmt: skip


def _of_both_ends(figures: Figures, tree: Ints, row: Ints) -> Headroom:
    """Return the lesser figure of the two ends of the branches above some rows."""
    above = np.zeros(len(row), dtype=np.int64)
    for number in np.unique(tree).tolist():
        own = tree == number
        above[own] = figures.model.tree(number).parent[row[own]]
    pf = power_factor(figures.headrooms, "mv")
    far, near = (figures.headrooms.at(tree, end, power_factor=pf) for end in (row, above))
    quality = far.quality.copy()
    for lesser in ("full_ac", "unknown"):
        quality[near.quality == lesser] = np.where(
            quality[near.quality == lesser] == "unknown", "unknown", lesser
        )
    return Headroom(
        loading_pct=far.loading_pct,
        # NaN of either end stays
        free_kva=np.minimum(far.free_kva, near.free_kva),
        quality=quality,
    )


def _course(layer: Layer, which: int) -> list[list[float]]:
    points = layer.shapes.points_m[layer.shapes.start[which] : layer.shapes.start[which + 1]]
    degrees: list[list[float]] = np.round(np.column_stack(to_degrees(*points.T)), _DIGITS).tolist()
    return degrees
