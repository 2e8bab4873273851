"""Where one may connect at 10 kV, and with which code one may not.

::

    bus:2 -- line:1 -- bus:3 -- line:2 -- bus:4 -- line:3 -- bus:5
            cable     bay:1   overhead   pole     cable     switchgear
            400 m              600 m              600 m, to the north
"""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest

from grid_models.grid import Grid, make_table
from tests.cases.drawing import CABLE_240, CABLE_400, OVERHEAD_150, Line, Load, Node, draw, place
from tests.grid_models.samples import added, edited
from tests.planner.example import commitment
from tests.planner.points import points_near, refusals_of, sentences_of

BY_THE_LINE = (300.0, 440.0)  # 40 m from the middle of line:2
BY_THE_CABLE = (640.0, 700.0)  # 40 m from the middle of line:3
BY_THE_UNIT = (-40.0, 400.0)  # 40 m from bus:3
LINE, CABLE, UNIT = ("line_tee", "line:2"), ("line_ring_in", "line:3"), ("station_bay", "bus:3")


def feeder(**facts: Any) -> Grid:
    return draw(
        nodes={
            "bus:3": Node(0, 400, "switchgear"),
            "bus:4": Node(600, 400),
            "bus:5": Node(600, 1000, "switchgear"),
        },
        lines={
            "line:1": Line("bus:2", "bus:3", CABLE_400),
            "line:2": Line("bus:3", "bus:4", OVERHEAD_150),
            "line:3": Line("bus:4", "bus:5", CABLE_240),
        },
        loads=[Load("bus:4", 500.0, 160.0), Load("bus:5", 500.0, 160.0)],
        bays={"bay:1": ("bus:3", True)},
        **facts,
    )


# Overhead lines ----------------------------------------------------------------------------------


def test_an_overhead_line_is_teed_at_its_nearest_point() -> None:
    point = points_near(feeder(), 150, 440)[LINE]
    assert (point.kind, point.position) == ("mv_public_tee", pytest.approx(0.25, abs=1e-6))
    assert (point.lon, point.lat) == pytest.approx(place(150, 400), abs=1e-9)
    assert (point.refusals, tuple(point.desk)) == ((), ())


def test_the_route_is_the_straight_distance_times_the_detour() -> None:
    point = points_near(feeder(), *BY_THE_LINE)[LINE]
    assert point.distance_m == pytest.approx(40.0, abs=1e-3)
    assert point.length_m == pytest.approx(52.0, abs=1e-3)


def test_no_route_is_shorter_than_5_m() -> None:
    assert points_near(feeder(), 300, 401)[LINE].length_m == 5.0


def test_the_position_counts_from_the_from_node_wherever_the_power_comes_from() -> None:
    turned = edited(feeder(), "lines", "line:2", from_node="bus:4", to_node="bus:3")
    point = points_near(turned, 150, 440)[LINE]
    assert point.position == pytest.approx(0.75, abs=1e-6)
    assert point.share == pytest.approx(0.25, abs=1e-6)


def test_a_point_within_1_m_of_the_end_of_a_line_is_that_pole() -> None:
    points = points_near(feeder(), 599.1, 440)
    assert LINE not in points
    assert points["mv_node", "bus:4"].kind == "mv_public_tee"
    assert points["mv_node", "bus:4"].position is None
    assert LINE in points_near(feeder(), 598.9, 440)


def test_a_pole_is_one_access_point_however_many_lines_meet_there() -> None:
    grid = added(feeder(), "nodes", "bus:6", "bus:4", lon=place(600, 100)[0])
    grid = edited(grid, "nodes", "bus:6", lat=place(600, 100)[1])
    grid = added(grid, "lines", "line:4", "line:2", from_node="bus:4", to_node="bus:6")
    found = points_near(grid, 640, 400)
    assert [key for key in found if key[0] == "mv_node"] == [("mv_node", "bus:4")]


def test_an_end_that_has_a_public_bay_is_reached_by_its_bay() -> None:
    found = points_near(feeder(), *BY_THE_UNIT)
    assert UNIT in found
    assert ("mv_node", "bus:3") not in found


def test_an_unknown_laying_is_teed_and_told_to_the_desk() -> None:
    grid = edited(feeder(), "lines", "line:2", laying="unknown")
    point = points_near(grid, *BY_THE_LINE)[LINE]
    assert (point.kind, tuple(point.desk), point.refusals) == (
        "mv_public_tee",
        ("laying_unknown",),
        (),
    )


def test_the_end_of_a_line_of_unknown_laying_is_told_to_the_desk() -> None:
    grid = edited(feeder(), "lines", "line:2", laying="unknown")
    point = points_near(grid, 600, 300)["mv_node", "bus:4"]
    assert tuple(point.desk) == ("laying_unknown",)


# Cables and bays ---------------------------------------------------------------------------------


