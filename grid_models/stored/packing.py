"""Packing: a `GridModel` as named arrays, and its values cut from such arrays again.

What a tree has by row (`Tree`, `TreeTopology`, ...) lies behind that of the tree before it, so
that every quantity of one source tree is one contiguous slice: `tree.start` says where.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from itertools import pairwise
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from grid_models.compiled import CompiledGrid, Mesh, Tree
from grid_models.gaps import Gap
from grid_models.grid import Grid
from grid_models.model import GridModel
from grid_models.network import LINE, TRANSFORMER, Branches, Network

__all__ = ["A_TREE", "Arrays", "NamedArray", "Texts", "cut", "pack", "texts_of", "unpack"]

Arrays = Mapping[str, npt.NDArray[Any]]
NamedArray = tuple[str, npt.NDArray[Any]]
T = TypeVar("T")

_NETWORK = [f.name for f in fields(Network) if f.name not in ("grid", "branches")]
_BRANCHES = [f.name for f in fields(Branches)]
_COMPILED = ("tree_of_bus", "row_of_bus", "tree_of_branch", "row_of_branch")
# One value a tree; everything else of a tree is one value a row.
A_TREE = ("v_source", "angle_source_degree", "converged")
_NOT_STORED = ("tree_id",)
# What is stored of a part outside the trees.
_OUTSIDE = ("bus", "branch")
_MODEL = ("open_points", "busbar_nodes", "is_first_section", "has_open_end", "line_ends",
          "transformer_ends")  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Texts:
    """What of a compiled grid is no number.

    Parameters
    ----------
    trees
        Id of every tree.
    meshes
        Id and reason of every part that is none.
    gaps
        Id, table, element and column of every tree that lacks a value.
    """

    trees: Sequence[str]
    meshes: Sequence[tuple[str, str]]
    gaps: Sequence[tuple[str, str, str, str]]


def texts_of(compiled: CompiledGrid) -> Texts:
    """Return what of a compiled grid is no number."""
    return Texts(
        trees=[tree.tree_id for tree in compiled.trees],
        meshes=[(mesh.tree_id, mesh.reason) for mesh in compiled.meshes],
        gaps=[(gap.tree_id, gap.table, gap.element_id, gap.column) for gap in compiled.gaps],
    )


def pack(model: GridModel) -> Iterator[NamedArray]:
    """Give everything a model works out, as arrays by name, one after the other.

    A city's arrays together would fill the memory a second time.
    """
    compiled, network = model.compiled, model.network
    numbers = range(len(compiled.trees))
    yield from ((f"network.{name}", getattr(network, name)) for name in _NETWORK)
    yield from ((f"branches.{name}", getattr(network.branches, name)) for name in _BRANCHES)
    yield from ((f"compiled.{name}", getattr(compiled, name)) for name in _COMPILED)
    yield from ((f"model.{name}", getattr(model, name)) for name in _MODEL)
    yield "model.branch_of_line", model.branch_of[LINE]
    yield "model.branch_of_transformer", model.branch_of[TRANSFORMER]
    yield "tree.start", np.cumsum([0, *map(len, compiled.trees)])
    yield from _stack("tree", compiled.trees)
    yield from _stack("topology", [model.topology(k) for k in numbers])
    yield from _stack("owners", [model.owners(k) for k in numbers])
    yield from _stack("limits", [model.limits(k, {}) for k in numbers])
    yield from _stack("state", [model.state(k) for k in numbers])
    for prefix, outside in (("mesh", compiled.meshes), ("gap", compiled.gaps)):
        for name in _OUTSIDE:
            parts = [getattr(part, name) for part in outside]
            yield f"{prefix}.{name}", _join(parts)
            yield f"{prefix}.{name}_start", np.cumsum([0, *map(len, parts)])


def unpack(arrays: Arrays, texts: Texts, grid: Grid) -> CompiledGrid:
    """Return the compiled grid whose arrays these are; nothing is copied."""
    network = Network(
        grid=grid,
        branches=Branches(**{name: arrays[f"branches.{name}"] for name in _BRANCHES}),
        **{name: arrays[f"network.{name}"] for name in _NETWORK},
    )
    starts = arrays["tree.start"].tolist()
    trees = tuple(
        cut(Tree, "tree", arrays, number, slice(*rows), tree_id=tree_id)
        for number, (tree_id, rows) in enumerate(zip(texts.trees, pairwise(starts), strict=True))
    )
    meshes = tuple(
        Mesh(tree_id=tree_id, reason=reason, **own)
        for (tree_id, reason), own in zip(texts.meshes, _outside(arrays, "mesh"), strict=True)
    )
    gaps = tuple(
        Gap(tree_id=tree_id, table=table, element_id=element_id, column=column, **own)
        for (tree_id, table, element_id, column), own in zip(
            texts.gaps, _outside(arrays, "gap"), strict=True
        )
    )
    return CompiledGrid(
        network=network,
        trees=trees,
        meshes=meshes,
        gaps=gaps,
        **{name: arrays[f"compiled.{name}"] for name in _COMPILED},
    )


def _outside(arrays: Arrays, prefix: str) -> Iterator[dict[str, npt.NDArray[np.int64]]]:
    """Give the buses and branches of each part outside the trees."""
    starts = {name: arrays[f"{prefix}.{name}_start"].tolist() for name in _OUTSIDE}
    for k in range(len(starts["bus"]) - 1):
        yield {
            name: arrays[f"{prefix}.{name}"][start[k] : start[k + 1]]
            for name, start in starts.items()
        }


def cut(kind: type[T], prefix: str, arrays: Arrays, number: int, rows: slice, **more: object) -> T:
    """Return the value of one tree: its rows of every array of a prefix.

    Parameters
    ----------
    kind
        Dataclass the arrays belong to, such as `Tree`.
    more
        Fields that are no arrays.
    """
    values = {}
    for name in _names(kind):
        stored = arrays[f"{prefix}.{name}"]
        values[name] = stored[number].item() if name in A_TREE else stored[rows]
    return kind(**values, **more)


def _stack(prefix: str, items: Sequence[Any]) -> Iterator[NamedArray]:
    for name in _names(type(items[0])) if items else ():
        values = [getattr(item, name) for item in items]
        yield f"{prefix}.{name}", np.array(values) if name in A_TREE else np.concatenate(values)


def _names(kind: Any) -> list[str]:
    return [f.name for f in fields(kind) if f.name not in _NOT_STORED]


def _join(parts: Iterable[npt.NDArray[np.int64]]) -> npt.NDArray[np.int64]:
    return np.concatenate([np.empty(0, np.int64), *parts])
