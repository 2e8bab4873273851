"""Refusals: the record of what speaks against an access point, with its sentences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from grid_models.model import GridModel
from planner.candidate import Candidate, reject
from planner.messages import Message, say
from planner.plan import AccessPoint, Rejected, RejectionReason

__all__ = ["access_point", "blocked", "refuse", "said_there"]


def blocked(
    model: GridModel,
    code: str,
    element_id: str,
    *,
    value: float,
    limit: float,
    unit: str,
    was_broken: bool,
) -> RejectionReason:
    """Make the reason that a limit is broken, saying so if it was before the new load."""
    reason = reject(
        code, element_id, value=value, limit=limit, unit=unit, label=model.label(element_id)
    )
    if not was_broken:
        return reason
    before = say("pre_existing")
    return replace(reason, zh=reason.zh + before.zh, en=reason.en + before.en)


def access_point(candidate: Candidate) -> AccessPoint:
    """Return the access point as the plan shows it."""
    return AccessPoint(
        kind=candidate.access_kind,
        element_id=candidate.element_id,
        bay_id=candidate.bay_id,
        position=candidate.position,
        lon=candidate.lon,
        lat=candidate.lat,
        distance_m=candidate.distance_m,
    )


def refuse(candidate: Candidate, reasons: Sequence[RejectionReason]) -> Rejected:
    """Make the plan's record of a refused access point."""
    return Rejected(
        kind=candidate.kind, access_point=access_point(candidate), reasons=tuple(reasons)
    )


def said_there(reason: RejectionReason, element_id: str, label: str) -> Message:
    """Return a reason's sentence as it stands behind the name of its access point.

    A reason that is about the access point itself does not name it again.

    Parameters
    ----------
    element_id, label
        The access point, and how it is called in the sentence.
    """
    if reason.element_id != element_id:
        return Message(zh=reason.zh, en=reason.en)
    here = say("here")
    zh, en = reason.zh.replace(f"（{label}）", ""), reason.en.replace(f" ({label})", "")
    zh = zh.replace(f"{label} ", here.zh, 1).replace(label, here.zh, 1)
    return Message(zh=zh, en=en.replace(label, here.en, 1))
