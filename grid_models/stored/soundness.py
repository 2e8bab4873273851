"""Soundness: whether the arrays of a stored grid fit each other and its tables.

Checksums tell what happened to a file by accident. A folder that somebody sealed again can still
point anywhere, and the kernels that follow its rows look at memory without asking.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from grid_models.network import LINE, SWITCH, TRANSFORMER
from grid_models.stored.packing import Arrays

__all__ = ["find_unsound"]

Ints = npt.NDArray[np.int64]

# How many entries every array has, by the beginning of its name; the longest that fits counts.
_LENGTHS: Mapping[str, str] = {
    "branches.": "branch",
    "compiled.row_of_branch": "branch",
    "compiled.row_of_bus": "bus",
    "compiled.tree_of_branch": "branch",
    "compiled.tree_of_bus": "bus",
    "limits.": "row",
    "model.branch_of_line": "lines",
    "model.branch_of_transformer": "transformers",
    "model.busbar_nodes": "nodes",
    "model.has_open_end": "lines",
    "model.is_first_section": "lines",
    "model.line_ends": "lines",
    "model.open_points": "bus",
    "model.transformer_ends": "transformers",
    "network.": "bus",
    "network.bus_of_node": "nodes",
    "network.source_": "source",
    "owners.": "row",
    "places.box_m": "lines",
    "places.x_m": "nodes",
    "places.y_m": "nodes",
    "state.": "row",
    "state.converged": "tree",
    "topology.": "row",
    "tree.": "row",
    "tree.angle_source_degree": "tree",
    "tree.v_source": "tree",
}
# Arrays of several entries an element: from and to, west to north.
_ACROSS: Mapping[str, int] = {
    "model.line_ends": 2,
    "model.transformer_ends": 2,
    "places.box_m": 4,
}
# What the entries of an array number, and the least of them: -1 where there may be none.
_POINTS_AT: Mapping[str, tuple[int, str]] = {
    "branches.f": (0, "bus"),
    "branches.kind": (0, "kind"),
    "branches.t": (0, "bus"),
    "compiled.tree_of_branch": (-1, "tree"),
    "compiled.tree_of_bus": (-1, "tree"),
    "gap.branch": (0, "branch"),
    "gap.bus": (0, "bus"),
    "mesh.branch": (0, "branch"),
    "mesh.bus": (0, "bus"),
    "model.branch_of_line": (-1, "branch"),
    "model.branch_of_transformer": (-1, "branch"),
    "model.line_ends": (-1, "nodes"),
    "model.transformer_ends": (-1, "nodes"),
    "network.bus_of_node": (-1, "bus"),
    "network.node_of_bus": (-1, "nodes"),
    "network.source_bus": (0, "bus"),
    "network.source_row": (0, "sources"),
    "owners.owner": (0, "owner"),
    "tree.branch": (-1, "branch"),
    "tree.bus": (0, "bus"),
}
# Starts of the parts of other arrays.
_STARTS: Mapping[str, str] = {
    "gap.branch_start": "gap.branch",
    "gap.bus_start": "gap.bus",
    "mesh.branch_start": "mesh.branch",
    "mesh.bus_start": "mesh.bus",
    "places.start": "places.points_m",
    "tree.start": "tree.bus",
}
# By row of a tree, a row of the same tree or none.
_IN_TREE = ("main_transformer", "busbar", "feeder_head", "board")
_OWNERS = 3


def find_unsound(arrays: Arrays, tables: Mapping[str, int]) -> Iterator[str]:
    """Name the arrays that are too short or point at what is not there.

    Parameters
    ----------
    tables
        Rows of every table.
    """
    sizes = {
        **tables,
        "bus": len(arrays["network.base_kv"]),
        "branch": len(arrays["branches.f"]),
        "source": len(arrays["network.source_bus"]),
        "tree": len(arrays["tree.start"]) - 1,
        "row": len(arrays["tree.bus"]) if "tree.bus" in arrays else 0,
        "kind": SWITCH + 1,
        "owner": _OWNERS,
    }
    broken = [name for name, array in arrays.items() if not _is_right(name, array, sizes)]
    broken += [name for name, of in _STARTS.items() if not _are_starts(arrays, name, of)]
    # The rest follows what has just been looked at.
    yield from broken or _find_misled(arrays, tables)


def _is_right(name: str, array: npt.NDArray[Any], sizes: Mapping[str, int]) -> bool:
    prefix = max((key for key in _LENGTHS if name.startswith(key)), key=len, default="")
    table = name.split(".")[1] if name.startswith("ids.") else _LENGTHS.get(prefix)
    if table is not None and name != "tree.start":
        across = _ACROSS.get(name)
        if array.shape != ((sizes[table],) if across is None else (across, sizes[table])):
            return False
    if name == "places.points_m":
        return array.shape[1:] == (2,)
    if name == "places.hull":
        return _is_wkb(array.tobytes())
    if name.startswith("ids."):
        return name.endswith(".hash") or _points(array, 0, sizes[table or ""])
    if name in _POINTS_AT:
        least, what = _POINTS_AT[name]
        return _points(array, least, sizes[what])
    return True


def _find_misled(arrays: Arrays, tables: Mapping[str, int]) -> Iterator[str]:
    """Name what points beyond its table or its tree."""
    kind, element = arrays["branches.kind"], arrays["branches.element"]
    for number, table in ((LINE, "lines"), (TRANSFORMER, "transformers"), (SWITCH, "switches")):
        if not _points(element[kind == number], 0, tables[table]):
            yield "branches.element"
    start = arrays["tree.start"]
    length = np.diff(start)
    for end in ("bus", "branch"):
        tree, row = arrays[f"compiled.tree_of_{end}"], arrays[f"compiled.row_of_{end}"]
        if (tree >= 0).any() and not _points(row[tree >= 0], 0, length[tree[tree >= 0]]):
            yield f"compiled.row_of_{end}"
    if not len(length):
        return
    of_row = np.repeat(length, length)
    place = np.arange(len(of_row)) - np.repeat(start[:-1], length)
    is_root = place == 0
    checks: dict[str, Callable[[Ints], bool]] = {
        "tree.parent": lambda a: bool(
            (a[is_root] == -1).all() and _points(a[~is_root], 0, place[~is_root])
        ),
        "tree.end": lambda a: bool((a > place).all() and (a <= of_row).all()),
        "owners.row": lambda a: _points(a, -1, of_row),
        **{f"topology.{name}": lambda a: _points(a, -1, of_row) for name in _IN_TREE},
    }
    yield from (name for name, holds in checks.items() if not holds(arrays[name]))


def _points(array: npt.NDArray[Any], least: int, beyond: int | Ints) -> bool:
    return array.dtype == np.int64 and bool((array >= least).all() and (array < beyond).all())


def _are_starts(arrays: Arrays, name: str, of: str) -> bool:
    start = arrays[name]
    last = len(arrays[of]) if of in arrays else 0
    is_whole = start.dtype == np.int64 and start.ndim == 1 and len(start) > 0
    return is_whole and bool(start[0] == 0 and start[-1] == last and (np.diff(start) >= 0).all())


def _is_wkb(content: bytes) -> bool:
    try:
        return not content or shapely.from_wkb(content) is not None
    except shapely.errors.ShapelyError:
        return False
