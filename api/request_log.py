"""RequestLog: every request has an id and one line in the log; a fault of ours is told there only.

The line has the route's template, never the path: names and ids that were asked for are nobody's
business who reads logs. Queries, bodies and tokens are not looked at.
"""

from __future__ import annotations

import logging
import re
import uuid
from time import perf_counter
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.contextvars import bound_contextvars

from api.errors import answer_fault
from api.metrics import IN_PROGRESS, count_request

__all__ = ["ID_HEADER", "RequestLog", "note_caller"]

ID_HEADER = "X-Request-Id"
_GOOD_ID = re.compile(r"[!-~]{1,100}")
_MS_PER_S = 1_000.0
_log = logging.getLogger("api.request")


class RequestLog:
    """Middleware around all others that answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on and write down what came of it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = _find_id(scope)
        begun, seen = perf_counter(), dict[str, int]()

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                seen["status"] = message["status"]
                MutableHeaders(scope=message)[ID_HEADER] = request_id
            await send(message)

        with bound_contextvars(request_id=request_id), IN_PROGRESS.track_inprogress():
            try:
                await self._app(scope, receive, send_with_id)
            except ClientDisconnect:
                pass  # the line broke while the request was still being sent
            except Exception:
                _log.exception("a fault of ours")
                if "status" in seen:  # half an answer went out: the connection must break
                    raise
                await answer_fault()(scope, receive, send_with_id)
            finally:
                took_s = perf_counter() - begun
                facts = _facts(scope, seen.get("status"))
                count_request(facts["method"], facts["route"], facts["status"], took_s)
                _log.info("request", extra={**facts, "duration_ms": round(_MS_PER_S * took_s, 1)})


def note_caller(scope: Scope, name: str) -> None:
    """Note who asks: the name of an account or key, as the audit has it."""
    scope.setdefault("state", {})["logged_caller"] = name


def _find_id(scope: Scope) -> str:
    given = Headers(scope=scope).get(ID_HEADER, "")
    return given if _GOOD_ID.fullmatch(given) else uuid.uuid4().hex


def _facts(scope: Scope, status: int | None) -> dict[str, Any]:
    route = scope.get("route")
    return {
        "method": scope["method"] if scope["method"] in _METHODS else "other",
        "route": getattr(route, "path", "none"),
        # none: whoever asked has gone
        "status": status,
        "caller": scope.get("state", {}).get("logged_caller"),
    }


_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
