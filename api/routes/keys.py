"""Keys: listed, made, given another secret and revoked by an administrator."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends

from api.auth.caller import Caller, require_each
from api.auth.dependency import ThisIdentity, allowed
from api.auth.keys import find_key, list_keys, make_key, revoke_key, rotate_key
from api.auth.names import read_districts
from api.auth.schemas import KeyIn, KeyList, KeyMadeOut, KeyOut, RotationIn
from api.dependencies import After, Id, Limit, Now, refuse_repeated_fields
from api.pages import cut_page
from api.refusals import NOT_ALLOWED, NOT_IN_ORDER, refusal

__all__ = ["router"]

_UNKNOWN = refusal(404, "No such key.")
_WRITE = "key.write"

router = APIRouter(
    prefix="/v1/keys",
    tags=["keys"],
    dependencies=[Depends(refuse_repeated_fields)],
    responses=NOT_ALLOWED | NOT_IN_ORDER,
)
Writer = Annotated[Caller, Depends(allowed(_WRITE))]


@router.get("", summary="Keys")
def list_them(
    caller: Writer, identity: ThisIdentity, after: After = 0, limit: Limit = 50
) -> KeyList:
    """Return keys that reach no further than the caller, revoked ones too; no secret of any."""
    found = identity.database.read(
        lambda connection: list_keys(
            connection, within=caller.districts, after=after, most=limit + 1
        )
    )
    page, next_cursor = cut_page(found, limit)
    return KeyList(
        items=[KeyOut.of(key) for key in page],
        next_cursor=next_cursor,
    )


@router.post(
    "",
    status_code=201,
    summary="Make a key",
    responses=refusal(409, "The name is taken."),
)
def create_key(asked: KeyIn, caller: Writer, identity: ThisIdentity, now: Now) -> KeyMadeOut:
    """Make a key that reaches no further than the caller; its text is given this once."""
    require_each(caller, _WRITE, read_districts(asked.districts))
    key, text = identity.database.write(
        lambda connection: make_key(
            connection, name=asked.name, scopes=asked.scopes, districts=asked.districts,
            days=identity.settings.key_days, actor=caller.name, now=now,
        )
    )  # fmt: skip
    return KeyMadeOut.with_text(key, text)


@router.post(
    "/{key_id}/rotate",
    summary="Give a key another secret and a new term",
    responses={
        **_UNKNOWN,
        **refusal(409, "The key was revoked."),
    },
)
def rotate(
    key_id: Id,
    asked: RotationIn,
    caller: Writer,
    identity: ThisIdentity,
    now: Now,
) -> KeyMadeOut:
    """Return the key with another secret; the present one stays good as long as is asked."""
    key, text = identity.database.write(
        lambda connection: rotate_key(
            connection,
            find_key(connection, key_id, within=caller.districts),
            previous_until=asked.previous_until,
            days=identity.settings.key_days,
            actor=caller.name,
            now=now,
        )
    )
    return KeyMadeOut.with_text(key, text)


@router.post("/{key_id}/revoke", summary="End a key at once and for good", responses=_UNKNOWN)
def revoke(key_id: Id, caller: Writer, identity: ThisIdentity, now: Now) -> KeyOut:
    """Revoke a key."""
    return KeyOut.of(
        identity.database.write(
            lambda connection: revoke_key(
                connection,
                find_key(connection, key_id, within=caller.districts),
                actor=caller.name,
                now=now,
            )
        )
    )
