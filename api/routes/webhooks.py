"""Webhooks: who is told of events, what they were told, and telling them once more."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Query
from sqlalchemy.engine import Connection

from api.auth.caller import Caller, require_each
from api.auth.dependency import ThisIdentity, allowed
from api.auth.names import find_district_problems, read_districts, refuse
from api.dependencies import After, Id, Limit, Now, refuse_repeated_fields
from api.once import ThisOnce
from api.outside import is_outside
from api.pages import cut_page
from api.refusals import NOT_ALLOWED, NOT_IN_ORDER, refusal
from api.settings import Settings
from api.webhooks.addresses import Target
from api.webhooks.background import guard_of
from api.webhooks.deliveries import list_deliveries, replay, replay_dead, send_test
from api.webhooks.errors import RefusedAddressError
from api.webhooks.schemas import (
    DeliveryList,
    DeliveryOut,
    DeliveryState,
    EventOut,
    ReplayedOut,
    WebhookChangeIn,
    WebhookIn,
    WebhookList,
    WebhookOut,
    WebhookRotationIn,
    WebhookWithSecretOut,
)
from api.webhooks.webhooks import (
    change_webhook,
    find_webhook,
    list_webhooks,
    make_webhook,
    remove_webhook,
    rotate_secret,
)
from grid_models.errors import InputError, InputProblem

__all__ = ["events", "router"]

_WRITE = "webhook.write"
_UNKNOWN = refusal(404, "No such webhook or delivery.")
_KEY_REUSED = refusal(409, "The key was used before, for another request.")
_NOT_NOW = refusal(409, "The webhook is not active, or the key was used before.")
_TOO_MANY = refusal(409, "The caller has as many active webhooks as one may have, or the key was "
                         "used before.")  # fmt: skip

router = APIRouter(
    prefix="/v1/webhooks",
    tags=["webhooks"],
    dependencies=[Depends(refuse_repeated_fields)],
    responses=NOT_ALLOWED | NOT_IN_ORDER,
)
events = APIRouter(tags=["webhooks"])
"""What receivers are sent; for the app's document only."""
Writer = Annotated[Caller, Depends(allowed(_WRITE))]
States = Annotated[
    list[DeliveryState] | None, Query(alias="state", description="Only these states.")
]


@router.get("", summary="Webhooks of the caller's districts")
def list_them(
    caller: Writer, identity: ThisIdentity, after: After = 0, limit: Limit = 50
) -> WebhookList:
    """Return webhooks that reach no further than the caller; no secret of any."""
    found = identity.database.read(
        lambda connection: list_webhooks(
            connection, within=caller.districts, after=after, most=limit + 1
        )
    )
    page, next_cursor = cut_page(found, limit)
    return WebhookList(items=[WebhookOut.of(each) for each in page], next_cursor=next_cursor)


@router.post(
    "",
    status_code=201,
    summary="Have an address told of events",
    response_model=WebhookWithSecretOut,
    responses=_TOO_MANY,
)
def create(
    asked: WebhookIn,
    caller: Writer,
    identity: ThisIdentity,
    now: Now,
    once: ThisOnce,
) -> Any:
    """Make a webhook that reaches no further than the caller; its secret is given this once."""
    _require_within(caller, asked.districts)
    if (kept := once.kept()) is not None:
        return kept
    target = _check(asked.url, caller, identity.settings)

    def make(connection: Connection) -> Any:
        webhook = make_webhook(
            connection, target=target, is_inside=not is_outside(caller), districts=asked.districts,
            kinds=asked.kinds, actor=caller.name, now=now,
        )  # fmt: skip
        return WebhookWithSecretOut.with_secret(webhook).model_dump(mode="json")

    return once.do(make)


@router.get("/{webhook_id}", summary="One webhook", responses=_UNKNOWN)
def get_one(webhook_id: Id, caller: Writer, identity: ThisIdentity) -> WebhookOut:
    """Return a webhook without its secret."""
    return WebhookOut.of(
        identity.database.read(
            lambda connection: find_webhook(connection, webhook_id, within=caller.districts)
        )
    )


@router.patch(
    "/{webhook_id}",
    summary="Change a webhook",
    responses=_UNKNOWN | refusal(409, "The caller has as many active ones as one may have."),
)
def change(
    webhook_id: Id, asked: WebhookChangeIn, caller: Writer, identity: ThisIdentity, now: Now
) -> WebhookOut:
    """Change address, districts or kinds, or let it rest; what is left out or null stays."""
    if asked.districts is not None:
        _require_within(caller, asked.districts)
    target = None if asked.url is None else _check(asked.url, caller, identity.settings)
    return WebhookOut.of(
        identity.database.write(
            lambda connection: change_webhook(
                connection,
                find_webhook(connection, webhook_id, within=caller.districts),
                target=target,
                is_inside=not is_outside(caller),
                districts=asked.districts,
                kinds=asked.kinds,
                is_active=asked.is_active,
                actor=caller.name,
                now=now,
            )
        )
    )


@router.delete("/{webhook_id}", status_code=204, summary="Remove a webhook", responses=_UNKNOWN)
def remove(webhook_id: Id, caller: Writer, identity: ThisIdentity, now: Now) -> None:
    """Remove a webhook for good, with its secret and all that was to be sent to it."""
    identity.database.write(
        lambda connection: remove_webhook(
            connection,
            find_webhook(connection, webhook_id, within=caller.districts),
            actor=caller.name,
            now=now,
        )
    )


