from __future__ import annotations

import logging
from threading import Event

import pytest

from api.background import Background

SOON_S = 30.0


def test_work_is_done_until_there_is_no_more() -> None:
    left, done = [1, 2, 3], Event()

    def work() -> bool:
        left.pop()
        if not left:
            done.set()
        return bool(left)

    background = Background(name="test", work=work, pause_s=SOON_S)
    background.start()
    assert done.wait(SOON_S)
    background.stop()
    background.join()


def test_who_is_woken_looks_again() -> None:
    asked = [Event(), Event()]
    waiting = iter(asked)

    def work() -> bool:
        next(waiting).set()
        return False

    background = Background(name="test", work=work, pause_s=SOON_S)
    background.start()
    assert asked[0].wait(SOON_S)
    background.wake()
    assert asked[1].wait(SOON_S)
    background.stop()
    background.join()


def test_work_that_fails_is_logged_and_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    again = Event()

    def work() -> bool:
        if not caplog.records:
            raise ValueError("no room on the disk")
        again.set()
        return False

    with caplog.at_level(logging.ERROR):
        background = Background(name="test", work=work, pause_s=0.0)
        background.start()
        assert again.wait(SOON_S)
        background.stop()
        background.join()

    assert "no room on the disk" in caplog.text
