"""Graft: a part of one source tree cut off at its head and grown onto another tree by a tie.

Works on the flat arrays of `compiled.Tree`: the part's rows are re-rooted at the tie, which turns
round the branches between the tie and the old head, and inserted below the receiver's row. The
branch above the old head is out. Nothing is compiled again.

::

    before:  busbar A --x-- h -- k -- t   tie   m -- ... -- busbar B
    after:                  h -- k -- t ------- m -- ... -- busbar B        (t below m, k below t)
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
import numpy.typing as npt

from grid_models.compiled import Tree, extent
from grid_models.limits import Bounds, TreeLimits
from grid_models.ties import TieEnd
from grid_models.topology import TreeTopology

__all__ = ["WHOLE", "Cut", "Graft", "Standing", "graft", "with_fewer_units"]

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


class Standing(Protocol):
    """A source tree as it stands: its limits and the room its present state leaves."""

    @property
    def number(self) -> int:
        """Of the tree in the model."""

    @property
    def tree(self) -> Tree:
        """The tree, with whatever has been promised."""

    @property
    def limits(self) -> TreeLimits:
        """Its limits."""

    @property
    def bounds(self) -> Bounds:
        """Its limits, relaxed where they are broken already."""

    @property
    def topology(self) -> TreeTopology:
        """Its busbars and feeders."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """A branch opened inside the lost part.

    Parameters
    ----------
    row
        Row below the branch; -1: nothing is opened.
    is_lower
        True: what hangs below it; False: the rest.
    """

    row: int
    is_lower: bool


WHOLE = Cut(row=-1, is_lower=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Graft:
    """The receiver's tree with the lost part on it; arrays by row of `tree`.

    Parameters
    ----------
    is_lost
        Whether the row's bus came with the lost part.
    bus_row, branch_row
        Row in its own tree that bus and branch come from; branch -1 at the root and at the tie.
    is_turned
        Whether the branch has been turned round.
    tie_row
        Row below the tie.
    is_way, is_concerned
        On the way from the tie to the source; on it, on the receiving feeder, or of the lost part.
    factor, loading_limit_pct, v_low_pu, v_high_pu
        As in `limits.Bounds`; on the way nothing is relaxed.
    """

    tree: Tree
    is_lost: Bools
    bus_row: Ints
    branch_row: Ints
    is_turned: Bools
    tie_row: int
    is_way: Bools
    is_concerned: Bools
    factor: Floats
    loading_limit_pct: Floats
    v_low_pu: Floats
    v_high_pu: Floats

    def row_of_bus(self, lost_row: int) -> int:
        """Row of the graft that stands for a row's bus of the lost tree; -1: not taken over."""
        rows = np.flatnonzero(self.is_lost & (self.bus_row == lost_row))
        return int(rows[0]) if len(rows) else -1

    def row_of_branch(self, lost_row: int) -> int:
        """Row of the graft below the branch that was above a row; -1: not taken over."""
        rows = np.flatnonzero(self.is_lost & (self.branch_row == lost_row))
        return int(rows[0]) if len(rows) else -1


