"""Classes: which loads and generators share one factor in every case."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from grid_models.grid import Grid

__all__ = ["Column", "HeldPower", "find_columns", "load_classes", "number_columns"]

Ints = npt.NDArray[np.int64]

# Joins the parts of a column's name; no id holds it.
_SEPARATOR = "\x1f"


class Column(NamedTuple):
    """What shares one factor.

    Parameters
    ----------
    kind
        ``load``, ``generator`` or ``held``: promised and not yet taken.
    class_id
        The curve, or for loads without one their category, possibly empty.
    curve_id
        The curve it follows; empty: none.
    """

    kind: Literal["load", "generator", "held"]
    class_id: str
    curve_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldPower:
    """Power promised at a node and not yet taken; its demand factor is counted already.

    Parameters
    ----------
    held_id
        Id of the promise.
    node_id
        Node it will load.
    p_kw, q_kvar
        What will be taken at most.
    curve_id
        Curve it will follow; empty: in full at every hour.
    """

    held_id: str
    node_id: str
    p_kw: float
    q_kvar: float
    curve_id: str = ""


def load_classes(grid: Grid) -> tuple[str, ...]:
    """Return the classes of the loads, sorted: their curves, and categories without a curve."""
    return tuple(sorted({str(name) for name in _class_of(_loads(grid))}))


def find_columns(grid: Grid, held: Sequence[HeldPower]) -> tuple[Column, ...]:
    """Return the columns of a grid's loads, of its generators and of held powers, each sorted."""
    rows = _loads(grid)
    loads = sorted(set(zip(_class_of(rows), rows["curve_id"], strict=True)))
    curves = sorted(set(grid.column("generators", "curve_id")))
    return (
        *(Column("load", str(name), str(curve)) for name, curve in loads),
        *(Column("generator", str(curve), str(curve)) for curve in curves),
        *(Column("held", curve, curve) for curve in sorted({power.curve_id for power in held})),
    )


def number_columns(grid: Grid, columns: Sequence[Column]) -> tuple[Ints, Ints]:
    """Return the number of the column of every load and of every generator."""
    names = pd.Index([_SEPARATOR.join(column) for column in columns], dtype=object)
    loads = _loads(grid)
    of_loads = _SEPARATOR.join(("load", "")) + _class_of(loads) + _SEPARATOR + loads["curve_id"]
    curve = pd.Series(grid.column("generators", "curve_id"), dtype=object)
    of_generators = _SEPARATOR.join(("generator", "")) + curve + _SEPARATOR + curve
    return (
        names.get_indexer(pd.Index(of_loads, dtype=object)).astype(np.int64),
        names.get_indexer(pd.Index(of_generators, dtype=object)).astype(np.int64),
    )


def _loads(grid: Grid) -> pd.DataFrame:
    return pd.DataFrame({name: grid.column("loads", name) for name in ("curve_id", "category")})


def _class_of(loads: pd.DataFrame) -> pd.Series[str]:
    return loads["curve_id"].where(loads["curve_id"] != "", loads["category"])
