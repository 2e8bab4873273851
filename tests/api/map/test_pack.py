"""What a phone takes along: never more than the grid takes, never what is not known."""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely

from api.map.figures import Figures
from api.map.pack import make_pack
from api.map.pack_schemas import PackOut, PackPoint
from api.map.restricted import RESTRICTED
from api.map.tiles import TileSet
from api.serving import serve_grid
from grid_models.grid import Grid
from planner.application import Commitment
from planner.capacity import CapacityQuestion, map_capacities
from planner.headroom import Headrooms
from planner.rules import load_rule_book
from tests.api.grids import shop_grid
from tests.grid_models.samples import PLACES, added, edited

BOOK = load_rule_book("demo")
RULES = BOOK.on(date(2026, 8, 1))
NOW = datetime(2026, 8, 1, 3, 0, tzinfo=UTC)
AT = PLACES["bus:4"]
FIRST_SECTION, TIE = "line:1", "line:4"


def packed(
    grid: Grid,
    *commitments: Commitment,
    at: tuple[float, float] = AT,
    radius_m: float = 2_000.0,
    most: int = 100,
) -> PackOut:
    served = serve_grid(grid)
    headrooms = Headrooms(model=served.model, rules=RULES, commitments=commitments)
    return make_pack(
        served, TileSet(served.model), Figures(model=served.model, headrooms=headrooms), BOOK,
        at=at, radius_m=radius_m, now=NOW, most=most,
    )  # fmt: skip


@cache
def town() -> Grid:
    """The tiny grid with a public overhead line beyond bus:4, to bus:8."""
    grid = added(shop_grid(), "nodes", "bus:8", "bus:4", lon=120.17, lat=30.28)
    return added(grid, "lines", "line:8", "line:2", from_node="bus:4", to_node="bus:8",
                 geometry=None)  # fmt: skip


@cache
def pack() -> PackOut:
    return packed(town())


def point(pack: PackOut, element_id: str) -> PackPoint:
    (found,) = (p for p in pack.points if p.element_id == element_id)
    return found


def ids(pack: PackOut) -> set[str]:
    return {p.element_id for p in pack.points}


def free_at(grid: Grid, power_factor: float, *commitments: Commitment) -> Any:
    question = CapacityQuestion(power_factor=power_factor, commitments=commitments)
    table = map_capacities(serve_grid(grid).model, RULES, question).set_index("node_id")
    return table[["free_after_promises_kva", "hosting_capacity_kva"]].min(axis=1)


# what is offered -----------------------------------------------------------------------------


def test_a_public_transformer_is_offered_with_what_its_board_can_take() -> None:
    found, wanted = point(pack(), "trafo:2"), free_at(town(), 0.9)["bus:5"]

    assert (found.kind, found.kv, found.sn_kva) == ("transformer_lv", 0.4, 400.0)
    assert found.free_kva == pytest.approx(wanted, abs=0.1)
    assert found.free_kva <= wanted


def test_a_public_line_is_offered_with_the_lesser_of_its_ends() -> None:
    found, free = point(pack(), "line:2"), free_at(town(), 0.95)
    wanted = min(free["bus:3"], free["bus:4"])

    assert (found.kind, found.kv, found.laying) == ("line_tee", 10.0, "overhead")
    assert found.free_kva == pytest.approx(wanted, abs=0.1)
    assert found.free_kva <= wanted


def test_a_line_that_binds_itself_is_offered_with_what_its_far_end_can_take() -> None:
    found = packed(edited(town(), "lines", "line:8", ampacity_a=30.0))

    # nothing hangs there: 80 % of sqrt(3) x 10 kV x 30 A, less what the line charges
    assert point(found, "line:8").free_kva == pytest.approx(0.8 * 3**0.5 * 300.0, rel=0.01)
    assert point(found, "line:2").free_kva > 600.0


def test_a_cable_is_offered_for_a_bay() -> None:
    assert point(packed(edited(town(), "lines", "line:8", laying="cable")), "line:8").kind == (
        "line_bay"
    )


@pytest.mark.parametrize("element_id", ["line:2", "trafo:2"])
def test_a_promise_takes_from_what_is_offered(element_id: str) -> None:
    promised = Commitment(commitment_id="c", node_id="bus:6", s_kva=60.0)
    after = point(packed(town(), promised), element_id)

    assert after.free_kva <= point(pack(), element_id).free_kva - 59.0


def test_a_line_has_its_course_and_a_transformer_its_place() -> None:
    course = point(pack(), "line:2").geometry
    transformer = point(pack(), "trafo:2")

    assert course is not None
    np.testing.assert_allclose(course, [PLACES["bus:3"], PLACES["bus:4"]], atol=1e-7)
    assert (transformer.lon, transformer.lat) == pytest.approx(PLACES["bus:5"], abs=1e-7)


def test_quality_and_power_factor_are_told() -> None:
    assert {p.quality for p in pack().points} <= {"exact", "full_ac"}
    assert point(pack(), "trafo:2").power_factor == RULES.number("power_factor_lv")
    assert point(pack(), "line:2").power_factor == RULES.number("power_factor_mv")


