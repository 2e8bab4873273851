"""Refusals: what routes of the service may answer instead, for their description."""

from __future__ import annotations

from typing import Any

from api.schemas import ProblemDetails

__all__ = ["NOT_ALLOWED", "NOT_IN_ORDER", "Responses", "refusal"]

Responses = dict[int | str, dict[str, Any]]


def refusal(status: int, description: str) -> Responses:
    """Return one status of a route with what it means there."""
    return {status: {"model": ProblemDetails, "description": description}}


NOT_ALLOWED: Responses = {
    **refusal(401, "No good token was sent."),
    **refusal(403, "The caller may not do this."),
    **refusal(503, "The database cannot be used now; `Retry-After` says when to ask again."),
}
"""Of every route that asks who is there."""
NOT_IN_ORDER: Responses = refusal(422, "What was sent is not in order.")
"""Of every route that reads what was sent."""
