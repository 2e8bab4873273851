"""Who owns an access point and the way to it: private is refused, unknown goes to the desk.

::

    bus:2 -- line:1 -- bus:3 -- line:2 -- bus:4 -- line:3 -- bus:5
            cable     bay:1   overhead    pole    overhead    pole
"""

from __future__ import annotations

import pytest

from grid_models.grid import Grid
from tests.cases.drawing import (
    CABLE_400,
    LV_CABLE_300,
    OVERHEAD_150,
    Board,
    Line,
    Load,
    Node,
    draw,
    place,
)
from tests.grid_models.samples import added, edited
from tests.planner.points import AccessPoints, points_near, refusals_of

SITE = (900.0, 440.0)  # 40 m from the middle of line:3
TEE, POLE = ("line_tee", "line:3"), ("mv_node", "bus:5")
BAY = ("station_bay", "bus:3")
LOW = (600.0, 440.0)


def feeder(*, dedicated: bool = False) -> Grid:
    """Return the feeder with loads at bus:4 and bus:5, or at bus:5 alone."""
    loads = [Load("bus:5", 500.0, 160.0), Load("bus:4", 500.0, 160.0), Load("bus:7", 9.0, 3.0)]
    return draw(
        nodes={
            "bus:3": Node(0, 400, "switchgear"),
            "bus:4": Node(600, 400),
            "bus:5": Node(1200, 400),
            "bus:6": Node(600, 405, "cabinet", 0.4),
            "bus:7": Node(600, 505, "node", 0.4),
        },
        lines={
            "line:1": Line("bus:2", "bus:3", CABLE_400),
            "line:2": Line("bus:3", "bus:4", OVERHEAD_150),
            "line:3": Line("bus:4", "bus:5", OVERHEAD_150),
            "line:4": Line("bus:6", "bus:7", LV_CABLE_300),
        },
        loads=loads[:1] if dedicated else loads,
        boards={"trafo:2": Board("bus:4", "bus:6", 400.0, 4.0, 1.13)},
        bays={"bay:1": ("bus:3", True)},
    )


def owned(table: str, element: str, owner: str, *, low: bool = False) -> AccessPoints:
    grid = edited(feeder(), table, element, ownership=owner)
    return points_near(grid, *(LOW if low else SITE), "lv" if low else "mv")


def verdict(points: AccessPoints, key: tuple[str, str]) -> tuple[list[str], tuple[str, ...]]:
    """Return the codes of the refusals and those of the desk."""
    return refusals_of(points, *key), tuple(points[key].desk)


OWN = [
    ("lines", "line:3", TEE, False),
    ("nodes", "bus:3", BAY, False),
    ("bays", "bay:1", BAY, False),
    ("transformers", "trafo:2", ("transformer_lv", "trafo:2"), True),
    ("lines", "line:4", ("lv_line", "line:4"), True),
    ("nodes", "bus:7", ("lv_node", "bus:7"), True),
]
ON_THE_WAY = [
    ("lines", "line:1", TEE, False),
    ("lines", "line:2", TEE, False),
    ("lines", "line:1", BAY, False),
    ("lines", "line:2", ("transformer_lv", "trafo:2"), True),
    ("lines", "line:2", ("lv_line", "line:4"), True),
    ("transformers", "trafo:2", ("lv_line", "line:4"), True),
    ("transformers", "trafo:2", ("lv_node", "bus:7"), True),
    ("lines", "line:4", ("lv_node", "bus:7"), True),
]


@pytest.mark.parametrize(("table", "element", "key", "low"), OWN)
def test_a_private_access_point_is_refused(
    table: str, element: str, key: tuple[str, str], low: bool
) -> None:
    assert verdict(owned(table, element, "private", low=low), key) == (["not_public"], ())


@pytest.mark.parametrize(("table", "element", "key", "low"), OWN)
def test_an_access_point_of_unknown_owner_goes_to_the_desk(
    table: str, element: str, key: tuple[str, str], low: bool
) -> None:
    found = owned(table, element, "unknown", low=low)
    assert verdict(found, key) == ([], ("ownership_unknown",))


@pytest.mark.parametrize(("table", "element", "key", "low"), ON_THE_WAY)
def test_a_point_behind_something_private_is_refused(
    table: str, element: str, key: tuple[str, str], low: bool
) -> None:
    assert verdict(owned(table, element, "private", low=low), key) == (["not_public"], ())


@pytest.mark.parametrize(("table", "element", "key", "low"), ON_THE_WAY)
def test_a_point_behind_something_of_unknown_owner_goes_to_the_desk(
    table: str, element: str, key: tuple[str, str], low: bool
) -> None:
    found = owned(table, element, "unknown", low=low)
    assert verdict(found, key) == ([], ("ownership_unknown",))


@pytest.mark.parametrize("owner", ["private", "unknown"])
@pytest.mark.parametrize(
    ("table", "element"),
    [("transformers", "trafo:1"), ("nodes", "bus:4"), ("nodes", "bus:5"), ("lines", "line:4")],
)
def test_what_is_not_on_the_way_to_the_busbar_is_no_matter(
    table: str, element: str, owner: str
) -> None:
    assert verdict(owned(table, element, owner), TEE) == ([], ())


def test_a_public_bay_is_taken_before_one_of_unknown_owner() -> None:
    grid = feeder()
    bays = grid.bays.loc[["bay:1", "bay:1", "bay:1"]].set_axis(["bay:0", "bay:1", "bay:2"])
    bays["ownership"] = ["private", "unknown", "public"]
    point = points_near(grid.with_tables(bays=bays), *SITE)[BAY]
    assert (point.bay_id, point.spare_bays, tuple(point.desk)) == ("bay:2", 2, ())


def test_a_feeder_of_one_private_customer_is_dedicated_and_refused() -> None:
    grid = edited(feeder(dedicated=True), "nodes", "bus:5", ownership="private")
    assert verdict(points_near(grid, *SITE), TEE) == (["not_public"], ())


def test_a_feeder_of_one_public_load_is_not_dedicated() -> None:
    assert verdict(points_near(feeder(dedicated=True), *SITE), TEE) == ([], ())


def test_a_feeder_of_a_private_customer_and_another_is_not_dedicated() -> None:
    assert verdict(owned("nodes", "bus:5", "private"), TEE) == ([], ())


@pytest.mark.parametrize("spur", ["line:0", "line:9"])
def test_a_private_spur_does_not_make_the_public_lines_pole_private(spur: str) -> None:
    lon, lat = place(600, 100)
    grid = added(feeder(), "nodes", "bus:9", "bus:4", lon=lon, lat=lat)
    grid = added(
        grid, "lines", spur, "line:3", from_node="bus:4", to_node="bus:9", ownership="private"
    )
    points = points_near(grid, *LOW, "mv")
    assert verdict(points, ("mv_node", "bus:4")) == ([], ())
