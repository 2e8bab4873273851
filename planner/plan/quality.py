"""Findings of power quality and protection: what disturbs others, and what needs a study."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["PowerQuality"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PowerQuality:
    """One finding; it refuses nothing.

    Parameters
    ----------
    value, limit
        In `unit`; None where there is no number, `value` inf where the grid has no solution.
    needs_study
        Whether someone must study it before the supply is energised.
    """

    code: str
    element_id: str
    value: float | None
    limit: float | None
    unit: str
    needs_study: bool
    rule_id: str
    zh: str
    en: str
