"""Storage: a grid version as a folder, one Parquet file a table and ``metadata.json``.

::

    my-grid/
      metadata.json     format, version, metadata, problems; size and SHA-256 of every file
      nodes.parquet     the columns of `TABLES` and the id; geometry as WKB
      lines.parquet     ...
      compiled/         what is worked out from the tables, as arrays (`grid_models.stored`)

A folder is written whole or not at all, and nothing is read from one that was altered.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as arrow
import shapely
from pyarrow import parquet

from grid_models.errors import InputError, InputProblem
from grid_models.grid import TABLES, Grid, GridMetadata, Problem, make_table
from grid_models.schema import find_problems, verdict
from grid_models.stored.files import COMPILED, file_facts, find_damaged
from grid_models.stored.tables import column_values
from grid_models.stored.writing import write_compiled

__all__ = [
    "FORMAT", "altered", "metadata_from_json", "other_edition", "problems_from_json",
    "read_metadata", "read_stored_grid", "write_grid",
]  # fmt: skip

FORMAT = 2  # counts up whenever a folder written before can no longer be read as it is
_SCHEMA = "supply-grid"
_METADATA = "metadata.json"
_FILES = {table: f"{table}.parquet" for table in TABLES}
_ARROW_TYPES = {
    "text": arrow.string(),
    "float": arrow.float64(),
    "int": arrow.int64(),
    "bool": arrow.bool_(),
    "date": arrow.timestamp("ns"),
    "geometry": arrow.binary(),
}


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
    target = folder.resolve()
    _refuse_overwriting(folder, force=force)
    # A sibling lies on the same disk, so that its renaming is one step.
    draft = target.with_name(f".{target.name}.{uuid.uuid4().hex}.tmp")
    try:
        draft.mkdir(parents=True)
        _write_files(grid, draft)
        _put_in_place(draft, target, force=force)
    except OSError as error:
        raise _refusal(
            folder,
            f"无法写入({error.strerror or error})",
            f"cannot be written ({error.strerror or error})",
        ) from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def read_stored_grid(folder: Path) -> Grid:
    """Return the grid in a folder that `write_grid` made, equal to the one written.

    Raises
    ------
    InputError
        There is no such folder, it is no grid, its format is another, or it was altered.
    """
    stored = read_metadata(folder)
    contents = _read_tables(folder, stored)
    try:
        tables = {table: _to_pandas(table, content) for table, content in contents.items()}
        grid = Grid.build(metadata_from_json(stored["metadata"]), **tables)
    except (KeyError, TypeError):  # a column or a fact that only one of the two editions knows
        raise other_edition(folder) from None
    if grid.version != stored["version"]:
        raise other_edition(folder)
    return grid


def _write_files(grid: Grid, folder: Path) -> None:
    files = {}
    for table, rows in grid.tables().items():
        path = folder / _FILES[table]
        parquet.write_table(_to_arrow(table, rows), path)
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
    content = json.loads(_to_json(content))
    text = _to_json({**content, "sha256": _sha256(_to_json(content).encode())}, indent=2)
    (folder / _METADATA).write_text(text + "\n", encoding="utf-8")


def _put_in_place(draft: Path, target: Path, *, force: bool) -> None:
    if not force or not target.exists():
        draft.rename(target)
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
        raise _refusal(
            folder, "已存在,如需替换请加 --force", "exists already; replace it with --force"
        )
    names = {entry.name for entry in folder.iterdir()} if folder.is_dir() else {""}
    foreign = sorted(names - {_METADATA, COMPILED, *_FILES.values()})
    if foreign or (names and _METADATA not in names):
        what = f" ({', '.join(filter(None, foreign[:3]))})" if any(foreign) else ""
        raise _refusal(
            folder,
            f"不只是电网数据{what},不予替换,请换一个目录",
            f"holds something else than a grid{what} and is not replaced; choose another folder",
        )


def _to_arrow(table: str, rows: pd.DataFrame) -> arrow.Table:
    arrays = {"id": arrow.array(list(rows.index), arrow.string())}
    for name, column in TABLES[table].items():
        values: Any = rows[name].to_numpy()
        if column.kind == "geometry":
            values = shapely.to_wkb(values)
        # Not as pandas: every NaN keeps its bits, and with them the version of the grid.
        arrays[name] = arrow.array(values, _ARROW_TYPES[column.kind], from_pandas=False)
    return arrow.table(arrays)


def _to_pandas(table: str, content: bytes) -> pd.DataFrame:
    stored = parquet.read_table(arrow.BufferReader(content))
    if len(stored.column_names) > 1 + len(TABLES[table]):
        raise KeyError(table)
    columns: dict[str, Any] = {}
    for name, column in TABLES[table].items():
        columns[name] = column_values(column.kind, stored[name])
    return make_table(table, pd.DataFrame(columns, index=stored["id"].to_pylist()))


def read_metadata(folder: Path) -> dict[str, Any]:
    """Return what a folder's ``metadata.json`` says.

    Raises
    ------
    InputError
        There is no such folder, it is no grid, its format is another, or they were altered.
    """
    if not folder.is_dir():
        raise _refusal(folder, "不存在或不是目录", "does not exist or is not a folder")
    try:
        stored: dict[str, Any] = json.loads((folder / _METADATA).read_bytes())
        is_grid = stored["schema"] == _SCHEMA
        found_format = int(stored["format"])
    except (FileNotFoundError, KeyError, TypeError):
        is_grid = False
    except ValueError:
        raise altered(folder, _METADATA) from None
    if not is_grid:
        raise _refusal(
            folder,
            "不是电网目录,应由 supply-plan grid import 生成",
            "is not a grid folder; `supply-plan grid import` makes one",
        )
    if found_format > FORMAT:
        raise _refusal(
            folder,
            f"的格式 {found_format} 比本程序的 {FORMAT} 新,请升级程序",
            f"has format {found_format}, newer than {FORMAT} of this program; update the program",
        )
    if found_format < FORMAT:
        raise _refusal(
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


def metadata_from_json(stored: Mapping[str, Any]) -> GridMetadata:
    """Return a grid's metadata from what the folder says."""
    dates = {
        name: stored[name] and date.fromisoformat(stored[name])
        for name in ("load_date", "topology_date")
    }
    problems = problems_from_json(stored["import_problems"])
    return GridMetadata(**{**stored, **dates, "import_problems": problems})


def problems_from_json(stored: Iterable[Mapping[str, Any]]) -> tuple[Problem, ...]:
    """Return problems from what the folder says."""
    return tuple(Problem(**{**problem, "ids": tuple(problem["ids"])}) for problem in stored)


def _to_json(content: Mapping[str, Any], indent: int | None = None) -> str:
    return json.dumps(content, default=str, sort_keys=True, ensure_ascii=False, indent=indent)


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def altered(folder: Path, what: str) -> InputError:
    """Return the refusal of a folder with damaged files."""
    return _refusal(
        folder,
        f"不完整或被改动过({what}),请重新导入",
        f"is incomplete or was altered ({what}); import it again",
    )


def other_edition(folder: Path) -> InputError:
    """Return the refusal of a folder that another edition of the program wrote."""
    return _refusal(
        folder,
        "由数据定义不同的程序版本生成,请重新导入",
        "was written by an edition of the program whose tables differ; import it again",
    )


def _refusal(folder: Path, zh: str, en: str) -> InputError:
    problem = InputProblem(field="grid", zh=f"电网目录 {folder} {zh}。", en=f"grid {folder} {en}")
    return InputError([problem])
