"""Addresses are looked up on the server's side, in each format a search may have."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from fastapi.testclient import TestClient
from pyproj import Geod

from tests.api.places.address_book import AddressBook

ClientOf = Callable[..., TestClient]
PATH = "/v1/places"
WANTED = {"q": "文园路 12 号"}
KEY = "key-0123"

# As the three document their answers, shortened.
NOMINATIM = [
    {
        "place_id": 1, "lat": "30.2802", "lon": "120.1633", "category": "building",
        "type": "office", "name": "文园大厦", "display_name": "文园大厦, 文园路, 西湖区, 杭州市",
    },
    {"place_id": 2, "lat": "30.3", "lon": "120.2", "name": "", "display_name": "文园路, 西湖区"},
]  # fmt: skip
TIANDITU = {
    "resultType": 1, "count": "2", "keyword": "文园",
    "status": {"cndesc": "服务正常", "infocode": 1000},
    "pois": [
        {"name": "文园大厦", "address": "文园路12号", "lonlat": "120.1633,30.2802"},
        {"name": "文园路", "lonlat": "120.2 30.3"},
    ],
}  # fmt: skip
# the published pair of one place: 120.15471, 30.27768 in GCJ-02 is 120.15, 30.28 in WGS 84
AMAP = {
    "status": "1", "info": "OK", "infocode": "10000", "count": "1",
    "pois": [
        {"name": "文园大厦", "location": "120.15471,30.27768", "address": "文园路12号"},
        {"name": "文园路", "location": "120.15471,30.27768", "address": []},
    ],
}  # fmt: skip


@pytest.fixture
def ask(client_of: ClientOf, book: AddressBook) -> Callable[..., Any]:
    """Look something up in the address book once it answers something."""

    def look_up(kind: str, answer: Any, **settings: Any) -> Any:
        book.answer = answer
        url = f"{book.url}/search?tk={KEY}&q={{q}}"
        client = client_of(places_url=url, places_kind=kind, **settings)
        return client.get(PATH, params=WANTED)

    return look_up


# What is found -------------------------------------------------------------------------------


def test_places_of_nominatim(ask: Callable[..., Any]) -> None:
    answer = ask("nominatim", NOMINATIM)
    assert answer.status_code == 200
    assert answer.json() == {
        "items": [
            {
                "name": "文园大厦", "address": "文园大厦, 文园路, 西湖区, 杭州市",
                "lon": 120.1633, "lat": 30.2802,
            },
            {"name": "文园路", "address": "文园路, 西湖区", "lon": 120.2, "lat": 30.3},
        ]
    }  # fmt: skip


def test_places_of_tianditu(ask: Callable[..., Any]) -> None:
    assert ask("tianditu", TIANDITU).json() == {
        "items": [
            {"name": "文园大厦", "address": "文园路12号", "lon": 120.1633, "lat": 30.2802},
            {"name": "文园路", "address": "", "lon": 120.2, "lat": 30.3},
        ]
    }


def test_places_of_amap_are_moved_to_where_they_are(ask: Callable[..., Any]) -> None:
    first, second = ask("amap", AMAP).json()["items"]
    assert (first["name"], first["address"], second["address"]) == ("文园大厦", "文园路12号", "")
    # half a kilometre off without it; the pair is written to a metre
    _, _, off_m = Geod(ellps="GRS80").inv(first["lon"], first["lat"], 120.15, 30.28)
    assert off_m < 1.5


@pytest.mark.parametrize(
    ("kind", "answer"),
    [
        ("nominatim", []),
        ("tianditu", {"resultType": 1, "count": "0", "status": {"infocode": 1000}}),
        # an area instead of places
        ("tianditu", {"resultType": 3, "area": {}, "status": {"infocode": 1000}}),
        ("amap", {"status": "1", "count": "0", "pois": []}),
    ],
)
def test_what_is_nowhere_is_an_empty_list(ask: Callable[..., Any], kind: str, answer: Any) -> None:
    assert ask(kind, answer).json() == {"items": []}


def test_at_most_ten_are_given(ask: Callable[..., Any]) -> None:
    many = [{"lat": "30", "lon": "120", "name": str(n)} for n in range(30)]
    items = ask("nominatim", many).json()["items"]
    assert [item["name"] for item in items] == [str(n) for n in range(10)]


@pytest.mark.parametrize(
    "row",
    [
        {"name": "x"}, {"name": "x", "lat": "30", "lon": "nan"}, {"name": "x", "lat": 91, "lon": 0},
        {"name": "x", "lat": [], "lon": {}}, {"lat": "30", "lon": "120"}, "x", None,
        {"name": 7, "lat": "30", "lon": "120"}, {"name": " ", "lat": "30", "lon": "120"},
        {"name": "x", "lat": "1e999", "lon": "120"}, {"name": "x", "lat": 10**400, "lon": "120"},
    ],
)  # fmt: skip
def test_what_has_no_name_or_no_place_is_left_out(ask: Callable[..., Any], row: Any) -> None:
    items = ask("nominatim", [row, {"lat": "30", "lon": "120", "name": "good"}]).json()["items"]
    assert [item["name"] for item in items] == ["good"]


def test_names_are_short_and_can_be_shown(ask: Callable[..., Any]) -> None:
    (item,) = ask(
        "nominatim", [{"lat": "30", "lon": "120", "name": "a\x1b[2J\u202e" + "长" * 500}]
    ).json()["items"]
    assert item["name"].isprintable()
    assert len(item["name"]) == 200


# What the search is asked --------------------------------------------------------------------


def test_the_words_are_one_field_whatever_is_in_them(
    client_of: ClientOf, book: AddressBook
) -> None:
    book.answer = []
    client = client_of(places_url=f"{book.url}/s?q={{q}}&tk={KEY}", places_kind="nominatim")
    client.get(PATH, params={"q": "a&tk=x#y/../{q}%41"})
    assert parse_qs(urlsplit(book.asked[0]).query) == {"q": ["a&tk=x#y/../{q}%41"], "tk": [KEY]}


def test_the_words_are_one_field_within_json_as_well(
    client_of: ClientOf, book: AddressBook
) -> None:
    book.answer = TIANDITU
    asked = '{"keyWord":"{q}","queryType":1,"start":0,"count":10}'
    client = client_of(places_url=f"{book.url}/v2/search?postStr={asked}&type=query&tk={KEY}")
    client.get(PATH, params={"q": '文园","count":"9\\'})
    query = parse_qs(urlsplit(book.asked[0]).query)
    assert json.loads(query["postStr"][0]) == {
        "keyWord": '文园","count":"9\\', "queryType": 1, "start": 0, "count": 10,
    }  # fmt: skip
    assert (query["type"], query["tk"]) == (["query"], [KEY])


def test_words_of_the_setting_may_stand_before_those_looked_for(
    client_of: ClientOf, book: AddressBook
) -> None:
    book.answer = TIANDITU
    client = client_of(places_url=f'{book.url}/search?postStr={{"keyWord":"杭州市{{q}}"}}')
    client.get(PATH, params={"q": 'x","queryType":7,"z":"'})
    query = parse_qs(urlsplit(book.asked[0]).query)
    assert json.loads(query["postStr"][0]) == {"keyWord": '杭州市x","queryType":7,"z":"'}


def test_nothing_of_who_asks_goes_along(ask: Callable[..., Any], book: AddressBook) -> None:
    ask("nominatim", [])
    (headers,) = book.asked_with
    assert headers.keys() == {"host", "user-agent", "accept", "accept-encoding"}
    assert headers["user-agent"].startswith("supply-plan-assistant/")


@pytest.mark.parametrize(
    "wanted", ["", "a", " a ", "a" * 101, "a\x00b", "a\nb", "文园\u202e路", "a" * 5_000]
)
def test_words_that_are_none_are_refused_before_anybody_is_asked(
    client_of: ClientOf, book: AddressBook, wanted: str
) -> None:
    client = client_of(places_url=f"{book.url}/s?q={{q}}")
    answer = client.get(PATH, params={"q": wanted})
    assert answer.status_code == 422
    assert [problem["field"] for problem in answer.json()["problems"]] == ["q"]
    assert book.asked == []


@pytest.mark.parametrize("wanted", ["文园", "a" * 100, "  文园路 12 号  "])
def test_words_that_are_in_order_are_looked_up(
    client_of: ClientOf, book: AddressBook, wanted: str
) -> None:
    book.answer = []
    client = client_of(places_url=f"{book.url}/s?q={{q}}", places_kind="nominatim")
    assert client.get(PATH, params={"q": wanted}).status_code == 200
    assert parse_qs(urlsplit(book.asked[0]).query)["q"] == [wanted.strip()]


# Who may -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("role", "status"),
    [("manager", 200), ("planner", 200), ("auditor", 200), ("administrator", 403),
     ("integrator", 403)],
)  # fmt: skip
def test_who_may_read_applications_and_is_one_of_the_company_may_look_up(
    client_of: ClientOf, book: AddressBook, role: str, status: int
) -> None:
    book.answer = []
    url = f"{book.url}/s?q={{q}}"
    client = client_of(role, places_url=url, places_kind="nominatim")
    assert client.get(PATH, params=WANTED).status_code == status
    assert len(book.asked) == (status == 200)


def test_a_deployment_without_a_search_says_so(client_of: ClientOf) -> None:
    answer = client_of().get(PATH, params=WANTED)
    assert (answer.status_code, answer.json()["code"]) == (404, "no_places")
    assert "SUPPLY_PLAN_PLACES_URL" in answer.json()["detail"]


# A search that does not answer as it should --------------------------------------------------


def is_out_of_reach(answer: Any) -> bool:
    return (
        answer.status_code == 503
        and answer.json()["code"] == "places_unreachable"
        and answer.headers["retry-after"] == "10"
    )


@pytest.mark.parametrize(
    ("kind", "answer"),
    [
        ("nominatim", b"<html>"), ("nominatim", b""), ("nominatim", {"error": "Unable to geocode"}),
        ("nominatim", b"[" * 100_000), ("nominatim", b"\xff\xfe"), ("nominatim", None),
        ("tianditu", {"msg": "非法key", "code": 1}), ("tianditu", {"status": {"infocode": 2001}}),
        ("tianditu", {"status": {"infocode": 1000}, "pois": {}}), ("tianditu", []),
        ("tianditu", {"status": 1000}),
        ("amap", {"status": "0", "info": "INVALID_USER_KEY", "infocode": "10001"}),
        ("amap", {"status": "1", "pois": "none"}), ("amap", "1"),
    ],
)  # fmt: skip
def test_an_answer_that_is_none_is_no_fault_of_the_caller(
    ask: Callable[..., Any], kind: str, answer: Any
) -> None:
    assert is_out_of_reach(ask(kind, answer))


@pytest.mark.parametrize("status", [204, 301, 302, 403, 429, 500])
def test_another_status_is_no_answer(
    ask: Callable[..., Any], book: AddressBook, status: int
) -> None:
    book.status = status
    assert is_out_of_reach(ask("nominatim", [] if status != 204 else b""))


def test_a_redirect_is_not_followed(ask: Callable[..., Any], book: AddressBook) -> None:
    book.status, book.headers = 302, {"Location": f"{book.url}/elsewhere"}
    assert is_out_of_reach(ask("nominatim", []))
    assert len(book.asked) == 1


def test_a_search_that_is_late_is_not_waited_for(
    ask: Callable[..., Any], book: AddressBook
) -> None:
    book.is_late = True
    assert is_out_of_reach(ask("nominatim", [], places_timeout_s=0.2))


def test_an_answer_without_end_is_cut_off(ask: Callable[..., Any], book: AddressBook) -> None:
    book.more_bytes = 1_000_000
    assert is_out_of_reach(ask("nominatim", []))


def test_a_large_answer_is_read(ask: Callable[..., Any], book: AddressBook) -> None:
    book.more_bytes = 900_000
    assert ask("nominatim", []).status_code == 200


def test_a_length_that_is_a_lie_is_no_answer(ask: Callable[..., Any], book: AddressBook) -> None:
    book.headers = {"Content-Length": "5000"}
    assert is_out_of_reach(ask("nominatim", []))


def test_a_search_that_is_not_there_is_no_fault_of_the_caller(
    client_of: ClientOf, book: AddressBook
) -> None:
    client = client_of(places_url="http://127.0.0.1:9/s?q={q}")
    assert is_out_of_reach(client.get(PATH, params=WANTED))
    assert book.asked == []


def test_neither_key_nor_words_are_in_the_log(
    ask: Callable[..., Any], book: AddressBook, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    book.status = 403
    answer = ask("nominatim", [])
    told = "\n".join(
        record.getMessage() for record in caplog.records if record.name.startswith("api")
    )
    assert "addresses cannot be looked up: it answered 403" in told
    assert KEY not in told + answer.text
    assert WANTED["q"] not in told
