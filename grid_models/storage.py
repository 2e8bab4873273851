"""Storage: a grid version as a folder, one Parquet file a table and ``metadata.json``.

::

    my-grid/
      metadata.json     format, version, metadata, problems; size and SHA-256 of every file
      nodes.parquet     the columns of `TABLES` and the id; geometry as WKB
      lines.parquet     ...
      compiled/         what is worked out from the tables, as arrays (`grid_models.stored`)
      changes/          rows replaced since (`grid_models.stored.changing`), if any

A folder is written whole or not at all, and nothing is read from one that was altered.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import uuid
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as arrow
from pyarrow import parquet

from grid_models.grid import TABLES, Grid, make_table
from grid_models.schema import find_problems, verdict
from grid_models.stored.exchange import exchange
from grid_models.stored.files import COMPILED, file_facts, find_damaged
from grid_models.stored.metadata import metadata_from_json
from grid_models.stored.overlay import CHANGES, lay_over
from grid_models.stored.refusals import altered, other_edition, refusal, unreadable
from grid_models.stored.tables import (
    UNUSABLE,
    StoredGrid,
    StoredTables,
    column_values,
    to_arrow,
)
from grid_models.stored.writing import write_compiled

__all__ = [
    "CHANGED_FORMAT",
    "FORMAT",
    "read_metadata",
    "read_stored_grid",
    "replace_metadata",
    "write_grid",
]

FORMAT = 2  # counts up whenever a folder written before can no longer be read as it is
# Of a folder with changes laid over it, which a program that knows none would read without them.
CHANGED_FORMAT = 3
_SCHEMA = "supply-grid"
_METADATA = "metadata.json"
_FILES = {table: f"{table}.parquet" for table in TABLES}


def write_grid(grid: Grid, folder: Path, *, force: bool = False) -> None:
    """Publish a grid as a folder: whole, or nothing at all.

    Parameters
    ----------
    grid
        Grid to write; its problems are found and written along.
    folder
        Where to; folders above it are made.
    force
        Replace a grid that is already there. Anything else there is never replaced.

    Raises
    ------
    InputError
        Something is there already, or the folder cannot be written.
    """
    try:
        _refuse_overwriting(folder, force=force)
        target = folder.resolve()
        # A sibling lies on the same disk, so that its renaming is one step.
        draft = target.with_name(f".{target.name}.{uuid.uuid4().hex}.tmp")
        try:
            draft.mkdir(parents=True)
            _write_files(grid, draft)
            _put_in_place(draft, target, force=force)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
    except OSError as error:
        raise refusal(
            folder,
            f"无法写入({error.strerror or error})",
            f"cannot be written ({error.strerror or error})",
        ) from error


def read_stored_grid(folder: Path) -> Grid:
    """Return the grid in a folder that `write_grid` made, equal to the one written.

    Raises
    ------
    InputError
        There is no such folder, it cannot be read, it is no grid, its format is another, it was
        altered, or its content is no grid's whoever sealed it.
    """
    stored = read_metadata(folder)
    try:
        contents = _read_tables(folder, stored)
        grid = _build(folder, stored, contents)
        changes = stored.get("changes", [])
        is_same = grid.version == (changes[0]["from"] if changes else stored["version"])
        if changes and is_same:
            return _changed(folder, stored, grid)
    except OSError as error:
        raise unreadable(folder, error) from error
    # a column or a fact that only one of the two editions knows
    except (KeyError, TypeError, AttributeError):
        raise other_edition(folder) from None
    if not is_same:
        raise other_edition(folder)
    return grid


def _changed(folder: Path, stored: Mapping[str, Any], grid: Grid) -> Grid:
    """Return a grid with every change since it was published."""
    tables = StoredTables(folder)
    lay_over(folder, stored, None, tables)
    changed = StoredGrid.of(grid.metadata, tables, stored["version"])
    changed.tables()  # everything is read, as of a grid without changes
    return changed


def _build(folder: Path, stored: Mapping[str, Any], contents: Mapping[str, bytes]) -> Grid:
    """Make the grid of what was read; whatever cannot be one is named by its file."""
    tables = {}
    for table, content in contents.items():
        try:
            tables[table] = _to_pandas(table, content)
        except UNUSABLE:
            raise altered(folder, _FILES[table]) from None
    try:
        metadata = metadata_from_json(stored["metadata"])
    except (ValueError, OverflowError):
        raise altered(folder, _METADATA) from None
    return Grid.build(metadata, **tables)


def _write_files(grid: Grid, folder: Path) -> None:
    files = {}
    for table, rows in grid.tables().items():
        path = folder / _FILES[table]
        parquet.write_table(to_arrow(table, rows), path)
        files[table] = {"rows": len(rows), **file_facts(path)}
    problems = find_problems(grid)
    version = grid.version
    content = {
        "schema": _SCHEMA,
        "format": FORMAT,
        "version": version,
        "metadata": asdict(grid.metadata),
        "verdict": verdict(problems),
        "problems": [asdict(problem) for problem in problems],
        "tables": files,
        "compiled": write_compiled(grid, folder, version=version, problems=problems),
    }
    replace_metadata(folder, content)


def replace_metadata(folder: Path, content: Mapping[str, Any]) -> None:
    """Seal what a folder's ``metadata.json`` says and put it in place in one step.

    Raises
    ------
    OSError
        The disk is full, or the folder cannot be written.
    """
    content = json.loads(_to_json(content))
    text = _to_json({**content, "sha256": _sha256(_to_json(content).encode())}, indent=2)
    draft = folder / f".{_METADATA}.{uuid.uuid4().hex}.tmp"
    try:
        draft.write_text(text + "\n", encoding="utf-8")
        draft.replace(folder / _METADATA)
    finally:
        draft.unlink(missing_ok=True)


def _put_in_place(draft: Path, target: Path, *, force: bool) -> None:
    if not force or not target.exists():
        draft.rename(target)
        return
    if exchange(draft, target):  # the old one goes with the draft
        return
    old = target.with_name(f"{draft.name}.old")
    target.rename(old)
    try:
        draft.rename(target)
    except OSError:
        old.rename(target)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _refuse_overwriting(folder: Path, *, force: bool) -> None:
    if not folder.exists() and not folder.is_symlink():
        return
    if not force:
        raise refusal(
            folder, "已存在,如需替换请加 --force", "exists already; replace it with --force"
        )
    names = {entry.name for entry in folder.iterdir()} if folder.is_dir() else {""}
    foreign = sorted(names - {_METADATA, COMPILED, CHANGES, *_FILES.values()})
    if foreign or (names and _METADATA not in names):
        what = f" ({', '.join(filter(None, foreign[:3]))})" if any(foreign) else ""
        raise refusal(
            folder,
            f"不只是电网数据{what},不予替换,请换一个目录",
            f"holds something else than a grid{what} and is not replaced; choose another folder",
        )


def _to_pandas(table: str, content: bytes) -> pd.DataFrame:
    stored = parquet.read_table(arrow.BufferReader(content))
    if len(stored.column_names) > 1 + len(TABLES[table]):
        raise KeyError(table)
    ids = column_values("text", stored["id"])
    if len(set(ids)) != len(ids):
        raise ValueError(table)
    columns = {
        name: column_values(column.kind, stored[name])
        for name, column in TABLES[table].items()
        if not column.is_later or name in stored.column_names
    }
    return make_table(table, pd.DataFrame(columns, index=ids))


def read_metadata(folder: Path) -> dict[str, Any]:
    """Return what a folder's ``metadata.json`` says.

    Raises
    ------
    InputError
        There is no such folder, it is no grid, its format is another, or they were altered.
    """
    try:
        if not folder.is_dir():
            raise refusal(folder, "不存在或不是目录", "does not exist or is not a folder")
        stored: dict[str, Any] = json.loads((folder / _METADATA).read_bytes())
        is_grid = stored["schema"] == _SCHEMA
        found_format = int(stored["format"])
    except (FileNotFoundError, KeyError, TypeError):
        is_grid = False
    except OSError as error:
        raise unreadable(folder, error) from error
    except (ValueError, OverflowError, RecursionError):
        raise altered(folder, _METADATA) from None
    if not is_grid:
        raise refusal(
            folder,
            "不是电网目录,应由 supply-plan grid import 生成",
            "is not a grid folder; `supply-plan grid import` makes one",
        )
    if found_format > CHANGED_FORMAT:
        raise refusal(
            folder,
            f"的格式 {found_format} 比本程序的 {CHANGED_FORMAT} 新,请升级程序",
            f"has format {found_format}, newer than {CHANGED_FORMAT} of this program; "
            "update the program",
        )
    if found_format < FORMAT:
        raise refusal(
            folder,
            f"的格式 {found_format} 比本程序的 {FORMAT} 旧,请重新导入",
            f"has format {found_format}, older than {FORMAT} of this program; import it again",
        )
    checksum = stored.pop("sha256", None)
    if checksum != _sha256(_to_json(stored).encode()):
        raise altered(folder, _METADATA)
    return stored


def _read_tables(folder: Path, stored: Mapping[str, Any]) -> dict[str, bytes]:
    """Return the content of every table's file, every one of them proven unaltered."""
    contents, damaged, files = {}, [], stored["tables"]
    for table, name in _FILES.items():
        path = folder / name
        contents[table] = path.read_bytes() if path.is_file() else b""
        if table not in files or _sha256(contents[table]) != files[table]["sha256"]:
            damaged.append(name)
    damaged += find_damaged(folder, stored["compiled"]["files"], content=True)
    if damaged:
        raise altered(folder, ", ".join(damaged))
    return contents


def _to_json(content: Mapping[str, Any], indent: int | None = None) -> str:
    return json.dumps(content, default=str, sort_keys=True, ensure_ascii=False, indent=indent)


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
