"""Changed rows: other values for rows of a published grid, one file a table (decision 0015)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from api.changed_cells import WrongCellError, read_cell
from api.files import EXTRA_CELLS, read_table_rows
from api.rows import Row
from grid_models.errors import InputError, InputProblem
from grid_models.grid import TABLES
from grid_models.stored.changing import KEPT
from planner.form import shown

__all__ = ["ChangedRows", "read_changes"]


class ChangedRows(NamedTuple):
    """Rows by table, as `stored.changing.write_change` takes them.

    Parameters
    ----------
    rows
        By table: rows by id, with the columns to be changed.
    where
        By table and id: where the row stands (``loads.csv:3``).
    """

    rows: Mapping[str, pd.DataFrame]
    where: Mapping[tuple[str, str], str]


def read_changes(paths: Sequence[Path]) -> ChangedRows:
    """Return the rows of several files by table; files of one table are taken together.

    Parameters
    ----------
    paths
        CSV files or JSON lists named after their tables (``loads.csv``), with the column ``id`` and
        those to be changed.

    Raises
    ------
    InputError
        With every file that is none of a table or changes nothing, every row that is too short, too
        long, without an id or there twice, and every cell that is not what its column takes.
    """
    problems: list[InputProblem] = []
    names = Counter(path.name for path in paths)
    rows: dict[str, dict[str, dict[str, Any]]] = {}
    where: dict[tuple[str, str], str] = {}
    for path in paths:
        try:
            given = _read(path)
        except InputError as error:
            problems += error.problems
            continue
        for row in given:
            if _is_csv(path) and _is_blank(row):
                continue
            place = row.where
            if names[path.name] > 1:  # two of one name in different folders
                place = f"{path}{place.removeprefix(path.name)}"
            wrong = list(_find_misshapen(Row(place, row.values), is_csv=_is_csv(path)))
            problems += wrong
            if wrong:
                continue
            element = str(row.values["id"]).strip()
            if (first := where.get((path.stem, element))) is not None:
                problems.append(_repeated(place, element, first))
                continue
            where[path.stem, element] = place
            cells = _read_cells(Row(place, row.values), path.stem, problems)
            rows.setdefault(path.stem, {})[element] = cells
    if not problems and not rows:
        problems.append(_nothing("", "文件", "files"))
    if problems:
        raise InputError(problems)
    return ChangedRows({table: _framed(own) for table, own in rows.items()}, where)


def _is_csv(path: Path) -> bool:
    return path.suffix.lower() != ".json"


def _is_blank(row: Row) -> bool:
    """Say whether a row of CSV has no cell with anything in it, however long it is."""
    cells = [cell for name, cell in row.values.items() if name != EXTRA_CELLS]
    return not any((cell or "").strip() for cell in (*cells, *row.values.get(EXTRA_CELLS, ())))


def _read(path: Path) -> list[Row]:
    """Return the rows of a file; refuse one that is of no table, or that changes nothing."""
    table = path.stem
    if table not in TABLES:
        listed = ", ".join(TABLES)
        raise InputError(
            [
                InputProblem(
                    field=path.name,
                    zh=f"文件 {path.name} 应以表名命名，如 loads.csv；表有 {listed}",
                    en=f"file {path.name} has to be named after a table, such as loads.csv; "
                    f"tables are {listed}",
                )
            ]
        )
    rows = read_table_rows(path, ("id", *TABLES[table]))
    if all(row.values.keys() <= {"id", EXTRA_CELLS} for row in rows):
        raise InputError([_nothing(path.name, f"文件 {path} ", f"file {path}")])
    return rows


def _find_misshapen(row: Row, *, is_csv: bool) -> Iterator[InputProblem]:
    """Find what is wrong with a row before its cells are read."""
    missing = [name for name, cell in row.values.items() if cell is None] if is_csv else []
    if missing:
        listed = ", ".join(missing)
        yield InputProblem(
            field=row.where,
            zh=f"{row.where}：此行比表头短，缺少 {listed} 的格；每列应有一格",
            en=f"{row.where}: the row is shorter than the header and has no cell for {listed}; "
            "every column needs one",
        )
    extra = row.values.get(EXTRA_CELLS) or () if is_csv else ()
    for cell in filter(str.strip, extra):
        yield InputProblem(
            field=row.where,
            zh=f"{row.where}：此行比表头长，“{shown(cell)}”不属于任何列；每列应有一格",
            en=f'{row.where}: the row is longer than the header, "{shown(cell)}" is of no column; '
            "every column needs one cell",
        )
    if not str("" if (name := row.values.get("id")) is None else name).strip():
        yield InputProblem(
            field=row.where, zh=f"{row.where} 缺少 id", en=f"{row.where} lacks its id"
        )


def _read_cells(row: Row, table: str, problems: list[InputProblem]) -> dict[str, Any]:
    """Return the cells of a row; unknown columns are named later, with the table's."""
    cells: dict[str, Any] = {}
    for name, cell in row.values.items():
        if name in ("id", EXTRA_CELLS):
            continue
        if not name and not str("" if cell is None else cell).strip():
            continue  # a spreadsheet's empty column
        try:
            cells[name] = read_cell(table, name, cell)
        except WrongCellError as error:
            problems.append(
                InputProblem(
                    field=row.where,
                    zh=f"{row.where}：{name} {error.zh}",
                    en=f"{row.where}: {name} {error.en}",
                )
            )
    return cells


def _framed(rows: Mapping[str, Mapping[str, Any]]) -> pd.DataFrame:
    """Return rows as a table; what a row does not speak of stays as it is."""
    names = dict.fromkeys(name for cells in rows.values() for name in cells)
    columns = {
        name: pd.Series([cells.get(name, KEPT) for cells in rows.values()], dtype=object)
        for name in names
    }
    return pd.DataFrame(columns, dtype=object).set_axis(pd.Index(list(rows), dtype=object))


def _repeated(place: str, element: str, first: str) -> InputProblem:
    name = shown(element)
    return InputProblem(
        field=place,
        zh=f"{place}：id 为“{name}”，与 {first} 重复；每个 id 应只出现一次",
        en=f'{place}: id is "{name}", as at {first}; every id may be there once only',
    )


def _nothing(field: str, zh: str, en: str) -> InputProblem:
    return InputProblem(
        field=field,
        zh=f"{zh}没有可更改的内容，应至少有一行，含 id 和一个要更改的列",
        en=f"nothing to change in {en}; at least one row is needed, with its id and a column "
        "to be changed",
    )
