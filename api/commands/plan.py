"""Plans: one application answered."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import typer

from api import clock
from api.commands.paper import Paper
from api.files import read_commitment_rows, read_equipment_rows, read_json, read_limit_rows
from api.geojson import add_restricted_areas
from api.request import Gathered, RowReader, read_plan_request
from api.rows import Row, read_limits
from api.street_files import read_streets
from api.terminal import make_console, plan_page
from api.terms import read_terms
from api.translate import plan_document, to_json_text
from grid_models.catalogue import Catalogue, load_catalogue
from grid_models.model import GridModel
from grid_models.storage import read_stored_grid
from grid_models.stored.opening import open_model
from planner.assistant import make_plan
from planner.routing import Streets
from planner.rules import load_rule_book
from planner.site import model_area, on_streets

__all__ = [
    "catalogue_with_limits", "open_streets", "open_with_areas", "recommend_options", "row_reader",
]  # fmt: skip


def recommend_options(
    folder: Path,
    fields: Mapping[str, Any],
    files: Mapping[str, Path | None],
    *,
    as_json: bool,
    paper: Paper,
) -> str:
    """Answer one application and print the plan; return the answer's mode.

    Parameters
    ----------
    folder
        Folder of the grid.
    fields
        Values by the names of `planner.intake.FIELDS`, as typed.
    files
        Paths of ``equipment``, ``commitments``, ``streets``, ``restricted``, ``prices``,
        ``calendar``, ``limits`` and ``site``; None if not given.
    as_json
        Print the plan as JSON rather than as a page.
    paper
        Files it is written to.

    Raises
    ------
    InputError
        With every problem of the grid, the files and the application.
    """
    gathered = Gathered()
    details = paper.check(gathered)
    model = open_with_areas(gathered, folder, files)
    catalogue = gathered.attempt(lambda: catalogue_with_limits(files["limits"]))
    prices, calendar = read_terms(gathered, files, catalogue or load_catalogue())
    streets = open_streets(gathered, files["streets"])
    if (red_line := files["site"]) is not None:
        fields = {**fields, "site": gathered.attempt(lambda: _read_site(red_line))}
    request = read_plan_request(
        gathered,
        fields,
        grid=on_streets(model_area(model), streets) if model else None,
        rule_book=load_rule_book,
        today=clock.today(),
        equipment=row_reader(read_equipment_rows, files["equipment"]),
        commitments=row_reader(read_commitment_rows, files["commitments"]),
    )
    model = gathered.settle(model)
    rule_book = load_rule_book(request.application.area)
    plan = make_plan(
        request.application,
        model,
        rule_book,
        gathered.settle(catalogue),
        commitments=request.commitments,
        prices=prices,
        calendar=calendar,
        streets=streets,
    )
    paper.write(plan, model, rule_book, gathered.settle(details))
    if as_json:
        typer.echo(to_json_text(plan_document(plan)))
    else:
        make_console().print(plan_page(plan, model, rule_book.title_zh))
    return plan.answer.mode


def _read_site(path: Path) -> Any:
    """Return a red line as it is written; an empty one is refused, not left out."""
    content = read_json(path)
    return {} if content is None else content


def catalogue_with_limits(path: Path | None) -> Catalogue:
    """Return the catalogue with the current limits of a file, which override its ampacities.

    Raises
    ------
    InputError
        If the file cannot be read, or names what the catalogue does not hold.
    """
    catalogue = load_catalogue()
    return (
        catalogue if path is None else catalogue.with_ampacities(read_limits(read_limit_rows(path)))
    )


def open_with_areas(
    gathered: Gathered, folder: Path, files: Mapping[str, Path | None]
) -> GridModel | None:
    """Return the grid with the restricted areas of the files; None, problems kept, if refused."""
    restricted = files["restricted"]
    if restricted is None:
        return gathered.attempt(lambda: open_model(folder))
    stored = gathered.attempt(lambda: read_stored_grid(folder))
    if stored is None:
        return None
    grid = gathered.attempt(lambda: add_restricted_areas(stored, restricted))
    return None if grid is None else GridModel.of(grid)


def open_streets(gathered: Gathered, path: Path | None) -> Streets | None:
    """Return the streets of a file; None if none was given, or, the problems kept, if refused."""
    return None if path is None else gathered.attempt(lambda: read_streets(path))


def row_reader(read: Callable[[Path], list[Row]], path: Path | None) -> RowReader | None:
    """Return what reads the rows of a file when it is asked to; None if no file was given."""
    return None if path is None else partial(read, path)
