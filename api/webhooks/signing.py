"""Signing: what is sent is signed as Standard Webhooks has it, so that receivers know it is us."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime

from standardwebhooks import Webhook as Signer

__all__ = ["make_secret", "signed_headers"]

PREFIX = "whsec_"
SECRET_BYTES = 32


def make_secret() -> str:
    """Return a new secret: ``whsec_`` and 256 random bits in base64."""
    return PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode("ascii")


def signed_headers(
    message_id: str, body: str, *, signed_by: Sequence[str], now: datetime
) -> dict[str, str]:
    """Return the three headers of a message.

    Parameters
    ----------
    message_id
        The same however often it is sent: whoever has seen it knows it.
    body
        As it is sent, to the byte.
    signed_by
        Secrets, the present one first; each gives a signature.
    now
        Moment of this attempt: receivers refuse what is old.
    """
    moment = now.astimezone(UTC).replace(microsecond=0)
    signatures = [Signer(secret).sign(message_id, moment, body) for secret in signed_by]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": " ".join(signatures),
    }
