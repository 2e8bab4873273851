"""So many photos at a time, some that wait, and others are turned away."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from api.darkroom import Darkroom, DarkroomFullError


def use(room: Darkroom) -> str:
    with room.turn():
        return "unpacked"


def test_who_comes_when_all_places_are_taken_is_turned_away() -> None:
    room = Darkroom(at_once=1, waiting=0)
    with room.turn(), pytest.raises(DarkroomFullError, match="1 photos are being looked at"):
        use(room)


def test_a_place_is_free_again_however_it_was_left() -> None:
    room = Darkroom(at_once=1, waiting=0)
    with pytest.raises(ValueError, match="damaged"), room.turn():
        raise ValueError("damaged")

    assert use(room) == "unpacked"


def test_who_waits_has_a_turn_when_another_ends() -> None:
    room = Darkroom(at_once=1, waiting=1)
    with ThreadPoolExecutor(1) as threads:
        with room.turn():
            waiting = threads.submit(use, room)
            assert not waiting.done()
        assert waiting.result(timeout=10) == "unpacked"
