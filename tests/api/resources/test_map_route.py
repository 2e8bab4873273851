"""The map over HTTP: tiles of a version, and what the grid can take with the ledger's promises."""

from __future__ import annotations

import gzip
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.database.tables import audit
from api.main import create_app
from api.settings import Settings
from planner.rules import load_rule_book
from tests.api.auth.house import bearer
from tests.api.map.tile_reading import read, tile_at
from tests.api.resources.company import LAT, LON, NOW_KW, ON_SQLITE, Company, ring_of
from tests.api.resources.test_commitments import without_node

BOX = f"{LON - 0.02},{LAT - 0.02},{LON + 0.02},{LAT + 0.02}"
Z = 14


@pytest.fixture
def li(company: Company) -> TestClient:
    return company.person("li", "西湖", role="planner")


def version(company: Company) -> str:
    return company.grids.all()[0].version


def tile_path(company: Company, z: int = Z, lon: float = LON, lat: float = LAT) -> str:
    tile = tile_at(z, lon, lat)
    return f"/v1/map/{version(company)}/tiles/{z}/{tile.x}/{tile.y}"


def ask(company: Company, client: TestClient, what: str, **asked: Any) -> dict[str, Any]:
    answer = client.get(f"/v1/map/{version(company)}/{what}", params=asked)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def capacity(client: TestClient, node_id: str) -> float:
    """The lesser of what /v1/capacity has of a node."""
    (node,) = client.get("/v1/capacity", params={"node_id": node_id}).json()["items"]
    return float(min(node["free_after_promises_kva"], node["hosting_capacity_kva"]))


def free(company: Company, client: TestClient, line_id: str) -> float:
    """What the headroom has of a line."""
    lines = ask(company, client, "headroom", bbox=BOX)["lines"]
    row = company.model.row_of("lines", line_id)
    return float(lines["free_kva"][lines["row"].index(row)])


# tiles ---------------------------------------------------------------------------------------


@ON_SQLITE
def test_a_tile_shows_the_lines_of_the_grid(company: Company, li: TestClient) -> None:
    answer = li.get(tile_path(company))

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/vnd.mapbox-vector-tile"
    told = {f["properties"]["id"] for f in read(answer.content)["lines"].values()}
    assert {"line:1", "line:2"} <= told


@ON_SQLITE
def test_no_cache_keeps_a_tile_for_who_logs_in_next(company: Company, li: TestClient) -> None:
    headers = li.get(tile_path(company)).headers

    assert headers["cache-control"] == "private, no-store"
    assert headers["vary"] == "Accept-Encoding"


@ON_SQLITE
def test_a_tile_is_compressed_once_for_who_takes_that(company: Company, li: TestClient) -> None:
    path = tile_path(company)
    with li.stream("GET", path, headers={"Accept-Encoding": "gzip"}) as answer:
        packed = b"".join(answer.iter_raw())
    plain = li.get(path, headers={"Accept-Encoding": "identity"})

    assert answer.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert gzip.decompress(packed) == plain.content


@ON_SQLITE
def test_a_tile_with_nothing_in_it_has_no_content(company: Company, li: TestClient) -> None:
    answer = li.get(tile_path(company, lon=100.0))

    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["cache-control"] == "private, no-store"


@ON_SQLITE
def test_a_tile_of_another_version_is_not_found(company: Company, li: TestClient) -> None:
    path, name = tile_path(company), company.grids.all()[0].name
    for wanted in ("0123456789abcdef", name):
        answer = li.get(path.replace(version(company), wanted))
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown_grid")


@ON_SQLITE
def test_a_version_that_is_served_no_more_is_not_found(company: Company, li: TestClient) -> None:
    old = tile_path(company)
    assert li.get(old).status_code == 200
    company.publish(ring_of(NOW_KW + 1.0))
    company.look()

    assert li.get(old).status_code == 404
    assert li.get(tile_path(company)).status_code == 200


