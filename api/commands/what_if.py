"""What-if: a scenario carried out on a grid, shown and written."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import typer
from rich.progress import Progress

from api import clock
from api.request import Gathered
from api.scenario_file import read_scenario_file
from api.terminal import make_console
from api.translate import json_ready, to_json_text
from api.what_if.geopackage import write_geopackage
from api.what_if.html import what_if_html
from api.what_if.page import what_if_page
from api.whole_file import refuse_output, write_whole
from grid_models.catalogue import load_catalogue
from grid_models.crs import Plane
from grid_models.grid import Grid
from grid_models.model import GridModel
from grid_models.storage import read_stored_grid
from planner.rules import RuleBook, load_rule_book
from planner.scenarios import (
    Scenario,
    WhatIf,
    read_scenario,
    run_scenario,
    what_if_to_json,
)
from planner.site import grid_area

__all__ = ["run_what_if"]

SUFFIXES = (".json", ".gpkg", ".html")


def run_what_if(
    folder: Path, path: Path, output: Path | None, *, force: bool, as_json: bool
) -> None:
    """Carry out a scenario, print what it does and write it to a file.

    Parameters
    ----------
    folder
        Folder of the grid.
    path
        Scenario file.
    output
        File to write; its ending says what: .json, .gpkg or .html. None: only print.
    force
        Replace a file that is already there.
    as_json
        Print the result as JSON rather than as a page.

    Raises
    ------
    InputError
        With every problem of the grid, the scenario and the output file.
    """
    gathered = Gathered()
    if output is not None:
        gathered.attempt(lambda: refuse_output(output, SUFFIXES, force=force))
    file = gathered.attempt(lambda: read_scenario_file(path))
    grid = gathered.attempt(lambda: read_stored_grid(folder))
    scenario: Scenario | None = None
    model: GridModel | None = None
    if file is not None and grid is not None:
        model = compiled = GridModel.of(grid)
        scenario = gathered.attempt(
            lambda: read_scenario(
                file.document,
                model=compiled,
                area=grid_area(grid),
                catalogue=load_catalogue(),
                rule_book=load_rule_book,
                today=clock.today(),
                place=file.place,
            )
        )
    scenario, model = gathered.settle(scenario), gathered.settle(model)
    rule_book = load_rule_book(scenario.area)
    result = _run(scenario, model, rule_book)
    if output is not None:
        write_whole(output, _writer(output, result, model.grid, rule_book.title_zh))
    if as_json:
        typer.echo(to_json_text(json_ready(what_if_to_json(result))))
        return
    console = make_console()
    console.print(what_if_page(result, rule_book.title_zh))
    if output is not None:
        console.print(f"已写入 {output}")


def _run(scenario: Scenario, model: GridModel, rule_book: RuleBook) -> WhatIf:
    """Carry out a scenario, with a bar on stderr where somebody watches."""
    bar = Progress(
        console=make_console(stderr=True), transient=True, disable=not sys.stderr.isatty()
    )
    with bar:
        # The last share of the work is the comparison of capacities.
        task = bar.add_task("情景推演", total=len(scenario.steps) + 1)
        return run_scenario(
            scenario,
            model,
            rule_book,
            load_catalogue(),
            progress=lambda number, _trees: bar.update(task, completed=number),
        )


def _writer(output: Path, result: WhatIf, grid: Grid, rules_title: str) -> Callable[[Path], None]:
    match output.suffix.lower():
        case ".gpkg":
            return lambda path: write_geopackage(result, path)
        case ".html":
            page = what_if_html(result, Plane(grid.metadata.projected_epsg), rules_title)
        case _:
            page = to_json_text(json_ready(what_if_to_json(result))) + "\n"

    def write(path: Path) -> None:
        path.write_text(page, encoding="utf-8")

    return write
