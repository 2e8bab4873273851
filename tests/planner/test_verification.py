from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from datetime import date
from functools import cache
from typing import Any

import pytest

from grid_models.catalogue import Catalogue, load_catalogue
from grid_models.grid import Grid
from grid_models.model import GridModel
from planner.application import Commitment, SupplyApplication
from planner.assistant import make_plan
from planner.plan import plan_to_json
from planner.rules import RuleBook, load_rule_book
from planner.second_opinion import Finding, SecondOpinion
from planner.verification import Difference, verify_plan
from tests.conftest import LoadNet
from tests.grid_models.samples import added, edited, tiny_grid

Plan = dict[str, Any]

# On the drawing of the tiny grid: beside the board bus:5, and below the middle of line:2.
AT_BOARD, AT_LINE = (120.1636, 30.2802), (120.1600, 30.2803)
PROMISES = (
    Commitment(commitment_id="A", node_id="bus:4", s_kva=200.0),
    Commitment(commitment_id="B", node_id="bus:6", s_kva=60.0, demand_factor=0.7, bay_id="bay:1"),
    Commitment(commitment_id="C", node_id="bus:4", s_kva=90.0, expires_on=date(2026, 7, 1)),
)


def application(place: tuple[float, float], **asked: Any) -> SupplyApplication:
    asked.setdefault("special_load", "none")
    return SupplyApplication(lon=place[0], lat=place[1], on_date=date(2026, 8, 1), **asked)


@cache
def demo_rules() -> RuleBook:
    return load_rule_book("demo")


@cache
def catalogue() -> Catalogue:
    return load_catalogue()


def plan_of(
    grid: Grid, asked: SupplyApplication, commitments: tuple[Commitment, ...] = ()
) -> tuple[Plan, GridModel]:
    """Return a plan as it is read back from its file, and the grid it was made on."""
    model = GridModel.of(grid)
    plan = make_plan(asked, model, demo_rules(), catalogue(), commitments=commitments)
    return json.loads(json.dumps(plan_to_json(plan))), model


@cache
def board_plan() -> tuple[Plan, GridModel]:
    """Return a plan with one option: 190 kW at the board."""
    return plan_of(tiny_grid(), application(AT_BOARD, kw=190.0))


@cache
def tee_plan() -> tuple[Plan, GridModel]:
    """Return a plan with two options: 630 kVA in the middle of a line, or at a bay."""
    return plan_of(tiny_grid(), application(AT_LINE, kva=630.0))


def verify(
    plan: Plan, model: GridModel, commitments: tuple[Commitment, ...] = ()
) -> tuple[Difference, ...]:
    return verify_plan(plan, model, demo_rules(), catalogue(), commitments=commitments)


def altered(plan: Plan, path: str, change: float | Any) -> Plan:
    """Return the plan with one leaf changed: a number by a factor, anything else replaced."""
    result = copy.deepcopy(plan)
    *way, last = path.replace("]", "").replace("[", ".").split(".")
    place: Any = result
    for step in way:
        place = entry(place, step)
    old = place[last]
    is_number = isinstance(old, int | float) and not isinstance(old, bool)
    place[last] = old * change + 1e-3 if is_number and isinstance(change, float) else change
    assert place[last] != old
    return result


def entry(place: Any, step: str) -> Any:
    if isinstance(place, dict):
        return place[step]
    if step.isdigit():
        return place[int(step)]
    [found] = [item for item in place if item["code"] == step]
    return found


def paths(differences: tuple[Difference, ...]) -> set[str]:
    return {difference.path for difference in differences}


@pytest.mark.parametrize(
    ("asked", "kinds"),
    [
        (application(AT_BOARD, kw=60.0), {"lv_line", "lv_node", "transformer_lv"}),
        (application(AT_BOARD, kw=8.0, phases=1), {"lv_line", "lv_node", "transformer_lv"}),
        (application(AT_LINE, kva=630.0), {"line_tee", "station_bay"}),
        (application(AT_LINE, kw=200.0), {"transformer_lv", "line_tee", "station_bay"}),
    ],
)
def test_a_good_plan_is_confirmed(asked: SupplyApplication, kinds: set[str]) -> None:
    plan, model = plan_of(tiny_grid(), asked)
    found = {option["sources"][0]["access_point"]["kind"] for option in plan["options"]}
    assert found == kinds
    assert verify(plan, model) == ()


