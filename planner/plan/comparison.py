"""Comparison: what each option costs more and gives more than the first."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["ComparisonRow"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparisonRow:
    """One option against the first; positive is more than the first has.

    Parameters
    ----------
    extra_cost_p50
        CNY; None where either of the two has an item without a price.
    extra_days
        Days of the utility's steps; working or calendar as the steps are.
    extra_margin_points
        Room left on the path to the source, in points of its limit.
    n_minus_1
        Kept, lost or (None) not computed.
    """

    rank: int
    extra_cost_p50: float | None
    extra_days: int
    extra_length_m: float
    extra_margin_points: float
    extra_open_capacity_kva: float
    margin_pct: float
    n_minus_1: bool | None
    is_trunk: bool
    works_class: int
    desk_reason_count: int
    zh: str
    en: str
