"""What was looked at and refused."""

from __future__ import annotations

from dataclasses import dataclass

from planner.plan.source import AccessPoint

__all__ = ["Rejected", "RejectionReason"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectionReason:
    """One reason why an access point is refused, with value and limit where there are any."""

    code: str
    element_id: str
    value: float | None
    limit: float | None
    unit: str | None
    zh: str
    en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """An access point that was looked at and refused; never dropped in silence."""

    kind: str
    access_point: AccessPoint
    reasons: tuple[RejectionReason, ...]