def test_a_plan_with_promises_to_others_is_confirmed() -> None:
    plan, model = plan_of(tiny_grid(), application(AT_LINE, kw=200.0), PROMISES)
    assert plan["options"]
    assert verify(plan, model, PROMISES) == ()


def test_a_plan_with_a_larger_transformer_is_confirmed() -> None:
    grid = edited(tiny_grid(), "loads", "load:2", p_kw=330.0, q_kvar=60.0)
    plan, model = plan_of(grid, application(AT_BOARD, kw=150.0))
    [option] = plan["options"]
    assert option["kind"] == "lv_after_works"
    assert verify(plan, model) == ()


def test_a_plan_on_a_grid_with_limits_broken_before_is_confirmed() -> None:
    # Far along the other feeder a board is overloaded and its customers have too little voltage.
    grid = added(tiny_grid(), "nodes", "bus:8", "bus:5", lon=120.1535, lat=30.2832)
    grid = added(grid, "transformers", "trafo:3", "trafo:2", hv_node="bus:7", lv_node="bus:8")
    grid = added(grid, "loads", "load:3", "load:2", node="bus:8", p_kw=600.0, q_kvar=350.0)
    plan, model = plan_of(grid, application(AT_LINE, kva=630.0))
    check = entry(plan["options"][0]["checks"], "thermal_transformer")
    assert (check["element_id"], check["pre_existing"]) == ("trafo:3", True)
    assert verify(plan, model) == ()


def test_a_plan_where_only_a_limit_is_known_is_confirmed() -> None:
    grid = edited(tiny_grid(), "lines", "line:1", ampacity_a=float("nan"))
    limits = {"element_id": ["line:1", "trafo:1"], "limit_a": [250.0, 120.0]}
    grid = grid.with_tables(limits=_rows(limits, ["limit:1", "limit:2"]))
    plan, model = plan_of(grid, application(AT_LINE, kva=630.0))
    assert plan["options"]
    assert verify(plan, model) == ()


def test_a_plan_on_a_real_grid_is_confirmed(load_net: LoadNet) -> None:
    from grid_models.readers.assumptions import apply_assumptions
    from grid_models.readers.relocation import relocate_grid

    stated = {
        "ownership": "public",
        "spare_bays": "2",
        "load_basis": "declared",
        "restricted_areas": "none",
    }
    grid = relocate_grid(
        apply_assumptions(load_net("pandapower:mv_oberrhein").grid, stated), 120.15, 30.28
    )
    grid = grid.with_tables(loads=grid.loads.assign(scaling=grid.loads["scaling"] * 0.6))
    node = grid.nodes.loc["bus:34"]
    place = (node["lon"] + 0.0005, node["lat"] + 0.0003)
    plan, model = plan_of(grid, application(place, kva=1250.0, max_distance_m=400.0))
    assert plan["options"]
    assert verify(plan, model) == ()


def test_infinity_may_be_written_as_text() -> None:
    grid = edited(tiny_grid(), "lines", "line:1", ampacity_a=float("nan"))
    grid = edited(grid, "transformers", "trafo:1", sn_kva=1e9)
    plan, model = plan_of(grid, application(AT_LINE, kva=630.0))
    text = json.dumps(plan).replace("Infinity", '"inf"')
    assert verify(json.loads(text), model) == ()


@pytest.mark.parametrize(
    ("path", "other"),
    [
        ("grid.version", "0123456789abcdef"),
        ("rules.area", "hangzhou"),
        ("rules.version", "0123456789abcdef"),
        ("schema", "supply-plan/0"),
    ],
)
def test_another_grid_or_other_rules_are_the_only_thing_said(path: str, other: str) -> None:
    plan, model = board_plan()
    [difference] = verify(altered(plan, path, other), model)
    assert difference.path == path
    assert difference.stated == other
    assert other in difference.zh
    assert str(difference.recomputed) in difference.en


