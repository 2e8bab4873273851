"""How long a promise holds: the short hold, the reply, works, the supply, its temporary one."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, NoReturn

import pytest
import sqlalchemy as sa

from api.database.applications import find_application
from api.database.holds import NoHoldError, list_commitments
from api.database.tables import hold_sources, holds
from api.ledger.accepting import accept
from api.ledger.errors import CapacityGoneError
from api.ledger.giving_way import list_apart
from api.life import MoveError
from grid_models.errors import InputError
from tests.api.database.ring_ledger import (
    BY,
    FILES,
    NOW,
    SIGNED_ON,
    Desk,
    apply_for,
    confirm,
    give_up,
    is_held,
    promised_kva,
    state_of,
)

HOURS = timedelta(hours=1)
FORM = {"signed_on": SIGNED_ON, "make_form": lambda *_: FILES}


# How long -------------------------------------------------------------------------------------


def test_a_short_hold_runs_out(held: Desk) -> None:
    assert is_held(held, "app-1", after=71 * HOURS)
    assert not is_held(held, "app-1", after=72 * HOURS)


def test_what_has_run_out_holds_nothing(held: Desk) -> None:
    assert promised_kva(held, after=72 * HOURS) == []


def test_when_it_has_run_out_the_next_one_gets_it(held: Desk) -> None:
    later = NOW + 72 * HOURS
    held.plan("app-2", actor="li", now=later)
    give_up(held, later)

    held.hold("app-2", version=2, rank=1, actor="li", now=later)

    assert state_of(held, "app-2") == "held"


def test_what_has_run_out_is_given_up_once(held: Desk) -> None:
    later = NOW + 100 * HOURS

    assert give_up(held, later) == 1
    assert give_up(held, later) == 0


def test_a_customer_who_withdraws_gives_back(held: Desk) -> None:
    held.move_on("app-1", "withdrawn", reason="不办了", **BY)

    assert (state_of(held, "app-1"), promised_kva(held)) == ("withdrawn", [])


# The reply ------------------------------------------------------------------------------------


def test_a_reply_holds_for_a_year_from_the_day_it_was_signed(replied: Desk) -> None:
    year = timedelta(days=365)  # to the end of 2027-06-01
    assert is_held(replied, "app-1", after=year)
    assert not is_held(replied, "app-1", after=year + timedelta(days=1))


def test_no_form_is_made_without_a_live_hold(held: Desk) -> None:
    made: list[int] = []
    with pytest.raises(NoHoldError):
        held.reply(
            "app-1", signed_on=SIGNED_ON, actor="wang", now=NOW + 80 * HOURS,
            make_form=lambda *_: made.append(1) or FILES,
        )  # fmt: skip

    assert made == []


def test_no_form_is_made_for_one_that_was_never_held(planned: Desk) -> None:
    with pytest.raises(NoHoldError):
        planned.reply("app-2", signed_on=SIGNED_ON, make_form=lambda *_: FILES, **BY)


def test_where_the_form_fails_nothing_is_promised_for_longer(held: Desk) -> None:
    def fail(*_: Any) -> NoReturn:
        raise RuntimeError("no font")

    confirm(held, "app-1")
    with pytest.raises(RuntimeError):
        held.reply("app-1", signed_on=SIGNED_ON, make_form=fail, **BY)

    assert state_of(held, "app-1") == "held"
    assert not is_held(held, "app-1", after=72 * HOURS)


def test_a_reply_that_runs_out_ends_the_application(replied: Desk) -> None:
    give_up(replied, NOW + timedelta(days=400))

    assert state_of(replied, "app-1") == "expired"


def test_works_stop_the_clock(replied: Desk) -> None:
    replied.move_on("app-1", "agreed", **BY)
    replied.move_on("app-1", "in_construction", **BY)

    assert is_held(replied, "app-1", after=timedelta(days=4_000))


def test_until_the_grids_loads_may_have_it_all_stays_held(energised: Desk) -> None:
    # energised on 1 June; the loads are of before
    assert promised_kva(energised) == [pytest.approx(800.0, abs=0.5)]


def test_once_the_loads_are_later_what_is_drawn_is_not_held(energised: Desk) -> None:
    found = energised.database.read(
        lambda c: list_commitments(c, energised.served.name, NOW, load_date=date(2026, 6, 2))
    )
    assert [c.s_kva for c in found] == [pytest.approx(500.0, abs=0.5)]


def test_no_more_is_drawn_than_was_promised(replied: Desk) -> None:
    for state in ("agreed", "in_construction"):
        replied.move_on("app-1", state, **BY)
    with pytest.raises(InputError, match="more than the 800"):
        replied.move_on("app-1", "energised", measured_peak_kva=1e9, **BY)


def test_what_is_not_used_yet_is_held_for_twelve_months(energised: Desk) -> None:
    assert promised_kva(energised, after=timedelta(days=364))
    assert promised_kva(energised, after=timedelta(days=365)) == []


def test_an_energised_supply_goes_nowhere_else(energised: Desk) -> None:
    with pytest.raises(MoveError, match="energised and cannot become withdrawn"):
        energised.move_on("app-1", "withdrawn", reason="", **BY)


# A temporary supply and the permanent one -----------------------------------------------------


@pytest.fixture
def temporary(desk: Desk) -> Desk:
    """A temporary supply of 800 kVA, energised: all of it is still held."""
    apply_for(desk, "app-1", business="temporary", until_date=date(2026, 12, 1))
    desk.plan("app-1", **BY)
    desk.hold("app-1", version=1, rank=1, **BY)
    confirm(desk, "app-1")
    desk.reply("app-1", **FORM, **BY)
    for state in ("agreed", "in_construction"):
        desk.move_on("app-1", state, **BY)
    desk.move_on("app-1", "energised", measured_peak_kva=0.0, **BY)
    return desk


def held_instead(desk: Desk, kva: float) -> None:
    apply_for(desk, "app-9", kva=kva, replaces_id="app-1")
    desk.plan("app-9", **BY)
    desk.hold("app-9", version=1, rank=1, **BY)


def test_a_permanent_supply_takes_the_hold_of_its_temporary_one_with_its_reply(
    temporary: Desk,
) -> None:
    held_instead(temporary, 630.0)
    assert promised_kva(temporary) == pytest.approx([800.0, 630.0], abs=0.5)
    confirm(temporary, "app-9")
    temporary.reply("app-9", **FORM, **BY)

    assert not is_held(temporary, "app-1")
    # the greater of the two, not the sum
    assert promised_kva(temporary) == [pytest.approx(800.0, abs=0.5)]


def take(desk: Desk, s_kva: float, power_factor: float) -> None:
    """Let all that is held be so much."""
    values = {"s_kva": s_kva, "power_factor": power_factor}
    desk.database.write(lambda c: c.execute(sa.update(hold_sources).values(values)))


def test_where_neither_supply_stands_for_the_other_both_go_on(temporary: Desk) -> None:
    take(temporary, 300.0, 0.5)
    held_instead(temporary, 200.0)
    confirm(temporary, "app-9")
    temporary.reply("app-9", **FORM, **BY)

    assert promised_kva(temporary) == pytest.approx([300.0, 200.0], abs=0.5)
    assert (apart(temporary, "app-1"), apart(temporary, "app-9")) == (0, 0)


def test_where_neither_supply_stands_for_the_other_both_have_to_fit(temporary: Desk) -> None:
    take(temporary, 700.0, 0.5)
    with pytest.raises(CapacityGoneError):
        held_instead(temporary, 630.0)


def test_what_the_grids_loads_have_of_a_temporary_supply_is_not_held_again(
    temporary: Desk,
) -> None:
    held_instead(temporary, 630.0)
    confirm(temporary, "app-9")
    drawn = {"energised_on": date(2020, 1, 1), "measured_peak_kva": 500.0}
    temporary.database.write(
        lambda c: c.execute(sa.update(holds).where(holds.c.application_id == "app-1").values(drawn))
    )
    temporary.reply("app-9", **FORM, **BY)

    assert promised_kva(temporary) == [pytest.approx(630.0, abs=0.5)]


def apart(desk: Desk, name: str) -> int:
    """Return how many holds are never carried together with an application's."""
    day = desk.ledger.load_date
    return desk.database.read(
        lambda c: len(list_apart(c, find_application(c, name), NOW, load_date=day))
    )


