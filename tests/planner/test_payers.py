"""Who pays, along the investment boundary."""

from __future__ import annotations

from typing import Any

import pytest

from planner.payers import find_payers, is_connected_free
from tests.planner.example import asked, example_rules


@pytest.mark.parametrize(
    ("level", "facts", "payer"),
    [
        ("lv", {"kw": 160.0, "small_micro": True}, "utility"),
        ("lv", {"kw": 160.1, "small_micro": True}, "to_confirm"),
        ("lv", {"kw": 50.0}, "to_confirm"),
        ("lv", {"kw": 50.0, "category": "resident"}, "utility"),
        ("mv", {"kva": 800.0}, "to_confirm"),
        ("mv", {"kva": 100.0, "small_micro": True}, "to_confirm"),
        ("mv", {"kva": 800.0, "business": "temporary"}, "customer"),
        ("lv", {"kw": 50.0, "small_micro": True, "business": "temporary"}, "customer"),
        ("lv", {"kw": 50.0, "category": "resident", "business": "temporary"}, "customer"),
    ],
)
def test_the_connection_is_paid_for(level: Any, facts: dict[str, Any], payer: str) -> None:
    assert find_payers(asked(**facts), example_rules(), level).connection == payer


@pytest.mark.parametrize("business", ["new", "temporary"])
def test_what_lies_beyond_the_red_line_is_the_customer_s(business: str) -> None:
    assert find_payers(asked(kva=800.0, business=business), example_rules(), "mv").own_side == (
        "customer"
    )


def test_a_temporary_supply_is_never_free_of_charge() -> None:
    facts = {"kw": 50.0, "small_micro": True}
    assert is_connected_free(asked(**facts), example_rules())
    assert not is_connected_free(asked(**facts, business="temporary"), example_rules())
