"""Plans that were tampered with in odd ways, and grids that pandapower fails at."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from grid_models.solvers.reference import solve_reference
from tests.grid_models.samples import edited, tiny_grid
from tests.planner.test_verification import (
    AT_BOARD,
    Plan,
    application,
    board_plan,
    paths,
    plan_of,
    verify,
)

HUGE = 10**400


def with_value(plan: Plan, path: tuple[str | int, ...], value: object) -> Plan:
    changed = copy.deepcopy(plan)
    at: Any = changed
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = value
    return changed


@pytest.mark.parametrize("huge", [HUGE, -HUGE], ids=["huge", "-huge"])
@pytest.mark.parametrize(
    "path",
    [
        ("grid", "problem_count"),
        ("options", 0, "rank"),
        ("options", 0, "sources", 0, "conductor", "parallel"),
        ("options", 0, "schedule", "utility_days"),
        ("options", 0, "order_keys", "margin_pct"),
        ("options", 0, "checks", 0, "value"),
        ("options", 0, "power_flow", "min_v_pu"),
    ],
)
def test_a_number_beyond_every_float_is_a_difference(
    path: tuple[str | int, ...], huge: int
) -> None:
    plan, model = board_plan()
    found = verify(with_value(plan, path, huge), model)
    (difference,) = [d for d in found if d.stated == huge]
    assert str(path[-1]) in difference.path
    assert len(difference.en) < 300


@pytest.mark.parametrize(
    ("place", "name"),
    [(("options", 0), "checks"), (("options", 0), "works"), (("options", 0, "schedule"), "steps")],
)
def test_another_order_is_a_difference(place: tuple[str | int, ...], name: str) -> None:
    plan, model = board_plan()
    items: Any = plan
    for step in place:
        items = items[step]
    found = verify(with_value(plan, (*place, name), items[name][::-1]), model)
    (difference,) = found
    assert difference.path.endswith(f"{name}.order")
    assert difference.stated.split(", ") == [item["code"] for item in items[name][::-1]]


def test_a_check_left_out_is_no_matter_of_order() -> None:
    plan, model = board_plan()
    checks = plan["options"][0]["checks"]
    found = verify(with_value(plan, ("options", 0, "checks"), checks[1:]), model)
    assert paths(found) == {f"options[0].checks[{checks[0]['code']}]"}


def test_a_grid_pandapower_fails_at_is_a_finding() -> None:
    # The resistive part above the whole: the reactance would be the root of a negative number.
    grid = edited(tiny_grid(), "transformers", "trafo:2", vkr_pct=4.5, vk_pct=4.0)
    plan, model = plan_of(grid, application(AT_BOARD, kw=60.0))
    assert plan["options"]
    found = verify(plan, model)
    assert "options[0].power_flow" in paths(found)
    assert any("pandapower could not compute it" in difference.en for difference in found)


def test_what_pandapower_fails_at_is_a_failure_of_the_result() -> None:
    grid = edited(tiny_grid(), "transformers", "trafo:2", vkr_pct=4.5, vk_pct=4.0)
    result = solve_reference(grid)
    assert "pandapower could not compute it: FloatingPointError" in result.failures["source:1"]
    assert result.nodes["v_pu"].isna().all()


def test_a_long_text_is_shown_in_short() -> None:
    plan, model = board_plan()
    path = ("options", 0, "sources", 0, "conductor", "type")
    found = verify(with_value(plan, path, "x" * 5_000), model)
    assert [d for d in found if d.stated == "x" * 5_000]
    assert max(len(difference.zh) for difference in found) < 300
