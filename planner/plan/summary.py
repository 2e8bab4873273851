"""What a plan was made from: grid, rules, design load."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["CalendarSummary", "DesignLoad", "GridSummary", "PricesSummary", "RulesSummary"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DesignLoad:
    """What goes into the power flow; `basis` says where it comes from."""

    p_kw: float
    q_kvar: float
    s_kva: float
    power_factor: float
    basis: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GridSummary:
    """The grid a plan was made on, with the date and quality of its data."""

    version: str
    name: str
    load_date: str | None
    topology_date: str | None
    load_basis: str
    quality: str
    problem_count: int
    assumptions: Mapping[str, str]
    relocation: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class RulesSummary:
    """The rules a plan was made under; `used` lists the rows, by id."""

    area: str
    version: str
    on_date: str
    used: tuple[str, ...]
    unverified: tuple[str, ...]
    not_adopted: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PricesSummary:
    """The price list a plan's costs come from."""

    name: str
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarSummary:
    """The working calendar a plan's dates were counted on, and the last day it knows."""

    version: str
    known_until: str
