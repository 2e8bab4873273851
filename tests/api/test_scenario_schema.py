"""The published schema, the judge and the example agree."""

from __future__ import annotations

import json
import runpy
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from fastapi.testclient import TestClient
from ruamel.yaml import YAML

from api.scenario_schema import inlined, scenario_schema
from planner.scenarios.fields import ACTIONS, SCENARIO_FIELDS, STEP_FIELDS
from tests.api.what_ifs import STEPS

ROOT = Path(__file__).parents[2]
SCHEMA = scenario_schema()


def is_valid(document: Any, schema: dict[str, Any] = SCHEMA) -> bool:
    return bool(jsonschema.Draft202012Validator(schema).is_valid(document))


def test_the_published_file_is_the_schema() -> None:
    script = runpy.run_path(str(ROOT / "docs" / "write_scenario_schema.py"))
    published = script["SCHEMA_FILE"].read_text(encoding="utf-8")
    assert published == script["schema_text"](), "run docs/write_scenario_schema.py"


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_the_schema_has_the_fields_the_judge_knows() -> None:
    definitions = SCHEMA["$defs"]
    assert set(SCHEMA["properties"]) == set(SCENARIO_FIELDS)
    step = definitions["StepDocument"]["properties"]
    assert set(step) == set(STEP_FIELDS)
    for action, fields in ACTIONS.items():
        (schema, *_) = step[action].get("anyOf", [step[action]])
        name = schema.get("$ref", "").rpartition("/")[2]
        own = definitions[name] if name else schema
        assert set(own["properties"]) == set(fields), action


@pytest.mark.parametrize(
    "step",
    [
        {},
        {"name": "x"},
        {"add_load": {"node": "a"}},
        {"add_load": {"node": "a", "p_kw": -1}},
        {"add_load": {"node": "a", "p_kw": 1, "kw": 1}},
        {"add_load": []},
        {"add_lod": {}},
        {"switch": {"close": []}},
        {"grow_loads": {"percent": -100}},
        {"add_line": {"from": "a", "length_m": 0, "type": "x"}},
        {"switch": {"close": "a"}, "allow_ring": "yes"},
    ],
)
def test_what_the_judge_refuses_at_sight_the_schema_does_not_admit(step: dict[str, Any]) -> None:
    assert not is_valid({"steps": [step]})


def test_what_tests_carry_out_the_schema_admits() -> None:
    assert is_valid({"steps": STEPS})
    line = {"from": "a", "to": "b", "length_m": 5, "type": "x", "open_at": "b"}
    assert is_valid({"steps": [{"add_line": [line, line]}], "nodes": "a"})


def test_the_example_is_admitted_and_points_at_the_schema() -> None:
    path = ROOT / "examples" / "what_if.yaml"
    text = path.read_text(encoding="utf-8")
    assert is_valid(json.loads(json.dumps(YAML(typ="safe").load(text), default=str)))
    pointer = text.splitlines()[0].partition("$schema=")[2]
    assert (path.parent / pointer).resolve() == ROOT / "docs" / "scenario.schema.json"


def test_the_openapi_document_holds_the_same_schema(client: TestClient) -> None:
    route = client.get("/openapi.json").json()["paths"]["/v1/scenarios"]["post"]
    schema = route["requestBody"]["content"]["application/json"]["schema"]
    assert "$ref" not in json.dumps(schema)
    assert schema["properties"] == inlined(SCHEMA)["properties"]
    assert is_valid({"steps": STEPS}, schema)
