"""BodyLimit: no request body is read beyond a fixed size."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.exceptions import HTTPException
from starlette.routing import compile_path
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import problem_response

__all__ = ["BodyLimit"]

_TOO_LARGE = 413


class BodyLimit:
    """Middleware that answers 413 as soon as a body is, or says it is, larger than is allowed.

    Parameters
    ----------
    max_bytes
        Size of a body.
    max_bytes_at
        Sizes at paths that take more or less, by their template: ``/things/{thing_id}/photos``.
    """

    def __init__(
        self, app: ASGIApp, *, max_bytes: int, max_bytes_at: Mapping[str, int] | None = None
    ) -> None:
        self._app = app
        self._max_bytes = max_bytes
        self._max_bytes_at = [
            (compile_path(template)[0], most) for template, most in (max_bytes_at or {}).items()
        ]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with a body that is counted."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        most = self._most_at(scope["path"])
        stated = dict(scope["headers"]).get(b"content-length", b"0")
        if stated.isdigit() and int(stated) > most:
            await _answer(most)(scope, receive, send)
            return
        received = 0

        async def counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > most:
                raise HTTPException(_TOO_LARGE, _detail(most))
            return message

        await self._app(scope, counted, send)

    def _most_at(self, path: str) -> int:
        found = (most for pattern, most in self._max_bytes_at if pattern.match(path))
        return next(found, self._max_bytes)


def _detail(most: int) -> str:
    return f"the body is above {most} bytes / 请求体超过 {most} 字节"


def _answer(most: int) -> ASGIApp:
    return problem_response(_TOO_LARGE, "too_large", _detail(most))
