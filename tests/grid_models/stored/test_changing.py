"""Rows of a published grid changed without publishing it anew."""

from __future__ import annotations

import errno
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from grid_models.errors import InputError
from grid_models.grid import TABLES, Grid
from grid_models.model import GridModel
from grid_models.storage import (
    CHANGED_FORMAT,
    FORMAT,
    read_metadata,
    read_stored_grid,
    write_grid,
)
from grid_models.stored import changing
from grid_models.stored.changing import KEPT, write_change
from grid_models.stored.opening import open_model
from grid_models.synthesize import synthesize_grid
from tests.grid_models.stored.test_opening import ringed_grid, same
from tests.grid_models.test_storage import refusal_of

DAY = date(2026, 11, 1)
LEGAL_V = {10.0: (9300.0, 10700.0), 0.4: (353.4, 406.6)}
Rows = dict[str, pd.DataFrame]


@pytest.fixture(scope="module")
def city() -> Grid:
    return synthesize_grid(nodes=400, seed=3, load_date=DAY, topology_date=DAY)


@pytest.fixture
def folder(city: Grid, tmp_path: Path) -> Path:
    write_grid(city, tmp_path / "grid")
    return tmp_path / "grid"


def rows_of(grid: Grid, table: str, count: int, **columns: Any) -> Rows:
    """Return other values for the first rows of a table."""
    first = getattr(grid, table).iloc[:count]
    values = {name: value(first[name]) if callable(value) else value
              for name, value in columns.items()}  # fmt: skip
    return {table: pd.DataFrame(values, index=first.index)}


def with_rows(grid: Grid, rows: Rows) -> Grid:
    """Return the whole grid with other values, as if it were published anew."""
    tables = {}
    for table, frame in rows.items():
        changed = getattr(grid, table).copy()
        for name in frame:
            changed.loc[frame.index, name] = frame[name]
        tables[table] = changed
    return grid.with_tables(**tables)


CHANGES: dict[str, Callable[[Grid], Rows]] = {
    "loads": lambda g: rows_of(g, "loads", 40, p_kw=lambda p: 1.5 * p, category="commercial"),
    "lines": lambda g: rows_of(g, "lines", 30, length_m=lambda m: 2.0 * m, ampacity_a=150.0),
    "a rating nobody knows": lambda g: rows_of(g, "lines", 9, ampacity_a=np.nan),
    "owners": lambda g: rows_of(g, "lines", 60, ownership="private", name="乙线"),
    "transformers": lambda g: rows_of(g, "transformers", 12, sn_kva=lambda s: 2.0 * s, tap_pos=1.0),
    "limits": lambda g: rows_of(g, "limits", 8, limit_a=111.0),
    "switches": lambda g: rows_of(g, "switches", 50, rated_a=77.0),
    "bays": lambda g: rows_of(g, "bays", 5, is_spare=lambda spare: ~spare),
    "kinds of nodes": lambda g: rows_of(g, "nodes", 70, kind="node"),
    "dates": lambda g: rows_of(g, "nodes", 5, removal_planned_on=pd.Timestamp("2027-01-01")),
    "several tables": lambda g: (
        rows_of(g, "loads", 9, q_kvar=3.0) | rows_of(g, "lines", 9, x_ohm_per_km=0.2)
    ),
}  # fmt: skip


@pytest.fixture(params=CHANGES)
def pair(request: pytest.FixtureRequest, city: Grid, folder: Path) -> tuple[GridModel, GridModel]:
    """Return the model of the changed grid published anew, and the changed folder's."""
    rows = CHANGES[request.param](city)
    write_change(folder, rows)
    return GridModel.of(with_rows(city, rows)), open_model(folder)