def test_a_temporary_supply_and_the_one_that_takes_over_are_not_both_carried(
    temporary: Desk,
) -> None:
    held_instead(temporary, 630.0)

    assert (apart(temporary, "app-1"), apart(temporary, "app-9")) == (1, 1)


def test_a_temporary_supply_elsewhere_is_carried_beside_the_permanent_one(temporary: Desk) -> None:
    at_another_node(temporary)
    held_instead(temporary, 200.0)

    assert (apart(temporary, "app-1"), apart(temporary, "app-9")) == (0, 0)


def test_one_that_is_superseded_is_not_carried_beside_its_successor(held: Desk) -> None:
    apply_for(held, "app-3", kva=630.0, supersedes_id="app-1")
    held.plan("app-3", **BY)
    held.hold("app-3", version=1, rank=1, **BY)

    assert (apart(held, "app-1"), apart(held, "app-3"), apart(held, "app-2")) == (1, 1, 0)


def test_two_that_give_way_to_the_same_are_carried_together(temporary: Desk) -> None:
    take(temporary, 100.0, 0.95)
    apply_for(temporary, "app-3", kva=100.0)
    apply_for(temporary, "app-9", kva=200.0, replaces_id="app-1", supersedes_id="app-3")
    for name in ("app-3", "app-9"):
        temporary.plan(name, **BY)
        temporary.hold(name, version=1, rank=1, **BY)

    assert [apart(temporary, name) for name in ("app-1", "app-3", "app-9")] == [1, 1, 2]


