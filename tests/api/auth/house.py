"""A house of people and systems for tests, and a clock that stands until it is moved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from api.auth.accounts import Account, add_account
from api.auth.identity import Identity
from api.auth.keys import Key, make_key
from api.auth.sessions import Session, log_in
from api.database.tables import audit

NOW = datetime(2026, 6, 1, 9, 30, tzinfo=UTC)
PASSWORD = "correct horse battery"  # noqa: S105
EVERYWHERE = ("*",)
# hashes quickly: the tests log in hundreds of times
QUICK = PasswordHash((Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1),))


@dataclass
class StoppedClock:
    """A clock that stands until it is moved."""

    now: datetime = NOW

    def move(self, **by: float) -> None:
        self.now += timedelta(**by)


@dataclass(frozen=True)
class House:
    """Adds whom a test needs."""

    identity: Identity

    def person(
        self,
        name: str = "wang",
        *,
        role: str = "planner",
        districts: Sequence[str] = EVERYWHERE,
        password: str | None = PASSWORD,
    ) -> Account:
        hashed = None if password is None else self.identity.passwords.hash(password)
        return self.identity.database.write(
            lambda c: add_account(
                c, name=name, password_hash=hashed, role=role, districts=districts,
                actor="admin", now=NOW,
            )
        )  # fmt: skip

    def key(
        self,
        name: str = "marketing",
        *,
        scopes: Sequence[str] = ("plan.make",),
        districts: Sequence[str] = EVERYWHERE,
    ) -> tuple[Key, str]:
        return self.identity.database.write(
            lambda c: make_key(
                c, name=name, scopes=scopes, districts=districts, days=30, actor="admin", now=NOW
            )
        )

    def log_in(self, name: str = "wang", password: str = PASSWORD, now: datetime = NOW) -> Session:
        identity = self.identity
        return log_in(
            identity.database, identity.passwords, identity.settings,
            name=name, password=password, now=now,
        )  # fmt: skip

    def deeds(self) -> list[tuple[str, str]]:
        """Return who did what, in order."""
        return [
            (row.actor, row.action)
            for row in self.identity.database.read(
                lambda c: c.execute(sa.select(audit).order_by(audit.c.number)).all()
            )
        ]

    def all_that_is_kept(self) -> str:
        """Return every row of every table as one text."""
        from api.database.tables import METADATA

        return "\n".join(
            str(tuple(row))
            for table in METADATA.sorted_tables
            for row in self.identity.database.read(
                lambda c, table=table: c.execute(sa.select(table)).all()
            )
        )


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}