def test_a_changed_grid_is_what_publishing_it_anew_would_give(
    pair: tuple[GridModel, GridModel],
) -> None:
    anew, changed = pair
    assert len(anew.compiled.trees) == len(changed.compiled.trees)
    for k in range(len(anew.compiled.trees)):
        for fact in ("tree", "topology", "state", "owners"):
            assert same(getattr(anew, fact)(k), getattr(changed, fact)(k)), fact
        for legal_v in ({}, LEGAL_V):
            assert same(anew.limits(k, legal_v), changed.limits(k, legal_v))
    assert same(anew.network.branches, changed.network.branches)
    for name in ("p", "q", "p_current", "q_current", "g", "b", "base_kv"):
        np.testing.assert_array_equal(
            getattr(anew.network, name), getattr(changed.network, name), err_msg=name
        )
    for fact in ("open_points", "is_first_section", "busbar_nodes", "has_open_end"):
        np.testing.assert_array_equal(getattr(anew, fact), getattr(changed, fact), err_msg=fact)
    for table in TABLES:
        pd.testing.assert_frame_equal(getattr(anew.grid, table), getattr(changed.grid, table))
    assert changed.problems == anew.problems


def test_single_values_are_those_of_the_columns(city: Grid, folder: Path) -> None:
    write_change(folder, CHANGES["owners"](city))
    model = open_model(folder)
    names = [model.value("lines", "name", row) for row in (0, 59, 60)]
    assert names == ["乙线", "乙线", city.lines["name"].iloc[60]]
    assert model.texts("lines", "name", np.array([0, 59, 60])) == names
    assert list(model.column("lines", "name")[[0, 59, 60]]) == names


def test_a_changed_grid_is_read_whole_with_its_changes(city: Grid, folder: Path) -> None:
    rows = CHANGES["loads"](city)
    version = write_change(folder, rows)
    grid = read_stored_grid(folder)
    pd.testing.assert_frame_equal(grid.loads, with_rows(city, rows).loads)
    assert grid.version == open_model(folder).version == version != city.version


def test_changes_follow_one_another(city: Grid, folder: Path) -> None:
    first, second = CHANGES["loads"](city), rows_of(city, "loads", 20, p_kw=7.0)
    write_change(folder, first)
    write_change(folder, second)
    anew = GridModel.of(with_rows(with_rows(city, first), second))
    changed = open_model(folder)
    assert same(anew.state(0), changed.state(0))
    pd.testing.assert_frame_equal(anew.grid.loads, changed.grid.loads)
    assert changed.value("loads", "p_kw", 3) == 7.0


def test_the_same_change_gives_the_same_version(city: Grid, folder: Path, tmp_path: Path) -> None:
    write_grid(city, tmp_path / "other")
    rows = CHANGES["lines"](city)
    assert write_change(folder, rows) == write_change(tmp_path / "other", rows)


def test_a_program_that_knows_no_changes_refuses_the_folder(city: Grid, folder: Path) -> None:
    assert read_metadata(folder)["format"] == FORMAT
    write_change(folder, CHANGES["loads"](city))
    assert read_metadata(folder)["format"] == CHANGED_FORMAT > FORMAT


def test_no_file_of_the_city_is_touched(city: Grid, folder: Path) -> None:
    def facts() -> dict[Path, tuple[int, int]]:
        files = [p for p in folder.rglob("*") if p.is_file() and "changes" not in p.parts]
        return {p: (p.stat().st_mtime_ns, p.stat().st_ino) for p in files}

    before = facts()
    write_change(folder, CHANGES["loads"](city))
    after = facts()
    assert {path.name for path in before if before[path] != after[path]} == {"metadata.json"}


def test_who_has_the_grid_open_keeps_it_as_it_was(city: Grid, folder: Path) -> None:
    opened = open_model(folder)
    write_change(folder, CHANGES["loads"](city))
    assert opened.version == city.version
    np.testing.assert_array_equal(opened.column("loads", "p_kw"), city.loads["p_kw"])
    assert same(opened.state(0), GridModel.of(city).state(0))


def test_only_the_pages_of_a_change_are_a_process_s_own(city: Grid, folder: Path) -> None:
    plain = open_model(folder).arrays["tree.p"]
    write_change(folder, CHANGES["loads"](city))
    changed = open_model(folder).arrays["tree.p"]
    assert (np.load(folder / "compiled" / "tree.p.npy") == plain).all()
    assert (changed != plain).any()


# --- refused -----------------------------------------------------------------------------------


