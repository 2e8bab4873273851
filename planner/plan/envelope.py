"""Partial supply: how much of the wish the grid carries as it stands, by hour of the day."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Envelope", "PartialSupply"]


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
class PartialSupply:
    """What of the wish an option carries: by the hour (limited), or all day as a first stage.

    Parameters
    ----------
    wish_kw
        The design load, taken as flat over the day.
    load_kw
        Load with which every figure of the option was made.
    season, quarter_hour
        Load case those figures are of: the one that leaves least of the hours that leave anything.
        None: the grid as it stands, at its peak.
    envelope
        A day of each season; empty for a first stage, which may draw `load_kw` at any hour.
    """

    wish_kw: float
    load_kw: float
    season: str | None
    quarter_hour: int | None
    envelope: tuple[Envelope, ...]
