"""Schemas: what HTTP takes and gives, for readers of the OpenAPI document.

The request's values are documented here and judged by `planner.intake` alone, so that every door
refuses the same things with the same sentences, all at once.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

from planner.intake import WORDS

__all__ = ["GridList", "GridOut", "PlanIn", "ProblemDetails", "ProblemItem", "Status"]

Number = Annotated[Any, WithJsonSchema({"type": "number", "exclusiveMinimum": 0})]
Whole = Annotated[Any, WithJsonSchema({"type": "integer", "minimum": 1})]
Text = Annotated[Any, WithJsonSchema({"type": "string", "maxLength": 200})]
Texts = Annotated[Any, WithJsonSchema({"type": "array", "items": {"type": "string"}})]
Day = Annotated[Any, WithJsonSchema({"type": "string", "format": "date"})]
Flag = Annotated[Any, WithJsonSchema({"type": "boolean"})]
Objects = Annotated[Any, WithJsonSchema({"type": "array", "items": {"type": "object"}})]
Shape = Annotated[Any, WithJsonSchema({"type": "object"})]
Position = Annotated[
    Any,
    WithJsonSchema({"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2}),
]


def _word(field: str) -> Any:
    words = WORDS[field]
    numeric = all(word.isdigit() for word in words)
    return WithJsonSchema({"enum": [int(word) if numeric else word for word in words]})


class PlanIn(BaseModel):
    """One application: where, how much, how important."""

    model_config = ConfigDict(
        extra="allow",
        json_schema_extra={
            "additionalProperties": False,
            "required": ["at"],
            "examples": [
                {"at": [120.15, 30.28], "kw": 150, "special_load": "none"},
                {
                    "at": [120.15, 30.28],
                    "kva": 800,
                    "category": "industrial",
                    "special_load": "none",
                    "route_confirmed_by": "张工",
                },
            ],
        },
    )

    at: Annotated[Position, Field(description="Site, [lon, lat].", examples=[[120.15, 30.28]])] = (
        None
    )
    grid: Annotated[
        Text, Field(description="Version or name of a grid; optional when one is served.")
    ] = None
    coordinates: Annotated[
        Any, _word("coordinates"), Field(description="System of `at`; cgcs2000 by default.")
    ] = None
    kw: Annotated[Number, Field(description="Equipment power; either this or kva.")] = None
    kva: Annotated[Number, Field(description="Transformer capacity; either this or kw.")] = None
    max_demand_kw: Annotated[Number, Field(description="Stated maximum demand.")] = None
    equipment: Annotated[
        Objects, Field(description="Equipment list: {name, kw, count, demand_factor}.")
    ] = None
    sources: Annotated[Any, _word("sources"), Field(description="Supplies asked for; 1.")] = None
    important_kw: Annotated[
        Number, Field(description="Part that must not fail: what each source carries alone; all.")
    ] = None
    importance: Annotated[
        Any, _word("importance"), Field(description="Importance class; ordinary.")
    ] = None
    category: Annotated[Any, _word("category"), Field(description="Use; commercial.")] = None
    industry: Annotated[Text, Field(description="Industry code.")] = None
    business: Annotated[Text, Field(description="Business type, as the rules know; new.")] = None
    phases: Annotated[Any, _word("phases"), Field(description="Phases; 3.")] = None
    power_factor: Annotated[Number, Field(description="Above 0, at most 1; the rules'.")] = None
    special_load: Annotated[
        Any, _word("special_load"), Field(description="Not stated is not the same as none.")
    ] = None
    largest_motor_kw: Annotated[Number, Field(description="Largest motor.")] = None
    motor_start: Annotated[Any, _word("motor_start"), Field(description="How it starts.")] = None
    motor_starts_per_hour: Annotated[
        Number, Field(description="How often an hour the largest motor starts; the rules'.")
    ] = None
    load_kinds: Annotated[
        Texts, Field(description="Kinds of equipment that may disturb others, as the rules know.")
    ] = None
    small_micro: Annotated[Flag, Field(description="Small or micro enterprise; false.")] = None
    existing_node: Annotated[Text, Field(description="Node of an existing supply.")] = None
    existing_kva: Annotated[Number, Field(description="Capacity of an existing supply.")] = None
    wanted_date: Annotated[Day, Field(description="Day the supply is wanted.")] = None
    until_date: Annotated[Day, Field(description="Last day of a temporary supply.")] = None
    stages: Annotated[Whole, Field(description="Stages of construction; 1.")] = None
    area: Annotated[Text, Field(description="Rule area; the grid's.")] = None
    on_date: Annotated[Day, Field(description="Acceptance date; today in Asia/Shanghai.")] = None
    commitments: Annotated[
        Objects,
        Field(
            description="Promises not yet energised: {commitment_id, node_id, s_kva, "
            "demand_factor, power_factor, bay_id, expires_on, curve_id}."
        ),
    ] = None
    route_confirmed_by: Annotated[
        Text, Field(description="Who confirms that no water, railway or expressway lies between.")
    ] = None
    max_distance_m: Annotated[Number, Field(description="Search distance; the rules'.")] = None
    order: Annotated[Any, _word("order"), Field(description="nearest_public.")] = None
    site: Annotated[
        Shape, Field(description="Red line of the site round `at`: a GeoJSON polygon.")
    ] = None


class ProblemItem(BaseModel):
    """One thing that is wrong with the input."""

    field: str
    zh: str
    en: str


class ProblemDetails(BaseModel):
    """Problem details (RFC 9457)."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "type": "urn:supply-plan:problem:bad_input",
                    "title": "Unprocessable Entity",
                    "status": 422,
                    "detail": 'kw is "-5"; give a number above 0',
                    "code": "bad_input",
                    "problems": [
                        {
                            "field": "kw",
                            "zh": "用电设备容量 kw 为“-5”，应为大于 0 的数",
                            "en": 'kw is "-5"; give a number above 0',
                        }
                    ],
                }
            ]
        }
    )

    type: str
    title: str
    status: int
    detail: str
    code: str
    problems: Annotated[list[ProblemItem], Field(description="For bad input: all of it.")] = []


class GridOut(BaseModel):
    """A grid that is served."""

    name: str
    version: str
    load_date: str | None
    topology_date: str | None
    load_basis: str
    quality: str
    problem_count: int
    counts: dict[str, int]
    assumptions: dict[str, str]
    relocation: dict[str, float]
    area: str
    bbox: Annotated[
        list[float] | None,
        Field(description="[west, south, east, north]; null if unknown."),
    ]


class GridList(BaseModel):
    """Every grid that is served; `next_cursor` is null on the last page."""

    items: list[GridOut]
    next_cursor: str | None


class Status(BaseModel):
    """Whether the server lives, and whether it can answer."""

    status: str
