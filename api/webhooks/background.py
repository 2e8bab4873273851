"""Background: the work of call-backs that goes on beside the answers of a server."""

from __future__ import annotations

from datetime import timedelta

from api.background import Background
from api.database import Database
from api.settings import Settings
from api.webhooks.addresses import Guard
from api.webhooks.delivering import Deliverer
from api.webhooks.forgetting import Forgetter
from api.webhooks.posting import Poster, trusted

__all__ = ["call_backs", "guard_of"]

# Receivers a process serves at the same time.
LANES = 4
LOOK_EVERY_S = 1.0
FORGET_EVERY_S = 3_600.0


def guard_of(settings: Settings) -> Guard:
    """Return what tells which addresses may be called."""
    return Guard(networks=settings.webhook_networks)


def call_backs(database: Database, settings: Settings) -> list[Background]:
    """Return the workers that send what waits, and the one that forgets what is old."""
    poster = Poster(
        guard=guard_of(settings), timeout_s=settings.webhook_timeout_s,
        tls=trusted(settings.webhook_ca_file),
    )  # fmt: skip
    deliverer = Deliverer(database=database, poster=poster)
    forgetter = Forgetter(database=database, kept_for=timedelta(days=settings.event_days))
    return [
        *(
            Background(name=f"call-back-{lane}", work=deliverer.work, pause_s=LOOK_EVERY_S)
            for lane in range(1, LANES + 1)
        ),
        Background(name="forget-events", work=forgetter.work, pause_s=FORGET_EVERY_S),
    ]
