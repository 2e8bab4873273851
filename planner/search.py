"""Search: outward from the site, until five feeders can take the load or the reach ends.

Candidates are looked at nearest first: their way to the source refuses most of what is full
(`screen`), the rest is solved in full, a few at a time. Nothing stops the search because near
points are full, and every point within the equally-near window of the nearest feasible one is
solved, so that the first option is proven best.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property

import numpy as np

from grid_models.catalogue import Catalogue
from grid_models.model import GridModel, Place
from grid_models.short_circuits import ShortCircuitBasis
from grid_models.solvers.radial import LANES, BranchSwap, Connection
from grid_models.transfers import Transfers
from planner.access import find_candidates, greatest_distance_m
from planner.application import Commitment, SupplyApplication
from planner.candidate import Candidate, reject
from planner.connection import PHASES, SinglePhase, Trial, make_connection
from planner.design_load import Demand, Level
from planner.n_minus_1 import NMinusOne, check_n_minus_1
from planner.outcome import Outcome, evaluate
from planner.place_checks import Missing, check_place
from planner.plan import Check, Rejected, RejectionReason
from planner.ranking import near_limit_m
from planner.refusal import blocked, refuse
from planner.routes import give_ways, make_router, site_radius_m, site_shape
from planner.routing import Router, Streets
from planner.rules import Rules
from planner.screen import screen
from planner.short_circuit import make_basis
from planner.situation import Situation, group_by_tree, legal_volts, make_situation
from planner.sizing import (
    NOMINAL_KV,
    ConductorChoice,
    ShortCircuitDuty,
    choose_conductor,
    conductor_choices,
)  # fmt: skip
from planner.supply import Supply
from planner.supply_radius import is_within_radius, supply_radius_m

__all__ = ["Found", "Search"]

# Candidates whose ways are looked at together.
SCREENED = 64
# Nominal voltage between phase and neutral, by which the rules name its limits.
NEUTRAL_V = "220"


@dataclass(frozen=True, kw_only=True)
class Found:
    """A solved access point that passes every blocking check.

    Parameters
    ----------
    is_within_radius
        False for a low-voltage point beyond the supply radius.
    secure
        Makes the N-1 check, which only options in the window or in the plan need.
    """

    outcome: Outcome
    situation: Situation
    place_checks: tuple[Check, ...]
    missing: tuple[Missing, ...]
    is_within_radius: bool
    secure: Callable[[], NMinusOne | None]

    @property
    def candidate(self) -> Candidate:
        """The access point."""
        return self.outcome.trial.candidate

    @cached_property
    def n_minus_1(self) -> NMinusOne | None:
        """N-1 check; None where it is not computed: at low voltage, and at a busbar."""
        return self.secure()

    @cached_property
    def feeder_id(self) -> str | None:
        """Outgoing line at the substation busbar; None at the busbar itself."""
        head = int(self.situation.topology.feeder_head[self.candidate.place.row])
        return self.situation.model.branch_id(self.situation.number, head) if head >= 0 else None


@dataclass(kw_only=True)
class Search:
    """One search around one site; remembers the trees it has solved."""

    model: GridModel
    application: SupplyApplication
    rules: Rules
    catalogue: Catalogue
    commitments: Sequence[Commitment]
    streets: Streets | None = None
    _choices: dict[tuple[float, str], tuple[ConductorChoice, ...]] = field(default_factory=dict)
    _failed: dict[Level, tuple[Candidate, ...]] = field(default_factory=dict)

    @cached_property
    def _legal_volts(self) -> dict[float, tuple[float, float]]:
        return legal_volts(self.rules)

    @cached_property
    def _basis(self) -> ShortCircuitBasis:
        return make_basis(self.rules)

    def failed(self, level: Level) -> tuple[Candidate, ...]:
        """Return what the grid alone refused at a level that was searched, nearest first."""
        return self._failed.get(level, ())

    @cached_property
    def transfers(self) -> Transfers:
        """What other feeders carry of each feeder, solved once a search."""
        return Transfers(model=self.model, standing=self.situation)

    @cached_property
    def situation(self) -> Callable[[int], Situation]:
        """Gives a tree before the new load by its number, solved once a search."""
        model, rules = self.model, self.rules
        held = group_by_tree(model, self.commitments, rules.on_date)

        # Not a method: what holds it would hold the search, and both all that was solved, until
        # the garbage collector looks for such rings, which it does after a hundred plans or so.
        @cache
        def solve(number: int) -> Situation:
            return make_situation(model, number, rules, held.get(number, ()))

        return solve

    def run(
        self, level: Level, demand: Demand, *, is_wide: bool = False
    ) -> tuple[list[Found], list[Rejected]]:
        """Search one voltage level; feasible points and refusals, both nearest first.

        Parameters
        ----------
        is_wide
            Go on to the maximum distance, with the nearest points of each feeder: for a second
            source it is not enough that some feeders near by can carry the load.
        """
        supply = self._supply(level, demand)
        found: list[Found] = []
        failed: list[tuple[Candidate, tuple[RejectionReason, ...]]] = []
        screened: list[tuple[Trial, tuple[RejectionReason, ...]]] = []
        place = 0
        while (next_one := supply.usable_at(place)) and (
            is_wide or not self._is_enough(found, next_one, level)
        ):
            batch: list[Trial] = []
            while len(batch) < LANES and (candidate := supply.usable_at(place)):
                if place == len(screened):
                    ahead = supply.usable[place : place + SCREENED]
                    screened += self._screen(ahead, demand, level)
                trial, reasons = screened[place]
                place += 1
                if reasons:
                    failed.append((candidate, reasons))
                elif not self._is_superfluous(found, candidate, level, is_wide=is_wide):
                    batch.append(trial)
            for candidate, result in self._solve(batch, level):
                if isinstance(result, Found):
                    found.append(result)
                else:
                    failed.append((candidate, result))
        self._failed[level] = tuple(sorted((c for c, _ in failed), key=lambda c: c.key))
        reached = supply.usable[place - 1].length_m if next_one and place else float("inf")
        refused = [(c, c.refusals) for c in supply.refused if c.length_m <= reached]
        both = sorted(failed + refused, key=lambda pair: pair[0].key)
        return found, [refuse(candidate, reasons) for candidate, reasons in both]

    def _supply(self, level: Level, demand: Demand) -> Supply:
        short_by_m = None
        if self._router is not None:
            short_by_m = site_radius_m(self._router, self.application)
        return Supply(
            lambda ring_m: self.look(level, demand, ring_m),
            greatest_distance_m(self.application, level, self.rules),
            short_by_m=short_by_m,
        )

    def look(
        self, level: Level, demand: Demand, ring_m: tuple[float, float]
    ) -> tuple[Candidate, ...]:
        """Find the candidates farther than the first distance up to the second, with their ways."""
        found = find_candidates(
            self.model, self.application, level, demand.capacity_kva, self.rules,
            self.commitments, ring_m=ring_m,
        )  # fmt: skip
        return self.with_ways(found)

    def with_ways(self, found: tuple[Candidate, ...]) -> tuple[Candidate, ...]:
        """Give candidates their ways along the streets, shortest first, where there are any."""
        return give_ways(found, self._router, self.model) if self._router else found

    def straight_within_m(self, length_m: float) -> float:
        """Return the straight distance beyond which no route is as short as a length."""
        if self._router is None:
            return length_m / self.rules.number("detour_factor")
        return length_m + site_radius_m(self._router, self.application)

    @cached_property
    def _router(self) -> Router | None:
        """What finds the ways to the site; None where lengths are estimated from the distance."""
        return make_router(self.model, self.application, self.streets, self.rules)

    def _is_enough(self, found: Sequence[Found], following: Candidate, level: Level) -> bool:
        # Reliability is looked for as far as the search may go, the rest near the site.
        if not found or self.application.order == "reliability":
            return False
        within = [f for f in found if f.is_within_radius]
        if not within and following.length_m <= supply_radius_m(self.rules, level):
            return False
        if len({f.feeder_id for f in found}) < self.rules.number("search_feeders"):
            return False
        return following.length_m > near_limit_m(_shortest_m(within or found), self.rules)

    def _is_superfluous(
        self, found: Sequence[Found], candidate: Candidate, level: Level, *, is_wide: bool
    ) -> bool:
        """Say whether its feeder has its options already and it lies beyond the window."""
        if not found or (self.application.order == "reliability" and not is_wide):
            return False
        situation = self.situation(candidate.place.tree)
        is_within = is_within_radius(situation, candidate, self.rules, level)
        # The window is that of the points it is ranked with: the nearest of them must be known.
        alike = [f for f in found if f.is_within_radius == is_within]
        if not alike or (
            not is_wide and candidate.length_m <= near_limit_m(_shortest_m(alike), self.rules)
        ):
            return False
        if is_within:
            found = alike
        head = int(situation.topology.feeder_head[candidate.place.row])
        own = sum(
            1
            for f in found
            if f.situation is situation
            and int(situation.topology.feeder_head[f.candidate.place.row]) == head
        )
        return own >= self.rules.number("options_per_feeder")

    def _screen(
        self, candidates: Sequence[Candidate], demand: Demand, level: Level
    ) -> list[tuple[Trial, tuple[RejectionReason, ...]]]:
        """Give candidates their conductors, and the reasons against them that their ways show."""
        trials = [self.trial(candidate, demand, level) for candidate in candidates]
        by_tree: dict[int, list[int]] = {}
        for k, candidate in enumerate(candidates):
            by_tree.setdefault(candidate.place.tree, []).append(k)
        reasons: list[tuple[RejectionReason, ...]] = [()] * len(trials)
        for number, members in by_tree.items():
            situation = self.situation(number)
            if not situation.state.converged:
                for k in members:
                    reasons[k] = (self._unsolved(candidates[k], "diverged_before"),)
                continue
            own = [trials[k] for k in members]
            for k, refused in zip(members, screen(situation, own, self.rules, level), strict=True):
                reasons[k] = refused
        return list(zip(trials, reasons, strict=True))

    def _solve(
        self, trials: Sequence[Trial], level: Level
    ) -> list[tuple[Candidate, Found | tuple[RejectionReason, ...]]]:
        by_tree: dict[int, list[Trial]] = {}
        for trial in trials:
            by_tree.setdefault(trial.candidate.place.tree, []).append(trial)
        return [
            (outcome.trial.candidate, self.judge(outcome, self.situation(number), level))
            for number, own in by_tree.items()
            for outcome in evaluate(self.situation(number), own, self.rules, level)
        ]

    def trial(
        self, candidate: Candidate, demand: Demand, level: Level, *, swap: BranchSwap | None = None
    ) -> Trial:
        """Give a candidate its conductor and express it for the solver."""
        situation = self.situation(candidate.place.tree)
        kv = float(situation.limits.kv[candidate.place.row])
        laying = str(self.rules.value("new_line_laying")[candidate.kind])
        if (kv, laying) not in self._choices:
            self._choices[kv, laying] = conductor_choices(self.catalogue, kv, laying)
        phase = self._single_phase(level)
        duty = self._duty(candidate) if level != "lv" else None
        conductor = choose_conductor(
            self._choices[kv, laying],
            demand.load,
            nominal_kv=NOMINAL_KV[kv],
            lowest_kv=self._legal_volts[kv][0] / 1000.0,
            length_m=candidate.length_m,
            drop_limit_pct=self.rules.number(f"{level}_drop_share"),
            loading_limit_pct=self.rules.number("heavy_load"),
            laying=laying,
            current_factor=PHASES if phase else 1.0,
            drop_factor=phase.drop_factor if phase else 1.0,
            circuit_factors=self.rules.value("circuit_factors")[laying],
            duty=duty,
        )
        connection = make_connection(situation, candidate, demand, conductor, swap=swap)
        return Trial(
            candidate=candidate,
            demand=demand,
            conductor=conductor,
            kv=kv,
            connection=connection,
            single_phase=phase,
            duty=duty,
        )

    def _duty(self, candidate: Candidate) -> ShortCircuitDuty | None:
        """Short circuit a new line from an access point must stand; None where it is not known.

        A line that is split counts with its end nearer the source.
        """
        number, row = candidate.place.tree, candidate.place.row
        node = row if candidate.share is None else int(self.model.tree(number).parent[row])
        current_ka = float(self.model.short_circuit_currents_ka(number, self._basis)[node])
        if np.isnan(current_ka):
            return None
        return ShortCircuitDuty(
            current_ka=current_ka,
            seconds=self.rules.number("conductor_clearing_time"),
            c=self.rules.value("conductor_thermal_c"),
        )

    def _single_phase(self, level: Level) -> SinglePhase | None:
        if level != "lv" or self.application.phases != 1:
            return None
        volts = self.rules.value("voltage_limits")[NEUTRAL_V]
        return SinglePhase(
            drop_factor=self.rules.number("single_phase_drop_factor"),
            low_v=float(volts["low"]),
            high_v=float(volts["high"]),
            nominal_v=float(NEUTRAL_V),
        )

    def judge(
        self, outcome: Outcome, situation: Situation, level: Level
    ) -> Found | tuple[RejectionReason, ...]:
        """Turn an outcome into a found option or the reasons against it."""
        candidate = outcome.trial.candidate
        if not outcome.converged:
            return (self._unsolved(candidate, "diverged"),)
        if outcome.blocking:
            return self._reasons(outcome.blocking)
        site = site_shape(self.application)
        results = list(check_place(situation, outcome, site, self.rules, level))
        checks = tuple(result for result in results if isinstance(result, Check))
        if blocking := [check for check in checks if check.effect == "block"]:
            return self._reasons(blocking)
        missing = tuple(result for result in results if isinstance(result, Missing))
        return Found(
            outcome=outcome,
            situation=situation,
            place_checks=checks,
            missing=missing,
            is_within_radius=is_within_radius(situation, candidate, self.rules, level),
            secure=lambda: (
                check_n_minus_1(self.transfers, situation, outcome, self.rules)
                if level == "mv"
                else None
            ),
        )

    def foresee_n_minus_1(self, found: Sequence[Found]) -> None:
        """Work the N-1 check of several 10(20) kV points out together, feeder by feeder."""
        by_feeder: dict[Place, list[Connection]] = {}
        # a point on a grid after measures is left to the search that found it
        for f in (f for f in found if f.situation.model is self.model):
            connection = f.outcome.trial.connection
            if (head := int(f.situation.topology.feeder_head[connection.row])) >= 0:
                top = Place(tree=f.situation.number, row=head)
                by_feeder.setdefault(top, []).append(connection)
        for top, connections in by_feeder.items():
            self.transfers.foresee(top, connections)

    def _unsolved(self, candidate: Candidate, sentence: str) -> RejectionReason:
        """Make the reason that there is no voltage solution, before or with the new load."""
        label = self.model.label(candidate.element_id)
        return reject("voltage_low", candidate.element_id, sentence=sentence, label=label)

    def _reasons(self, blocking: Sequence[Check]) -> tuple[RejectionReason, ...]:
        return tuple(
            blocked(
                self.model, check.code, check.element_id, value=check.value, limit=check.limit,
                unit=check.unit, was_broken=check.pre_existing,
            )
            for check in blocking
        )  # fmt: skip


def _shortest_m(found: Sequence[Found]) -> float:
    return min(f.candidate.length_m for f in found)
