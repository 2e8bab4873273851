"""Errors of call-backs.

::

    SupplyPlanError
    |-- UnknownWebhookError      no such webhook, or not the caller's to see
    |-- UnknownDeliveryError     it was not told of such an event, or that is forgotten by now
    |-- InactiveWebhookError     nothing is sent to it until it is made active again
    |-- TooManyWebhooksError     the caller has as many active ones as one may have
    `-- RefusedAddressError      an address that may not be called
"""

from __future__ import annotations

from grid_models.errors import SupplyPlanError
from planner.form import shown

__all__ = [
    "InactiveWebhookError",
    "RefusedAddressError",
    "TooManyWebhooksError",
    "UnknownDeliveryError",
    "UnknownWebhookError",
]


class UnknownWebhookError(SupplyPlanError):
    """There is no such webhook, or it is not the caller's to see."""

    def __init__(self, webhook_id: str) -> None:
        super().__init__(f"no webhook {shown(webhook_id)} / 没有回调 {shown(webhook_id)}")


class UnknownDeliveryError(SupplyPlanError):
    """A webhook was not told of an event, or nobody knows any more."""

    def __init__(self, event_id: str) -> None:
        super().__init__(
            f"no delivery of event {shown(event_id)}; old ones are forgotten / "
            f"没有事件 {shown(event_id)} 的投递记录；过期记录会被清除"
        )


class InactiveWebhookError(SupplyPlanError):
    """Nothing is sent to a webhook that is not active."""

    def __init__(self, webhook_id: str) -> None:
        super().__init__(
            f"webhook {webhook_id} is not active; set is_active first / "
            f"回调 {webhook_id} 已停用，请先启用"
        )


class TooManyWebhooksError(SupplyPlanError):
    """A caller has as many active webhooks as one may have."""

    def __init__(self, most: int) -> None:
        super().__init__(
            f"there are {most} active webhooks of this caller already; end one first / "
            f"该调用方已有 {most} 个启用的回调，请先停用一个"
        )


class RefusedAddressError(SupplyPlanError):
    """An address that may not be called.

    Parameters
    ----------
    en, zh
        Why, without what its name stands for: that is not the caller's to learn.
    """

    def __init__(self, *, en: str, zh: str) -> None:
        self.en, self.zh = en, zh
        super().__init__(f"{en} / {zh}")
