"""Promises on the ring, by hand: line:1 carries 2,396 kVA at 80 % and has 1,300 kW already.

Another 760 kW (2,060 kW) fit, a second time 760 kW (2,820 kW) do not.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from api.database import Database
from api.database.applications import find_application, list_applications
from api.database.audit import find_breaks
from api.database.holds import NoHoldError, find_live_hold, list_commitments
from api.database.plans import UnknownPlanError
from api.database.tables import audit, hold_sources, holds, outbox
from api.ledger.errors import (
    AstrayPromisesError,
    CapacityGoneError,
    GridMovedError,
    NoSuchOptionError,
)
from api.ledger.promises import give_up_overdue
from api.life import MoveError
from grid_models.edits import AddedLoad, AddLoads, apply
from grid_models.solvers.reference import solve_reference
from tests.api.database.ring_ledger import LOADS_KW, NOW, Desk, apply_for, make_desk, tee_grid

BY = {"actor": "wang", "now": NOW}
HOURS = timedelta(hours=1)


@pytest.fixture
def desk(database: Database) -> Desk:
    return make_desk(database)


@pytest.fixture
def planned(desk: Desk) -> Desk:
    """Two customers whose plans were made before anything was promised."""
    for name in ("app-1", "app-2"):
        apply_for(desk, name)
        desk.plan(name, **BY)
    return desk


@pytest.fixture
def held(planned: Desk) -> Desk:
    planned.hold("app-1", version=1, rank=1, **BY)
    return planned


def state_of(desk: Desk, application_id: str) -> str:
    return desk.database.read(lambda c: find_application(c, application_id).state)


def is_held(desk: Desk, application_id: str, *, after: timedelta = timedelta(0)) -> bool:
    return desk.database.read(lambda c: find_live_hold(c, application_id, NOW + after)) is not None


def promised_kva(desk: Desk, *, after: timedelta = timedelta(0)) -> list[float]:
    name = desk.served.name
    found = desk.database.read(lambda c: list_commitments(c, name, NOW + after))
    return [c.s_kva for c in found]


def give_up(desk: Desk, now: datetime) -> int:
    return desk.database.write(lambda c: give_up_overdue(c, now))


# A promise ------------------------------------------------------------------------------------


def test_an_application_that_has_a_plan_is_planned(planned: Desk) -> None:
    assert state_of(planned, "app-1") == "planned"


def test_a_promise_holds_the_load_and_the_losses_of_the_new_line(held: Desk) -> None:
    # 760 kW and 249.8 kvar at the end of 52 m: 38 A lose some watts
    (s_kva,) = promised_kva(held)
    assert 800.0 < s_kva < 800.2


def test_a_held_application_is_held(held: Desk) -> None:
    assert state_of(held, "app-1") == "held"


def test_what_one_was_promised_the_other_does_not_get(held: Desk) -> None:
    with pytest.raises(CapacityGoneError, match="line:1 would be loaded"):
        held.hold("app-2", version=1, rank=1, **BY)


def test_who_did_not_get_it_stays_planned(held: Desk) -> None:
    with pytest.raises(CapacityGoneError):
        held.hold("app-2", version=1, rank=1, **BY)

    assert (state_of(held, "app-2"), is_held(held, "app-2")) == ("planned", False)


def test_a_plan_made_after_the_promise_counts_it(held: Desk) -> None:
    stored = held.plan("app-2", **BY)

    assert (stored.version, stored.document["answer"]["mode"]) == (2, "no_option")


def test_a_plan_made_with_just_these_promises_is_its_own_proof(
    planned: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: Any, **__: Any) -> None:
        raise AssertionError("solved again")

    monkeypatch.setattr("api.ledger.ledger.find_obstacles", never)

    planned.hold("app-1", version=1, rank=1, **BY)


def test_a_small_one_still_fits_beside(held: Desk) -> None:
    apply_for(held, "app-3", kva=315.0)
    held.plan("app-3", **BY)

    held.hold("app-3", version=1, rank=1, **BY)

    assert len(promised_kva(held)) == 2


def test_nobody_is_held_twice(held: Desk) -> None:
    with pytest.raises(MoveError, match="held and cannot become held"):
        held.hold("app-1", version=1, rank=1, **BY)


def test_a_second_live_hold_is_refused_by_the_database_itself(held: Desk) -> None:
    def copy(connection: sa.engine.Connection) -> None:
        row = dict(connection.execute(sa.select(holds)).mappings().one())
        del row["number"]
        connection.execute(sa.insert(holds).values(row | {"hold_id": "hold-again"}))

    with pytest.raises(sa.exc.IntegrityError):
        held.database.write(copy)


def test_an_option_that_is_not_there_is_named(planned: Desk) -> None:
    with pytest.raises(NoSuchOptionError, match="there is no option 9"):
        planned.hold("app-1", version=1, rank=9, **BY)


def test_a_version_of_the_plan_that_is_not_there_is_named(planned: Desk) -> None:
    with pytest.raises(UnknownPlanError, match="no version 7"):
        planned.hold("app-1", version=7, rank=1, **BY)


def test_a_plan_of_another_grid_version_is_made_anew(planned: Desk) -> None:
    def move_on(connection: sa.engine.Connection) -> None:
        from api.database.tables import plans

        connection.execute(sa.update(plans).values(grid_version="older"))

    planned.database.write(move_on)

    with pytest.raises(GridMovedError, match="older"):
        planned.hold("app-1", version=1, rank=1, **BY)


def test_a_promise_at_a_node_the_grid_does_not_have_is_not_forgotten(held: Desk) -> None:
    def move_away(connection: sa.engine.Connection) -> None:
        connection.execute(sa.update(hold_sources).values(node_id="bus:99"))

    held.database.write(move_away)

    with pytest.raises(AstrayPromisesError, match="bus:99"):
        held.plan("app-2", **BY)


# At once --------------------------------------------------------------------------------------


def test_of_many_at_once_as_many_are_promised_as_the_grid_carries(desk: Desk) -> None:
    # 12 times 190 kW: 1,096 kW are left, five are 950 kW
    names = [f"app-{k}" for k in range(12)]
    for name in names:
        apply_for(desk, name, kva=200.0, max_distance_m=300.0, category="industrial")
        desk.plan(name, **BY)

    def ask(name: str) -> bool:
        try:
            desk.hold(name, version=1, rank=1, **BY)
        except CapacityGoneError:
            return False
        return True

    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(ask, names))

    assert sum(answers) == len(promised_kva(desk)) == 5
    assert loading_pct(desk) <= 80.0


def loading_pct(desk: Desk) -> float:
    """Loading of line:1 with every promise in it, by pandapower."""
    found = desk.database.read(lambda c: list_commitments(c, desk.served.name, NOW))
    loads = tuple(
        AddedLoad(
            load_id=c.commitment_id, node_id=c.node_id, p_kw=c.s_kva * c.power_factor,
            q_kvar=c.s_kva * (1.0 - c.power_factor**2) ** 0.5,
        )
        for c in found
    )  # fmt: skip
    flow = solve_reference(apply(AddLoads(loads=loads), tee_grid()))
    return float(flow.lines["loading_pct"]["line:1"])


# How long -------------------------------------------------------------------------------------


def test_a_short_hold_runs_out(held: Desk) -> None:
    assert is_held(held, "app-1", after=71 * HOURS)
    assert not is_held(held, "app-1", after=72 * HOURS)


def test_what_has_run_out_holds_nothing(held: Desk) -> None:
    assert promised_kva(held, after=72 * HOURS) == []


def test_when_it_has_run_out_the_next_one_gets_it(held: Desk) -> None:
    later = NOW + 72 * HOURS
    held.plan("app-2", actor="li", now=later)

    held.hold("app-2", version=2, rank=1, actor="li", now=later)

    assert state_of(held, "app-1") == "planned"
    assert state_of(held, "app-2") == "held"


def test_what_has_run_out_is_given_up_once(held: Desk) -> None:
    later = NOW + 100 * HOURS

    assert give_up(held, later) == 1
    assert give_up(held, later) == 0


def test_a_customer_who_withdraws_gives_back(held: Desk) -> None:
    held.move_on("app-1", "withdrawn", reason="不办了", **BY)

    assert (state_of(held, "app-1"), promised_kva(held)) == ("withdrawn", [])


# The reply ------------------------------------------------------------------------------------


@pytest.fixture
def replied(held: Desk) -> Desk:
    held.reply("app-1", signed_on=date(2026, 6, 2), make_form=lambda *_: b"form", **BY)
    return held


def test_a_reply_holds_for_a_year_from_the_day_it_was_signed(replied: Desk) -> None:
    year = timedelta(days=366)  # to the end of 2027-06-02
    assert is_held(replied, "app-1", after=year)
    assert not is_held(replied, "app-1", after=year + timedelta(days=1))


def test_no_form_is_made_without_a_live_hold(held: Desk) -> None:
    made: list[int] = []
    with pytest.raises(NoHoldError):
        held.reply(
            "app-1", signed_on=date(2026, 6, 9), actor="wang", now=NOW + 80 * HOURS,
            make_form=lambda *_: bytes(made.append(1) or b""),
        )  # fmt: skip

    assert made == []


def test_no_form_is_made_for_one_that_was_never_held(planned: Desk) -> None:
    with pytest.raises(NoHoldError):
        planned.reply("app-2", signed_on=date(2026, 6, 2), make_form=lambda *_: b"", **BY)


def test_where_the_form_fails_nothing_is_promised_for_longer(held: Desk) -> None:
    def fail(*_: Any) -> bytes:
        raise RuntimeError("no font")

    with pytest.raises(RuntimeError):
        held.reply("app-1", signed_on=date(2026, 6, 2), make_form=fail, **BY)

    assert state_of(held, "app-1") == "held"
    assert not is_held(held, "app-1", after=72 * HOURS)


def test_a_reply_that_runs_out_ends_the_application(replied: Desk) -> None:
    give_up(replied, NOW + timedelta(days=400))

    assert state_of(replied, "app-1") == "expired"


def test_works_stop_the_clock(replied: Desk) -> None:
    replied.move_on("app-1", "agreed", **BY)
    replied.move_on("app-1", "in_construction", **BY)

    assert is_held(replied, "app-1", after=timedelta(days=4_000))


@pytest.fixture
def energised(replied: Desk) -> Desk:
    replied.move_on("app-1", "agreed", **BY)
    replied.move_on("app-1", "in_construction", **BY)
    replied.move_on("app-1", "energised", measured_peak_kva=300.0, **BY)
    return replied


def test_what_is_not_used_yet_stays_held(energised: Desk) -> None:
    assert promised_kva(energised) == [pytest.approx(500.0, abs=0.3)]


def test_what_is_not_used_yet_is_held_for_twelve_months(energised: Desk) -> None:
    assert promised_kva(energised, after=timedelta(days=364))
    assert promised_kva(energised, after=timedelta(days=365)) == []


def test_an_energised_supply_goes_nowhere_else(energised: Desk) -> None:
    with pytest.raises(MoveError, match="energised and cannot become withdrawn"):
        energised.move_on("app-1", "withdrawn", reason="", **BY)


# A temporary supply and the permanent one -----------------------------------------------------


def test_a_permanent_supply_takes_the_hold_of_its_temporary_one(held: Desk) -> None:
    apply_for(held, "app-9", kva=630.0, replaces_id="app-1")
    held.plan("app-9", **BY)

    held.hold("app-9", version=1, rank=1, **BY)

    assert not is_held(held, "app-1")
    # the greater of the two, not the sum
    assert promised_kva(held) == [pytest.approx(800.0, abs=0.3)]


# Written down ---------------------------------------------------------------------------------


def test_everything_is_written_down_in_order(replied: Desk) -> None:
    actions = replied.database.read(
        lambda c: [
            row.action
            for row in c.execute(
                sa.select(audit).where(audit.c.subject == "app-1").order_by(audit.c.number)
            )
        ]
    )
    assert actions == [
        "application.add", "application.move", "plan.make", "application.move", "hold.place",
        "application.move", "reply.make",
    ]  # fmt: skip


def test_the_chain_holds(energised: Desk) -> None:
    assert energised.database.read(lambda c: list(find_breaks(c))) == []


def test_every_move_is_an_event_for_others(replied: Desk) -> None:
    states = replied.database.read(
        lambda c: [
            row.payload["state"]
            for row in c.execute(
                sa.select(outbox).where(outbox.c.subject == "app-1").order_by(outbox.c.number)
            )
        ]
    )
    assert states == ["accepted", "planned", "held", "replied"]


def test_applications_are_listed_page_by_page(planned: Desk) -> None:
    def page(after: int) -> Iterator[str]:
        rows = planned.database.read(lambda c: list_applications(c, after=after, most=1))
        return (row.application_id for row in rows)

    assert [*page(0)] == ["app-1"]
    assert [*page(1)] == ["app-2"]


def test_the_applications_of_other_districts_are_not_there(planned: Desk) -> None:
    from api.database.applications import UnknownApplicationError

    apply_for(planned, "app-7", district="上城")
    seen = planned.database.read(lambda c: list_applications(c, districts=["上城"]))

    assert [row.application_id for row in seen] == ["app-7"]
    with pytest.raises(UnknownApplicationError):
        planned.database.read(lambda c: find_application(c, "app-1", districts=["上城"]))


def test_loads_of_the_ring_leave_the_room_the_tests_count_on() -> None:
    assert sum(LOADS_KW[f"bus:{k}"] for k in (3, 4, 5)) == 1_300.0
