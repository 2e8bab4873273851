"""Cutting: the rows of some source trees, taken out of a stored grid without reading the others."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from grid_models.grid import TABLES, Grid
from grid_models.stored.model import StoredModel

__all__ = ["cut_trees"]

Ints = npt.NDArray[np.int64]

_AT_A_NODE = ("loads", "generators", "shunts", "sources", "bays")


def cut_trees(model: StoredModel, numbers: Iterable[int]) -> tuple[Grid, dict[str, Ints]]:
    """Return everything with an end in some trees as a grid, and its row numbers by table.

    What else hangs at their sources comes along as far as its first node. Streets and restricted
    areas are left out, curves are all there.
    """
    bus, tables = model.network.bus_of_node, model.tables
    own = np.zeros(len(bus), dtype=bool)
    for number in numbers:
        own[model.node_rows_of_tree(number)] = True
        own |= bus == model.tree(number).bus[0]
    reached = own.copy()
    rows: dict[str, Ints] = {}
    for table, ends in (("lines", model.line_ends), ("transformers", model.transformer_ends)):
        rows[table] = np.flatnonzero((own[ends] & (ends >= 0)).any(axis=0))
        far = ends[:, rows[table]]
        reached[far[far >= 0]] = True
    names = tables.take("nodes", np.flatnonzero(own)).index.tolist()
    elements = [name for table in rows for name in tables.take(table, rows[table]).index]
    rows["switches"] = np.union1d(
        tables.find("switches", "element_id", [*elements, *names]),
        tables.find("switches", "node", names),
    )
    switches = tables.take("switches", rows["switches"])
    bridges = switches[switches["element_kind"] == "node"]
    for name in (*bridges["node"], *bridges["element_id"]):
        if (row := model.row_of("nodes", name)) >= 0:
            reached[row] = True
    elements += switches.index.tolist()
    rows["limits"] = tables.find("limits", "element_id", elements)
    for table in _AT_A_NODE:
        rows[table] = tables.find(table, "node", names)
    rows["nodes"] = np.flatnonzero(reached)
    rows["curves"] = np.arange(len(model.column("curves", "id")))
    frames = {table: tables.take(table, rows[table]) for table in TABLES if table in rows}
    return Grid.build(model.grid.metadata, **frames), rows
