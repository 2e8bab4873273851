from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as arrow
import pytest
from pyarrow import parquet
from shapely import Polygon

from grid_models.errors import InputError
from grid_models.grid import TABLES, Grid, GridMetadata, Problem
from grid_models.schema import find_problems
from grid_models.storage import CHANGED_FORMAT, FORMAT, read_stored_grid, write_grid
from tests.grid_models.samples import edited, stated, tiny_grid

NEGATIVE_NAN = struct.unpack("<d", struct.pack("<Q", 0xFFF8_0000_0000_0001))[0]


def rich_grid() -> Grid:
    """Return a grid with something in every table and every kind of odd value."""
    grid = tiny_grid()
    grid = edited(
        grid,
        "lines",
        "line:1",
        name="城东 10 kV 一线",
        commissioned_on=np.datetime64("2019-05-01", "ns"),
        ampacity_a=NEGATIVE_NAN,
        g_us_per_km=-0.0,
    )
    grid = grid.with_tables(
        generators=pd.DataFrame({"node": ["bus:6"], "p_kw": 1 / 3}, index=["pv:1"]),
        shunts=pd.DataFrame({"node": ["bus:2"], "q_kvar": -300.0}, index=["shunt:1"]),
        limits=pd.DataFrame(
            {"element_id": ["line:1"], "limit_a": 300.0, "source": "ct"}, index=["1"]
        ),
        streets=pd.DataFrame({"geometry": [grid.lines["geometry"].iloc[0]]}, index=["street:1"]),
        restricted_areas=pd.DataFrame(
            {"geometry": [Polygon([(120.1, 30.2), (120.2, 30.2), (120.2, 30.3)])]}, index=["area:1"]
        ),
        curves=pd.DataFrame(
            {"curve_id": ["resident"], "season": "summer", "quarter_hour": 74, "p_pu": 1 / 3},
            index=["resident/summer/18:30"],
        ),
    )
    dropped = Problem(
        code="dropped",
        severity="note",
        table="generators",
        ids=("sgen:1", "sgen:2"),
        zh="舍",
        en="x",
    )
    return stated(
        grid,
        assumptions={"ownership": "public"},
        relocation={"from_lon": 8.1, "to_lon": 120.15},
        load_date=date(2026, 2, 28),
        topology_date=None,
        import_problems=(dropped,),
    )


def refusal_of(action: Callable[[], object]) -> str:
    with pytest.raises(InputError) as caught:
        action()
    (problem,) = caught.value.problems
    return problem.en


def metadata_of(folder: Path) -> dict[str, Any]:
    stored: dict[str, Any] = json.loads((folder / "metadata.json").read_text(encoding="utf-8"))
    return stored


def rewrite_metadata(folder: Path, **changes: object) -> None:
    """Change what the metadata say, with a checksum that is right."""
    content = {**metadata_of(folder), **changes}
    del content["sha256"]
    text = json.dumps(content, sort_keys=True, ensure_ascii=False)
    content["sha256"] = hashlib.sha256(text.encode()).hexdigest()
    (folder / "metadata.json").write_text(json.dumps(content), encoding="utf-8")


