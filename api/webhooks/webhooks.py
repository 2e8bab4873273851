"""Webhooks: who is told of events; made, found, changed, given another secret, ended."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

from api.auth.caller import Caller, may
from api.auth.deeds import write_down
from api.auth.names import (
    find_choice_problems,
    find_district_problems,
    read_districts,
    refuse,
    write_districts,
)
from api.auth.reach import list_within, reaches_no_further
from api.database.outbox import EVERYTHING, KINDS, WAITING
from api.database.tables import deliveries, webhooks
from api.webhooks.addresses import Target
from api.webhooks.errors import InactiveWebhookError, TooManyWebhooksError, UnknownWebhookError
from api.webhooks.signing import make_secret
from grid_models.errors import InputError, InputProblem

__all__ = [
    "DEAD",
    "LONGEST_OVERLAP",
    "MOST_EACH",
    "Webhook",
    "change_webhook",
    "deactivate",
    "deactivate_beyond",
    "find_webhook",
    "list_webhooks",
    "make_webhook",
    "remove_webhook",
    "require_active",
    "rotate_secret",
]

DEAD = "dead"
"""State of a delivery that nobody tries any more."""
LONGEST_OVERLAP = timedelta(days=7)
"""So long at most the secret before signs beside the new one."""
MOST_EACH = 20
"""So many active webhooks a caller may have: every event is written once for each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """An address that is told of events.

    Parameters
    ----------
    is_inside
        Whether an administrator named the address: it may lie in a network the settings allow.
    districts
        Whose events it is told of; None: of every one.
    kinds
        Of which kinds; ``("*",)``: of every one.
    previous_until
        Until when the secret before signs too; None: there is none.
    """

    number: int
    webhook_id: str
    url: str
    is_inside: bool
    districts: tuple[str, ...] | None
    kinds: tuple[str, ...]
    secret: str
    previous_secret: str | None
    previous_until: datetime | None
    is_active: bool
    made_by: str
    created_at: datetime
    changed_at: datetime

    def __repr__(self) -> str:
        """Return the id: a secret belongs in no log, nor an address that may hold one."""
        return f"Webhook({self.webhook_id})"

    def signed_by(self, now: datetime) -> tuple[str, ...]:
        """Return the secrets that sign at a moment, the present one first."""
        if self.previous_secret and self.previous_until and now < self.previous_until:
            return (self.secret, self.previous_secret)
        return (self.secret,)


def make_webhook(
    connection: Connection,
    *,
    target: Target,
    is_inside: bool,
    districts: Sequence[str],
    kinds: Sequence[str],
    actor: str,
    now: datetime,
) -> Webhook:
    """Keep a new webhook; its secret is made here.

    Parameters
    ----------
    target
        An address that was checked.
    is_inside
        As in `Webhook`.

    Raises
    ------
    InputError
        With all that is wrong.
    TooManyWebhooksError
        If the caller has `MOST_EACH` active ones.
    """
    _refuse_wrong(districts, kinds)
    _require_room(connection, actor)
    webhook_id = f"hook-{uuid.uuid4().hex}"
    connection.execute(
        sa.insert(webhooks).values(
            webhook_id=webhook_id,
            url=target.url,
            is_inside=is_inside,
            districts=list(districts),
            kinds=list(kinds),
            secret=make_secret(),
            is_active=True,
            made_by=actor,
            created_at=now,
            changed_at=now,
        )
    )
    write_down(
        connection, webhook_id, "webhook.add", actor, now, host=target.authority,
        districts=list(districts), kinds=list(kinds),
    )  # fmt: skip
    return find_webhook(connection, webhook_id)


def find_webhook(
    connection: Connection, webhook_id: str, *, within: Sequence[str] | None = None
) -> Webhook:
    """Return a webhook.

    Parameters
    ----------
    within
        Districts of the caller, who sees webhooks that reach no further; None: all of them.

    Raises
    ------
    UnknownWebhookError
        If there is none, or it is not the caller's to see.
    """
    query = sa.select(webhooks).where(webhooks.c.webhook_id == webhook_id)
    row = connection.execute(query).mappings().one_or_none()
    found = None if row is None else _webhook(row)
    if found is None or not reaches_no_further(found.districts, within):
        raise UnknownWebhookError(webhook_id)
    return found