def test_a_changed_grid_is_noticed() -> None:
    plan, _ = board_plan()
    other = GridModel.of(edited(tiny_grid(), "loads", "load:1", p_kw=301.0))
    assert paths(verify(plan, other)) == {"grid.version"}


CHECKS = (
    "heavy_load",
    "thermal_line",
    "thermal_transformer",
    "voltage_change",
    "voltage_high",
    "voltage_low",
    "voltage_planning",
)
NUMBERS = [
    "design_load.p_kw",
    "options[0].checks[heavy_load].value",
    "options[0].checks[thermal_line].value",
    "options[0].checks[voltage_low].value",
    "options[0].sources[0].route.length_m",
    "options[0].sources[0].conductor.r_ohm_per_km",
    "options[0].headroom.open_capacity_kva",
    "options[0].headroom.hosting_capacity_kva",
    "options[0].power_flow.max_transformer_loading_pct",
    "options[0].power_flow.v_customer_pu",
    "options[0].cost.p50",
]
MORE_NUMBERS = [
    "capacity_kva",
    *(f"options[0].checks[{code}].value" for code in CHECKS),
    "options[0].checks[supply_radius].value",
    "options[0].checks[thermal_transformer].limit",
    "options[0].checks[thermal_transformer].margin_pct",
    "options[0].power_flow.max_line_loading_pct",
    "options[0].power_flow.min_v_pu",
    "options[0].schedule.utility_days",
    "options[0].order_keys.margin_pct",
]


@pytest.mark.parametrize("path", NUMBERS)
def test_an_altered_number_is_named(path: str) -> None:
    plan, model = board_plan()
    found = {d.path: d for d in verify(altered(plan, path, 1.01), model)}
    difference = found[path]
    field = path.removeprefix("options[0].")
    place = f"option 1 {field}:" if field != path else f"{field}:"
    assert difference.en.startswith(f"{place} the file states {difference.stated:.10g}, ")
    assert f"{difference.recomputed:.10g}" in difference.en
    assert field in difference.zh


def test_every_altered_number_is_named_and_nothing_else() -> None:
    plan, model = board_plan()
    # What the option is rebuilt from is left alone: with it, every result would be another one.
    numbers = {path for path in [*NUMBERS, *MORE_NUMBERS] if ".sources[0]." not in path}
    wrong = plan
    for path in numbers:
        wrong = altered(wrong, path, 1.01)
    assert paths(verify(wrong, model)) == numbers


@pytest.mark.parametrize(
    ("path", "other"),
    [
        ("answer.mode", "no_option"),
        ("options[0].checks[thermal_line].passed", False),
        ("options[0].sources[0].access_point.element_id", "trafo:1"),
        ("options[0].headroom.hosting_binding_id", "line:3"),
        ("options[0].power_flow.min_v_node_id", "bus:3"),
        ("options[0].why.zh", "因为"),
        ("options[0].replacement", 5.0),
        ("options[0].cost", None),
    ],
)
def test_an_altered_word_is_named(path: str, other: object) -> None:
    plan, model = board_plan()
    assert path in {name[: len(path)] for name in paths(verify(altered(plan, path, other), model))}


def test_a_number_that_is_no_number_is_named() -> None:
    plan, model = board_plan()
    path = "options[0].power_flow.v_customer_pu"
    assert path in paths(verify(altered(plan, path, float("nan")), model))
    assert path in paths(verify(altered(plan, path, "0.99"), model))


def test_an_option_left_out_is_named() -> None:
    plan, model = tee_plan()
    shorter = {**plan, "options": plan["options"][:1]}
    [difference] = verify(shorter, model)
    assert (difference.path, difference.stated) == ("options[1]", None)


def test_a_check_left_out_is_named_by_its_code() -> None:
    plan, model = board_plan()
    result = copy.deepcopy(plan)
    checks = result["options"][0]["checks"]
    result["options"][0]["checks"] = [c for c in checks if c["code"] != "voltage_low"]
    assert paths(verify(result, model)) == {"options[0].checks[voltage_low]"}


