"""Search for remedies: cheapest first, one measure, then two, up to so many; it always ends.

Every trial is one access point on the grid after some measures, solved and judged as any other. A
trial that fails says what binds, and what binds says which measures are worth the next trial.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal

from grid_models.errors import InputError
from grid_models.place import Place
from grid_models.transfers import is_carried
from planner.candidate import Candidate, reject
from planner.design_load import Demand, Level
from planner.outcome import evaluate
from planner.plan import (
    ConductorReplacement,
    FeederAddition,
    Measure,
    OpenPointMove,
    RejectionReason,
    Remedies,
    RemedyTrial,
    TransformerAddition,
    TransformerReplacement,
)
from planner.refusal import access_point
from planner.remedies.equipment import (
    additional_transformers,
    larger_transformers,
    thicker_conductors,
)
from planner.remedies.feeder import KIND as NEW_FEEDER
from planner.remedies.feeder import feeder_of, find_busbars, unknown_bay
from planner.remedies.ground import Ground, Touched
from planner.remedies.harm import find_harm
from planner.remedies.look import Look
from planner.remedies.open_points import moved_open_points
from planner.remedies.works import works_of
from planner.search import Found, Search
from planner.supply_radius import is_within_radius
from planner.terms import Terms
from planner.works import find_works

__all__ = ["Remedy", "RemedySearch"]

# A candidate moved off the end of a line may lie a metre farther on another grid.
_BESIDE_M = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Remedy:
    """An access point that passes on the grid after some measures."""

    found: Found
    level: Level
    demand: Demand
    measures: tuple[Measure, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Try:
    """One access point of the grid as it stands, and the measures to try there."""

    candidate: Candidate
    measures: tuple[Measure, ...]
    cost_p50: float

    @property
    def order(self) -> tuple[int, float, tuple[float, str, str], str]:
        """Fewest measures first, then the cheapest; ties by access point and by name."""
        return (len(self.measures), self.cost_p50, self.candidate.key, repr(self.measures))


@dataclass(kw_only=True)
class RemedySearch:
    """One search for remedies; what it has tried is counted over all levels together.

    Parameters
    ----------
    search
        On the grid as it stands, whose levels were searched in vain.
    terms
        What units cost.
    """

    search: Search
    terms: Terms
    trials: list[RemedyTrial] = field(default_factory=list)
    refused: list[Candidate] = field(default_factory=list)
    _is_cut: bool = False
    _searches: dict[int, Search] = field(default_factory=dict)

    @property
    def bound(self) -> int:
        """Trials there may be."""
        return int(self.search.rules.number("remedy_max_trials"))

    @cached_property
    def _ground(self) -> Ground:
        return Ground(base=self.search.model)

    def run(self, level: Level, demand: Demand) -> Remedy | None:
        """Look for the cheapest of the fewest measures with which one access point passes."""
        waiting = [
            self._try(candidate, measures, level, demand)
            for candidate, measures in self._starts(level, demand)
        ]
        queue = [(attempt.order, attempt) for attempt in waiting]
        heapq.heapify(queue)
        seen = {self._mark(attempt) for attempt in waiting}
        while queue:
            if len(self.trials) >= self.bound:
                self._is_cut = True
                return None
            _, attempt = heapq.heappop(queue)
            result, proposals = self._attempt(attempt, level, demand)
            self.trials.append(self._record(attempt, result))
            if isinstance(result, Found):
                return Remedy(found=result, level=level, demand=demand, measures=attempt.measures)
            most = self.search.rules.number("remedy_max_measures")
            for measure in proposals:
                measures = (*attempt.measures, measure)
                if len(measures) > most or _clash(attempt.measures, measure):
                    continue
                following = self._try(attempt.candidate, measures, level, demand)
                if self._mark(following) not in seen:
                    seen.add(self._mark(following))
                    heapq.heappush(queue, (following.order, following))
        return None

    @property
    def remedies(self) -> Remedies:
        """What was tried so far."""
        ended: Literal["solved", "exhausted", "bound"] = "bound" if self._is_cut else "exhausted"
        if self.trials and self.trials[-1].passed:
            ended = "solved"
        return Remedies(
            tried=len(self.trials), bound=self.bound, ended=ended, trials=tuple(self.trials)
        )

    # ------------------------------------------------------------------ where it starts

    def _starts(
        self, level: Level, demand: Demand
    ) -> Iterator[tuple[Candidate, tuple[Measure, ...]]]:
        """Give the nearest refused points, as they stand, and busbars near for a new feeder."""
        yield from ((candidate, ()) for candidate in self.nearest(level))
        if level == "mv":
            yield from self._feeders(demand)

    def nearest(self, level: Level) -> Iterator[Candidate]:
        """Give the nearest refused point of each feeder.

        At low voltage that of each board: the board itself where it is in reach.
        """
        most = int(self.search.rules.number("remedy_max_candidates"))
        feeders: set[tuple[int, int]] = set()
        failed = self.search.failed(level)
        for candidate in sorted(failed, key=lambda c: c.access_kind != "transformer_lv"):
            situation = self.search.situation(candidate.place.tree)
            if not situation.state.converged:
                continue
            if not is_within_radius(situation, candidate, self.search.rules, level):
                continue
            topology = situation.topology
            of = topology.board if level == "lv" else topology.feeder_head
            feeder = (candidate.place.tree, int(of[candidate.place.row]))
            if feeder not in feeders and len(feeders) < most:
                feeders.add(feeder)
                yield candidate

    def _feeders(self, demand: Demand) -> Iterator[tuple[Candidate, tuple[Measure, ...]]]:
        search = self.search
        most = int(search.rules.number("remedy_max_candidates"))
        for busbar in self._busbars(search, demand)[:most]:
            if busbar.refusals:
                self.refused.append(busbar)
            else:
                yield busbar, (feeder_of(busbar, demand.capacity_kva, search.rules),)

    def _busbars(self, search: Search, demand: Demand) -> tuple[Candidate, ...]:
        return search.with_ways(
            find_busbars(
                search.model,
                search.application,
                demand.capacity_kva,
                search.rules,
                self.search.commitments,
            )
        )

    def _try(
        self, candidate: Candidate, measures: tuple[Measure, ...], level: Level, demand: Demand
    ) -> _Try:
        search = self.search
        trial = search.trial(candidate, demand, level)
        works = find_works(trial, search.application, search.rules, level, label=search.model.label)
        works = (*works_of(measures, search.rules, str), *works)
        cost = self.terms.cost_of(works, trial, search.application, search.rules, level)
        return _Try(candidate=candidate, measures=measures, cost_p50=cost.p50)

    @staticmethod
    def _mark(attempt: _Try) -> tuple[tuple[float, str, str], frozenset[Measure]]:
        """Return what two attempts have in common that differ in their order alone."""
        return attempt.candidate.key, frozenset(attempt.measures)

    # ------------------------------------------------------------------ one trial

    def _attempt(
        self, attempt: _Try, level: Level, demand: Demand
    ) -> tuple[Found | tuple[RejectionReason, ...], Sequence[Measure]]:
        """Solve one access point after some measures; what refuses it, and what might help."""
        name = attempt.candidate.element_id
        label = self.search.model.label(name)
        try:
            touched = self._ground.after(attempt.measures, attempt.candidate.place.tree)
        except InputError:
            return (
                reject("access_not_admissible", name, sentence="measure_impossible", label=label),
            ), ()
        search = self._search_on(touched)
        harm = self._harm(attempt.measures, touched, search)
        if harm:
            return harm, ()
        candidate = self._again(attempt, search, level, demand)
        if candidate is None or candidate.refusals:
            reasons = candidate.refusals if candidate else ()
            return reasons or (
                reject("access_not_admissible", name, sentence="measure_impossible", label=label),
            ), ()
        situation = search.situation(candidate.place.tree)
        if not situation.state.converged:
            return (reject("voltage_low", name, sentence="diverged_before", label=label),), ()
        trial = search.trial(candidate, demand, level)
        (outcome,) = evaluate(situation, [trial], search.rules, level)
        result = search.judge(outcome, situation, level)
        if isinstance(result, Found):
            return replace(result, missing=(*result.missing, *unknown_bay(candidate))), ()
        look = Look(search=search, situation=situation, outcome=outcome, level=level)
        return result, list(_propose(look)) if outcome.converged else ()

    def _search_on(self, touched: Touched) -> Search:
        if touched.model is self.search.model:
            return self.search
        key = id(touched)
        if key not in self._searches:
            own = touched.model.node_rows
            self._searches[key] = Search(
                model=touched.model,
                application=self.search.application,
                rules=self.search.rules,
                catalogue=self.search.catalogue,
                streets=self.search.streets,
                commitments=[c for c in self.search.commitments if c.node_id in own],
            )
        return self._searches[key]

    def _harm(
        self, measures: Sequence[Measure], touched: Touched, search: Search
    ) -> tuple[RejectionReason, ...]:
        """Find what the measures alone break: a limit, or the N-1 of the feeder that receives."""
        found = find_harm(
            self.search.situation, touched.trees, search.situation, touched.changed,
            self.search.rules,
        )  # fmt: skip
        if found:
            return found
        return tuple(
            reject(
                "n_minus_1", measure.to_feeder_id or "", sentence="receiver_n_minus_1",
                label=self.search.model.label(measure.to_feeder_id or ""),
            )
            for measure in measures
            if isinstance(measure, OpenPointMove)
            and self._is_secured(self.search, measure.to_feeder_id)
            and not self._is_secured(search, measure.to_feeder_id)
        )  # fmt: skip

    @staticmethod
    def _is_secured(search: Search, feeder_id: str | None) -> bool:
        """Say whether others take a feeder over, with what is promised."""
        row = search.model.row_of("lines", feeder_id or "")
        place = search.model.place_of_line(row) if row >= 0 else None
        if place is None or not place.is_in_tree:
            return False
        head = int(search.model.topology(place.tree).feeder_head[place.row])
        return head >= 0 and is_carried(
            search.transfers.take_over(Place(tree=place.tree, row=head))
        )

    def _again(
        self, attempt: _Try, search: Search, level: Level, demand: Demand
    ) -> Candidate | None:
        """Find an access point again on the grid after the measures."""
        base = attempt.candidate
        wanted = (base.access_kind, base.element_id)
        for measure in attempt.measures:
            if isinstance(measure, TransformerAddition):
                wanted = ("transformer_lv", measure.transformer_id)
        if base.kind == NEW_FEEDER:
            found = self._busbars(search, demand)
        else:
            found = search.look(level, demand, (-1.0, base.distance_m + _BESIDE_M))
        return next((c for c in found if (c.access_kind, c.element_id) == wanted), None)

    def _record(self, attempt: _Try, result: Found | tuple[RejectionReason, ...]) -> RemedyTrial:
        passed = isinstance(result, Found)
        return RemedyTrial(
            kind=attempt.candidate.kind,
            access_point=access_point(attempt.candidate),
            measures=attempt.measures,
            cost_p50=attempt.cost_p50,
            passed=passed,
            binding=() if isinstance(result, Found) else result,
        )


def _propose(look: Look) -> Iterator[Measure]:
    """Propose what might help against what binds."""
    yield from moved_open_points(look)
    yield from thicker_conductors(look)
    yield from larger_transformers(look)
    if look.level == "lv":
        yield from additional_transformers(look)


def _clash(measures: Sequence[Measure], following: Measure) -> bool:
    """Say whether a measure changes what another one has changed already."""
    return any(not _changed(measure).isdisjoint(_changed(following)) for measure in measures)


def _changed(measure: Measure) -> frozenset[str]:
    match measure:
        case OpenPointMove():
            return frozenset([*measure.closed, *measure.opened])
        case ConductorReplacement():
            return frozenset(measure.line_ids)
        case TransformerReplacement():
            return frozenset([measure.element_id])
        case TransformerAddition():
            return frozenset([measure.transformer_id])
        case FeederAddition():
            return frozenset(["feeder"])
