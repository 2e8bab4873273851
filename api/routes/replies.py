"""Replies: the reply form, made only with a live hold and in the transaction that finds it."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Response
from sqlalchemy.engine import Connection

from api.auth.caller import Caller
from api.auth.dependency import ThisIdentity, allowed
from api.database.erasing import erase_personal
from api.database.holds import Hold
from api.database.plans import StoredPlan
from api.database.reply_forms import erase_form, find_form, read_form
from api.dependencies import Grids, Id, Now, refuse_repeated_fields
from api.desk_schemas import ReplyIn, ReplyOut
from api.documents.reply_fields import ReplyDetails, read_details
from api.documents.reply_form import make_reply_form
from api.ledger.ledger import Ledger
from api.ledger.promises import write_down
from api.ledger.replies import Validity, reply
from api.once import ThisOnce
from api.outside import inside_only
from api.own import find_own, ledger_of
from api.refusals import NOT_ALLOWED, NOT_IN_ORDER, refusal
from api.settings import Settings
from api.translate import plan_of
from grid_models.topology import LOW_VOLTAGE_KV

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


@router.post(
    "",
    status_code=201,
    summary="Make the reply form, and with it the promise",
    response_model=ReplyOut,
    responses=refusal(
        409,
        "Nothing is held any more, the desk has not confirmed it, the grid moved on, or the key "
        "was used before.",
    )
    | refusal(503, "Grids are being loaded."),
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
    """Make and keep the form; the capacity stays held for its validity from the day of signing."""
    if (kept := once.kept()) is not None:
        return kept
    details = read_details(asked.pairs())
    ledger = ledger_of(once.database, caller, application_id, grids)

    def make_form(stored: StoredPlan, hold: Hold, validity: Validity) -> bytes:
        return _form(ledger, stored, hold, validity, details, identity.settings)

    def go(connection: Connection) -> Any:
        made = reply(
            ledger, connection, application_id, signed_on=asked.signed_on, make_form=make_form,
            actor=caller.name, now=now,
        )  # fmt: skip
        return ReplyOut.of(made).model_dump(mode="json")

    return once.do(go)


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
        200: {"content": {_DOCX: {}}, "description": "The form in Word."},
        **refusal(410, "What was written on it was erased."),
    },
)
def get_form(application_id: Id, caller: Reader, identity: ThisIdentity, now: Now) -> Response:
    """Return the form; who read it is written down, for it names the customer."""
    inside_only(caller)  # it names the feeder as well

    def find(connection: Connection) -> bytes:
        application = find_own(connection, caller, application_id)
        form = read_form(connection, application_id)
        write_down(connection, application, "reply.read", caller.name, now)
        return form

    form = identity.database.write(find)
    headers = {"Content-Disposition": f'attachment; filename="{application_id}.docx"'}
    return Response(form, media_type=_DOCX, headers=headers)


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


def _form(
    ledger: Ledger,
    stored: StoredPlan,
    hold: Hold,
    validity: Validity,
    details: ReplyDetails,
    settings: Settings,
) -> bytes:
    plan = plan_of(stored.document)
    book = ledger.rule_book(plan.rules.area)
    is_low = plan.options[hold.option_rank - 1].supply_kv < LOW_VOLTAGE_KV
    return make_reply_form(
        plan, ledger.served.model, details, rules_title=book.title_zh,
        valid_months=validity.months, rank=hold.option_rank, valid_until=validity.last,
        template=settings.reply_template_lv if is_low else settings.reply_template_hv,
    )  # fmt: skip
