"""The browser on this machine, and phones in it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, expect, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip
IS_NEEDED = "SUPPLY_PLAN_BROWSER_NEEDED"
"""Set where these tests must not be skipped: the gate."""
SHOP = {"longitude": 120.1496, "latitude": 30.27535, "accuracy": 8.0}
"""A street corner of the demo district: low voltage is near."""


# a machine that does much else at the time is slow, not wrong
PATIENCE_MS = 20_000
expect.set_options(timeout=PATIENCE_MS)


def find_browser() -> str | None:
    """Return where the browser is; None if this machine has none."""
    return next((found for name in NAMES if (found := shutil.which(name))), None)


def require_browser() -> str:
    """Return where the browser is; skip where there is none and none is demanded."""
    executable = find_browser()
    if executable is None:
        if os.environ.get(IS_NEEDED):
            pytest.fail("no Chromium on this machine, and these tests must run here")
        pytest.skip("no Chromium on this machine")
    return executable


@contextmanager
def launched() -> Iterator[Browser]:
    """Start the browser."""
    executable = require_browser()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=list(FLAGS))
        yield browser
        browser.close()


def make_phone(browser: Browser, **other: Any) -> BrowserContext:
    """Return a phone held upright, with a finger, in Hangzhou, that says where it is."""
    options: dict[str, Any] = {
        "viewport": {"width": 390, "height": 844},
        # a machine without a graphics card paints every point itself
        "device_scale_factor": 1,
        "has_touch": True,
        "is_mobile": True,
        "locale": "zh-CN",
        "timezone_id": "Asia/Shanghai",
        "geolocation": SHOP,
        "permissions": ["geolocation"],
    }
    phone = browser.new_context(**(options | other))
    phone.set_default_timeout(PATIENCE_MS)
    return phone
