from __future__ import annotations

import pytest

from planner.scenarios.look import Breach, Key
from planner.scenarios.tracks import follow

LINE = Key("thermal_line", "line:7")
Stages = list[dict[Key, Breach]]


def stages_of(*values: float | None, key: Key = LINE) -> Stages:
    """Return stages at which one limit has these values, None where it is kept."""
    return [{} if value is None else {key: Breach(value, 100.0, "%")} for value in values]


def unsplit(stages: Stages) -> list[dict[str, str]]:
    return [{} for _ in stages[1:]]


@pytest.mark.parametrize(
    ("values", "status", "step", "until"),
    [
        ((None, 112.0, 115.0), "new", 1, None),
        ((None, None, 112.0), "new", 2, None),
        # it was mended in between: the step since which it stays broken is the cause
        ((None, 112.0, None, 130.0), "new", 3, None),
        ((104.0, 104.0, None), "vanished", 2, None),
        ((104.0, None, 104.0, None), "vanished", 3, None),
        ((104.0, 104.0, 120.0), "remaining", None, None),
        ((104.0, None, 104.0), "remaining", None, None),
        ((None, 112.0, None, None), "passing", 1, 2),
        ((None, 112.0, None, 113.0, None), "passing", 1, 4),
    ],
)
def test_a_limit_is_followed_through_the_steps(
    values: tuple[float | None, ...], status: str, step: int | None, until: int | None
) -> None:
    stages = stages_of(*values)
    track = follow(stages, unsplit(stages))[LINE]
    assert (track.status, track.step, track.until_step) == (status, step, until)


def test_a_limit_that_is_never_broken_has_no_track() -> None:
    assert follow(stages_of(None, None), [{}]) == {}


def test_the_parts_of_a_split_line_inherit_what_the_line_was() -> None:
    first, second = Key("thermal_line", "line:7#1"), Key("thermal_line", "line:7#2")
    stages = [*stages_of(104.0), {first: Breach(120.0, 100.0, "%")}]
    tracks = follow(stages, [{"line:7#1": "line:7", "line:7#2": "line:7"}])
    assert {key: track.status for key, track in tracks.items()} == {
        first: "remaining",
        second: "vanished",
    }


def test_a_part_that_is_split_again_inherits_through_both() -> None:
    stages = [
        *stages_of(None, 104.0),
        *stages_of(105.0, key=Key("thermal_line", "line:7#2")),
        *stages_of(106.0, key=Key("thermal_line", "line:7#2#1")),
    ]
    splits = [
        {},
        {"line:7#1": "line:7", "line:7#2": "line:7"},
        {"line:7#2#1": "line:7#2", "line:7#2#2": "line:7#2"},
    ]
    track = follow(stages, splits)[Key("thermal_line", "line:7#2#1")]
    assert (track.status, track.step) == ("new", 1)
    assert track.last == Breach(106.0, 100.0, "%")
