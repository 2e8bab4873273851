from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from shapely import LineString, Point

from grid_models.errors import GridDataError
from grid_models.grid import TABLES, Grid, GridMetadata, Problem
from grid_models.problems.messages import MESSAGES, TABLE_NAMES
from grid_models.schema import (
    BOUNDS,
    CHOICES,
    MAY_BE_UNKNOWN,
    assert_valid_grid,
    describe_tables,
    find_problems,
    verdict,
)
from tests.grid_models.samples import added, course, edited, emptied, stated, tiny_grid

Edit = Callable[[Grid], Grid]


def found(grid: Grid) -> dict[tuple[str, str], Problem]:
    return {(problem.code, problem.table): problem for problem in find_problems(grid)}


def set_to(table: str, name: str, /, **values: object) -> Edit:
    return lambda grid: edited(grid, table, name, **values)


def test_a_complete_grid_has_no_problem() -> None:
    assert find_problems(tiny_grid()) == ()


@pytest.mark.parametrize(
    ("table", "element_id", "column", "value"),
    [
        ("nodes", "bus:2", "vn_kv", 0.0),
        ("lines", "line:1", "length_m", -1.0),
        ("lines", "line:1", "r_ohm_per_km", -0.1),
        ("lines", "line:1", "x_ohm_per_km", np.inf),
        ("lines", "line:1", "parallel", 0),
        ("lines", "line:1", "derating", 0.0),
        ("lines", "line:1", "derating", 1.01),
        ("lines", "line:1", "ampacity_a", 0.0),
        ("transformers", "trafo:2", "sn_kva", 0.0),
        ("transformers", "trafo:2", "vk_pct", 0.0),
        ("transformers", "trafo:2", "leakage_x_ratio_hv", 1.5),
        ("transformers", "trafo:2", "parallel", 0),
        ("transformers", "trafo:2", "shift_degree", -np.inf),
        ("switches", "switch:1", "z_ohm", -1.0),
        ("loads", "load:1", "scaling", -1.0),
        ("loads", "load:1", "p_kw", np.inf),
        ("loads", "load:1", "const_z_p_pct", 101.0),
        ("sources", "source:1", "v_pu", 10.0),
    ],
)
def test_a_value_out_of_range_is_an_error_of_its_column(
    table: str, element_id: str, column: str, value: float
) -> None:
    grid = edited(tiny_grid(), table, element_id, **{column: value})
    problem = found(grid)[f"{column}_out_of_range", table]
    assert (problem.ids, problem.severity) == ((element_id,), "error")


@pytest.mark.parametrize(
    ("table", "element_id", "column", "value"),
    [
        ("nodes", "bus:2", "ownership", "public "),
        ("nodes", "bus:2", "kind", "tower"),
        ("lines", "line:1", "laying", "underground"),
        ("transformers", "trafo:1", "tap_changer_type", "Ratio"),
        ("transformers", "trafo:1", "tap_side", "mv"),
        ("switches", "switch:1", "kind", "CB"),
        ("switches", "switch:1", "element_kind", "l"),
        ("loads", "load:1", "load_basis", "peak"),
        ("bays", "bay:1", "ownership", ""),
    ],
)
def test_a_value_outside_a_closed_list_is_an_error_that_names_the_list(
    table: str, element_id: str, column: str, value: str
) -> None:
    grid = edited(tiny_grid(), table, element_id, **{column: value})
    problem = found(grid)[f"{column}_not_listed", table]
    assert (problem.ids, problem.severity) == ((element_id,), "error")
    assert CHOICES[table][column][1] in problem.en


