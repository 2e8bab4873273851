"""Known: what a step may name, the grid's own elements and what the steps before it bring."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

import numpy as np
import pandas as pd

from grid_models.compiled import HIGH_VOLTAGE_KV
from grid_models.model import GridModel

__all__ = ["TABLE_WORDS", "Known"]

TABLE_WORDS = {
    "nodes": ("节点", "node"),
    "lines": ("线路", "line"),
    "transformers": ("变压器", "transformer"),
    "switches": ("开关", "switch"),
    "loads": ("负荷", "load"),
    "generators": ("电源", "generator"),
}
# Beyond this many ids, looking for one that is spelled nearly alike takes too long.
_MOST_COMPARED = 20_000
_MOST_CATEGORIES = 12


class Known:
    """Ids by table; grows as the steps are read.

    Parameters
    ----------
    model
        The base grid.
    """

    def __init__(self, model: GridModel) -> None:
        self._model = model
        self._grid = model.grid
        self._added: dict[str, dict[str, float | None]] = {table: {} for table in TABLE_WORDS}
        self._categories: set[str] = set()
        self._has_customer = False

    def has(self, table: str, name: str) -> bool:
        """Say whether a table has an element by now, or may have it once the steps are made."""
        if name in self._grid.tables()[table].index or name in self._added[table]:
            return True
        # A customer may have split any line; only the step itself can say.
        whole = name.partition("#")[0]
        is_part = table == "lines" and "#" in name and self._has_customer
        return is_part and self.has(table, whole)

    def table_of(self, name: str, tables: Iterable[str] = TABLE_WORDS) -> str | None:
        """Return the table that has an element, None if none does."""
        return next((table for table in tables if self.has(table, name)), None)

    def add(self, table: str, name: str, vn_kv: float | None = None) -> None:
        """Take in what a step brings; a node's voltage is None where it is not known yet."""
        self._added[table][name] = vn_kv

    def add_customer(self, prefix: str) -> None:
        """Take in what an application brings."""
        self._has_customer = True
        for table, names in (("nodes", ("node:1", "node:2")), ("lines", ("line:1",)),
                             ("loads", ("load:1",))):  # fmt: skip
            for name in names:
                self.add(table, f"{prefix}{name}")

    def add_category(self, category: str) -> None:
        """Take in the category of a load that a step brings."""
        self._categories.add(category)

    def kv(self, node: str) -> float | None:
        """Return a node's nominal voltage, None if it is not known yet."""
        if node in self._added["nodes"]:
            return self._added["nodes"][node]
        return float(self._grid.nodes["vn_kv"].loc[node])

    def line_kv(self, line: str) -> float | None:
        """Return a line's nominal voltage, None if it is not known yet."""
        whole = line if line in self._grid.lines.index else line.partition("#")[0]
        if whole in self._grid.lines.index:
            return self.kv(str(self._grid.lines["from_node"].loc[whole]))
        return self._added["lines"].get(line)

    def circuits(self, line: str) -> int:
        """Return the number of a line's parallel circuits; 1 for one that steps bring."""
        lines = self._grid.lines
        return int(lines["parallel"].loc[line]) if line in lines.index else 1

    def transformer_kv(self, transformer: str) -> float | None:
        """Return the rated voltage of a transformer's high side, None if it is not known yet."""
        if transformer in self._grid.transformers.index:
            return float(self._grid.transformers["vn_hv_kv"].loc[transformer])
        return self._added["transformers"].get(transformer)

    def place(self, node: str) -> tuple[float, float]:
        """Return a node's longitude and latitude; NaN where they are not known."""
        if node not in self._grid.nodes.index:
            return float("nan"), float("nan")
        lon, lat = self._grid.nodes.loc[[node], ["lon", "lat"]].to_numpy()[0]
        return float(lon), float(lat)

    def categories(self) -> tuple[str, ...]:
        """Return the categories of loads by now."""
        own = {str(name) for name in self._grid.loads["category"].unique() if name}
        return tuple(sorted(own | self._categories)[:_MOST_CATEGORIES])

    def busbars(self) -> tuple[str, ...]:
        """Return the nodes of every substation busbar, ids sorted."""
        network, grid = self._model.network, self._grid
        coils = grid.transformers
        is_main = (coils["vn_hv_kv"] > HIGH_VOLTAGE_KV) & (coils["vn_lv_kv"] <= HIGH_VOLTAGE_KV)
        rows = grid.nodes.index.get_indexer(pd.Index(coils["lv_node"][is_main]))
        source_bus = network.source_bus[network.base_kv[network.source_bus] <= HIGH_VOLTAGE_KV]
        buses = np.r_[network.bus_of_node[rows[rows >= 0]], source_bus]
        own = np.isin(network.bus_of_node, buses[buses >= 0])
        return tuple(sorted(str(name) for name in grid.nodes.index[own]))

    def alike(self, table: str, name: str) -> str | None:
        """Return an id of a table that is spelled nearly as a name."""
        ids = [*self._grid.tables()[table].index, *self._added[table]]
        if len(ids) > _MOST_COMPARED:
            return None
        return next(iter(difflib.get_close_matches(name, ids, n=1)), None)
