from __future__ import annotations

import json
import re
from importlib.resources import files
from pathlib import Path

import pytest

FOLDER = Path(str(files("api"))) / "web" / "src" / "messages"


@pytest.mark.skipif(not FOLDER.is_dir(), reason="the sources of the web client are not here")
@pytest.mark.parametrize("language", ["zh", "en"])
def test_messages_hold_named_places_and_nothing_else(language: str) -> None:
    """What fills them in (`src/i18n.ts`) knows no more."""
    for key, text in json.loads((FOLDER / f"{language}.json").read_text(encoding="utf-8")).items():
        assert not re.search(r"[{}|@]", re.sub(r"\{\w+\}", "", text)), key
