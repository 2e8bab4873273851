from __future__ import annotations

from datetime import date

import pytest

from planner.application import Commitment
from planner.held import held_powers

TODAY = date(2026, 8, 1)


def test_a_commitment_takes_its_demand_factor_at_its_power_factor():
    """1,000 kVA x 0.7 at 0.8: 560 kW and 420 kvar."""
    promise = Commitment(
        commitment_id="A1", node_id="bus:3", s_kva=1000.0, demand_factor=0.7, power_factor=0.8
    )
    (held,) = held_powers([promise], TODAY)
    assert (held.held_id, held.node_id, held.curve_id) == ("A1", "bus:3", "")
    assert (held.p_kw, held.q_kvar) == pytest.approx((560.0, 420.0))


def test_the_curve_a_commitment_names_goes_along():
    promise = Commitment(commitment_id="A1", node_id="bus:3", s_kva=1.0, curve_id="resident")
    assert held_powers([promise], TODAY)[0].curve_id == "resident"


def test_a_commitment_holds_on_its_last_day_and_not_after():
    promise = Commitment(commitment_id="A1", node_id="bus:3", s_kva=1.0, expires_on=TODAY)
    assert len(held_powers([promise], TODAY)) == 1
    assert held_powers([promise], date(2026, 8, 2)) == ()
