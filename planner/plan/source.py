"""Source of an option: access point, route, conductor and what lies upstream."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["AccessPoint", "Boundary", "Conductor", "Route", "RouteCrossing", "Source"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessPoint:
    """Where the new line leaves the public grid."""

    kind: str
    element_id: str
    bay_id: str | None
    position: float | None
    lon: float
    lat: float
    distance_m: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteCrossing:
    """How often a route crosses a kind of street or barrier."""

    kind: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """Course of the new line; `method` is streets or estimate.

    What lies in ducts, along streets and off them, and the crossings, are known along streets
    alone: 0 and empty for an estimate.
    """

    length_m: float
    method: str
    coordinates: tuple[tuple[float, float], ...]
    duct_m: float = 0.0
    street_m: float = 0.0
    off_street_m: float = 0.0
    crossings: tuple[RouteCrossing, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Conductor:
    """Conductor of the new line: values of one circuit, `parallel` circuits."""

    type: str
    laying: str
    parallel: int
    r_ohm_per_km: float
    x_ohm_per_km: float
    c_nf_per_km: float
    ampacity_a: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Boundary:
    """Where the utility's property ends; `code` is a value of the rule `property_boundary`."""

    code: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One supply of an option, from the access point up to the external grid."""

    role: str
    feeder_id: str | None
    busbar_id: str | None
    main_transformer_id: str | None
    substation_id: str | None
    feeder_is_public: bool
    access_point: AccessPoint
    route: Route
    conductor: Conductor
    upstream: tuple[str, ...]
    boundary: Boundary
