"""Schemas: what a phone takes along to give a preliminary answer where there is no signal."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, Field

from planner.rules import RuleBook, Rules

__all__ = ["PackArea", "PackGrid", "PackOut", "PackPoint", "PackRules"]


class PackGrid(BaseModel):
    """The grid a pack is of, and how old and how good its data are."""

    name: str
    version: str
    quality: str
    load_basis: str
    load_date: date | None
    topology_date: date | None
    has_restricted_areas: bool = Field(
        description="They are known, even if there are none; if not, an answer is for the desk."
    )


class PackArea(BaseModel):
    """A restricted area: neither a site nor the way to it may touch it."""

    name: str
    reason: str
    polygons: list[list[list[list[float]]]] = Field(
        description="Each its outer ring, then its holes; [lon, lat]."
    )


class PackRules(BaseModel):
    """The numbers that level, size and way are found by, as the planner takes them."""

    area: str
    version: str
    title_zh: str
    is_example: bool
    on_date: date
    low_voltage_limit_kw: float
    lv_only_share: float
    near_limit_share: float
    single_phase_limit_kw: float
    on_site_limit_kva: float
    power_factor_lv: float
    power_factor_mv: float
    transformer_load_rate: float
    standard_transformers_kva: list[float]
    category_demand_factor: dict[str, float]
    mv_capacity_min_kva: float
    mv_capacity_max_10kv_kva: float
    mv_capacity_max_20kv_kva: float
    tee_max_capacity_kva: float
    bay_max_capacity_kva: float
    ring_in_max_capacity_kva: float
    detour_factor: float
    route_minimum_m: float
    route_unconfirmed_above_m: float
    lv_max_distance_m: float
    mv_max_distance_m: float

    @classmethod
    def of(cls, book: RuleBook, rules: Rules) -> PackRules:
        """Return the numbers in force on the rules' day."""
        return cls(
            area=book.area, version=book.version, title_zh=book.title_zh,
            is_example=book.is_example, on_date=rules.on_date,
            low_voltage_limit_kw=rules.number("lv_access_limit"),
            single_phase_limit_kw=rules.number("single_phase_limit"),
            on_site_limit_kva=rules.number("on_site_limit"),
            standard_transformers_kva=[float(s) for s in rules.value("standard_transformers_kva")],
            category_demand_factor=dict(rules.value("category_demand_factor")),
            mv_capacity_min_kva=rules.number("mv_capacity_min"),
            mv_capacity_max_10kv_kva=rules.number("mv_capacity_max_10kv"),
            mv_capacity_max_20kv_kva=rules.number("mv_capacity_max_20kv"),
            tee_max_capacity_kva=rules.number("tee_max_capacity"),
            bay_max_capacity_kva=rules.number("bay_max_capacity"),
            ring_in_max_capacity_kva=rules.number("ring_in_max_capacity"),
            route_minimum_m=rules.number("route_minimum"),
            route_unconfirmed_above_m=rules.number("route_unconfirmed_above"),
            lv_max_distance_m=rules.number("lv_max_distance"),
            mv_max_distance_m=rules.number("mv_max_distance"),
            **{
                name: rules.number(name)
                for name in (
                    "lv_only_share", "near_limit_share", "power_factor_lv", "power_factor_mv",
                    "transformer_load_rate", "detour_factor",
                )
            },
        )  # fmt: skip


class PackPoint(BaseModel):
    """A public transformer or line, and what it could take when the pack was made, alone."""

    kind: Literal["transformer_lv", "line_tee", "line_bay"] = Field(
        description="Its low-voltage board; a tee on an overhead line; a cable, cut into for a bay."
    )
    element_id: str
    name: str
    kv: float = Field(description="Nominal voltage of supply.")
    ownership: Literal["public"]
    quality: Literal["exact", "full_ac"]
    free_kva: float = Field(description="Rounded down; may be negative.")
    power_factor: float = Field(description="Of the new load it was found for.")
    lon: float | None = Field(description="Of a transformer.")
    lat: float | None
    geometry: list[list[float]] | None = Field(description="Course of a line: [lon, lat] each.")
    sn_kva: float | None = Field(description="Of a transformer.")
    laying: Literal["overhead", "cable"] | None = Field(description="Of a line.")


class PackOut(BaseModel):
    """Everything for a preliminary answer without signal, until `good_until`.

    A pack holds nothing back for anybody: what it says is free may have been promised to another
    customer since. An answer by it is preliminary, says so, and is planned anew with signal before
    anything is promised.
    """

    grid: PackGrid
    at: list[float] = Field(description="[lon, lat]")
    radius_m: float
    made_at: datetime
    good_until: datetime = Field(description="`made_at` and the hours of the rule `pack_hours`.")
    rules: PackRules
    points: list[PackPoint]
    restricted_areas: list[PackArea] = Field(description="That come near the radius.")
    left_out: dict[str, int] = Field(
        description="How many lines and transformers round the place are no points, by why."
    )
    truncated: bool = Field(description="More lie within the radius: only the nearest.")
