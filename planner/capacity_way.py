"""Why a node can take what it can take: its way to the source, element by element."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from grid_models.demand import tree_at
from grid_models.model import GridModel, Place
from planner.application import Commitment
from planner.rules import Rules
from planner.situation import make_situation

__all__ = ["WayElement", "explain_way"]


@dataclass(frozen=True, slots=True, kw_only=True)
class WayElement:
    """One line or transformer on the way.

    Parameters
    ----------
    limit_kva
        inf where it is unknown.
    peak_kva, committed_kva, open_kva
        Present peak, promises that load it, and k times the limit less both.
    """

    element_id: str
    name: str
    limit_kva: float
    peak_kva: float
    committed_kva: float
    open_kva: float


def explain_way(
    model: GridModel,
    place: Place,
    rules: Rules,
    commitments: tuple[Commitment, ...],
    hour: str = "",
) -> tuple[WayElement, ...]:
    """Return the elements from a node up to its source, with what each still carries.

    Parameters
    ----------
    place
        Of the node; in a tree.
    hour
        Name of the load case it is told for; empty: the loads as imported.
    """
    own = [
        commitment
        for commitment in commitments
        for at in [model.place_of_node(model.node_rows[commitment.node_id])]
        if at is not None and at.tree == place.tree
    ]
    case = next((k for k, case in enumerate(model.load_cases.cases) if case.name == hour), None)
    if not hour or case is None:
        situation = make_situation(model, place.tree, rules, own)
    else:
        situation = make_situation(
            model, place.tree, rules, own, season=model.load_cases.cases[case].season,
            present=tree_at(model.compiled, place.tree, model.load_cases, case),
        )  # fmt: skip
    limits, k = situation.limits, rules.number("open_capacity_k")
    found = []
    for row in situation.tree.path(place.row)[:-1]:
        element_id = model.branch_id(place.tree, int(row))
        limit = float(limits.limit_kva[row])
        loading = situation.peak_loading_pct[row] * limits.factor[row] / 100.0
        peak = float(loading * limit) if np.isfinite(limit) else 0.0
        committed = float(situation.promised_kva[row])
        found.append(
            WayElement(
                element_id=element_id,
                name=model.label(element_id),
                limit_kva=limit,
                peak_kva=peak,
                committed_kva=committed,
                open_kva=k * limit - peak - committed,
            )
        )
    return tuple(found)