def test_a_permanent_supply_that_is_given_up_leaves_the_temporary_one_its_hold(
    temporary: Desk,
) -> None:
    held_instead(temporary, 630.0)
    give_up(temporary, NOW + 72 * HOURS)

    assert promised_kva(temporary, after=72 * HOURS) == [pytest.approx(800.0, abs=0.5)]


def test_a_temporary_supply_elsewhere_goes_on_holding_what_it_takes_there(
    temporary: Desk,
) -> None:
    at_another_node(temporary)
    held_instead(temporary, 200.0)
    confirm(temporary, "app-9")
    temporary.reply("app-9", **FORM, **BY)

    assert promised_kva(temporary) == pytest.approx([800.0, 200.0], abs=0.5)


def test_beside_a_temporary_supply_elsewhere_both_have_to_fit(temporary: Desk) -> None:
    at_another_node(temporary)
    with pytest.raises(CapacityGoneError):
        held_instead(temporary, 630.0)


def test_beside_a_temporary_supply_that_is_not_live_yet_both_have_to_fit(desk: Desk) -> None:
    apply_for(desk, "app-1", business="temporary", until_date=date(2026, 12, 1))
    desk.plan("app-1", **BY)
    desk.hold("app-1", version=1, rank=1, **BY)
    with pytest.raises(CapacityGoneError):
        held_instead(desk, 800.0)


def test_no_other_supply_is_taken_over(replied: Desk) -> None:
    asked = replied.database.read(lambda c: find_application(c, "app-1")).asked
    with pytest.raises(InputError, match="must be a temporary supply"):
        replied.database.write(
            lambda c: accept(
                replied.ledger, c, application_id="app-9", district="西湖", asked=asked,
                completed_on=SIGNED_ON, replaces_id="app-1", **BY,
            )
        )  # fmt: skip


def at_another_node(desk: Desk) -> None:
    """Let what is held stand at bus:5, behind the same line:1."""
    desk.database.write(lambda c: c.execute(sa.update(hold_sources).values(node_id="bus:5")))
