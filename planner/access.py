"""Access points: where on the public grid a customer could be joined, nearest first.

Only place, ownership, laying, bays and size are looked at here; whether the grid can carry the
load is for `checks`. What may not be used is returned as well, with the reason.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from grid_models.model import MESHED, GridModel, Place
from planner.application import Commitment, SupplyApplication
from planner.candidate import Candidate, NearLine, Surroundings
from planner.design_load import Level
from planner.plan import RejectionReason
from planner.rules import Rules

__all__ = ["LEVEL_KV", "find_candidates"]

_TRANSFORMER_COLUMNS = ("id", "ownership", "removal_planned_on")
LEVEL_KV: dict[Level, tuple[float, ...]] = {"lv": (0.38, 0.4), "mv": (10.0, 20.0)}


def find_candidates(
    model: GridModel,
    application: SupplyApplication,
    level: Level,
    capacity_kva: float,
    rules: Rules,
    commitments: Sequence[Commitment] = (),
) -> tuple[Candidate, ...]:
    """Find every access point of a voltage level within the maximum distance, nearest first.

    Parameters
    ----------
    capacity_kva
        Capacity asked for; decides which kinds of access are admissible at 10(20) kV.
    commitments
        The bays they take are no longer spare.
    """
    stated = application.max_distance_m
    around = Surroundings(
        model=model,
        application=application,
        rules=rules,
        levels_kv=LEVEL_KV[level],
        distance_m=rules.number(f"{level}_max_distance") if stated is None else stated,
    )
    if level == "lv":
        found = list(_low_voltage(around))
    else:
        bays = _spare_bays(model, commitments)
        found = [*_bays(around, bays, capacity_kva), *_taps(around, bays, capacity_kva)]
    at_level = [c for c in found if c.place == MESHED or around.is_level(_base_kv(model, c.place))]
    return tuple(sorted(at_level, key=lambda candidate: candidate.key))


def _base_kv(model: GridModel, place: Place) -> float:
    """Nominal voltage the power flow counts with there: a file may give a node an absurd one."""
    return float(model.network.base_kv[model.tree(place.tree).bus[place.row]])


def _spare_bays(
    model: GridModel, commitments: Sequence[Commitment]
) -> dict[str, list[tuple[str, str]]]:
    """Spare bays by node, as (id, owner), public ones first; an empty list where all are taken."""
    taken = {commitment.bay_id for commitment in commitments}
    result: dict[str, list[tuple[str, str]]] = {}
    bays = model.grid.bays
    for bay_id, node, is_spare, owner in zip(
        bays.index, bays["node"], bays["is_spare"], bays["ownership"], strict=True
    ):
        spare = result.setdefault(node, [])
        if is_spare and bay_id not in taken:
            spare.append((str(bay_id), str(owner)))
    order = {"public": 0, "unknown": 1, "private": 2}
    return {
        node: sorted(spare, key=lambda bay: (order[bay[1]], bay[0]))
        for node, spare in result.items()
    }


def _bays(
    around: Surroundings, bays: dict[str, list[tuple[str, str]]], capacity_kva: float
) -> Iterator[Candidate]:
    """Switchgear with bays: the first public spare one, or the reason why there is none."""
    too_big = _SizeRefusal(around, "bay_max_capacity", capacity_kva)
    for row, distance in around.nodes_near():
        node_id = str(around.model.column("nodes", "id")[row])
        if node_id not in bays or around.model.busbar_nodes[row]:
            continue
        spare = bays[node_id]
        node_owner = str(around.model.column("nodes", "ownership")[row])
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


def _taps(
    around: Surroundings, bays: dict[str, list[tuple[str, str]]], capacity_kva: float
) -> Iterator[Candidate]:
    """Pole tees on overhead lines, new ring-main units cut into cables that have no spare bay."""
    tee_too_big = _SizeRefusal(around, "tee_max_capacity", capacity_kva)
    ring_too_big = _SizeRefusal(around, "ring_in_max_capacity", capacity_kva)
    names = around.model.column("nodes", "id")
    at_end: dict[int, NearLine] = {}
    for line in around.lines_near():
        obstacle = around.obstacle(line)
        if line.laying == "cable":
            if not any(_has_public_bay(bays, str(names[e])) for e in line.ends):
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
            # One pole, several lines: it is as certain as the one whose laying is known.
            if best is None or (best.laying, best.line_id) > (line.laying, line.line_id):
                at_end[line.end] = line
    for row, line in at_end.items():
        if _has_public_bay(bays, str(names[row])) or around.model.busbar_nodes[row]:
            continue
        yield around.at_node(
            row,
            line.distance_m,
            kind="mv_public_tee",
            access_kind="mv_node",
            place=(line.lon, line.lat),
            owners=(line.ownership,),
            refusals=tee_too_big(str(names[row])),
            desk=("laying_unknown",) if line.laying == "unknown" else (),
        )


def _has_public_bay(bays: dict[str, list[tuple[str, str]]], node_id: str) -> bool:
    return any(owner == "public" for _, owner in bays.get(node_id, []))


def _low_voltage(around: Surroundings) -> Iterator[Candidate]:
    """Boards of transformers, nodes and lines of low voltage."""
    model = around.model
    board_rows = model.transformer_ends[1]
    is_board = {int(model.network.bus_of_node[row]) for row in board_rows[board_rows >= 0]}
    for row, distance in around.nodes_near():
        if int(model.network.bus_of_node[row]) not in is_board:
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
    near = model.spatial.near_nodes(
        around.application.lon, around.application.lat, around.distance_m
    )
    distance = dict(zip(near.rows.tolist(), near.distance_m.tolist(), strict=True))
    placed = np.zeros(len(model.grid.nodes), dtype=bool)
    placed[model.spatial.node_rows] = True
    column = {name: model.column("transformers", name) for name in _TRANSFORMER_COLUMNS}
    kv, lon, lat = (model.column("nodes", name) for name in ("vn_kv", "lon", "lat"))
    for k, (hv, lv) in enumerate(model.transformer_ends.T.tolist()):
        if lv < 0 or not around.is_level(float(kv[lv])):
            continue
        stands_at = lv if placed[lv] else hv
        # A transformer that does not feed its board (open switch) is no way to it.
        feeds = model.place_of_transformer(k)
        if stands_at not in distance or feeds is None or feeds != model.place_of_node(lv):
            continue
        name = str(column["id"][k])
        removal = around.refuse("access_not_admissible", name, sentence="access_removal")
        yield around.at_node(
            lv,
            distance[stands_at],
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
