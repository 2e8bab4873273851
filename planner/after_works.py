"""Low voltage after works: the nearest board that carries the load with a larger transformer.

Used when no low-voltage point within the supply radius passes as the grid stands: the answer is
still yes at low voltage, with the work, at the desk. Checks are made on the grid after the work.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from grid_models.network import TRANSFORMER
from grid_models.solvers.radial import LANES, BranchSwap
from grid_models.transformers import TransformerPi, transformer_pi
from planner.access import greatest_distance_m
from planner.candidate import Candidate
from planner.design_load import Demand
from planner.outcome import evaluate
from planner.plan import Replacement
from planner.search import Found, Search
from planner.situation import Situation
from planner.supply_radius import is_within_radius, supply_radius_m

__all__ = ["AfterWorks", "find_after_works"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AfterWorks:
    """A board that passes with another transformer."""

    found: Found
    replacement: Replacement


def find_after_works(search: Search, demand: Demand) -> AfterWorks | None:
    """Find the nearest board in the supply radius at which a larger transformer makes all pass.

    Of the catalogue's sizes the smallest is taken that is not heavily loaded itself; failing that,
    the smallest that passes.
    """
    most_m = greatest_distance_m(search.application, "lv", search.rules)
    within_m = search.straight_within_m(supply_radius_m(search.rules, "lv"))
    for candidate in search.look("lv", demand, (-1.0, min(within_m, most_m))):
        if candidate.access_kind != "transformer_lv" or candidate.refusals:
            continue
        situation = search.situation(candidate.place.tree)
        if not situation.state.converged:
            continue
        if not is_within_radius(situation, candidate, search.rules, "lv"):
            continue
        result = _try_board(search, candidate, demand)
        if result is not None:
            return result
    return None


def _try_board(search: Search, candidate: Candidate, demand: Demand) -> AfterWorks | None:
    situation = search.situation(candidate.place.tree)
    row = _transformer_row(situation, candidate)
    if row is None:
        return None
    choices = _larger(search, row, situation, candidate)
    passing: AfterWorks | None = None
    for start in range(0, len(choices), LANES):
        part = choices[start : start + LANES]
        trials = [search.trial(candidate, demand, "lv", swap=swap) for _, swap in part]
        outcomes = evaluate(situation, trials, search.rules, "lv")
        for (replacement, _), outcome in zip(part, outcomes, strict=True):
            result = search.judge(outcome, situation, "lv")
            if not isinstance(result, Found):
                continue
            after_works = AfterWorks(found=result, replacement=replacement)
            # Nobody puts up a new transformer that is heavily loaded from the first day.
            if candidate.element_id not in dict(outcome.heavy_on_path):
                return after_works
            passing = passing or after_works
    return passing


def _transformer_row(situation: Situation, candidate: Candidate) -> pd.Series | None:
    """Row of the transformers table of the board, if it alone feeds the board."""
    network = situation.model.network
    branch = situation.tree.branch[candidate.place.row]
    if branch < 0 or network.branches.kind[branch] != TRANSFORMER:
        return None
    row = network.grid.transformers.iloc[int(network.branches.element[branch])]
    alone = row.name == candidate.element_id and row["parallel"] == 1
    return row if alone and situation.tree.circuits[candidate.place.row] == 1 else None


def _larger(
    search: Search,
    row: pd.Series,
    situation: Situation,
    candidate: Candidate,
) -> list[tuple[Replacement, BranchSwap]]:
    """Larger transformers of the catalogue, smallest first, on the present one's taps."""
    types = search.catalogue.transformers_for(float(row["vn_hv_kv"]))
    types = types[types["sn_kva"] > float(row["sn_kva"])].drop_duplicates("sn_kva")
    rows = pd.DataFrame([row] * len(types)).infer_objects()
    if rows.empty:
        return []
    for column, source in (
        ("sn_kva", "sn_kva"), ("vk_pct", "vk_pct"), ("vkr_pct", "vkr_pct"), ("pfe_w", "p0_w"),
        ("i0_pct", "i0_pct"),
    ):  # fmt: skip
        rows[column] = types[source].to_numpy()
    rows["derating"] = 1.0
    kv = situation.limits.kv
    at = candidate.place.row
    above = int(situation.tree.parent[at])
    count = len(rows)
    pi = transformer_pi(rows, np.full(count, kv[above]), np.full(count, kv[at]))
    return [
        (
            Replacement(
                element_id=candidate.element_id,
                type=str(name),
                sn_kva=float(kind["sn_kva"]),
                vk_pct=float(kind["vk_pct"]),
                vkr_pct=float(kind["vkr_pct"]),
                pfe_w=float(kind["p0_w"]),
                i0_pct=float(kind["i0_pct"]),
            ),
            _swap(pi, k, at),
        )
        for k, (name, kind) in enumerate(types.iterrows())
    ]


def _swap(pi: TransformerPi, k: int, row: int) -> BranchSwap:
    return BranchSwap(
        row=row,
        r=float(pi.r[k]),
        x=float(pi.x[k]),
        g_parent=float(pi.g_from[k]),
        b_parent=float(pi.b_from[k]),
        g_child=float(pi.g_to[k]),
        b_child=float(pi.b_to[k]),
        rating_parent=float(pi.rating_from[k]),
        rating_child=float(pi.rating_to[k]),
    )
