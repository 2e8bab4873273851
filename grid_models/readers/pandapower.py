"""pandapower nets as grids: a JSON file, a network of pandapower's own, or a net in memory."""

from __future__ import annotations

import inspect
import json
import random
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import pandas as pd

from grid_models.errors import InputError, InputProblem, MissingExtraError
from grid_models.grid import Grid, GridMetadata
from grid_models.readers.columns import Net, ids
from grid_models.readers.elements import CARRIED, read_tables
from grid_models.readers.geodata import read_geodata
from grid_models.readers.omissions import find_omissions
from grid_models.readers.refusals import not_a_net, refusal, unknown_name

__all__ = ["read_pandapower", "read_pandapower_file", "read_pandapower_network"]

# Columns that refer to a row of another table.
_LINKS = {"bus", "from_bus", "to_bus", "hv_bus", "lv_bus", "element"}


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
    required = CARRIED | {"gen": ("bus",)}
    net = {table: pd.DataFrame(columns=list(names)) for table, names in required.items()} | dict(
        net
    )
    _refuse_unusable(net, source)
    geodata = read_geodata(net, crs)
    tables, problems = read_tables(net, geodata)
    metadata = GridMetadata(
        name=name,
        source=source,
        frequency_hz=float(net.get("f_hz", 50.0)),
        import_problems=(*find_omissions(net), *geodata.problems, *problems),
    )
    return Grid.build(metadata, **tables)


def read_pandapower_file(path: Path, *, crs: int | None = None) -> Grid:
    """Read a file written by ``pandapower.to_json``.

    Raises
    ------
    InputError
        If the file is missing, truncated, no JSON or holds no pandapower net.
    MissingExtraError
        If pandapower is not installed.
    """
    text = _read_json(path)
    pandapower = _pandapower()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            net = pandapower.from_json_string(text, convert=True)
    except Exception as error:  # pandapower has no error class of its own for a file it cannot read
        reason = f"{type(error).__name__} {error}".strip().splitlines()[0]
        raise not_a_net(path.name, f"pandapower 无法读取（{reason}）", reason) from error
    return read_pandapower(net, path.stem, path.name, crs=crs)


def read_pandapower_network(name: str) -> Grid:
    """Read a network of ``pandapower.networks`` by the name of its function.

    Parameters
    ----------
    name
        ``mv_oberrhein``, or ``kerber_dorfnetz`` and ``cigre_mv`` without ``create_``.

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
    return read_pandapower(net, name, f"pandapower:{name}")


def _pandapower() -> Any:
    try:
        import pandapower  # noqa: PLC0415 - takes seconds, and is optional
    except ImportError as error:
        raise MissingExtraError("pandapower") from error
    return pandapower


def _network_makers(networks: ModuleType) -> dict[str, Callable[[], Any]]:
    """Return the functions that make a network out of nothing, by full and by short name."""
    makers: dict[str, Callable[[], Any]] = {}
    for name, maker in vars(networks).items():
        if not inspect.isfunction(maker) or not maker.__module__.startswith(
            f"{networks.__name__}."
        ):
            continue
        needed = [p for p in inspect.signature(maker).parameters.values() if _is_needed(p)]
        if name.startswith("_") or needed:
            continue
        makers |= dict.fromkeys((name, name.removeprefix("create_")), maker)
        makers[name.replace("create_cigre_network_", "cigre_")] = maker
    return makers


def _is_needed(parameter: inspect.Parameter) -> bool:
    is_variadic = parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
    return parameter.default is parameter.empty and not is_variadic


def _read_json(path: Path) -> str:
    """Return the text of a file that is JSON and looks like a net."""
    name = path.name
    try:
        text = path.read_text(encoding="utf-8")
        document = json.loads(text)
    except FileNotFoundError:
        raise refusal(name, f"找不到文件 {name}", f"there is no file {name}") from None
    except OSError as error:
        reason = error.strerror or str(error)
        raise refusal(
            name, f"文件 {name} 无法读取：{reason}", f"cannot read {name}: {reason}"
        ) from error
    except UnicodeDecodeError as error:
        raise not_a_net(name, "不是 UTF-8 文本", "it is no UTF-8 text") from error
    except RecursionError as error:
        raise not_a_net(name, "嵌套过深", "it is nested too deeply") from error
    except json.JSONDecodeError as error:
        if text.lstrip().startswith("{") and not text.rstrip().endswith("}"):
            raise not_a_net(name, "文件不完整，结尾缺失", "the file is cut short") from error
        zh, en = f"第 {error.lineno} 行不是 JSON", f"it is no JSON at line {error.lineno}"
        raise not_a_net(name, zh, en) from error
    is_net = isinstance(document, dict) and (
        document.get("_class") == "pandapowerNet" or "bus" in document
    )
    if not is_net:
        raise not_a_net(name, "JSON 中没有 pandapower 网络", "its JSON is something else")
    return text


def _refuse_unusable(net: Mapping[str, Any], source: str) -> None:
    """Refuse tables whose rows cannot be told apart or do not say where they belong."""
    problems = []
    for table, names in CARRIED.items():
        rows = net[table]
        if not isinstance(rows, pd.DataFrame):
            problems.append(_unusable(source, f"{table} 不是表", f"{table} is no table"))
            continue
        for name in (name for name in names if name not in rows):
            problems.append(
                _unusable(
                    source, f"表 {table} 缺少列 {name}", f"table {table} has no column {name}"
                )
            )
        for name in (name for name in names if name in rows and name in _LINKS):
            numbers = pd.to_numeric(rows[name], errors="coerce")
            blank = ids(table, rows.index[(numbers.isna() | (numbers % 1 != 0)).to_numpy()])
            if len(blank):
                listed = ", ".join(blank[:5])
                problems.append(
                    _unusable(
                        source,
                        f"{len(blank)} 个元件的 {name} 不是行号（{listed}）",
                        f"{name} of {len(blank)} elements is no row number ({listed})",
                    )
                )
        repeated = ids(table, rows.index[rows.index.duplicated()])
        if len(repeated):
            listed = ", ".join(repeated[:5])
            problems.append(
                _unusable(source, f"编号重复（{listed}）", f"numbers are used twice ({listed})")
            )
    if not problems and not len(net["bus"]):
        problems.append(_unusable(source, "没有节点", "it has no buses"))
    if problems:
        raise InputError(problems)


def _unusable(source: str, zh: str, en: str) -> InputProblem:
    return InputProblem(
        field=source, zh=f"{source} 不可用：{zh}", en=f"{source} cannot be used: {en}"
    )
