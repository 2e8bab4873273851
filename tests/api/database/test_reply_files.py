"""The files of a reply form: both kept as they were made, with who signed, and erased together."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from api.database.reply_forms import (
    ErasedFormError,
    FormFiles,
    NoPdfError,
    UnknownFormError,
    erase_form,
    find_form,
    read_form,
    read_pdf,
)
from api.database.tables import audit, reply_forms
from api.ledger.replies import CLOCK_LEEWAY, Signing
from grid_models.errors import InputError
from tests.api.database.ring_ledger import BY, FILES, NOW, SIGNED_ON, Desk, confirm, state_of

FORM = {"signed_on": SIGNED_ON, "make_form": lambda *_: FILES}


def ask(desk: Desk, find: Any) -> Any:
    return desk.database.read(lambda connection: find(connection, "app-1"))


def test_both_files_are_kept_as_they_were_made(held: Desk) -> None:
    files = FormFiles(docx=bytes(range(256)), pdf=bytes(range(255, -1, -1)), page_count=3)
    confirm(held, "app-1")
    kept = held.reply("app-1", signed_on=SIGNED_ON, make_form=lambda *_: files, **BY)

    assert (ask(held, read_form), ask(held, read_pdf)) == (files.docx, files.pdf)
    assert (kept.form_hash, kept.pdf_hash, kept.page_count) == (
        hashlib.sha256(files.docx).hexdigest(), hashlib.sha256(files.pdf).hexdigest(), 3,
    )  # fmt: skip


def test_both_are_erased_and_their_hashes_stay(replied: Desk) -> None:
    before = ask(replied, find_form)
    assert replied.database.write(lambda c: erase_form(c, "app-1", NOW)) == 1

    for read in (read_form, read_pdf):
        with pytest.raises(ErasedFormError):
            ask(replied, read)
    after = ask(replied, find_form)
    assert (after.form_hash, after.pdf_hash) == (before.form_hash, before.pdf_hash)
    assert after.erased_at == NOW


def test_of_a_form_made_in_word_alone_that_is_what_there_is(replied: Desk) -> None:
    alone = {"pdf": None, "pdf_hash": None, "page_count": None}
    replied.database.write(lambda c: c.execute(sa.update(reply_forms).values(alone)))

    assert ask(replied, read_form) == FILES.docx
    with pytest.raises(NoPdfError, match="made in Word alone"):
        ask(replied, read_pdf)


def test_where_there_is_no_form_there_is_no_file(held: Desk) -> None:
    for read in (read_form, read_pdf):
        with pytest.raises(UnknownFormError):
            ask(held, read)


def test_who_signed_is_written_down_by_role_and_for_the_company_by_name(held: Desk) -> None:
    confirm(held, "app-1")
    customer = Signing(role="customer", signed_at=NOW)
    company = Signing(role="company", signed_at=NOW, name="wang")
    held.reply("app-1", signings=[customer, company], **FORM, **BY)

    query = sa.select(audit.c.details).where(audit.c.action == "reply.make")
    details = json.loads(held.database.read(lambda c: c.execute(query).scalar_one()))
    assert details["signed"] == [
        {"role": "customer", "at": "2026-06-01T09:30:00+00:00"},
        {"role": "company", "at": "2026-06-01T09:30:00+00:00", "name": "wang"},
    ]


LATER = NOW + timedelta(hours=2)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize("at", [NOW - CLOCK_LEEWAY - SECOND, LATER + CLOCK_LEEWAY + SECOND])
def test_it_was_signed_neither_before_the_hold_nor_after_now(held: Desk, at: datetime) -> None:
    confirm(held, "app-1")
    with pytest.raises(InputError, match="look at the clock of the device"):
        held.reply(
            "app-1", signings=[Signing(role="company", signed_at=at)], actor="wang", now=LATER,
            **FORM,
        )  # fmt: skip

    assert state_of(held, "app-1") == "held"


@pytest.mark.parametrize("at", [NOW - CLOCK_LEEWAY, LATER + CLOCK_LEEWAY])
def test_a_clock_may_be_some_minutes_wrong(held: Desk, at: datetime) -> None:
    confirm(held, "app-1")
    held.reply(
        "app-1", signings=[Signing(role="company", signed_at=at)], actor="wang", now=LATER, **FORM
    )

    assert state_of(held, "app-1") == "replied"


def test_where_a_signature_is_refused_no_form_is_made(held: Desk) -> None:
    made: list[int] = []
    confirm(held, "app-1")
    with pytest.raises(InputError):
        held.reply(
            "app-1", signed_on=SIGNED_ON, make_form=lambda *_: made.append(1) or FILES,
            signings=[Signing(role="customer", signed_at=NOW + timedelta(days=1))], **BY,
        )  # fmt: skip

    assert made == []
    with pytest.raises(UnknownFormError):
        ask(held, find_form)
