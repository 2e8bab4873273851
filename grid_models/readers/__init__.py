"""Readers: foreign files and networks as grids. The only place that knows foreign column names.

::

    read_grid --+-- file.json          pandapower
                +-- pandapower:NAME    pandapower
                `-- simbench:CODE      simbench
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TypeVar

from grid_models.crs import Plane, projected_epsg_for
from grid_models.errors import InputError, InputProblem
from grid_models.grid import Grid
from grid_models.readers.assumptions import apply_assumptions, parse_assumptions
from grid_models.readers.pandapower import (
    read_pandapower,
    read_pandapower_file,
    read_pandapower_network,
)
from grid_models.readers.refusals import refusal
from grid_models.readers.relocation import find_relocation_problems, mean_position, relocate
from grid_models.readers.simbench import read_simbench

__all__ = ["read_grid", "read_pandapower", "read_simbench"]

# Weakest first: a grid's loads are only as good as the worst of them.
_LOAD_BASES = ("unknown", "snapshot", "declared", "measured_peak")
_FORMATS = {"pandapower": ".json"}

Result = TypeVar("Result")


def read_grid(
    source: str,
    *,
    file_format: str | None = None,
    crs: int | str | None = None,
    assume: Sequence[str] = (),
    relocate: tuple[float, float] | None = None,
    load_date: date | None = None,
    topology_date: date | None = None,
    area: str = "demo",
) -> Grid:
    """Read a grid from a file or a built-in network.

    Parameters
    ----------
    source
        Path of a file, ``pandapower:NAME`` or ``simbench:CODE``.
    file_format
        Format of the file (``pandapower``); None: told from its ending.
    crs
        EPSG code of the file's coordinates, as 4549 or ``EPSG:4549``; None: longitude and
        latitude.
    assume
        Facts the file does not hold, as ``KEY=VALUE``.
    relocate
        Longitude and latitude to move the grid to; None: it stays.
    load_date, topology_date
        Day of the load data and of the switching state; None: unknown.
    area
        Rule area its answers are given under.

    Raises
    ------
    InputError
        With everything that is wrong with what was given, at once.
    MissingExtraError
        If the library that reads the source is not installed.
    """
    problems: list[InputProblem] = []
    code = _attempt(lambda: _epsg_code(crs), problems)
    assumptions = _attempt(lambda: parse_assumptions(assume), problems)
    if relocate is not None:
        problems += find_relocation_problems(*relocate)
    grid = _attempt(lambda: _read(source, file_format, code), problems)
    if grid is not None and assumptions is not None:
        grid = _attempt(lambda: apply_assumptions(grid, assumptions), problems)
...