# what is not ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("table", "element_id", "changed", "why"),
    [
        ("lines", "line:8", {"ownership": "private"}, "private"),
        ("lines", "line:8", {"ownership": "unknown"}, "ownership_unknown"),
        ("lines", "line:8", {"laying": "unknown"}, "laying_unknown"),
        ("lines", "line:8", {"removal_planned_on": pd.Timestamp("2027-01-01")}, "removal_planned"),
        ("lines", "line:8", {"is_in_service": False}, "not_in_a_tree"),
        ("transformers", "trafo:2", {"ownership": "private"}, "private"),
        ("transformers", "trafo:2", {"ownership": "unknown"}, "ownership_unknown"),
        ("transformers", "trafo:2", {"removal_planned_on": pd.Timestamp("2027-01-01")},
         "removal_planned"),
        ("transformers", "trafo:2", {"is_in_service": False}, "not_in_a_tree"),
    ],
)  # fmt: skip
def test_what_nobody_may_count_on_is_left_out_and_counted(
    table: str, element_id: str, changed: dict[str, Any], why: str
) -> None:
    found = packed(edited(town(), table, element_id, **changed))

    assert element_id not in ids(found)
    assert found.left_out.get(why, 0) == pack().left_out.get(why, 0) + 1


def test_what_hangs_behind_a_private_line_is_private() -> None:
    found = packed(edited(town(), "lines", "line:2", ownership="private"))

    assert {"line:2", "line:8", "trafo:2"}.isdisjoint(ids(found))
    assert found.left_out["private"] == 3


def test_first_sections_and_ties_are_left_out() -> None:
    found = packed(town(), at=PLACES["bus:3"])

    assert {FIRST_SECTION, TIE}.isdisjoint(ids(found))
    assert found.left_out["tie"] == 1
    assert found.left_out["first_section"] == 2


def test_nothing_is_offered_where_the_grid_has_no_solution() -> None:
    found = packed(edited(town(), "loads", "load:2", p_kw=1e6))

    assert found.points == []
    assert found.left_out["no_solution"] == 3


def test_nothing_is_offered_where_no_limit_is_known() -> None:
    grid = town()
    grid = grid.with_tables(
        lines=grid.lines.assign(ampacity_a=np.nan),
        transformers=grid.transformers.assign(sn_kva=np.nan),
    )
    assert ids(packed(grid)) == set()


# how far -------------------------------------------------------------------------------------


def test_only_what_comes_within_the_radius_is_offered() -> None:
    # line:8 begins here, line:2 ends here; trafo:2 stands here: 50 m to the north of all
    found = packed(town(), at=(AT[0], AT[1] + 50.0 / 110_900.0), radius_m=51.0)
    nothing = packed(town(), at=(AT[0], AT[1] + 50.0 / 110_900.0), radius_m=49.0)

    assert ids(found) == {"line:2", "line:8", "trafo:2"}
    assert nothing.points == []


def test_the_nearest_are_offered_where_there_are_too_many() -> None:
    found = packed(town(), at=(120.1699, 30.28), most=1)

    assert found.truncated
    assert ids(found) == {"line:8", "trafo:2"}


@pytest.mark.parametrize("at", [(0.0, 0.0), (120.0, 89.9), (-180.0, -90.0)])
def test_nothing_is_offered_far_from_the_grid(at: tuple[float, float]) -> None:
    assert packed(town(), at=at).points == []


# what else is told ---------------------------------------------------------------------------


def test_a_pack_is_good_for_the_hours_of_the_rule() -> None:
    assert pack().made_at == NOW
    assert (pack().good_until - NOW).total_seconds() == 24 * 3_600


def test_the_numbers_are_those_of_the_rules() -> None:
    told = pack().rules

    assert told.version == BOOK.version
    assert told.low_voltage_limit_kw == RULES.number("lv_access_limit")
    assert told.on_site_limit_kva == RULES.number("on_site_limit")
    assert told.standard_transformers_kva == RULES.value("standard_transformers_kva")


def test_how_old_and_good_the_data_are_is_told() -> None:
    told = pack().grid

    assert (told.quality, told.load_date, told.load_basis) == (
        "good", date(2026, 7, 20), "measured_peak",
    )  # fmt: skip


# restricted areas ----------------------------------------------------------------------------


def _with_area(west: float, east: float) -> Grid:
    area = shapely.box(west, 30.279, east, 30.281)
    rows = pd.DataFrame({"name": "公园", "reason": "绿地", "geometry": [area]}, index=["r:1"])
    return town().with_tables(restricted_areas=rows)


def test_what_lies_in_a_restricted_area_is_left_out() -> None:
    found = packed(_with_area(120.162, 120.171))

    assert ids(found) == {"line:2"}
    assert found.left_out[RESTRICTED] == 2


def test_of_a_line_that_crosses_an_area_the_rest_may_be_used() -> None:
    assert "line:8" in ids(packed(_with_area(120.165, 120.166)))


def test_areas_are_taken_along() -> None:
    (area,) = packed(_with_area(120.162, 120.171)).restricted_areas

    assert (area.name, area.reason) == ("公园", "绿地")
    (shell,) = area.polygons[0]
    assert [120.171, 30.279] in shell


def test_areas_elsewhere_are_not() -> None:
    assert packed(_with_area(121.0, 121.1)).restricted_areas == []
