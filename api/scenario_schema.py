"""The JSON schema of a scenario, for editors, programs and the OpenAPI document.

It documents what `planner.scenarios.reading` judges: what it admits the judge reads, and a test
holds the two to the same fields. ``docs/scenario.schema.json`` is its text.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypeAlias, TypeVar

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

from api.schemas import PlanIn
from planner.scenarios.fields import ACTIONS
from planner.scenarios.reading import MOST_STEPS, SCHEMA

__all__ = ["ScenarioDocument", "StepDocument", "inlined", "scenario_schema"]

Id = Annotated[str, Field(min_length=1, max_length=200)]
Text = Annotated[str, Field(max_length=200)]
Above = Annotated[float, Field(gt=0)]
NotNegative = Annotated[float, Field(ge=0)]
Share = Annotated[float, Field(gt=0, le=1)]
Whole = Annotated[int, Field(ge=1)]
Position = Annotated[list[float], Field(min_length=2, max_length=2)]
NewId = Annotated[Id | None, Field(description="Its id; one is given if none is stated.")]
Type = Annotated[Text, Field(description="Type of the catalogue.")]

T = TypeVar("T")
OneOrMany: TypeAlias = T | Annotated[list[T], Field(min_length=1)]
Ids: TypeAlias = OneOrMany[Id]


class _Part(BaseModel):
    """Every part of a scenario: nothing it does not know may stand in it."""

    model_config = ConfigDict(extra="forbid")


class AddLoad(_Part):
    """A load of constant power that comes."""

    node: Id
    p_kw: NotNegative
    q_kvar: Annotated[float | None, Field(description="Either this or power_factor.")] = None
    power_factor: Annotated[Share | None, Field(description="Lagging; the scenario's.")] = None
    category: Annotated[Text | None, Field(description="As in the loads table.")] = None
    id: NewId = None


class SetLoad(_Part):
    """The power a load has from now on; its scaling becomes 1."""

    load: Id
    p_kw: NotNegative
    q_kvar: float


class GrowLoads(_Part):
    """Growth of loads, those that earlier steps added included."""

    percent: Annotated[float, Field(gt=-100, description="5 is a growth by 5 %.")]
    category: Annotated[OneOrMany[Text] | None, Field(description="All if none is stated.")] = None
    loads: Annotated[Ids | None, Field(description="Loads that grow; all if none is stated.")] = (
        None
    )


class AddGenerator(_Part):
    """A generator or storage that comes; what it gives to the grid is positive."""

    node: Id
    p_kw: Annotated[float, Field(description="Negative only for kind storage, when it charges.")]
    q_kvar: float = 0.0
    kind: Annotated[Text | None, Field(description="PV, wind, storage ...")] = None
    id: NewId = None


class SetGenerator(_Part):
    """The power a generator has from now on; its scaling becomes 1."""

    generator: Id
    p_kw: float
    q_kvar: float


class Switch(_Part):
    """Switches that are closed and opened in one go."""

    close: Ids | None = None
    open: Ids | None = None


class Service(_Part):
    """Lines, transformers, loads or generators."""

    elements: Ids


class ReplaceConductor(_Part):
    """Another conductor on the course of a line."""

    line: Id
    type: Type
    parallel: Annotated[Whole | None, Field(description="Circuits; as many as now.")] = None


class ReplaceTransformer(_Part):
    """Another transformer in the place of one: a type of the catalogue, or all five values."""

    transformer: Id
    type: Annotated[Text | None, Field(description="Type of the catalogue.")] = None
    sn_kva: Above | None = None
    vk_pct: Above | None = None
    vkr_pct: NotNegative | None = None
    pfe_w: NotNegative | None = None
    i0_pct: NotNegative | None = None


class _NewLine(_Part):
    to: Annotated[
        Id | None, Field(description="Node it ends at; with `at`, the id of a new one.")
    ] = None
    at: Annotated[
        Position | None, Field(description="[lon, lat] of a new node, CGCS2000; none: `to` is old.")
    ] = None
    length_m: Above
    type: Type
    parallel: Whole = 1
    id: NewId = None


class AddLine(_NewLine):
    """A new line."""

    from_: Annotated[Id, Field(alias="from")]
    open_at: Annotated[Id | None, Field(description="End with an open switch: a tie.")] = None


class AddFeeder(_NewLine):
    """A new outgoing line of a substation busbar, with its breaker."""

    busbar: Id


class AddTransformer(_Part):
    """A new distribution transformer, by default with a new low-voltage node."""

    hv_node: Id
    lv_node: Annotated[
        Id | None, Field(description="Node of its low side: one that is there, or a new id.")
    ] = None
    at: Annotated[Position | None, Field(description="[lon, lat] of a new node.")] = None
    type: Type
    id: NewId = None


def _application() -> dict[str, Any]:
    """Return the schema of an application: that of a plan, under the scenario's rules and day."""
    properties = PlanIn.model_json_schema()["properties"]
    own = {name: schema for name, schema in properties.items() if name in ACTIONS["application"]}
    rank = {"type": "integer", "minimum": 1, "description": "Option that is built; the first."}
    return {
        "type": "object",
        "additionalProperties": False,
        "description": "A customer, connected as the assistant recommends.",
        "properties": own | {"rank": rank},
        "required": ["at"],
    }


