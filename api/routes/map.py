"""Map: tiles of a grid, what it can take now where one looks, and a pack for where no signal is.

Tiles are of a version, which never changes. Figures change with every promise and are asked for
apart.
"""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from starlette.datastructures import Headers

from api.auth.caller import Caller
from api.auth.dependency import ThisIdentity, allowed
from api.database.holds import list_commitments
from api.dependencies import Grids, Now, Today
from api.error_kinds import UnknownGridError
from api.handed_out import private_headers
from api.map.asked import read_box, read_place, read_tile
from api.map.cache import Maps
from api.map.element import ElementOut, describe_element
from api.map.figures import Figures
from api.map.headroom import HeadroomOut, list_headroom
from api.map.mercator import MOST_ZOOM
from api.map.pack import make_pack
from api.map.pack_schemas import PackOut
from api.map.tiles import TileSet
from api.node_capacity import refuse_astray
from api.refusals import NOT_ALLOWED, NOT_IN_ORDER, refusal
from api.seen import saw
from api.serving import ServedGrid, ServedGrids
from planner.headroom import Headrooms
from planner.rules import RuleBook

__all__ = ["router"]

_MVT = "application/vnd.mapbox-vector-tile"
_FARTHEST_M = 5_000.0
# A tile of a version is the same for ever, yet no cache of the browser keeps one: it would show it
# to who logs in next. The phone app keeps its own, and forgets them with the log out.
_TILE = private_headers(_MVT) | {"Vary": "Accept-Encoding"}
_ASTRAY = refusal(409, "Promises stand at nodes this version lacks: no figure would be sure.")

router = APIRouter(
    prefix="/v1/map/{grid_version}",
    tags=["map"],
    responses=NOT_ALLOWED
    | NOT_IN_ORDER
    | refusal(404, "No grid of this version is served.")
    | refusal(503, "Grids are being loaded, or the database cannot be used now."),
)
Reader = Annotated[Caller, Depends(allowed("capacity.read"))]
Version = Annotated[str, Path(max_length=200, description="Of a grid that is served.")]
_Side = Annotated[int, Path(ge=0, lt=2**MOST_ZOOM)]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shown:
    """What one request is about."""

    served: ServedGrid
    tiles: TileSet
    figures: Figures
    book: RuleBook
    most: int


def find_version(grids: Grids, grid_version: Version) -> ServedGrid:
    """Return the grid of a version; a name is none, for what it stands for changes.

    Raises
    ------
    UnknownGridError
        If none of that version is served.
    """
    for served in grids.all():
        if served.version == grid_version:
            return served
    raise UnknownGridError(grid_version)


Served = Annotated[ServedGrid, Depends(find_version)]


def get_maps(request: Request) -> Maps:
    """Return what this process keeps for the map."""
    maps: Maps = request.app.state.maps
    return maps


ThisMaps = Annotated[Maps, Depends(get_maps)]


def get_shown(
    served: Served,
    grids: Grids,
    maps: ThisMaps,
    identity: ThisIdentity,
    today: Today,
    now: Now,
) -> _Shown:
    """Return a grid with everything that is promised on it now.

    Raises
    ------
    AstrayPromisesError
        If a promise stands at a node this version lacks.
    """
    book = grids.rule_book(served.area.area)
    promised = identity.database.read(
        lambda connection: list_commitments(
            connection, served.name, now, load_date=served.model.grid.metadata.load_date
        )
    )
    refuse_astray(served.model, promised)
    headrooms = Headrooms(model=served.model, rules=book.on(today), commitments=promised)
    return _Shown(
        served=served,
        tiles=maps.of(served, _versions(grids)),
        figures=Figures(model=served.model, headrooms=headrooms),
        book=book,
        most=identity.settings.map_max_elements,
    )


ThisShown = Annotated[_Shown, Depends(get_shown)]


@router.get(
    "/tiles/{z}/{x}/{y}",
    summary="One tile of a grid's map",
    response_class=Response,
    responses={
        200: {"content": {_MVT: {}}, "description": "Layers of a Mapbox Vector Tile 2.1."},
        204: {"description": "Nothing is there."},
    },
)
def get_tile(
    _caller: Reader,
    request: Request,
    served: Served,
    grids: Grids,
    maps: ThisMaps,
    z: Annotated[int, Path(ge=0, le=MOST_ZOOM, description="Scale: 2^z tiles a side.")],
    x: _Side,
    y: _Side,
) -> Response:
    """Return a Web Mercator tile with lines, stations, transformers, poles, restricted areas."""
    packed = maps.tile(served, _versions(grids), read_tile(z, x, y))
    if not packed:
        return Response(status_code=204, headers=_TILE)
    if "gzip" in Headers(scope=request.scope).get("Accept-Encoding", ""):
        headers = _TILE | {"Content-Encoding": "gzip"}
        return Response(packed, media_type=_MVT, headers=headers)
    return Response(gzip.decompress(packed), media_type=_MVT, headers=_TILE)


@router.get(
    "/headroom", summary="What lines and transformers on the map can take", responses=_ASTRAY
)
def get_headroom(
    caller: Reader,
    identity: ThisIdentity,
    shown: ThisShown,
    now: Now,
    bbox: Annotated[
        str,
        Query(max_length=120, description="west,south,east,north", examples=["120,30,120.1,30.1"]),
    ],
) -> HeadroomOut:
    """Return the loading and what is left, by row of the tables, which tiles have as ids."""
    box = read_box(bbox)
    saw(identity.database, caller, "headroom", shown.served.version, now=now, bbox=bbox)
    return list_headroom(shown.tiles, shown.figures, box, now=now, most=shown.most)


@router.get("/pack", summary="What a phone takes along for where no signal is", responses=_ASTRAY)
def get_pack(
    caller: Reader,
    identity: ThisIdentity,
    shown: ThisShown,
    now: Now,
    at: Annotated[str, Query(max_length=60, description="lon,lat", examples=["120.15,30.28"])],
    radius_m: Annotated[float, Query(gt=0.0, le=_FARTHEST_M, description="Round `at`.")] = 1_000.0,
) -> PackOut:
    """Return public transformers and lines with what each can take, for preliminary answers."""
    place = read_place(at)
    saw(identity.database, caller, "pack", shown.served.version, now=now, at=at, radius_m=radius_m)
    return make_pack(
        shown.served, shown.tiles, shown.figures, shown.book,
        at=place, radius_m=radius_m, now=now, most=shown.most,
    )  # fmt: skip


@router.get(
    "/elements/{element_id:path}",
    summary="One line, transformer or node",
    responses=_ASTRAY
    | refusal(404, "No grid of this version is served, or it has no such element."),
)
def get_element(
    caller: Reader,
    identity: ThisIdentity,
    shown: ThisShown,
    now: Now,
    element_id: Annotated[str, Path(max_length=200, description="As tiles have it.")],
) -> ElementOut:
    """Return what is known of an element, and what it can still take now."""
    found = describe_element(shown.figures, element_id)
    saw(identity.database, caller, "element", shown.served.version, now=now, element_id=element_id)
    return found


def _versions(grids: ServedGrids) -> frozenset[str]:
    return frozenset(served.version for served in grids.all())
