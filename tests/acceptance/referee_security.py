"""Which tie, or which two, take a feeder over, and what N-1 says of an option then: section 4."""

from __future__ import annotations

import itertools
import math
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache, cached_property

import pandapower as pp
from referee_checks import Place
from referee_limits import (
    AREA_CLASS,
    N_MINUS_1_AREAS,
    SLACK,
    WORSE_LOADING_POINTS,
    WORSE_VOLTAGE_SHARE,
)
from referee_net import Connection, RefereeGrid
from referee_transfer import (
    HIGH,
    LOADING,
    SWITCHED_KINDS,
    Breach,
    State,
    TakenOver,
    Tie,
    ties_of,
)

BUSES_KEPT = 250_000  # of all switched nets in memory at a time
EDGE_POINTS = 0.01  # two ties nearer to each other than this may be taken for one another
CUT_POINTS = 0.5  # as near are two cuts: charging alone moves the greatest loading by so much

NOT_COMPUTED, NO_TIE, CARRIED, LOST = "not_computed", "no tie", "carried", "lost"


@dataclass(frozen=True, slots=True)
class Share:
    """One tie of a take-over with what hangs on it then."""

    tie: Tie
    opened_id: str | None
    state: State | None  # None: nothing solves

    @property
    def carries(self) -> bool:
        return self.state is not None and self.state.carries

    @property
    def strain(self) -> tuple[bool, bool, float]:
        """How badly off this side is: unsolved, then broken, then by its loading."""
        if self.state is None:
            return True, True, math.inf
        return False, not self.state.carries, self.state.worst_pct


@dataclass(frozen=True, slots=True)
class Security:
    """What becomes of a feeder whose head is lost, with or without a new load."""

    found: str
    shares: tuple[Share, ...] = ()  # the best tie; two where they share the feeder
    others: tuple[tuple[Share, ...], ...] = ()  # no worse within the tolerance
    pre_existing: bool = False
    effect: str = ""  # of a failure: desk or show

    @property
    def kept(self) -> bool:
        return self.found == CARRIED

    @property
    def key(self) -> bool | str:
        return NOT_COMPUTED if self.found == NOT_COMPUTED else self.kept

    @property
    def is_in_doubt(self) -> bool:
        return any(s.state is not None and s.state.is_in_doubt for s in self.shares)

    @property
    def breach(self) -> Breach | None:
        """What is broken, loadings first; None where all is well or nothing solves."""
        state = self.shares[0].state if self.found == LOST else None
        return None if state is None else state.breaches[0]


