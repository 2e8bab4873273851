"""Names of folders that no file system takes."""

from __future__ import annotations

from pathlib import Path

from grid_models.storage import read_stored_grid, write_grid
from tests.grid_models.samples import tiny_grid
from tests.grid_models.test_storage import refusal_of


def test_a_name_longer_than_any_file_may_have_is_bad_input(tmp_path: Path) -> None:
    path = tmp_path / ("a" * 300)
    assert "cannot be read (" in refusal_of(lambda: read_stored_grid(path))
    assert "cannot be written (" in refusal_of(lambda: write_grid(tiny_grid(), path))
    assert "cannot be written (" in refusal_of(lambda: write_grid(tiny_grid(), path, force=True))
