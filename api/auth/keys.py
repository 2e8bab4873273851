"""Keys: how another system asks; made, found, given another secret, revoked."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

from api.auth.caller import INTEGRATOR, PERMISSIONS, Caller
from api.auth.deeds import write_down
from api.auth.errors import (
    NameTakenError,
    NotAuthenticatedError,
    RevokedKeyError,
    UnknownKeyError,
)
from api.auth.names import (
    find_choice_problems,
    find_district_problems,
    find_name_problems,
    read_districts,
    refuse,
    same_name,
)
from api.auth.reach import list_within, reaches_no_further
from api.database.tables import keys
from api.webhooks.webhooks import deactivate_beyond
from grid_models.errors import InputError, InputProblem

__all__ = [
    "LONGEST_OVERLAP",
    "PREFIX",
    "SCOPES",
    "Key",
    "find_key",
    "find_key_of",
    "list_keys",
    "make_key",
    "note_use",
    "revoke_key",
    "rotate_key",
]

PREFIX = "spk_"
"""What every key begins with: ``spk_<id>_<secret>``."""
SCOPES = tuple(sorted(PERMISSIONS[INTEGRATOR]))
"""What a key may be allowed."""
LONGEST_OVERLAP = timedelta(days=7)
"""So long at most the secret before is good beside the new one."""
_ID_BYTES = 8
_SECRET_BYTES = 32
_FORM = re.compile(rf"{PREFIX}([0-9a-f]{{{2 * _ID_BYTES}}})_([A-Za-z0-9_-]{{20,80}})", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One system's key.

    Parameters
    ----------
    previous_until
        Until when the secret before is good too; None: there is none.
    scopes
        What it may do.
    districts
        Where; None: everywhere, empty: nowhere.
    last_used_on
        Day it was last used; None: never.
    """

    number: int
    key_id: str
    name: str
    secret_hash: str
    previous_secret_hash: str | None
    previous_until: datetime | None
    role: str
    scopes: tuple[str, ...]
    districts: tuple[str, ...] | None
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    last_used_on: date | None

    def __repr__(self) -> str:
        """Return id and name: a hash belongs in no log."""
        return f"Key({self.key_id}, {self.name})"

    @property
    def caller(self) -> Caller:
        """The system as one who asks."""
        return Caller(
            name=f"key:{self.name}", role=self.role, districts=self.districts,
            scopes=frozenset(self.scopes),
        )  # fmt: skip


def make_key(
    connection: Connection,
    *,
    name: str,
    scopes: Sequence[str],
    districts: Sequence[str],
    days: int,
    actor: str,
    now: datetime,
) -> tuple[Key, str]:
    """Keep a new key.

    Parameters
    ----------
    days
        How long it is good.

    Returns
    -------
    key
        As it is kept.
    text
        What its holder sends; only its hash is kept, so it cannot be given again.

    Raises
    ------
    InputError
        With all that is wrong.
    NameTakenError
        If another key has the name, also one that was revoked: the audit tells keys by name.
    """
    kept_name = same_name(name)
    refuse([
        *find_name_problems(kept_name), *_find_scope_problems(scopes),
        *find_district_problems(districts),
    ])  # fmt: skip
    if _select(connection, keys.c.name == kept_name) is not None:
        raise NameTakenError(kept_name)
    key_id, secret = secrets.token_hex(_ID_BYTES), secrets.token_urlsafe(_SECRET_BYTES)
    expires_at = now + timedelta(days=days)
    connection.execute(
        sa.insert(keys).values(
            key_id=key_id,
            name=kept_name,
            secret_hash=_hash(secret),
            role=INTEGRATOR,
            scopes=list(scopes),
            districts=list(districts),
            created_at=now,
            expires_at=expires_at,
        )
    )
    write_down(
        connection, key_id, "key.add", actor, now, name=kept_name, scopes=list(scopes),
        districts=list(districts), expires_at=expires_at.isoformat(),
    )  # fmt: skip
    return find_key(connection, key_id), _text(key_id, secret)


def find_key(connection: Connection, key_id: str, *, within: Sequence[str] | None = None) -> Key:
    """Return a key.

    Parameters
    ----------
    within
        Districts of the caller, who sees keys that reach no further; None: all of them.

    Raises
    ------
    UnknownKeyError
        If there is none, or it is not the caller's to see.
    """
    found = _select(connection, keys.c.key_id == key_id)
    if found is None or not reaches_no_further(found.districts, within):
        raise UnknownKeyError(key_id)
    return found


