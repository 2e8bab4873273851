from __future__ import annotations

import errno
import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as arrow
import pytest
from numpy.lib import format as npy

from grid_models.errors import InputError
from grid_models.storage import read_stored_grid, write_grid
from grid_models.stored import opening
from grid_models.stored.files import file_facts
from grid_models.stored.opening import open_model
from tests.grid_models.samples import stated, tiny_grid
from tests.grid_models.test_storage import (
    metadata_of,
    refusal_of,
    reseal_table,
    rewrite_metadata,
    rewritten,
)

ARRAY = "compiled/tree.r.npy"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_grid(tiny_grid(), tmp_path / "grid")
    return tmp_path / "grid"


@pytest.fixture
def _large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Treat every folder as one too large to be read whole at each opening."""
    monkeypatch.setattr(opening, "READ_WHOLE_BYTES", 0)


def flip_last_bit(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(bytes(content))


@pytest.mark.parametrize("name", [ARRAY, "lines.parquet"])
@pytest.mark.usefixtures("_large")
def test_a_file_cut_short_is_named_at_opening(folder: Path, name: str) -> None:
    path = folder / name
    path.write_bytes(path.read_bytes()[:-8])
    assert f"was altered ({name}); import it again" in refusal_of(lambda: open_model(folder))


@pytest.mark.usefixtures("_large")
def test_every_missing_file_is_named_at_once(folder: Path) -> None:
    (folder / ARRAY).unlink()
    (folder / "bays.parquet").unlink()
    assert f"(bays.parquet, {ARRAY})" in refusal_of(lambda: open_model(folder))


@pytest.mark.parametrize("name", [ARRAY, "lines.parquet"])
def test_a_changed_bit_of_a_small_grid_is_found_at_opening(folder: Path, name: str) -> None:
    flip_last_bit(folder / name)
    assert f"was altered ({name})" in refusal_of(lambda: open_model(folder))


@pytest.mark.usefixtures("_large")
def test_a_changed_bit_of_a_large_grid_is_found_by_the_whole_check(folder: Path) -> None:
    flip_last_bit(folder / ARRAY)
    assert open_model(folder).version == tiny_grid().version
    assert f"was altered ({ARRAY})" in refusal_of(lambda: read_stored_grid(folder))


def test_metadata_cut_short_are_found_at_opening(folder: Path) -> None:
    path = folder / "metadata.json"
    path.write_text(path.read_text(encoding="utf-8")[:-20], encoding="utf-8")
    assert "was altered (metadata.json)" in refusal_of(lambda: open_model(folder))


@pytest.mark.parametrize(
    ("found", "says"),
    [(1, "has format 1, older than 2 of this program; import it again"),
     (4, "has format 4, newer than 3 of this program; update the program")],
)  # fmt: skip
def test_another_format_is_refused_at_opening(folder: Path, found: int, says: str) -> None:
    rewrite_metadata(folder, format=found)
    assert says in refusal_of(lambda: open_model(folder))


def test_an_array_only_another_edition_knows_is_refused(folder: Path) -> None:
    compiled: dict[str, Any] = metadata_of(folder)["compiled"]
    del compiled["files"][ARRAY]
    rewrite_metadata(folder, compiled=compiled)
    assert "edition of the program whose tables differ" in refusal_of(lambda: open_model(folder))


def test_a_file_that_is_no_array_is_refused_whatever_its_checksum(folder: Path) -> None:
    path = folder / ARRAY
    path.write_bytes(b"x" * path.stat().st_size)
    compiled = metadata_of(folder)["compiled"]
    compiled["files"][ARRAY] = file_facts(path)
    rewrite_metadata(folder, compiled=compiled)
    assert "was altered" in refusal_of(lambda: open_model(folder))


def test_a_full_disk_while_arrays_are_written_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fill(file: Any, array: Any, **_options: Any) -> None:
        if Path(file).name == Path(ARRAY).name:
            raise OSError(errno.ENOSPC, "No space left on device")
        with Path(file).open("wb") as opened:
            npy.write_array(opened, array)

    monkeypatch.setattr(np, "save", fill)
    message = refusal_of(lambda: write_grid(tiny_grid(), tmp_path / "grid"))
    assert "cannot be written (No space left on device)" in message
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_leaves_the_grid_that_was_there(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fill(*_given: Any, **_options: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(np, "save", fill)
    with pytest.raises(InputError):
        write_grid(stated(tiny_grid(), name="other"), folder, force=True)
    monkeypatch.undo()
    assert open_model(folder).grid.metadata.name == "tiny"
    assert [path.name for path in folder.parent.iterdir()] == ["grid"]


def test_the_checksums_of_arrays_stand_in_the_metadata(folder: Path) -> None:
    files = json.loads((folder / "metadata.json").read_text(encoding="utf-8"))["compiled"]["files"]
    assert {folder / name for name in files} == set((folder / "compiled").iterdir())


# --- sealed again ------------------------------------------------------------------------------


def test_a_table_that_is_none_is_refused_whatever_its_checksum(folder: Path) -> None:
    reseal_table(folder, "lines", b"junk")
    assert "was altered" in refusal_of(lambda: open_model(folder))


def test_a_column_of_another_type_is_refused_whatever_its_checksum(folder: Path) -> None:
    content = rewritten(folder, "lines", "length_m", arrow.array(["long"] * 5))
    reseal_table(folder, "lines", content)
    assert "edition of the program whose tables differ" in refusal_of(lambda: open_model(folder))


@pytest.mark.parametrize(
    ("column", "values"),
    [("length_m", arrow.array([None] * 5, arrow.float64())), ("geometry", arrow.array([b"z"] * 5))],
)
def test_values_that_are_none_are_refused_when_they_are_read(
    folder: Path, column: str, values: arrow.Array
) -> None:
    reseal_table(folder, "lines", rewritten(folder, "lines", column, values))
    opened = open_model(folder)
    assert "was altered (lines.parquet)" in refusal_of(lambda: opened.column("lines", column))
    opened = open_model(folder)
    assert "was altered (lines.parquet)" in refusal_of(lambda: opened.value("lines", column, 0))


@pytest.mark.parametrize("name", ["problems", "metadata", "tables", "compiled"])
@pytest.mark.parametrize("value", [5, "x", [5], {"a": 5}, None])
def test_metadata_of_another_kind_are_refused(folder: Path, name: str, value: object) -> None:
    rewrite_metadata(folder, **{name: value})
    assert "import it again" in refusal_of(lambda: open_model(folder))


def test_a_name_longer_than_any_file_may_have_cannot_be_opened(tmp_path: Path) -> None:
    assert "cannot be read (" in refusal_of(lambda: open_model(tmp_path / ("a" * 300)))
