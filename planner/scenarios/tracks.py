"""Tracks: every limit that was ever broken, followed through the steps of a scenario.

::

    step            base   1     2     3
    line:7          -      112%  112%  -        passing, since step 1 until step 3
    bus:9           -      -     351V  351V     new, since step 2
    line:4          104%   104%  -     -        vanished, since step 2
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from planner.scenarios.look import Breach, Key
from planner.scenarios.result import Status

__all__ = ["Track", "follow"]


class Track(NamedTuple):
    """How one limit fared: its status, and the steps since and until which it has it.

    `before` and `after` are None where it is kept; `last` is how it was broken at last.
    """

    status: Status
    step: int | None
    until_step: int | None
    before: Breach | None
    after: Breach | None
    last: Breach


def follow(
    stages: Sequence[Mapping[Key, Breach]], splits: Sequence[Mapping[str, str]]
) -> dict[Key, Track]:
    """Return the track of every limit that is broken at some stage.

    Parameters
    ----------
    stages
        Broken limits of the base grid and after each step.
    splits
        By step: the line each part of a split line was before. A part inherits the track.
    """
    courses: dict[Key, list[Breach | None]] = {}
    for number, broken in enumerate(stages):
        for part, whole in splits[number - 1].items() if number else ():
            for key in [key for key in courses if key.element_id == whole]:
                courses[Key(key.code, part)] = list(courses[key])
        gone = set(splits[number - 1].values()) if number else set()
        courses = {key: course for key, course in courses.items() if key.element_id not in gone}
        for key in broken:
            courses.setdefault(key, [None] * number)
        for key, course in courses.items():
            course.append(broken.get(key))
    return {key: _track(course) for key, course in courses.items() if any(course)}


def _track(course: Sequence[Breach | None]) -> Track:
    first, last = course[0], course[-1]
    at_last = next(breach for breach in reversed(course) if breach)
    if first and last:
        return Track("remaining", None, None, first, last, at_last)
    if not first and not last:
        since = next(k for k, breach in enumerate(course) if breach)
        return Track("passing", since, _since(course), first, last, at_last)
    return Track("new" if last else "vanished", _since(course), None, first, last, at_last)


def _since(course: Sequence[Breach | None]) -> int:
    """Return the step since which the limit is broken, or kept, as it is at the end."""
    k = len(course) - 1
    while k and bool(course[k - 1]) == bool(course[-1]):
        k -= 1
    return k
