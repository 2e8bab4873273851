"""Where one may connect: section 2 written again, over every element in reach."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import shapely
from referee_admission import PRIVATE, PUBLIC, UNKNOWN, Owners, first_sections
from referee_limits import (
    BAY_LIMIT_KVA,
    DETOUR,
    END_OF_LINE_M,
    LV_KV,
    MAX_DISTANCE_M,
    MV_KV,
    SHORTEST_ROUTE_M,
    TEE_LIMIT_KVA,
)
from referee_net import RefereeGrid
from referee_sites import Plane
from referee_tree import is_live


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One access point seen from one site."""

    level: str
    kind: str  # of the option
    access: str  # of the access point
    element_id: str
    bus: int | None
    line: int | None
    position: float | None
    xy: tuple[float, float]
    distance_m: float
    laying: str
    desk: frozenset[str]
    greatest_kva: float

    @property
    def route_m(self) -> float:
        return max(DETOUR * self.distance_m, SHORTEST_ROUTE_M)

    @property
    def key(self) -> tuple[str, str]:
        return self.access, self.element_id


@dataclass(frozen=True, slots=True)
class Facts:
    """What was stated at import: bays at every 10(20) kV node with a cable, or none known."""

    has_spare_bays: bool = True


class AccessSearch:
    """Every admissible access point of a grid; asked once per site and level."""

    def __init__(self, grid: RefereeGrid, plane: Plane, facts: Facts) -> None:
        self.grid, self.plane, self.facts = grid, plane, facts
        net, tree = grid.net, grid.tree
        self.bus_row = {int(b): i for i, b in enumerate(net.bus.index)}
        live = is_live(tree, net.bus.index.to_numpy())
        vn = net.bus.vn_kv.to_numpy()
        self._lv_nodes = np.flatnonzero(live & np.isin(vn, LV_KV))
        on_busbar = [tree.joint.get(int(b)) in tree.busbar_joints for b in net.bus.index]
        cables = net.line[net.line.type == "cs"]
        has_cable = net.bus.index.isin([*cables.from_bus, *cables.to_bus])
        has_bay = live & np.isin(vn, MV_KV) & has_cable & ~np.array(on_busbar)
        self._owners = Owners(net, tree)
        has_bay &= facts.has_spare_bays
        if "spare_bays" in net.bus:  # the file says it itself
            has_bay = live & np.isin(vn, MV_KV) & (net.bus.spare_bays > 0) & ~np.array(on_busbar)
        self._bay_nodes = self._not_private(np.flatnonzero(has_bay))
        bays = {int(b) for b in net.bus.index[has_bay]}
        self._public_bays = {b for b in bays if self._owners.of_bus[b] == PUBLIC}
        self._find_boards(live, vn)
        self._find_lines(vn, first_sections(net, tree, bays))
        self._near = lru_cache(maxsize=4)(self._search)

    def _not_private(self, rows: np.ndarray) -> np.ndarray:
        return np.array([row for row in rows if self._node_owner(row) != PRIVATE], dtype=int)

    def _node_owner(self, row: int) -> int:
        bus = int(self.grid.net.bus.index[row])
        return self._owners.of_node(bus, self.grid.tree.joint[bus])

    def _find_boards(self, live: np.ndarray, vn: np.ndarray) -> None:
        net, tree = self.grid.net, self.grid.tree
        fed = {branch for branch in tree.branch_above.values() if branch[0] == "trafo"}
        rows = [
            (int(index), self.bus_row[int(lv)])
            for index, lv in zip(net.trafo.index, net.trafo.lv_bus, strict=True)
            if ("trafo", int(index)) in fed and vn[self.bus_row[int(lv)]] in LV_KV
        ]
        rows = [(index, row) for index, row in rows if live[row]]
        at_board = {row for _, row in rows}
        self._boards = [(i, row) for i, row in rows if self._way_owner(row) != PRIVATE]
        nodes = np.array([row for row in self._lv_nodes if row not in at_board], dtype=int)
        self._lv_nodes = self._not_private(nodes)

    def _way_owner(self, row: int) -> int:
        return self._owners.way[self.grid.tree.joint[int(self.grid.net.bus.index[row])]]

    def _find_lines(self, vn: np.ndarray, first: set[int]) -> None:
        """Lines in the tree (none with an open end is), first sections left out at 10(20) kV."""
        net, tree = self.grid.net, self.grid.tree
        below = {b[1]: joint for joint, b in tree.branch_above.items() if b[0] == "line"}
        self._line_owner = {index: self._owners.way[joint] for index, joint in below.items()}
        lv, mv = [], []
        for row, (index, a) in enumerate(zip(net.line.index, net.line.from_bus, strict=True)):
            if self._line_owner.get(index, PRIVATE) == PRIVATE:
                continue
            level = vn[self.bus_row[int(a)]]
            if level in LV_KV:
                lv.append(row)
            elif level in MV_KV and index not in first:
                mv.append(row)
        self._lv_lines, self._mv_lines = np.array(lv, dtype=int), np.array(mv, dtype=int)

    def near(self, xy: np.ndarray, level: str) -> list[Candidate]:
        """Candidates within the maximum distance, shortest route first."""
        return self._near(tuple(xy), level)

    def _search(self, at: tuple[float, float], level: str) -> list[Candidate]:
        xy = np.array(at)
        found = self._low(xy) if level == "lv" else self._medium(xy)
        limit = MAX_DISTANCE_M[level]
        found = [c for c in found if c.distance_m <= limit and not self._is_going(c)]
        return sorted(found, key=lambda c: (c.route_m, c.kind, c.element_id))

    def _is_going(self, candidate: Candidate) -> bool:
        """True where the file says that a removal is planned."""
        net = self.grid.net
        if "is_going" not in net.bus:
            return False
        at_line = candidate.line is not None and bool(net.line.at[candidate.line, "is_going"])
        at_bus = candidate.bus is not None and bool(net.bus.at[candidate.bus, "is_going"])
        return at_line or at_bus

    def _low(self, xy: np.ndarray) -> list[Candidate]:
        net = self.grid.net
        found = [
            self._at_node(
                xy, row, "lv", "lv_public", "transformer_lv", f"trafo:{index}",
                owner=self._way_owner(row),
            )
            for index, row in self._boards
        ]  # fmt: skip
        for row in self._close(xy, self._lv_nodes, MAX_DISTANCE_M["lv"]):
            bus = int(net.bus.index[row])
            found.append(self._at_node(xy, row, "lv", "lv_public", "lv_node", f"bus:{bus}"))
        for row, distance, along, point in self._on_lines(xy, self._lv_lines, "lv"):
            if _end_of_line(along, self.plane.course_m[row]) is None:
                found.append(
                    self._on_line(
                        row, distance, along, point, "lv", "lv_public", "lv_line", "cable"
                    )
                )
        return found

    def _medium(self, xy: np.ndarray) -> list[Candidate]:
        net = self.grid.net
        found = []
        for row in self._bay_nodes:
            bus = int(net.bus.index[row])
            found.append(self._at_node(xy, row, "mv", "mv_public_bay", "station_bay", f"bus:{bus}"))
        ends_seen = set()
        for row, distance, along, point in self._on_lines(xy, self._mv_lines, "mv"):
            line, owner = net.line.iloc[row], self._line_owner[int(net.line.index[row])]
            end = _end_of_line(along, self.plane.course_m[row])
            if line.type == "cs":
                if not {int(line.from_bus), int(line.to_bus)} & self._public_bays:
                    if end is not None:
                        distance, along, point = self._metre_inside(xy, row, end)  # noqa: PLW2901
                    found.append(
                        self._on_line(
                            row, distance, along, point,
                            "mv", "mv_public_ring_in", "line_ring_in", "cable",
                        )
                    )  # fmt: skip
                continue
            desk = set() if line.type == "ol" else {"laying_unknown"}
            if end is None:
                found.append(
                    self._on_line(
                        row, distance, along, point,
                        "mv", "mv_public_tee", "line_tee", "overhead", desk,
                    )
                )  # fmt: skip
                continue
            bus = int(line[end])
            if bus not in ends_seen and bus not in self._public_bays:
                ends_seen.add(bus)
                found.append(
                    self._at_node(
                        xy, self.bus_row[bus], "mv", "mv_public_tee", "mv_node", f"bus:{bus}",
                        laying="overhead", desk=desk, owner=owner,
                    )
                )  # fmt: skip
        return found

    def _close(self, xy: np.ndarray, rows: np.ndarray, limit: float) -> np.ndarray:
        away = np.hypot(*(self.plane.bus_xy[rows] - xy).T)
        return rows[away <= limit]

    def _on_lines(self, xy: np.ndarray, rows: np.ndarray, level: str):
        if not len(rows):
            return
        site, courses = shapely.Point(xy), self.plane.courses[rows]
        away = shapely.distance(courses, site)
        for row, distance in zip(rows, away, strict=True):
            if distance <= MAX_DISTANCE_M[level]:
                course = self.plane.courses[row]
                along = float(shapely.line_locate_point(course, site))
                point = shapely.line_interpolate_point(course, along)
                yield int(row), float(distance), along, (point.x, point.y)

    def _metre_inside(self, xy: np.ndarray, row: int, end: str):
        """A metre along the course from an end, or the middle; seen from the site."""
        course, length = self.plane.courses[row], float(self.plane.course_m[row])
        inside = min(END_OF_LINE_M, length / 2.0)
        along = inside if end == "from_bus" else length - inside
        point = shapely.line_interpolate_point(course, along)
        return float(np.hypot(point.x - xy[0], point.y - xy[1])), along, (point.x, point.y)

    def _at_node(
        self, xy, row, level, kind, access, element_id, *, laying="cable", desk=(), owner=None
    ) -> Candidate:
        at = self.plane.bus_xy[row]
        owner = self._node_owner(row) if owner is None else owner
        return Candidate(
            level=level, kind=kind, access=access, element_id=element_id,
            bus=int(self.grid.net.bus.index[row]), line=None, position=None,
            xy=(float(at[0]), float(at[1])), distance_m=float(np.hypot(*(at - xy))),
            laying=laying, desk=_desk(desk, owner), greatest_kva=_greatest_kva(kind),
        )  # fmt: skip

    def _on_line(
        self, row, distance, along, point, level, kind, access, laying, desk=()
    ) -> Candidate:
        index, length = int(self.grid.net.line.index[row]), float(self.plane.course_m[row])
        if kind == "mv_public_ring_in":
            desk = {*desk, "works_needed"}
        return Candidate(
            level=level, kind=kind, access=access, element_id=f"line:{index}",
            bus=None, line=index, position=along / length if length else 0.5,
            xy=point, distance_m=distance, laying=laying,
            desk=_desk(desk, self._line_owner[index]), greatest_kva=_greatest_kva(kind),
        )  # fmt: skip


def _desk(codes, owner: int) -> frozenset[str]:
    return frozenset({*codes, "ownership_unknown"} if owner == UNKNOWN else codes)


def _greatest_kva(kind: str) -> float:
    if kind == "lv_public":
        return float("inf")
    return TEE_LIMIT_KVA if kind == "mv_public_tee" else BAY_LIMIT_KVA


def _end_of_line(along_m: float, course_m: float) -> str | None:
    """The end the point belongs to when it is nearer than a metre to it."""
    if along_m < END_OF_LINE_M:
        return "from_bus"
    if course_m - along_m < END_OF_LINE_M:
        return "to_bus"
    return None
