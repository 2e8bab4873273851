"""What outsiders are told besides: on what rules an answer rests, and nothing of the grid."""

from __future__ import annotations

from typing import Any

import pytest

from planner.messages import say
from planner.outside import cut_plan


def note(code: str, **facts: Any) -> dict[str, str]:
    said = say(code, **facts)
    return {"code": code, "zh": said.zh, "en": said.en}


def told(*notes: dict[str, str]) -> list[Any]:
    document = {"answer": {"mode": "back_office", "reasons": [], "information": list(notes)}}
    shown: list[Any] = cut_plan(document)["answer"]["information"]
    return shown


def test_that_the_rules_are_examples_is_told_as_it_is() -> None:
    assert told(note("example_rules")) == [note("example_rules")]


@pytest.mark.parametrize("code", ["grid_relocated", "near_limit"])
def test_what_may_hold_a_figure_stays_inside(code: str) -> None:
    figures = {"value": 99.0, "limit": 100.0} if code == "near_limit" else {}

    assert told(note(code, **figures), note("example_rules")) == [note("example_rules")]


def test_a_note_of_a_later_kind_stays_inside() -> None:
    assert told({"code": "new", "zh": "92.3%", "en": "92.3%"}) == []
