"""Cookie: the token of a login as a browser keeps it, where no script of a page can read it."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import unquote

from fastapi import Request, Response

from grid_models.errors import InputError, InputProblem

__all__ = ["OWN_PAGE", "give_cookie", "is_for", "read_cookie", "take_cookie"]

_NAME = "supply_plan_session"
_PATH = "/v1"
OWN_PAGE = "X-Supply-Plan"
"""Header only a page of ours sends along: another site's form cannot, so it cannot act for us.

It says who the page takes itself to be of, as an address would have it; empty: of nobody yet.
"""
# Browsers drop a cookie of more than 4,096 bytes with all that is said of it, and say nothing.
_LONGEST_TOKEN = 3_900
_READING = frozenset({"GET", "HEAD"})


def read_cookie(request: Request) -> str | None:
    """Return the token a browser sent; None if it sent none, or may not act with it."""
    if request.method not in _READING and OWN_PAGE not in request.headers:
        return None
    return request.cookies.get(_NAME)


def is_for(request: Request, name: str) -> bool:
    """Tell whether the page that asks is somebody's.

    A browser has one cookie for all its tabs: where another person has logged in since, a tab that
    was left open would send what the first one asked in the other's name.
    """
    claimed = unquote(request.headers.get(OWN_PAGE, ""))
    return claimed in ("", name)


def give_cookie(request: Request, response: Response, token: str, expires_at: datetime) -> None:
    """Have the browser keep a token until it expires, for this server alone.

    Raises
    ------
    InputError
        If it is longer than what every browser keeps.
    """
    if len(token) > _LONGEST_TOKEN:
        problem = InputProblem(
            field="token",
            zh=f"令牌长 {len(token)} 个字符，浏览器只能保存 {_LONGEST_TOKEN} 个；请减少其中的声明",
            en=f"the token has {len(token)} characters and a browser keeps {_LONGEST_TOKEN}; "
            "have the sign-in put fewer claims into it",
        )
        raise InputError([problem])
    response.set_cookie(
        _NAME, token, expires=expires_at, path=_PATH, httponly=True, samesite="strict",
        secure=request.url.scheme == "https",
    )  # fmt: skip


def take_cookie(request: Request, response: Response) -> None:
    """Have the browser forget it."""
    response.delete_cookie(
        _NAME, path=_PATH, httponly=True, samesite="strict", secure=request.url.scheme == "https"
    )