@pytest.mark.parametrize(
    ("table", "element_id", "column"),
    [
        ("nodes", "bus:2", "vn_kv"),
        ("lines", "line:1", "length_m"),
        ("lines", "line:1", "r_ohm_per_km"),
        ("transformers", "trafo:2", "sn_kva"),
        ("transformers", "trafo:2", "vkr_pct"),
        ("loads", "load:1", "p_kw"),
    ],
)
def test_a_number_that_the_power_flow_needs_must_not_be_missing(
    table: str, element_id: str, column: str
) -> None:
    grid = edited(tiny_grid(), table, element_id, **{column: np.nan})
    assert found(grid)[f"{column}_missing", table].ids == (element_id,)


RELATIONS: dict[str, tuple[Edit, str, str, tuple[str, ...], str]] = {
    "a line at an unknown node": (
        set_to("lines", "line:3", to_node="bus:99"),
        "node_unknown",
        "lines",
        ("line:3",),
        "error",
    ),
    "a load at an unknown node": (
        set_to("loads", "load:1", node="bus:99"),
        "node_unknown",
        "loads",
        ("load:1",),
        "error",
    ),
    "a bay at an unknown node": (
        set_to("bays", "bay:1", node=""),
        "node_unknown",
        "bays",
        ("bay:1",),
        "error",
    ),
    "a switch at an unknown node": (
        set_to("switches", "switch:1", node="bus:99"),
        "node_unknown",
        "switches",
        ("switch:1",),
        "error",
    ),
    "a switch of an unknown line": (
        set_to("switches", "switch:1", element_id="line:99"),
        "switch_element_unknown",
        "switches",
        ("switch:1",),
        "error",
    ),
    "a line switch that names a transformer": (
        set_to("switches", "switch:1", element_id="trafo:1"),
        "switch_element_unknown",
        "switches",
        ("switch:1",),
        "error",
    ),
    "a switch that is not at its line": (
        set_to("switches", "switch:1", node="bus:6"),
        "switch_not_at_element",
        "switches",
        ("switch:1",),
        "error",
    ),
    "a limit of an unknown element": (
        lambda grid: grid.with_tables(
            limits=pd.DataFrame(
                {"element_id": "line:99", "limit_a": 300.0, "source": "ct"}, index=["limit:1"]
            )
        ),
        "limit_element_unknown",
        "limits",
        ("limit:1",),
        "error",
    ),
    "a line whose ends are one node": (
        set_to("lines", "line:3", to_node="bus:5"),
        "ends_equal",
        "lines",
        ("line:3",),
        "error",
    ),
    "a line between 10 and 0.4 kV": (
        set_to("lines", "line:2", to_node="bus:5"),
        "ends_differ_in_kv",
        "lines",
        ("line:2",),
        "error",
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
        "ends_differ_in_kv",
        "switches",
        ("switch:9",),
        "error",
    ),
    "a transformer listed low to high": (
        set_to(
            "transformers", "trafo:2", hv_node="bus:5", lv_node="bus:4", vn_hv_kv=0.4, vn_lv_kv=10.0
        ),
        "transformer_low_to_high",
        "transformers",
        ("trafo:2",),
        "error",
    ),
    "a transformer whose nodes alone are swapped": (
        set_to("transformers", "trafo:2", hv_node="bus:5", lv_node="bus:4"),
        "transformer_low_to_high",
        "transformers",
        ("trafo:2",),
        "error",
    ),
    "a 35 kV transformer at a 10 kV node": (
        set_to("transformers", "trafo:2", vn_hv_kv=35.0),
        "transformer_voltage_differs",
        "transformers",
        ("trafo:2",),
        "warning",
    ),
    "a resistive part greater than the whole": (
        set_to("transformers", "trafo:2", vkr_pct=4.1),
        "vkr_above_vk",
        "transformers",
        ("trafo:2",),
        "error",
    ),
    "a tap position above the highest": (
        set_to("transformers", "trafo:1", tap_max=8.0, tap_min=-8.0, tap_pos=9.0),
        "tap_out_of_range",
        "transformers",
        ("trafo:1",),
        "warning",
    ),
    "a tap that nothing says how to count": (
        set_to("transformers", "trafo:1", tap_pos=2.0, tap_step_pct=1.5, tap_side="hv"),
        "tap_ignored",
        "transformers",
        ("trafo:1",),
        "warning",
    ),
    "a stand-in for rated power": (
        set_to("transformers", "trafo:1", sn_kva=99_999_000.0),
        "rated_power_unknown",
        "transformers",
        ("trafo:1",),
        "warning",
    ),
    "no ampacity": (
        set_to("lines", "line:1", ampacity_a=np.nan),
        "ampacity_unknown",
        "lines",
        ("line:1",),
        "warning",
    ),
    "a stand-in for ampacity": (
        set_to("lines", "line:1", ampacity_a=99_999.0),
        "ampacity_unknown",
        "lines",
        ("line:1",),
        "warning",
    ),
    "a line of no length": (
        set_to("lines", "line:3", length_m=0.0),
        "line_without_impedance",
        "lines",
        ("line:3",),
        "note",
    ),
    "a line without r and x": (
        set_to("lines", "line:3", r_ohm_per_km=0.0, x_ohm_per_km=0.0),
        "line_without_impedance",
        "lines",
        ("line:3",),
        "note",
    ),
    "one line recorded in both directions": (
        lambda grid: added(grid, "lines", "line:9", "line:3", from_node="bus:6", to_node="bus:5"),
        "parallel_records",
        "lines",
        ("line:3", "line:9"),
        "note",
    ),
    "a load that feeds in": (
        set_to("loads", "load:1", p_kw=-300.0),
        "load_negative",
        "loads",
        ("load:1",),
        "warning",
    ),
    "a load of power factor 0.49": (
        set_to("loads", "load:1", p_kw=49.0, q_kvar=88.0),
        "load_power_factor",
        "loads",
        ("load:1",),
        "warning",
    ),
    "voltage shares above 100 %": (
        set_to("loads", "load:1", const_z_q_pct=60.0, const_i_q_pct=41.0),
        "zip_share_above_100",
        "loads",
        ("load:1",),
        "error",
    ),
    "a load nobody knows the basis of": (
        lambda grid: stated(
            edited(grid, "loads", "load:2", load_basis="unknown"), load_basis="unknown"
        ),
        "load_basis_unknown",
        "loads",
        ("load:2",),
        "warning",
    ),
    "a grid that states better loads than it has": (
        set_to("loads", "load:2", load_basis="snapshot"),
        "load_basis_overstated",
        "loads",
        ("load:2",),
        "warning",
    ),
    "watts in the place of kilowatts": (
        lambda grid: edited(
            edited(grid, "loads", "load:1", p_kw=300_000.0), "loads", "load:2", p_kw=120_000.0
        ),
        "load_unit_suspect",
        "loads",
        (),
        "error",
    ),
    "no loads": (lambda grid: emptied(grid, "loads"), "loads_missing", "loads", (), "warning"),
    "a node without coordinates": (
        set_to("nodes", "bus:6", lat=np.nan),
        "coordinates_missing",
        "nodes",
        ("bus:6",),
        "warning",
    ),
    "coordinates in metres": (
        set_to("nodes", "bus:6", lon=514_432.0, lat=3_351_162.0),
        "coordinates_out_of_range",
        "nodes",
        ("bus:6",),
        "error",
    ),
    "latitude before longitude": (
        set_to("nodes", "bus:6", lon=30.28, lat=120.15),
        "coordinates_swapped",
        "nodes",
        ("bus:6",),
        "error",
    ),
    "a node in Germany": (
        set_to("nodes", "bus:6", lon=8.4, lat=49.0),
        "outside_china",
        "nodes",
        ("bus:6",),
        "note",
    ),
    "a node 111 km to the north": (
        set_to("nodes", "bus:6", lat=31.28),
        "node_far_away",
        "nodes",
        ("bus:6",),
        "warning",
    ),
    "two nodes of one voltage at one place": (
        set_to("nodes", "bus:6", lon=120.163, lat=30.28),
        "coordinates_shared",
        "nodes",
        ("bus:5", "bus:6"),
        "note",
    ),
    "a course that ends 67 m beside its node": (
        set_to("lines", "line:1", geometry=LineString([(120.15, 30.28), (120.157, 30.2806)])),
        "geometry_ends_elsewhere",
        "lines",
        ("line:1",),
        "warning",
    ),
    "a course drawn backwards": (
        set_to("lines", "line:1", geometry=course("bus:3", "bus:2")),
        "geometry_reversed",
        "lines",
        ("line:1",),
        "warning",
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
        "geometry_self_crossing",
        "lines",
        ("line:1",),
        "note",
    ),
    "a point in the place of a course": (
        set_to("lines", "line:1", geometry=Point(120.15, 30.28)),
        "geometry_wrong_kind",
        "lines",
        ("line:1",),
        "error",
    ),
    "a course in metres": (
        set_to("lines", "line:1", geometry=LineString([(514_432, 335_116), (514_500, 335_116)])),
        "geometry_out_of_range",
        "lines",
        ("line:1",),
        "error",
    ),
    "100 m declared for a course of 672 m": (
        set_to("lines", "line:1", length_m=100.0),
        "length_unlike_geometry",
        "lines",
        ("line:1",),
        "note",
    ),
    "no source": (lambda grid: emptied(grid, "sources"), "no_source", "sources", (), "error"),
    "a source out of service": (
        set_to("sources", "source:1", is_in_service=False),
        "no_source",
        "sources",
        (),
        "error",
    ),
    "an open switch at the head of a feeder": (
        set_to("switches", "switch:1", is_closed=False),
        "node_unsupplied",
        "nodes",
        ("bus:3", "bus:4", "bus:5", "bus:6"),
        "warning",
    ),
    "a transformer out of service": (
        set_to("transformers", "trafo:2", is_in_service=False),
        "node_unsupplied",
        "nodes",
        ("bus:5", "bus:6"),
        "warning",
    ),
    "a node out of service on the way": (
        set_to("nodes", "bus:4", is_in_service=False),
        "node_unsupplied",
        "nodes",
        ("bus:5", "bus:6"),
        "warning",
    ),
    "a closed ring": (
        set_to("switches", "switch:2", is_closed=True),
        "not_radial",
        "lines",
        ("line:1", "line:4", "line:5"),
        "note",
    ),
    "two sources on one tree": (
        lambda grid: added(grid, "sources", "source:2", "source:1", node="bus:2"),
        "not_radial",
        "sources",
        ("source:1", "source:2"),
        "note",
    ),
    "unknown owners": (
        set_to("lines", "line:1", ownership="unknown"),
        "ownership_unknown",
        "lines",
        ("line:1",),
        "warning",
    ),
    "unknown laying": (
        set_to("lines", "line:1", laying="unknown"),
        "laying_unknown",
        "lines",
        ("line:1",),
        "warning",
    ),
    "no short-circuit power": (
        set_to("sources", "source:1", short_circuit_mva=np.nan),
        "short_circuit_unknown",
        "sources",
        ("source:1",),
        "note",
    ),
    "no bays": (lambda grid: emptied(grid, "bays"), "bays_unknown", "bays", (), "note"),
    "unknown restricted areas": (
        lambda grid: stated(grid, has_restricted_areas=False),
        "restricted_areas_unknown",
        "restricted_areas",
        (),
        "warning",
    ),
    "an unknown load date": (
        lambda grid: stated(grid, load_date=None),
        "load_date_unknown",
        "loads",
        (),
        "warning",
    ),
    "an unknown topology date": (
        lambda grid: stated(grid, topology_date=None),
        "topology_date_unknown",
        "switches",
        (),
        "warning",
    ),
    "a load basis that is none": (
        lambda grid: stated(grid, load_basis="guess"),
        "load_basis_not_listed",
        "",
        (),
        "error",
    ),
    "an id used by a line and a node": (
        lambda grid: added(grid, "lines", "bus:6", "line:3", length_m=99.0),
        "id_in_two_tables",
        "lines",
        ("bus:6",),
        "error",
    ),
}