def reseal_table(folder: Path, name: str, content: bytes) -> None:
    """Put another content in place of a table, with checksums that are right."""
    (folder / f"{name}.parquet").write_bytes(content)
    tables = metadata_of(folder)["tables"]
    tables[name] |= {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    rewrite_metadata(folder, tables=tables)


def rewritten(folder: Path, name: str, column: str, values: arrow.Array) -> bytes:
    """Return a table with another column, as a file."""
    table = parquet.read_table(folder / f"{name}.parquet")
    place = table.schema.get_field_index(column)
    sink = arrow.BufferOutputStream()
    parquet.write_table(table.set_column(place, column, values), sink)
    content: bytes = sink.getvalue().to_pybytes()
    return content


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_grid(tiny_grid(), tmp_path / "grid")
    return tmp_path / "grid"


def test_a_grid_comes_back_with_the_same_version(tmp_path: Path) -> None:
    write_grid(rich_grid(), tmp_path / "grid")
    assert read_stored_grid(tmp_path / "grid").version == rich_grid().version


def test_every_table_comes_back_equal(tmp_path: Path) -> None:
    write_grid(rich_grid(), tmp_path / "grid")
    stored = read_stored_grid(tmp_path / "grid")
    for table, rows in rich_grid().tables().items():
        assert not rows.empty
        pd.testing.assert_frame_equal(stored.tables()[table], rows)


def test_the_metadata_come_back_equal(tmp_path: Path) -> None:
    write_grid(rich_grid(), tmp_path / "grid")
    assert read_stored_grid(tmp_path / "grid").metadata == rich_grid().metadata


def test_an_empty_grid_comes_back_with_the_same_version(tmp_path: Path) -> None:
    grid = Grid.build(GridMetadata(name="empty"))
    write_grid(grid, tmp_path / "grid")
    assert read_stored_grid(tmp_path / "grid").version == grid.version


def test_the_folder_says_its_version_and_its_problems_to_anyone(tmp_path: Path) -> None:
    grid = edited(tiny_grid(), "lines", "line:1", laying="unknown")
    write_grid(grid, tmp_path / "grid")
    stored = metadata_of(tmp_path / "grid")
    assert (stored["format"], stored["version"], stored["verdict"]) == (
        FORMAT,
        grid.version,
        "usable",
    )
    assert [problem["code"] for problem in stored["problems"]] == [
        problem.code for problem in find_problems(grid)
    ]


def test_folders_above_are_made_and_nothing_else_is_left(tmp_path: Path) -> None:
    write_grid(tiny_grid(), tmp_path / "a" / "b" / "grid")
    assert [path.name for path in (tmp_path / "a" / "b").iterdir()] == ["grid"]
    names = {path.name for path in (tmp_path / "a" / "b" / "grid").iterdir()}
    assert names == {"metadata.json", "compiled", *(f"{table}.parquet" for table in TABLES)}


def test_a_folder_that_exists_is_not_touched_without_force(folder: Path) -> None:
    other = stated(tiny_grid(), name="other")
    assert "exists already; replace it with --force" in refusal_of(
        lambda: write_grid(other, folder)
    )
    assert read_stored_grid(folder).metadata.name == "tiny"


def test_force_replaces_a_grid_and_leaves_nothing_beside_it(folder: Path) -> None:
    write_grid(stated(tiny_grid(), name="other"), folder, force=True)
    assert read_stored_grid(folder).metadata.name == "other"
    assert [path.name for path in folder.parent.iterdir()] == ["grid"]


def test_force_replaces_a_grid_that_is_damaged(folder: Path) -> None:
    (folder / "lines.parquet").write_bytes(b"")
    write_grid(tiny_grid(), folder, force=True)
    assert read_stored_grid(folder).version == tiny_grid().version


def test_force_takes_an_empty_folder(tmp_path: Path) -> None:
    (tmp_path / "grid").mkdir()
    write_grid(tiny_grid(), tmp_path / "grid", force=True)
    assert read_stored_grid(tmp_path / "grid").version == tiny_grid().version


def test_force_never_replaces_a_grid_folder_with_a_stranger_in_it(folder: Path) -> None:
    (folder / "notes.txt").write_text("mine")
    message = refusal_of(lambda: write_grid(tiny_grid(), folder, force=True))
    assert "holds something else than a grid (notes.txt)" in message
    assert (folder / "notes.txt").read_text() == "mine"


def test_force_never_replaces_a_folder_of_tables_that_is_no_grid(tmp_path: Path) -> None:
    (tmp_path / "lines.parquet").write_bytes(b"mine")
    message = refusal_of(lambda: write_grid(tiny_grid(), tmp_path, force=True))
    assert "holds something else than a grid" in message


def test_force_never_replaces_a_file(tmp_path: Path) -> None:
    (tmp_path / "grid").write_text("mine")
    message = refusal_of(lambda: write_grid(tiny_grid(), tmp_path / "grid", force=True))
    assert "is not replaced" in message
    assert (tmp_path / "grid").read_text() == "mine"


def test_a_folder_that_cannot_be_written_is_bad_input(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    message = refusal_of(lambda: write_grid(tiny_grid(), tmp_path / "file" / "grid"))
    assert "cannot be written (Not a directory)" in message


def test_a_write_that_fails_half_way_leaves_what_was_there(folder: Path) -> None:
    grid = tiny_grid()
    broken = replace(grid, streets=pd.DataFrame({"geometry": [1.5]}, index=["street:1"]))
    with pytest.raises(KeyError):
        write_grid(broken, folder, force=True)
    assert [path.name for path in folder.parent.iterdir()] == ["grid"]
    assert read_stored_grid(folder).version == grid.version


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    message = refusal_of(lambda: read_stored_grid(tmp_path / "none"))
    assert message == f"grid {tmp_path / 'none'} does not exist or is not a folder"


@pytest.mark.parametrize("content", [None, "{}", "[]", '{"schema": "other", "format": 1}'])
def test_a_folder_of_something_else_is_not_a_grid_folder(
    tmp_path: Path, content: str | None
) -> None:
    if content is not None:
        (tmp_path / "metadata.json").write_text(content)
    assert "is not a grid folder" in refusal_of(lambda: read_stored_grid(tmp_path))


@pytest.mark.parametrize(
    ("found", "says"),
    [
        (CHANGED_FORMAT + 1, f"has format {CHANGED_FORMAT + 1}, newer than {CHANGED_FORMAT}"),
        (FORMAT - 1, f"has format {FORMAT - 1}, older than {FORMAT}"),
    ],
)
def test_another_format_is_refused_with_what_to_do(folder: Path, found: int, says: str) -> None:
    rewrite_metadata(folder, format=found)
    assert says in refusal_of(lambda: read_stored_grid(folder))


def test_a_table_cut_short_is_found(folder: Path) -> None:
    path = folder / "nodes.parquet"
    path.write_bytes(path.read_bytes()[:-1])
    assert "was altered (nodes.parquet)" in refusal_of(lambda: read_stored_grid(folder))


def test_every_damaged_table_is_named_at_once(folder: Path) -> None:
    (folder / "lines.parquet").unlink()
    content = bytearray((folder / "loads.parquet").read_bytes())
    content[100] ^= 1
    (folder / "loads.parquet").write_bytes(bytes(content))
    message = refusal_of(lambda: read_stored_grid(folder))
    assert "was altered (lines.parquet, loads.parquet)" in message


def test_metadata_cut_short_are_found(folder: Path) -> None:
    path = folder / "metadata.json"
    path.write_text(path.read_text(encoding="utf-8")[:-20], encoding="utf-8")
    assert "was altered (metadata.json)" in refusal_of(lambda: read_stored_grid(folder))


def test_a_fact_changed_in_the_metadata_is_found(folder: Path) -> None:
    path = folder / "metadata.json"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('"measured_peak"', '"declared"'), encoding="utf-8")
    assert "was altered (metadata.json)" in refusal_of(lambda: read_stored_grid(folder))


def test_columns_of_another_edition_are_refused_with_what_to_do(folder: Path) -> None:
    path = folder / "bays.parquet"
    table = parquet.read_table(path)
    parquet.write_table(table.append_column("colour", arrow.array(["red"])), path)
    tables = metadata_of(folder)["tables"]
    tables["bays"]["sha256"] = hashlib.sha256(path.read_bytes()).hexdigest()
    rewrite_metadata(folder, tables=tables)
    assert "edition of the program whose tables differ" in refusal_of(
        lambda: read_stored_grid(folder)
    )


def test_facts_of_another_edition_are_refused_with_what_to_do(folder: Path) -> None:
    rewrite_metadata(folder, metadata={**metadata_of(folder)["metadata"], "colour": "red"})
    assert "edition of the program whose tables differ" in refusal_of(
        lambda: read_stored_grid(folder)
    )


def test_a_refusal_says_the_same_in_chinese(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        read_stored_grid(tmp_path / "none")
    assert caught.value.problems[0].zh == f"电网目录 {tmp_path / 'none'} 不存在或不是目录。"
