"""How smoothly a phone's map of a large city moves, and how soon its tiles come.

Prints rows of docs/performance.md; nothing here decides a test. A city of half a million lines
takes two minutes to make. Frames are those of Chromium without a graphics card, on the cores
that also serve the tiles: a phone's card draws while its processor does something else.
"""

# ruff: noqa: T201 -- the table is what a benchmark is for

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import numpy as np
import pytest
from playwright.sync_api import Browser, CDPSession, Page, expect

from api import clock
from api.serving import ServedGrids
from grid_models.model import GridModel
from grid_models.storage import write_grid
from grid_models.stored.opening import open_model
from grid_models.synthesize import synthesize_grid
from tests.api.map.tile_reading import units
from tests.browser.browser import launched
from tests.browser.house import House, serving
from tests.browser.phone import Phone, phone_of

pytestmark = pytest.mark.bench

NODES, MIDDLE = 530_000, (120.15, 30.28)
HERE = {"longitude": MIDDLE[0], "latitude": MIDDLE[1], "accuracy": 8.0}
START_ZOOM = 16
ZOOMS = (14, 16, 18)
# what the map's scale line says there
SCALES = {14: "1000 m", 15: "500 m", 16: "200 m", 17: "100 m", 18: "50 m"}
COLOURINGS = ("按电压", "按可开放容量")
SLOWER = (1, 4)
DRAGS, DRAG_PX, PX_PER_S = 8, 300, 600
AROUND = range(-3, 4)

# Notes the time between frames while `window.gaps` is a list.
WATCH_FRAMES = """
    window.gaps = null
    let before = 0
    const frame = (now) => {
        window.gaps?.push(now - before)
        before = now
        requestAnimationFrame(frame)
    }
    requestAnimationFrame(frame)
"""


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> GridModel:
    folder: Path = tmp_path_factory.mktemp("cities") / "city"
    today = clock.today()
    write_grid(
        synthesize_grid(nodes=NODES, seed=1, load_date=today, topology_date=today), folder
    )  # fmt: skip
    return open_model(folder)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with launched() as started:
        yield started


@pytest.fixture(scope="module")
def house(city: GridModel, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    grids = ServedGrids([city])
    grids.prepare()
    with serving(tmp_path_factory.mktemp("service"), grids) as started:
        yield started


@pytest.fixture(scope="module")
def phone(house: House, browser: Browser) -> Iterator[Phone]:
    """Return a phone in the middle of the city."""
    with phone_of(house, browser, geolocation=HERE, service_workers="block") as phone:
        phone.page.add_init_script(WATCH_FRAMES)
        yield phone.open().log_in()
        # that nothing may be kept on the phone is what was asked for
        phone.errors.clear()


def show(capsys: pytest.CaptureFixture[str], *cells: object) -> None:
    with capsys.disabled():
        print("\n| " + " | ".join(str(cell) for cell in cells) + " |")


@pytest.mark.parametrize("colouring", COLOURINGS)
@pytest.mark.parametrize("zoom", ZOOMS)
@pytest.mark.parametrize("slower", SLOWER)
def test_the_map_moves(
    phone: Phone, colouring: str, zoom: int, slower: int, capsys: pytest.CaptureFixture[str]
) -> None:
    _show_map(phone, zoom)
    phone.choose("线路着色", colouring)
    phone.page.wait_for_load_state("networkidle")
    tools = phone.context.new_cdp_session(phone.page)
    tools.send("Emulation.setCPUThrottlingRate", {"rate": slower})
    gaps = _drag(phone.page, tools)
    tools.send("Emulation.setCPUThrottlingRate", {"rate": 1})
    tools.detach()
    p50, p95 = np.percentile(gaps, [50, 95])
    show(capsys, zoom, colouring, f"CPU / {slower}", f"p50 {p50:.0f} ms", f"p95 {p95:.0f} ms",
         f"worst {max(gaps):.0f} ms", f"{len(gaps)} frames")  # fmt: skip


def _show_map(phone: Phone, zoom: int) -> None:
    """Open the map where the phone is, at its starting scale, then go nearer or farther."""
    phone.open("#/")
    phone.open("#/map")
    expect(phone.page.get_by_role("group", name="线路着色")).to_be_visible()
    ready = expect(phone.page.get_by_test_id("map"))
    ready.to_have_attribute("data-ready", "true", timeout=60_000)
    scale = expect(phone.page.locator(".ol-scale-line-inner"))
    phone.tap("用我的位置")
    scale.to_have_text(SCALES[START_ZOOM])
    button = phone.page.locator(".ol-zoom-in" if zoom > START_ZOOM else ".ol-zoom-out")
    for level in _levels(zoom):
        # a finger may slip where the machine does much else
        button.dispatch_event("click")
        scale.to_have_text(SCALES[level])


def _levels(zoom: int) -> range:
    """Return the scales on the way from the starting one."""
    step = 1 if zoom > START_ZOOM else -1
    return range(START_ZOOM + step, zoom + step, step) if zoom != START_ZOOM else range(0)


def _drag(page: Page, tools: CDPSession) -> list[float]:
    """Drag a finger over the map, to and fro in both directions; return the gaps between frames."""
    box = page.get_by_test_id("map").bounding_box()
    assert box is not None
    page.evaluate("void (window.gaps = [])")
    for number in range(DRAGS):
        way = (DRAG_PX if number % 2 else -DRAG_PX) / 2
        tools.send(
            "Input.synthesizeScrollGesture",
            {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2,
             "xDistance": way, "yDistance": way, "speed": PX_PER_S, "preventFling": True,
             "gestureSourceType": "touch"},
        )  # fmt: skip
    gaps: list[float] = page.evaluate("gaps")
    return gaps


@pytest.mark.parametrize("z", [11, 13, 14, 15, 16])
def test_tiles_come(
    house: House, city: GridModel, z: int, capsys: pytest.CaptureFixture[str]
) -> None:
    x, y = (int(side) for side in units(z, *MIDDLE))
    paths = [
        f"/v1/map/{city.version}/tiles/{z}/{x + dx}/{y + dy}" for dx in AROUND for dy in AROUND
    ]
    with house.talk_as("wang") as caller:
        new, kept = _times_ms(caller, paths), _times_ms(caller, paths)
    for name, took_ms in (("new", new), ("kept", kept)):
        p50, p95 = np.percentile(took_ms, [50, 95])
        show(capsys, f"z {z}", name, f"p50 {p50:.1f} ms", f"p95 {p95:.1f} ms")


def _times_ms(caller: httpx2.Client, paths: list[str]) -> list[float]:
    took_ms = []
    for path in paths:
        begun = time.perf_counter()
        caller.get(path).raise_for_status()
        took_ms.append(1e3 * (time.perf_counter() - begun))
    return took_ms
