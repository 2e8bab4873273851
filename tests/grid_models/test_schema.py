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
from grid_models.schema import (
    BOUNDS,
    CHOICES,
    MAY_BE_UNKNOWN,
    assert_valid_grid,
    describe_tables,
    find_problems,
    verdict,
)
from tests.grid_models.samples import edited, emptied, stated, tiny_grid

Edit = Callable[[Grid], Grid]


def found(grid: Grid) -> dict[tuple[str, str], Problem]:
    return {(problem.code, problem.table): problem for problem in find_problems(grid)}


def set_to(table: str, name: str, /, **values: object) -> Edit:
    return lambda grid: edited(grid, table, name, **values)


def test_a_complete_grid_has_no_problem() -> None:
    assert find_problems(tiny_grid()) == ()


OUT_OF_RANGE = [
    ("nodes", "bus:2", "vn_kv", 0.0),
    ("lines", "line:1", "length_m", -1.0),
    ("lines", "line:1", "r_ohm_per_km", -0.1),
    ("lines", "line:1", "x_ohm_per_km", np.inf),
    ("lines", "line:1", "parallel", 0),
    ("lines", "line:1", "ampacity_a", 0.0),
    ("lines", "line:1", "derating", 0.0),
    ("lines", "line:2", "derating", 1.01),
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
]
NOT_LISTED = [
    ("nodes", "bus:3", "ownership", "public "),
    ("nodes", "bus:3", "kind", "tower"),
    ("lines", "line:3", "laying", "underground"),
    ("transformers", "trafo:1", "tap_changer_type", "Ratio"),
    ("transformers", "trafo:1", "tap_side", "mv"),
    ("switches", "switch:2", "kind", "CB"),
    ("switches", "switch:2", "element_kind", "l"),
    ("loads", "load:2", "load_basis", "peak"),
    ("bays", "bay:1", "ownership", ""),
]
MISSING = [
    ("nodes", "bus:4", "vn_kv", np.nan),
    ("lines", "line:4", "length_m", np.nan),
    ("lines", "line:4", "r_ohm_per_km", np.nan),
    ("transformers", "trafo:1", "sn_kva", np.nan),
    ("transformers", "trafo:1", "vkr_pct", np.nan),
    ("loads", "load:2", "p_kw", np.nan),
]


@pytest.fixture(scope="module")
def problems_of_columns() -> dict[tuple[str, str], Problem]:
    """What is found in a grid with every wrong value above."""
    grid = tiny_grid()
    for table, name, column, value in (*OUT_OF_RANGE, *NOT_LISTED, *MISSING):
        grid = edited(grid, table, name, **{column: value})
    return found(grid)


@pytest.mark.parametrize(("table", "name", "column", "value"), OUT_OF_RANGE)
def test_a_value_out_of_range_is_an_error_of_its_column(
    problems_of_columns: dict[tuple[str, str], Problem],
    table: str,
    name: str,
    column: str,
    value: float,
) -> None:
    problem = problems_of_columns[f"{column}_out_of_range", table]
    assert problem.severity == "error"
    assert name in problem.ids, value


@pytest.mark.parametrize(("table", "name", "column", "value"), NOT_LISTED)
def test_a_value_outside_a_closed_list_is_an_error_that_names_the_list(
    problems_of_columns: dict[tuple[str, str], Problem],
    table: str,
    name: str,
    column: str,
    value: str,
) -> None:
    problem = problems_of_columns[f"{column}_not_listed", table]
    assert (problem.ids, problem.severity) == ((name,), "error"), value
    assert CHOICES[table][column][1] in problem.en


@pytest.mark.parametrize(("table", "name", "column", "value"), MISSING)
def test_a_number_that_the_power_flow_needs_must_not_be_missing(
    problems_of_columns: dict[tuple[str, str], Problem],
    table: str,
    name: str,
    column: str,
    value: float,
) -> None:
    problem = problems_of_columns[f"{column}_missing", table]
    assert (problem.ids, problem.severity) == ((name,), "error"), value


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


@pytest.mark.parametrize("seed", range(5))
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


def test_the_page_about_the_tables_says_what_the_code_says() -> None:
    page = Path(__file__).parents[2] / "docs" / "grid-tables.md"
    assert page.read_text(encoding="utf-8").endswith(describe_tables())
