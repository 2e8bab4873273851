"""Plans: one application answered, one plan verified."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import typer

from api import clock
from api.files import read_commitment_rows, read_equipment_rows, read_json
from api.geojson import add_layers
from api.request import Gathered, RowReader, read_plan_request
from api.rows import Row, read_commitments
from api.terminal import make_console, plan_page
from api.translate import plan_document, read_plan_document, to_json_text
from grid_models.catalogue import load_catalogue
from grid_models.errors import InputError, InputProblem
from grid_models.grid import Grid
from grid_models.model import GridModel
from grid_models.storage import read_stored_grid
from planner.assistant import make_plan
from planner.plan import SCHEMA
from planner.rules import load_rule_book
from planner.site import grid_area
from planner.verification import verify_plan

__all__ = ["recommend_options", "verify_file"]


def recommend_options(
    folder: Path, fields: Mapping[str, Any], files: Mapping[str, Path | None], *, as_json: bool
) -> str:
    """Answer one application and print the plan; return the answer's mode.

    Parameters
    ----------
    folder
        Folder of the grid.
    fields
        Values by the names of `planner.intake.FIELDS`, as typed.
    files
        Paths of ``equipment``, ``commitments``, ``streets`` and ``restricted``; None if not given.
    as_json
        Print the plan as JSON rather than as a page.

    Raises
    ------
    InputError
        With every problem of the grid, the files and the application.
    """
    gathered = Gathered()
    grid = _read_grid(gathered, folder, files)
    request = read_plan_request(
        gathered,
        fields,
        grid=grid_area(grid) if grid else None,
        rule_book=load_rule_book,
        today=clock.today(),
        equipment=_reader(read_equipment_rows, files["equipment"]),
        commitments=_reader(read_commitment_rows, files["commitments"]),
    )
    grid = gathered.settle(grid)
    rule_book = load_rule_book(request.application.area)
    plan = make_plan(
        request.application,
        GridModel.of(grid),
        rule_book,
        load_catalogue(),
        commitments=request.commitments,
    )
    if as_json:
        typer.echo(to_json_text(plan_document(plan)))
    else:
        make_console().print(plan_page(plan, grid, rule_book.title_zh))
    return plan.answer.mode


def verify_file(
    path: Path, folder: Path, files: Mapping[str, Path | None], *, as_json: bool
) -> bool:
    """Recompute a plan file and print what differs; True if nothing does.

    Parameters
    ----------
    path
        Plan as ``recommend --json`` printed it.
    folder
        Folder of the grid it was made on.
    files
        Paths of ``commitments``, ``streets`` and ``restricted`` it was made with; None if none.
    as_json
        Print the differences as JSON.

    Raises
    ------
    InputError
        If the plan, the grid or the promises cannot be read.
    """
    gathered = Gathered()
    plan = gathered.attempt(lambda: _read_plan(path))
    grid = _read_grid(gathered, folder, files)
    rows = _reader(read_commitment_rows, files["commitments"])
    node_ids = frozenset(grid.nodes.index) if grid else None
    promises = gathered.attempt(lambda: read_commitments(rows() if rows else [], node_ids))
    rule_book = plan and gathered.attempt(lambda: load_rule_book(str(plan["rules"]["area"])))
    differences = verify_plan(
        gathered.settle(plan),
        GridModel.of(gathered.settle(grid)),
        gathered.settle(rule_book),
        load_catalogue(),
        commitments=gathered.settle(promises),
    )
    if as_json:
        document = [
            {
                "path": difference.path,
                "stated": difference.stated,
                "recomputed": difference.recomputed,
                "zh": difference.zh,
                "en": difference.en,
            }
            for difference in differences
        ]
        typer.echo(to_json_text({"confirmed": not differences, "differences": document}))
        return not differences
    for difference in differences:
        typer.echo(difference.zh, err=True)
        typer.echo(f"  {difference.en}", err=True)
    if not differences:
        typer.echo(f"已确认：{path.name} 的每一项校验均可复算 / confirmed")
    return not differences


def _read_grid(gathered: Gathered, folder: Path, files: Mapping[str, Path | None]) -> Grid | None:
    """Return the grid with the layers of the files; None, and the problems kept, if refused."""
    stored = gathered.attempt(lambda: read_stored_grid(folder))
    if stored is None:
        return None
    return gathered.attempt(
        lambda: add_layers(stored, streets=files["streets"], restricted=files["restricted"])
    )


def _reader(read: Callable[[Path], list[Row]], path: Path | None) -> RowReader | None:
    return None if path is None else partial(read, path)


def _read_plan(path: Path) -> dict[str, Any]:
    document = read_json(path)
    if not isinstance(document, dict) or document.get("schema") != SCHEMA:
        raise InputError(
            [
                InputProblem(
                    field=path.name,
                    zh=f"文件 {path} 不是供电方案（应含 schema: {SCHEMA}）",
                    en=f"file {path} is no supply plan (it must say schema: {SCHEMA})",
                )
            ]
        )
    return read_plan_document(document)
