from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely

from grid_models.compiled import Tree
from grid_models.grid import TABLES, Grid, GridMetadata
from grid_models.model import GridModel
from grid_models.storage import write_grid
from grid_models.stored.opening import open_model
from grid_models.stored.tables import StoredTables
from grid_models.synthesize import synthesize_grid
from tests.grid_models.grids import coil, grid_of, line, load, source
from tests.grid_models.samples import edited, tiny_grid

LEGAL_V = {10.0: (9300.0, 10700.0), 0.4: (353.4, 406.6)}
SITE = (120.15, 30.28)


def ringed_grid() -> Grid:
    """Return a ring at 10 kV, a tree of its own, and a line nothing feeds."""
    return grid_of(
        {"A": 10.0, "B": 10.0, "C": 10.0, "S": 10.0, "T": 10.0, "L": 0.4, "X": 10.0, "Y": 10.0},
        lines={
            "AB": line("A", "B"), "BC": line("B", "C"), "CA": line("C", "A"),
            "ST": line("S", "T"), "XY": line("X", "Y"),
        },
        transformers={"TL": coil("T", "L", 400.0, 10.0, 0.4)},
        loads={"b": load("B", 50.0), "l": load("L", 30.0, 10.0)},
        sources={"src:A": source("A"), "src:S": source("S")},
    )  # fmt: skip


GRIDS: dict[str, Callable[[], Grid]] = {
    "a small grid": tiny_grid,
    "a district": lambda: synthesize_grid(nodes=400, seed=3, load_date=date(2026, 11, 1)),
    "a ring beside a tree": ringed_grid,
    "a tree that lacks a value": lambda: edited(tiny_grid(), "lines", "line:3", length_m=np.nan),
    "lines without a course": lambda: edited(tiny_grid(), "lines", "line:1", geometry=None),
    "no row at all": lambda: Grid.build(GridMetadata(name="empty")),
}


