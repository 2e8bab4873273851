"""A line on the way whose rating nobody knows. Figures: README.md beside this file."""

from __future__ import annotations

import math

import pandas as pd
import pytest

from grid_models.grid import Grid
from planner.plan import Option
from tests.cases.customer import (
    NewSupply,
    ask,
    built_on,
    find_check,
    find_rejected,
    options_of,
    reason_codes,
    referee,
)
from tests.cases.drawing import CABLE_240, OVERHEAD_95, OVERHEAD_150, Line, Load, Node, draw

BEHIND, BESIDE = (460.0, 340.0), (200.0, 340.0)
UNKNOWN = math.nan
LOADING = ("thermal_line", "thermal_transformer", "heavy_load")


def feeder(line_2_a: float, line_4_a: float = 334.0) -> Grid:
    """Return the feeder with the rating of its second and of its last line, in amperes."""
    return draw(
        nodes={
            "bus:3": Node(0, 300),
            "bus:4": Node(400, 300),
            "bus:5": Node(700, 300),
            "bus:6": Node(1_000, 300),
        },
        lines={
            "line:1": Line("bus:2", "bus:3", CABLE_240),
            "line:2": Line("bus:3", "bus:4", OVERHEAD_150._replace(ampacity_a=line_2_a)),
            "line:3": Line("bus:4", "bus:5", OVERHEAD_150),
            "line:4": Line("bus:5", "bus:6", OVERHEAD_150._replace(ampacity_a=line_4_a)),
        },
        loads=[Load("bus:4", 3_800.0, 1_249.0), Load("bus:6", 95.0, 31.2)],
    )


def with_dispatch_limit(limit_a: float) -> Grid:
    """Return the feeder whose second line has no rating but an entry of the dispatch list."""
    entry = {"element_id": "line:2", "limit_a": limit_a, "source": "dispatch_list"}
    return feeder(UNKNOWN).with_tables(limits=pd.DataFrame(entry, index=["limit:1"]))


def loaded_elements(option: Option) -> set[str]:
    """Return every element the option shows a loading, a room or a capacity of."""
    checks = {check.element_id for check in option.checks if check.code in LOADING}
    shown = option.power_flow.max_line_id, option.power_flow.max_transformer_id
    binding = option.headroom.open_binding_id, option.headroom.hosting_binding_id
    return {*checks, *shown, *binding}


@pytest.mark.parametrize(("site", "tee"), [(BEHIND, "line:3"), (BESIDE, "line:2")])
def test_an_unknown_rating_on_the_way_goes_to_the_desk(site: tuple[float, float], tee: str) -> None:
    plan = ask(feeder(UNKNOWN), *site, kva=800)

    assert options_of(plan)[0] == ("mv_public_tee", tee)
    assert (plan.answer.mode, reason_codes(plan)) == ("back_office", ["rating_unknown"])
    assert "line:2" in plan.answer.reasons[0].en


@pytest.mark.parametrize("site", [BEHIND, BESIDE])
def test_no_loading_is_shown_of_the_unrated_line(site: tuple[float, float]) -> None:
    for option in ask(feeder(UNKNOWN), *site, kva=800).options:
        assert not {"line:2", "line:2#1", "line:2#2"} & loaded_elements(option)


def test_the_check_counts_one_unrated_element() -> None:
    option = ask(feeder(UNKNOWN), *BEHIND, kva=800).options[0]
    check = find_check(option, "rating_unknown")

    assert (check.element_id, check.value, check.limit) == ("line:2", 1.0, 0.0)
    assert (check.passed, check.effect, check.scope) == (False, "desk", "path")


def test_the_rated_line_before_it_is_judged_all_the_same() -> None:
    option = ask(feeder(UNKNOWN), *BEHIND, kva=800).options[0]
    check = find_check(option, "heavy_load")

    assert check.element_id == "line:1"
    assert check.value == pytest.approx(76.8, abs=0.5)


def test_a_rating_of_334_a_would_refuse_what_was_not_known() -> None:
    plan = ask(feeder(334.0), *BEHIND, kva=800)
    (reason,) = find_rejected(plan, "line:3").reasons

    assert all(option.measures for option in plan.options)
    assert (reason.code, reason.element_id, reason.limit) == ("heavy_load", "line:2", 80.0)
    assert reason.value == pytest.approx(81.7, abs=0.5)


def test_pandapower_finds_the_current_nobody_could_judge() -> None:
    customer = NewSupply(800.0, 0.95, OVERHEAD_95, 52.0)
    lines = referee(built_on(feeder(334.0), "line:3", 60 / 300, customer)).lines
    (reason,) = find_rejected(ask(feeder(334.0), *BEHIND, kva=800), "line:3").reasons

    assert lines.at["line:2", "i_to_a"] == pytest.approx(272.8, abs=1.0)
    assert reason.value == pytest.approx(lines.at["line:2", "loading_pct"], abs=1e-4)


def test_a_rating_of_459_a_is_answered_on_site() -> None:
    plan = ask(feeder(459.0), *BEHIND, kva=800)

    assert options_of(plan)[0] == ("mv_public_tee", "line:3")
    assert (plan.answer.mode, reason_codes(plan)) == ("on_site", [])


@pytest.mark.parametrize(
    ("limit_a", "mode", "codes"),
    [(334.0, "back_office", ["works_needed", "route_unconfirmed"]), (459.0, "on_site", [])],
)
def test_a_dispatch_limit_is_as_good_as_a_rating(
    limit_a: float, mode: str, codes: list[str]
) -> None:
    plan = ask(with_dispatch_limit(limit_a), *BEHIND, kva=800)

    assert (plan.answer.mode, reason_codes(plan)) == (mode, codes)


def test_a_dispatch_limit_is_what_the_loading_is_a_share_of() -> None:
    plan = ask(with_dispatch_limit(334.0), *BEHIND, kva=800)
    (reason,) = find_rejected(plan, "line:3").reasons

    assert (reason.code, reason.element_id) == ("heavy_load", "line:2")
    assert reason.value == pytest.approx(81.7, abs=0.5)


def test_an_unknown_rating_beyond_the_customer_changes_nothing() -> None:
    plan = ask(feeder(459.0, UNKNOWN), *BEHIND, kva=800)

    assert options_of(plan)[0] == ("mv_public_tee", "line:3")
    assert (plan.answer.mode, reason_codes(plan)) == ("on_site", [])
