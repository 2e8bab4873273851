"""Importance: the class of a customer that counts, as asked or as the industry has at least."""

from __future__ import annotations

from planner.application import SupplyApplication
from planner.rules import Rules

__all__ = ["CLASSES", "importance_of", "is_important", "least_importance"]

CLASSES = ("ordinary", "temporary", "second", "first", "special")
"""Classes, the least important first."""

_NOT_IMPORTANT = ("ordinary", "temporary")


def importance_of(application: SupplyApplication, rules: Rules) -> str:
    """Return the class of importance that counts: the one asked, or the industry's if higher."""
    least = least_importance(application.industry, rules)
    return max(application.importance, least, key=CLASSES.index)


def is_important(application: SupplyApplication, rules: Rules) -> bool:
    """Say whether a customer needs more than one transformer and an emergency source."""
    return importance_of(application, rules) not in _NOT_IMPORTANT


def least_importance(industry: str | None, rules: Rules) -> str:
    """Greatest class among the rows that a code falls under, or that it stands for as a group."""
    digits = (industry or "").lstrip("ABCDEFGHIJKLMNOPQRST")
    classes = [
        least
        for code, least in rules.value("industry_importance").items()
        if digits and (digits.startswith(code) or code.startswith(digits))
    ]
    return max(classes, key=CLASSES.index, default="ordinary")