def graft(lost: Standing, head: int, end: TieEnd, receiver: Standing, cut: Cut = WHOLE) -> Graft:
    """Cut a tree's part below `head` off and grow it, or a part of it, onto the receiver's.

    Parameters
    ----------
    lost, head
        Tree of the lost part and its topmost row.
    end
        Tie, its row in the lost part, and the row of the receiver's tree it leads to.
    receiver
        The receiver's tree; may be the same tree, but the row may not be in the lost part.
    cut
        Branch opened inside the lost part, and which side of it the tie takes over. What lies on
        the other side is on neither tree.
    """
    tree = lost.tree
    way, order = _reroot(tree, cut.row if cut.is_lower else head, end.own_row)
    if cut.row >= 0 and not cut.is_lower:
        order = order[(order < cut.row) | (order >= tree.end[cut.row])]
    stay = np.arange(len(receiver.tree), dtype=np.int64)
    below = stay >= receiver.tree.end[end.other.row]
    if receiver.number == lost.number:
        is_cut = (stay >= head) & (stay < lost.tree.end[head])
        stay, below = stay[~is_cut], below[~is_cut]
    first, last = stay[~below], stay[below]
    bus_row = np.concatenate([first, order, last])
    is_lost = np.zeros(len(bus_row), dtype=bool)
    is_lost[len(first) : len(first) + len(order)] = True

    place = np.full((2, max(len(receiver.tree), len(lost.tree))), -1, np.int64)
    place[is_lost.astype(np.int64), bus_row] = np.arange(len(bus_row))
    above = np.where(is_lost, lost.tree.parent[bus_row * is_lost], 0)
    above[~is_lost] = receiver.tree.parent[bus_row[~is_lost]]
    branch_row = bus_row.copy()
    turned = place[1, way[1:]]
    above[turned], branch_row[turned] = way[:-1], way[:-1]
    parent = place[is_lost.astype(np.int64), above]
    tie_row = int(place[1, end.own_row])
    parent[tie_row], parent[0] = place[0, end.other.row], -1
    branch_row[tie_row] = branch_row[0] = -1
    is_turned = np.zeros(len(bus_row), dtype=bool)
    is_turned[turned] = True
    return _lay_out(
        lost, receiver, end, parent=parent, is_lost=is_lost, bus_row=bus_row,
        branch_row=branch_row, is_turned=is_turned, tie_row=tie_row,
    )  # fmt: skip


def with_fewer_units(standing: Standing, row: int, units: int) -> Graft:
    """Take one of several equal units above a row out: the tree as it is, that branch weaker.

    Parameters
    ----------
    units
        Equal units in parallel above the row, at least 2.
    """
    tree, count = standing.tree, np.arange(len(standing.tree), dtype=np.int64)
    left = np.ones(len(tree))
    left[row] = (units - 1.0) / units
    weaker = {
        **{name: getattr(tree, name) / left for name in ("r", "x")},
        **{
            f"{name}_{side}": getattr(tree, f"{name}_{side}") * left
            for name in ("g", "b", "rating")
            for side in ("parent", "child")
        },
    }
    is_way = np.zeros(len(tree), dtype=bool)
    is_way[tree.path(row)] = True
    bounds, strict = standing.bounds, standing.limits
    return Graft(
        tree=replace(tree, **weaker),
        is_lost=np.zeros(len(tree), dtype=bool),
        bus_row=count,
        branch_row=np.where(tree.parent < 0, -1, count),
        is_turned=np.zeros(len(tree), dtype=bool),
        tie_row=-1,
        is_way=is_way,
        is_concerned=is_way | ((count >= row) & (count < tree.end[row])),
        factor=bounds.factor,
        loading_limit_pct=np.where(is_way, 100.0, bounds.loading_pct),
        v_low_pu=np.where(is_way, strict.v_low_pu, bounds.v_low_pu),
        v_high_pu=np.where(is_way, strict.v_high_pu, bounds.v_high_pu),
    )


def _reroot(tree: Tree, head: int, top: int) -> tuple[Ints, Ints]:
    """Return the rows from the new top up to the head, and all rows in preorder from the top."""
    way, order = [top], [np.arange(top, tree.end[top])]
    while way[-1] != head:
        below = way[-1]
        k = int(tree.parent[below])
        way.append(k)
        order += [np.arange(k, below), np.arange(tree.end[below], tree.end[k])]
    return np.array(way, dtype=np.int64), np.concatenate(order)


def _run(rows: Ints) -> Ints | slice:
    """Return rows that follow one another as a slice, which is read many times as fast."""
    if not len(rows) or rows[-1] - rows[0] != len(rows) - 1:
        return rows
    return slice(int(rows[0]), int(rows[-1]) + 1)


