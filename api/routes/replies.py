"""Replies: the reply form, made only with a live hold and in the transaction that finds it."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query, Response
from sqlalchemy.engine import Connection

from api.auth.caller import Caller
from api.auth.dependency import ThisIdentity, allowed
from api.clock import day_of
from api.database.applications import StoredApplication
from api.database.audit import has_deed
from api.database.erasing import erase_personal
from api.database.holds import Hold
from api.database.plans import StoredPlan
from api.database.reply_forms import FormFiles, erase_form, find_form, read_form, read_pdf
from api.dependencies import Grids, Id, Now, refuse_repeated_fields
from api.desk_schemas import ReplyIn, ReplyOut, ReplyPreviewIn
from api.documents.paper import draw_page
from api.documents.reply_pdf import PREVIEW
from api.handed_out import PDF, PNG, hand_out
from api.ledger.promises import write_down
from api.ledger.replies import Ready, Validity, find_ready, reply
from api.once import ThisOnce
from api.outside import inside_only
from api.own import find_own, ledger_of
from api.refusals import NOT_ALLOWED, NOT_IN_ORDER, refusal
from api.reply_files import make_files
from api.seen import saw
from api.typed_reply import Typed

__all__ = ["router"]

router = APIRouter(
    prefix="/v1/applications/{application_id}/reply",
    tags=["replies"],
    dependencies=[Depends(refuse_repeated_fields)],
    responses=NOT_ALLOWED | NOT_IN_ORDER | refusal(404, "No such application or form."),
)
Reader = Annotated[Caller, Depends(allowed("application.read"))]
Replier = Annotated[Caller, Depends(allowed("reply.make"))]
Eraser = Annotated[Caller, Depends(allowed("person.erase"))]
_DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_PAGES, _HASH = "X-Page-Count", "X-Form-Hash"
# Who looks at one page after the other reads a form once.
_READING = timedelta(minutes=10)
_READ = "reply.read"
_CONFLICT = refusal(
    409,
    "Nothing is held any more, the desk has not confirmed it, the grid moved on, what is signed is "
    "not what was shown, or the key was used before.",
)
_NOT_NOW = refusal(503, "Grids are being loaded, or the machine lacks a font.")
_ERASED = refusal(410, "What was written on it was erased.")
Number = Annotated[int, Path(ge=1, lt=2**31, description="1, 2, ...")]


@router.post(
    "",
    status_code=201,
    summary="Make the reply form, and with it the promise",
    response_model=ReplyOut,
    responses=_CONFLICT | _NOT_NOW,
)
def make(
    application_id: Id,
    asked: ReplyIn,
    caller: Replier,
    identity: ThisIdentity,
    grids: Grids,
    now: Now,
    once: ThisOnce,
) -> Any:
    """Make and keep the form; the capacity stays held for its validity from the day of signing.

    It is kept in Word and as PDF. Signatures drawn on a screen are printed on both.
    """
    if (kept := once.kept()) is not None:
        return kept
    typed = Typed.read(
        asked.pairs(), [one.given() for one in asked.signatures], signer=caller.name,
        previewed=asked.previewed,
    )  # fmt: skip
    ledger = ledger_of(once.database, caller, application_id, grids)

    def make_form(stored: StoredPlan, hold: Hold, validity: Validity) -> FormFiles:
        typed.require_previewed(stored, hold, validity)
        return make_files(ledger, stored, hold, validity, typed, identity.settings)

    def go(connection: Connection) -> Any:
        made = reply(
            ledger, connection, application_id, signed_on=asked.signed_on, make_form=make_form,
            signings=typed.signings, actor=caller.name, now=now,
        )  # fmt: skip
        return ReplyOut.of(made).model_dump(mode="json")

    return once.do(go)


@router.post(
    "/preview",
    summary="The reply form as it would be, to be read before it is signed",
    response_class=Response,
    responses={
        200: {
            "content": {PDF: {}, PNG: {}},
            "headers": {
                _PAGES: {"description": "Pages of the form.", "schema": {"type": "integer"}},
                _HASH: {
                    "description": "What the form says, for `previewed` of the reply: SHA-256 of "
                    "details, plan, option and validity.",
                    "schema": {"type": "string"},
                },
            },
            "description": "The form, marked as a preview on every page.",
        },
        **_CONFLICT,
        **_NOT_NOW,
    },
)
def preview(
    application_id: Id,
    asked: ReplyPreviewIn,
    caller: Replier,
    identity: ThisIdentity,
    grids: Grids,
    now: Now,
    format: Annotated[
        Literal["pdf", "png"], Query(description="The whole as PDF, or a page of it as PNG.")
    ] = "pdf",
    page: Annotated[int, Query(ge=1, lt=2**31, description="Which page, as PNG.")] = 1,
) -> Response:
    """Return what `POST .../reply` would make now, refused as it would be; no form is kept."""
    typed = Typed.read(asked.pairs())
    ledger = ledger_of(identity.database, caller, application_id, grids)

    def find(connection: Connection) -> Ready:
        return find_ready(
            ledger, connection, application_id, signed_on=asked.signed_on or day_of(now), now=now
        )

    ready = identity.database.read(find)
    # the form in Word as well: its template may be what is wrong
    made = make_files(
        ledger, ready.stored, ready.hold, ready.validity, typed, identity.settings, stamp=PREVIEW
    )
    shown = made.pdf if format == "pdf" else draw_page(made.pdf, page)
    saw(
        identity.database, caller, "reply_preview", application_id, now=now,
        district=ready.application.district, version=ready.hold.plan_version,
    )  # fmt: skip
    headers = {
        _PAGES: str(made.page_count),
        _HASH: typed.form_hash(ready.stored, ready.hold, ready.validity),
    }
    return hand_out(shown, PDF if format == "pdf" else PNG, headers)


@router.get("", summary="The reply form without what is written on it")
def get_reply(application_id: Id, caller: Reader, identity: ThisIdentity) -> ReplyOut:
    """Return what was promised, until when, and the hash of the form."""

    def find(connection: Connection) -> ReplyOut:
        find_own(connection, caller, application_id)
        return ReplyOut.of(find_form(connection, application_id))

    return identity.database.read(find)


@router.get(
    "/form",
    summary="The reply form itself",
    response_class=Response,
    responses={
        200: {"content": {_DOCX: {}, PDF: {}}, "description": "The form in Word, or as PDF."},
        **_ERASED,
    },
)
def get_form(
    application_id: Id,
    caller: Reader,
    identity: ThisIdentity,
    now: Now,
    format: Annotated[Literal["docx", "pdf"], Query(description="In Word, or as PDF.")] = "docx",
) -> Response:
    """Return the form; who read it is written down, for it names the customer."""
    inside_only(caller)  # it names the feeder as well
    read = read_form if format == "docx" else read_pdf

    def find(connection: Connection) -> bytes:
        application = find_own(connection, caller, application_id)
        form = read(connection, application_id)
        write_down(connection, application, _READ, caller.name, now)
        return form

    form = identity.database.write(find)
    headers = {"Content-Disposition": f'attachment; filename="{application_id}.{format}"'}
    return hand_out(form, _DOCX if format == "docx" else PDF, headers)


@router.get(
    "/pages/{number}",
    summary="A page of the reply form",
    response_class=Response,
    responses={
        200: {"content": {PNG: {}}, "description": "The page as a picture."},
        **_ERASED,
        **refusal(404, "No such application, form or page."),
    },
)
def get_page(
    application_id: Id, number: Number, caller: Reader, identity: ThisIdentity, now: Now
) -> Response:
    """Return a page of the PDF; who reads one after the other is written down once."""
    inside_only(caller)

    def find(connection: Connection) -> tuple[StoredApplication, bytes, bool]:
        application = find_own(connection, caller, application_id)
        pdf = read_pdf(connection, application_id)
        is_known = has_deed(
            connection, subject=application_id, actor=caller.name, action=_READ,
            since=now - _READING,
        )  # fmt: skip
        return application, pdf, is_known

    application, pdf, is_known = identity.database.read(find)
    page = draw_page(pdf, number)
    if not is_known:
        identity.database.write(
            lambda connection: write_down(connection, application, _READ, caller.name, now)
        )
    return hand_out(page, PNG)


@router.delete("/form", status_code=204, summary="Erase what is written on the reply form")
def erase(application_id: Id, caller: Eraser, identity: ThisIdentity, now: Now) -> Response:
    """Take out the form's contents, whatever was typed, and photos; promise and hashes stay."""

    def go(connection: Connection) -> None:
        application = find_own(connection, caller, application_id)
        erased = erase_form(connection, application_id, now)
        photos = erase_personal(connection, application_id, now)
        write_down(
            connection, application, "reply.erase", caller.name, now, forms=erased, photos=photos
        )

    identity.database.write(go)
    return Response(status_code=204)
