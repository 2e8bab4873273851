from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from shapely import LineString, Point

from grid_models.grid import TABLES, Grid
from grid_models.problems.messages import MESSAGES, TABLE_NAMES
from grid_models.schema import find_problems
from tests.grid_models.samples import added, course, edited, emptied, stated, tiny_grid
from tests.grid_models.test_curve_problems import CODES as CURVE_CODES
from tests.grid_models.test_generator_problems import CODES as GENERATOR_CODES
from tests.grid_models.test_phase_problems import CODES as PHASE_CODES
from tests.grid_models.test_tap_problems import CODES as TAP_CODES

Edit = Callable[[Grid], Grid]
Expected = tuple[str, str, tuple[str, ...], str]


def set_to(table: str, name: str, /, **values: object) -> Edit:
    return lambda grid: edited(grid, table, name, **values)


RELATIONS: dict[str, tuple[Edit, Expected]] = {
    "a line at an unknown node": (
        set_to("lines", "line:3", to_node="bus:99"),
        ("node_unknown", "lines", ("line:3",), "error"),
    ),
    "a load at an unknown node": (
        set_to("loads", "load:1", node="bus:99"),
        ("node_unknown", "loads", ("load:1",), "error"),
    ),
    "a bay at an unknown node": (
        set_to("bays", "bay:1", node=""),
        ("node_unknown", "bays", ("bay:1",), "error"),
    ),
    "a switch at an unknown node": (
        set_to("switches", "switch:1", node="bus:99"),
        ("node_unknown", "switches", ("switch:1",), "error"),
    ),
    "a switch of an unknown line": (
        set_to("switches", "switch:1", element_id="line:99"),
        ("switch_element_unknown", "switches", ("switch:1",), "error"),
    ),
    "a line switch that names a transformer": (
        set_to("switches", "switch:1", element_id="trafo:1"),
        ("switch_element_unknown", "switches", ("switch:1",), "error"),
    ),
    "a switch that is not at its line": (
        set_to("switches", "switch:1", node="bus:6"),
        ("switch_not_at_element", "switches", ("switch:1",), "error"),
    ),
    "a limit of an unknown element": (
        lambda grid: grid.with_tables(
            limits=pd.DataFrame(
                {"element_id": "line:99", "limit_a": 300.0, "source": "ct"}, index=["limit:1"]
            )
        ),
        ("limit_element_unknown", "limits", ("limit:1",), "error"),
    ),
    "a line whose ends are one node": (
        set_to("lines", "line:3", to_node="bus:5"),
        ("ends_equal", "lines", ("line:3",), "error"),
    ),
    "a line between 10 and 0.4 kV": (
        set_to("lines", "line:2", to_node="bus:5"),
        ("ends_differ_in_kv", "lines", ("line:2",), "error"),
    ),
    "a node switch between 110 and 10 kV": (
        lambda grid: added(
            grid,
            "switches",
            "switch:9",
            "switch:1",
            node="bus:1",
            element_id="bus:2",
            element_kind="node",
        ),
        ("ends_differ_in_kv", "switches", ("switch:9",), "error"),
    ),
    "a transformer listed low to high": (
        set_to(
            "transformers", "trafo:2", hv_node="bus:5", lv_node="bus:4", vn_hv_kv=0.4, vn_lv_kv=10.0
        ),
        ("transformer_low_to_high", "transformers", ("trafo:2",), "error"),
    ),
    "a transformer whose nodes alone are swapped": (
        set_to("transformers", "trafo:2", hv_node="bus:5", lv_node="bus:4"),
        ("transformer_low_to_high", "transformers", ("trafo:2",), "error"),
    ),
    "a 35 kV transformer at a 10 kV node": (
        set_to("transformers", "trafo:2", vn_hv_kv=35.0),
        ("transformer_voltage_differs", "transformers", ("trafo:2",), "warning"),
    ),
    "a resistive part greater than the whole": (
        set_to("transformers", "trafo:2", vkr_pct=4.1),
        ("vkr_above_vk", "transformers", ("trafo:2",), "error"),
    ),
    "a tap position above the highest": (
        set_to("transformers", "trafo:1", tap_max=8.0, tap_min=-8.0, tap_pos=9.0),
        ("tap_out_of_range", "transformers", ("trafo:1",), "warning"),
    ),
    "a tap that nothing says how to count": (
        set_to("transformers", "trafo:1", tap_pos=2.0, tap_step_pct=1.5, tap_side="hv"),
        ("tap_ignored", "transformers", ("trafo:1",), "warning"),
    ),
    "a stand-in for rated power": (
        set_to("transformers", "trafo:1", sn_kva=99_999_000.0),
        ("rated_power_unknown", "transformers", ("trafo:1",), "warning"),
    ),
    "no ampacity": (
        set_to("lines", "line:1", ampacity_a=np.nan),
        ("ampacity_unknown", "lines", ("line:1",), "warning"),
    ),
    "a stand-in for ampacity": (
        set_to("lines", "line:1", ampacity_a=99_999.0),
        ("ampacity_unknown", "lines", ("line:1",), "warning"),
    ),
    "a line of no length": (
        set_to("lines", "line:3", length_m=0.0),
        ("line_without_impedance", "lines", ("line:3",), "note"),
    ),
    "a line without r and x": (
        set_to("lines", "line:3", r_ohm_per_km=0.0, x_ohm_per_km=0.0),
        ("line_without_impedance", "lines", ("line:3",), "note"),
    ),
    "one line recorded in both directions": (
        lambda grid: added(grid, "lines", "line:9", "line:3", from_node="bus:6", to_node="bus:5"),
        ("parallel_records", "lines", ("line:3", "line:9"), "note"),
    ),
    "a load that feeds in": (
        set_to("loads", "load:1", p_kw=-300.0),
        ("load_negative", "loads", ("load:1",), "warning"),
    ),
    "a load of power factor 0.49": (
        set_to("loads", "load:1", p_kw=49.0, q_kvar=88.0),
        ("load_power_factor", "loads", ("load:1",), "warning"),
    ),
    "voltage shares above 100 %": (
        set_to("loads", "load:1", const_z_q_pct=60.0, const_i_q_pct=41.0),
        ("zip_share_above_100", "loads", ("load:1",), "error"),
    ),
    "a load nobody knows the basis of": (
        lambda grid: stated(
            edited(grid, "loads", "load:2", load_basis="unknown"), load_basis="unknown"
        ),
        ("load_basis_unknown", "loads", ("load:2",), "warning"),
    ),
    "a grid that states better loads than it has": (
        set_to("loads", "load:2", load_basis="snapshot"),
        ("load_basis_overstated", "loads", ("load:2",), "warning"),
    ),
    "watts in the place of kilowatts": (
        lambda grid: edited(
            edited(grid, "loads", "load:1", p_kw=300_000.0), "loads", "load:2", p_kw=120_000.0
        ),
        ("load_unit_suspect", "loads", (), "error"),
    ),
    "no loads": (lambda grid: emptied(grid, "loads"), ("loads_missing", "loads", (), "warning")),
    "a node without coordinates": (
        set_to("nodes", "bus:6", lat=np.nan),
        ("coordinates_missing", "nodes", ("bus:6",), "warning"),
    ),
    "coordinates in metres": (
        set_to("nodes", "bus:6", lon=514_432.0, lat=3_351_162.0),
        ("coordinates_out_of_range", "nodes", ("bus:6",), "error"),
    ),
    "latitude before longitude": (
        set_to("nodes", "bus:6", lon=30.28, lat=120.15),
        ("coordinates_swapped", "nodes", ("bus:6",), "error"),
    ),
    "a node in Germany": (
        set_to("nodes", "bus:6", lon=8.4, lat=49.0),
        ("outside_china", "nodes", ("bus:6",), "note"),
    ),
    "a node 111 km to the north": (
        set_to("nodes", "bus:6", lat=31.28),
        ("node_far_away", "nodes", ("bus:6",), "warning"),
    ),
    "two nodes of one voltage at one place": (
        set_to("nodes", "bus:6", lon=120.163, lat=30.28),
        ("coordinates_shared", "nodes", ("bus:5", "bus:6"), "note"),
    ),
    "a course that ends 67 m beside its node": (
        set_to("lines", "line:1", geometry=LineString([(120.15, 30.28), (120.157, 30.2806)])),
        ("geometry_ends_elsewhere", "lines", ("line:1",), "warning"),
    ),
    "a course drawn backwards": (
        set_to("lines", "line:1", geometry=course("bus:3", "bus:2")),
        ("geometry_reversed", "lines", ("line:1",), "warning"),
    ),
    "a course that crosses itself": (
        set_to(
            "lines",
            "line:1",
            geometry=LineString(
                [
                    (120.15, 30.28),
                    (120.154, 30.28),
                    (120.152, 30.281),
                    (120.152, 30.279),
                    (120.157, 30.28),
                ]
            ),
        ),
        ("geometry_self_crossing", "lines", ("line:1",), "note"),
    ),
    "a point in the place of a course": (
        set_to("lines", "line:1", geometry=Point(120.15, 30.28)),
        ("geometry_wrong_kind", "lines", ("line:1",), "error"),
    ),
    "a course in metres": (
        set_to("lines", "line:1", geometry=LineString([(514_432, 335_116), (514_500, 335_116)])),
        ("geometry_out_of_range", "lines", ("line:1",), "error"),
    ),
    "100 m declared for a course of 672 m": (
        set_to("lines", "line:1", length_m=100.0),
        ("length_unlike_geometry", "lines", ("line:1",), "note"),
    ),
    "no source": (lambda grid: emptied(grid, "sources"), ("no_source", "sources", (), "error")),
    "a source out of service": (
        set_to("sources", "source:1", is_in_service=False),
        ("no_source", "sources", (), "error"),
    ),
    "an open switch at the head of a feeder": (
        set_to("switches", "switch:1", is_closed=False),
        ("node_unsupplied", "nodes", ("bus:3", "bus:4", "bus:5", "bus:6"), "warning"),
    ),
    "a transformer out of service": (
        set_to("transformers", "trafo:2", is_in_service=False),
        ("node_unsupplied", "nodes", ("bus:5", "bus:6"), "warning"),
    ),
    "a node out of service on the way": (
        set_to("nodes", "bus:4", is_in_service=False),
        ("node_unsupplied", "nodes", ("bus:5", "bus:6"), "warning"),
    ),
    "a closed ring": (
        set_to("switches", "switch:2", is_closed=True),
        ("not_radial", "lines", ("line:1", "line:4", "line:5"), "note"),
    ),
    "two sources on one tree": (
        lambda grid: added(grid, "sources", "source:2", "source:1", node="bus:2"),
        ("not_radial", "sources", ("source:1", "source:2"), "note"),
    ),
    "unknown owners": (
        set_to("lines", "line:1", ownership="unknown"),
        ("ownership_unknown", "lines", ("line:1",), "warning"),
    ),
    "unknown laying": (
        set_to("lines", "line:1", laying="unknown"),
        ("laying_unknown", "lines", ("line:1",), "warning"),
    ),
    "no short-circuit power": (
        set_to("sources", "source:1", short_circuit_mva=np.nan),
        ("short_circuit_unknown", "sources", ("source:1",), "note"),
    ),
    "a least short-circuit power above the greatest": (
        set_to("sources", "source:1", short_circuit_min_mva=2500.0),
        ("short_circuit_powers_turned", "sources", ("source:1",), "warning"),
    ),
    "no bays": (lambda grid: emptied(grid, "bays"), ("bays_unknown", "bays", (), "note")),
    "unknown restricted areas": (
        lambda grid: stated(grid, has_restricted_areas=False),
        ("restricted_areas_unknown", "restricted_areas", (), "warning"),
    ),
    "an unknown load date": (
        lambda grid: stated(grid, load_date=None),
        ("load_date_unknown", "loads", (), "warning"),
    ),
    "an unknown topology date": (
        lambda grid: stated(grid, topology_date=None),
        ("topology_date_unknown", "switches", (), "warning"),
    ),
    "a load basis that is none": (
        lambda grid: stated(grid, load_basis="guess"),
        ("load_basis_not_listed", "", (), "error"),
    ),
    "an id used by a line and a node": (
        lambda grid: added(grid, "lines", "bus:6", "line:3", length_m=99.0),
        ("id_in_two_tables", "lines", ("bus:6",), "error"),
    ),
}