class Transfers:
    """N-1 of every feeder of a grid: the switched nets are kept, each option solved in them."""

    def __init__(self, grid: RefereeGrid) -> None:
        self.grid = grid
        self._ties: dict[int, list[Tie]] = {}
        self._nets: OrderedDict[tuple, TakenOver | None] = OrderedDict()
        self._bare: dict[int, Security] = {}

    def ties(self, feeder: int) -> list[Tie]:
        if feeder not in self._ties:
            self._ties[feeder] = ties_of(self.grid.net, self.grid.tree, feeder)
        return self._ties[feeder]

    def of(self, place: Place) -> Security:
        """Judge what is connected at a place; at a busbar or on the lost head nothing is judged."""
        feeder, head = place.feeder, ("line", place.connection.line)
        if feeder is None or self.grid.tree.branch_above[feeder] == head:
            return Security(NOT_COMPUTED)
        if not self.ties(feeder):
            return Security(NO_TIE, pre_existing=True, effect="show")
        found = self._best(feeder, place.connection)
        return found if found.kept else _weighed(found, self.bare(feeder))

    def may_be_kept(self, place: Place) -> bool:
        """False where more load cannot help: without it nobody takes over what is there."""
        feeder = place.feeder
        if feeder is None or not self.ties(feeder):
            return False
        bare = self.bare(feeder)
        return bare.kept or bare.is_in_doubt or self._may_share(feeder, place.connection)

    def bare(self, feeder: int) -> Security:
        """The feeder as it stands, without the new load."""
        if feeder not in self._bare:
            self._bare[feeder] = self._best(feeder, None)
        return self._bare[feeder]

    def share(self, feeder: int, tie: Tie, connection, opened: int | None = None) -> Share:
        taken = self._net(feeder, tie, opened)
        opened_id = None if opened is None else f"line:{opened}"
        if taken is None:
            return Share(tie, opened_id, None)
        if connection is None or not taken.holds(connection):
            return Share(tie, opened_id, taken.bare)
        return Share(tie, opened_id, taken.loaded(connection))

    def _net(self, feeder: int, tie: Tie, opened: int | None) -> TakenOver | None:
        key = feeder, tie.id, opened
        if key not in self._nets:
            try:
                self._nets[key] = TakenOver(self.grid, feeder, tie, opened)
            except pp.LoadflowNotConverged:
                self._nets[key] = None
            while sum(map(_bus_count, self._nets.values())) > BUSES_KEPT:
                self._nets.popitem(last=False)
        self._nets.move_to_end(key)
        return self._nets[key]

    def _best(self, feeder: int, connection: Connection | None) -> Security:
        alone = [(self.share(feeder, tie, connection),) for tie in self.ties(feeder)]
        if not any(shares[0].carries for shares in alone) and self._may_share(feeder, connection):
            alone += self.shared(feeder, connection)
        return _chosen(alone)

    def _may_share(self, feeder: int, connection: Connection | None) -> bool:
        """Two ties are tried for what could be taken over before, or was only too high."""
        if connection is None:
            return True
        bare = self.bare(feeder)
        if bare.kept:
            return True
        alone = [self.share(feeder, tie, None).state for tie in self.ties(feeder)]
        return any(state is not None and state.is_only_too_high for state in alone)

    def shared(self, feeder: int, connection: Connection | None) -> list[tuple[Share, ...]]:
        """Every pair of ties to two source trees at its best cut, where both sides carry."""
        tree, found = self.grid.tree, []
        for one, other in itertools.combinations(self.ties(feeder), 2):
            if tree.source_tree[one.outside] == tree.source_tree[other.outside]:
                continue
            cuts = self.cuts(one, other, None if connection is None else connection.line)

            @cache
            def sides(at: int, ties=(one, other), cuts=cuts) -> tuple[Share, ...]:
                return tuple(self.share(feeder, tie, connection, cuts[at]) for tie in ties)

            found += [sides(at) for at in _best_cut(sides, len(cuts))]
        return [shares for shares in found if all(share.carries for share in shares)]

    def as_said(
        self, place: Place, found: Security, said: list[tuple[str, str | None]]
    ) -> Security:
        """The take-over a plan names, where it is as good as the one found: the same loading by
        one tie, nearly the same where two ties share the feeder, and solved like that one."""
        for shares in found.others:
            if said == [(share.tie.id, share.opened_id) for share in shares]:
                return replace(found, shares=shares, others=())
        if found.found != CARRIED or len(found.shares) != 2 or len(said) != 2:
            return found
        ties = {tie.id: tie for tie in self.ties(place.feeder)}
        named = [ties.get(tie_id) for tie_id, _ in said]
        if None in named or len({self.grid.tree.source_tree[tie.outside] for tie in named}) < 2:
            return found
        connection = place.connection
        for line in self.cuts(*named, connection.line):
            if [opened_id for _, opened_id in said] == [f"line:{line}"] * 2:
                shares = tuple(self.share(place.feeder, tie, connection, line) for tie in named)
                is_good = _strain(shares) <= _strain(found.shares) + CUT_POINTS
                if is_good and all(share.carries for share in shares):
                    return replace(found, shares=shares, others=())
        return found

    def cuts(self, one: Tie, other: Tie, split: int | None) -> list[int]:
        """Lines between two ties that can be switched, from the first to the second; the line
        that the option itself splits is none."""
        tree = self.grid.tree
        up, down = tree.climb(one.inside), tree.climb(other.inside)
        shared = set(up) & set(down)
        way = [j for j in up if j not in shared] + [j for j in reversed(down) if j not in shared]
        lines = [tree.branch_above[joint][1] for joint in way]
        return [line for line in lines if line != split and self.is_switched(line)]

    def is_switched(self, line: int) -> bool:
        """A closed switch at an end, or switchgear, cabinet or busbar at an end."""
        lines, buses = self._switched
        ends = self.grid.net.line.loc[line, ["from_bus", "to_bus"]]
        return line in lines or not buses.isdisjoint(ends)

    @cached_property
    def _switched(self) -> tuple[set[int], set[int]]:
        """Lines with a closed switch, and buses at which a line can be switched."""
        net = self.grid.net
        closed = net.switch[net.switch.closed]
        between = closed[closed.et == "b"]
        buses = {*between.bus, *between.element}
        if "kind" in net.bus:
            buses |= set(net.bus.index[net.bus.kind.isin(SWITCHED_KINDS)])
        return set(closed.element[closed.et == "l"]), buses


