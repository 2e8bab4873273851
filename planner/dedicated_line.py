"""Dedicated line: the search for 35 and 110 kV busbars, for who is too large for 10(20) kV.

It differs from the search below in three things: legal voltages of 35 kV and above are held
against the tree, a bay that no data name is asked for at the desk, and at an external grid that
feeds several trees the line touches none of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from functools import cache, cached_property
from typing import Any

import numpy as np

from grid_models.solvers.radial import solve_tree
from grid_models.source_alone import first_row, is_shared_source
from planner.access import find_candidates
from planner.application import Commitment, SupplyApplication
from planner.busbars import unknown_bay
from planner.candidate import Candidate
from planner.design_load import LEVEL_KV, Demand, Level, find_demand
from planner.outcome import Outcome
from planner.plan import Rejected, RejectionReason
from planner.rules import Rules
from planner.search import Found, Search
from planner.situation import Situation, allowed_worsening, legal_volts, make_situation
from planner.voltage_table import may_be_dedicated

__all__ = ["LEVEL", "DedicatedSearch", "find_dedicated_demand"]

LEVEL: Level = "hv"


def find_dedicated_demand(application: SupplyApplication, rules: Rules) -> Demand | None:
    """Return what a customer asks at 35 kV and above; None where no such line is planned for it.

    An increase stays at its supply: what is added alone has no line of its own.
    """
    if application.phases == 1 or application.is_increase_at_a_node:
        return None
    demand = find_demand(application, LEVEL, rules)
    return demand if may_be_dedicated(demand.capacity_kva, rules) else None


@dataclass(kw_only=True)
class DedicatedSearch(Search):
    """One search for busbars of 35 and 110 kV.

    Parameters
    ----------
    whole_kva
        Capacity of the whole customer, by which the voltage goes, of a standby source as well.
    levels_kv
        Voltages that come into question: several sources of one customer have the same.
    """

    whole_kva: float = 0.0
    levels_kv: tuple[float, ...] = LEVEL_KV[LEVEL]

    @classmethod
    def of(
        cls, search: Search, demand: Demand, levels_kv: tuple[float, ...] = LEVEL_KV[LEVEL]
    ) -> DedicatedSearch:
        """Return the search of an application that was searched at lower voltages in vain."""
        return cls(whole_kva=demand.capacity_kva, levels_kv=levels_kv, **_given(search))

    def run(
        self, level: Level, demand: Demand, *, is_wide: bool = False
    ) -> tuple[list[Found], list[Rejected]]:
        """Search both kinds of busbars; feasible points and refusals, both nearest first."""
        stations = [c for c in self._stations if self._kv(c) in self.levels_kv]
        parts = [
            _Stations(
                stations=tuple(c for c in stations if self._is_shared(c) == shared),
                at_shared_source=shared,
                **_given(self),
            ).run(level, demand, is_wide=is_wide)
            for shared in (False, True)
        ]
        found = [f for own, _ in parts for f in own]
        refused = [r for _, own in parts for r in own]
        return (
            sorted(found, key=lambda f: f.candidate.key),
            sorted(refused, key=lambda r: (r.access_point.distance_m, r.access_point.element_id)),
        )

    @cached_property
    def _stations(self) -> tuple[Candidate, ...]:
        """Every busbar in reach, whose voltage goes by the whole customer, with its way."""
        return self.with_ways(
            find_candidates(
                self.model, self.application, LEVEL, self.whole_kva, self.rules, self.commitments
            )
        )

    def _kv(self, candidate: Candidate) -> float:
        row = self.model.node_rows[candidate.element_id]
        return float(self.model.value("nodes", "vn_kv", row))

    def _is_shared(self, candidate: Candidate) -> bool:
        place, model = candidate.place, self.model
        return place.is_in_tree and is_shared_source(
            model.network, model.tree(place.tree), place.row
        )


@dataclass(kw_only=True)
class _Stations(Search):
    """The busbars that are sources of several trees, or all the others.

    Parameters
    ----------
    stations
        Few, and each is one candidate: all are looked at in the first ring.
    """

    stations: tuple[Candidate, ...]
    at_shared_source: bool

    @cached_property
    def _legal_volts(self) -> dict[float, tuple[float, float]]:
        return legal_volts(self.rules, is_high=True)

    @cached_property
    def situation(self) -> Callable[[int], Situation]:
        """Gives a tree with the legal voltages of 35 kV and above, or its source alone."""
        model, rules, commitments = self.model, self.rules, self.commitments
        is_alone, volts = self.at_shared_source, self._legal_volts

        @cache
        def solve(number: int) -> Situation:
            whole = make_situation(model, number, rules, commitments)
            whole = replace(whole, limits=model.limits(number, volts), _areas={})
            return _source_alone(whole, rules, commitments) if is_alone else whole

        return solve

    def look(
        self,
        level: Level,  # noqa: ARG002
        demand: Demand,  # noqa: ARG002
        ring_m: tuple[float, float],
    ) -> tuple[Candidate, ...]:
        """Give the busbars of this part, in the first ring."""
        return self.stations if ring_m[0] < 0.0 else ()

    def judge(
        self, outcome: Outcome, situation: Situation, level: Level
    ) -> Found | tuple[RejectionReason, ...]:
        """Turn an outcome into a found option or the reasons against it."""
        result = super().judge(outcome, situation, level)
        if not isinstance(result, Found):
            return result
        asked = unknown_bay(outcome.trial.candidate)
        return replace(result, missing=(*result.missing, *asked))


class _AloneSituation(Situation):
    """A source without the trees that begin at it."""

    @cached_property
    def upper(self) -> Situation | None:
        """None: no tap changer holds the voltage of a source."""
        return None


def _source_alone(whole: Situation, rules: Rules, commitments: Sequence[Commitment]) -> Situation:
    tree = first_row(whole.tree)
    limits = first_row(whole.limits)
    model, bus = whole.model, int(tree.bus[0])
    promised_kva = sum(
        c.s_kva * c.demand_factor
        for c in commitments
        if c.holds_on(rules.on_date)
        for place in [model.place_of_node(model.node_rows[c.node_id])]
        if place is not None and place.is_in_tree and int(model.tree(place.tree).bus[0]) == bus
    )
    return _AloneSituation(
        model=model,
        number=whole.number,
        tree=tree,
        state=solve_tree(tree),
        limits=limits,
        topology=first_row(whole.topology),
        relaxation=allowed_worsening(rules, limits.kv),
        peak_loading_pct=np.zeros(1),
        promised_kva=np.array([promised_kva]),
        unsettled=tree,
        position=(),
    )


def _given(search: Search) -> dict[str, Any]:
    """Return what a search was made of."""
    names = [f.name for f in fields(Search) if not f.name.startswith("_")]
    return {name: getattr(search, name) for name in names}
