"""SupplyApplication: who asks for electricity, where, how much, how important, by when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

__all__ = ["Commitment", "SupplyApplication"]

Importance = Literal["ordinary", "second", "first", "special", "temporary"]
Order = Literal["nearest_public", "cost", "time", "reliability"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplyApplication:
    """One application, as given, with defaults filled in; `find_application_problems` checks it.

    Parameters
    ----------
    lon, lat
        Site in CGCS2000, degrees.
    kw, kva
        Equipment power or transformer capacity asked for; exactly one is given.
    max_demand_kw
        Stated maximum demand; None: taken from `kw`.
    sources
        Number of supplies asked for.
    important_kw
        Part of the power that must not fail: what each source carries alone; None: all of it.
    phases
        1 or 3.
    power_factor
        None: the rule's, by voltage level.
    special_load
        none, impact, harmonic, single_phase or generation; None: not stated (which is not none).
    until_date
        Last day of a temporary supply; None: not stated, or permanent.
    load_kinds
        Kinds of equipment that may disturb others, of those the rules know (`study_load_kw`).
    motor_starts_per_hour
        How often the largest motor starts; None: the rule's.
    on_date
        Acceptance date: the rules in force on it apply.
    route_confirmed_by
        Name of who confirms that no water, railway or expressway lies between site and access.
    max_distance_m
        None: the rule's, by voltage level.
    site
        Red line, longitude and latitude of its corners in CGCS2000; None: a point.
    """

    lon: float
    lat: float
    on_date: date
    kw: float | None = None
    kva: float | None = None
    max_demand_kw: float | None = None
    sources: int = 1
    important_kw: float | None = None
    importance: str = "ordinary"
    category: str = "commercial"
    industry: str | None = None
    business: str = "new"
    phases: int = 3
    power_factor: float | None = None
    special_load: str | None = None
    largest_motor_kw: float | None = None
    motor_start: str | None = None
    motor_starts_per_hour: float | None = None
    load_kinds: tuple[str, ...] = ()
    small_micro: bool = False
    existing_node: str | None = None
    existing_kva: float | None = None
    wanted_date: date | None = None
    until_date: date | None = None
    stages: int = 1
    area: str = "demo"
    route_confirmed_by: str | None = None
    max_distance_m: float | None = None
    order: str = "nearest_public"
    site: tuple[tuple[float, float], ...] | None = None

    @property
    def is_increase_at_a_node(self) -> bool:
        """Whether more is asked for at a supply that is there already, and where that is."""
        return self.business == "increase" and self.existing_node is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Commitment:
    """Capacity promised at a node and not yet energised.

    Parameters
    ----------
    commitment_id
        Id in the system that made the promise.
    node_id
        Node of the grid it loads.
    s_kva
        Capacity promised.
    demand_factor
        Share of it expected at the peak, 0 to 1.
    power_factor
        Of the promised load, lagging.
    bay_id
        Bay it takes; empty if none.
    expires_on
        Last day it holds; None: until energised.
    curve_id
        Curve of the grid it will follow; empty: in full at every hour. Load cases alone heed it.
    """

    commitment_id: str
    node_id: str
    s_kva: float
    demand_factor: float = 1.0
    power_factor: float = 0.95
    bay_id: str = ""
    expires_on: date | None = None
    curve_id: str = ""

    def holds_on(self, day: date) -> bool:
        """Say whether it has not expired on a day."""
        return self.expires_on is None or self.expires_on >= day