@router.post(
    "/{webhook_id}/rotate",
    summary="Give a webhook another secret",
    response_model=WebhookWithSecretOut,
    responses=_UNKNOWN | _KEY_REUSED,
)
def rotate(
    webhook_id: Id,
    asked: WebhookRotationIn,
    caller: Writer,
    now: Now,
    once: ThisOnce,
) -> Any:
    """Return the webhook with another secret; the present one signs too as long as is asked."""

    def act(connection: Connection) -> Any:
        webhook = rotate_secret(
            connection,
            find_webhook(connection, webhook_id, within=caller.districts),
            previous_until=asked.previous_until,
            actor=caller.name,
            now=now,
        )
        return WebhookWithSecretOut.with_secret(webhook).model_dump(mode="json")

    return once.do(act, status=200)


@router.post(
    "/{webhook_id}/test",
    status_code=202,
    summary="Send a test event",
    response_model=DeliveryOut,
    responses=_UNKNOWN | _NOT_NOW,
)
def test(webhook_id: Id, caller: Writer, now: Now, once: ThisOnce) -> Any:
    """Send a `webhook.test` event, as any other is sent."""

    def act(connection: Connection) -> Any:
        webhook = find_webhook(connection, webhook_id, within=caller.districts)
        sent = send_test(connection, webhook, actor=caller.name, now=now)
        return DeliveryOut.of(sent, is_cut=is_outside(caller)).model_dump(mode="json")

    return once.do(act, status=202)


@router.get("/{webhook_id}/deliveries", summary="What it was told of", responses=_UNKNOWN)
def list_its_deliveries(
    webhook_id: Id,
    caller: Writer,
    identity: ThisIdentity,
    state: States = None,
    after: After = 0,
    limit: Limit = 50,
) -> DeliveryList:
    """Return deliveries of the caller's districts, with what came of the last attempt."""
    found = identity.database.read(
        lambda connection: list_deliveries(
            connection,
            find_webhook(connection, webhook_id, within=caller.districts),
            within=caller.districts,
            states=state or (),
            after=after,
            most=limit + 1,
        )
    )
    page, next_cursor = cut_page(found, limit)
    items = [DeliveryOut.of(each, is_cut=is_outside(caller)) for each in page]
    return DeliveryList(items=items, next_cursor=next_cursor)


@router.post(
    "/{webhook_id}/deliveries/replay",
    status_code=202,
    summary="Send again all that is dead",
    response_model=ReplayedOut,
    responses=_UNKNOWN | _NOT_NOW,
)
def replay_all_dead(webhook_id: Id, caller: Writer, now: Now, once: ThisOnce) -> Any:
    """Send again, each with its id, what nobody tries any more."""

    def act(connection: Connection) -> Any:
        webhook = find_webhook(connection, webhook_id, within=caller.districts)
        count = replay_dead(
            connection, webhook, within=caller.districts, actor=caller.name, now=now
        )
        return ReplayedOut(count=count).model_dump(mode="json")

    return once.do(act, status=202)


@router.post(
    "/{webhook_id}/deliveries/{event_id}/replay",
    status_code=202,
    summary="Send an event again",
    response_model=DeliveryOut,
    responses=_UNKNOWN | _NOT_NOW,
)
def replay_one(webhook_id: Id, event_id: Id, caller: Writer, now: Now, once: ThisOnce) -> Any:
    """Send an event again with its id, whether it is dead, was delivered or still waits."""

    def act(connection: Connection) -> Any:
        webhook = find_webhook(connection, webhook_id, within=caller.districts)
        sent = replay(
            connection, webhook, event_id, within=caller.districts, actor=caller.name, now=now
        )
        return DeliveryOut.of(sent, is_cut=is_outside(caller)).model_dump(mode="json")

    return once.do(act, status=202)


@events.post(
    "event",
    status_code=204,
    summary="An event, sent to each webhook that is told of it",
    responses={410: {"description": "The receiver wants no more: the webhook is deactivated."}},
)
def send_event(
    _body: EventOut,
    _webhook_id: Annotated[str, Header(alias="webhook-id")],
    _webhook_timestamp: Annotated[int, Header(alias="webhook-timestamp")],
    _webhook_signature: Annotated[str, Header(alias="webhook-signature")],
) -> None:
    """Sent until it is answered by 2xx; see docs/call-backs.md."""


# ---------------------------------------------------------------------- what they share


def _require_within(caller: Caller, districts: list[str]) -> None:
    """Make sure a webhook reaches no further than who makes it."""
    refuse(find_district_problems(districts))
    require_each(caller, _WRITE, read_districts(districts))


def _check(url: str, caller: Caller, settings: Settings) -> Target:
    """Return an address that may be called; looked up outside any transaction.

    Internal ones are for administrators to name, also in networks the settings allow.
    """
    guard = guard_of(settings)
    try:
        return (guard.public_only() if is_outside(caller) else guard).check(url)
    except RefusedAddressError as error:
        raise InputError([InputProblem(field="url", zh=error.zh, en=error.en)]) from error
