"""Photos of the site: sent as they are, kept without what a phone writes into them."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from sqlalchemy.engine import Connection

from api.auth.caller import Caller
from api.auth.dependency import ThisIdentity, allowed
from api.darkroom import Darkroom
from api.database.photos import (
    add_photo,
    erase_photos,
    find_photo,
    list_photos,
    read_photo,
)
from api.dependencies import After, Id, Limit, Now
from api.field_schemas import PhotoIn, PhotoList, PhotoOut
from api.handed_out import hand_out
from api.ledger.promises import write_down
from api.once import ThisOnce
from api.outside import allowed_inside
from api.own import find_own
from api.pictures import JPEG, make_picture
from api.refusals import NOT_ALLOWED, NOT_IN_ORDER, refusal
from grid_models.errors import InputError, InputProblem

__all__ = ["PHOTOS_PATH", "router"]

PHOTOS_PATH = "/v1/applications/{application_id}/photos"

router = APIRouter(
    prefix=PHOTOS_PATH,
    tags=["photos"],
    responses=NOT_ALLOWED | NOT_IN_ORDER | refusal(404, "No such application or photo."),
)
Sender = Annotated[Caller, Depends(allowed_inside("application.write"))]
Reader = Annotated[Caller, Depends(allowed_inside("application.read"))]
Eraser = Annotated[Caller, Depends(allowed("person.erase"))]
Number = Annotated[int, Path(ge=1, lt=2**31, description="1, 2, ... of the application.")]
_BINARY = {"type": "string", "format": "binary"}
_BODY = {"requestBody": {"required": True, "content": {JPEG: {"schema": _BINARY}}}}


def get_darkroom(request: Request) -> Darkroom:
    """Return where this process unpacks photos."""
    darkroom: Darkroom = request.app.state.darkroom
    return darkroom


ThisDarkroom = Annotated[Darkroom, Depends(get_darkroom)]


async def _body(request: Request, _caller: Sender) -> bytes:
    # who may not send anything is told so before the body is read
    return await request.body()


@router.post(
    "",
    status_code=201,
    summary="Keep a photo of the site",
    response_model=PhotoOut,
    openapi_extra=_BODY,
    responses=refusal(409, "As many photos as may are kept, or the key was used before.")
    | refusal(503, "Many photos are looked at already, or the database cannot be used now."),
)
def send(
    application_id: Id,
    asked: Annotated[PhotoIn, Query()],
    caller: Sender,
    body: Annotated[bytes, Depends(_body)],
    identity: ThisIdentity,
    now: Now,
    once: ThisOnce,
    darkroom: ThisDarkroom,
    request: Request,
) -> Any:
    """Keep the picture made anew, upright and without EXIF; the same one again is one photo."""
    if (kept := once.kept()) is not None:
        return kept
    once.database.read(lambda connection: find_own(connection, caller, application_id))
    spot = asked.spot()
    asked.check_taken(now)
    _check_media_type(request.headers.get("content-type", ""))
    settings = identity.settings
    with darkroom.turn():
        picture = make_picture(
            body, most_pixels=settings.photo_max_pixels,
            most_progressive_pixels=settings.photo_max_progressive_pixels,
            side_px=settings.photo_side_px,
        )  # fmt: skip

    def keep(connection: Connection) -> Any:
        application = find_own(connection, caller, application_id)
        stored, is_new = add_photo(
            connection, application_id, picture, spot, taken_at=asked.taken_at,
            most=settings.photos_per_application, actor=caller.name, now=now,
        )  # fmt: skip
        if is_new:
            write_down(
                connection, application, "photo.add", caller.name, now, photo=stored.photo,
                content_hash=stored.content_hash,
            )  # fmt: skip
        return PhotoOut.of(stored).model_dump(mode="json")

    return once.do(keep)


@router.get("", summary="Photos of the site, without the pictures")
def list_them(
    application_id: Id,
    caller: Reader,
    identity: ThisIdentity,
    after: After = 0,
    limit: Limit = 50,
) -> PhotoList:
    """Return who sent which photo when, in order."""

    def find(connection: Connection) -> PhotoList:
        find_own(connection, caller, application_id)
        found = list_photos(connection, application_id, after=after, most=limit + 1)
        return PhotoList.of(found, limit)

    return identity.database.read(find)


@router.get(
    "/{number}",
    summary="A photo itself",
    response_class=Response,
    responses={
        200: {"content": {JPEG: {"schema": _BINARY}}, "description": "The picture."},
        **refusal(410, "It was erased."),
    },
)
def get_one(
    application_id: Id, number: Number, caller: Reader, identity: ThisIdentity, now: Now
) -> Response:
    """Return a picture; who saw it is written down, for it may show people."""

    def find(connection: Connection) -> bytes:
        application = find_own(connection, caller, application_id)
        content = read_photo(connection, application_id, number)
        write_down(connection, application, "photo.read", caller.name, now, photo=number)
        return content

    return hand_out(identity.database.write(find), JPEG)


@router.delete("/{number}", status_code=204, summary="Erase a photo")
def erase(
    application_id: Id, number: Number, caller: Eraser, identity: ThisIdentity, now: Now
) -> Response:
    """Take out the picture; who sent it, when, and its hash stay."""

    def go(connection: Connection) -> None:
        application = find_own(connection, caller, application_id)
        find_photo(connection, application_id, number)
        if erase_photos(connection, application_id, now, photo=number):
            write_down(connection, application, "photo.erase", caller.name, now, photo=number)

    identity.database.write(go)
    return Response(status_code=204)


def _check_media_type(given: str) -> None:
    if given.partition(";")[0].strip().lower() != JPEG:
        raise InputError(
            [
                InputProblem(
                    field="Content-Type",
                    zh=f"Content-Type 应为 {JPEG}，请求体为照片本身",
                    en=f"Content-Type must be {JPEG}, the body the photo itself",
                )
            ]
        )