@pytest.mark.parametrize(
    ("edit", "code", "table", "ids", "severity"), RELATIONS.values(), ids=RELATIONS
)
def test_it_is_found_with_its_ids_and_severity(
    edit: Edit, code: str, table: str, ids: tuple[str, ...], severity: str
) -> None:
    problem = found(edit(tiny_grid()))[code, table]
    assert (problem.ids, problem.severity) == (ids, severity)


def test_every_message_is_reached_by_a_test() -> None:
    reached = {code for _, code, *_ in RELATIONS.values()}
    generic = {"table_broken", "missing", "out_of_range", "not_listed", "id_empty", "id_duplicate"}
    assert set(MESSAGES) == reached - {"load_basis_not_listed"} | generic


def test_duplicate_ids_are_an_error_and_do_not_stop_the_rest() -> None:
    grid = tiny_grid()
    twice = grid.with_tables(nodes=pd.concat([grid.nodes, grid.nodes.loc[["bus:3"]]]))
    problems = found(edited(twice, "lines", "line:3", ampacity_a=np.nan))
    assert problems["id_duplicate", "nodes"].ids == ("bus:3",)
    assert problems["ampacity_unknown", "lines"].ids == ("line:3",)


def test_an_empty_id_is_an_error() -> None:
    grid = tiny_grid()
    nameless = grid.with_tables(loads=grid.loads.rename(index={"load:1": ""}))
    assert found(nameless)["id_empty", "loads"].ids == ("",)


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
    assert ("node_unsupplied", "nodes") not in found(emptied(tiny_grid(), "sources"))


