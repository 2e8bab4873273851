"""Caller: who asks, and the one table of what each role may do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from api.auth.errors import NotAllowedError

__all__ = [
    "ACTIONS",
    "INTEGRATOR",
    "PEOPLE",
    "PERMISSIONS",
    "ROLES",
    "Caller",
    "may",
    "require",
    "require_each",
]

_ALLOWED: Mapping[str, str] = {
    #                      manager planner integrator auditor administrator
    "application.read":    "yes     yes     yes        yes     -",
    "application.write":   "yes     yes     yes        -       -",
    "plan.make":           "yes     yes     yes        -       -",
    "hold.place":          "yes     yes     yes        -       -",
    # a reply is signed by a person
    "reply.make":          "yes     yes     -          -       -",
    # confirms, changes or overrides what was answered
    "desk.decide":         "-       yes     -          -       -",
    # what the grid can take is not for outsiders
    "capacity.read":       "yes     yes     -          yes     -",
    # says what the map shows otherwise than it is
    "correction.write":    "yes     yes     -          -       -",
    "job.write":           "-       yes     -          -       -",
    "rules.read":          "yes     yes     yes        yes     yes",
    "rules.write":         "-       -       -          -       yes",
    "webhook.write":       "-       -       yes        -       yes",
    "audit.read":          "-       -       -          yes     -",
    # where the desk confirms even answers on the spot
    "district.write":      "-       -       -          -       yes",
    # takes names out of what is kept
    "person.erase":        "-       -       -          -       yes",
    "account.write":       "-       -       -          -       yes",
    "key.write":           "-       -       -          -       yes",
}  # fmt: skip

ROLES = ("manager", "planner", "integrator", "auditor", "administrator")
INTEGRATOR = "integrator"
"""The role of every key."""
PEOPLE = tuple(role for role in ROLES if role != INTEGRATOR)
"""Roles an account may have."""
ACTIONS = tuple(_ALLOWED)
PERMISSIONS: Mapping[str, frozenset[str]] = {
    role: frozenset(action for action, row in _ALLOWED.items() if row.split()[column] == "yes")
    for column, role in enumerate(ROLES)
}
"""What each role may do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who asks.

    Parameters
    ----------
    name
        As the audit writes it: an account's name, ``key:NAME`` or ``oidc:SUBJECT``; two callers
        never share one.
    role
        One of `ROLES`.
    districts
        Where; None: everywhere, empty: nowhere.
    scopes
        Narrows what the role may do; None: all of it.
    """

    name: str
    role: str
    districts: tuple[str, ...] | None
    scopes: frozenset[str] | None = None


def may(caller: Caller, action: str) -> bool:
    """Tell whether a caller may do something, wherever it is."""
    return action in PERMISSIONS[caller.role] and (caller.scopes is None or action in caller.scopes)


def require(caller: Caller, action: str, district: str | None = None) -> None:
    """Make sure a caller may do something.

    Parameters
    ----------
    action
        One of `ACTIONS`.
    district
        Where; None: it is about no district in particular.

    Raises
    ------
    NotAllowedError
        If role, scopes or districts do not allow it.
    """
    if not may(caller, action):
        raise NotAllowedError(caller.name, action)
    if district is not None and caller.districts is not None and district not in caller.districts:
        raise NotAllowedError(caller.name, action, district)


def require_each(caller: Caller, action: str, districts: Iterable[str] | None) -> None:
    """Make sure a caller may do something in each of some districts: nobody gives what they lack.

    Parameters
    ----------
    districts
        None: every district.

    Raises
    ------
    NotAllowedError
        If it is not allowed in one of them.
    """
    require(caller, action)
    if districts is None and caller.districts is not None:
        raise NotAllowedError(caller.name, action, "*")
    for district in districts or ():
        require(caller, action, district)
