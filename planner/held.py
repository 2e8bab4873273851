"""Held powers: commitments as load cases count them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np

from grid_models.demand import HeldPower
from planner.application import Commitment

__all__ = ["held_powers"]


def held_powers(commitments: Sequence[Commitment], on_date: date) -> tuple[HeldPower, ...]:
    """Return what the commitments that hold on a day will take, their demand factor counted."""
    return tuple(
        HeldPower(
            held_id=commitment.commitment_id,
            node_id=commitment.node_id,
            p_kw=expected_kva * commitment.power_factor,
            q_kvar=expected_kva * float(np.sqrt(1.0 - commitment.power_factor**2)),
            curve_id=commitment.curve_id,
        )
        for commitment in commitments
        if commitment.holds_on(on_date)
        for expected_kva in [commitment.s_kva * commitment.demand_factor]
    )
