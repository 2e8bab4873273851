"""Write the description of the service: ``uv run python docs/write_openapi.py``.

The types of the web client are made from it.
"""

from __future__ import annotations

import json
from pathlib import Path

from api.database import Database
from api.main import create_app
from api.serving import ServedGrids
from api.settings import Settings

__all__ = ["OPENAPI_FILE", "openapi_text"]

OPENAPI_FILE = Path(__file__).with_name("openapi.json")


def openapi_text() -> str:
    """Return the text of the file."""
    app = create_app(Settings(), ServedGrids([]), Database.open("sqlite://"))
    return json.dumps(app.openapi(), ensure_ascii=False, indent=1) + "\n"


if __name__ == "__main__":
    OPENAPI_FILE.write_text(openapi_text(), encoding="utf-8")
