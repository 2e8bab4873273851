"""Folders written before a column was added: they open, and are the version they were."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import numpy as np
import pyarrow as arrow
import pytest
from pyarrow import parquet

from grid_models.content import hash_content
from grid_models.errors import InputError
from grid_models.grid import TABLES, Grid
from grid_models.storage import read_stored_grid, write_grid
from grid_models.stored.opening import open_model
from tests.grid_models.samples import edited, tiny_grid
from tests.grid_models.test_storage import reseal_table

LATER = [
    (table, name) for table, columns in TABLES.items() for name, c in columns.items() if c.is_later
]


def without(folder: Path, table: str, *names: str) -> None:
    """Take columns out of a stored table, sealed as if they had never been there."""
    sink = arrow.BufferOutputStream()
    parquet.write_table(
        parquet.read_table(folder / f"{table}.parquet").drop_columns(list(names)), sink
    )
    reseal_table(folder, table, sink.getvalue().to_pybytes())


@pytest.fixture
def older(tmp_path: Path) -> Path:
    """Return a folder of the tiny grid as it was stored before any later column."""
    write_grid(tiny_grid(), tmp_path / "grid")
    for table in {table for table, _ in LATER}:
        without(tmp_path / "grid", table, *(name for of, name in LATER if of == table))
    return tmp_path / "grid"


def test_every_later_column_is_a_number_that_may_be_unknown() -> None:
    assert LATER
    for table, name in LATER:
        column = TABLES[table][name]
        assert column.kind == "float"
        assert np.isnan(column.default)


def test_an_older_folder_is_read_as_the_version_it_was_stored_under(older: Path) -> None:
    grid = read_stored_grid(older)
    assert grid.version == tiny_grid().version
    assert grid.sources["short_circuit_min_mva"].isna().all()


def test_an_older_folder_opens_with_unknown_values(older: Path) -> None:
    model = open_model(older)
    assert np.isnan(model.column("sources", "short_circuit_min_mva")).all()
    assert model.grid.sources.equals(tiny_grid().sources)


def test_a_column_that_was_always_there_may_not_be_missing(older: Path) -> None:
    without(older, "sources", "short_circuit_mva")
    for read in (read_stored_grid, open_model):
        with pytest.raises(InputError, match="edition of the program"):
            read(older)


def test_a_later_value_makes_another_version() -> None:
    grid: Grid = edited(tiny_grid(), "sources", "source:1", short_circuit_min_mva=900.0)
    assert grid.version != tiny_grid().version


def test_a_later_value_that_was_taken_out_is_found(tmp_path: Path) -> None:
    grid = edited(tiny_grid(), "sources", "source:1", short_circuit_min_mva=900.0)
    write_grid(grid, tmp_path / "grid")
    without(tmp_path / "grid", "sources", "short_circuit_min_mva")
    with pytest.raises(InputError, match="edition of the program"):
        read_stored_grid(tmp_path / "grid")


def test_the_version_is_that_of_a_program_that_never_heard_of_them() -> None:
    grid = tiny_grid()
    known = {
        table: {name: column for name, column in columns.items() if not column.is_later}
        for table, columns in TABLES.items()
    }
    assert hash_content(asdict(grid.metadata), grid.tables(), known) == grid.version
