"""Dependency: what a route says to have a caller, and one who may."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from api.auth.caller import ACTIONS, Caller, require
from api.auth.cookie import is_for, read_cookie
from api.auth.errors import NotAuthenticatedError
from api.auth.identity import Identity
from api.dependencies import Now
from api.request_log import note_caller

__all__ = [
    "Authenticated",
    "Bearer",
    "ThisIdentity",
    "allowed",
    "authenticate",
    "get_bearer",
    "get_identity",
]

_SCHEME = HTTPBearer(
    auto_error=False,
    scheme_name="bearer",
    description="Token of a login, a key (spk_...), or a token of the company's sign-in.",
)


def get_identity(request: Request) -> Identity:
    """Return what tells who asks the app that answers."""
    identity: Identity = request.app.state.identity
    return identity


def get_bearer(
    request: Request,
    given: Annotated[HTTPAuthorizationCredentials | None, Depends(_SCHEME)],
) -> str:
    """Return the token that was sent, in the header or by a page of ours as a cookie.

    Raises
    ------
    NotAuthenticatedError
        If none was.
    """
    token = read_cookie(request) if given is None else given.credentials
    if token is None:
        raise NotAuthenticatedError
    return token


ThisIdentity = Annotated[Identity, Depends(get_identity)]
Bearer = Annotated[str, Depends(get_bearer)]


def authenticate(request: Request, identity: ThisIdentity, token: Bearer, now: Now) -> Caller:
    """Return who asks; routes that are open elsewhere find them in the request's state.

    Raises
    ------
    NotAuthenticatedError
        If no good token was sent, or by a page that is somebody else's.
    """
    caller = identity.identify(token, now)
    if not is_for(request, caller.name):
        raise NotAuthenticatedError
    request.state.caller = caller
    note_caller(request.scope, caller.name)
    return caller


Authenticated = Annotated[Caller, Depends(authenticate)]


def allowed(action: str) -> Callable[[Caller], Caller]:
    """Return a dependency that gives the caller, if their role may do something.

    A route about one district asks `require` for it besides, once it knows which.

    Parameters
    ----------
    action
        One of `ACTIONS`.
    """
    if action not in ACTIONS:
        raise ValueError(f"there is no action {action}")

    def get_allowed(caller: Authenticated) -> Caller:
        require(caller, action)
        return caller

    return get_allowed
