"""Accounts: people who may log in; added, found, changed, each change written down."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

from api.auth.caller import PEOPLE, Caller
from api.auth.deeds import write_down
from api.auth.errors import NameTakenError, UnknownAccountError
from api.auth.names import (
    find_choice_problems,
    find_district_problems,
    find_name_problems,
    read_districts,
    refuse,
    same_name,
)
from api.auth.passwords import Passwords, find_password_problems
from api.auth.reach import list_within, reaches_no_further
from api.database.tables import accounts, sessions
from api.webhooks.webhooks import deactivate_beyond
from grid_models.errors import InputProblem

__all__ = [
    "Account",
    "add_account",
    "change_account",
    "find_account",
    "find_account_named",
    "find_account_problems",
    "hash_new_password",
    "list_accounts",
    "set_password",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One person's account.

    Parameters
    ----------
    districts
        Where they may act; None: everywhere, empty: nowhere.
    """

    number: int
    account_id: str
    name: str
    password_hash: str | None
    role: str
    districts: tuple[str, ...] | None
    is_active: bool
    created_at: datetime
    changed_at: datetime

    def __repr__(self) -> str:
        """Return id and name: a hash belongs in no log."""
        return f"Account({self.account_id}, {self.name})"

    @property
    def caller(self) -> Caller:
        """The person as one who asks."""
        return Caller(name=self.name, role=self.role, districts=self.districts)


def find_account_problems(name: str, role: str, districts: Sequence[str]) -> list[InputProblem]:
    """Return what is wrong with a new account, its password apart."""
    return [
        *find_name_problems(same_name(name)),
        *find_choice_problems("role", [role], PEOPLE),
        *find_district_problems(districts),
    ]


def add_account(
    connection: Connection,
    *,
    name: str,
    password_hash: str | None,
    role: str,
    districts: Sequence[str],
    actor: str,
    now: datetime,
) -> Account:
    """Keep a new account.

    Parameters
    ----------
    password_hash
        As `hash_new_password` makes it; None: nobody can log in with one yet.

    Raises
    ------
    InputError
        With all that is wrong.
    NameTakenError
        If somebody has the name.
    """
    kept_name = same_name(name)
    refuse(find_account_problems(name, role, districts))
    if _select(connection, accounts.c.name == kept_name) is not None:
        raise NameTakenError(kept_name)
    account_id = f"account-{uuid.uuid4().hex}"
    connection.execute(
        sa.insert(accounts).values(
            account_id=account_id,
            name=kept_name,
            password_hash=password_hash,
            role=role,
            districts=list(districts),
            is_active=True,
            created_at=now,
            changed_at=now,
        )
    )
    write_down(
        connection, account_id, "account.add", actor, now,
        name=kept_name, role=role, districts=list(districts),
    )  # fmt: skip
    return find_account(connection, account_id)


def hash_new_password(passwords: Passwords, password: str, name: str) -> str:
    """Return what is kept of a new password; outside a transaction, since it takes its time.

    Raises
    ------
    InputError
        If it is not good enough.
    """
    refuse(find_password_problems(password, name))
    return passwords.hash(password)


def find_account(
    connection: Connection, account_id: str, *, within: Sequence[str] | None = None
) -> Account:
    """Return an account.

    Parameters
    ----------
    within
        Districts of the caller, who sees accounts that reach no further; None: all of them.

    Raises
    ------
    UnknownAccountError
        If there is none, or it is not the caller's to see.
    """
    found = _select(connection, accounts.c.account_id == account_id)
    if found is None or not reaches_no_further(found.districts, within):
        raise UnknownAccountError(account_id)
    return found


def find_account_named(connection: Connection, name: str) -> Account | None:
    """Return the account of a name; None if nobody has it."""
    kept_name = same_name(name)
    # what can be no name is not asked of the database, which may not even take it
    if find_name_problems(kept_name):
        return None
    return _select(connection, accounts.c.name == kept_name)


def list_accounts(
    connection: Connection, *, within: Sequence[str] | None = None, after: int = 0, most: int = 50
) -> list[Account]:
    """Return accounts in the order they were added.

    Parameters
    ----------
    within
        As in `find_account`.
    after
        Number of the last one of the page before.
    """
    query = sa.select(accounts).where(accounts.c.number > after).order_by(accounts.c.number)
    return list_within(connection, query, _account, within=within, most=most)


def change_account(
    connection: Connection,
    account: Account,
    *,
    role: str | None = None,
    districts: Sequence[str] | None = None,
    is_active: bool | None = None,
    actor: str,
    now: datetime,
) -> Account:
    """Change what is given; an account that is no longer active is logged out everywhere.

    Webhooks it made that it could not make any more are sent nothing from now on.

    Raises
    ------
    InputError
        With all that is wrong.
    """
    refuse([
        *find_choice_problems("role", [] if role is None else [role], PEOPLE),
        *find_district_problems(districts or []),
    ])  # fmt: skip
    given = {
        "role": role,
        "districts": None if districts is None else list(districts),
        "is_active": is_active,
    }
    values = {name: value for name, value in given.items() if value is not None}
    if not values:
        return account
    _update(connection, account, now, **values)
    if is_active is False:
        _end_sessions(connection, account, now)
    write_down(connection, account.account_id, "account.change", actor, now, **values)
    changed = find_account(connection, account.account_id)
    holder = changed.caller if changed.is_active else replace(changed.caller, scopes=frozenset())
    deactivate_beyond(connection, holder, actor=actor, now=now)
    return changed


def set_password(
    connection: Connection, account: Account, password_hash: str, *, actor: str, now: datetime
) -> Account:
    """Give an account another password; whoever is logged in has to do so again."""
    _update(connection, account, now, password_hash=password_hash)
    _end_sessions(connection, account, now)
    write_down(connection, account.account_id, "account.password", actor, now)
    return find_account(connection, account.account_id)


def _update(connection: Connection, account: Account, now: datetime, **values: Any) -> None:
    connection.execute(
        sa.update(accounts)
        .where(accounts.c.account_id == account.account_id)
        .values(changed_at=now, **values)
    )


def _end_sessions(connection: Connection, account: Account, now: datetime) -> None:
    connection.execute(
        sa.update(sessions)
        .where(sessions.c.account_id == account.account_id, sessions.c.ended_at.is_(None))
        .values(ended_at=now)
    )


def _select(connection: Connection, condition: sa.ColumnElement[bool]) -> Account | None:
    row = connection.execute(sa.select(accounts).where(condition)).mappings().one_or_none()
    return None if row is None else _account(row)


def _account(row: RowMapping) -> Account:
    return Account(**{**row, "districts": read_districts(row["districts"])})
