"""Sessions: a login gives a token, which is good until it expires or is ended.

Every attempt counts as failed before the password is compared and is forgiven when it was right:
so no number of attempts at once gets around the limit.
"""

from __future__ import annotations

import hashlib
import math
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from api.auth.accounts import Account, find_account_named
from api.auth.deeds import write_down
from api.auth.errors import (
    NotAuthenticatedError,
    TooManyAttemptsError,
    UnknownSessionError,
    WrongCredentialsError,
)
from api.auth.names import read_districts, same_name
from api.auth.passwords import Passwords
from api.database import Database
from api.database.tables import accounts, login_failures, sessions
from api.settings import Settings

__all__ = [
    "PREFIX",
    "Session",
    "find_account_of",
    "find_end_of",
    "log_in",
    "log_out",
    "with_password",
]

T = TypeVar("T")

PREFIX = "sps_"
"""What the token of every session begins with."""
_RANDOM_BYTES = 32
_NOBODY = "nobody"


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A login that was made; its token is given once."""

    token: str
    expires_at: datetime
    account: Account

    def __repr__(self) -> str:
        """Return whose it is: a token belongs in no log."""
        return f"Session({self.account.name}, until {self.expires_at})"


def log_in(
    database: Database, passwords: Passwords, settings: Settings,
    *, name: str, password: str, now: datetime,
) -> Session:  # fmt: skip
    """Log somebody in.

    Raises
    ------
    WrongCredentialsError
        If name or password is wrong, or the account is not active: the same answer to all.
    TooManyAttemptsError
        If too many logins of this name failed lately.
    """
    token = PREFIX + secrets.token_urlsafe(_RANDOM_BYTES)
    expires_at = now + timedelta(hours=settings.session_hours)

    def begin(connection: Connection, account: Account) -> Session:
        connection.execute(sa.delete(sessions).where(sessions.c.expires_at <= now))
        connection.execute(
            sa.insert(sessions).values(
                token_hash=_hash(token),
                account_id=account.account_id,
                created_at=now,
                expires_at=expires_at,
            )
        )
        write_down(connection, account.account_id, "session.begin", account.name, now)
        return Session(token=token, expires_at=expires_at, account=account)

    return with_password(
        database, passwords, settings, name=name, password=password, now=now, then=begin
    )


def with_password(
    database: Database, passwords: Passwords, settings: Settings,
    *, name: str, password: str, now: datetime, then: Callable[[Connection, Account], T],
) -> T:  # fmt: skip
    """Do something that takes the right password.

    Parameters
    ----------
    then
        What is done, in the transaction that finds the account still as the password was compared
        with it.

    Raises
    ------
    WrongCredentialsError
        If name or password is wrong, or the account is not active.
    TooManyAttemptsError
        If too many attempts with this name failed lately.
    """
    name_hash = _hash(same_name(name))
    account = database.write(
        lambda connection: _attempt(connection, settings, name, name_hash, now)
    )
    is_right, newer = passwords.check(password, account.password_hash if account else None)

    def settle(connection: Connection) -> tuple[T] | None:
        present = find_account_named(connection, name)
        if account is None or not is_right or present != account or not present.is_active:
            who = (_NOBODY, _NOBODY) if account is None else (account.name, account.account_id)
            write_down(connection, who[1], "session.refuse", who[0], now)
            return None
        connection.execute(sa.delete(login_failures).where(login_failures.c.name_hash == name_hash))
        if newer is not None:
            connection.execute(
                sa.update(accounts)
                .where(accounts.c.account_id == account.account_id)
                .values(password_hash=newer)
            )
        return (then(connection, account),)

    done = database.write(settle)
    if done is None:
        raise WrongCredentialsError
    return done[0]


def find_account_of(connection: Connection, token: str, now: datetime) -> Account:
    """Return whose a token is.

    Raises
    ------
    NotAuthenticatedError
        If it is none, has expired or was ended, or its account is no longer active.
    """
    row = connection.execute(
        sa.select(accounts)
        .join(sessions, sessions.c.account_id == accounts.c.account_id)
        .where(
            sessions.c.token_hash == _hash(token),
            sessions.c.ended_at.is_(None),
            sessions.c.expires_at > now,
            accounts.c.is_active,
        )
    )
    found = row.mappings().one_or_none()
    if found is None:
        raise NotAuthenticatedError
    return Account(**{**found, "districts": read_districts(found["districts"])})


def find_end_of(connection: Connection, token: str) -> datetime | None:
    """Return the moment a session expires; None if there is no such session."""
    found: datetime | None = connection.execute(
        sa.select(sessions.c.expires_at).where(sessions.c.token_hash == _hash(token))
    ).scalar_one_or_none()
    return found


def log_out(connection: Connection, token: str, *, actor: str, now: datetime) -> None:
    """End the session of a token.

    Raises
    ------
    UnknownSessionError
        If it is no session's.
    """
    present = sa.select(sessions.c.account_id).where(
        sessions.c.token_hash == _hash(token), sessions.c.ended_at.is_(None)
    )
    account_id = connection.execute(present).scalar_one_or_none()
    if account_id is None:
        raise UnknownSessionError
    connection.execute(
        sa.update(sessions).where(sessions.c.token_hash == _hash(token)).values(ended_at=now)
    )
    write_down(connection, account_id, "session.end", actor, now)


def _attempt(
    connection: Connection, settings: Settings, name: str, name_hash: str, now: datetime
) -> Account | None:
    """Count an attempt, if one more is allowed, and return whose name it is."""
    window = timedelta(minutes=settings.login_window_minutes)
    connection.execute(sa.delete(login_failures).where(login_failures.c.at <= now - window))
    lately = connection.execute(
        sa.select(login_failures.c.at)
        .where(login_failures.c.name_hash == name_hash)
        .order_by(login_failures.c.at.desc())
        .limit(settings.login_failures)
    ).scalars()
    moments = list(lately)
    if len(moments) == settings.login_failures:
        raise TooManyAttemptsError(math.ceil((moments[-1] + window - now).total_seconds()))
    connection.execute(sa.insert(login_failures).values(name_hash=name_hash, at=now))
    return find_account_named(connection, name)


def _hash(text: str) -> str:
    # of random tokens, and of names that are forgotten within minutes; never of a password
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()