def list_webhooks(
    connection: Connection, *, within: Sequence[str] | None = None, after: int = 0, most: int = 50
) -> list[Webhook]:
    """Return webhooks in the order they were made, those that are not active too.

    Parameters
    ----------
    within
        As in `find_webhook`.
    after
        Number of the last one of the page before.
    """
    query = sa.select(webhooks).where(webhooks.c.number > after).order_by(webhooks.c.number)
    return list_within(connection, query, _webhook, within=within, most=most)


def change_webhook(
    connection: Connection,
    webhook: Webhook,
    *,
    target: Target | None = None,
    is_inside: bool = False,
    districts: Sequence[str] | None = None,
    kinds: Sequence[str] | None = None,
    is_active: bool | None = None,
    actor: str,
    now: datetime,
) -> Webhook:
    """Change what is given of a webhook; what is None stays.

    Parameters
    ----------
    is_inside
        As in `Webhook`; of the address that is given.
    is_active
        False: nothing more is sent, what waits becomes dead. True: it is told of what happens from
        now on; what is dead is sent where somebody asks for it.

    Raises
    ------
    InputError
        With all that is wrong.
    TooManyWebhooksError
        If it would be one more active one than a caller may have.
    """
    present = find_webhook(connection, webhook.webhook_id)
    _refuse_wrong(
        write_districts(present.districts) if districts is None else districts,
        present.kinds if kinds is None else kinds,
    )
    if is_active and not present.is_active:
        _require_room(connection, present.made_by)
    changes: dict[str, Any] = {
        "url": target.url if target else None,
        "is_inside": is_inside if target else None,
        "districts": None if districts is None else list(districts),
        "kinds": None if kinds is None else list(kinds),
        "is_active": is_active,
    }
    changes = {name: value for name, value in changes.items() if value is not None}
    if not changes:
        return present
    _update(connection, webhook.webhook_id, now, **changes)
    if is_active is False:
        _give_up_waiting(connection, webhook.webhook_id)
    told = changes | ({"url": target.authority} if target else {})  # a path may hold a secret
    write_down(connection, webhook.webhook_id, "webhook.change", actor, now, **told)
    return find_webhook(connection, webhook.webhook_id)


def deactivate(connection: Connection, webhook_id: str, *, actor: str, now: datetime) -> None:
    """Send nothing more to a webhook whose receiver wants no more; done twice, nothing changes."""
    ended = connection.execute(
        sa.update(webhooks)
        .where(webhooks.c.webhook_id == webhook_id, webhooks.c.is_active)
        .values(is_active=False, changed_at=now)
    )
    if ended.rowcount:
        _give_up_waiting(connection, webhook_id)
        write_down(connection, webhook_id, "webhook.change", actor, now, is_active=False)


def deactivate_beyond(connection: Connection, holder: Caller, *, actor: str, now: datetime) -> None:
    """Send nothing more to the webhooks somebody made that they could not make as they are now.

    Parameters
    ----------
    holder
        Who made them, with what they may do from now on.
    """
    query = sa.select(webhooks).where(webhooks.c.made_by == holder.name, webhooks.c.is_active)
    for row in connection.execute(query.order_by(webhooks.c.number)).mappings().all():
        webhook = _webhook(row)
        is_within = reaches_no_further(webhook.districts, holder.districts)
        if not (may(holder, "webhook.write") and is_within):
            deactivate(connection, webhook.webhook_id, actor=actor, now=now)


