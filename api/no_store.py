"""NoStore: what an answer tells of the grid or of people is kept by no cache on the way or after.

A browser keeps what says nothing else, and would show it to whoever logs in there next.
"""

from __future__ import annotations

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["NoStore"]


class NoStore:
    """Middleware that has every answer kept by nobody, unless it says itself who may keep it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on and mark its answer."""

        async def marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).setdefault("Cache-Control", "private, no-store")
            await send(message)

        await self._app(scope, receive, marked)
