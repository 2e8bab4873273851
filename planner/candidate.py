"""Candidate: an access point before anything is solved, and what every kind of access shares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from grid_models.feeders import PRIVATE, UNKNOWN
from grid_models.grid import Grid
from grid_models.model import MESHED, GridModel, Place
from grid_models.spatial import NearLines, Spatial
from planner.application import SupplyApplication
from planner.messages import say
from planner.plan import RejectionReason
from planner.routing import Way
from planner.rules import Rules

__all__ = ["Candidate", "Surroundings", "reject"]

# An access point nearer than this to the end of a line's course is that end.
END_M = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """An access point before anything is solved.

    Parameters
    ----------
    kind, access_kind
        Kind of the option and of the access point, as in the plan.
    element_id, bay_id, position, lon, lat, distance_m
        As in the plan's access point.
    length_m
        Length of the route: an estimate, unless `way` says otherwise.
    place, share
        Row in its tree, and the share of the branch above it from the parent for a split.
    desk
        Codes that send an answer with this access point to the desk, each with the element it is
        about.
    spare_bays
        Spare bays left at switchgear after commitments; 0 for other kinds of access.
    refusals
        Why it may not be used at all; empty if it may.
    way
        Course of the new line where streets or the red line of the site are known.
    """

    kind: str
    access_kind: str
    element_id: str
    bay_id: str | None
    position: float | None
    lon: float
    lat: float
    distance_m: float
    length_m: float
    place: Place
    share: float | None
    desk: Mapping[str, str]
    refusals: tuple[RejectionReason, ...]
    spare_bays: int = 0
    way: Way | None = None

    @property
    def key(self) -> tuple[float, str, str]:
        """Order of the search: shortest route first, ties by kind and id."""
        return (self.length_m, self.access_kind, self.element_id)


def reject(
    code: str,
    element_id: str,
    *,
    value: float | None = None,
    limit: float | None = None,
    unit: str | None = None,
    sentence: str | None = None,
    label: str | None = None,
) -> RejectionReason:
    """Make a reason for a refusal, with its sentence in both languages.

    Parameters
    ----------
    sentence
        Code of the sentence where it is not the reason's own.
    label
        How people call the element; None: its id.
    """
    text = say(sentence or code, element=label or element_id, value=value, limit=limit, unit=unit)
    return RejectionReason(
        code=code, element_id=element_id, value=value, limit=limit, unit=unit,
        zh=text.zh, en=text.en,
    )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """A site, the grid around it and the rules of how far and how one may go.

    Parameters
    ----------
    levels_kv
        Nominal voltages of the level looked for.
    ring_m
        Straight distances between which one looks: farther than the first, up to the second.
    """

    model: GridModel
    application: SupplyApplication
    rules: Rules
    levels_kv: tuple[float, ...]
    ring_m: tuple[float, float]

    @property
    def grid(self) -> Grid:
        """The grid."""
        return self.model.grid

    def length_m(self, distance_m: float) -> float:
        """Estimate the route from the straight distance."""
        detour_factor, shortest_m = self._route_rules
        return max(distance_m * detour_factor, shortest_m)

    @cached_property
    def _route_rules(self) -> tuple[float, float]:
        return self.rules.number("detour_factor"), self.rules.number("route_minimum")

    def nodes_near(self) -> list[tuple[int, float]]:
        """Supplied nodes of the level: row and distance, nearest first."""
        near = self._in_ring(self.model.spatial_at(self.levels_kv))
        supplied = [pair for pair in near if self.model.place_of_node(pair[0]) is not None]
        self._read_ahead([row for row, _ in supplied], "id", "ownership")
        return supplied

    def places_near(self) -> list[tuple[int, float]]:
        """Nodes of every level, supplied or not: row and distance, nearest first."""
        return self._in_ring(self.model.spatial)

    def _in_ring(self, index: Spatial) -> list[tuple[int, float]]:
        inner, outer = self.ring_m
        near = index.near_nodes(self.application.lon, self.application.lat, outer)
        first = int(np.searchsorted(near.distance_m, inner, side="right"))
        return list(zip(near.rows[first:].tolist(), near.distance_m[first:].tolist(), strict=True))

    def lines_near(self) -> list[NearLine]:
        """Supplied lines of the level, nearest first."""
        inner, outer = self.ring_m
        near = self.model.spatial_at(self.levels_kv).near_lines(
            self.application.lon, self.application.lat, outer
        )
        first = int(np.searchsorted(near.distance_m, inner, side="right"))
        lines = NearLine.all(self.model, near, slice(first, None))
        self._read_ahead([end for line in lines for end in line.ends if end >= 0], "id")
        return lines

    def node_text(self, name: str, row: int) -> str:
        """Return a text of a node."""
        text = self._texts.get((name, row))
        return str(self.model.value("nodes", name, row)) if text is None else text

    def _read_ahead(self, rows: Sequence[int], *names: str) -> None:
        """Read texts of many nodes at once: one by one they take as long as all the rest."""
        for name in names:
            new = [row for row in dict.fromkeys(rows) if (name, row) not in self._texts]
            texts = self.model.texts("nodes", name, np.array(new, dtype=np.int64))
            self._texts.update(zip([(name, row) for row in new], texts, strict=True))

    @cached_property
    def _texts(self) -> dict[tuple[str, int], str]:
        return {}

    def off_its_end(self, line: NearLine) -> NearLine:
        """Move the point of a line from the end of its course to END_M inside."""
        inside = min(END_M, 0.5 * line.course_m)
        along = inside if line.along_m <= line.course_m - line.along_m else line.course_m - inside
        distance, lon, lat = self.model.spatial_at(self.levels_kv).place_on_line(
            line.row, along, self.application.lon, self.application.lat
        )
        return replace(line, end=None, distance_m=distance, along_m=along, lon=lon, lat=lat)

    def is_level(self, kv: float) -> bool:
        """Say whether a nominal voltage belongs to the level looked for."""
        return any(abs(kv - level) < 1e-6 * level for level in self.levels_kv)

    def refuse(
        self,
        code: str,
        element_id: str,
        *,
        value: float | None = None,
        limit: float | None = None,
        unit: str | None = None,
        sentence: str | None = None,
    ) -> RejectionReason:
        """Make a reason that calls the element by its name; see `reject`."""
        return reject(
            code, element_id, value=value, limit=limit, unit=unit, sentence=sentence,
            label=self.model.label(element_id),
        )  # fmt: skip

    def obstacle(self, line: NearLine) -> RejectionReason | None:
        """Say why nobody may tap a line, whoever owns it; None if one may."""
        for applies, sentence in (
            (line.is_first_section, "access_first_section"),
            (line.is_tie, "access_tie"),
            (line.is_to_be_removed, "access_removal"),
        ):
            if applies:
                return self.refuse("access_not_admissible", line.line_id, sentence=sentence)
        return None

    def outside_trees(self, place: Place, element_id: str) -> RejectionReason:
        """Say why nothing can be computed where no tree is: a ring, or a value that is missing."""
        gap = self.model.gap(place)
        if gap is None:
            return self.refuse("not_radial", element_id)
        text = say(
            "value_missing",
            element=self.model.label(gap.element_id),
            subject=say(f"column_{gap.column or 'values'}"),
        )
        return RejectionReason(
            code="data_missing", element_id=gap.element_id, value=None, limit=None, unit=None,
            zh=text.zh, en=text.en,
        )  # fmt: skip

    def ownership(self, element_id: str, place: Place, *owners: str) -> Ownership:
        """Judge who owns what would be connected to, and the way from there to the busbar."""
        unknown = "" if set(owners) <= {"public", "private"} else element_id
        private = element_id if "private" in owners else ""
        if place.is_in_tree:
            way = self.model.owners(place.tree)
            owner, row = int(way.owner[place.row]), int(way.row[place.row])
            if owner == PRIVATE:
                private = private or self.model.branch_id(place.tree, row)
            elif owner == UNKNOWN:
                unknown = unknown or self.model.branch_id(place.tree, row)
        if private:
            return Ownership(desk={}, refusals=(self.refuse("not_public", private),))
        return Ownership(desk={"ownership_unknown": unknown} if unknown else {}, refusals=())

    def at_node(
        self,
        row: int,
        distance_m: float,
        *,
        kind: str,
        access_kind: str,
        element_id: str | None = None,
        bay_id: str | None = None,
        place: tuple[float, float] | None = None,
        owners: tuple[str, ...] | None = None,
        refusals: tuple[RejectionReason, ...] = (),
        desk: tuple[str, ...] = (),
        spare_bays: int = 0,
    ) -> Candidate:
        """Make a candidate at a node."""
        name = element_id or self.node_text("id", row)
        where = self.model.place_of_node(row)
        if where is None or not where.is_in_tree:
            where = where or MESHED
            refusals = (*refusals, self.outside_trees(where, name))
        owner = self.ownership(name, where, *(owners or (self.node_text("ownership", row),)))
        if not np.isnat(self.model.value("nodes", "removal_planned_on", row)):
            refusals = (
                *refusals,
                self.refuse("access_not_admissible", name, sentence="access_removal"),
            )
        lon, lat = place or tuple(
            float(self.model.value("nodes", degrees, row)) for degrees in ("lon", "lat")
        )
        return Candidate(
            kind=kind, access_kind=access_kind, element_id=name, bay_id=bay_id, position=None,
            lon=lon, lat=lat, distance_m=distance_m, length_m=self.length_m(distance_m),
            place=where, share=None, desk=owner.desk | dict.fromkeys(desk, name),
            refusals=(*owner.refusals, *refusals), spare_bays=spare_bays,
        )  # fmt: skip

    def on_line(
        self,
        line: NearLine,
        *,
        kind: str,
        access_kind: str,
        refusals: tuple[RejectionReason, ...] = (),
        desk: tuple[str, ...] = (),
    ) -> Candidate:
        """Make a candidate in the middle of a line."""
        owner = self.ownership(line.line_id, line.place, line.ownership)
        position = line.along_m / line.course_m
        forward = True
        if not line.place.is_in_tree:
            refusals = (*refusals, self.outside_trees(line.place, line.line_id))
        else:
            forward = bool(self.model.tree(line.place.tree).from_is_parent[line.place.row])
        return Candidate(
            kind=kind, access_kind=access_kind, element_id=line.line_id, bay_id=None,
            position=position, lon=line.lon, lat=line.lat, distance_m=line.distance_m,
            length_m=self.length_m(line.distance_m), place=line.place,
            share=position if forward else 1.0 - position,
            desk=owner.desk | dict.fromkeys(desk, line.line_id),
            refusals=(*owner.refusals, *refusals),
        )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Ownership:
    """What the owner of an access point means for it."""

    desk: dict[str, str]
    refusals: tuple[RejectionReason, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NearLine:
    """A line near a site and the nearest point of its course.

    Parameters
    ----------
    end
        Row of the end node the point falls on; None if it lies between the ends.
    """

    row: int
    line_id: str
    place: Place
    ownership: str
    laying: str
    is_tie: bool
    is_first_section: bool
    is_to_be_removed: bool
    ends: tuple[int, int]
    end: int | None
    distance_m: float
    along_m: float
    course_m: float
    lon: float
    lat: float

    @classmethod
    def all(cls, model: GridModel, near: NearLines, which: slice) -> list[NearLine]:
        """Collect what is asked about some lines, those that are not supplied left out."""
        places = [model.place_of_line(row) for row in near.rows[which].tolist()]
        kept = [k for k, place in enumerate(places) if place is not None]
        rows = near.rows[which][kept]
        columns = (
            rows,
            *(model.line_ends[side][rows] for side in (0, 1)),
            model.has_open_end[rows],
            model.is_first_section[rows],
            ~np.isnat(model.column("lines", "removal_planned_on")[rows]),
            *(
                getattr(near, name)[which][kept]
                for name in ("distance_m", "along_m", "course_m", "lon", "lat")
            ),
        )
        texts = [model.texts("lines", name, rows) for name in ("id", "ownership", "laying")]
        found = zip(*(column.tolist() for column in columns), *texts, strict=True)
        return [
            cls(
                row=row, line_id=line_id, place=place, ownership=ownership, laying=laying,
                is_tie=is_tie, is_first_section=is_first, is_to_be_removed=is_removed,
                ends=(one, other), end=_end_at(along, course, one, other), distance_m=distance,
                along_m=along, course_m=course, lon=lon, lat=lat,
            )
            for place, (row, one, other, is_tie, is_first, is_removed, distance, along, course,
                        lon, lat, line_id, ownership, laying)
            in zip((place for place in places if place is not None), found, strict=True)
        ]  # fmt: skip


def _end_at(along_m: float, course_m: float, one: int, other: int) -> int | None:
    """Return the end a point of a course falls on; None if it lies between the ends."""
    if along_m >= END_M and course_m - along_m >= END_M:
        return None
    return one if along_m <= course_m - along_m else other
