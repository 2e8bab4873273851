"""Clients of the service: each serves one customer after the other, whatever breaks meanwhile.

A request that was not answered, or answered with a fault, is sent again with its key until it is.
Some that were acknowledged are sent again for nothing, some keys are used for another request.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from promise_history import Attempt, History, Request

SERVER_FAULT = 500
TOO_MANY = 429
UNANSWERED_DOUBTS = 422
GIVEN_UP_AFTER_S = 180.0
LONGEST_PAUSE_S = 2.0
AGAIN_SHARE, MISUSED_SHARE = 0.15, 0.06
WITHDRAWN_SHARE, REPLIED_SHARE = 0.6, 0.6
STEPS_AFTER_REPLY: Sequence[tuple[str, Mapping[str, Any]]] = (
    ("agreed", {}), ("in_construction", {}), ("energised", {"measured_peak_kva": 0.0}),
)  # fmt: skip
SIZES_KVA = (400, 630, 800, 1_250, 2_000)

# (server, method, path, headers, body) -> (status, content)
Send = Callable[[int, str, Mapping[str, str], Any], tuple[int, Any]]


class Unanswered(Exception):
    """No answer came: the server was killed, or is not there yet."""


class GivenUp(Exception):
    """A request was not answered for minutes: the run proves nothing."""


@dataclass(slots=True, kw_only=True)
class Customers:
    """What one client does, and the randomness it does it by.

    `send` takes the number of a server; `sites` are (lon, lat), few enough that customers compete.
    """

    number: int
    send: Send
    servers: int
    token: str
    district: str
    sites: Sequence[tuple[float, float]]
    facts: Mapping[str, Any]
    history: History
    has_reply: bool
    reply_body: Mapping[str, Any]
    draw: random.Random
    is_over: Callable[[], bool]
    pause_s: float = 0.2
    count: int = 0

    def run(self) -> None:
        while not self.is_over():
            self.serve_one()

    def serve_one(self) -> None:
        """One customer, from the application to its end or to what is left standing."""
        application_id = self._accept()
        if (held := self._hold(application_id)) is not None:
            self._go_on(application_id, held)
        elif self.draw.random() < WITHDRAWN_SHARE:
            self._move(application_id, "withdrawn", reason="无可用容量")

    def _accept(self) -> str:
        lon, lat = self.draw.choice(self.sites)
        asked = {
            "at": [lon, lat], "kva": self.draw.choice(SIZES_KVA), "category": "industrial",
            "special_load": "none", **self.facts,
        }  # fmt: skip
        body = {"district": self.district, "application": asked}
        done = self.ask("accept", "/v1/applications", body)
        return str(done.answer["application_id"])

    def _hold(self, application_id: str) -> Request | None:
        """Plan and hold; who comes second plans anew, once."""
        for _ in range(2):
            planned = self.ask("plan", f"/v1/applications/{application_id}/plans", None)
            rank = _first_as_it_stands(planned.answer["plan"]["options"])
            if rank is None:
                return None
            body = {"version": planned.answer["version"], "rank": rank}
            held = self.ask("hold", f"/v1/applications/{application_id}/hold", body)
            if held.is_acknowledged:
                return held
            if held.code != "capacity_gone":
                return None
        return None

    def _go_on(self, application_id: str, held: Request) -> None:
        if self.draw.random() < WITHDRAWN_SHARE:
            self._move(application_id, "withdrawn", reason="客户撤回")
            return
        if not self.has_reply or self.draw.random() > REPLIED_SHARE:
            return
        if not self._reply(application_id, held):
            return
        for to, facts in STEPS_AFTER_REPLY:
            if self.draw.random() < WITHDRAWN_SHARE:
                self._move(application_id, "withdrawn", reason="客户撤回")
                return
            if not self._move(application_id, to, **facts).is_acknowledged:
                return

    def _reply(self, application_id: str, held: Request) -> bool:
        """Reply, and where the desk has to stand for it first, let it and reply then."""
        path = f"/v1/applications/{application_id}"
        replied = self.ask("reply", f"{path}/reply", self.reply_body)
        if replied.code != "not_confirmed":
            return replied.is_acknowledged
        body = {name: held.body[name] for name in ("version", "rank")}
        if body["rank"] > 1:
            body["reason_code"] = "other"
        decided = self.ask("decide", f"{path}/decisions", body)
        if decided.status == UNANSWERED_DOUBTS:
            doubts = [p["field"].removeprefix("overrides.") for p in decided.answer["problems"]]
            body = {**body, "overrides": dict.fromkeys(doubts, "other")}
            self.ask("decide", f"{path}/decisions", body)
        return self.ask("reply", f"{path}/reply", self.reply_body).is_acknowledged

    def _move(self, application_id: str, to: str, **facts: Any) -> Request:
        body = {"to": to, **facts}
        return self.ask("move", f"/v1/applications/{application_id}/moves", body)

    def ask(self, kind: str, path: str, body: Any) -> Request:
        """Send a request until it is answered, and some of them once more."""
        self.count += 1
        parts = path.split("/")
        request = Request(
            client=self.number, kind=kind, path=path, key=f"c{self.number}-{self.count}",
            body=body, subject=parts[3] if len(parts) > 3 else "",
        )  # fmt: skip
        self.history.add(request)
        request.status, request.answer = self._send_until_answered(request, body)
        if kind == "accept" and request.is_acknowledged:
            request.subject = str(request.answer["application_id"])
        if request.is_acknowledged and self.draw.random() < AGAIN_SHARE:
            request.again.append(self._send_until_answered(request, body))
        if request.is_acknowledged and self.draw.random() < MISUSED_SHARE:
            request.misused.append(self._send_until_answered(request, _otherwise(kind, body)))
        return request

    def _send_until_answered(self, request: Request, body: Any) -> tuple[int, Any]:
        headers = {"Authorization": f"Bearer {self.token}", "Idempotency-Key": request.key}
        until = time.monotonic() + GIVEN_UP_AFTER_S
        server, pause_s = self.draw.randrange(self.servers), self.pause_s
        while time.monotonic() < until:
            started = time.monotonic()
            status, answer, fault = None, None, ""
            try:
                status, answer = self.send(server, request.path, headers, body)
            except Unanswered as error:
                fault = str(error)
            request.attempts.append(
                Attempt(
                    server=server, started_s=started, ended_s=time.monotonic(), status=status,
                    fault=fault,
                )
            )  # fmt: skip
            if status is not None and status < SERVER_FAULT and status != TOO_MANY:
                return status, answer
            time.sleep(pause_s * (0.5 + self.draw.random()))
            server, pause_s = (server + 1) % self.servers, min(2.0 * pause_s, LONGEST_PAUSE_S)
        raise GivenUp(f"{request.kind} {request.path} ({request.key})")


def _first_as_it_stands(options: Sequence[Mapping[str, Any]]) -> int | None:
    """Rank of the first option that changes nothing of the grid and carries the whole wish."""
    for option in options:
        if not option["measures"] and option["partial"] is None and option["replacement"] is None:
            return int(option["rank"])
    return None


def _otherwise(kind: str, body: Any) -> Any:
    """Another request of the same kind that is in order as well."""
    match kind:
        case "accept":
            return {**body, "application": {**body["application"], "kva": 500}}
        case "plan":
            return {}
        case "hold":
            return {**body, "rank": body["rank"] + 1}
        case "move":
            return {**body, "reason": "另一个原因"}
        case "decide":
            return {**body, "note": "另一个说明"}
    return {**body, "signed_on": "2026-01-02"}