def test_an_application_that_was_altered_no_longer_gives_the_plan_id() -> None:
    plan, model = board_plan()
    found = {d.path: d for d in verify(altered(plan, "application.kw", 1.01), model)}
    assert (
        "the application, the catalogue, the prices, the calendar, the streets or the commit"
        in found["plan_id"].en
    )


def test_commitments_that_are_not_those_of_the_plan_are_noticed() -> None:
    plan, model = board_plan()
    assert "plan_id" in paths(verify(plan, model, PROMISES))


def test_an_application_nobody_could_have_made_is_named() -> None:
    plan, model = board_plan()
    [difference] = verify(altered(plan, "application.importance", "very"), model)
    assert difference.path == "application.importance"
    assert "very" in difference.en


def opinion_on(plan: Plan, model: GridModel) -> Iterator[Finding]:
    """Ask for the second opinion on the first option, as if nothing else had been compared."""
    place = (plan["application"]["lon"], plan["application"]["lat"])
    asked = application(place, kw=plan["application"]["kw"], kva=plan["application"]["kva"])
    rules = demo_rules().on(asked.on_date)
    opinion = SecondOpinion(grid=model.grid, application=asked, rules=rules, commitments=())
    return opinion.findings(plan["options"][0])


def test_pandapower_confirms_every_check_that_rests_on_power_flow() -> None:
    plan, model = tee_plan()
    assert not list(opinion_on(plan, model))


def test_pandapower_alone_finds_every_altered_number() -> None:
    plan, model = tee_plan()
    places = [
        *(f"checks[{code}].value" for code in CHECKS),
        "checks[thermal_line].limit",
        "headroom.hosting_capacity_kva",
        "headroom.open_capacity_kva",
        "power_flow.max_line_loading_pct",
        "power_flow.max_transformer_loading_pct",
        "power_flow.min_v_pu",
        "power_flow.v_customer_pu",
        "sensitivity.v_customer_pu",
        "sensitivity.worst_on_path_pct",
    ]
    wrong = plan
    for place in places:
        wrong = altered(wrong, f"options[0].{place}", 1.002)
    assert {finding.place for finding in opinion_on(wrong, model)} == set(places)


@pytest.mark.parametrize("share", [0.99, 1.01])
def test_a_hosting_capacity_too_small_or_too_great_is_found(share: float) -> None:
    plan, model = tee_plan()
    wrong = altered(plan, "options[0].headroom.hosting_capacity_kva", share)
    [finding] = opinion_on(wrong, model)
    assert finding.recomputed.startswith("more" if share < 1.0 else "less")


def test_pandapower_alone_finds_every_altered_element() -> None:
    plan, model = tee_plan()
    others = {
        "checks[thermal_line].element_id": "line:5",
        "checks[voltage_low].element_id": "bus:2",
        "headroom.hosting_binding_id": "line:5",
        "headroom.open_binding_id": "trafo:1",
        "power_flow.max_line_id": "line:5",
        "sources[0].upstream": ["line:1", "source:1"],
    }
    wrong = plan
    for place, other in others.items():
        wrong = altered(wrong, f"options[0].{place}", other)
    assert {finding.place for finding in opinion_on(wrong, model)} >= set(others)


def test_a_route_made_longer_no_longer_gives_the_voltages_stated() -> None:
    plan, model = tee_plan()
    wrong = altered(plan, "options[0].sources[0].route.length_m", 3.0)
    assert "power_flow.v_customer_pu" in {finding.place for finding in opinion_on(wrong, model)}


def test_a_load_that_cannot_be_carried_is_a_finding() -> None:
    plan, model = tee_plan()
    wrong = altered(plan, "options[0].sources[0].conductor.r_ohm_per_km", 1e6)
    [finding] = opinion_on(wrong, model)
    assert (finding.place, finding.stated) == ("power_flow", "converged")


def _rows(columns: dict[str, list[Any]], names: list[str]) -> Any:
    import pandas as pd

    return pd.DataFrame(columns, index=names)
