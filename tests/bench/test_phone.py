"""First visit on a weak signal, and the time from a tap to the answer, in a browser as phones have.

Prints rows of docs/performance.md. Nothing here decides a test but that it works at all: how many
bytes there may be is a test of the gate (tests/api/test_browser_weight.py).
"""

# ruff: noqa: T201 -- the table is what a benchmark is for

from __future__ import annotations

from collections.abc import Iterator
from statistics import median
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser

from tests.bench.slow_line import Loaded, SlowLine
from tests.browser.browser import launched, make_phone
from tests.browser.house import PASSWORD, House, demo_grids, serving
from tests.browser.phone import phone_of

pytestmark = pytest.mark.bench

VISITS, ANSWERS = 5, 15
WORKSHOP = "120.16285, 30.28368"

# Tells, in the page, when something first was so, after the frame that shows it.
WATCH = """
    const found = (what) => document.querySelector(what) !== null
    const signs = {
        form: () => found('[data-testid=send]:not(:disabled)') && found('#coordinates:enabled'),
        known: () => localStorage.getItem('me') !== null,
        map: () => found('[data-testid=map][data-ready=true]'),
    }
    window.seen = (name) => new Promise((done) => {
        const look = () => signs[name]() ? requestAnimationFrame(done) : requestAnimationFrame(look)
        look()
    })
    window.first = Object.fromEntries(Object.keys(signs).map((name) => [name, seen(name)]))
"""
# From the click on the send button to the frame that shows the server's verdict.
TIME_AN_ANSWER = """
    void (window.answered = new Promise((done) => addEventListener('click', function tapped(event) {
        if (!event.target.closest('[data-testid=send]')) return
        removeEventListener('click', tapped, true)
        const begun = performance.now()
        const look = () => document.querySelector('[data-testid=verdict]')?.checkVisibility()
            ? done(performance.now() - begun) : requestAnimationFrame(look)
        look()
    }, true)))
"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with launched() as started:
        yield started


@pytest.fixture(scope="module")
def house(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:  # noqa: ARG001
    with serving(tmp_path_factory.mktemp("service"), demo_grids()) as started:
        yield started


def show(capsys: pytest.CaptureFixture[str], *cells: object) -> None:
    with capsys.disabled():
        print("\n| " + " | ".join(str(cell) for cell in cells) + " |")


def test_the_first_visit(
    house: House, browser: Browser, capsys: pytest.CaptureFixture[str]
) -> None:
    visits = [_visit(house, browser) for _ in range(VISITS)]
    for name in ("form", "known", "map", "grid"):
        times = [visit[name][0] for visit in visits]
        size = median(sum(each.bytes for each in visit[name][1]) for visit in visits)
        show(capsys, f"first visit: {name}", f"{median(times) / 1e3:.2f} s",
             f"worst {max(times) / 1e3:.2f} s", f"{size / 1e3:.1f} kB")  # fmt: skip


def _visit(house: House, browser: Browser) -> dict[str, tuple[float, tuple[Loaded, ...]]]:
    """Open the app on a phone that knows nothing but its session; say when, and what had come."""
    phone = make_phone(browser, service_workers="block")
    login = {"name": "wang", "password": PASSWORD}
    assert phone.request.post(f"{house.url}/v1/sessions/browser", data=login).ok
    page = phone.new_page()
    page.add_init_script(WATCH)
    line = SlowLine.of(page)
    with line.slow():
        page.goto(house.url, wait_until="commit")
        seen = {"form": page.evaluate("first.form")}
        field = page.locator("#coordinates")
        field.fill(WORKSHOP)
        assert field.input_value() == WORKSHOP
        seen |= {name: page.evaluate(f"first.{name}") for name in ("known", "map")}
        page.wait_for_load_state("networkidle", timeout=60_000)
    tiles = [each.at_s for each in line.loaded if "/tiles/" in each.path]
    seen["grid"] = 1e3 * (max(tiles) - line.begun_s)
    phone.close()
    return {name: (ms, line.until(ms)) for name, ms in seen.items()}


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("100 kW at low voltage", {"kw": 100}),
        ("800 kVA at 10 kV", {"kva": 800, "category": "工业", "at": WORKSHOP}),
    ],
)
def test_from_the_tap_to_the_answer(
    house: House, browser: Browser, name: str, asked: dict[str, Any],
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    took_ms = []
    with phone_of(house, browser) as phone:
        phone.open().log_in().wait_until_kept()
        for _ in range(ANSWERS):
            phone.open("#/")
            phone.page.evaluate(TIME_AN_ANSWER)
            phone.ask(**asked)
            took_ms.append(phone.page.evaluate("window.answered"))
    p50, p95 = np.percentile(took_ms, [50, 95])
    show(capsys, name, f"p50 {p50:.0f} ms", f"p95 {p95:.0f} ms", f"first {took_ms[0]:.0f} ms")
