"""Fees: a document or no number."""

from __future__ import annotations

from typing import Any

import pytest

from planner.fees import Circuit, find_fees, high_reliability_fee
from planner.rules import Rules
from tests.planner.example import asked, example_rules

# Made-up rates: 160 yuan a kVA overhead, 240 by cable at 10 kV.
RATES = {"10000": {"overhead": 160, "cable": 240}}


def rules(basis: str = "某省价格文件", rates: Any = RATES) -> Rules:
    return example_rules(high_reliability_fee_rate={"basis": basis, "rates": rates})


def circuit(kva: float, laying: str = "cable", kv: float = 10.0) -> Circuit:
    return Circuit(capacity_kva=kva, nominal_kv=kv, laying=laying)


def test_every_circuit_but_the_largest_is_charged() -> None:
    fee = high_reliability_fee([circuit(1_000), circuit(630), circuit(400)], rules())
    assert (fee.status, fee.quantity_kva) == ("charged", 1_030.0)
    assert fee.amount_cny == pytest.approx(630 * 240 + 400 * 240)


def test_of_two_as_large_the_dearer_is_charged() -> None:
    fee = high_reliability_fee([circuit(800, "cable"), circuit(800, "overhead")], rules())
    assert fee.amount_cny == pytest.approx(800 * 240)


@pytest.mark.parametrize(
    "state",
    [
        example_rules(),  # as shipped: no document
        rules(basis=""),  # a rate without a document
        rules(rates={}),  # a document without a rate
        rules(rates={"10000": {"overhead": 160}}),  # none for a cable
    ],
)
def test_without_a_document_and_its_rate_there_is_no_number(state: Rules) -> None:
    fee = high_reliability_fee([circuit(1_000), circuit(630)], state)
    assert (fee.status, fee.amount_cny, fee.rate_cny_per_kva) == ("to_confirm", None, None)
    assert fee.quantity_kva == 630.0


def test_the_fee_is_open_while_a_circuit_is_not_planned() -> None:
    (fee,) = find_fees(asked(kva=800.0, sources=2), [circuit(800)], rules())
    assert (fee.code, fee.status, fee.quantity_kva) == ("high_reliability_fee", "to_confirm", None)


def test_one_source_pays_no_fee() -> None:
    assert find_fees(asked(kva=800.0), [circuit(800)], rules()) == ()


def test_a_temporary_supply_is_told_that_its_fee_is_abolished() -> None:
    (fee,) = find_fees(asked(kva=800.0, business="temporary"), [circuit(800)], rules())
    assert (fee.code, fee.status, fee.amount_cny) == ("temporary_connection_fee", "abolished", 0.0)