def rotate_secret(
    connection: Connection,
    webhook: Webhook,
    *,
    previous_until: datetime | None,
    actor: str,
    now: datetime,
) -> Webhook:
    """Give a webhook another secret.

    Parameters
    ----------
    previous_until
        Until when the present secret signs beside the new one; None: it ends at once.

    Raises
    ------
    InputError
        If that is in the past, or further away than `LONGEST_OVERLAP`.
    """
    present = find_webhook(connection, webhook.webhook_id)
    until = previous_until or now
    if not now <= until <= now + LONGEST_OVERLAP:
        raise InputError([_overlap_problem(now)])
    _update(
        connection, webhook.webhook_id, now, secret=make_secret(),
        previous_secret=present.secret if until > now else None,
        previous_until=until if until > now else None,
    )  # fmt: skip
    write_down(
        connection, webhook.webhook_id, "webhook.rotate", actor, now,
        previous_until=until.isoformat(),
    )  # fmt: skip
    return find_webhook(connection, webhook.webhook_id)


def remove_webhook(connection: Connection, webhook: Webhook, *, actor: str, now: datetime) -> None:
    """Remove a webhook for good, with its secret and all that was to be sent to it."""
    connection.execute(sa.delete(deliveries).where(deliveries.c.webhook_id == webhook.webhook_id))
    connection.execute(sa.delete(webhooks).where(webhooks.c.webhook_id == webhook.webhook_id))
    write_down(connection, webhook.webhook_id, "webhook.remove", actor, now)


def require_active(webhook: Webhook) -> None:
    """Make sure something can be sent to a webhook.

    Raises
    ------
    InactiveWebhookError
        If it is not active.
    """
    if not webhook.is_active:
        raise InactiveWebhookError(webhook.webhook_id)


# ---------------------------------------------------------------------- what they share


def _update(connection: Connection, webhook_id: str, now: datetime, **changes: Any) -> None:
    connection.execute(
        sa.update(webhooks)
        .where(webhooks.c.webhook_id == webhook_id)
        .values(**changes, changed_at=now)
    )


def _give_up_waiting(connection: Connection, webhook_id: str) -> None:
    """Make dead what waits: nobody is surprised by it should the webhook come back."""
    connection.execute(
        sa.update(deliveries)
        .where(deliveries.c.webhook_id == webhook_id, deliveries.c.state == WAITING)
        .values(state=DEAD, last_error="the webhook was deactivated")
    )


def _require_room(connection: Connection, actor: str) -> None:
    present = connection.execute(
        sa.select(sa.func.count())
        .select_from(webhooks)
        .where(webhooks.c.made_by == actor, webhooks.c.is_active)
    ).scalar_one()
    if present >= MOST_EACH:
        raise TooManyWebhooksError(MOST_EACH)


def _refuse_wrong(districts: Sequence[str], kinds: Sequence[str]) -> None:
    problems = find_district_problems(districts)
    if not districts:
        problems.append(
            InputProblem(
                field="districts",
                zh="districts 至少应有一项，否则不会收到任何事件",
                en="districts must name at least one: it would never be told of anything",
            )
        )
    problems += find_choice_problems("kinds", kinds, (EVERYTHING, *KINDS))
    if not kinds or len(set(kinds)) < len(kinds) or (EVERYTHING in kinds and len(kinds) > 1):
        problems.append(
            InputProblem(
                field="kinds",
                zh=f"kinds 应给出至少一项且互不相同，或只填“{EVERYTHING}”表示全部",
                en=f'kinds must name at least one, none twice, or "{EVERYTHING}" alone for all',
            )
        )
    refuse(problems)


def _overlap_problem(now: datetime) -> InputProblem:
    last = (now + LONGEST_OVERLAP).isoformat(timespec="seconds")
    return InputProblem(
        field="previous_until",
        zh=f"previous_until 应不早于现在、不晚于 {last}（至多 {LONGEST_OVERLAP.days} 天）",
        en=f"previous_until must not lie in the past, nor after {last} "
        f"({LONGEST_OVERLAP.days} days at most)",
    )


def _webhook(row: RowMapping) -> Webhook:
    return Webhook(
        **{**row, "districts": read_districts(row["districts"]), "kinds": tuple(row["kinds"])}
    )