def test_problems_of_the_import_are_kept_word_for_word() -> None:
    dropped = Problem(
        code="storage_dropped",
        severity="warning",
        table="generators",
        ids=("s:1",),
        zh="中",
        en="e",
    )
    assert find_problems(stated(tiny_grid(), import_problems=(dropped,))) == (dropped,)


def test_problems_come_errors_first_then_by_code_and_table() -> None:
    grid = emptied(edited(tiny_grid(), "lines", "line:1", laying="unknown"), "bays")
    grid = edited(edited(grid, "lines", "line:2", length_m=-1.0), "nodes", "bus:6", lat=np.nan)
    codes = [problem.code for problem in find_problems(grid)]
    assert codes == [
        "length_m_out_of_range",
        "coordinates_missing",
        "laying_unknown",
        "bays_unknown",
    ]


def test_ids_of_a_problem_are_sorted() -> None:
    grid = tiny_grid()
    grid = grid.with_tables(lines=grid.lines.iloc[::-1].assign(laying="unknown"))
    assert found(grid)["laying_unknown", "lines"].ids == tuple(f"line:{n}" for n in range(1, 6))


def test_a_grid_of_empty_tables_says_what_is_missing() -> None:
    problems = find_problems(Grid.build(GridMetadata(name="empty")))
    assert [p.code for p in problems if p.severity == "error"] == ["no_source"]
    assert verdict(problems) == "poor"