def _lay_out(
    lost: Standing,
    receiver: Standing,
    end: TieEnd,
    *,
    parent: Ints,
    is_lost: Bools,
    bus_row: Ints,
    branch_row: Ints,
    is_turned: Bools,
    tie_row: int,
) -> Graft:
    mine, other = receiver.tree, lost.tree
    # The receiver's rows, the lost part in one piece, and the receiver's rows behind it.
    lost_rows = np.flatnonzero(is_lost)
    start, stop = int(lost_rows[0]), int(lost_rows[-1]) + 1
    before, behind = _run(bus_row[:start]), _run(bus_row[stop:])
    buses, branches = bus_row[start:stop], branch_row[start:stop]

    def by_bus(ours: Floats, theirs: Floats) -> Floats:
        return np.concatenate([ours[before], theirs[buses], ours[behind]])

    def by_branch(ours: Floats, theirs: Floats, tie: float) -> Floats:
        values = np.concatenate([ours[before], theirs[branches], ours[behind]])
        values[tie_row] = tie
        return values

    def by_end(name: str, tie: float) -> tuple[Floats, Floats]:
        """Values at the parent's and the child's end, turned where the branch is."""
        up, down = (
            by_branch(getattr(mine, f"{name}_{side}"), getattr(other, f"{name}_{side}"), tie)
            for side in ("parent", "child")
        )
        return np.where(is_turned, down, up), np.where(is_turned, up, down)

    def named(name: str, tie: float) -> Floats:
        return by_branch(getattr(mine, name), getattr(other, name), tie)

    tie = end.tie
    g_parent, g_child = by_end("g", tie.g)
    b_parent, b_child = by_end("b", tie.b)
    ratio_parent, ratio_child = by_end("ratio", 1.0)
    rating_parent, rating_child = by_end("rating", tie.limit)
    last, depth = extent(parent)
    power = {n: by_bus(getattr(mine, n), getattr(other, n)) for n in _POWER}
    tree = Tree(
        tree_id=mine.tree_id,
        bus=by_bus(mine.bus, other.bus),  # type: ignore[arg-type]
        branch=named("branch", -1),  # type: ignore[arg-type]
        circuits=named("circuits", 1),  # type: ignore[arg-type]
        parent=parent,
        end=last,
        depth=depth,
        r=named("r", tie.r),
        x=named("x", tie.x),
        g_parent=g_parent,
        b_parent=b_parent,
        g_child=g_child,
        b_child=b_child,
        ratio_parent=ratio_parent,
        ratio_child=ratio_child,
        from_is_parent=named("from_is_parent", 1).astype(bool) ^ is_turned,
        rating_parent=rating_parent,
        rating_child=rating_child,
        v_source=mine.v_source,
        angle_source_degree=mine.angle_source_degree,
        **power,
    )
    is_way = np.zeros(len(parent), dtype=bool)
    is_way[tree.path(int(parent[tie_row]))] = True
    feeder = receiver.topology.feeder_head
    own_head = int(feeder[end.other.row])
    on_feeder = ~is_lost & (own_head >= 0)
    on_feeder[on_feeder] = feeder[bus_row[on_feeder]] == own_head
    ours, theirs = receiver.bounds, lost.bounds
    loading = by_branch(ours.loading_pct, theirs.loading_pct, 100.0)
    v_low = by_bus(ours.v_low_pu, theirs.v_low_pu)
    v_high = by_bus(ours.v_high_pu, theirs.v_high_pu)
    strict = receiver.limits
    loading[is_way] = 100.0
    v_low[is_way] = strict.v_low_pu[bus_row[is_way]]
    v_high[is_way] = strict.v_high_pu[bus_row[is_way]]
    return Graft(
        tree=tree,
        is_lost=is_lost,
        bus_row=bus_row,
        branch_row=branch_row,
        is_turned=is_turned,
        tie_row=tie_row,
        is_way=is_way,
        is_concerned=is_way | on_feeder | is_lost,
        factor=by_branch(ours.factor, theirs.factor, 1.0),
        loading_limit_pct=loading,
        v_low_pu=v_low,
        v_high_pu=v_high,
    )


_POWER = ("p", "q", "p_current", "q_current", "g", "b")
