"""Sessions: logging in and out."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Response

from api.auth.dependency import Authenticated, Bearer, ThisIdentity
from api.auth.names import write_districts
from api.auth.schemas import LoginIn, SessionOut
from api.auth.sessions import log_in, log_out
from api.dependencies import Now, refuse_repeated_fields
from api.refusals import refusal

__all__ = ["NO_STORE", "router"]

NO_STORE = {"Cache-Control": "no-store"}
"""Goes with every answer that holds a secret."""

router = APIRouter(prefix="/v1/sessions", tags=["sessions"])


@router.post(
    "",
    status_code=201,
    dependencies=[Depends(refuse_repeated_fields)],
    summary="Log in",
    responses={
        **refusal(401, "Name or password is wrong."),
        **refusal(422, "What was sent cannot be read."),
        **refusal(429, "Too many failed; see Retry-After."),
        **refusal(503, "The database cannot be used now; see Retry-After."),
    },
)
def create_session(
    asked: LoginIn, identity: ThisIdentity, now: Now, response: Response
) -> SessionOut:
    """Return a token for a name and its password."""
    session = log_in(
        identity.database, identity.passwords, identity.settings,
        name=asked.name, password=asked.password.get_secret_value(), now=now,
    )  # fmt: skip
    response.headers.update(NO_STORE)
    return SessionOut(
        token=session.token,
        expires_at=session.expires_at,
        name=session.account.name,
        role=session.account.role,
        districts=write_districts(session.account.districts),
    )


@router.delete(
    "/current",
    status_code=204,
    summary="Log out",
    responses={
        **refusal(401, "No good token was sent."),
        **refusal(404, "The token is not a login's."),
        **refusal(503, "The database cannot be used now; see Retry-After."),
    },
)
def end_session(caller: Authenticated, token: Bearer, identity: ThisIdentity, now: Now) -> None:
    """End the login whose token is sent."""
    identity.database.write(
        lambda connection: log_out(connection, token, actor=caller.name, now=now)
    )
