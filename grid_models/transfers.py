"""Transfers: who takes over a feeder that has lost its head, by one tie or, cut in two, by two.

The branch that leaves the busbar is out and stays out. One tie takes over the whole feeder; where
none can, the feeder is opened at a line that can be switched, between two of its ties, and each
takes over its side. Two receivers of one source tree are not tried together, nor are more than two.

The same is asked of a main transformer: its busbar is lost, a busbar coupler is the tie.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np

from grid_models.graft import WHOLE, Cut, Standing, graft, with_fewer_units
from grid_models.model import GridModel, Place
from grid_models.network import BASE_MVA
from grid_models.solvers.radial import Connection
from grid_models.ties import Tie, TieEnd, ties_of
from grid_models.transfer import Case, Transfer, judge, judge_each, largest_share

__all__ = ["Transfers", "is_carried"]

# What a look for the best take-over asks next: grafts, each with a new load or none.
_Asked = list[tuple[Case, Connection | None]]
_Look = Generator[_Asked, Sequence[Transfer], "tuple[Transfer, ...]"]


def is_carried(transfers: Sequence[Transfer]) -> bool:
    """Say whether transfers that together take over a feeder all hold every limit."""
    return bool(transfers) and all(transfer.is_carried for transfer in transfers)


def _is_hopeless(present: Sequence[Transfer]) -> bool:
    """Say whether a feeder that is not taken over at present is not with more load either.

    More load mends nothing but a voltage that is too high.
    """
    return not is_carried(present) and all(t.broken_code != "voltage_high" for t in present)


def _order(transfers: Sequence[Transfer]) -> tuple[bool, float, tuple[str, ...]]:
    """Sort what carries first, then by the least loading."""
    worst_pct = max(transfer.worst_loading_pct for transfer in transfers)
    return not is_carried(transfers), worst_pct, tuple(t.tie_id for t in transfers)


@dataclass(frozen=True, kw_only=True)
class Transfers:
    """Transfers of one grid; remembers every graft and its solution.

    Parameters
    ----------
    standing
        Gives a source tree by number, with what has been promised.
    """

    model: GridModel
    standing: Callable[[int], Standing]
    _ties: dict[Place, tuple[TieEnd, ...]] = field(default_factory=dict, repr=False)
    _cases: dict[tuple[Place, str, Cut], Case] = field(default_factory=dict, repr=False)
    _present: dict[Place, tuple[Transfer, ...]] = field(default_factory=dict, repr=False)
    _with_new: dict[tuple[Place, Connection], tuple[Transfer, ...]] = field(
        default_factory=dict, repr=False
    )

    def ties(self, top: Place) -> tuple[TieEnd, ...]:
        """Ties of a feeder, by the row of its head, or couplers of a busbar, by its row."""
        if top not in self._ties:
            self._ties[top] = ties_of(self.model, top)
        return self._ties[top]

    def each(self, top: Place, new: Connection | None = None) -> tuple[Transfer, ...]:
        """Transfer all that hangs at a feeder's head or a busbar, by each tie.

        Parameters
        ----------
        new
            A new load on the feeder, by rows of its own tree.
        """
        return tuple(judge(self.model, self.case(top, end), new) for end in self.ties(top))

    def take_over(self, top: Place, new: Connection | None = None) -> tuple[Transfer, ...]:
        """Return the best way to take over all that hangs at a feeder's head.

        Returns
        -------
        transfers
            Of what carries everything the one with the least loading: one tie, and only where no
            single one carries, two that share the feeder. Where nothing does, the least overloaded
            single one. Empty without a tie, and where the new load would lie on the lost head.
        """
        if new is None:
            if top not in self._present:
                (self._present[top],) = self._look([self._best(top, None)])
            return self._present[top]
        if (top, new) not in self._with_new:
            self.foresee(top, [new])
        return self._with_new[top, new]

    def foresee(self, top: Place, news: Iterable[Connection]) -> None:
        """Work out the best way for each of several new loads alone, many times as fast as singly.

        What they ask of one graft is solved side by side; `take_over` answers as it would without.
        """
        asked = [new for new in dict.fromkeys(news) if (top, new) not in self._with_new]
        found = self._look([self._best(top, new) for new in asked])
        self._with_new.update(zip([(top, new) for new in asked], found, strict=True))

    def _look(self, looks: Sequence[_Look]) -> list[tuple[Transfer, ...]]:
        """Let several looks go on side by side, and judge together what they ask of one graft."""
        found: list[tuple[Transfer, ...]] = [()] * len(looks)
        answers: dict[int, list[Transfer] | None] = dict.fromkeys(range(len(looks)))
        while answers:
            asked: dict[int, _Asked] = {}
            for k, answer in answers.items():
                try:
                    asked[k] = looks[k].send(answer)  # type: ignore[arg-type]  # None: starts it
                except StopIteration as end:
                    found[k] = end.value
            by_case: dict[int, list[tuple[int, int]]] = {}
            for k, questions in asked.items():
                for place, (case, _) in enumerate(questions):
                    by_case.setdefault(id(case), []).append((k, place))
            told: dict[tuple[int, int], Transfer] = {}
            for places in by_case.values():
                case = asked[places[0][0]][places[0][1]][0]
                news = [asked[k][place][1] for k, place in places]
                told.update(zip(places, judge_each(self.model, case, news), strict=True))
            answers = {k: [told[k, place] for place in range(len(q))] for k, q in asked.items()}
        return found

    def _best(self, top: Place, new: Connection | None) -> _Look:
        if new is not None and new.share is not None and new.row == top.row:
            return ()
        each = yield [(self.case(top, end), new) for end in self.ties(top)]
        best: tuple[Transfer, ...] = min([(one,) for one in each], key=_order, default=())
        if not best or is_carried(best):
            return best
        if new is not None and _is_hopeless(self.take_over(top)):
            return best
        shared = min((yield from self._shared(top, new)), key=_order, default=())
        return shared if is_carried(shared) else best

    def beside(self, top: Place) -> Transfer | None:
        """Lose one of the equal transformers in parallel above a row; None if there is but one."""
        standing = self.standing(top.tree)
        tree = standing.tree
        element = self.model.network.branches.element[tree.branch[top.row]]
        parallel = self.model.column("transformers", "parallel")[element]
        units = int(tree.circuits[top.row] * parallel)
        if units == 1:
            return None
        bus = int(tree.bus[top.row])
        here = TieEnd(tie=Tie(tie_id="", switch_ids=(), bus=(bus, bus)), own_row=top.row, other=top)
        weaker = with_fewer_units(standing, top.row, units)
        return judge(self.model, Case(end=here, lost=standing, receiver=standing, graft=weaker))

    def transferable_kva(self, top: Place) -> float:
        """Return the largest part of the load below `top` that can really be taken over.

        All of it where two ties that share the feeder carry it; else what one tie carries, with
        loads (and generators) scaled alike and what is constant impedance left as it is.
        """
        load_kva = self.load_kva(top)
        if is_carried(self.take_over(top)):
            return load_kva
        shares = [largest_share(self.model, self.case(top, end)) for end in self.ties(top)]
        return load_kva * max(shares, default=0.0)

    def load_kva(self, top: Place) -> float:
        """Apparent power of the loads below a row, in their sum."""
        tree = self.standing(top.tree).tree
        rows = slice(top.row, int(tree.end[top.row]))
        p = (tree.p[rows] + tree.p_current[rows]).sum()
        q = (tree.q[rows] + tree.q_current[rows]).sum()
        return float(np.hypot(p, q)) * 1000.0 * BASE_MVA

    def case(self, top: Place, end: TieEnd, cut: Cut = WHOLE) -> Case:
        """Graft what hangs at `top`, or one side of a cut in it, onto the tree a tie leads to."""
        key = (top, end.tie.tie_id, cut)
        if key not in self._cases:
            lost, receiver = self.standing(top.tree), self.standing(end.other.tree)
            self._cases[key] = Case(
                end=end,
                lost=lost,
                receiver=receiver,
                graft=graft(lost, top.row, end, receiver, cut),
                opened_id=self.model.branch_id(top.tree, cut.row) if cut.row >= 0 else "",
            )
        return self._cases[key]

    # ------------------------------------------------------------------ two receivers

    def _shared(
        self, top: Place, new: Connection | None
    ) -> Generator[_Asked, Sequence[Transfer], list[tuple[Transfer, ...]]]:
        """Best way to share the feeder between the two ties of every pair."""
        found = []
        for one, other in combinations(self.ties(top), 2):
            if one.other.tree != other.other.tree:
                cuts = self._cuts(top, one, other)
                if new is not None and new.share is not None:
                    # the line that is to be split is not opened
                    cuts = [cut for cut in cuts if cut.row != new.row]
                found += yield from self._best_cut(top, one, other, cuts, new)
        return found

    def _best_cut(
        self,
        top: Place,
        one: TieEnd,
        other: TieEnd,
        cuts: Sequence[Cut],
        new: Connection | None,
    ) -> Generator[_Asked, Sequence[Transfer], list[tuple[Transfer, ...]]]:
        """Move the cut from one tie to the other until the first is the worse off.

        Then walk from the best of them to what is better beside it: a load of its own hangs now on
        this side, now on that, and a voltage may be too high where little is left.
        """
        tried: dict[int, tuple[Transfer, ...]] = {}

        def share(k: int) -> _Look:
            if k not in tried:
                cut = cuts[k]
                opposite = Cut(row=cut.row, is_lower=not cut.is_lower)
                first, second = self.case(top, one, cut), self.case(top, other, opposite)
                tried[k] = tuple((yield [(first, new), (second, new)]))
            return tried[k]

        low, high = 0, len(cuts)
        while low < high:
            middle = (low + high) // 2
            first, second = yield from share(middle)
            if _order((first,)) > _order((second,)):
                high = middle
            else:
                low = middle + 1
        best = min(tried, key=lambda k: _order(tried[k]), default=-1)
        for step in (-1, 1):
            while 0 <= best + step < len(cuts) and _order((yield from share(best + step))) < _order(
                tried[best]
            ):
                best += step
        return list(tried.values())

    def _cuts(self, top: Place, one: TieEnd, other: TieEnd) -> list[Cut]:
        """Lines between two ties that can be opened, from the first tie; its side of each."""
        tree = self.standing(top.tree).tree
        up = [[int(k) for k in tree.path(end.own_row)] for end in (one, other)]
        common = set(up[0]) & set(up[1])
        ways = [[k for k in way if k not in common] for way in up]
        between = [Cut(row=k, is_lower=True) for k in ways[0]]
        between += [Cut(row=k, is_lower=False) for k in reversed(ways[1])]
        is_named = self.model.network.node_of_bus[tree.bus] >= 0
        switchable = self.model.is_switchable
        return [
            cut
            for cut in between
            if is_named[cut.row] and tree.branch[cut.row] >= 0 and switchable[tree.branch[cut.row]]
        ]
