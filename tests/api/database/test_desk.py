"""The desk: what it has to stand for before anybody signs, and what it says."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from api.database.decisions import count_overrides, list_decisions
from api.database.desk_list import list_undecided
from api.database.holds import find_live_hold
from api.database.plans import find_plan
from api.database.promise_checks import PromiseCheck, keep_check
from api.database.shadow import set_shadow
from api.ledger.errors import (
    NoSuchOptionError,
    NotConfirmedError,
    NothingToDecideError,
    NotProvedError,
)
from api.serving import serve_grid
from grid_models.errors import InputError
from tests.api.database.ring_ledger import (
    BY,
    FILES,
    NOW,
    SIGNED_ON,
    Desk,
    answer_doubts,
    apply_for,
    confirm,
    state_of,
    tee_grid,
)

FORM = {"signed_on": SIGNED_ON, "make_form": lambda *_: FILES}


@pytest.fixture
def at_desk(desk: Desk) -> Desk:
    """Two customers of whom nobody knows whether their load is a special one; one holds."""
    for name in ("app-1", "app-2"):
        apply_for(desk, name, special_load=None)
        desk.plan(name, **BY)
    desk.hold("app-1", version=1, rank=1, **BY)
    return desk


def doubts_of(desk: Desk) -> dict[str, str]:
    plan = desk.database.read(lambda c: find_plan(c, "app-1", 1))
    return answer_doubts(desk, plan.document)


# Before the reply -----------------------------------------------------------------------------


def test_what_goes_to_the_desk_is_not_replied_before_it_is_confirmed(at_desk: Desk) -> None:
    with pytest.raises(NotConfirmedError):
        at_desk.reply("app-1", **FORM, **BY)

    assert state_of(at_desk, "app-1") == "held"


def test_what_the_desk_confirmed_is_replied(at_desk: Desk) -> None:
    confirm(at_desk, "app-1")
    at_desk.reply("app-1", **FORM, **BY)

    assert state_of(at_desk, "app-1") == "replied"


def test_an_answer_on_the_spot_needs_no_desk(held: Desk) -> None:
    held.reply("app-1", **FORM, **BY)

    assert state_of(held, "app-1") == "replied"


def test_in_shadow_mode_an_answer_on_the_spot_is_confirmed_as_well(held: Desk) -> None:
    held.database.write(lambda c: set_shadow(c, "西湖", is_shadow=True, actor="zhao", now=NOW))

    with pytest.raises(NotConfirmedError):
        held.reply("app-1", **FORM, **BY)


def test_what_was_held_beside_later_promises_is_the_desks(planned: Desk) -> None:
    apply_for(planned, "app-3", kva=300.0)
    planned.plan("app-3", **BY)
    apply_for(planned, "app-4", kva=300.0)
    planned.plan("app-4", **BY)
    for name in ("app-3", "app-4"):
        planned.hold(name, version=1, rank=1, **BY)
    planned.reply("app-3", **FORM, **BY)

    with pytest.raises(NotConfirmedError):
        planned.reply("app-4", **FORM, **BY)


def test_a_new_version_of_the_plan_is_confirmed_anew(at_desk: Desk) -> None:
    confirm(at_desk, "app-1", version=1)
    at_desk.move_on("app-1", "planned", **BY)
    at_desk.plan("app-1", **BY)
    at_desk.hold("app-1", version=2, rank=1, **BY)

    with pytest.raises(NotConfirmedError):
        at_desk.reply("app-1", **FORM, **BY)


@pytest.mark.parametrize("days", [-1, 1])
def test_a_reply_is_signed_between_the_hold_and_today(held: Desk, days: int) -> None:
    confirm(held, "app-1")
    with pytest.raises(InputError, match="signed_on is 2026-0"):
        held.reply(
            "app-1", signed_on=SIGNED_ON + timedelta(days=days), make_form=lambda *_: FILES, **BY
        )


def test_on_a_later_version_of_the_grid_a_promise_is_proved_before_it_is_replied(
    held: Desk,
) -> None:
    ledger = replace(held.ledger, served=serve_grid(tee_grid(load_kw=510.0)))
    later = Desk(ledger, held.database)

    with pytest.raises(NotProvedError):
        later.reply("app-1", **FORM, **BY)
    (hold,) = [h for h in [later.database.read(lambda c: find_live_hold(c, "app-1", NOW))] if h]
    check = PromiseCheck(
        hold_id=hold.hold_id, grid_version=ledger.served.version, is_kept=True, obstacles=[],
        checked_at=NOW,
    )  # fmt: skip
    later.database.write(lambda c: keep_check(c, check))
    later.reply("app-1", **FORM, **BY)

    assert state_of(held, "app-1") == "replied"


# What it says ---------------------------------------------------------------------------------


def test_each_doubt_is_answered(at_desk: Desk) -> None:
    doubts = doubts_of(at_desk)
    assert doubts
    with pytest.raises(InputError) as refused:
        at_desk.decide("app-1", version=1, rank=1, reason_code="", overrides={}, note="", **BY)

    assert {p.field for p in refused.value.problems} == {f"overrides.{code}" for code in doubts}


def test_a_reason_the_plan_does_not_have_is_not_overridden(at_desk: Desk) -> None:
    overrides = {**doubts_of(at_desk), "important_customer": "other"}
    with pytest.raises(InputError, match="important_customer"):
        at_desk.decide(
            "app-1", version=1, rank=1, reason_code="", overrides=overrides, note="", **BY
        )


def test_a_reason_that_is_none_is_refused(at_desk: Desk) -> None:
    overrides = dict.fromkeys(doubts_of(at_desk), "因为")
    with pytest.raises(InputError, match="give one of site_visited"):
        at_desk.decide(
            "app-1", version=1, rank=1, reason_code="", overrides=overrides, note="", **BY
        )


def test_another_option_needs_a_reason(at_desk: Desk) -> None:
    with pytest.raises((InputError, NoSuchOptionError)):
        at_desk.decide(
            "app-1", version=1, rank=2, reason_code="", overrides=doubts_of(at_desk), note="", **BY
        )


def test_an_option_the_plan_does_not_have_is_not_confirmed(at_desk: Desk) -> None:
    with pytest.raises(NoSuchOptionError):
        confirm(at_desk, "app-1", rank=99)


def test_what_was_replied_is_past_the_desk(replied: Desk) -> None:
    with pytest.raises(NothingToDecideError, match="app-1 is replied"):
        confirm(replied, "app-1")


def test_what_the_desk_said_is_kept(at_desk: Desk) -> None:
    confirm(at_desk, "app-1")
    found = at_desk.database.read(lambda c: list_decisions(c, "app-1"))

    assert [d.kind for d in found] == ["override"] * len(doubts_of(at_desk)) + ["confirm"]
    assert {d.decided_by for d in found} == {"wang"}


def test_what_waits_for_the_desk_is_listed(at_desk: Desk) -> None:
    confirm(at_desk, "app-1")
    waiting = at_desk.database.read(list_undecided)

    assert [a.application_id for a in waiting] == ["app-2"]


def test_overrides_are_counted_by_rule_and_month(at_desk: Desk) -> None:
    for name in ("app-1", "app-2"):
        confirm(at_desk, name)
    june, july = datetime(2026, 6, 1, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC)
    found = at_desk.database.read(lambda c: count_overrides(c, june, july))
    later = at_desk.database.read(lambda c: count_overrides(c, july, july + timedelta(days=31)))

    assert {(c.reason_code, c.count) for c in found} == {("site_visited", 2)}
    assert len(found) == len(doubts_of(at_desk))
    assert later == []


def test_what_is_said_again_is_counted_once(at_desk: Desk) -> None:
    for _ in range(3):
        confirm(at_desk, "app-1")
    june, july = datetime(2026, 6, 1, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC)

    found = at_desk.database.read(lambda c: count_overrides(c, june, july))
    assert {c.count for c in found} == {1}


def test_in_shadow_mode_answers_on_the_spot_wait_for_the_desk_as_well(held: Desk) -> None:
    before = held.database.read(list_undecided)
    held.database.write(lambda c: set_shadow(c, "西湖", is_shadow=True, actor="zhao", now=NOW))
    after = held.database.read(list_undecided)

    assert (len(before), len(after)) == (0, 2)


def test_overrides_of_another_district_are_not_counted(at_desk: Desk) -> None:
    confirm(at_desk, "app-1")
    june, july = datetime(2026, 6, 1, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC)

    assert at_desk.database.read(lambda c: count_overrides(c, june, july, districts=["上城"])) == []
