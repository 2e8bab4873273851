"""My work: what I brought, how far it has come, what is next; no query more for a row more."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from fastapi.testclient import TestClient

from api.clock import today as company_today
from api.database.applications import set_limit
from api.database.tables import answered, applications
from api.ledger.reminders import remind_of_holds
from tests.api.auth.house import NOW, House, StoppedClock, bearer
from tests.api.service.talk import (
    ASKED,
    LAT,
    LON,
    ClientOf,
    accept,
    accepted,
    held,
    move,
    planned,
)
from tests.planner.example import rule_book

APPLICATIONS = "/v1/applications"


@pytest.fixture
def wang(client_of: ClientOf) -> TestClient:
    return client_of("wang", "西湖", "上城")


@pytest.fixture
def li(client_of: ClientOf) -> TestClient:
    return client_of("li", "西湖")


def shown(client: TestClient, **query: Any) -> list[dict[str, Any]]:
    answer = client.get(APPLICATIONS, params=query)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def names(client: TestClient, **query: Any) -> list[str]:
    return [item["application_id"] for item in shown(client, **query)]


def due(house: House, name: str, due_on: date | None) -> None:
    """Let the limit of an application end on a day, and be near two days before."""
    near_on = None if due_on is None else due_on - timedelta(days=2)
    house.identity.database.write(lambda c: set_limit(c, name, due_on, near_on))


def later(client: TestClient, house: House, clock: StoppedClock, hours: float) -> TestClient:
    """Return a client of wang, logged in again after some hours."""
    clock.move(hours=hours)
    return TestClient(client.app, headers=bearer(house.log_in("wang", now=clock.now).token))


def counts(client: TestClient) -> Any:
    return client.get("/v1/work/counts").json()


# How far it has come --------------------------------------------------------------------------


def test_an_application_says_who_brought_it_and_where_it_is(wang: TestClient) -> None:
    one = accept(wang).json()

    assert one["accepted_by"] == "wang"
    assert one["at"] == pytest.approx([LON, LAT], abs=1e-9)
    assert (one["mode"], one["hold_expires_at"]) == (None, None)


def test_a_draft_says_where_it_is_as_far_as_it_is_known(wang: TestClient) -> None:
    def draft(**fields: Any) -> Any:
        body = {"district": "西湖", "application": fields}
        return wang.post(f"{APPLICATIONS}/drafts", json=body).json()["at"]

    assert draft(at=[LON, LAT]) == [LON, LAT]
    assert draft(kva=1) is None
    assert draft(at="nowhere") is None


def test_of_a_plan_the_list_knows_the_mode(wang: TestClient) -> None:
    planned(wang)

    assert shown(wang)[0]["mode"] == "back_office"


def test_of_a_hold_the_list_knows_the_end(wang: TestClient) -> None:
    held(wang)
    end = NOW + timedelta(hours=72)

    assert shown(wang)[0]["hold_expires_at"] == f"{end:%Y-%m-%dT%H:%M:%SZ}"


def test_a_hold_that_was_given_up_has_no_end(wang: TestClient) -> None:
    move(wang, held(wang), "planned")

    assert shown(wang)[0]["hold_expires_at"] is None


def test_a_hold_that_has_run_out_has_no_end(
    wang: TestClient, house: House, clock: StoppedClock
) -> None:
    held(wang)
    again = later(wang, house, clock, hours=73)

    assert shown(again)[0]["hold_expires_at"] is None


def test_the_light_of_the_list_is_that_of_the_detail(wang: TestClient, house: House) -> None:
    name = accepted(wang)
    due(house, name, date(2020, 1, 1))

    assert shown(wang)[0]["light"] == "red"
    assert wang.get(f"{APPLICATIONS}/{name}").json()["light"] == "red"


def test_an_outsider_is_not_told_who_of_the_staff_brought_it(
    wang: TestClient, house: House
) -> None:
    accepted(wang)
    _, text = house.key(scopes=["application.read", "application.write"], districts=["西湖"])
    outside = TestClient(wang.app, headers=bearer(text))
    accepted(outside)

    assert [one["accepted_by"] for one in shown(outside)] == [None, "key:marketing"]


def test_an_answer_kept_before_there_were_these_fields_is_given_again(
    wang: TestClient, house: House
) -> None:
    first = accept(wang, key="k").json()
    old = {name: first[name] for name in first if name not in ("light", "mode", "at")}
    change = sa.update(answered).values(answer=old)
    house.identity.database.write(lambda c: c.execute(change))

    assert accept(wang, key="k").json() == first | {"light": None, "mode": None, "at": None}


@contextmanager
def counted(house: House) -> Iterator[list[str]]:
    """Give the statements that are sent meanwhile."""
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        sent.append(statement)

    engine = house.identity.database.engine
    sa.event.listen(engine, "before_cursor_execute", note)
    yield sent
    sa.event.remove(engine, "before_cursor_execute", note)


def test_a_longer_list_takes_no_more_queries(wang: TestClient, house: House) -> None:
    for _ in range(3):
        accepted(wang)
    with counted(house) as one:
        shown(wang, limit=1)
    with counted(house) as three:
        shown(wang, limit=3)

    assert len(three) == len(one)


# Whose, which, in which order -----------------------------------------------------------------


def test_mine_is_what_i_brought(wang: TestClient, li: TestClient) -> None:
    own, others = accepted(wang), accepted(li)

    assert names(wang) == [own, others]
    assert names(wang, mine=True) == [own]


def test_a_part_of_the_id_finds_it_whatever_its_letters(wang: TestClient) -> None:
    first, _ = accepted(wang), accepted(wang)

    assert names(wang, q=first[6:20].upper()) == [first]


def test_a_district_finds_its_applications(wang: TestClient) -> None:
    accepted(wang)
    other = str(accept(wang, district="上城").json()["application_id"])

    assert names(wang, q="上城") == [other]


@pytest.mark.parametrize("q", ["%", "_", "app%", "\\"])
def test_signs_that_stand_for_any_other_stand_for_themselves(wang: TestClient, q: str) -> None:
    accepted(wang)

    assert names(wang, q=q) == []


@pytest.mark.parametrize("q", ["", "x" * 101, "a\x00", "a\nb"])
def test_what_no_name_has_in_it_is_refused(wang: TestClient, q: str) -> None:
    answer = wang.get(APPLICATIONS, params={"q": q})

    assert (answer.status_code, answer.json()["problems"][0]["field"]) == (422, "q")


def test_what_is_due_first_comes_first_and_what_has_no_limit_last(
    wang: TestClient, house: House
) -> None:
    late, none, soon, same = (accepted(wang) for _ in range(4))
    for name, due_on in (
        (late, date(2026, 7, 9)), (none, None), (soon, date(2026, 6, 9)), (same, date(2026, 6, 9)),
    ):  # fmt: skip
        due(house, name, due_on)

    assert names(wang, sort="due") == [soon, same, late, none]


@pytest.mark.parametrize("limit", [1, 2, 3])
def test_pages_by_limit_go_on_where_the_last_one_ended(
    wang: TestClient, house: House, limit: int
) -> None:
    each = [accepted(wang) for _ in range(5)]
    days = (date(2026, 7, 9), None, date(2026, 6, 9), date(2026, 6, 9), None)
    for name, due_on in zip(each, days, strict=True):
        due(house, name, due_on)
    seen, after = [], "0"
    while after is not None:
        query = {"sort": "due", "limit": limit, "after": after}
        page = wang.get(APPLICATIONS, params=query).json()
        seen += [item["application_id"] for item in page["items"]]
        after = page["next_cursor"]

    assert seen == [each[k] for k in (2, 3, 0, 1, 4)]


@pytest.mark.parametrize("after", [1, 2**40, 2**62, 2**63 - 1])
def test_a_cursor_nobody_gave_does_no_harm(wang: TestClient, after: int) -> None:
    accepted(wang)

    assert wang.get(APPLICATIONS, params={"sort": "due", "after": after}).status_code == 200


# Counts ---------------------------------------------------------------------------------------

NOTHING = {"red": 0, "yellow": 0, "waiting_for_desk": 0, "hold_ending": 0, "open": 0}


def test_where_there_is_nothing_to_do_all_counts_are_nought(wang: TestClient) -> None:
    assert counts(wang) == {"mine": NOTHING, "all": NOTHING}


def test_what_others_brought_counts_among_all(wang: TestClient, li: TestClient) -> None:
    accepted(wang)
    accepted(li)

    assert counts(wang) == {"mine": NOTHING | {"open": 1}, "all": NOTHING | {"open": 2}}


def test_what_is_in_other_districts_does_not_count(wang: TestClient, li: TestClient) -> None:
    accept(wang, district="上城")

    assert counts(li)["all"] == NOTHING


def test_what_has_ended_is_not_open(wang: TestClient) -> None:
    move(wang, accepted(wang), "withdrawn")

    assert counts(wang)["all"]["open"] == 0


def test_limits_count_by_their_light(wang: TestClient, house: House) -> None:
    past, ended, near, far = (accepted(wang) for _ in range(4))
    today = company_today()
    for name, days in ((past, -1), (ended, -1), (near, 1), (far, 30)):
        due(house, name, today + timedelta(days=days))
    move(wang, ended, "withdrawn")

    assert (counts(wang)["mine"]["red"], counts(wang)["mine"]["yellow"]) == (1, 1)


def test_what_waits_for_the_desk_counts(wang: TestClient) -> None:
    planned(wang, application=ASKED)

    assert counts(wang)["mine"]["waiting_for_desk"] == 1


def test_a_hold_counts_once_others_were_told_that_it_ends(
    wang: TestClient, house: House, clock: StoppedClock
) -> None:
    held(wang)
    before = counts(wang)["mine"]["hold_ending"]
    again = later(wang, house, clock, hours=61)
    rules = rule_book().on(clock.now.date())
    house.identity.database.write(lambda c: remind_of_holds(c, rules, clock.now))

    assert (before, counts(again)["mine"]["hold_ending"]) == (0, 1)


def test_an_outsider_is_told_no_counts(wang: TestClient, house: House) -> None:
    _, text = house.key(scopes=["application.read"], districts=["西湖"])
    answer = TestClient(wang.app, headers=bearer(text)).get("/v1/work/counts")

    assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")


def test_the_table_keeps_who_brought_it(wang: TestClient, house: House) -> None:
    accepted(wang)
    query = sa.select(applications.c.accepted_by)

    assert house.identity.database.read(lambda c: c.execute(query).scalar_one()) == "wang"
