"""Pairing: feasible access points of different feeders, put together and graded, nearest first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations
from typing import Any

import numpy as np
import shapely

from grid_models.crs import Plane
from grid_models.supply_ways import Course, SupplyWay, trace_way
from planner.application import SupplyApplication
from planner.independence import (
    GRADES,
    SEVERAL,
    combine,
    compare_ways,
    is_enough,
    may_be_dual_source,
    pairs_of,
)
from planner.plan import Grade, Independence, PairIndependence
from planner.routes import route_of
from planner.rules import Rules
from planner.search import Found

__all__ = ["METRE_DECIMALS", "Joint", "Pairing", "feeder_key"]

FeederKey = tuple[int, str]
# A new line shorter than this runs nowhere.
NOWHERE_M = 1e-3
# Sums of the same lengths are equal, in whatever order they were added.
METRE_DECIMALS = 6


def feeder_key(found: Found) -> FeederKey:
    """Return what tells feeders apart; a point at a busbar is a feeder of its own."""
    return found.situation.number, found.feeder_id or f"{found.candidate.element_id}@busbar"


@dataclass(frozen=True, kw_only=True)
class Joint:
    """Access points that back each other, the main one first."""

    members: tuple[Found, ...]
    independence: Independence

    @property
    def length_m(self) -> float:
        """Length of all new lines together."""
        return sum(found.candidate.length_m for found in self.members)

    @property
    def is_within_radius(self) -> bool:
        """Whether every low-voltage point lies within the supply radius."""
        return all(found.is_within_radius for found in self.members)


@dataclass(kw_only=True)
class Pairing:
    """Puts main and standby points together; remembers the ways it has traced.

    Parameters
    ----------
    mains, standbys
        Points that carry everything, and points that carry what a standby must.
    required, least
        Grade required, and the least that is offered at all.
    tried
        How many combinations were held against each other.
    """

    mains: Sequence[Found]
    standbys: Sequence[Found]
    required: Grade
    least: Grade
    application: SupplyApplication
    rules: Rules
    tried: int = 0
    _ways: dict[int, SupplyWay] = field(default_factory=dict)
    _compared: dict[tuple[int, int, int, int], PairIndependence] = field(default_factory=dict)

    def run(self) -> tuple[list[Joint], list[Joint]]:
        """Return what reaches the grade, and of the feeders that do not the nearest points.

        At most so many of a grade (`dual_options`), one for each set of feeders; at most so many
        combinations are looked at (`dual_pairs`).
        """
        most, bound = (int(self.rules.number(name)) for name in ("dual_options", "dual_pairs"))
        kept: dict[frozenset[FeederKey], Joint] = {}
        below: dict[frozenset[FeederKey], Joint] = {}
        count = dict.fromkeys(GRADES, 0)
        closed: set[frozenset[FeederKey]] = set()
        for members in self._nearest_first():
            feeders = frozenset(map(feeder_key, members))
            best = self._best_grade(members)
            if feeders in kept or feeders in closed or count[best] >= most:
                continue
            if self.tried >= bound:
                break
            self.tried += 1
            joint = Joint(members=members, independence=self._grade(members))
            grade = joint.independence.grade
            if not is_enough(grade, self.least):
                below.setdefault(feeders, joint)
                if not is_enough(best, self.least):
                    closed.add(feeders)
            elif count[grade] < most:
                kept[feeders] = joint
                count[grade] += 1
        return list(kept.values()), [j for feeders, j in below.items() if feeders not in kept]

    def _nearest_first(self) -> list[tuple[Found, ...]]:
        """Every main point with every choice of standbys, all on feeders of their own."""
        count = self.application.sources
        most = int(self.rules.number("options_per_feeder")) if count < SEVERAL else 1
        mains, standbys = (_nearest(points, most) for points in (self.mains, self.standbys))
        found = [
            (main, *rest)
            for main in mains
            for rest in combinations(standbys, count - 1)
            if len({feeder_key(point) for point in (main, *rest)}) == count
        ]
        return sorted(found, key=_order)

    def _best_grade(self, members: Sequence[Found]) -> Grade:
        """Return the best grade the wires allow, the courses of the lines not looked at."""
        ways = [self._way(found) for found in members]
        may_be = [
            may_be_dual_source(ways[i], ways[j], self.rules) for i, j in pairs_of(len(members))
        ]
        if len(may_be) == 1:
            return "dual_source" if may_be[0] else "dual_circuit"
        return "multi_source" if any(may_be) else "dual_circuit"

    def _grade(self, members: Sequence[Found]) -> Independence:
        pairs = [self._compare(members, i, j) for i, j in pairs_of(len(members))]
        return combine(pairs, self.required)

    def _compare(self, members: Sequence[Found], i: int, j: int) -> PairIndependence:
        key = (id(members[i]), id(members[j]), i, j)
        if key not in self._compared:
            one, other = (
                replace(way, courses=(*way.courses, *self._new_course(members[k], k)))
                for k, way in ((k, self._way(members[k])) for k in (i, j))
            )
            label = members[i].situation.model.label
            self._compared[key] = compare_ways(one, other, self.rules, label, (i, j))
        return self._compared[key]

    def _way(self, found: Found) -> SupplyWay:
        if id(found) not in self._ways:
            candidate = found.candidate
            self._ways[id(found)] = trace_way(
                found.situation.model, candidate.place, candidate.position
            )
        return self._ways[id(found)]

    def _new_course(self, found: Found, number: int) -> Iterator[Course]:
        """Course of the new line, as the plan shows it."""
        plane = Plane(found.situation.model.grid.metadata.projected_epsg)
        degrees = np.array(route_of(found.candidate, self.application).coordinates)
        shape = shapely.LineString(np.column_stack(plane.to_metres(degrees[:, 0], degrees[:, 1])))
        if shapely.length(shape) > NOWHERE_M:
            laying = found.outcome.trial.conductor.laying
            yield Course(line_id=f"new:line:{number + 1}", laying=laying, shape=shape)


def _nearest(points: Sequence[Found], most: int) -> list[Found]:
    """Return the nearest points of each feeder, those within the supply radius first."""
    count: dict[FeederKey, int] = {}
    kept = []
    for found in sorted(points, key=lambda f: (not f.is_within_radius, f.candidate.key)):
        key = feeder_key(found)
        count[key] = count.get(key, 0) + 1
        if count[key] <= most:
            kept.append(found)
    return kept


def _order(members: tuple[Found, ...]) -> tuple[Any, ...]:
    """Sort by supply radius, length of all new lines, length of the main one, ids."""
    keys = [found.candidate.key for found in members]
    is_beyond = not all(found.is_within_radius for found in members)
    return (is_beyond, round(sum(key[0] for key in keys), METRE_DECIMALS), *keys)
