"""Every live promise is looked at again on a new version of its grid."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.database.holds import find_live_hold
from api.database.promise_checks import is_kept
from api.database.tables import audit, promise_checks
from api.ledger.ledger import Ledger
from grid_models.grid import Grid
from tests.api.database.ring_ledger import BY, FILES, SIGNED_ON, Desk, confirm
from tests.api.resources.company import NOW_KW, ON_SQLITE, Company, ring_of

# leaves room for 800 kVA; for half of it; for none
LITTLE, MORE, MUCH = NOW_KW + 1.0, 800.0, 2_000.0


@pytest.fixture
def wang(company: Company) -> TestClient:
    return company.person("wang", "西湖")


@pytest.fixture
def li(company: Company) -> TestClient:
    return company.person("li", role="planner")


def list_of(client: TestClient, **asked: Any) -> list[dict[str, Any]]:
    answer = client.get("/v1/commitments", params=asked)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


def republish(company: Company, grid: Grid) -> None:
    company.publish(grid)
    company.look()


def without_node(grid: Grid, node_id: str) -> Grid:
    """Return a grid in which a node and what hangs there have another id."""
    tables = {
        name: rows.rename(index={node_id: "bus:x"}).replace(node_id, "bus:x")
        for name, rows in grid.tables().items()
    }
    return grid.with_tables(**tables)


# what is found ---------------------------------------------------------------------------------


def test_a_promise_counts_as_kept_on_the_version_it_was_made_on(
    company: Company, wang: TestClient
) -> None:
    hold_id = company.held(wang)
    company.look()
    (one,) = list_of(wang)

    assert (one["hold_id"], one["check"]["result"]) == (hold_id, "kept")
    assert company.rows(promise_checks) == []


def test_a_promise_the_new_version_carries_is_kept(company: Company, wang: TestClient) -> None:
    company.held(wang)
    republish(company, ring_of(LITTLE))
    (one,) = list_of(wang, is_kept=True)

    assert one["check"]["result"] == "kept"
    assert one["check"]["grid_version"] == ring_of(LITTLE).version != one["grid_version"]


def test_a_promise_the_new_version_does_not_carry_is_listed_with_what_stands_against_it(
    company: Company, wang: TestClient
) -> None:
    hold_id = company.held(wang)
    republish(company, ring_of(MUCH))
    (one,) = list_of(wang, is_kept=False)

    assert (one["hold_id"], one["check"]["result"]) == (hold_id, "not_kept")
    obstacle = one["check"]["obstacles"][0]
    assert obstacle["value"] > obstacle["limit"]
    assert min(len(obstacle["zh"]), len(obstacle["en"])) > 0


@ON_SQLITE
def test_a_promise_is_not_looked_at_before_the_version_is_served(
    company: Company, wang: TestClient
) -> None:
    company.held(wang)
    company.publish(ring_of(MUCH))
    company.grids.reload()

    assert list_of(wang)[0]["check"]["result"] == "not_looked_at"
    assert list_of(wang, is_kept=False) == list_of(wang, is_kept=True) == []


@ON_SQLITE
def test_a_promise_at_a_node_that_is_gone_is_not_kept(company: Company, wang: TestClient) -> None:
    company.held(wang)
    (node_id,) = {source["node_id"] for source in list_of(wang)[0]["sources"]}
    republish(company, without_node(ring_of(NOW_KW), node_id))
    (one,) = list_of(wang, is_kept=False)

    assert one["check"]["obstacles"][0]["code"] == "node_gone"


@ON_SQLITE
def test_of_a_promise_whose_line_was_drawn_anew_nothing_is_claimed(
    company: Company, wang: TestClient
) -> None:
    company.held(wang)
    grid = ring_of(NOW_KW)
    turned = grid.lines.rename(index={"line:1": "line:x"})
    switches = grid.switches.replace("line:1", "line:x")
    ids = {"line:2": "line:y"}
    lines = turned.rename(index=ids)
    republish(company, grid.with_tables(lines=lines, switches=switches.replace(ids)))
    (one,) = list_of(wang, is_kept=False)

    assert one["check"]["result"] == "unknown"
    assert one["check"]["obstacles"][0]["code"] == "point_changed"


@ON_SQLITE
def test_what_stays_promised_after_energising_is_asked_of_its_node(
    company: Company, wang: TestClient
) -> None:
    energise(company, wang, company.held(wang), measured_peak_kva=300.0)
    # the customer's 300 kW are among the loads by now
    republish(company, ring_of(MORE))
    (one,) = list_of(wang)

    assert (one["state"], one["check"]["result"]) == ("residual", "kept")


@ON_SQLITE
def test_what_stays_promised_is_not_kept_where_its_node_takes_less(
    company: Company, wang: TestClient
) -> None:
    energise(company, wang, company.held(wang), measured_peak_kva=300.0)
    republish(company, ring_of(MUCH))
    (one,) = list_of(wang, is_kept=False)

    assert one["check"]["obstacles"][0]["code"] == "residual_too_great"


def energise(
    company: Company, client: TestClient, hold_id: str, *, measured_peak_kva: float
) -> None:
    """Take a held application to the supply."""
    grids = company.grids
    (one,) = [one for one in list_of(client) if one["hold_id"] == hold_id]
    ledger = Ledger(served=grids.all()[0], rule_book=grids.rule_book, terms=grids.terms)
    desk = Desk(ledger, company.house.identity.database)
    name = one["application_id"]
    confirm(desk, name)
    desk.reply(name, signed_on=SIGNED_ON, make_form=lambda *_: FILES, **BY)
    for state in ("agreed", "in_construction"):
        desk.move_on(name, state, **BY)
    desk.move_on(name, "energised", measured_peak_kva=measured_peak_kva, **BY)


# what a form asks ------------------------------------------------------------------------------


def kept_of(company: Company, client: TestClient) -> bool | None:
    (one,) = list_of(client)
    now, version = company.clock.now, company.grids.all()[0].version

    def look(connection: Any) -> bool | None:
        hold = find_live_hold(connection, one["application_id"], now)
        assert hold is not None
        return is_kept(connection, hold, version)

    return company.house.identity.database.read(look)


@pytest.mark.parametrize(("p_kw", "kept"), [(NOW_KW, True), (LITTLE, True), (MUCH, False)])
def test_the_ledger_can_ask_whether_a_promise_is_kept(
    company: Company, wang: TestClient, p_kw: float, kept: bool
) -> None:
    company.held(wang)
    republish(company, ring_of(p_kw))

    assert kept_of(company, wang) is kept


def test_a_promise_nobody_has_looked_at_is_not_known_to_be_kept(
    company: Company, wang: TestClient
) -> None:
    company.held(wang)
    company.publish(ring_of(LITTLE))
    company.grids.reload()

    assert kept_of(company, wang) is None


# looking again ---------------------------------------------------------------------------------


def test_a_promise_is_kept_again_once_another_one_was_given_up(
    company: Company, wang: TestClient, li: TestClient
) -> None:
    one, other = company.held(wang, kva=400), company.held(wang, kva=400)
    republish(company, ring_of(MORE))
    assert {p["hold_id"] for p in list_of(li, is_kept=False)} == {one, other}
    gone = next(p for p in list_of(li) if p["hold_id"] == other)["application_id"]
    wang.post(f"/v1/applications/{gone}/moves", json={"to": "withdrawn"})

    answer = li.post(f"/v1/commitments/{one}/checks")

    assert (answer.status_code, answer.json()["check"]["result"]) == (201, "kept")
    assert list_of(li, is_kept=False) == []
    assert [row["actor"] for row in company.rows(audit)][-1] == "li"


def test_a_look_with_a_key_happens_once(company: Company, wang: TestClient, li: TestClient) -> None:
    hold_id = company.held(wang)
    republish(company, ring_of(MUCH))
    path, headers = f"/v1/commitments/{hold_id}/checks", {"Idempotency-Key": "k"}
    first = li.post(path, headers=headers)
    count = len(company.rows(audit))

    assert li.post(path, headers=headers).json() == first.json()
    assert len(company.rows(audit)) == count


@ON_SQLITE
def test_a_promise_that_is_not_there_is_not_found(li: TestClient) -> None:
    answer = li.post("/v1/commitments/hold-none/checks")

    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_promise")


def test_a_promise_of_another_district_is_not_found(company: Company, wang: TestClient) -> None:
    hold_id = company.held(wang)
    answer = company.person("sun", "拱墅", role="planner").post(f"/v1/commitments/{hold_id}/checks")

    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_promise")


# who sees what ---------------------------------------------------------------------------------


def test_promises_of_another_district_are_not_listed(company: Company, wang: TestClient) -> None:
    company.held(wang)

    assert list_of(company.person("sun", "拱墅")) == []


@ON_SQLITE
def test_promises_are_not_for_outsiders(company: Company) -> None:
    client = company.system("plan.make", "application.read")

    assert client.get("/v1/commitments").status_code == 403


def test_promises_are_paged(company: Company, wang: TestClient) -> None:
    holds = [company.held(wang, kva=100) for _ in range(3)]
    first = wang.get("/v1/commitments", params={"limit": 2}).json()
    last = wang.get("/v1/commitments", params={"after": first["next_cursor"]}).json()

    assert [one["hold_id"] for one in first["items"] + last["items"]] == holds
    assert last["next_cursor"] is None


def test_only_promises_in_a_state_are_listed(company: Company, wang: TestClient) -> None:
    company.held(wang)

    assert len(list_of(wang, state="deciding")) == 1
    assert list_of(wang, state=["replied", "residual"]) == []


@ON_SQLITE
def test_what_a_promise_takes_is_listed_source_by_source(
    company: Company, wang: TestClient
) -> None:
    company.held(wang)
    (source,) = list_of(wang)[0]["sources"]

    assert source["s_kva"] == pytest.approx(800.0, rel=0.01)


@pytest.mark.parametrize("asked", [{"state": "x"}, {"is_kept": "perhaps"}, {"after": 10**20}])
@ON_SQLITE
def test_what_cannot_be_asked_is_refused(li: TestClient, asked: dict[str, Any]) -> None:
    assert li.get("/v1/commitments", params=asked).status_code == 422