def _best_cut(sides: Callable[[int], tuple[Share, ...]], count: int) -> list[int]:
    """Cuts looked at on the way to that at which the worse off of both sides is best off.

    The farther from the first tie, the more it carries: halve down to where the first side becomes
    the worse off, then walk to the best beside it, as a load of its own hangs now here, now there.
    All that were looked at are given: where one side's voltage is too high, the last need not be
    one that carries.
    """
    if count == 0:
        return []
    looked_at: set[int] = set()

    def strain(at: int) -> tuple[bool, bool, float]:
        looked_at.add(at)
        return max(share.strain for share in sides(at))

    low, high = 0, count - 1
    while low < high:
        middle = (low + high) // 2
        strain(middle)
        first, second = sides(middle)
        low, high = (low, middle) if first.strain > second.strain else (middle + 1, high)
    best = min(max(low - 1, 0), low, key=strain)
    for step in (-1, 1):
        while 0 <= best + step < count and strain(best + step) <= strain(best):
            best += step
    return sorted(looked_at)


def _bus_count(taken: TakenOver | None) -> int:
    return 0 if taken is None else len(taken.bus_ids)


def _chosen(tried: list[tuple[Share, ...]]) -> Security:
    """What carries with the least of the greatest loadings; where nothing does, the tie that is
    least overloaded. Equal ones by their ids."""
    carrying = [shares for shares in tried if all(share.carries for share in shares)]
    among = carrying or [shares for shares in tried if len(shares) == 1]
    among = sorted(among, key=lambda shares: (_strain(shares), [s.tie.id for s in shares]))
    least = _strain(among[0])
    others = [shares for shares in among[1:] if _strain(shares) <= least + EDGE_POINTS]
    return Security(CARRIED if carrying else LOST, among[0], tuple(others))


def _strain(shares: tuple[Share, ...]) -> float:
    return max(math.inf if s.state is None else s.state.worst_pct for s in shares)


def _weighed(found: Security, bare: Security) -> Security:
    """What a failure does: shown where it failed before by the same limit, hardly better."""
    effect = "desk" if AREA_CLASS in N_MINUS_1_AREAS else "show"
    now, then = found.breach, bare.breach
    pre_existing = bare.found == LOST and (now and now.kind) == (then and then.kind)
    if pre_existing and not _is_worse(now, then):
        effect = "show"
    return replace(found, pre_existing=pre_existing, effect=effect)


def _is_worse(now: Breach | None, then: Breach | None) -> bool:
    """By more than a point, or half a percent of the nominal voltage; unsolved stays unsolved."""
    if now is None or then is None:
        return False
    if now.kind == LOADING:
        return now.value - then.value > WORSE_LOADING_POINTS + SLACK
    sign = 1.0 if now.kind == HIGH else -1.0
    share = sign * (now.value / now.nominal - then.value / then.nominal)
    return share > WORSE_VOLTAGE_SHARE + SLACK
