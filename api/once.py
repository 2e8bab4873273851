"""Once: an act with an idempotency key happens once, however often it is asked for."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import Depends, Header, Request
from sqlalchemy.engine import Connection

from api.auth.dependency import Authenticated, ThisIdentity
from api.database import Database
from api.database.answered import (
    Answered,
    find_answer,
    forget_before,
    keep_answer,
    request_hash,
)
from api.dependencies import Now

__all__ = ["Once", "ThisOnce"]

_Key = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=200,
        description="The same key with the same request gets the same answer, also after a crash.",
    ),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Once:
    """One request that changes something, and whether it was answered before.

    Parameters
    ----------
    caller
        Who asks: keys of different callers are different keys.
    key
        None: nothing is kept, and a second request is a second act.
    hashed
        Tells this request from any other.
    kept_for
        How long answers are kept.
    application_id
        Of the address; what is erased of it is taken out of its answers as well.
    """

    database: Database
    caller: str
    key: str | None
    hashed: str
    now: datetime
    kept_for: timedelta
    application_id: str | None = None

    def kept(self) -> Any | None:
        """Return the answer that was given before; None if none was.

        Raises
        ------
        KeyReusedError
            If the key was used for another request.
        """
        return self.database.read(self._find)

    def do(self, act: Callable[[Connection], Any], *, status: int = 201) -> Any:
        """Do something in one transaction and keep its answer in it, or return the one kept.

        Parameters
        ----------
        act
            Returns the answer as JSON has it.

        Raises
        ------
        KeyReusedError
            If the key was used for another request.
        """

        def act_or_repeat(connection: Connection) -> Any:
            answer = self._find(connection)
            if answer is None:
                answer = act(connection)
                if self.key is not None:
                    forget_before(connection, self.now - self.kept_for)
                    given = Answered(status=status, answer=answer)
                    keep_answer(
                        connection, self.caller, self.key, self.hashed, given, self.now,
                        application_id=self.application_id,
                    )  # fmt: skip
            return answer

        return self.database.write(act_or_repeat)

    def _find(self, connection: Connection) -> Any | None:
        if self.key is None:
            return None
        given = find_answer(connection, self.caller, self.key, self.hashed)
        return given.answer if given else None


async def get_once(
    request: Request, caller: Authenticated, identity: ThisIdentity, now: Now, key: _Key = None
) -> Once:
    """Return the request as one that happens once."""
    body = await request.body()
    place = request.url.path
    if request.url.query:
        place += f"?{request.url.query}"
    if request.headers.get("content-type", "").startswith("image/"):
        # a picture is no JSON, and large: its own hash stands for it
        body = f'"{hashlib.sha256(body).hexdigest()}"'.encode()
    try:
        hashed = request_hash(request.method, place, json.loads(body) if body else None)
    except (ValueError, RecursionError):
        # no JSON, or no number: the route reads it in another way, or refuses it
        hashed = request_hash(request.method, place, body.hex())
    return Once(
        database=identity.database, caller=caller.name, key=key, now=now,
        kept_for=timedelta(days=identity.settings.answer_days),
        hashed=hashed, application_id=request.path_params.get("application_id"),
    )  # fmt: skip


ThisOnce = Annotated[Once, Depends(get_once)]