def test_a_cable_without_a_bay_at_its_ends_is_cut_open() -> None:
    point = points_near(feeder(), *BY_THE_CABLE)[CABLE]
    assert (point.kind, tuple(point.desk), point.refusals) == (
        "mv_public_ring_in",
        ("works_needed",),
        (),
    )
    assert point.position == pytest.approx(0.5, abs=1e-6)


def test_nobody_tees_a_cable() -> None:
    assert ("line_tee", "line:3") not in points_near(feeder(), *BY_THE_CABLE)


@pytest.mark.parametrize("node", ["bus:4", "bus:5"])
def test_a_cable_with_a_bay_at_either_end_is_reached_by_the_bay(node: str) -> None:
    found = points_near(added(feeder(), "bays", "bay:2", "bay:1", node=node), *BY_THE_CABLE)
    assert CABLE not in found
    assert ("station_bay", node) in found


@pytest.mark.parametrize(("ownership", "is_spare"), [("private", True), ("public", False)])
def test_a_bay_that_is_private_or_taken_does_not_save_the_cut(
    ownership: str, is_spare: bool
) -> None:
    facts = {"node": "bus:5", "ownership": ownership, "is_spare": is_spare}
    assert CABLE in points_near(added(feeder(), "bays", "bay:2", "bay:1", **facts), *BY_THE_CABLE)


@pytest.mark.parametrize(("site", "position"), [((640, 380), 1 / 600), ((640, 1_020), 599 / 600)])
def test_a_cable_nearest_at_its_end_is_cut_1_m_inside(
    site: tuple[float, float], position: float
) -> None:
    point = points_near(feeder(), *site)[CABLE]
    assert point.position == pytest.approx(position, abs=1e-6)
    assert (point.lon, point.lat) == pytest.approx(place(600, 400 + 600 * position), abs=1e-8)


def test_a_cable_shorter_than_2_m_is_cut_in_the_middle() -> None:
    lon, lat = place(600, 401.6)
    grid = edited(feeder(), "nodes", "bus:5", lon=lon, lat=lat)
    assert points_near(grid, 640, 380)[CABLE].position == pytest.approx(0.5, abs=1e-3)


def test_a_spare_bay_of_a_ring_main_unit_is_an_access_point() -> None:
    point = points_near(feeder(), *BY_THE_UNIT)[UNIT]
    assert (point.kind, point.bay_id, point.spare_bays) == ("mv_public_bay", "bay:1", 1)
    assert (point.refusals, tuple(point.desk)) == ((), ())


def test_switchgear_whose_bays_are_all_in_use_is_refused() -> None:
    grid = edited(feeder(), "bays", "bay:1", is_spare=False)
    assert refusals_of(points_near(grid, *BY_THE_UNIT), *UNIT) == ["no_spare_bay"]


def test_a_bay_taken_by_a_promise_is_not_spare() -> None:
    found = points_near(feeder(), *BY_THE_UNIT, commitments=[commitment("bus:3", bay_id="bay:1")])
    assert refusals_of(found, *UNIT) == ["no_spare_bay"]


def test_of_two_bays_a_promise_leaves_the_other() -> None:
    grid = added(feeder(), "bays", "bay:2", "bay:1")
    assert points_near(grid, *BY_THE_UNIT)[UNIT].spare_bays == 2
    found = points_near(grid, *BY_THE_UNIT, commitments=[commitment("bus:3", bay_id="bay:1")])
    assert (found[UNIT].bay_id, found[UNIT].spare_bays) == ("bay:2", 1)


@pytest.mark.parametrize(
    ("last_day", "refusals"), [(date(2026, 7, 31), []), (date(2026, 8, 1), ["no_spare_bay"])]
)
def test_a_promise_takes_its_bay_until_it_has_expired(last_day: date, refusals: list[str]) -> None:
    held = commitment("bus:3", bay_id="bay:1", expires_on=last_day)
    found = points_near(feeder(), *BY_THE_UNIT, commitments=[held])
    assert refusals_of(found, *UNIT) == refusals


def test_the_bay_of_a_station_s_busbar_is_no_access_point() -> None:
    # bay:0 stands at bus:2
    assert not [key for key in points_near(feeder(), 0, 20) if key[1] == "bus:2"]


# Never -------------------------------------------------------------------------------------------


def test_the_first_section_is_refused() -> None:
    grid = edited(feeder(), "lines", "line:1", laying="overhead")
    found = points_near(grid, 40, 200)
    assert refusals_of(found, "line_tee", "line:1") == ["access_not_admissible"]
    assert "first section" in sentences_of(found, "line_tee", "line:1")


@pytest.mark.parametrize("open_end", ["bus:3", "bus:4"])
def test_a_tie_is_refused(open_end: str) -> None:
    grid = feeder(open_at={"line:2": open_end})
    if open_end == "bus:3":  # what lies beyond is fed from the far side
        grid = added(grid, "lines", "line:6", "line:1", from_node="bus:2", to_node="bus:5")
    found = points_near(grid, *BY_THE_LINE)
    assert refusals_of(found, *LINE) == ["access_not_admissible"]
    assert "tie" in sentences_of(found, *LINE)


