"""Reply forms: kept as they were made; the customer's name can be taken out, the proof stays."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from api.database.holds import Hold
from api.database.tables import reply_forms
from grid_models.errors import SupplyPlanError

__all__ = [
    "ErasedFormError",
    "StoredForm",
    "UnknownFormError",
    "add_form",
    "erase_form",
    "find_form",
    "read_form",
]

# What a form is without what is written on it.
_FACTS = [column for column in reply_forms.c if column.name != "form"]


class UnknownFormError(SupplyPlanError):
    """No reply form was made for an application."""

    def __init__(self, application_id: str) -> None:
        super().__init__(
            f"no reply form was made for application {application_id} / "
            f"申请 {application_id} 尚无答复单"
        )


class ErasedFormError(SupplyPlanError):
    """What was written on a reply form was erased."""

    def __init__(self, application_id: str) -> None:
        super().__init__(
            f"the reply form of application {application_id} was erased; its hash is still kept / "
            f"申请 {application_id} 的答复单内容已删除，仅存其哈希值"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredForm:
    """A reply form without what is written on it.

    Parameters
    ----------
    valid_until
        Moment from which it holds no more.
    form_hash
        SHA-256 of the document.
    """

    number: int
    application_id: str
    hold_id: str
    plan_version: int
    option_rank: int
    plan_id: str
    signed_on: date
    valid_until: datetime
    form_hash: str
    made_by: str
    made_at: datetime
    erased_at: datetime | None


def add_form(
    connection: Connection,
    hold: Hold,
    form: bytes,
    *,
    plan_id: str,
    signed_on: date,
    valid_until: datetime,
    actor: str,
    now: datetime,
) -> StoredForm:
    """Keep a reply form with the hold it rests on.

    Raises
    ------
    sqlalchemy.exc.IntegrityError
        If the hold has one already.
    """
    connection.execute(
        sa.insert(reply_forms).values(
            application_id=hold.application_id, hold_id=hold.hold_id,
            plan_version=hold.plan_version, option_rank=hold.option_rank, plan_id=plan_id,
            signed_on=signed_on, valid_until=valid_until, form=form,
            form_hash=hashlib.sha256(form).hexdigest(), made_by=actor, made_at=now,
        )
    )  # fmt: skip
    return find_form(connection, hold.application_id)


def find_form(connection: Connection, application_id: str) -> StoredForm:
    """Return the last reply form of an application.

    Raises
    ------
    UnknownFormError
        If there is none.
    """
    row = connection.execute(_last(sa.select(*_FACTS), application_id)).mappings().one_or_none()
    if row is None:
        raise UnknownFormError(application_id)
    return StoredForm(**row)


def read_form(connection: Connection, application_id: str) -> bytes:
    """Return the last reply form itself.

    Raises
    ------
    UnknownFormError
        If there is none.
    ErasedFormError
        If it was erased.
    """
    find_form(connection, application_id)
    form: bytes | None = connection.execute(
        _last(sa.select(reply_forms.c.form), application_id)
    ).scalar_one()
    if form is None:
        raise ErasedFormError(application_id)
    return form


def erase_form(connection: Connection, application_id: str, now: datetime) -> int:
    """Take out what is written on every form of an application; how many there were."""
    return connection.execute(
        sa.update(reply_forms)
        .where(reply_forms.c.application_id == application_id, reply_forms.c.form.is_not(None))
        .values(form=None, erased_at=now)
    ).rowcount


def _last(query: sa.Select[Any], application_id: str) -> sa.Select[Any]:
    return (
        query.where(reply_forms.c.application_id == application_id)
        .order_by(reply_forms.c.number.desc())
        .limit(1)
    )
