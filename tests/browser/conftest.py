from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from playwright.sync_api import Browser

from tests.browser.browser import launched
from tests.browser.house import House, serving
from tests.browser.phone import Phone, phone_of

NewPhone = Callable[..., Phone]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Return the browser of this machine."""
    with launched() as started:
        yield started


@pytest.fixture(scope="session")
def house(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:  # noqa: ARG001
    """Return a service that runs, where there is a browser to use it with."""
    with serving(tmp_path_factory.mktemp("service")) as started:
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
