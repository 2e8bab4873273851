"""N-1 at a glance: of each feeder and main transformer what another can really take over."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from grid_models.capacity import open_capacity
from grid_models.model import GridModel
from grid_models.security import feeder_security, main_transformer_security
from planner.application import Commitment
from planner.rules import Rules
from planner.situation import Situation, group_by_tree, make_situation

__all__ = ["FeederRow", "MainTransformerRow", "list_feeders", "list_main_transformers"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FeederRow:
    """One feeder after the loss of its head.

    Parameters
    ----------
    k
        Share of its limit the rules let a feeder of its pattern carry.
    open_by_k_kva
        k times the limit of its outgoing line less the peak on it and what is promised: what the
        rule of thumb leaves it, to be seen beside what is really transferable; may be negative;
        inf where the limit is unknown.
    load_kva, transferable_kva
        Its load, and the largest part of it that a tie really takes over, by AC.
    take_over
        Feeders that take over: one, or two that share it; empty where none does.
    worst_loading_pct
        Greatest loading then; inf without a solution or a tie.
    """

    feeder_id: str
    source_tree_id: str
    pattern: str
    k: float
    open_by_k_kva: float
    tie_count: int
    load_kva: float
    transferable_kva: float
    is_n_minus_1: bool
    take_over: tuple[str, ...]
    worst_loading_pct: float


@dataclass(frozen=True, slots=True, kw_only=True)
class MainTransformerRow:
    """One main transformer after its loss.

    Parameters
    ----------
    load_kva, transferable_kva
        Load of its busbar, and the largest part of it that another one really takes over, by AC.
    coupler_ids
        Couplers of its busbar; one of several equal units in parallel needs none.
    worst_loading_pct
        Greatest loading then, by the best coupler; inf where nothing takes over.
    """

    transformer_id: str
    load_kva: float
    transferable_kva: float
    is_n_minus_1: bool
    coupler_ids: tuple[str, ...]
    worst_loading_pct: float


def _standing(
    model: GridModel, rules: Rules, commitments: Sequence[Commitment]
) -> Callable[[int], Situation]:
    """Trees with what is promised, as the N-1 check of a plan takes them."""
    held = group_by_tree(model, commitments, rules.on_date)
    return cache(lambda number: make_situation(model, number, rules, held.get(number, ())))


def list_main_transformers(
    model: GridModel, rules: Rules, commitments: Sequence[Commitment] = ()
) -> tuple[MainTransformerRow, ...]:
    """Return every main transformer of a grid, what is promised included, by id."""
    rows = [
        MainTransformerRow(
            transformer_id=security.transformer_id,
            load_kva=security.load_kva,
            transferable_kva=security.transferable_kva,
            is_n_minus_1=security.is_n_minus_1,
            coupler_ids=tuple(t.tie_id for t in security.transfers if t.tie_id),
            worst_loading_pct=min(
                (t.worst_loading_pct for t in security.transfers), default=float("inf")
            ),
        )
        for security in main_transformer_security(model, _standing(model, rules, commitments))
    ]
    return tuple(sorted(rows, key=lambda row: row.transformer_id))


def list_feeders(
    model: GridModel, rules: Rules, commitments: Sequence[Commitment] = ()
) -> tuple[FeederRow, ...]:
    """Return every 10(20) kV feeder, what is promised included, by id of its outgoing line."""
    standing = _standing(model, rules, commitments)
    found = feeder_security(model, standing, rules.value("n_minus_1"))
    rows = [
        FeederRow(
            feeder_id=security.feeder_id,
            source_tree_id=security.tree_id,
            pattern=security.pattern.code,
            k=security.pattern.k,
            open_by_k_kva=_open_by_k(standing(head.tree), head.row, security.pattern.k),
            tie_count=security.pattern.tie_count,
            load_kva=security.load_kva,
            transferable_kva=security.transferable_kva,
            is_n_minus_1=security.is_n_minus_1,
            take_over=tuple(t.receiving_feeder_id for t in security.take_over),
            worst_loading_pct=max(
                (t.worst_loading_pct for t in security.take_over), default=float("inf")
            ),
        )
        for head, security in found.items()
    ]
    return tuple(sorted(rows, key=lambda row: row.feeder_id))


def _open_by_k(standing: Situation, head: int, k: float) -> float:
    return open_capacity(
        standing.limits, np.array([head]), standing.peak_loading_pct, standing.promised_kva, k=k
    )[0]
