"""Photos: kept with who sent them; the picture can be taken out, its hash stays."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from api.database.tables import photos
from api.pictures import Picture
from api.spot import Spot
from grid_models.errors import SupplyPlanError

__all__ = [
    "ErasedPhotoError",
    "StoredPhoto",
    "TooManyPhotosError",
    "UnknownPhotoError",
    "add_photo",
    "erase_photos",
    "find_photo",
    "list_photos",
    "read_photo",
]

# What a photo is without the picture.
_FACTS = [column for column in photos.c if column.name != "content"]


class UnknownPhotoError(SupplyPlanError):
    """An application has no such photo."""

    def __init__(self, application_id: str, photo: int) -> None:
        super().__init__(
            f"application {application_id} has no photo {photo} / "
            f"申请 {application_id} 没有照片 {photo}"
        )


class ErasedPhotoError(SupplyPlanError):
    """A photo was erased."""

    def __init__(self, application_id: str, photo: int) -> None:
        super().__init__(
            f"photo {photo} of application {application_id} was erased; its hash is still kept / "
            f"申请 {application_id} 的照片 {photo} 已删除，仅存其哈希值"
        )


class TooManyPhotosError(SupplyPlanError):
    """An application has as many photos as are kept of one."""

    def __init__(self, application_id: str, most: int) -> None:
        super().__init__(
            f"application {application_id} has {most} photos, no more are kept of one / "
            f"申请 {application_id} 已有 {most} 张照片，每份申请至多保存这么多"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPhoto:
    """A photo without the picture.

    Parameters
    ----------
    photo
        1, 2, ... of its application.
    content_hash
        SHA-256 of the picture as it is kept.
    taken_at
        By the phone's clock; None: not known.
    lon, lat, accuracy_m
        Where it was taken, CGCS2000 and metres; None: not known.
    erased_at
        None: the picture is there.
    """

    application_id: str
    photo: int
    content_hash: str
    size_bytes: int
    width_px: int
    height_px: int
    taken_at: datetime | None
    sent_by: str
    sent_at: datetime
    erased_at: datetime | None
    lon: float | None
    lat: float | None
    accuracy_m: float | None


def add_photo(
    connection: Connection,
    application_id: str,
    picture: Picture,
    spot: Spot,
    *,
    taken_at: datetime | None,
    most: int,
    actor: str,
    now: datetime,
) -> tuple[StoredPhoto, bool]:
    """Keep a photo, unless it is kept already; return it, and whether it is new.

    Parameters
    ----------
    most
        So many are kept of an application; those that were erased do not count.

    Raises
    ------
    TooManyPhotosError
        If there are as many already.
    """
    rows = connection.execute(
        sa.select(photos.c.photo, photos.c.content_hash, photos.c.erased_at).where(
            photos.c.application_id == application_id
        )
    ).all()
    kept = {row.content_hash: row.photo for row in rows if row.erased_at is None}
    if (same := kept.get(picture.content_hash)) is not None:
        return find_photo(connection, application_id, same), False
    if len(kept) >= most:
        raise TooManyPhotosError(application_id, most)
    number = max((row.photo for row in rows), default=0) + 1
    connection.execute(
        sa.insert(photos).values(
            application_id=application_id, photo=number, content=picture.content,
            content_hash=picture.content_hash, size_bytes=len(picture.content),
            width_px=picture.width_px, height_px=picture.height_px, taken_at=taken_at,
            sent_by=actor, sent_at=now, lon=spot.lon, lat=spot.lat, accuracy_m=spot.accuracy_m,
        )
    )  # fmt: skip
    return find_photo(connection, application_id, number), True


def find_photo(connection: Connection, application_id: str, photo: int) -> StoredPhoto:
    """Return a photo without the picture.

    Raises
    ------
    UnknownPhotoError
        If there is none.
    """
    query = _of(sa.select(*_FACTS), application_id, photo)
    row = connection.execute(query).mappings().one_or_none()
    if row is None:
        raise UnknownPhotoError(application_id, photo)
    return StoredPhoto(**row)


def read_photo(connection: Connection, application_id: str, photo: int) -> bytes:
    """Return the picture itself.

    Raises
    ------
    UnknownPhotoError
        If there is no such photo.
    ErasedPhotoError
        If it was erased.
    """
    find_photo(connection, application_id, photo)
    query = _of(sa.select(photos.c.content), application_id, photo)
    content: bytes | None = connection.execute(query).scalar_one()
    if content is None:
        raise ErasedPhotoError(application_id, photo)
    return content


def list_photos(
    connection: Connection, application_id: str, *, after: int = 0, most: int = 50
) -> list[StoredPhoto]:
    """Return an application's photos in the order they were sent, without the pictures.

    Parameters
    ----------
    after
        Last photo of the page before.
    """
    rows = connection.execute(
        sa.select(*_FACTS)
        .where(photos.c.application_id == application_id, photos.c.photo > after)
        .order_by(photos.c.photo)
        .limit(most)
    )
    return [StoredPhoto(**row) for row in rows.mappings()]


def erase_photos(
    connection: Connection, application_id: str, now: datetime, *, photo: int | None = None
) -> int:
    """Take out the pictures of an application; how many there were.

    Parameters
    ----------
    photo
        Only of this one; None: of all.
    """
    query = sa.update(photos).where(
        photos.c.application_id == application_id, photos.c.erased_at.is_(None)
    )
    if photo is not None:
        query = query.where(photos.c.photo == photo)
    return connection.execute(query.values(content=None, erased_at=now)).rowcount


def _of(query: sa.Select[Any], application_id: str, photo: int) -> sa.Select[Any]:
    return query.where(photos.c.application_id == application_id, photos.c.photo == photo)