@pytest.mark.parametrize(
    ("z", "x", "y", "wrong"),
    [("19", "0", "0", ["z"]), ("-1", "0", "0", ["z"]), ("x", "0", "0", ["z"]),
     ("3", "8", "0", ["x"]), ("3", "0", "-1", ["y"]), ("0", "1", "1", ["x", "y"])],
)  # fmt: skip
@ON_SQLITE
def test_a_tile_there_is_none_of_is_refused(
    company: Company, li: TestClient, z: str, x: str, y: str, wrong: list[str]
) -> None:
    answer = li.get(f"/v1/map/{version(company)}/tiles/{z}/{x}/{y}")

    assert answer.status_code == 422
    assert [problem["field"] for problem in answer.json()["problems"]] == wrong


# headroom ------------------------------------------------------------------------------------


def test_a_line_can_take_what_its_far_node_can(company: Company, li: TestClient) -> None:
    company.held(li)

    for line_id, node_id in (("line:1", "bus:3"), ("line:2", "bus:4"), ("line:5", "bus:7")):
        wanted = capacity(li, node_id)
        assert free(company, li, line_id) == pytest.approx(wanted, abs=0.1)
        assert free(company, li, line_id) <= wanted


def test_a_promise_takes_from_the_lines_before_it(company: Company, li: TestClient) -> None:
    before = free(company, li, "line:1")
    company.held(li)

    assert free(company, li, "line:1") < before - 700.0


@ON_SQLITE
def test_rows_of_the_headroom_are_ids_of_the_tiles(company: Company, li: TestClient) -> None:
    rows = ask(company, li, "headroom", bbox=BOX)["lines"]["row"]
    drawn = read(li.get(tile_path(company, z=11)).content)["lines"]

    assert set(rows) == set(drawn)


@ON_SQLITE
def test_only_what_meets_the_box_is_told(company: Company, li: TestClient) -> None:
    lon, lat = (float(company.model.value("nodes", name, company.model.row_of("nodes", "bus:7")))
                for name in ("lon", "lat"))  # fmt: skip
    box = f"{lon - 1e-4},{lat - 1e-4},{lon + 1e-4},{lat + 1e-4}"
    rows = ask(company, li, "headroom", bbox=box)["lines"]["row"]

    assert [company.model.value("lines", "id", row) for row in rows] == ["line:5", "line:6"]


@ON_SQLITE
def test_a_box_that_holds_too_much_says_so(company: Company, li: TestClient) -> None:
    assert not ask(company, li, "headroom", bbox=BOX)["truncated"]

    identity = company.app.state.identity
    company.app.state.identity = replace(
        identity, settings=identity.settings.model_copy(update={"map_max_elements": 2})
    )
    found = ask(company, li, "headroom", bbox=BOX)

    assert (len(found["lines"]["row"]), found["truncated"]) == (2, True)


@ON_SQLITE
def test_where_promises_went_astray_no_figure_is_given(company: Company, li: TestClient) -> None:
    company.held(li)
    company.publish(without_node(ring_of(NOW_KW), "bus:4"))
    company.look()
    for what, asked in (("headroom", {"bbox": BOX}), ("pack", {"at": f"{LON},{LAT}"}),
                        ("elements/line:2", {})):  # fmt: skip
        answer = li.get(f"/v1/map/{version(company)}/{what}", params=asked)
        assert (answer.status_code, answer.json()["code"]) == (409, "promises_astray")


@pytest.mark.parametrize(
    "bbox", ["", "1,2,3", "1,2,3,x", "3,2,1,4", "1,4,3,2", "1,2,nan,4", "1,2,300,4", "1,2,3,4,5"]
)
@ON_SQLITE
def test_a_box_that_is_none_is_refused(company: Company, li: TestClient, bbox: str) -> None:
    answer = li.get(f"/v1/map/{version(company)}/headroom", params={"bbox": bbox})

    assert answer.status_code == 422
    assert [problem["field"] for problem in answer.json()["problems"]] == ["bbox"]


# elements ------------------------------------------------------------------------------------


@ON_SQLITE
def test_an_element_tells_what_is_known_of_it(company: Company, li: TestClient) -> None:
    found = ask(company, li, "elements/line:2")

    assert (found["element_id"], found["table"], found["kv"]) == ("line:2", "lines", 10.0)
    assert found["facts"]["laying"] == "overhead"
    assert found["facts"]["ampacity_a"] == 334.0
    assert found["facts"]["removal_planned_on"] is None
    assert found["free_kva"] == pytest.approx(capacity(li, "bus:4"), abs=0.1)


