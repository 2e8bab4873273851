"""pandapower nets as grids: a JSON file, a network of pandapower's own, or a net in memory."""

from __future__ import annotations

import inspect
import random
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pandas as pd

from grid_models.errors import InputError, InputProblem, MissingExtraError
from grid_models.grid import Grid, GridMetadata
from grid_models.printable import printable
from grid_models.readers.columns import Net, Texts, find_unreadable, ids
from grid_models.readers.elements import CARRIED, read_tables
from grid_models.readers.geodata import read_geodata
from grid_models.readers.omissions import find_omissions
from grid_models.readers.refusals import not_a_net, unknown_name
from grid_models.readers.repairs import read_frequency
from grid_models.readers.safe_json import read_net_text
from grid_models.readers.summary import summarise

__all__ = ["read_pandapower", "read_pandapower_file", "read_pandapower_network"]

_NEEDED = CARRIED
# Columns that refer to a row of another table.
_LINKS = {"bus", "from_bus", "to_bus", "hv_bus", "mv_bus", "lv_bus", "element"}
_SHOWN_IDS = 5


def read_pandapower(net: Net, name: str, source: str, *, crs: int | None = None) -> Grid:
    """Turn a pandapower net into a grid.

    Parameters
    ----------
    net
        The net; it is not changed. Columns such as ``ownership``, ``laying``, ``load_basis``,
        ``kind`` or ``removal_planned_on`` that its tables have are carried over, and
        ``spare_bays`` of a bus as so many bays.
    name, source
        For the metadata.
    crs
        EPSG code of its coordinates; None: longitude and latitude, or none at all.

    Returns
    -------
    grid
        What could not be carried over is listed in ``metadata.import_problems``.

    Raises
    ------
    InputError
        If the net has no buses, a table cannot be used, or `crs` names no coordinate system.
    """
    empty = {table: pd.DataFrame(columns=list(names)) for table, names in CARRIED.items()}
    net = empty | dict(net)
    _refuse_unusable(net, source)
    geodata = read_geodata(net, crs)
    tables, problems = read_tables(net, geodata)
    frequency_hz, doubts = read_frequency(net)
    metadata = GridMetadata(
        name=printable(name),
        source=printable(source),
        frequency_hz=frequency_hz,
        import_problems=(*find_omissions(net), *geodata.problems, *problems, *doubts),
    )
    return summarise(Grid.build(metadata, **tables))


def read_pandapower_file(path: Path, *, crs: int | None = None) -> Grid:
    """Read a file written by ``pandapower.to_json``.

    Raises
    ------
    InputError
        If the file is missing, truncated, no JSON, holds no pandapower net, or more than one (see
        `safe_json`).
    MissingExtraError
        If pandapower is not installed.
    """
    text = read_net_text(path)
    pandapower = _pandapower()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            net = pandapower.from_json_string(text, convert=True)
    except Exception as error:  # pandapower has no error class of its own for a file it cannot read
        reason = f"{type(error).__name__} {error}".strip().splitlines()[0]
        raise not_a_net(path.name, f"pandapower 无法读取（{reason}）", reason) from error
    return read_pandapower(net, path.stem, path.name, crs=crs)


def read_pandapower_network(name: str, *, crs: int | None = None) -> Grid:
    """Read a network of ``pandapower.networks`` by the name of its function.

    Parameters
    ----------
    name
        ``mv_oberrhein``, or ``kerber_dorfnetz`` and ``cigre_mv`` without ``create_``.
    crs
        As for `read_pandapower`.

    Raises
    ------
    InputError
        If there is no such network.
    MissingExtraError
        If pandapower is not installed.
    """
    _pandapower()
    from pandapower import networks  # noqa: PLC0415

    makers = _network_makers(networks)
    if name not in makers:
        raise unknown_name("pandapower", name, makers)
    state = random.getstate()
    # some networks draw their branches: the same name shall give the same grid
    random.seed(0)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            net = makers[name]()
    finally:
        random.setstate(state)
    return read_pandapower(net, name, f"pandapower:{name}", crs=crs)


def _pandapower() -> Any:
    try:
        import pandapower  # noqa: PLC0415 - takes seconds, and is optional
    except ImportError as error:
        raise MissingExtraError("pandapower") from error
    return pandapower


def _network_makers(networks: ModuleType) -> dict[str, Callable[[], Any]]:
    """Return the functions that make a network out of nothing, by full and by short name."""
    makers: dict[str, Callable[[], Any]] = {}
    for name, maker in inspect.getmembers(networks, inspect.isfunction):
        is_own = maker.__module__.startswith(f"{networks.__name__}.")
        if is_own and not name.startswith("_") and _needs_nothing(maker):
            cigre = name.replace("create_cigre_network_", "cigre_")
            makers |= dict.fromkeys((name, name.removeprefix("create_"), cigre), maker)
    return makers


def _needs_nothing(maker: Callable[..., Any]) -> bool:
    parameters = inspect.signature(maker).parameters.values()
    return all(p.default is not p.empty or p.kind is p.VAR_KEYWORD for p in parameters)


def _refuse_unusable(net: Net, source: str) -> None:
    """Refuse tables whose rows cannot be told apart or do not say where they belong."""
    faults = [fault for table in _NEEDED for fault in _find_faults(net, table)]
    if not faults and not len(net["bus"]):
        faults = [("没有节点", "it has no buses")]
    if faults:
        raise InputError(
            [
                InputProblem(
                    field=source, zh=f"{source} 不可用：{zh}", en=f"{source} cannot be used: {en}"
                )
                for zh, en in faults
            ]
        )


def _find_faults(net: Net, table: str) -> Iterator[tuple[str, str]]:
    rows = net[table]
    if not isinstance(rows, pd.DataFrame):
        yield f"{table} 不是表", f"{table} is no table"
        return
    if not rows.columns.is_unique:
        yield f"表 {table} 的列名重复", f"table {table} has columns of the same name"
        return
    repeated = ids(table, rows.index[rows.index.duplicated()])
    if len(repeated):
        yield f"编号重复：{_some(repeated)}", f"numbers are used twice: {_some(repeated)}"
    if len(rows) and not pd.api.types.is_integer_dtype(rows.index):
        yield f"表 {table} 的编号不是整数", f"the numbers of table {table} are no whole numbers"
    for column in _NEEDED[table]:
        if column not in rows:
            yield f"表 {table} 缺少列 {column}", f"table {table} has no column {column}"
        elif column in _LINKS:
            blank = ids(table, rows.index[find_unreadable(rows, column, "int")])
            if len(blank):
                yield f"{column} 不是编号：{_some(blank)}", f"{column} is no number: {_some(blank)}"


def _some(names: Texts) -> str:
    more = f" … ({len(names)})" if len(names) > _SHOWN_IDS else ""
    return ", ".join(names[:_SHOWN_IDS]) + more
