"""How many bytes a phone has to load: of a weak signal's 50 kB a second each kB is 20 ms."""

from __future__ import annotations

import json
import re
from importlib.resources import files
from pathlib import Path

import pytest

BUILT = Path(str(files("api").joinpath("static")))
ASSETS = BUILT / "assets"
MOST_BEFORE_THE_FORM, MOST_WITH_THE_MAP = 100_000, 220_000
# what a chunk is loaded with, as the build writes it: the list, and the places in it
_LIST = re.compile(r"m\.f\|\|\(m\.f=(\[[^\]]*\])")
_MAP = re.compile(
    r"import\([`'\"]\./SiteMap-[\w-]+\.js[`'\"]\).{0,40}?__vite__mapDeps\((\[[\d,]*\])"
)

pytestmark = pytest.mark.skipif(
    not (BUILT / "index.html").is_file(), reason="the web client is not built here"
)


def before_the_form() -> set[str]:
    """Return the files of the first page: scripts and styles."""
    page = (BUILT / "index.html").read_text(encoding="utf-8")
    return {Path(name).name for name in re.findall(r'(?:src|href)="\./assets/([^"]+)"', page)}


def of_the_map() -> set[str]:
    """Return the files of the map on the first page, and what they stand on."""
    entry = next(ASSETS.glob("index-*.js")).read_text(encoding="utf-8")
    listed, wanted = _LIST.search(entry), _MAP.search(entry)
    assert listed, "the build no longer lists what a chunk is loaded with: read it elsewhere"
    assert wanted, "the first page no longer loads a SiteMap: name what it does load"
    names = json.loads(listed[1].replace("`", '"').replace("'", '"'))
    return {Path(names[place]).name for place in json.loads(wanted[1])}


def weight(names: set[str], ending: str = ".gz") -> int:
    return sum((ASSETS / f"{name}{ending}").stat().st_size for name in names)


def page_weight() -> int:
    return (BUILT / "index.html.gz").stat().st_size


def test_the_form_is_there_with_100_kb() -> None:
    assert page_weight() + weight(before_the_form()) <= MOST_BEFORE_THE_FORM


def test_the_map_is_there_with_220_kb() -> None:
    assert page_weight() + weight(before_the_form() | of_the_map()) <= MOST_WITH_THE_MAP


def test_what_shifts_coordinates_is_loaded_where_something_is_shifted() -> None:
    first = before_the_form() | of_the_map()
    assert not [name for name in first if name.startswith(("gcoord", "gcj02", "systems"))]


def test_the_map_is_counted() -> None:
    kinds = {re.sub(r"-[\w-]{8}\.", ".", name) for name in of_the_map()}
    assert {"SiteMap.js", "GridMap.js", "GridMap.css"} <= kinds
