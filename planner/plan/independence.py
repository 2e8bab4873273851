"""Independence of an option's sources: the grade, and what stands against a better one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["Grade", "Independence", "PairIndependence", "SharedPart"]

Grade = Literal["same_feeder", "dual_circuit", "dual_source", "multi_source"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedPart:
    """Something two sources have in common, or that the data do not show to be apart.

    Parameters
    ----------
    kind
        feeder, branch, busbar, main_transformer, substation, upstream, source, station, pole,
        pole_line, trench or corridor; of what is not proved: upstream_absent,
        substation_unknown, course_unknown.
    """

    kind: str
    element_ids: tuple[str, ...]
    zh: str
    en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PairIndependence:
    """Two sources held against each other.

    Parameters
    ----------
    sources
        Their places among the option's sources.
    grade
        What the trace proves.
    shared
        What takes both away at once.
    unproved
        What the data do not show to be apart; it counts as shared.
    """

    sources: tuple[int, int]
    grade: Grade
    shared: tuple[SharedPart, ...]
    unproved: tuple[SharedPart, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Independence:
    """Grade of all sources together, the grade asked for, and every two of them."""

    grade: Grade
    required: Grade
    pairs: tuple[PairIndependence, ...]
