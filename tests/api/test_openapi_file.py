"""The description of the service that the page is made from is the service's own."""

from __future__ import annotations

import json
import runpy
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_file_is_what_the_service_says_of_itself() -> None:
    script = runpy.run_path(str(ROOT / "docs" / "write_openapi.py"))
    kept = script["OPENAPI_FILE"].read_text(encoding="utf-8")
    assert kept == script["openapi_text"](), "run docs/write_openapi.py"


def test_every_operation_with_a_body_says_that_it_may_be_too_large() -> None:
    script = runpy.run_path(str(ROOT / "docs" / "write_openapi.py"))
    document = json.loads(script["openapi_text"]())
    silent = [
        operation["operationId"]
        for path in document["paths"].values()
        for operation in path.values()
        if "requestBody" in operation and "413" not in operation["responses"]
    ]
    assert silent == []
