"""Entries: what the arrays of a stored grid say of some trees that were compiled anew."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Any

import numpy as np
import numpy.typing as npt

from grid_models.compiled import Tree
from grid_models.errors import InputError, InputProblem
from grid_models.feeders import WayOwners
from grid_models.limits import TreeLimits
from grid_models.model import GridModel
from grid_models.network import LINE, TRANSFORMER
from grid_models.solvers.radial import TreeState
from grid_models.stored.model import StoredModel
from grid_models.stored.packing import A_TREE
from grid_models.topology import TreeTopology

__all__ = ["find_entries"]

Ints = npt.NDArray[np.int64]

_BY_ROW: Mapping[str, type] = {
    "tree": Tree, "topology": TreeTopology, "owners": WayOwners, "limits": TreeLimits,
    "state": TreeState,
}  # fmt: skip
_BY_BUS = ("base_kv", "p", "q", "p_current", "q_current", "g", "b")
_BY_BRANCH = ("r", "x", "g_from", "b_from", "g_to", "b_to", "ratio", "shift_degree",
              "rating_from", "rating_to")  # fmt: skip
# Fields that say which tree it is, the same as before.
_SHAPE = ("tree_id", "bus", "branch")
_TABLES = {LINE: "lines", TRANSFORMER: "transformers"}


def find_entries(
    model: StoredModel, numbers: Iterable[int], made: GridModel, rows: Mapping[str, Ints]
) -> dict[str, tuple[Ints, npt.NDArray[Any]]]:
    """Return everything the arrays have of some trees, from the part that was compiled anew.

    Parameters
    ----------
    numbers
        Of the trees in the city.
    made
        The part, with what changed.
    rows
        Numbers of the part's rows in the city's tables, by table.

    Returns
    -------
    entries
        By name of the array: places on its axis, and what stands there now.

    Raises
    ------
    InputError
        A tree has become another: what hangs where is no longer what it was.
    """
    number_of = {tree.tree_id: k for k, tree in enumerate(made.compiled.trees)}
    entries: dict[str, list[tuple[Ints, npt.NDArray[Any]]]] = {}

    def put(name: str, at: Ints | list[int], values: npt.ArrayLike) -> None:
        kept = np.asarray(values, dtype=model.arrays[name].dtype)
        entries.setdefault(name, []).append((np.asarray(at, dtype=np.int64), kept))

    for number in numbers:
        tree = model.tree(number)
        own = number_of.get(tree.tree_id, -1)
        if own < 0 or not _has_shape(model, number, made, own, rows):
            raise _reshaped(tree.tree_id)
        start = int(model.arrays["tree.start"][number])
        facts = {
            "tree": made.tree(own), "topology": made.topology(own), "owners": made.owners(own),
            "limits": made.limits(own, {}), "state": made.state(own),
        }  # fmt: skip
        for prefix, kind in _BY_ROW.items():
            for name in (f.name for f in fields(kind) if f.name not in _SHAPE):
                value = getattr(facts[prefix], name)
                if name in A_TREE:
                    put(f"{prefix}.{name}", [number], [value])
                else:
                    put(f"{prefix}.{name}", np.arange(start, start + len(tree)), value)
        new_bus = made.tree(own).bus
        for name in _BY_BUS:
            put(f"network.{name}", tree.bus, getattr(made.network, name)[new_bus])
        put("model.open_points", tree.bus, made.open_points[new_bus])
        old, new = _branches(model, number, made, rows)
        for name in _BY_BRANCH:
            put(f"branches.{name}", old, getattr(made.network.branches, name)[new])
        lines = _inner_lines(model, number, rows["lines"])
        for name in ("is_first_section", "has_open_end"):
            put(f"model.{name}", rows["lines"][lines], getattr(made, name)[lines])
    return {
        name: (np.concatenate([at for at, _ in some]), np.concatenate([v for _, v in some]))
        for name, some in entries.items()
    }


def _has_shape(
    model: StoredModel, number: int, made: GridModel, own: int, rows: Mapping[str, Ints]
) -> bool:
    """Say whether a tree of the part has the very rows that the city's tree has."""
    old, new = model.tree(number), made.tree(own)
    if not np.array_equal(old.parent, new.parent):
        return False
    node = np.append(rows["nodes"], -1)[made.network.node_of_bus[new.bus]]
    return np.array_equal(node, model.network.node_of_bus[old.bus]) and np.array_equal(
        _elements(made, new.branch[1:], rows), _elements(model, old.branch[1:], None)
    )


def _elements(model: GridModel, branch: Ints, rows: Mapping[str, Ints] | None) -> Ints:
    """Kind of each branch and the row of its element, in the city's table where rows are given."""
    kind = model.network.branches.kind[branch]
    element = model.network.branches.element[branch].copy()
    if rows is not None:
        for number in np.unique(kind).tolist():
            own = kind == number
            element[own] = rows[_TABLES.get(number, "switches")][element[own]]
    return np.stack([kind, element])


def _branches(
    model: StoredModel, number: int, made: GridModel, rows: Mapping[str, Ints]
) -> tuple[Ints, Ints]:
    """Every branch of a tree, parallel ones included, in the city and in the part."""
    old = np.flatnonzero(model.compiled.tree_of_branch == number)
    part = made.compiled.branch_of_element
    place = {
        kind: {int(city): k for k, city in enumerate(rows[_TABLES.get(kind, "switches")])}
        for kind in np.unique(model.network.branches.kind[old]).tolist()
    }
    kinds, elements = _elements(model, old, None).tolist()
    new = [part[kind, place[kind][city]] for kind, city in zip(kinds, elements, strict=True)]
    return old, np.array(new, dtype=np.int64)


def _inner_lines(model: StoredModel, number: int, rows: Ints) -> Ints:
    """Which lines of the part have both ends in a tree: nothing outside the part counts there."""
    bus = model.network.bus_of_node[model.line_ends[:, rows]]
    is_own = (bus >= 0) & (model.compiled.tree_of_bus[bus] == number)
    return np.flatnonzero(is_own.all(axis=0) & (model.line_ends[:, rows] >= 0).all(axis=0))


def _reshaped(tree_id: str) -> InputError:
    return InputError(
        [
            InputProblem(
                field="grid",
                zh=f"更改后 {tree_id} 所供部分的接线与原来不同；请重新发布整个电网",
                en=f"with the change what {tree_id} feeds is connected otherwise than before; "
                "publish the grid anew",
            )
        ]
    )
