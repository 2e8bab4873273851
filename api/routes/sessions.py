"""Sessions: logging in and out, with a token for a program or a cookie for a browser."""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter, Depends, Request, Response

from api.auth.caller import ACTIONS, Caller, may
from api.auth.cookie import give_cookie, read_cookie, take_cookie
from api.auth.dependency import Authenticated, Bearer, ThisIdentity
from api.auth.identity import Identity
from api.auth.names import write_districts
from api.auth.schemas import LoginIn, MeOut, SessionOut, SignInIn
from api.auth.sessions import Session, log_in, log_out
from api.dependencies import Now, refuse_repeated_fields
from api.refusals import NOT_ALLOWED, Responses, refusal

__all__ = ["router"]

_LOGIN_REFUSALS: Responses = {
    **refusal(401, "Name or password is wrong."),
    **refusal(422, "What was sent cannot be read."),
    **refusal(429, "Too many failed; see Retry-After."),
    **refusal(503, "The database cannot be used now; see Retry-After."),
}

router = APIRouter(prefix="/v1/sessions", tags=["sessions"])


@router.post(
    "",
    status_code=201,
    dependencies=[Depends(refuse_repeated_fields)],
    summary="Log in",
    responses=_LOGIN_REFUSALS,
)
def create_session(asked: LoginIn, identity: ThisIdentity, now: Now) -> SessionOut:
    """Return a token for a name and its password."""
    session = _log_in(asked, identity, now)
    return SessionOut(
        token=session.token,
        expires_at=session.expires_at,
        name=session.account.name,
        role=session.account.role,
        districts=write_districts(session.account.districts),
    )


@router.post(
    "/browser",
    status_code=201,
    dependencies=[Depends(refuse_repeated_fields)],
    summary="Log in with a browser",
    responses=_LOGIN_REFUSALS,
)
def create_browser_session(
    asked: LoginIn, identity: ThisIdentity, now: Now, request: Request, response: Response
) -> MeOut:
    """Give the browser a cookie for a name and its password; no script can read it."""
    session = _log_in(asked, identity, now)
    give_cookie(request, response, session.token, session.expires_at)
    return _describe(session.account.caller, session.expires_at)


@router.post(
    "/sign-in",
    status_code=201,
    dependencies=[Depends(refuse_repeated_fields)],
    summary="Keep a token of the company's sign-in",
    responses={
        **refusal(401, "The token is not good."),
        **refusal(403, "The sign-in gives the person no role here."),
        **refusal(422, "What was sent cannot be read."),
        **refusal(503, "The sign-in or the database cannot be asked now."),
    },
)
def keep_sign_in(
    asked: SignInIn, identity: ThisIdentity, request: Request, response: Response
) -> MeOut:
    """Have the browser keep the token as a cookie for as long as it is good."""
    token = asked.token.get_secret_value()
    caller, expires_at = identity.sign_in(token)
    give_cookie(request, response, token, expires_at)
    return _describe(caller, expires_at)


@router.get(
    "/current",
    summary="Who asks, and what they may do",
    responses=NOT_ALLOWED,
)
def get_current(caller: Authenticated, token: Bearer, identity: ThisIdentity) -> MeOut:
    """Return the caller with everything their role allows."""
    return _describe(caller, identity.end_of(token))


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
def end_session(
    caller: Authenticated, token: Bearer, identity: ThisIdentity, now: Now, request: Request
) -> Response:
    """End the login whose token is sent, and have a browser forget it."""
    ended = Response(status_code=204)
    take_cookie(request, ended)
    # the company's sign-in ends its own tokens; here a browser only forgets one
    if not (identity.is_sign_in(token) and read_cookie(request) == token):
        identity.database.write(
            lambda connection: log_out(connection, token, actor=caller.name, now=now)
        )
    return ended


def _log_in(asked: LoginIn, identity: Identity, now: datetime) -> Session:
    return log_in(
        identity.database, identity.passwords, identity.settings,
        name=asked.name, password=asked.password.get_secret_value(), now=now,
    )  # fmt: skip


def _describe(caller: Caller, expires_at: datetime | None) -> MeOut:
    return MeOut(
        name=caller.name,
        role=caller.role,
        districts=write_districts(caller.districts),
        may=[action for action in ACTIONS if may(caller, action)],
        expires_at=expires_at,
    )
