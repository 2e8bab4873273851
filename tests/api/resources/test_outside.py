"""Integrators learn whether and how a customer can be supplied, not how full the grid is."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.translate import plan_document
from planner.outside import cut_plan
from planner.plan import Reason
from planner.plan.plan import SupplyPlan
from tests.api.database.ring_ledger import ONLY_AS_IT_STANDS
from tests.api.resources.company import ASKED, NOW_KW, ON_SQLITE, Company, ring_of
from tests.planner.dedicated import wish
from tests.planner.example import commitment, plan_for, rule_book
from tests.planner.remedies.rings import LOADS_KW, ring, ring_plan
from tests.planner.town import town

MUCH_KW = 2_000.0
SCOPES = ("plan.make", "application.read", "application.write", "hold.place")


def documents() -> dict[str, dict[str, Any]]:
    """Plans of several kinds: an option as the grid stands, after works, and none at all."""
    plans: dict[str, SupplyPlan] = {
        "as it stands": ring_plan(ring_of(NOW_KW)),
        "after works": ring_plan(ring(LOADS_KW)),
        "none": ring_plan(ring_of(MUCH_KW), rules=rule_book(**ONLY_AS_IT_STANDS)),
    }
    return {name: plan_document(plan) for name, plan in plans.items()}


@pytest.fixture(scope="session")
def full() -> dict[str, dict[str, Any]]:
    return documents()


def numbers_of(value: Any) -> Iterator[float]:
    match value:
        case dict():
            for part in value.values():
                yield from numbers_of(part)
        case list() | tuple():
            for part in value:
                yield from numbers_of(part)
        case float():
            yield value


def ids_of(document: dict[str, Any]) -> set[str]:
    """Every element a plan names, but the access points of its options."""
    text = json.dumps({name: part for name, part in document.items() if name != "application"})
    named = set(re.findall(r"\b(?:bus|line|trafo|switch|ext_grid|bay|load):\d+", text))
    own = {
        source["access_point"]["element_id"]
        for option in document["options"]
        for source in option["sources"]
    }
    return named - own


_OF_THE_GRID = ("headroom", "power_flow", "checks", "sensitivity", "take_over", "states",
                "power_quality", "partial", "measures", "replacement", "order_keys")  # fmt: skip


def figures_of_the_grid(document: dict[str, Any]) -> set[float]:
    """Every figure that tells how full the grid is; round ones are limits anybody may know."""
    parts = [option[name] for option in document["options"] for name in _OF_THE_GRID]
    parts += [document["rejected"], document["comparison"], document["remedies"]]
    stated = {round(n, 6) for n in numbers_of([document["application"], document["design_load"]])}
    own = {
        round(n, 6)
        for option in document["options"]
        for source in option["sources"]
        for n in numbers_of([source["route"], source["access_point"]])
    }
    own |= {
        round(n, 6)
        for one in [*document["rejected"], *((document["remedies"] or {}).get("trials") or [])]
        for n in numbers_of(one["access_point"])
    }
    own |= {
        round(n, 6)
        for option in document["options"]
        for part in ("cost", "schedule", "customer_side")
        for n in numbers_of(option[part])
    }
    found = {round(n, 6) for n in numbers_of(parts)}
    return {n for n in found - stated - own if n != round(n, 1)}


KINDS = ("as it stands", "after works", "none")


@pytest.mark.parametrize("kind", KINDS)
def test_no_figure_of_the_grid_is_shown(full: dict[str, dict[str, Any]], kind: str) -> None:
    document = full[kind]
    shown = {round(n, 6) for n in numbers_of(cut_plan(document))}

    assert figures_of_the_grid(document)
    assert not shown & figures_of_the_grid(document)


@pytest.mark.parametrize("kind", KINDS)
def test_no_sentence_holds_a_figure_of_the_grid(full: dict[str, dict[str, Any]], kind: str) -> None:
    text = json.dumps(cut_plan(full[kind]), ensure_ascii=False)
    figures = figures_of_the_grid(full[kind])

    assert not [n for n in figures for said in (f"{n:,.1f}%", f"{n:,.1f} V") if said in text]


def test_what_is_promised_at_the_busbar_is_no_outsiders_to_learn() -> None:
    plan = plan_for(town(), wish(), commitments=[commitment("bus:1", 90_000.0)])
    document = plan_document(plan)
    said = [str(document["options"]), str(cut_plan(document))]
    assert ["90,000 kVA" in text for text in said] == [True, False]


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_beyond_the_access_point_is_named(
    full: dict[str, dict[str, Any]], kind: str
) -> None:
    text = json.dumps(cut_plan(full[kind]), ensure_ascii=False)

    assert ids_of(full[kind])
    assert not [name for name in ids_of(full[kind]) if re.search(rf"\b{name}\b", text)]


def test_what_a_customer_needs_is_shown(full: dict[str, dict[str, Any]]) -> None:
    document = full["as it stands"]
    shown, option = cut_plan(document), document["options"][0]
    (cut,) = shown["options"][:1]

    assert shown["application"] == document["application"]
    assert shown["answer"]["mode"] == document["answer"]["mode"]
    assert shown["advice"] == document["advice"]
    assert {name: cut[name] for name in ("kind", "supply_kv", "capacity_kva", "schedule")} == {
        name: option[name] for name in ("kind", "supply_kv", "capacity_kva", "schedule")
    }
    assert cut["cost"]["p50"] == option["cost"]["p50"]
    assert cut["sources"][0]["route"] == option["sources"][0]["route"]


def test_a_field_added_to_a_plan_stays_inside(full: dict[str, dict[str, Any]]) -> None:
    document = full["as it stands"]
    option = document["options"][0] | {"new_figure": 1.25}
    more = document | {"options": [option], "other_figure": 2.5}

    assert cut_plan(more) == cut_plan(document | {"options": document["options"][:1]})


def test_a_restricted_place_says_by_what_without_a_figure(
    full: dict[str, dict[str, Any]],
) -> None:
    shown = cut_plan(full["none"])

    assert shown["answer"]["reasons"][0]["zh"] == "该处供电能力目前受限，由供电企业答复"
    assert all(set(one) == {"kind", "codes"} for one in shown["rejected"])


def test_a_reason_about_what_was_asked_keeps_its_sentence() -> None:
    reason = Reason(code="more_than_one_source", zh="申请 2 路", en="2 sources", rule_id=None)
    other = Reason(code="neighbour_affected", zh="92.3%", en="92.3%", rule_id="heavy_load")
    said = [{"code": r.code, "zh": r.zh, "en": r.en, "rule_id": r.rule_id} for r in (reason, other)]
    shown = cut_plan({"answer": {"mode": "back_office", "reasons": said}})["answer"]["reasons"]

    assert shown[0] == said[0]
    assert shown[1]["en"] == "the utility's desk has to judge"


# over HTTP -------------------------------------------------------------------------------------


@pytest.fixture
def system(company: Company) -> TestClient:
    return company.system(*SCOPES)


def is_cut(plan: dict[str, Any]) -> bool:
    names = {name for option in plan["options"] for name in option}
    return bool(plan["options"]) and not names & {"headroom", "power_flow", "checks"}


def test_an_integrator_is_shown_a_cut_plan_wherever_there_is_one(
    company: Company, system: TestClient
) -> None:
    name = company.accept(system)
    made = system.post(f"/v1/applications/{name}/plans", headers={"Idempotency-Key": "k"})
    again = system.post(f"/v1/applications/{name}/plans", headers={"Idempotency-Key": "k"})
    kept = system.get(f"/v1/applications/{name}/plans/1")
    stateless = system.post("/v1/plans", json=ASKED)

    plans = [made.json()["plan"], again.json()["plan"], kept.json()["plan"], stateless.json()]
    assert [is_cut(plan) for plan in plans] == [True] * 4


@ON_SQLITE
def test_a_manager_is_shown_the_same_plan_whole(company: Company, system: TestClient) -> None:
    name = company.planned(system)
    answer = company.person("wang", "西湖").get(f"/v1/applications/{name}/plans/1")

    assert "headroom" in answer.json()["plan"]["options"][0]


@ON_SQLITE
def test_an_integrator_holds_an_option_of_a_cut_plan(company: Company, system: TestClient) -> None:
    assert company.held(system).startswith("hold-")


@ON_SQLITE
def test_an_integrator_that_comes_second_learns_no_figure(
    company: Company, system: TestClient
) -> None:
    names = [company.planned(system) for _ in range(2)]
    bodies = [
        system.post(f"/v1/applications/{name}/hold", json={"version": 1, "rank": 1})
        for name in names
    ]
    gone = bodies[1].json()

    assert (bodies[0].status_code, gone["code"]) == (201, "capacity_gone")
    assert [(o["value"], o["limit"], o["element_id"]) for o in gone["obstacles"]] == [
        (None, None, "")
    ] * len(gone["obstacles"])
    assert not re.search(r"\d", gone["detail"])


@ON_SQLITE
def test_a_manager_that_comes_second_learns_by_how_much(company: Company) -> None:
    wang = company.person("wang", "西湖")
    names = [company.planned(wang) for _ in range(2)]
    for name in names:
        answer = wang.post(f"/v1/applications/{name}/hold", json={"version": 1, "rank": 1})

    assert answer.json()["obstacles"][0]["value"] > 0.0


@pytest.mark.parametrize("path", ["/v1/plans/pdf", "/v1/plans/diagram"])
@ON_SQLITE
def test_an_integrator_gets_no_drawing_of_the_grid(system: TestClient, path: str) -> None:
    assert system.post(path, json=ASKED).status_code == 403


@ON_SQLITE
def test_an_integrator_is_not_told_where_others_promises_went_astray(
    company: Company, system: TestClient
) -> None:
    from tests.api.resources.test_commitments import without_node

    company.held(system)
    name = company.accept(system)
    company.publish(without_node(ring_of(NOW_KW), "bus:4"))
    company.look()
    answer = system.post(f"/v1/applications/{name}/plans")

    assert answer.json()["code"] == "promises_astray"
    assert "bus:" not in answer.text
