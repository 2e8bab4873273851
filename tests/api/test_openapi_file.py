"""The description of the service that the page is made from is the service's own."""

from __future__ import annotations

import runpy
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_file_is_what_the_service_says_of_itself() -> None:
    script = runpy.run_path(str(ROOT / "docs" / "write_openapi.py"))
    kept = script["OPENAPI_FILE"].read_text(encoding="utf-8")
    assert kept == script["openapi_text"](), "run docs/write_openapi.py"
