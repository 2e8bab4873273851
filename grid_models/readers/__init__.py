"""Readers: foreign files and networks as grids. The only place that knows foreign column names.

::

    read_grid --+-- file.json          pandapower
                +-- pandapower:NAME    pandapower
                `-- simbench:CODE      simbench
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TypeVar

from grid_models.crs import Plane
from grid_models.errors import InputError, InputProblem
from grid_models.grid import Grid
from grid_models.readers.assumptions import apply_assumptions, parse_assumptions
from grid_models.readers.pandapower import (
    read_pandapower,
    read_pandapower_file,
    read_pandapower_network,
)
from grid_models.readers.refusals import refusal
from grid_models.readers.relocation import find_relocation_problems, relocate_grid
from grid_models.readers.simbench import read_simbench

__all__ = ["read_grid", "read_pandapower", "read_simbench"]

_NETWORKS: Mapping[str, Callable[..., Grid]] = {
    "pandapower": read_pandapower_network,
    "simbench": read_simbench,
}
_FILES = {"pandapower": read_pandapower_file}
_ENDINGS = {".json": "pandapower"}

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
    assumptions = _attempt(lambda: parse_assumptions(assume), problems) or {}
    astray = [] if relocate is None else find_relocation_problems(*relocate)
    problems += astray
    grid = _attempt(lambda: _read(source, file_format, code), problems)
    if grid is None:
        raise InputError(problems)
    assumed = _attempt(lambda: apply_assumptions(grid, assumptions), problems) or grid
    moved = assumed
    if relocate is not None and not astray:
        moved = _attempt(lambda: relocate_grid(assumed, *relocate), problems) or assumed
    if problems:
        raise InputError(problems)
    metadata = replace(moved.metadata, load_date=load_date, topology_date=topology_date, area=area)
    return replace(moved, metadata=metadata)


def _attempt(step: Callable[[], Result], problems: list[InputProblem]) -> Result | None:
    """Return what a step gives; if it refuses, keep its problems so that all are named at once."""
    try:
        return step()
    except InputError as error:
        problems += error.problems
        return None


def _read(source: str, file_format: str | None, crs: int | None) -> Grid:
    scheme, _, name = source.partition(":")
    if scheme in _NETWORKS:
        if file_format not in (None, scheme):
            raise refusal(
                "--format",
                f"{source} 是 {scheme} 网络，不能按 {file_format} 读取；请去掉 --format",
                f"{source} is a {scheme} network and no {file_format}; leave out --format",
            )
        return _NETWORKS[scheme](name, crs=crs)
    path = Path(source)
    if file_format is None and _is_file(path):
        file_format = _ENDINGS.get(path.suffix.lower(), "")
    if file_format is not None and file_format not in _FILES:
        known = ", ".join(f"{form} ({ending})" for ending, form in _ENDINGS.items())
        raise refusal(
            "--format",
            f"{path.name} 的格式未知，可用：{known}",
            f"the format of {path.name} is unknown; it is one of: {known}",
        )
    return _FILES[file_format or "pandapower"](path, crs=crs)


def _is_file(path: Path) -> bool:
    """Say whether there is such a file; a name no disk can have is said of by whoever reads it."""
    try:
        return path.is_file()
    except OSError:
        return False


def _epsg_code(crs: int | str | None) -> int | None:
    """Read 4549, ``4549`` or ``EPSG:4549`` and make sure that there is such a system."""
    if crs is None:
        return None
    digits = str(crs).strip().upper().removeprefix("EPSG:")
    if not (digits.isascii() and digits.isdigit()):
        raise refusal(
            "--crs",
            f"“{crs}”不是坐标系代码，应为 EPSG:代码，例如 EPSG:4549",
            f"{crs!r} is no coordinate system; give EPSG:code, for instance EPSG:4549",
        )
    Plane(int(digits)).to_metres(0.0, 0.0)
    return int(digits)