@pytest.fixture(scope="module", params=GRIDS)
def pair(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[GridModel, GridModel]:
    """Return the model of a grid in memory, and that of the same grid opened from its folder."""
    grid = GRIDS[request.param]()
    folder = tmp_path_factory.mktemp("grids") / "grid"
    write_grid(grid, folder)
    return GridModel.of(grid), open_model(folder)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_grid(tiny_grid(), tmp_path / "grid")
    return tmp_path / "grid"


def same(one: Any, other: Any) -> bool:
    """Say whether two values have the same arrays, NaN for NaN, of the same types."""
    for f in fields(one):
        a, b = getattr(one, f.name), getattr(other, f.name)
        if isinstance(a, np.ndarray):
            equal = a.dtype == b.dtype and np.array_equal(a, b, equal_nan=True)
        else:
            equal = type(a) is type(b) and a == b
        if not equal:
            return False
    return True


def each_tree(models: tuple[GridModel, GridModel]) -> range:
    assert len(models[0].compiled.trees) == len(models[1].compiled.trees)
    return range(len(models[0].compiled.trees))


def test_version_and_problems_are_those_of_the_grid(pair: tuple[GridModel, GridModel]) -> None:
    made, opened = pair
    assert (opened.version, opened.problems) == (made.version, made.problems)
    assert opened.grid.version == made.grid.version
    assert opened.grid.metadata == made.grid.metadata


def test_every_tree_is_the_same(pair: tuple[GridModel, GridModel]) -> None:
    made, opened = pair
    assert [k for k in each_tree(pair) if not same(made.tree(k), opened.tree(k))] == []


@pytest.mark.parametrize("outside", ["meshes", "gaps"])
def test_every_part_outside_the_trees_is_the_same(
    pair: tuple[GridModel, GridModel], outside: str
) -> None:
    made, opened = (getattr(model.compiled, outside) for model in pair)
    assert len(made) == len(opened)
    assert all(same(*parts) for parts in zip(made, opened, strict=True))


def test_the_network_is_the_same(pair: tuple[GridModel, GridModel]) -> None:
    made, opened = (model.network for model in pair)
    assert same(made.branches, opened.branches)
    for name in ("bus_of_node", "node_of_bus", "base_kv", "p", "q", "source_bus", "source_v"):
        np.testing.assert_array_equal(getattr(made, name), getattr(opened, name))


@pytest.mark.parametrize("fact", ["topology", "state", "owners"])
def test_what_is_known_of_a_tree_is_the_same(pair: tuple[GridModel, GridModel], fact: str) -> None:
    made, opened = pair
    assert all(same(getattr(made, fact)(k), getattr(opened, fact)(k)) for k in each_tree(pair))


@pytest.mark.parametrize("legal_v", [{}, LEGAL_V])
def test_limits_are_the_same_under_any_rules(
    pair: tuple[GridModel, GridModel], legal_v: dict[float, tuple[float, float]]
) -> None:
    made, opened = pair
    for k in each_tree(pair):
        assert same(made.limits(k, legal_v), opened.limits(k, legal_v))


@pytest.mark.parametrize(
    "fact",
    ["open_points", "is_first_section", "line_ends", "transformer_ends", "busbar_nodes",
     "has_open_end"],
)  # fmt: skip
def test_what_is_known_of_rows_is_the_same(pair: tuple[GridModel, GridModel], fact: str) -> None:
    made, opened = (getattr(model, fact) for model in pair)
    assert made.dtype == opened.dtype
    np.testing.assert_array_equal(made, opened)


def test_every_node_line_and_transformer_lies_at_the_same_place(
    pair: tuple[GridModel, GridModel],
) -> None:
    made, opened = pair
    for table, place in (
        ("nodes", "place_of_node"),
        ("lines", "place_of_line"),
        ("transformers", "place_of_transformer"),
    ):
        for row in range(len(getattr(made.grid, table))):
            assert getattr(made, place)(row) == getattr(opened, place)(row)


def test_every_way_up_has_the_same_ids(pair: tuple[GridModel, GridModel]) -> None:
    made, opened = pair
    for k in each_tree(pair):
        rows = range(0, len(made.tree(k)), 7)
        assert [made.upstream(k, r) for r in rows] == [opened.upstream(k, r) for r in rows]
        bars = [int(row) for row in np.unique(made.topology(k).busbar) if row >= 0]
        assert [made.busbar_id(k, r) for r in bars] == [opened.busbar_id(k, r) for r in bars]
        assert [made.substation_of(k, r) for r in bars] == [
            opened.substation_of(k, r) for r in bars
        ]


def test_every_table_is_the_same(pair: tuple[GridModel, GridModel]) -> None:
    made, opened = (model.grid.tables() for model in pair)
    for table in TABLES:
        pd.testing.assert_frame_equal(made[table], opened[table])


def test_every_id_leads_to_its_row_and_its_name(pair: tuple[GridModel, GridModel]) -> None:
    made, opened = pair
    assert dict(opened.node_rows) == dict(made.node_rows)
    assert dict(opened.names) == dict(made.names)
    assert "no such id" not in opened.node_rows
    assert opened.label("no such id") == "no such id"


def test_the_ground_covered_is_the_same(pair: tuple[GridModel, GridModel]) -> None:
    made, opened = (model.hull for model in pair)
    assert (made is None and opened is None) or shapely.equals_exact(made, opened, 0.0)


@pytest.mark.parametrize("levels_kv", [None, (10.0,), (0.4,), (10.0, 0.4)])
@pytest.mark.parametrize("distance_m", [60.0, 400.0, 1e5])
def test_the_same_lies_near_a_site(
    pair: tuple[GridModel, GridModel], levels_kv: tuple[float, ...] | None, distance_m: float
) -> None:
    made, opened = (m.spatial if levels_kv is None else m.spatial_at(levels_kv) for m in pair)
    np.testing.assert_array_equal(made.node_rows, opened.node_rows)
    assert same(made.near_nodes(*SITE, distance_m), opened.near_nodes(*SITE, distance_m))
    lines = made.near_lines(*SITE, distance_m)
    assert same(lines, opened.near_lines(*SITE, distance_m))
    for row, along_m in zip(lines.rows[:9].tolist(), lines.along_m[:9].tolist(), strict=True):
        assert made.place_on_line(row, along_m, *SITE) == opened.place_on_line(row, along_m, *SITE)


def test_opening_reads_no_table(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    monkeypatch.setattr(StoredTables, "column", lambda _self, table, _name: read.append(table))
    model = open_model(folder)
    assert model.state(0).converged
    assert len(model.topology(0).board) == len(model.limits(0, LEGAL_V).kv) == len(model.tree(0))
    assert read == []


def test_the_arrays_are_mapped_from_their_files(folder: Path) -> None:
    tree = open_model(folder).tree(0)
    for f in fields(Tree):
        values = getattr(tree, f.name)
        if isinstance(values, np.ndarray):
            owner = values
            while isinstance(owner, np.ndarray) and owner.base is not None:
                owner = owner.base
            assert not isinstance(owner, np.ndarray)  # a map of the file owns the memory


def test_what_a_process_writes_to_an_array_never_reaches_the_file(folder: Path) -> None:
    before = open_model(folder).tree(0).r.copy()
    open_model(folder).tree(0).r[:] = 7.0
    np.testing.assert_array_equal(open_model(folder).tree(0).r, before)


def test_an_edit_of_an_opened_grid_has_a_version_of_its_own(folder: Path) -> None:
    grid = open_model(folder).grid
    other = edited(grid, "loads", grid.loads.index[0], p_kw=1.0)
    assert other.version == edited(tiny_grid(), "loads", grid.loads.index[0], p_kw=1.0).version
    assert other.version != grid.version
