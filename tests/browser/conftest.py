from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from playwright.sync_api import Browser

from api.serving import ServedGrids
from tests.browser.browser import launched, require_browser
from tests.browser.house import House, demo_grids, serving
from tests.browser.phone import Phone, phone_of

NewPhone = Callable[..., Phone]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Return the browser of this machine; of one file, since its loop of events stops others."""
    with launched() as started:
        yield started


@pytest.fixture(scope="session")
def grids() -> ServedGrids:
    """Return the demo district, made where there is a browser to look at it with."""
    require_browser()
    return demo_grids()


@pytest.fixture(scope="session")
def house(grids: ServedGrids, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Return a service that runs."""
    with serving(tmp_path_factory.mktemp("service"), grids) as started:
        yield started


@pytest.fixture
def new_phone(house: House, browser: Browser) -> Iterator[NewPhone]:
    """Return a function that takes another phone out of the box."""
    with ExitStack() as phones:
        yield lambda **other: phones.enter_context(phone_of(house, browser, **other))
    house.give_back()


@pytest.fixture
def phone(new_phone: NewPhone) -> Phone:
    """Return a phone on which Wang, a customer manager, is logged in."""
    return new_phone().open().log_in()
