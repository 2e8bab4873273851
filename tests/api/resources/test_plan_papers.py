"""Kept plans drawn and on paper, on the version of the grid they were made on."""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from typing import Any
from xml.etree import ElementTree

import pytest
from fastapi.testclient import TestClient
from pypdf import PdfReader

from api.database.tables import audit, plans
from planner.outside import cut_plan
from tests.api.documents.test_plan_pdf import needs_font
from tests.api.resources.company import ON_SQLITE, Company, ring_of
from tests.api.resources.test_commitments import MUCH, republish

pytestmark = ON_SQLITE
PARTS = ("diagram", "map", pytest.param("pdf", marks=needs_font))


@pytest.fixture
def wang(company: Company) -> TestClient:
    return company.person("wang", "西湖")


@pytest.fixture
def name(company: Company, wang: TestClient) -> str:
    return company.planned(wang)


def path(name: str, part: str, version: int = 1) -> str:
    return f"/v1/applications/{name}/plans/{version}/{part}"


def last_deed(company: Company) -> Mapping[str, Any]:
    return company.rows(audit)[-1]


@pytest.mark.parametrize("part", ["diagram", "map"])
def test_a_drawing_is_svg(wang: TestClient, name: str, part: str) -> None:
    answer = wang.get(path(name, part))

    assert answer.headers["content-type"] == "image/svg+xml"
    assert ElementTree.fromstring(answer.text).tag.endswith("svg")  # noqa: S314 -- our own


@pytest.mark.parametrize("part", PARTS)
def test_no_cache_keeps_it_and_no_browser_takes_it_for_anything_else(
    wang: TestClient, name: str, part: str
) -> None:
    headers = wang.get(path(name, part)).headers

    assert headers["cache-control"] == "private, no-store"
    assert headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("part", ["diagram", "map"])
def test_a_drawing_runs_nothing_and_fetches_nothing(wang: TestClient, name: str, part: str) -> None:
    told = wang.get(path(name, part)).headers["content-security-policy"]

    assert told == "default-src 'none'; style-src 'unsafe-inline'; sandbox"


def test_that_there_is_no_diagram_is_not_kept_either(company: Company, wang: TestClient) -> None:
    far = company.planned(wang, kva=30_000)

    assert wang.get(path(far, "diagram")).headers["cache-control"] == "private, no-store"


@needs_font
def test_a_plan_on_paper_is_the_plan_that_was_kept(
    company: Company, wang: TestClient, name: str
) -> None:
    answer = wang.get(path(name, "pdf"))
    words = "".join(page.extract_text() for page in PdfReader(BytesIO(answer.content)).pages)
    (kept,) = company.rows(plans)

    assert answer.headers["content-type"] == "application/pdf"
    assert kept["document"]["plan_id"] in words


def test_a_diagram_is_of_the_option_that_is_asked_for(
    company: Company, wang: TestClient, name: str
) -> None:
    (kept,) = company.rows(plans)
    count = len(kept["document"]["options"])
    answer = wang.get(path(name, "diagram"), params={"rank": count + 1})

    assert (answer.status_code, answer.json()["code"]) == (422, "no_such_option")
    assert f"there is no option {count + 1}" in answer.text


def test_a_plan_without_an_option_has_a_map_and_no_diagram(
    company: Company, wang: TestClient
) -> None:
    far = company.planned(wang, kva=30_000)

    assert wang.get(path(far, "diagram")).status_code == 204
    assert wang.get(path(far, "map")).status_code == 200


@pytest.mark.parametrize("part", PARTS)
def test_who_saw_it_is_written_down(
    company: Company, wang: TestClient, name: str, part: str
) -> None:
    wang.get(path(name, part))

    deed = last_deed(company)
    assert (deed["actor"], deed["action"], deed["subject"]) == ("wang", "plan.view", name)
    assert f'"part":"{part}"' in deed["details"]


@pytest.mark.parametrize("part", PARTS)
def test_what_was_made_on_another_version_of_the_grid_is_not_drawn_on_this_one(
    company: Company, wang: TestClient, name: str, part: str
) -> None:
    republish(company, ring_of(MUCH))
    before = len(company.rows(audit))
    answer = wang.get(path(name, part))

    assert (answer.status_code, answer.json()["code"]) == (409, "grid_moved")
    assert len(company.rows(audit)) == before


@pytest.mark.parametrize("part", ["diagram", "map", "pdf"])
def test_a_version_that_is_not_there_is_said_to_be_so(
    wang: TestClient, name: str, part: str
) -> None:
    assert wang.get(path(name, part, version=2)).json()["code"] == "unknown_plan"


@pytest.mark.parametrize("part", ["diagram", "map", "pdf"])
def test_outsiders_see_none_of_it(company: Company, name: str, part: str) -> None:
    answer = company.system("application.read").get(path(name, part))

    assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")


# The customer's view ---------------------------------------------------------------------------


def test_the_customers_view_is_the_same_for_staff_and_for_outsiders(
    company: Company, wang: TestClient, name: str
) -> None:
    plan = f"/v1/applications/{name}/plans/1"
    full = wang.get(plan).json()
    seen = wang.get(plan, params={"view": "customer"}).json()

    assert seen["plan"] == cut_plan(full["plan"]) != full["plan"]
    assert seen == company.system("application.read").get(plan).json()


def test_a_full_view_asked_for_by_outsiders_is_the_customers(company: Company, name: str) -> None:
    plan = f"/v1/applications/{name}/plans/1"
    system = company.system("application.read")

    assert system.get(plan, params={"view": "full"}).json() == system.get(plan).json()


def test_a_view_nobody_knows_is_refused(wang: TestClient, name: str) -> None:
    answer = wang.get(f"/v1/applications/{name}/plans/1", params={"view": "staff"})

    assert answer.status_code == 422


def test_which_view_was_seen_is_written_down(company: Company, wang: TestClient, name: str) -> None:
    wang.get(f"/v1/applications/{name}/plans/1", params={"view": "customer"})

    assert '"view":"customer"' in last_deed(company)["details"]
