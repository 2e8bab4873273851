"""Folders damaged, or altered and sealed again: bad input, whatever it is."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pyarrow as arrow
import pytest

from grid_models.storage import read_stored_grid, write_grid
from tests.grid_models.samples import tiny_grid
from tests.grid_models.test_storage import (
    metadata_of,
    refusal_of,
    reseal_table,
    rewrite_metadata,
    rewritten,
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_grid(tiny_grid(), tmp_path / "grid")
    return tmp_path / "grid"


@pytest.mark.parametrize(
    "content",
    ["[" * 200_000, '{"schema": "supply-grid", "format": ' + "9" * 5000 + "}", "\x00"],
)
def test_metadata_that_cannot_be_read_are_found(folder: Path, content: str) -> None:
    (folder / "metadata.json").write_text(content)
    assert "was altered (metadata.json)" in refusal_of(lambda: read_stored_grid(folder))


def test_metadata_that_are_a_folder_cannot_be_read(folder: Path) -> None:
    (folder / "metadata.json").unlink()
    (folder / "metadata.json").mkdir()
    assert "cannot be read (" in refusal_of(lambda: read_stored_grid(folder))


@pytest.mark.parametrize("name", ["tables", "version", "metadata"])
def test_metadata_sealed_without_a_part_are_refused(folder: Path, name: str) -> None:
    content = metadata_of(folder)
    del content[name], content["sha256"]
    text = json.dumps(content, sort_keys=True, ensure_ascii=False)
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    (folder / "metadata.json").write_text(json.dumps({**content, "sha256": sha256}))
    assert "import it again" in refusal_of(lambda: read_stored_grid(folder))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("load_date", "soon"),
        ("topology_date", 5),
        ("name", ["tiny"]),
        ("area", 5),
        ("projected_epsg", "x"),
        ("frequency_hz", "50"),
        ("frequency_hz", 0),
        ("frequency_hz", 10**400),
        ("has_restricted_areas", "no"),
        ("assumptions", 5),
        ("assumptions", {"a": 5}),
        ("relocation", {"from_lon": "west"}),
        ("import_problems", "abc"),
        ("import_problems", [5]),
        ("import_problems", [{"ids": 5}]),
    ],
)
def test_a_fact_of_another_kind_is_refused(folder: Path, name: str, value: object) -> None:
    rewrite_metadata(folder, metadata={**metadata_of(folder)["metadata"], name: value})
    assert "was altered (metadata.json)" in refusal_of(lambda: read_stored_grid(folder))


@pytest.mark.parametrize("severity", ["error", "fatal"])
def test_a_problem_has_one_of_three_severities(folder: Path, severity: str) -> None:
    problem = {"code": "x", "severity": severity, "table": "", "ids": [], "zh": "x", "en": "x"}
    facts = {**metadata_of(folder)["metadata"], "import_problems": [problem]}
    rewrite_metadata(folder, metadata=facts)
    expected = "edition" if severity == "error" else "was altered"  # its version is another
    assert expected in refusal_of(lambda: read_stored_grid(folder))


@pytest.mark.parametrize("content", [b"junk", b""])
def test_a_table_sealed_with_junk_is_refused(folder: Path, content: bytes) -> None:
    reseal_table(folder, "lines", content)
    assert "was altered (lines.parquet)" in refusal_of(lambda: read_stored_grid(folder))


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("length_m", ["long"] * 5),
        ("length_m", [None] * 5),
        ("parallel", [1.0] * 5),
        ("is_in_service", [None] * 5),
        ("name", [None] * 5),
        ("geometry", [b"zz"] * 5),
        ("id", ["line:1"] * 5),
        ("id", [None] * 5),
        ("commissioned_on", ["2026-01-01"] * 5),
    ],
)
def test_a_column_sealed_with_values_of_another_kind_is_refused(
    folder: Path, column: str, values: list[Any]
) -> None:
    content = rewritten(folder, "lines", column, arrow.array(values))
    reseal_table(folder, "lines", content)
    assert "was altered (lines.parquet)" in refusal_of(lambda: read_stored_grid(folder))


def test_a_table_in_place_of_which_there_is_a_folder_is_found(folder: Path) -> None:
    (folder / "lines.parquet").unlink()
    (folder / "lines.parquet").mkdir()
    assert "was altered (lines.parquet)" in refusal_of(lambda: read_stored_grid(folder))
