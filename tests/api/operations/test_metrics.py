"""What Prometheus reads, and who else may."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from math import inf, nan
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api.auth.identity import Identity
from api.auth.passwords import Passwords
from api.database import Database, Limits
from api.dependencies import get_now
from api.main import create_app
from api.metrics import count_answer
from api.serving import ServedGrids
from api.settings import Settings
from tests.api.auth.house import NOW, House, bearer
from tests.api.operations.filled import fill
from tests.planner.example import asked, plan_for

TOKEN = "0123456789abcdef0123456789abcdef"  # noqa: S105


def client_with(database: Database | None, grids: ServedGrids, token: str = TOKEN) -> TestClient:
    app = create_app(Settings(metrics_token=TOKEN), grids, database)
    app.dependency_overrides[get_now] = lambda: NOW
    return TestClient(app, raise_server_exceptions=False, headers=bearer(token))


def read(client: TestClient) -> dict[str, float]:
    answer = client.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain")
    rows = re.findall(r"^(supply_plan_\S+) (\S+)$", answer.text, flags=re.MULTILINE)
    return {name: float(value) for name, value in rows}


def test_requests_are_counted_by_template_and_status(grids: ServedGrids) -> None:
    client = client_with(None, grids)
    name = 'supply_plan_requests_total{method="GET",route="/healthz",status="200"}'
    before = read(client).get(name, 0)
    client.get("/healthz")

    assert read(client)[name] == before + 1


def test_paths_that_are_none_are_counted_together(grids: ServedGrids) -> None:
    client = client_with(None, grids)
    for k in range(3):
        client.get(f"/nowhere/{k}")

    found = read(client)
    assert found['supply_plan_requests_total{method="GET",route="none",status="404"}'] >= 3
    assert not any("nowhere" in name for name in found)


def test_methods_that_are_none_are_counted_together(grids: ServedGrids) -> None:
    client = client_with(None, grids)
    client.request("BREW", "/healthz")

    assert not any("BREW" in name for name in read(client))


def test_answers_are_counted_by_mode_and_reason_with_the_room_there_was(
    grids: ServedGrids,
) -> None:
    client = client_with(None, grids)
    before = read(client)
    asked = {"at": [120.16, 30.28], "kva": 100, "special_load": "none"}
    plan = client.post("/v1/plans", json=asked).json()
    after = read(client)

    mode = plan["answer"]["mode"]
    names = [f'supply_plan_answers_total{{mode="{mode}"}}'] + [
        f'supply_plan_answer_reasons_total{{mode="{mode}",reason="{reason["code"]}"}}'
        for reason in plan["answer"]["reasons"]
    ]
    if plan["options"]:
        names.append("supply_plan_headroom_kva_count")
    assert [after[name] - before.get(name, 0) for name in names] == [1] * len(names)


@pytest.mark.parametrize("room_kva", [inf, nan])
def test_room_that_is_no_number_is_not_summed(grids: ServedGrids, room_kva: float) -> None:
    plan = plan_for(grids.all()[0].model, asked(kva=100.0))
    option = plan.options[0]
    headroom = replace(option.headroom, open_capacity_kva=room_kva)
    before = read(client_with(None, grids))
    count_answer(replace(plan, options=(replace(option, headroom=headroom),)))
    after = read(client_with(None, grids))

    names = ("supply_plan_headroom_kva_sum", "supply_plan_headroom_kva_count")
    assert [after[name] for name in names] == [before[name] for name in names]


def test_refusals_are_counted_by_code(grids: ServedGrids) -> None:
    client = client_with(None, grids)
    name = 'supply_plan_refusals_total{code="bad_input"}'
    before = read(client).get(name, 0)
    client.post("/v1/plans", json={"kw": "-5"})

    assert read(client)[name] == before + 1


def test_what_the_database_holds_is_told(database: Database, grids: ServedGrids) -> None:
    fill(database)

    found = read(client_with(database, grids))
    (promised,) = (name for name in found if name.startswith("supply_plan_promised_kva"))
    assert found[promised] > 0
    assert {name: found[f"supply_plan_{name}"] for name in (
        'applications{state="planned"}', 'applications{state="replied"}',
        'live_holds{state="replied"}', 'deliveries{state="dead"}', 'jobs{state="waiting"}',
        "holds_placed_total", "holds_run_out_total",
    )} == {
        'applications{state="planned"}': 1, 'applications{state="replied"}': 1,
        'live_holds{state="replied"}': 1, 'deliveries{state="dead"}': 1,
        'jobs{state="waiting"}': 2, "holds_placed_total": 1, "holds_run_out_total": 0,
    }  # fmt: skip


def test_nobody_reads_it_without_the_token(database: Database, grids: ServedGrids) -> None:
    for token in ("x", TOKEN[:-1], TOKEN + "0", "é" * 32):
        answer = client_with(database, grids).get(
            "/metrics", headers={"Authorization": f"Bearer {token}".encode()}
        )
        assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")


def test_where_no_token_is_set_nobody_reads_it(database: Database, grids: ServedGrids) -> None:
    app = create_app(Settings(), grids, database)
    answer = TestClient(app).get("/metrics", headers=bearer("None"))
    assert answer.status_code == 401


def test_a_login_is_not_the_token(client_of: Callable[..., TestClient]) -> None:
    assert client_of("wang", role="administrator").get("/metrics").status_code == 401


def test_a_database_that_is_gone_does_not_fail_it(tmp_path: Path, grids: ServedGrids) -> None:
    gone = Database.open(f"sqlite:///{tmp_path / 'nowhere' / 'service.db'}", Limits(wait_s=0.05))
    client = client_with(gone, grids)
    name = "supply_plan_scrapes_without_database_total"
    before = read(client)[name]

    found = read(client)
    assert found[name] == before + 1
    assert not any("holds_placed" in each for each in found)


# Health ---------------------------------------------------------------------------------------


def test_it_is_ready_while_the_database_can_be_used(database: Database, grids: ServedGrids) -> None:
    assert client_with(database, grids).get("/readyz").json() == {"status": "ready"}


def test_it_is_not_ready_without_its_database(tmp_path: Path, grids: ServedGrids) -> None:
    gone = Database.open(f"sqlite:///{tmp_path / 'nowhere' / 'service.db'}", Limits(wait_s=0.05))
    client = client_with(gone, grids)

    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["code"]) == (503, "database_unreachable")
    assert client.get("/healthz").status_code == 200


def test_it_is_not_ready_on_tables_of_another_version(empty: Database, grids: ServedGrids) -> None:
    answer = client_with(empty, grids).get("/readyz")
    assert (answer.status_code, answer.json()["code"]) == (503, "database_outdated")


def test_it_is_not_ready_once_it_stops(grids: ServedGrids) -> None:
    client = client_with(None, grids)
    app = client.app
    app.state.stopping.begin()  # type: ignore[attr-defined]

    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["code"]) == (503, "stopping")


def test_connections_are_closed_at_the_end(
    postgresql: Database, passwords: Passwords, grids: ServedGrids
) -> None:
    identity = Identity(database=postgresql, settings=Settings(), passwords=passwords, issuer=None)
    House(identity=identity).person()
    with client_with(postgresql, grids) as client:
        assert client.get("/readyz").status_code == 200
        # what goes on in the background has some as well
        assert postgresql.engine.pool.checkedin() >= 1  # type: ignore[attr-defined]

    assert postgresql.engine.pool.checkedin() == 0  # type: ignore[attr-defined]
