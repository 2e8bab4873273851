"""Delivering: what waits is sent, webhook by webhook, by as many workers as there are.

A worker takes a few messages of one webhook, sends them one after the other and writes down what
came of them. Within a process a webhook is served by one worker at a time, and the one that was
served longest ago comes first: a receiver that is slow or away holds up nobody but itself.
"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from threading import Lock

import anyio
from sqlalchemy.engine import Connection

from api import clock
from api.database import Database
from api.webhooks.addresses import read_target
from api.webhooks.errors import RefusedAddressError
from api.webhooks.leases import Batch, Call, find_due, give_back, note, put_off, take
from api.webhooks.posting import Outcome, Poster
from api.webhooks.signing import signed_headers

__all__ = ["Deliverer", "body_of"]

# Messages a worker takes at once, and how long it goes on sending them.
MOST_AT_ONCE = 20
SENDING_S = 5.0
# A lease outlasts the sending by so much: time to have one's turn to write.
WRITING_S = 45.0

_RANDOM = secrets.SystemRandom()


@dataclass(slots=True)
class _Turns:
    """Who is served now, and who was served when."""

    busy: set[str] = field(default_factory=set)
    served: dict[str, int] = field(default_factory=dict)
    numbers: count[int] = field(default_factory=lambda: count(1))
    lock: Lock = field(default_factory=Lock)

    def begin(self, due: Sequence[str]) -> str | None:
        """Take the webhook that was served longest ago; None: each is being served."""
        with self.lock:
            free = [webhook_id for webhook_id in due if webhook_id not in self.busy]
            if not free:
                return None
            chosen = min(free, key=lambda webhook_id: self.served.get(webhook_id, 0))
            self.busy.add(chosen)
            return chosen

    def end(self, webhook_id: str) -> None:
        with self.lock:
            self.busy.discard(webhook_id)
            self.served[webhook_id] = next(self.numbers)


@dataclass(frozen=True, slots=True, kw_only=True)
class Deliverer:
    """Sends what waits.

    Parameters
    ----------
    now
        The present moment.
    chance
        From 0 to 1, another one each time.
    """

    database: Database
    poster: Poster
    now: Callable[[], datetime] = clock.now
    chance: Callable[[], float] = _RANDOM.random
    _turns: _Turns = field(default_factory=_Turns, repr=False)

    def work(self) -> bool:
        """Send a few messages to one webhook; False where there was none to be served."""
        now = self.now()
        due = self.database.read(lambda connection: find_due(connection, now))
        webhook_id = self._turns.begin(due)
        if webhook_id is None:
            return False
        try:
            self._serve(webhook_id)
        finally:
            self._turns.end(webhook_id)
        return True

    def _serve(self, webhook_id: str) -> None:
        # the moment is asked for inside: one's turn to write may have been long in coming
        batch = self.database.write(
            lambda connection: take(
                connection, webhook_id, self.now(), most=MOST_AT_ONCE, lease_s=self._lease_s
            )
        )
        if batch is None:
            return
        outcomes = anyio.run(self._send, batch)
        chances = [self.chance() for _ in outcomes]
        self.database.write(
            lambda connection: self._note(connection, batch, outcomes, chances, self.now())
        )

    @property
    def _lease_s(self) -> float:
        return SENDING_S + self.poster.timeout_s + WRITING_S

    async def _send(self, batch: Batch) -> list[Outcome]:
        """Send messages one after the other; fewer outcomes than messages where it stopped."""
        try:
            target = read_target(batch.webhook.url)
        except RefusedAddressError as error:
            return [Outcome(status=None, error=error.en) for _ in batch.calls]
        outcomes: list[Outcome] = []
        until_s = time.monotonic() + SENDING_S
        async with self.poster.connections(
            target, is_inside=batch.webhook.is_inside
        ) as connections:
            for call in batch.calls:
                now = self.now()
                ends_at = now + timedelta(seconds=self.poster.timeout_s)
                # a process that stood still meanwhile must not send what others have taken
                if time.monotonic() >= until_s or ends_at >= call.leased_until:
                    break
                body = body_of(call)
                headers = signed_headers(
                    call.event_id, body, signed_by=batch.webhook.signed_by(now), now=now
                )
                outcome = await self.poster.post(connections, target, body, headers)
                outcomes.append(outcome)
                if outcome.status is None or outcome.is_gone:
                    break
        return outcomes

    @staticmethod
    def _note(
        connection: Connection,
        batch: Batch,
        outcomes: Sequence[Outcome],
        chances: Sequence[float],
        now: datetime,
    ) -> None:
        """Write down what came of what was sent, and give back the rest."""
        webhook_id = batch.webhook.webhook_id
        for call, outcome, chance in zip(batch.calls, outcomes, chances, strict=False):
            note(connection, call, outcome, webhook_id, now, chance=chance)
        give_back(connection, batch.calls[len(outcomes) :])
        if outcomes and outcomes[-1].status is None:
            put_off(connection, webhook_id, now)


def body_of(call: Call) -> str:
    """Return what is sent of an event: the same text however often it is sent."""
    data = dict(call.data) | ({"district": call.district} if call.district else {})
    return json.dumps(
        {"type": call.kind, "timestamp": call.happened_at.isoformat(), "data": data},
        ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False,
    )  # fmt: skip
