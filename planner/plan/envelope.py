"""Limited supply: how much of the wish the grid carries today, by hour of the day."""

from __future__ import annotations

from dataclasses import dataclass

from planner.plan.source import AccessPoint

__all__ = ["Envelope", "FirstStage", "LimitedSupply"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """What may be drawn on a day of a season.

    Parameters
    ----------
    season
        As in the load curves; `all` where they tell none apart.
    allowed_kw
        By hour of the day, 24 of them.
    left_out_kwh
        What that leaves out of the wish in a day.
    """

    season: str
    allowed_kw: tuple[float, ...]
    left_out_kwh: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitedSupply:
    """An envelope at one access point that the grid carries as it stands.

    Parameters
    ----------
    wish_kw
        The design load, taken as flat over the day.
    """

    kind: str
    access_point: AccessPoint
    wish_kw: float
    envelope: tuple[Envelope, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstStage:
    """What of a staged application can be connected now, at one access point, at every hour.

    Parameters
    ----------
    first_kw, rest_kw
        Design load of the first stage, and what is left for the later ones.
    rest_after_works
        Whether an option of the plan carries the whole after measures.
    """

    kind: str
    access_point: AccessPoint
    first_kw: float
    rest_kw: float
    rest_after_works: bool