def refused(folder: Path, rows: Rows) -> str:
    before = open_model(folder).version
    with pytest.raises(InputError) as caught:
        write_change(folder, rows)
    message = "; ".join(problem.en for problem in caught.value.problems)
    assert open_model(folder).version == before
    assert not (folder / "changes").exists()
    return message


def test_a_row_that_is_not_there_is_named(folder: Path) -> None:
    rows = {"loads": pd.DataFrame({"p_kw": [1.0]}, index=["load:none"])}
    assert "table loads has no load:none" in refused(folder, rows)


def test_a_column_that_is_not_there_is_named(city: Grid, folder: Path) -> None:
    assert 'has no column "p_mw"' in refused(folder, rows_of(city, "loads", 1, p_mw=1.0))


def test_tables_that_belong_to_no_tree_need_the_grid_published_anew(
    city: Grid, folder: Path
) -> None:
    assert "table curves cannot be changed alone" in refused(
        folder, rows_of(city, "curves", 1, p_pu=0.5)
    )


def test_what_hangs_elsewhere_needs_the_grid_published_anew(city: Grid, folder: Path) -> None:
    far = city.nodes.index[-1]
    assert "to_node of line:1 is another than before" in refused(
        folder, rows_of(city, "lines", 1, to_node=far)
    )


def test_another_switching_state_needs_the_grid_published_anew(city: Grid, folder: Path) -> None:
    inner = city.switches[city.switches["is_closed"] & city.switches["element_kind"].eq("line")]
    rows = {"switches": pd.DataFrame({"is_closed": False}, index=inner.index[20:21])}
    assert "is connected otherwise than before" in refused(folder, rows)


def test_a_ring_needs_the_grid_published_anew(tmp_path: Path) -> None:
    write_grid(ringed_grid(), tmp_path / "rings")
    rows = {"lines": pd.DataFrame({"length_m": 5.0}, index=["AB", "ST", "XY"])}
    message = refused(tmp_path / "rings", rows)
    assert "AB is not supplied, or by a ring" in message
    assert "XY is not supplied" in message
    assert "ST" not in message


def test_an_id_that_is_there_twice_is_refused(folder: Path) -> None:
    rows = {"loads": pd.DataFrame({"p_kw": [5.0, 6.0]}, index=["load:1", "load:1"])}
    assert "table loads has load:1 more than once" in refused(folder, rows)


def test_what_changes_nothing_makes_no_version(city: Grid, folder: Path) -> None:
    for rows in (
        {},
        {"loads": pd.DataFrame({"p_kw": []})},
        {"loads": pd.DataFrame(index=city.loads.index[:3])},
        rows_of(city, "loads", 3, p_kw=lambda p: p),
        rows_of(city, "lines", 3, geometry=lambda course: course),
    ):
        assert "nothing to change" in refused(folder, rows)


