"""Access points: where on the public grid a customer could be joined, nearest first.

Only place, ownership, laying, bays and size are looked at here; whether the grid can carry the
load is for `checks`. What may not be used is returned as well, with the reason.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from grid_models.model import GridModel, Place
from planner.application import Commitment, SupplyApplication
from planner.busbars import find_stations
from planner.candidate import Candidate, NearLine, Surroundings
from planner.design_load import LEVEL_KV, Level
from planner.existing_supply import find_existing
from planner.plan import RejectionReason
from planner.rules import Rules

__all__ = ["LEVEL_KV", "find_candidates", "greatest_distance_m"]

# Owners of lines, the one that lets a pole be used first.
_BY_OWNER = ("public", "unknown", "private")
_TRANSFORMER_COLUMNS = ("id", "ownership", "removal_planned_on")


def find_candidates(
    model: GridModel,
    application: SupplyApplication,
    level: Level,
    capacity_kva: float,
    rules: Rules,
    commitments: Sequence[Commitment] = (),
    *,
    ring_m: tuple[float, float] | None = None,
) -> tuple[Candidate, ...]:
    """Find every access point of a voltage level round the site, nearest first.

    Parameters
    ----------
    capacity_kva
        Capacity asked for; decides which kinds of access are admissible at 10(20) kV.
    commitments
        The bays they take are no longer spare.
    ring_m
        Straight distances: farther than the first, up to the second. A point moved off the end of
        a line may lie a metre farther. None: all within `greatest_distance_m`.
    """
    around = Surroundings(
        model=model,
        application=application,
        rules=rules,
        levels_kv=LEVEL_KV[level],
        ring_m=ring_m or (-1.0, greatest_distance_m(application, level, rules)),
    )
    existing = find_existing(around)
    if existing is not None:
        # looked at once, however far it lies from the point that was typed
        return existing if around.ring_m[0] < 0.0 else ()
    if level == "hv":
        return find_stations(around, capacity_kva, commitments)
    if level == "lv":
        found = list(_low_voltage(around))
    else:
        bays = _Bays(model, [c for c in commitments if c.holds_on(rules.on_date)])
        found = [*_bays(around, bays, capacity_kva), *_taps(around, bays, capacity_kva)]
    at_level = [
        c for c in found if not c.place.is_in_tree or around.is_level(_base_kv(model, c.place))
    ]
    return tuple(sorted(at_level, key=lambda candidate: candidate.key))


def greatest_distance_m(application: SupplyApplication, level: Level, rules: Rules) -> float:
    """Return how far in a straight line one looks: as stated, else by the rules."""
    stated = application.max_distance_m
    return rules.number(f"{level}_max_distance") if stated is None else stated


def _base_kv(model: GridModel, place: Place) -> float:
    """Nominal voltage the power flow counts with there: a file may give a node an absurd one."""
    return float(model.network.base_kv[model.tree(place.tree).bus[place.row]])


class _Bays:
    """Bays by node that no promise has taken."""

    def __init__(self, model: GridModel, commitments: Sequence[Commitment]) -> None:
        self.spare = model.spare_bays
        self.taken = {commitment.bay_id for commitment in commitments}

    def __contains__(self, node_id: str) -> bool:
        return node_id in self.spare

    def __getitem__(self, node_id: str) -> list[tuple[str, str]]:
        """Return the spare ones as (id, owner), public ones first."""
        return [bay for bay in self.spare[node_id] if bay[0] not in self.taken]

    def has_public(self, node_id: str) -> bool:
        """Say whether a node has a public spare bay."""
        return node_id in self.spare and any(owner == "public" for _, owner in self[node_id])


def _bays(around: Surroundings, bays: _Bays, capacity_kva: float) -> Iterator[Candidate]:
    """Switchgear with bays: the first public spare one, or the reason why there is none."""
    too_big = _SizeRefusal(around, "bay_max_capacity", capacity_kva)
    for row, distance in around.nodes_near():
        node_id = around.node_text("id", row)
        if node_id not in bays or around.model.busbar_nodes[row]:
            continue
        spare = bays[node_id]
        node_owner = around.node_text("ownership", row)
        yield around.at_node(
            row,
            distance,
            kind="mv_public_bay",
            access_kind="station_bay",
            bay_id=spare[0][0] if spare else None,
            spare_bays=sum(owner != "private" for _, owner in spare),
            owners=(node_owner, spare[0][1]) if spare else (node_owner,),
            refusals=too_big(node_id) if spare else (around.refuse("no_spare_bay", node_id),),
        )


def _taps(around: Surroundings, bays: _Bays, capacity_kva: float) -> Iterator[Candidate]:
    """Pole tees on overhead lines, new ring-main units cut into cables that have no spare bay."""
    tee_too_big = _SizeRefusal(around, "tee_max_capacity", capacity_kva)
    ring_too_big = _SizeRefusal(around, "ring_in_max_capacity", capacity_kva)
    at_end: dict[int, NearLine] = {}
    for line in around.lines_near():
        obstacle = around.obstacle(line)
        if line.laying == "cable":
            if not any(bays.has_public(around.node_text("id", end)) for end in line.ends):
                yield around.on_line(
                    line if line.end is None else around.off_its_end(line),
                    kind="mv_public_ring_in",
                    access_kind="line_ring_in",
                    refusals=(obstacle,) if obstacle else ring_too_big(line.line_id),
                    desk=("works_needed",),
                )
            continue
        desk = ("laying_unknown",) if line.laying == "unknown" else ()
        if line.end is None:
            yield around.on_line(
                line,
                kind="mv_public_tee",
                access_kind="line_tee",
                refusals=(obstacle,) if obstacle else tee_too_big(line.line_id),
                desk=desk,
            )
        elif obstacle is None:
            best = at_end.get(line.end)
            if best is None or _claim(line) < _claim(best):
                at_end[line.end] = line
    for row, line in at_end.items():
        if bays.has_public(around.node_text("id", row)) or around.model.busbar_nodes[row]:
            continue
        yield around.at_node(
            row,
            line.distance_m,
            kind="mv_public_tee",
            access_kind="mv_node",
            place=(line.lon, line.lat),
            owners=(line.ownership,),
            refusals=tee_too_big(around.node_text("id", row)),
            desk=("laying_unknown",) if line.laying == "unknown" else (),
        )


def _claim(line: NearLine) -> tuple[int, str, str]:
    """Sort the lines that meet at a pole: the first says whose it is and how the lines are laid.

    A private spur does not make the public line's pole private, and what is known of one line is
    known of the pole.
    """
    return (_BY_OWNER.index(line.ownership), line.laying, line.line_id)


def _low_voltage(around: Surroundings) -> Iterator[Candidate]:
    """Boards of transformers, nodes and lines of low voltage."""
    model = around.model
    for row, distance in around.nodes_near():
        if not model.is_board[model.network.bus_of_node[row]]:
            yield around.at_node(row, distance, kind="lv_public", access_kind="lv_node")
    yield from _boards(around)
    for line in around.lines_near():
        if line.end is None:
            removed = line.is_tie or line.is_to_be_removed
            obstacle = around.obstacle(line) if removed else None
            yield around.on_line(
                line,
                kind="lv_public",
                access_kind="lv_line",
                refusals=(obstacle,) if obstacle else (),
            )


def _boards(around: Surroundings) -> Iterator[Candidate]:
    """Low-voltage boards, at their own place or, where that is unknown, at the high side's."""
    model = around.model
    column = {name: model.column("transformers", name) for name in _TRANSFORMER_COLUMNS}
    kv, lon, lat = (model.column("nodes", name) for name in ("vn_kv", "lon", "lat"))
    standing = (
        (k, int(model.transformer_ends[1][k]), stands_at, distance)
        for stands_at, distance in around.places_near()
        for k in model.transformers_at.get(stands_at, ())
    )
    for k, lv, stands_at, distance in standing:
        if not around.is_level(float(kv[lv])):
            continue
        name = str(column["id"][k])
        removal = around.refuse("access_not_admissible", name, sentence="access_removal")
        yield around.at_node(
            lv,
            distance,
            kind="lv_public",
            access_kind="transformer_lv",
            element_id=name,
            place=(float(lon[stands_at]), float(lat[stands_at])),
            owners=(str(column["ownership"][k]),),
            refusals=() if np.isnat(column["removal_planned_on"][k]) else (removal,),
        )


class _SizeRefusal:
    """Refuses what is larger than a kind of access may carry."""

    def __init__(self, around: Surroundings, rule_id: str, capacity_kva: float) -> None:
        self.around, self.capacity_kva = around, capacity_kva
        self.limit_kva = around.rules.number(rule_id)

    def __call__(self, element_id: str) -> tuple[RejectionReason, ...]:
        if self.capacity_kva <= self.limit_kva:
            return ()
        return (
            self.around.refuse(
                "access_not_admissible",
                element_id,
                value=self.capacity_kva,
                limit=self.limit_kva,
                unit="kVA",
            ),
        )
