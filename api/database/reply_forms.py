"""Reply forms: kept as they were made, in Word and as PDF.

The customer's name can be taken out of both; the proof stays.
"""

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
    "FormFiles",
    "NoPdfError",
    "StoredForm",
    "UnknownFormError",
    "add_form",
    "erase_form",
    "find_form",
    "read_form",
    "read_pdf",
]

# What a form is without what is written on it.
_FACTS = [column for column in reply_forms.c if column.name not in ("form", "pdf")]


class UnknownFormError(SupplyPlanError):
    """No reply form was made for an application."""

    def __init__(self, application_id: str) -> None:
        super().__init__(
            f"no reply form was made for application {application_id} / "
            f"申请 {application_id} 尚无答复单"
        )


class NoPdfError(UnknownFormError):
    """A reply form was made before forms were kept as PDF."""

    def __init__(self, application_id: str) -> None:
        SupplyPlanError.__init__(
            self,
            f"the reply form of application {application_id} was made in Word alone; ask for "
            f"format=docx / 申请 {application_id} 的答复单只有 Word 文件，请用 format=docx",
        )


class ErasedFormError(SupplyPlanError):
    """What was written on a reply form was erased."""

    def __init__(self, application_id: str) -> None:
        super().__init__(
            f"the reply form of application {application_id} was erased; its hash is still kept / "
            f"申请 {application_id} 的答复单内容已删除，仅存其哈希值"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class FormFiles:
    """One reply form as it is handed out.

    Parameters
    ----------
    docx, pdf
        The same form in Word and as PDF.
    page_count
        Of the PDF.
    """

    docx: bytes
    pdf: bytes
    page_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredForm:
    """A reply form without what is written on it.

    Parameters
    ----------
    valid_until
        Moment from which it holds no more.
    form_hash, pdf_hash
        SHA-256 of the form in Word, and of the PDF; None: it was made in Word alone.
    page_count
        Of the PDF; None: there is none.
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
    pdf_hash: str | None
    page_count: int | None
    made_by: str
    made_at: datetime
    erased_at: datetime | None


def add_form(
    connection: Connection,
    hold: Hold,
    form: FormFiles,
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
            signed_on=signed_on, valid_until=valid_until,
            form=form.docx, form_hash=_hash(form.docx), pdf=form.pdf, pdf_hash=_hash(form.pdf),
            page_count=form.page_count, made_by=actor, made_at=now,
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
    """Return the last reply form itself, in Word.

    Raises
    ------
    UnknownFormError
        If there is none.
    ErasedFormError
        If it was erased.
    """
    kept = find_form(connection, application_id)
    return _read(connection, kept, reply_forms.c.form)


def read_pdf(connection: Connection, application_id: str) -> bytes:
    """Return the last reply form itself, as PDF.

    Raises
    ------
    UnknownFormError
        If there is none.
    NoPdfError
        If it was made in Word alone.
    ErasedFormError
        If it was erased.
    """
    kept = find_form(connection, application_id)
    if kept.pdf_hash is None:
        raise NoPdfError(application_id)
    return _read(connection, kept, reply_forms.c.pdf)


def erase_form(connection: Connection, application_id: str, now: datetime) -> int:
    """Take out what is written on every form of an application; how many there were."""
    return connection.execute(
        sa.update(reply_forms)
        .where(reply_forms.c.application_id == application_id, reply_forms.c.form.is_not(None))
        .values(form=None, pdf=None, erased_at=now)
    ).rowcount


def _read(connection: Connection, kept: StoredForm, column: sa.Column[Any]) -> bytes:
    content: bytes | None = connection.execute(
        sa.select(column).where(reply_forms.c.number == kept.number)
    ).scalar_one()
    if content is None:
        raise ErasedFormError(kept.application_id)
    return content


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _last(query: sa.Select[Any], application_id: str) -> sa.Select[Any]:
    return (
        query.where(reply_forms.c.application_id == application_id)
        .order_by(reply_forms.c.number.desc())
        .limit(1)
    )
