from __future__ import annotations

import re
from datetime import date

import pytest

from api.demo import APPLICATIONS, NODES, SEED, answer
from api.serving import ServedGrid, serve_grid
from grid_models.synthesize import synthesize_grid
from planner.plan import SupplyPlan
from tests.api.commands import run

TODAY = date(2026, 8, 1)


@pytest.fixture(scope="module")
def district() -> ServedGrid:
    return serve_grid(synthesize_grid(nodes=NODES, seed=SEED, load_date=TODAY, topology_date=TODAY))


@pytest.fixture(scope="module")
def plans(district: ServedGrid) -> list[SupplyPlan]:
    return [answer(district, application, TODAY) for application in APPLICATIONS]


def test_the_shop_is_answered_on_site_at_low_voltage(plans: list[SupplyPlan]) -> None:
    assert plans[0].answer.mode == "on_site"
    assert plans[0].options[0].kind == "lv_public"


def test_the_workshop_is_answered_on_site_at_10_kv(plans: list[SupplyPlan]) -> None:
    assert plans[1].answer.mode == "on_site"
    assert plans[1].options[0].supply_kv == 10.0


def test_the_workshop_gets_the_nearest_point_that_carries_it(plans: list[SupplyPlan]) -> None:
    lengths = [option.sources[0].route.length_m for option in plans[1].options]
    assert lengths[0] == min(lengths)


def test_the_factory_goes_to_the_desk_with_options_for_its_size(plans: list[SupplyPlan]) -> None:
    assert plans[2].answer.mode == "back_office"
    reasons = [reason.code for reason in plans[2].answer.reasons]
    assert reasons == ["capacity_over_on_site_limit", "n_minus_1"]
    assert plans[2].options


def test_the_demo_prints_three_answers_with_their_times() -> None:
    result = run("demo", "--no-serve")
    assert result.exit_code == 0
    answers = re.findall(r"┃ +(\w+) +┃", result.stdout)
    assert answers == ["当场答复", "当场答复", "转后台办理"]
    assert len(re.findall(r"用时 [\d,]+ 毫秒", result.stdout)) == 3
