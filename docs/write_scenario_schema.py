"""Write the JSON schema of scenario files: ``uv run python docs/write_scenario_schema.py``."""

from __future__ import annotations

import json
from pathlib import Path

from api.scenario_schema import scenario_schema

__all__ = ["SCHEMA_FILE", "schema_text"]

SCHEMA_FILE = Path(__file__).with_name("scenario.schema.json")


def schema_text() -> str:
    """Return the text of the file."""
    return json.dumps(scenario_schema(), ensure_ascii=False, indent=2) + "\n"


if __name__ == "__main__":
    SCHEMA_FILE.write_text(schema_text(), encoding="utf-8")