def test_a_table_of_wrong_types_is_one_error_and_not_a_crash() -> None:
    grid = tiny_grid()
    broken = replace(grid, lines=grid.lines.assign(length_m="800", extra=1).drop(columns="name"))
    (problem,) = find_problems(broken)
    assert (problem.code, problem.table, problem.severity) == ("table_broken", "lines", "error")
    assert "+extra, -name, length_m: object" in problem.en


def test_ids_that_are_numbers_are_an_error_and_not_a_crash() -> None:
    grid = tiny_grid()
    (problem,) = find_problems(replace(grid, loads=grid.loads.set_axis([1, 2])))
    assert problem.code == "table_broken"


@pytest.mark.parametrize("seed", range(10))
def test_no_numbers_and_no_names_make_it_raise(seed: int) -> None:
    grid, random = tiny_grid(), np.random.default_rng(seed)
    junk = {
        "float": [np.nan, np.inf, -np.inf, -1.0, 0.0, 1e308],
        "text": ["", "bus:2", "线", "line:1"],
        "geometry": [None, "线", Point(np.nan, 1), LineString(), LineString([(0, 0), (np.inf, 1)])],
    }
    for table, columns in TABLES.items():
        rows = grid.tables()[table].copy()
        for name, column in columns.items():
            values = np.empty(len(junk.get(column.kind, ())), dtype=object)
            values[:] = junk.get(column.kind, ())
            if len(values) and len(rows):
                where = random.random(len(rows)) < 0.5
                drawn = random.choice(values, len(rows))
                rows[name] = np.where(where, drawn, rows[name].to_numpy(dtype=object))
        grid = grid.with_tables(**{table: rows})
    assert verdict(find_problems(grid)) == "poor"


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        (lambda grid: grid, "good"),
        (lambda grid: emptied(grid, "bays"), "good"),
        (lambda grid: grid.with_tables(lines=grid.lines.assign(laying="unknown")), "usable"),
        (lambda grid: stated(grid, load_date=None, topology_date=None), "usable"),
        (set_to("nodes", "bus:2", ownership="unknown"), "usable"),
        (set_to("lines", "line:1", length_m=-1.0), "poor"),
    ],
)
def test_the_verdict_is_that_of_the_worst_problem(edit: Edit, expected: str) -> None:
    assert verdict(find_problems(edit(tiny_grid()))) == expected


