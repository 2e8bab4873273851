"""What clients asked of the service and what it acknowledged, request by request."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any

ACKNOWLEDGED = range(200, 300)


@dataclass(slots=True, kw_only=True)
class Attempt:
    """One sending of a request; `status` is None where no answer came."""

    server: int
    started_s: float
    ended_s: float
    status: int | None
    fault: str = ""


@dataclass(slots=True, kw_only=True)
class Request:
    """One thing a client wanted, sent until it was answered, and what came back.

    `kind` is accept, plan, hold, reply or move. `again` are the answers to the same request sent
    anew after it was acknowledged, `misused` those to another request with its key.
    """

    client: int
    kind: str
    path: str
    key: str
    body: Any
    subject: str = ""
    attempts: list[Attempt] = field(default_factory=list)
    status: int = 0
    answer: Any = None
    again: list[tuple[int, Any]] = field(default_factory=list)
    misused: list[tuple[int, Any]] = field(default_factory=list)

    @property
    def is_acknowledged(self) -> bool:
        return self.status in ACKNOWLEDGED

    @property
    def code(self) -> str:
        """Of a refusal, the name of its kind."""
        is_named = isinstance(self.answer, dict) and not self.is_acknowledged
        return str(self.answer.get("code", "")) if is_named else ""


class History:
    """All requests of all clients, in the order they were first sent."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self._lock = Lock()

    def add(self, request: Request) -> None:
        with self._lock:
            self.requests.append(request)

    def acknowledged(self, *kinds: str) -> Iterator[Request]:
        return (r for r in self.requests if r.is_acknowledged and r.kind in kinds)

    def write(self, path: Path) -> None:
        """One JSON document a line, for whoever looks at a violation afterwards."""
        with path.open("w", encoding="utf-8") as lines:
            for request in self.requests:
                lines.write(json.dumps(asdict(request), ensure_ascii=False) + "\n")