def find_key_of(connection: Connection, text: str, now: datetime) -> Key:
    """Return the key somebody sent.

    Raises
    ------
    NotAuthenticatedError
        If it is none, its secret is wrong, it has expired or was revoked.
    """
    match = _FORM.fullmatch(text)
    key = _select(connection, keys.c.key_id == match[1]) if match else None
    if match is None or key is None:
        raise NotAuthenticatedError
    sent = _hash(match[2])
    is_present = hmac.compare_digest(sent, key.secret_hash)
    is_previous = hmac.compare_digest(sent, key.previous_secret_hash or "")
    overlaps = key.previous_until is not None and now < key.previous_until
    is_good = is_present or (is_previous and overlaps)
    if not is_good or key.revoked_at is not None or now >= key.expires_at:
        raise NotAuthenticatedError
    return key


def list_keys(
    connection: Connection, *, within: Sequence[str] | None = None, after: int = 0, most: int = 50
) -> list[Key]:
    """Return keys in the order they were made, revoked ones too.

    Parameters
    ----------
    within
        As in `find_key`.
    after
        Number of the last one of the page before.
    """
    query = sa.select(keys).where(keys.c.number > after).order_by(keys.c.number)
    return list_within(connection, query, _key, within=within, most=most)


def rotate_key(
    connection: Connection,
    key: Key,
    *,
    previous_until: datetime | None = None,
    days: int,
    actor: str,
    now: datetime,
) -> tuple[Key, str]:
    """Give a key another secret and a new term.

    Parameters
    ----------
    previous_until
        Until when the present secret stays good beside the new one, and never longer than it would
        have been; None: it ends at once.
    days
        How long the new one is good.

    Returns
    -------
    key, text
        As `make_key` gives them.

    Raises
    ------
    InputError
        If the present secret would stay good for more than `LONGEST_OVERLAP`.
    RevokedKeyError
        If the key was revoked.
    """
    present = find_key(connection, key.key_id)
    if present.revoked_at is not None:
        raise RevokedKeyError(key.key_id)
    until = previous_until or now
    if not now <= until <= now + LONGEST_OVERLAP:
        raise InputError([_overlap_problem(now)])
    until = min(until, present.expires_at)
    secret = secrets.token_urlsafe(_SECRET_BYTES)
    expires_at = now + timedelta(days=days)
    connection.execute(
        sa.update(keys)
        .where(keys.c.key_id == key.key_id)
        .values(
            secret_hash=_hash(secret),
            previous_secret_hash=present.secret_hash,
            previous_until=until,
            expires_at=expires_at,
        )
    )
    write_down(
        connection, key.key_id, "key.rotate", actor, now,
        previous_until=until.isoformat(), expires_at=expires_at.isoformat(),
    )  # fmt: skip
    return find_key(connection, key.key_id), _text(key.key_id, secret)


def revoke_key(connection: Connection, key: Key, *, actor: str, now: datetime) -> Key:
    """End a key at once and for good, and the webhooks it made; done twice, it changes nothing."""
    present = find_key(connection, key.key_id)
    if present.revoked_at is None:
        connection.execute(
            sa.update(keys).where(keys.c.key_id == key.key_id).values(revoked_at=now)
        )
        write_down(connection, key.key_id, "key.revoke", actor, now)
        nobody = replace(present.caller, scopes=frozenset())
        deactivate_beyond(connection, nobody, actor=actor, now=now)
    return find_key(connection, key.key_id)


def note_use(connection: Connection, key: Key, day: date) -> None:
    """Note the day a key was used."""
    connection.execute(sa.update(keys).where(keys.c.key_id == key.key_id).values(last_used_on=day))


def _find_scope_problems(scopes: Sequence[str]) -> list[InputProblem]:
    problems = find_choice_problems("scopes", scopes, SCOPES)
    if not scopes or len(set(scopes)) < len(scopes):
        problems.append(
            InputProblem(
                field="scopes",
                zh=f"scopes 应给出至少一项且互不相同：{'、'.join(SCOPES)}",
                en=f"scopes must name at least one, none twice: {', '.join(SCOPES)}",
            )
        )
    return problems


def _overlap_problem(now: datetime) -> InputProblem:
    last = (now + LONGEST_OVERLAP).isoformat(timespec="seconds")
    return InputProblem(
        field="previous_until",
        zh=f"previous_until 应不早于现在、不晚于 {last}（至多 {LONGEST_OVERLAP.days} 天）",
        en=f"previous_until must not lie in the past, nor after {last} "
        f"({LONGEST_OVERLAP.days} days at most)",
    )


def _select(connection: Connection, condition: sa.ColumnElement[bool]) -> Key | None:
    row = connection.execute(sa.select(keys).where(condition)).mappings().one_or_none()
    return None if row is None else _key(row)


def _key(row: RowMapping) -> Key:
    return Key(
        **{**row, "scopes": tuple(row["scopes"]), "districts": read_districts(row["districts"])}
    )


def _text(key_id: str, secret: str) -> str:
    return f"{PREFIX}{key_id}_{secret}"


def _hash(secret: str) -> str:
    # of 256 random bits, which nobody guesses: a slow hash would add nothing
    return hashlib.sha256(secret.encode()).hexdigest()