@pytest.mark.parametrize(("edit", "expected"), RELATIONS.values(), ids=RELATIONS)
def test_it_is_found_with_its_ids_and_severity(edit: Edit, expected: Expected) -> None:
    problems = find_problems(edit(tiny_grid()))
    assert expected in [(p.code, p.table, p.ids, p.severity) for p in problems]


def test_every_message_is_reached_by_a_test() -> None:
    reached = {code for _, (code, *_) in RELATIONS.values()}
    generic = {"table_broken", "missing", "out_of_range", "not_listed", "id_empty", "id_duplicate"}
    assert (
        set(MESSAGES)
        == reached - {"load_basis_not_listed"}
        | generic
        | CURVE_CODES
        | GENERATOR_CODES
        | PHASE_CODES
        | TAP_CODES
    )


def test_a_limit_entry_makes_up_for_a_missing_ampacity() -> None:
    grid = edited(tiny_grid(), "lines", "line:1", ampacity_a=np.nan).with_tables(
        limits=pd.DataFrame(
            {"element_id": ["line:1"], "limit_a": 300.0, "source": "dispatch_list"},
            index=["limit:1"],
        )
    )
    assert find_problems(grid) == ()


def test_parallel_transformers_and_lines_are_no_loop() -> None:
    grid = added(tiny_grid(), "transformers", "trafo:9", "trafo:1", sn_kva=40_000.0)
    grid = added(grid, "lines", "line:9", "line:1", length_m=900.0)
    assert find_problems(grid) == ()


def test_a_line_beside_a_closed_coupler_is_no_loop() -> None:
    grid = added(
        tiny_grid(),
        "switches",
        "switch:9",
        "switch:1",
        node="bus:2",
        element_id="bus:3",
        element_kind="node",
    )
    assert find_problems(grid) == ()


def test_a_grid_outside_china_in_a_plane_of_its_own_is_no_problem() -> None:
    grid = tiny_grid()
    nodes = grid.nodes.assign(lon=grid.nodes["lon"] - 111.6, lat=grid.nodes["lat"] + 18.7)
    lines = grid.lines.assign(geometry=None)
    abroad = stated(grid.with_tables(nodes=nodes, lines=lines), projected_epsg=25832)
    assert find_problems(abroad) == ()


def test_no_node_is_called_unsupplied_when_there_is_no_source_at_all() -> None:
    codes = [problem.code for problem in find_problems(emptied(tiny_grid(), "sources"))]
    assert codes == ["no_source"]


def test_every_table_has_a_name_for_people() -> None:
    assert set(TABLE_NAMES) == {"", *TABLES}
