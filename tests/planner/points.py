"""Access points found around a site of a drawing, by kind and element."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from grid_models.grid import Grid
from planner.access import find_candidates
from planner.application import Commitment
from planner.candidate import Candidate
from planner.design_load import Level
from tests.planner.example import asked, example_rules, unexamined

__all__ = ["AccessPoints", "points_near", "refusals_of", "sentences_of"]

AccessPoints = dict[tuple[str, str], Candidate]


def points_near(
    grid: Grid,
    east_m: float,
    north_m: float,
    level: Level = "mv",
    *,
    capacity_kva: float = 500.0,
    commitments: Sequence[Commitment] = (),
    **facts: Any,
) -> AccessPoints:
    """Return every access point of a level by kind and element, nearest first."""
    found = find_candidates(
        unexamined(grid), asked(east_m, north_m, kva=capacity_kva, **facts), level, capacity_kva,
        example_rules(), commitments,
    )  # fmt: skip
    points = {(candidate.access_kind, candidate.element_id): candidate for candidate in found}
    assert len(points) == len(found), "an access point was found twice"
    return points


def refusals_of(points: AccessPoints, kind: str, element_id: str) -> list[str]:
    """Return the codes of what speaks against an access point."""
    return [reason.code for reason in points[kind, element_id].refusals]


def sentences_of(points: AccessPoints, kind: str, element_id: str) -> str:
    """Return what speaks against an access point, in words."""
    return "; ".join(reason.en for reason in points[kind, element_id].refusals)
