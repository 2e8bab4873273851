"""Open points: load of a feeder given to its neighbour, by closing a tie and opening a line.

::

    busbar -- head -- a -- b -- c --/ tie /-- d -- feeder beside       before
    busbar -- head -- a --/ / -- b -- c ------ d -- feeder beside      line a-b is the open point
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from grid_models.natural import natural_key
from grid_models.place import Place
from grid_models.ties import TieEnd
from grid_models.topology import LOW_VOLTAGE_KV
from planner.plan import OpenPointMove
from planner.remedies.look import SHARE, Look

__all__ = ["moved_open_points"]

# Loads that change over may be this much more than what is left for them: they do not add up.
GENEROUS = 1.1


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cut:
    """A line below which everything changes over."""

    row: int
    switch_id: str
    moved_kva: float
    relief_kva: float


def moved_open_points(look: Look) -> Iterator[OpenPointMove]:
    """Propose, for each tie, the lines to open that relieve what binds, least load first."""
    if not look.outcome.blocking:
        return
    most = int(look.search.rules.number("remedy_max_cuts"))
    overloaded = look.overloaded()
    for head in _heads(look, overloaded):
        above = _is_above(look, head, overloaded)
        for end in look.search.transfers.ties(Place(tree=look.situation.number, row=head)):
            if above and _is_below_same_transformer(look, end, head):
                continue
            room_kva = _room_kva(look, end)
            cuts = [cut for cut in _cuts(look, head, end) if cut.relief_kva <= room_kva]
            needed_kva = _needed_kva(look, overloaded)
            for cut in _chosen(cuts, needed_kva, most):
                yield _move(look, head, end, cut)


def _heads(look: Look, overloaded: dict[int, float]) -> list[int]:
    """Feeders that may give load: the customer's own; at a busbar, or where that binds, all of it.

    The own feeder first, then by row.
    """
    if look.head >= 0 and not _is_above(look, look.head, overloaded):
        return [look.head]
    topology = look.situation.topology
    own = int(topology.busbar[look.row])
    heads = {int(h) for h in np.unique(topology.feeder_head) if h >= 0}
    same = sorted(h for h in heads if int(topology.busbar[h]) == own and h != look.head)
    return [*([look.head] if look.head >= 0 else []), *same]


def _is_above(look: Look, head: int, overloaded: dict[int, float]) -> bool:
    """Say whether something binds above a feeder's head."""
    end = int(look.situation.tree.end[head])
    return any(not head <= row < end for row in overloaded)


def _is_below_same_transformer(look: Look, end: TieEnd, head: int) -> bool:
    """Say whether a tie leads to a feeder of the same main transformer: that relieves nothing."""
    if end.other.tree != look.situation.number:
        return False
    main = look.situation.topology.main_transformer
    return int(main[end.other.row]) == int(main[head])


def _room_kva(look: Look, end: TieEnd) -> float:
    """Return what the way of a receiver has left, generously: the trial decides."""
    receiver = look.search.situation(end.other.tree)
    if not receiver.state.converged:
        return 0.0
    limits = receiver.limits
    way = receiver.tree.path(end.other.row)
    if end.other.tree == look.situation.number:
        # what both share carries the load before and after
        way = way[~np.isin(way, receiver.tree.path(end.own_row))]
    way = way[limits.is_known[way] & (limits.is_line | limits.is_transformer)[way]]
    loading = receiver.state.loading_pct[way] * limits.factor[way] / SHARE
    left = (look.target - loading) * limits.limit_kva[way]
    return GENEROUS * float(left.min()) if len(left) else np.inf


def _needed_kva(look: Look, overloaded: dict[int, float]) -> float:
    """Load that has to go for nothing to be overloaded any more; 0 where a voltage binds."""
    limits = [c.limit for c in look.broken("thermal_line", "thermal_transformer", "heavy_load")]
    if not limits:
        return 0.0
    excess = [
        (loading - min(limits)) / SHARE * float(look.situation.limits.limit_kva[row])
        for row, loading in overloaded.items()
    ]
    return max(excess, default=0.0)


def _cuts(look: Look, head: int, end: TieEnd) -> Iterator[_Cut]:
    """Lines with a switch between a tie and the feeder's head; not the one that is split."""
    situation, tree = look.situation, look.situation.tree
    rows = []
    for row in (int(k) for k in tree.path(end.own_row)):
        if row == head or row < 0:
            break
        if not look.is_line(row) or situation.limits.kv[row] <= LOW_VOLTAGE_KV:
            continue
        if look.outcome.trial.connection.share is None or row != look.row:
            rows.append(row)
    names = [look.name_of(row) for row in rows]
    switches = situation.model.grid.switches
    of_line = switches[switches["element_id"].isin(names)]
    of_line = of_line[of_line["element_kind"].eq("line") & of_line["is_closed"]]
    for row, name in zip(rows, names, strict=True):
        own = of_line.index[of_line["element_id"].eq(name)]
        if not len(own):
            continue
        moved = look.load_kva(row)
        takes_along = row <= look.row < int(tree.end[row])
        yield _Cut(
            row=row,
            switch_id=min((str(name) for name in own), key=natural_key),
            moved_kva=moved,
            relief_kva=moved + (look.new_load_kva if takes_along else 0.0),
        )


def _chosen(cuts: Sequence[_Cut], needed_kva: float, most: int) -> list[_Cut]:
    """Choose cuts that relieve enough, least load first; where a voltage binds, spread ones."""
    enough = sorted(
        (cut for cut in cuts if cut.relief_kva >= needed_kva and cut.relief_kva > 0.0),
        key=lambda cut: (cut.moved_kva, cut.row),
    )
    if needed_kva > 0.0 or len(enough) <= most:
        return enough[:most]
    places = np.unique(np.linspace(0, len(enough) - 1, most).round().astype(int))
    return [enough[k] for k in places]


def _move(look: Look, head: int, end: TieEnd, cut: _Cut) -> OpenPointMove:
    model, other = look.situation.model, end.other
    receiver = int(model.topology(other.tree).feeder_head[other.row])
    return OpenPointMove(
        tie_id=end.tie.tie_id,
        opened_id=look.name_of(cut.row),
        closed=end.tie.switch_ids,
        opened=(cut.switch_id,),
        from_feeder_id=look.name_of(head),
        to_feeder_id=model.branch_id(other.tree, receiver) if receiver >= 0 else None,
        moved_kva=cut.moved_kva,
    )