@ON_SQLITE
def test_a_transformer_and_a_station_can_be_asked_for(company: Company, li: TestClient) -> None:
    transformer, node = (ask(company, li, f"elements/{name}") for name in ("trafo:1", "bus:4"))

    assert (transformer["table"], transformer["facts"]["sn_kva"]) == ("transformers", 31_500.0)
    assert (node["table"], node["facts"]["kind"]) == ("nodes", "switchgear")
    assert node["free_kva"] == pytest.approx(capacity(li, "bus:4"), abs=0.1)


@pytest.mark.parametrize("element_id", ["line:99", "a/b", "load:1", "'; DROP TABLE lines"])
@ON_SQLITE
def test_an_element_that_is_not_there_is_not_found(
    company: Company, li: TestClient, element_id: str
) -> None:
    answer = li.get(f"/v1/map/{version(company)}/elements/{element_id}")

    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_element")


# packs ---------------------------------------------------------------------------------------


def test_a_pack_offers_what_capacity_says_and_less_after_a_promise(
    company: Company, li: TestClient
) -> None:
    def offered() -> float:
        points = ask(company, li, "pack", at=f"{LON},{LAT}")["points"]
        (found,) = (p["free_kva"] for p in points if p["element_id"] == "line:2")
        return float(found)

    before = offered()
    assert before == pytest.approx(min(capacity(li, "bus:3"), capacity(li, "bus:4")), abs=0.1)
    company.held(li)
    assert offered() == pytest.approx(min(capacity(li, "bus:3"), capacity(li, "bus:4")), abs=0.1)
    assert offered() < before - 700.0


@ON_SQLITE
def test_a_pack_ends_after_the_hours_of_the_rule(company: Company, li: TestClient) -> None:
    found = ask(company, li, "pack", at=f"{LON},{LAT}")
    made = company.clock.now

    assert found["made_at"] == made.isoformat().replace("+00:00", "Z")
    assert found["good_until"] == (made + timedelta(hours=24)).isoformat().replace("+00:00", "Z")


@ON_SQLITE
def test_a_pack_has_the_rules_in_force(company: Company, li: TestClient) -> None:
    told = ask(company, li, "pack", at=f"{LON},{LAT}")["rules"]
    book = load_rule_book("demo")

    assert (told["version"], told["title_zh"]) == (book.version, book.title_zh)
    assert told["low_voltage_limit_kw"] == book.on(company.clock.now.date()).value(
        "lv_access_limit"
    )


@pytest.mark.parametrize(
    "asked",
    [{"at": "x"}, {"at": "1"}, {"at": "1,2,3"}, {"at": "nan,1"}, {"at": "181,1"}, {},
     {"at": "1,1", "radius_m": 5_001}, {"at": "1,1", "radius_m": 0}],
)  # fmt: skip
@ON_SQLITE
def test_a_pack_that_cannot_be_made_is_refused(
    company: Company, li: TestClient, asked: dict[str, Any]
) -> None:
    assert li.get(f"/v1/map/{version(company)}/pack", params=asked).status_code == 422


# who -----------------------------------------------------------------------------------------


def test_who_was_told_figures_is_in_the_audit(company: Company, li: TestClient) -> None:
    for what, asked in (("headroom", {"bbox": BOX}), ("pack", {"at": f"{LON},{LAT}"}),
                        ("elements/line:2", {})):  # fmt: skip
        ask(company, li, what, **asked)
    told = [(row["actor"], row["action"], row["subject"]) for row in company.rows(audit)[-3:]]

    assert told == [
        ("li", f"{what}.view", version(company)) for what in ("headroom", "pack", "element")
    ]


@ON_SQLITE
def test_the_map_is_not_for_outsiders(company: Company) -> None:
    client = company.system("plan.make")

    assert client.get(tile_path(company)).status_code == 403


@ON_SQLITE
def test_the_map_is_not_there_without_a_database(company: Company) -> None:
    client = TestClient(create_app(Settings(), company.grids), headers=bearer("x"))

    assert client.get(tile_path(company)).status_code == 404
