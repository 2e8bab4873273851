"""Feeders at a glance: pattern, ties, and what another feeder can really take over."""

from __future__ import annotations

from dataclasses import dataclass

from grid_models.limits import Relaxation
from grid_models.model import GridModel
from grid_models.security import feeder_security, stand_as_present
from planner.rules import Rules
from planner.situation import legal_volts

__all__ = ["FeederRow", "list_feeders"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FeederRow:
    """One feeder after the loss of its head.

    Parameters
    ----------
    k
        Share of its limit the rules let a feeder of its pattern carry.
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
    tie_count: int
    load_kva: float
    transferable_kva: float
    is_n_minus_1: bool
    take_over: tuple[str, ...]
    worst_loading_pct: float


def list_feeders(model: GridModel, rules: Rules) -> tuple[FeederRow, ...]:
    """Return every 10(20) kV feeder of a grid, as it stands, by id of its outgoing line."""
    # What is broken already may not grow worse by a transfer at all: nobody has ruled otherwise.
    strict = Relaxation(loading_points=0.0, voltage_share=0.0)
    standing = stand_as_present(model, legal_volts(rules), strict)
    found = feeder_security(model, standing, rules.value("n_minus_1"))
    rows = [
        FeederRow(
            feeder_id=security.feeder_id,
            source_tree_id=security.tree_id,
            pattern=security.pattern.code,
            k=security.pattern.k,
            tie_count=security.pattern.tie_count,
            load_kva=security.load_kva,
            transferable_kva=security.transferable_kva,
            is_n_minus_1=security.is_n_minus_1,
            take_over=tuple(t.receiving_feeder_id for t in security.take_over),
            worst_loading_pct=max(
                (t.worst_loading_pct for t in security.take_over), default=float("inf")
            ),
        )
        for security in found.values()
    ]
    return tuple(sorted(rows, key=lambda row: row.feeder_id))