@pytest.mark.parametrize(
    ("table", "element", "site", "key"),
    [
        ("lines", "line:2", BY_THE_LINE, LINE),
        ("lines", "line:3", BY_THE_CABLE, CABLE),
        ("nodes", "bus:3", BY_THE_UNIT, UNIT),
        ("nodes", "bus:4", (600, 360), ("mv_node", "bus:4")),
    ],
)
def test_what_is_to_be_removed_is_refused(
    table: str, element: str, site: tuple[float, float], key: tuple[str, str]
) -> None:
    grid = edited(feeder(), table, element, removal_planned_on=pd.Timestamp(2027, 1, 1))
    found = points_near(grid, *site)
    assert refusals_of(found, *key) == ["access_not_admissible"]
    assert "removal" in sentences_of(found, *key)


def test_what_is_out_of_service_is_no_access_point() -> None:
    grid = edited(feeder(), "lines", "line:3", is_in_service=False)
    assert CABLE not in points_near(grid, *BY_THE_CABLE)


def test_what_nothing_supplies_is_no_access_point() -> None:
    grid = edited(feeder(), "lines", "line:2", is_in_service=False)
    assert CABLE not in points_near(grid, *BY_THE_CABLE)


def test_a_closed_ring_is_refused() -> None:
    grid = added(feeder(), "lines", "line:4", "line:1", from_node="bus:3", to_node="bus:5")
    assert refusals_of(points_near(grid, *BY_THE_LINE), *LINE) == ["not_radial"]


def test_a_part_whose_voltage_a_generator_holds_is_refused() -> None:
    generator = pd.DataFrame({"node": "bus:5", "p_kw": 500.0, "v_pu": 1.0}, index=["G"])
    grid = feeder().with_tables(generators=make_table("generators", generator))
    assert refusals_of(points_near(grid, *BY_THE_LINE), *LINE) == ["not_radial"]


def test_the_inner_node_of_a_three_winding_transformer_is_never_offered() -> None:
    """Its legs join bus:4 and two boards; what stands at bus:4 is there as before."""
    grid, star = feeder(), "trafo3w:0:star"
    grid = added(grid, "nodes", star, "bus:5", kind="star", lon=np.nan, lat=np.nan)
    for board in ("board:1", "board:2"):
        grid = added(grid, "nodes", board, "bus:4", vn_kv=0.4, kind="cabinet")
    unit = {"hv_node": star, "sn_kva": 400.0, "vn_hv_kv": 10.0, "vk_pct": 4.0, "vkr_pct": 1.0}
    legs = {
        "trafo3w:0:hv": unit | {"hv_node": "bus:4", "lv_node": star, "vn_lv_kv": 10.0},
        "trafo3w:0:mv": unit | {"lv_node": "board:1", "vn_lv_kv": 0.4},
        "trafo3w:0:lv": unit | {"lv_node": "board:2", "vn_lv_kv": 0.4},
    }
    rows = make_table("transformers", pd.DataFrame.from_dict(legs, orient="index"))
    grid = grid.with_tables(transformers=pd.concat([grid.transformers, rows]))
    mv, lv = (points_near(grid, 600, 420, level) for level in ("mv", "lv"))
    assert set(mv) == set(points_near(feeder(), 600, 420))
    assert set(lv) == {("transformer_lv", "trafo3w:0:mv"), ("transformer_lv", "trafo3w:0:lv")}


# Size and distance -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("site", "key", "limit_kva"),
    [
        (BY_THE_LINE, LINE, 1_000.0),
        ((600, 360), ("mv_node", "bus:4"), 1_000.0),
        (BY_THE_UNIT, UNIT, 6_000.0),
        (BY_THE_CABLE, CABLE, 6_000.0),
    ],
)
def test_what_is_too_large_for_a_kind_of_access_is_refused(
    site: tuple[float, float], key: tuple[str, str], limit_kva: float
) -> None:
    at_limit = points_near(feeder(), *site, capacity_kva=limit_kva)
    assert refusals_of(at_limit, *key) == []
    (reason,) = points_near(feeder(), *site, capacity_kva=limit_kva + 1.0)[key].refusals
    assert (reason.code, reason.unit) == ("access_not_admissible", "kVA")
    assert (reason.value, reason.limit) == (limit_kva + 1.0, limit_kva)


def test_access_points_lie_within_2000_m() -> None:
    assert UNIT in points_near(feeder(), -1_999, 400)
    assert UNIT not in points_near(feeder(), -2_001, 400)


def test_a_stated_distance_takes_the_rule_s_place() -> None:
    assert LINE in points_near(feeder(), *BY_THE_LINE, max_distance_m=41.0)
    assert LINE not in points_near(feeder(), *BY_THE_LINE, max_distance_m=39.0)


def test_access_points_come_nearest_first() -> None:
    lengths = [point.length_m for point in points_near(feeder(), 500, 700).values()]
    assert len(lengths) == 3
    assert lengths == sorted(lengths)