NONSENSE: dict[str, tuple[Callable[[Grid], Rows], str]] = {
    "rating below zero": (
        lambda g: rows_of(g, "lines", 1, ampacity_a=-5.0),
        "line:1 (ampacity_a=-5.0): lines whose ampacity_a is out of range; it has to be > 0",
    ),
    "no length": (lambda g: rows_of(g, "lines", 1, length_m=np.nan), "lines without length_m"),
    "owner of another language": (
        lambda g: rows_of(g, "lines", 1, ownership="公用"),
        "line:1 (ownership=公用): lines whose ownership is not one of: public, private, unknown",
    ),
    "curve nobody has": (
        lambda g: rows_of(g, "loads", 1, curve_id="mine"),
        "(curve_id=mine): loads that follow a curve that does not exist",
    ),
    "tap beyond its ends": (
        lambda g: rows_of(g, "transformers", 1, tap_pos=99.0),
        "(tap_pos=99.0): transformers whose tap position is outside tap_min to tap_max",
    ),
    "factor beyond any supply": (
        lambda g: rows_of(g, "loads", 1, scaling=1e300),
        "all loads together exceed ten times the rated power of all transformers; kW looks "
        "recorded in W (because of load:1 (scaling=1e+300))",
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", NONSENSE)
def test_a_change_that_brings_an_error_is_refused(city: Grid, folder: Path, kind: str) -> None:
    rows_of_grid, sentence = NONSENSE[kind]
    assert sentence in refused(folder, rows_of_grid(city))


def test_an_error_of_what_was_not_changed_itself_names_the_change(city: Grid, folder: Path) -> None:
    inner = city.lines["to_node"].iloc[20]
    assert city.nodes.at[inner, "vn_kv"] == 10.0
    rows = {"nodes": pd.DataFrame({"vn_kv": 20.0}, index=[inner])}
    message = refused(folder, rows)
    assert f"{city.lines.index[20]}: lines between nodes of different nominal voltage" in message
    assert f"(because of {inner} (vn_kv=20.0))" in message


def test_an_error_that_was_there_before_forbids_nothing(city: Grid, tmp_path: Path) -> None:
    wrong = with_rows(city, rows_of(city, "loads", 1, curve_id="mine"))
    write_grid(wrong, tmp_path / "poor")
    write_change(tmp_path / "poor", rows_of(city, "loads", 1, p_kw=1.25))
    assert open_model(tmp_path / "poor").value("loads", "p_kw", 0) == 1.25


def test_a_cell_that_is_kept_stays_as_it_is(city: Grid, folder: Path) -> None:
    days = [KEPT, pd.Timestamp("2027-05-01")]
    rows = {
        "loads": pd.DataFrame({"p_kw": [1.25, KEPT], "name": [KEPT, "b"]}, city.loads.index[:2]),
        "nodes": pd.DataFrame({"removal_planned_on": days}, city.nodes.index[:2]),
        "lines": pd.DataFrame({"parallel": [2, KEPT]}, city.lines.index[:2]),
    }
    write_change(folder, rows)
    changed = read_stored_grid(folder)
    old_p_kw, old_name = city.loads["p_kw"].iloc[1], city.loads["name"].iloc[0]
    assert list(changed.loads["p_kw"].iloc[:2]) == [1.25, old_p_kw]
    assert list(changed.loads["name"].iloc[:2]) == [old_name, "b"]
    assert list(changed.lines["parallel"].iloc[:2]) == [2, 1]
    assert changed.nodes["removal_planned_on"].isna().tolist()[:2] == [True, False]


# --- damage ------------------------------------------------------------------------------------


def test_a_full_disk_leaves_the_grid_as_it_was(
    city: Grid, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fill(*_: Any, **__: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(np, "savez", fill)
    with pytest.raises(InputError, match="No space left"):
        write_change(folder, CHANGES["loads"](city))
    monkeypatch.undo()
    assert open_model(folder).version == city.version
    assert list((folder / "changes").iterdir()) == []


def test_a_crash_before_the_last_step_leaves_the_grid_as_it_was(
    city: Grid, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def die(*_: Any) -> None:
        raise Killed

    monkeypatch.setattr(changing, "replace_metadata", die)
    with pytest.raises(Killed):
        write_change(folder, CHANGES["loads"](city))
    monkeypatch.undo()
    np.testing.assert_array_equal(
        open_model(folder).column("loads", "p_kw"), city.loads["p_kw"].to_numpy()
    )
    write_change(folder, CHANGES["limits"](city))
    assert open_model(folder).column("limits", "limit_a")[0] == 111.0


@pytest.mark.parametrize("name", ["arrays.npz", "loads.parquet"])
def test_a_damaged_change_is_named(city: Grid, folder: Path, name: str) -> None:
    write_change(folder, CHANGES["loads"](city))
    (path,) = folder.glob(f"changes/*/{name}")
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    for read in (open_model, read_stored_grid):
        assert f"was altered (changes/{path.parent.name}/{name})" in refusal_of(
            lambda read=read: read(folder)
        )


def test_a_change_that_is_gone_is_named(city: Grid, folder: Path) -> None:
    write_change(folder, CHANGES["loads"](city))
    (path,) = folder.glob("changes/*/loads.parquet")
    path.unlink()
    assert "loads.parquet" in refusal_of(lambda: open_model(folder))


def test_a_grid_with_changes_is_replaced_whole(city: Grid, folder: Path) -> None:
    write_change(folder, CHANGES["loads"](city))
    write_grid(city, folder, force=True)
    assert open_model(folder).version == city.version
