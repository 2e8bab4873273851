"""A solved trial at a ring-main unit, dressed up as another kind of connection."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from planner.connection import Trial
from planner.design_load import find_demand
from planner.search import Search
from tests.planner.example import asked, catalogue, example_rules
from tests.planner.station import SITE, station_model

__all__ = ["trial"]


@cache
def _trial() -> Trial:
    rules, application = example_rules(), asked(*SITE, kva=800.0)
    search = Search(
        model=station_model(), application=application, rules=rules, catalogue=catalogue(),
        commitments=(),
    )  # fmt: skip
    demand = find_demand(application, "mv", rules)
    found, _ = search.run("mv", demand)
    return found[0].outcome.trial


def trial(
    kind: str,
    *,
    length_m: float = 200.0,
    parallel: int = 1,
    capacity_kva: float = 800.0,
    transformers_kva: tuple[float, ...] = (800.0,),
    type_name: str = "YJ",
    laying: str = "cable",
) -> Trial:
    """Return the trial at ring-main unit bus:3, as if it were something else."""
    base = _trial()
    return replace(
        base,
        candidate=replace(base.candidate, kind=kind, length_m=length_m),
        conductor=replace(base.conductor, type=type_name, laying=laying, parallel=parallel),
        demand=replace(base.demand, capacity_kva=capacity_kva, transformers_kva=transformers_kva),
    )
