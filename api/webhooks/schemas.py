"""Schemas: what HTTP takes and gives about webhooks, and what receivers are sent."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from api.auth.names import write_districts
from api.database.outbox import EVERYTHING, KINDS
from api.webhooks.addresses import LONGEST_URL
from api.webhooks.deliveries import Delivery
from api.webhooks.posting import NO_CONNECTION
from api.webhooks.webhooks import Webhook

__all__ = [
    "DeliveryList",
    "DeliveryOut",
    "DeliveryState",
    "EventOut",
    "ReplayedOut",
    "WebhookChangeIn",
    "WebhookIn",
    "WebhookList",
    "WebhookOut",
    "WebhookRotationIn",
    "WebhookWithSecretOut",
]

Url = Annotated[
    str,
    Field(
        max_length=LONGEST_URL,
        description="https, on port 443 or from 1024 up, to a public host or a network the "
        "server's settings allow.",
        examples=["https://applications.example.com/call-backs"],
    ),
]
Districts = Annotated[
    list[str], Field(description='Names of districts; ["*"]: every one.', examples=[["西湖"]])
]
Kinds = Annotated[
    list[str],
    Field(
        description=f'["{EVERYTHING}"]: every one, or some of: ' + ", ".join(KINDS),
        examples=[["application.planned", "hold.released"]],
    ),
]
DeliveryState = Literal["waiting", "delivered", "dead"]


class _In(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class WebhookIn(_In):
    """An address that is to be told of events."""

    url: Url
    districts: Districts
    kinds: Kinds = [EVERYTHING]


class WebhookChangeIn(_In):
    """What is changed of a webhook; what is left out or null stays."""

    url: Url | None = None
    districts: Districts | None = None
    kinds: Kinds | None = None
    is_active: bool | None = None


class WebhookRotationIn(_In):
    """Until when the present secret signs too."""

    previous_until: Annotated[
        AwareDatetime | None,
        Field(strict=False, description="At most 7 days from now; null: it ends at once."),
    ] = None


class WebhookOut(BaseModel):
    """An address that is told of events; its secret is not shown."""

    webhook_id: str
    url: Url
    districts: Districts
    kinds: Kinds
    is_active: bool
    previous_until: datetime | None
    made_by: str
    created_at: datetime
    changed_at: datetime

    @classmethod
    def of(cls, webhook: Webhook) -> WebhookOut:
        """Return a webhook as it is shown."""
        return cls(
            webhook_id=webhook.webhook_id,
            url=webhook.url,
            districts=write_districts(webhook.districts),
            kinds=list(webhook.kinds),
            is_active=webhook.is_active,
            previous_until=webhook.previous_until,
            made_by=webhook.made_by,
            created_at=webhook.created_at,
            changed_at=webhook.changed_at,
        )


class WebhookWithSecretOut(WebhookOut):
    """A webhook with its secret, the one time it is given."""

    secret: Annotated[str, Field(description="whsec_...; signs what is sent.")]

    @classmethod
    def with_secret(cls, webhook: Webhook) -> WebhookWithSecretOut:
        """Return a webhook with what its receiver verifies signatures by."""
        return cls(**WebhookOut.of(webhook).model_dump(), secret=webhook.secret)


class WebhookList(BaseModel):
    """Webhooks in the order they were made; `next_cursor` is null on the last page."""

    items: list[WebhookOut]
    next_cursor: str | None


class DeliveryOut(BaseModel):
    """An event for one webhook, and what came of it so far."""

    event_id: Annotated[str, Field(description="Sent as `webhook-id`, the same each time.")]
    kind: str
    subject: Annotated[str, Field(description="Id of what it happened to.")]
    happened_at: datetime
    state: DeliveryState
    attempts: int
    next_at: Annotated[datetime | None, Field(description="The next attempt; null: there is none.")]
    tried_at: datetime | None
    last_status: int | None
    last_error: str | None
    delivered_at: datetime | None

    @classmethod
    def of(cls, delivery: Delivery, *, is_cut: bool) -> DeliveryOut:
        """Return a delivery as it is shown.

        Parameters
        ----------
        is_cut
            For outsiders: without what the machine says of a connection that failed.
        """
        shown = {name: getattr(delivery, name) for name in cls.model_fields}
        if is_cut and (delivery.last_error or "").startswith(NO_CONNECTION):
            shown["last_error"] = NO_CONNECTION
        return cls(**shown | ({} if delivery.state == "waiting" else {"next_at": None}))


class DeliveryList(BaseModel):
    """Deliveries in the order of their events; `next_cursor` is null on the last page."""

    items: list[DeliveryOut]
    next_cursor: str | None


class ReplayedOut(BaseModel):
    """How many dead deliveries are sent again."""

    count: int


class EventOut(BaseModel):
    """What a receiver is sent; signed as Standard Webhooks has it."""

    type: Annotated[str, Field(description="; ".join(f"`{k}`: {v}" for k, v in KINDS.items()))]
    timestamp: Annotated[datetime, Field(description="When it happened.")]
    data: Annotated[dict[str, Any], Field(description="Ids, states and moments.")]

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "type": "application.held",
                    "timestamp": "2026-06-01T09:30:00+00:00",
                    "data": {
                        "application_id": "app-7", "district": "西湖", "state": "held",
                        "from_state": "planned", "revision": 3,
                    },
                }
            ]
        }
    )  # fmt: skip
