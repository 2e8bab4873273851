"""A hold that was solved before its transaction: the proof counts while what it rests on does."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from api.database.grid_versions import GridBehindError, serve_version
from api.ledger import holding
from api.ledger.errors import CapacityGoneError, RulesMovedError
from api.ledger.holding import Proof, prove
from planner.rules import RuleBook
from tests.api.database.ring_ledger import (
    BY,
    FILES,
    NOW,
    ONLY_AS_IT_STANDS,
    SIGNED_ON,
    Desk,
    apply_for,
    confirm,
    is_held,
    state_of,
)
from tests.planner.example import rule_book

WANTED: dict[str, int] = {"version": 1, "rank": 1}


@pytest.fixture
def three(desk: Desk) -> Desk:
    """Three customers of 400 kVA planned, the first one held: two fit, three do not."""
    for name in ("app-1", "app-2", "app-3"):
        apply_for(desk, name, kva=400.0)
        desk.plan(name, **BY)
    desk.hold("app-1", **WANTED, **BY)
    return desk


@pytest.fixture
def solved(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Count what is solved."""
    times: list[int] = []
    find: Any = holding.find_obstacles

    def count(*args: Any, **facts: Any) -> Any:
        times.append(1)
        return find(*args, **facts)

    monkeypatch.setattr(holding, "find_obstacles", count)
    return times


def proved(desk: Desk, name: str) -> Proof:
    return prove(desk.ledger, desk.database, name, **WANTED, now=NOW)


def test_what_was_proved_is_not_solved_again(three: Desk, solved: list[int]) -> None:
    three.hold("app-2", proof=proved(three, "app-2"), **WANTED, **BY)

    assert len(solved) == 1
    assert is_held(three, "app-2")


def test_beside_what_was_promised_meanwhile_it_is_solved_again(
    three: Desk, solved: list[int]
) -> None:
    proof = proved(three, "app-3")
    three.hold("app-2", **WANTED, **BY)
    with pytest.raises(CapacityGoneError):
        three.hold("app-3", proof=proof, **WANTED, **BY)

    assert len(solved) == 3
    assert not is_held(three, "app-3")


def test_what_did_not_pass_is_asked_again_in_the_transaction(three: Desk) -> None:
    three.hold("app-2", **WANTED, **BY)
    proof = proved(three, "app-3")
    three.move_on("app-2", "planned", **BY)
    three.hold("app-3", proof=proof, **WANTED, **BY)

    assert proof.beside is None
    assert is_held(three, "app-3")


def test_a_plan_that_is_its_own_proof_is_not_solved(planned: Desk, solved: list[int]) -> None:
    planned.hold("app-1", proof=proved(planned, "app-1"), **WANTED, **BY)

    assert solved == []
    assert is_held(planned, "app-1")


# What holds inside the transaction ------------------------------------------------------------


def by_rules(desk: Desk, inside: RuleBook) -> Desk:
    """Return the desk, whose transactions see other rules than it began with."""
    return Desk(replace(desk.ledger, rules_inside=lambda _: lambda _: inside), desk.database)


def test_a_plan_whose_rules_were_changed_meanwhile_is_not_held(planned: Desk) -> None:
    approved = by_rules(planned, replace(rule_book(**ONLY_AS_IT_STANDS), version="approved"))
    with pytest.raises(RulesMovedError):
        approved.hold("app-1", **WANTED, **BY)

    assert not is_held(planned, "app-1")


def test_what_was_proved_by_other_rules_is_solved_again(three: Desk, solved: list[int]) -> None:
    proof = replace(proved(three, "app-2"), rules_version="another")
    three.hold("app-2", proof=proof, **WANTED, **BY)

    assert len(solved) == 2


# Where a process is behind --------------------------------------------------------------------


def serve_elsewhere(desk: Desk) -> None:
    """Let another process serve another version of the grid."""
    facts: dict[str, Any] = {"folder": "", "load_date": None, "topology_date": None}
    facts |= {"actor": "clock", "now": NOW}
    desk.database.write(
        lambda c: serve_version(c, grid_name=desk.served.name, version="next", **facts)
    )


def test_a_process_that_is_behind_holds_nothing(planned: Desk) -> None:
    serve_elsewhere(planned)
    with pytest.raises(GridBehindError, match="next is being taken up"):
        planned.hold("app-1", **WANTED, **BY)

    assert not is_held(planned, "app-1")


def test_a_process_that_is_behind_replies_to_nobody(held: Desk) -> None:
    confirm(held, "app-1")
    serve_elsewhere(held)
    with pytest.raises(GridBehindError):
        held.reply("app-1", signed_on=SIGNED_ON, make_form=lambda *_: FILES, **BY)

    assert state_of(held, "app-1") == "held"
