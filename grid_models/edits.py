"""Edits: what a plan does to a grid, as values that can be applied and taken back.

::

    before   node:a ------------------- line:12 ------------------- node:b

    after    node:a --- line:12#1 --- new:node:2 --- line:12#2 --- node:b
                                          |
                                      new:line:1
                                          |
                                      new:node:1   new:load:1

An edit loses nothing: `revert` after `apply` gives the same grid, to the last bit of its version.
The parts of a split line add up to it, and a transformer that was replaced stays in its table, out
of service, as ``trafo:3#replaced``, and its limits with it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias, assert_never

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from grid_models.crs import Plane
from grid_models.errors import InputError, InputProblem
from grid_models.grid import Grid, make_table

__all__ = [
    "CUSTOMER_NODE",
    "NEW_LINE",
    "NEW_LOAD",
    "SPLIT_NODE",
    "AddLoads",
    "AddedLoad",
    "ConnectCustomer",
    "Edit",
    "ReplaceTransformer",
    "apply",
    "revert",
]

CUSTOMER_NODE, SPLIT_NODE = "new:node:1", "new:node:2"
NEW_LINE, NEW_LOAD = "new:line:1", "new:load:1"

Tables: TypeAlias = dict[str, pd.DataFrame]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectCustomer:
    """A new line with a new load at its end.

    Parameters
    ----------
    element_id
        Node it starts from, or line it is joined to.
    position
        Share of that line's length from its from_node at which it is split, between 0 and 1; None
        at a node.
    lon, lat
        Place of the customer in CGCS2000, degrees.
    length_m
        Electrical length of the new line; 0 puts the load at the access point itself.
    r_ohm_per_km, x_ohm_per_km, c_nf_per_km, ampacity_a
        Of one of its `parallel` circuits.
    p_kw, q_kvar
        Load, constant power.
    bay_id
        Spare bay it takes; empty: none.
    """

    element_id: str
    position: float | None
    lon: float
    lat: float
    length_m: float
    parallel: int
    r_ohm_per_km: float
    x_ohm_per_km: float
    c_nf_per_km: float
    ampacity_a: float
    conductor_type: str
    laying: str
    p_kw: float
    q_kvar: float
    bay_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplaceTransformer:
    """Another transformer in the place of the present one, on its voltages and taps.

    Parameters
    ----------
    sn_kva, vk_pct, vkr_pct, pfe_w, i0_pct
        Of the new one, as in the transformers table. It may be used in full, and the limits stated
        for the present one do not hold for it.
    """

    element_id: str
    sn_kva: float
    vk_pct: float
    vkr_pct: float
    pfe_w: float
    i0_pct: float


@dataclass(frozen=True, slots=True, kw_only=True)
class AddedLoad:
    """A load of constant power that is to be counted with.

    Parameters
    ----------
    load_id
        Id it gets in the loads table.
    bay_id
        Spare bay it takes; empty: none.
    """

    load_id: str
    node_id: str
    p_kw: float
    q_kvar: float
    bay_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AddLoads:
    """Loads that have been promised and are not energised yet."""

    loads: tuple[AddedLoad, ...]


Edit: TypeAlias = ConnectCustomer | ReplaceTransformer | AddLoads


def apply(edit: Edit, grid: Grid) -> Grid:
    """Return the grid with an edit made.

    Raises
    ------
    InputError
        If the edit names what the grid does not have, or adds what it has already.
    """
    _refuse(_find_problems(edit, grid))
    match edit:
        case ConnectCustomer():
            tables = _connect(edit, grid)
        case ReplaceTransformer():
            tables = _replace(edit, grid)
        case AddLoads():
            tables = _add_loads(edit, grid)
        case _:
            assert_never(edit)
    return grid.with_tables(**tables, **_with_bays(edit, grid, is_spare=False))


def revert(edit: Edit, grid: Grid) -> Grid:
    """Return the grid as it was before an edit was made; other edits made since then stay.

    Raises
    ------
    InputError
        If the edit was not made in this grid.
    """
    _refuse(_find_missing(edit, grid))
    match edit:
        case ConnectCustomer():
            tables = _disconnect(edit, grid)
        case ReplaceTransformer():
            tables = _put_back(edit, grid)
        case AddLoads():
            tables = {"loads": grid.loads.drop(index=[load.load_id for load in edit.loads])}
        case _:
            assert_never(edit)
    return grid.with_tables(**tables, **_with_bays(edit, grid, is_spare=True))


# ---------------------------------------------------------------------- a customer


def _connect(edit: ConnectCustomer, grid: Grid) -> Tables:
    tables: Tables = {"nodes": grid.nodes, "lines": grid.lines}
    access = edit.element_id
    if edit.position is not None:
        access = SPLIT_NODE
        tables = _split(edit.element_id, edit.position, grid)
    kv = float(tables["nodes"]["vn_kv"].loc[access])
    line = {
        "from_node": access, "to_node": CUSTOMER_NODE, "length_m": edit.length_m,
        "parallel": edit.parallel, "r_ohm_per_km": edit.r_ohm_per_km,
        "x_ohm_per_km": edit.x_ohm_per_km, "c_nf_per_km": edit.c_nf_per_km,
        "ampacity_a": edit.ampacity_a, "conductor_type": edit.conductor_type,
        "laying": edit.laying,
    }  # fmt: skip
    load = {
        "node": CUSTOMER_NODE, "p_kw": edit.p_kw, "q_kvar": edit.q_kvar, "load_basis": "declared",
    }  # fmt: skip
    node = {"vn_kv": kv, "lon": edit.lon, "lat": edit.lat}
    return tables | {
        "nodes": _appended("nodes", tables["nodes"], {CUSTOMER_NODE: node}),
        "lines": _appended("lines", tables["lines"], {NEW_LINE: line}),
        "loads": _appended("loads", grid.loads, {NEW_LOAD: load}),
    }


def _disconnect(edit: ConnectCustomer, grid: Grid) -> Tables:
    tables: Tables = {"nodes": grid.nodes, "lines": grid.lines}
    if edit.position is not None:
        tables = _join(edit.element_id, grid)
    return tables | {
        "nodes": tables["nodes"].drop(index=CUSTOMER_NODE),
        "lines": tables["lines"].drop(index=NEW_LINE),
        "loads": grid.loads.drop(index=NEW_LOAD),
    }


def _split(line_id: str, position: float, grid: Grid) -> Tables:
    """Put a node into a line; its switches and limits go to the parts."""
    line = grid.lines.loc[line_id]
    first, second = _parts(line_id)
    (lon, lat), courses = _split_course(line, position, grid)
    # Taken off twice, so that the two lengths add up to exactly what they were.
    second_m = float(line["length_m"] - position * line["length_m"])
    lines = _doubled(grid.lines, grid.lines.index == line_id, ("#1", "#2"))
    lines.loc[first, ["to_node", "length_m"]] = [SPLIT_NODE, line["length_m"] - second_m]
    lines.loc[second, ["from_node", "length_m"]] = [SPLIT_NODE, second_m]
    lines.at[first, "geometry"], lines.at[second, "geometry"] = courses
    own = grid.limits["element_id"] == line_id
    limits = _doubled(grid.limits, own.to_numpy(), ("#1", "#2"))
    limits.loc[limits["element_id"] == line_id, "element_id"] = [first, second] * int(own.sum())
    switches = grid.switches.copy()
    here = (switches["element_kind"] == "line") & (switches["element_id"] == line_id)
    at_first = switches["node"] == line["from_node"]
    switches.loc[here, "element_id"] = np.where(at_first[here], first, second)
    node = {
        "vn_kv": grid.nodes["vn_kv"].loc[line["from_node"]], "lon": lon, "lat": lat,
        "ownership": line["ownership"],
    }  # fmt: skip
    nodes = _appended("nodes", grid.nodes, {SPLIT_NODE: node})
    return {"nodes": nodes, "lines": lines, "limits": limits, "switches": switches}


def _join(line_id: str, grid: Grid) -> Tables:
    """Take the node out of a split line again."""
    first, second = _parts(line_id)
    lines = grid.lines.copy()
    lines.at[first, "to_node"] = lines.at[second, "to_node"]
    lines.at[first, "length_m"] += lines.at[second, "length_m"]
    courses = lines.loc[[first, second], "geometry"]
    if courses.notna().all():
        a, b = (shapely.get_coordinates(course) for course in courses)
        lines.at[first, "geometry"] = shapely.LineString(np.concatenate([a[:-1], b[1:]]))
    limits = grid.limits[grid.limits["element_id"] != second]
    own = limits["element_id"] == first
    names = np.where(own, limits.index.str.removesuffix("#1"), limits.index)
    return {
        "nodes": grid.nodes.drop(index=SPLIT_NODE),
        "lines": lines.drop(index=second).rename(index={first: line_id}),
        "limits": limits.assign(element_id=limits["element_id"].mask(own, line_id)).set_axis(names),
        "switches": grid.switches.replace({"element_id": {first: line_id, second: line_id}}),
    }


def _parts(line_id: str) -> tuple[str, str]:
    return f"{line_id}#1", f"{line_id}#2"


def _split_course(
    line: pd.Series[Any], position: float, grid: Grid
) -> tuple[tuple[float, float], tuple[shapely.LineString | None, shapely.LineString | None]]:
    """Place of a split, and the course of the parts if the line's is known.

    The split is a vertex of its own, also where the course has one already: so it can be told
    apart when the parts are joined again.
    """
    plane = Plane(grid.metadata.projected_epsg)
    drawn = line["geometry"]
    ends = grid.nodes.loc[[line["from_node"], line["to_node"]], ["lon", "lat"]].to_numpy()
    degrees = ends if drawn is None else shapely.get_coordinates(drawn)
    if not np.isfinite(degrees).all():
        return (float("nan"), float("nan")), (None, None)
    metres = np.column_stack(plane.to_metres(degrees[:, 0], degrees[:, 1]))
    reached = np.r_[0.0, np.cumsum(np.hypot(*np.diff(metres, axis=0).T))]
    along = position * reached[-1]
    after = int(np.clip(np.searchsorted(reached, along), 1, len(metres) - 1))
    place = [np.interp(along, reached, metres[:, axis]) for axis in (0, 1)]
    lon, lat = (float(value) for value in plane.to_degrees(*place))
    if drawn is None:
        return (lon, lat), (None, None)
    return (lon, lat), (
        shapely.LineString([*degrees[:after], (lon, lat)]),
        shapely.LineString([(lon, lat), *degrees[after:]]),
    )


# ---------------------------------------------------------------------- a transformer


def _replace(edit: ReplaceTransformer, grid: Grid) -> Tables:
    name, old = edit.element_id, _replaced(edit)
    rows = _doubled(grid.transformers, grid.transformers.index == name, ("", "#replaced"))
    rows.at[old, "is_in_service"] = False
    for column in ("sn_kva", "vk_pct", "vkr_pct", "pfe_w", "i0_pct"):
        rows.at[name, column] = getattr(edit, column)
    rows.at[name, "derating"] = 1.0
    rows.at[name, "commissioned_on"] = pd.NaT
    return {"transformers": rows, "limits": grid.limits.replace({"element_id": {name: old}})}


def _put_back(edit: ReplaceTransformer, grid: Grid) -> Tables:
    name, old = edit.element_id, _replaced(edit)
    rows = grid.transformers.copy()
    # The old one was in service, or its replacement is not either.
    rows.at[old, "is_in_service"] = rows.at[name, "is_in_service"]
    rows = rows.drop(index=name).rename(index={old: name})
    return {"transformers": rows, "limits": grid.limits.replace({"element_id": {old: name}})}


def _replaced(edit: ReplaceTransformer) -> str:
    return f"{edit.element_id}#replaced"


# ---------------------------------------------------------------------- loads and bays


def _add_loads(edit: AddLoads, grid: Grid) -> Tables:
    rows = {
        load.load_id: {
            "node": load.node_id, "p_kw": load.p_kw, "q_kvar": load.q_kvar,
            "load_basis": "declared",
        }
        for load in edit.loads
    }  # fmt: skip
    return {"loads": _appended("loads", grid.loads, rows)}


def _bays(edit: Edit) -> list[str]:
    match edit:
        case ConnectCustomer():
            taken = [edit.bay_id]
        case AddLoads():
            taken = [load.bay_id for load in edit.loads]
        case ReplaceTransformer():
            taken = []
        case _:
            assert_never(edit)
    return [bay for bay in taken if bay]


def _with_bays(edit: Edit, grid: Grid, *, is_spare: bool) -> Tables:
    if not (taken := _bays(edit)):
        return {}
    bays = grid.bays.copy()
    bays.loc[taken, "is_spare"] = is_spare
    return {"bays": bays}


# ---------------------------------------------------------------------- rows


def _appended(
    table: str, rows: pd.DataFrame, added: Mapping[str, Mapping[str, Any]]
) -> pd.DataFrame:
    new = pd.DataFrame(list(added.values()), index=list(added))
    return pd.concat([rows, make_table(table, new)]) if added else rows


def _doubled(
    rows: pd.DataFrame, which: npt.NDArray[np.bool_], endings: tuple[str, str]
) -> pd.DataFrame:
    """Repeat some rows in their place, their ids told apart by endings."""
    order = np.repeat(np.arange(len(rows)), np.where(which, 2, 1))
    names = rows.index.to_numpy(object)[order]
    both = np.flatnonzero(which[order])
    names[both] += np.array([endings[k % 2] for k in range(len(both))], object)
    return rows.iloc[order].set_axis(names)


# ---------------------------------------------------------------------- refusals


def _refuse(problems: Iterator[InputProblem]) -> None:
    if found := list(problems):
        raise InputError(found)


def _find_problems(edit: Edit, grid: Grid) -> Iterator[InputProblem]:
    match edit:
        case ConnectCustomer(position=None):
            yield from _unknown("element_id", grid.nodes, [edit.element_id], "节点", "node")
            yield from _present(grid, {"nodes": [CUSTOMER_NODE], "lines": [NEW_LINE]})
            yield from _present(grid, {"loads": [NEW_LOAD]})
        case ConnectCustomer(position=float(position)):
            yield from _unknown("element_id", grid.lines, [edit.element_id], "线路", "line")
            if not 0.0 < position < 1.0:
                yield InputProblem(
                    field="position",
                    zh=f"线路 {edit.element_id} 上的位置 {position} 应在 0 与 1 之间，不含端点",
                    en=f"position {position} on line {edit.element_id} has to be between 0 and 1, "
                    "its ends excluded",
                )
            lines = [NEW_LINE, *_parts(edit.element_id)]
            yield from _present(grid, {"nodes": [CUSTOMER_NODE, SPLIT_NODE], "lines": lines})
            yield from _present(grid, {"loads": [NEW_LOAD]})
        case ReplaceTransformer():
            names = [edit.element_id]
            yield from _unknown("element_id", grid.transformers, names, "变压器", "transformer")
            yield from _present(grid, {"transformers": [_replaced(edit)]})
        case AddLoads():
            nodes = [load.node_id for load in edit.loads]
            yield from _unknown("node_id", grid.nodes, nodes, "节点", "node")
            yield from _present(grid, {"loads": [load.load_id for load in edit.loads]})
    yield from _bay_problems(edit, grid)


def _bay_problems(edit: Edit, grid: Grid) -> Iterator[InputProblem]:
    taken = _bays(edit)
    yield from _unknown("bay_id", grid.bays, taken, "间隔", "bay")
    for bay in taken:
        if bay in grid.bays.index and (not grid.bays["is_spare"].loc[bay] or taken.count(bay) > 1):
            yield InputProblem(
                field="bay_id",
                zh=f"间隔 {bay} 已被占用，应选备用间隔",
                en=f"bay {bay} is taken; choose a spare one",
            )


def _find_missing(edit: Edit, grid: Grid) -> Iterator[InputProblem]:
    match edit:
        case ConnectCustomer():
            is_split = edit.position is not None
            nodes = [CUSTOMER_NODE, SPLIT_NODE] if is_split else [CUSTOMER_NODE]
            lines = [NEW_LINE, *_parts(edit.element_id)] if is_split else [NEW_LINE]
            wanted = {"nodes": nodes, "lines": lines, "loads": [NEW_LOAD]}
        case ReplaceTransformer():
            wanted = {"transformers": [edit.element_id, _replaced(edit)]}
        case AddLoads():
            wanted = {"loads": [load.load_id for load in edit.loads]}
        case _:
            assert_never(edit)
    wanted["bays"] = _bays(edit)
    for table, names in wanted.items():
        for name in names:
            if name not in grid.tables()[table].index:
                yield InputProblem(
                    field=table,
                    zh=f"电网中没有 {name}，无法撤销：该修改未作用于此电网",
                    en=f"the grid has no {name}: this edit was not made in it and cannot be "
                    "reverted",
                )


def _unknown(
    field: str, rows: pd.DataFrame, names: Sequence[str], zh: str, en: str
) -> Iterator[InputProblem]:
    for name in names:
        if name not in rows.index:
            yield InputProblem(
                field=field,
                zh=f"电网中没有{zh} {name}，应为已有{zh}的编号",
                en=f"the grid has no {en} {name}; give the id of one it has",
            )


def _present(grid: Grid, added: Mapping[str, Sequence[str]]) -> Iterator[InputProblem]:
    for table, names in added.items():
        for k, name in enumerate(names):
            if name in grid.tables()[table].index or name in names[:k]:
                yield InputProblem(
                    field=table,
                    zh=f"编号 {name} 已存在，新增元件须用新编号",
                    en=f"there is a {name} already; what is added needs an id of its own",
                )