def test_a_usable_grid_is_valid() -> None:
    assert_valid_grid(stated(tiny_grid(), load_date=None))


def test_an_invalid_grid_raises_once_with_every_error_and_no_warning() -> None:
    grid = edited(tiny_grid(), "lines", "line:1", length_m=-1.0, laying="unknown")
    grid = edited(grid, "loads", "load:1", node="bus:99")
    with pytest.raises(GridDataError) as caught:
        assert_valid_grid(grid)
    assert [problem.field for problem in caught.value.problems] == ["lines", "loads"]
    assert "length_m is out of range; it has to be >= 0 [line:1]" in str(caught.value)


def test_a_sentence_names_the_first_five_ids_and_their_number() -> None:
    grid = tiny_grid()
    grid = grid.with_tables(nodes=grid.nodes.assign(vn_kv=-1.0))
    with pytest.raises(GridDataError, match=r"\[bus:1, bus:2, bus:3, bus:4, bus:5, \.\.\. \(7\)\]"):
        assert_valid_grid(grid)


def test_bounds_choices_and_unknowns_speak_of_columns_that_exist() -> None:
    for rules in (BOUNDS, CHOICES, MAY_BE_UNKNOWN):
        for table, columns in rules.items():
            assert set(columns) <= set(TABLES[table])


def test_every_default_is_a_permitted_value() -> None:
    for table, columns in CHOICES.items():
        for name, choices in columns.items():
            assert TABLES[table][name].default in (*choices, "")
    for table, bounds in BOUNDS.items():
        for name, bound in bounds.items():
            default = TABLES[table][name].default
            assert np.isnan(default) or bound.admit(pd.Series([default], dtype=float)).all()


def test_every_table_has_a_name_for_people() -> None:
    assert set(TABLE_NAMES) == {"", *TABLES}


def test_the_page_about_the_tables_says_what_the_code_says() -> None:
    page = Path(__file__).parents[2] / "docs" / "grid-tables.md"
    assert page.read_text(encoding="utf-8").endswith(describe_tables())