class StepDocument(_Part):
    """One step. Its actions are done in the order they are written and judged together."""

    model_config = ConfigDict(
        json_schema_extra={"anyOf": [{"required": [action]} for action in ACTIONS]}
    )

    name: Text | None = None
    allow_ring: Annotated[
        bool, Field(description="Without it, a step that leaves a closed ring is refused.")
    ] = False
    allow_unsupplied: Annotated[
        bool, Field(description="Without it, a step that leaves loads unsupplied is refused.")
    ] = False
    add_load: OneOrMany[AddLoad] | None = None
    set_load: OneOrMany[SetLoad] | None = None
    grow_loads: OneOrMany[GrowLoads] | None = None
    add_generator: OneOrMany[AddGenerator] | None = None
    set_generator: OneOrMany[SetGenerator] | None = None
    application: Annotated[Any, WithJsonSchema(_application())] = None
    switch: OneOrMany[Switch] | None = None
    out_of_service: OneOrMany[Service] | None = None
    in_service: OneOrMany[Service] | None = None
    replace_conductor: OneOrMany[ReplaceConductor] | None = None
    replace_transformer: OneOrMany[ReplaceTransformer] | None = None
    add_line: OneOrMany[AddLine] | None = None
    add_feeder: OneOrMany[AddFeeder] | None = None
    add_transformer: OneOrMany[AddTransformer] | None = None


class ScenarioDocument(_Part):
    """A base grid and what is tried on it, step by step."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "name": "充电站与增容",
                    "steps": [
                        {"name": "充电站", "add_load": {"node": "bus:6", "p_kw": 120}},
                        {"replace_transformer": {"transformer": "trafo:2", "type": "S13-630/10"}},
                    ],
                }
            ]
        }
    )

    schema_: Annotated[Literal[SCHEMA] | None, Field(alias="schema")] = None  # type: ignore[valid-type]
    name: Text | None = None
    grid: Annotated[Id | None, Field(description="Name or version of the base grid.")] = None
    area: Annotated[Text | None, Field(description="Rule area; the grid's.")] = None
    on_date: Annotated[
        Text | None,
        Field(
            description="Day whose rules hold; today in Asia/Shanghai.",
            json_schema_extra={"format": "date"},
        ),
    ] = None
    power_factor: Annotated[
        Share | None, Field(description="Of the load whose capacity is compared; the rules'.")
    ] = None
    nodes: Annotated[
        Ids | None,
        Field(description="Where capacities are compared; every board and busbar touched."),
    ] = None
    steps: Annotated[list[StepDocument], Field(min_length=1, max_length=MOST_STEPS)]


def scenario_schema() -> dict[str, Any]:
    """Return the JSON schema (draft 2020-12) of a scenario."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:supply-plan:schema:scenario:1",
        **_without_null_defaults(ScenarioDocument.model_json_schema(by_alias=True)),
    }


def _without_null_defaults(value: Any) -> Any:
    """Return a schema that does not say of what may be left out that it is null by default."""
    match value:
        case dict():
            return {
                key: _without_null_defaults(item)
                for key, item in value.items()
                if not (key == "default" and item is None)
            }
        case list():
            return [_without_null_defaults(item) for item in value]
    return value


def inlined(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return a schema that refers to nothing, for a place inside another document."""
    definitions = schema.get("$defs", {})

    def resolve(value: Any) -> Any:
        match value:
            case {"$ref": str(reference)}:
                return resolve(definitions[reference.rpartition("/")[2]])
            case dict():
                return {key: resolve(item) for key, item in value.items() if key != "$defs"}
            case list():
                return [resolve(item) for item in value]
        return value

    result: dict[str, Any] = resolve(dict(schema))
    return result
