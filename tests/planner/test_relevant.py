"""Which promises an option depends on; all others change nothing of what is said of it."""

from __future__ import annotations

import random
from datetime import date
from typing import Any

import pytest

from grid_models.model import GridModel
from grid_models.synthesize import synthesize_grid
from planner.application import Commitment, SupplyApplication
from planner.assistant import make_plan
from planner.plan import plan_to_json
from planner.standing import pick_relevant
from tests.planner.example import catalogue, rule_book

DAY = date(2026, 11, 1)


@pytest.fixture(scope="module")
def model() -> GridModel:
    return GridModel.of(synthesize_grid(nodes=2_000, seed=5, load_date=DAY, topology_date=DAY))


@pytest.fixture(scope="module")
def promises(model: GridModel) -> list[Commitment]:
    """Twenty promises anywhere in the district, which has several source trees."""
    nodes = model.grid.loads["node"].sample(20, random_state=4)
    return [
        Commitment(commitment_id=f"hold-{k}/0", node_id=str(node), s_kva=60.0)
        for k, node in enumerate(nodes)
    ]


def first_option(model: GridModel, kva: float, promises: list[Commitment]) -> dict[str, Any]:
    draw = random.Random(kva)  # noqa: S311 -- the same place again
    node = draw.choice(model.grid.loads["node"].tolist())
    lon, lat = (float(model.grid.nodes.at[node, name]) for name in ("lon", "lat"))
    asked = SupplyApplication(lon=lon, lat=lat, on_date=DAY, kva=kva, special_load="none")
    plan = make_plan(asked, model, rule_book(), catalogue(), commitments=promises)
    option: dict[str, Any] = plan_to_json(plan)["options"][0]
    return option


def blocking(option: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the checks that decide; who takes over a feeder lies in other trees as well."""
    return [check for check in option["checks"] if check["effect"] == "block"]


@pytest.mark.parametrize("kva", [250.0, 400.0, 630.0, 800.0])
def test_promises_elsewhere_change_nothing_of_what_blocks_an_option(
    model: GridModel, promises: list[Commitment], kva: float
) -> None:
    option = first_option(model, kva, promises)
    relevant = pick_relevant(option, model, promises)

    assert 0 < len(relevant) < len(promises)
    alone = first_option(model, kva, list(relevant))
    assert blocking(alone) == blocking(option)


def test_a_promise_that_takes_a_bay_there_counts_wherever_it_stands(
    model: GridModel, promises: list[Commitment]
) -> None:
    option = first_option(model, 400.0, promises)
    relevant = pick_relevant(option, model, promises)
    (elsewhere, *_) = [c for c in promises if c not in relevant]
    point = {**option["sources"][0]["access_point"], "bay_id": "bay:x"}
    at_bay = {**option, "sources": [{**option["sources"][0], "access_point": point}]}
    taking = Commitment(
        commitment_id="hold-x/0", node_id=elsewhere.node_id, s_kva=1.0, bay_id="bay:x"
    )

    assert pick_relevant(at_bay, model, [taking]) == (taking,)
    assert pick_relevant(option, model, [taking]) == ()


def test_an_option_that_changes_the_grid_depends_on_all(
    model: GridModel, promises: list[Commitment]
) -> None:
    option = first_option(model, 400.0, promises)
    changed = {**option, "measures": [{"kind": "open_point_move"}]}

    assert pick_relevant(changed, model, promises) == tuple(promises)
