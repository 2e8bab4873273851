"""Who waits for the same element, and who takes whose place."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from api.database.applications import find_application
from api.database.plans import find_plan
from api.database.tables import applications
from api.database.waiting import Place, find_place
from api.ledger.accepting import accept
from api.ledger.errors import CapacityGoneError
from api.ledger.ledger import binding_element
from api.life import MoveError
from tests.api.database.ring_ledger import (
    BY,
    FILES,
    NOW,
    SIGNED_ON,
    Desk,
    apply_for,
    confirm,
    give_up,
    promised_kva,
    state_of,
)


def place_of(desk: Desk, name: str, element_id: str = "line:1") -> Place | None:
    return desk.database.read(lambda c: find_place(c, find_application(c, name), element_id))


def complete_on(desk: Desk, name: str, day: date) -> None:
    desk.database.write(
        lambda c: c.execute(
            sa.update(applications)
            .where(applications.c.application_id == name)
            .values(completed_on=day)
        )
    )


# The queue ------------------------------------------------------------------------------------


def test_the_plan_names_the_element_with_the_least_room(planned: Desk) -> None:
    plan = planned.database.read(lambda c: find_plan(c, "app-1", 1))

    assert binding_element(plan.document) == "line:1"


def test_two_that_need_the_same_line_wait_in_the_order_they_came(planned: Desk) -> None:
    assert place_of(planned, "app-1") == Place(element_id="line:1", position=1, count=2)
    assert place_of(planned, "app-2") == Place(element_id="line:1", position=2, count=2)


def test_who_was_complete_first_is_first(planned: Desk) -> None:
    complete_on(planned, "app-2", date(2026, 5, 29))

    assert place_of(planned, "app-2") == Place(element_id="line:1", position=1, count=2)


def test_who_holds_waits_no_more(held: Desk) -> None:
    assert place_of(held, "app-1") is None
    assert place_of(held, "app-2") == Place(element_id="line:1", position=1, count=1)


def test_who_gives_up_waits_again(held: Desk) -> None:
    held.move_on("app-1", "planned", **BY)

    assert promised_kva(held) == []
    assert place_of(held, "app-1") == Place(element_id="line:1", position=1, count=2)


def test_nobody_waits_for_what_they_do_not_need(planned: Desk) -> None:
    assert place_of(planned, "app-1", "line:4") is None


# One application in the place of another ------------------------------------------------------


def apply_instead(desk: Desk, name: str, of: str) -> None:
    apply_for(desk, name, supersedes_id=of)
    desk.plan(name, **BY)


def test_who_takes_the_place_of_another_has_its_room_with_the_reply(held: Desk) -> None:
    apply_instead(held, "app-3", of="app-1")
    held.hold("app-3", version=1, rank=1, **BY)
    assert (state_of(held, "app-1"), len(promised_kva(held))) == ("held", 2)
    confirm(held, "app-3")
    held.reply("app-3", signed_on=SIGNED_ON, make_form=lambda *_: FILES, **BY)

    assert state_of(held, "app-1") == "superseded"
    assert len(promised_kva(held)) == 1


def test_a_promise_outlives_one_that_was_only_held_in_its_place(replied: Desk) -> None:
    apply_instead(replied, "app-3", of="app-1")
    replied.hold("app-3", version=1, rank=1, **BY)
    give_up(replied, NOW + timedelta(hours=72))

    assert state_of(replied, "app-1") == "replied"
    assert len(promised_kva(replied, after=timedelta(hours=72))) == 1


def test_of_two_that_want_one_place_one_gets_it(held: Desk) -> None:
    for name in ("app-3", "app-4"):
        apply_instead(held, name, of="app-1")
    held.hold("app-3", version=1, rank=1, **BY)

    with pytest.raises(CapacityGoneError):
        held.hold("app-4", version=1, rank=1, **BY)


def test_until_it_is_held_the_first_promise_stands(held: Desk) -> None:
    apply_instead(held, "app-3", of="app-1")

    assert state_of(held, "app-1") == "held"


def test_what_is_agreed_is_not_superseded(replied: Desk) -> None:
    replied.move_on("app-1", "agreed", **BY)
    app = replied.database.read(lambda c: find_application(c, "app-1"))

    with pytest.raises(MoveError):
        replied.database.write(
            lambda c: accept(
                replied.ledger, c, application_id="app-3", district="西湖", asked=app.asked,
                completed_on=date(2026, 6, 1), supersedes_id="app-1", **BY,
            )
        )  # fmt: skip


@pytest.mark.parametrize("when", ["before the hold", "before the reply"])
def test_what_is_agreed_meanwhile_keeps_its_room(replied: Desk, when: str) -> None:
    apply_instead(replied, "app-3", of="app-1")
    if when == "before the hold":
        replied.move_on("app-1", "agreed", **BY)
        with pytest.raises(MoveError, match="app-1 is agreed"):
            replied.hold("app-3", version=1, rank=1, **BY)
        return
    replied.hold("app-3", version=1, rank=1, **BY)
    confirm(replied, "app-3")
    replied.move_on("app-1", "agreed", **BY)
    with pytest.raises(MoveError, match="app-1 is agreed"):
        replied.reply("app-3", signed_on=SIGNED_ON, make_form=lambda *_: FILES, **BY)


def test_a_confirmed_plan_waits_as_well(planned: Desk) -> None:
    confirm(planned, "app-1")

    assert place_of(planned, "app-1") is not None
