"""What a node can take, by pandapower alone: limits typed by hand, the way traced by networkx."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from contextlib import suppress
from itertools import pairwise
from typing import Any

import networkx as nx
import numpy as np
import pandapower as pp
import pandapower.topology

# Volts between phases that are legal, and half a percent of the nominal voltage, by the base in kV.
LEGAL_PU = {
    0.4: (353.4 / 400.0, 406.6 / 400.0), 10.0: (0.93, 1.07), 20.0: (0.93, 1.07),
}  # fmt: skip
WORSE_PU = {0.4: 0.005 * 380.0 / 400.0, 10.0: 0.005, 20.0: 0.005}
WORSE_POINTS = 1.0
SLACK = 1e-7
POWER_FACTOR = 0.95


class Truth:
    """A net at present, and what it does with one load more.

    Parameters
    ----------
    net
        Is changed and put back.
    limit_pct
        Limit of lines and transformers in percent of their rating where it is not 100, by table
        and index.
    """

    def __init__(self, net: Any, limit_pct: Mapping[tuple[str, int], float] | None = None) -> None:
        self.net = net
        self._run("auto")
        self.present = net.res_bus.copy()
        own = limit_pct or {}
        self.limit_pct = {
            table: np.array([own.get((table, int(k)), 100.0) for k in net[table].index])
            for table in ("line", "trafo")
        }
        self.loading = {table: self._loading(table) for table in ("line", "trafo")}
        kv = net.bus.vn_kv
        self.low, self.high = (
            np.array([LEGAL_PU.get(float(v), (0.0, np.inf))[side] for v in kv]) for side in (0, 1)
        )
        self.worse = np.array([WORSE_PU.get(float(v), 0.0) for v in kv])
        self.graph = pandapower.topology.create_nxgraph(net, multi=True)
        self.roots = list(net.ext_grid.bus[net.ext_grid.in_service])

    def way(self, bus: int) -> list[tuple[str, int]]:
        """Lines and transformers from a source to a bus."""
        for root in self.roots:
            if nx.has_path(self.graph, root, bus):
                nodes = nx.shortest_path(self.graph, root, bus)
                keys = [next(iter(self.graph[a][b])) for a, b in pairwise(nodes)]
                return [(name, int(k)) for name, k, *_ in keys if name in ("line", "trafo")]
        raise AssertionError(f"bus {bus} has no source")

    def is_broken(self, bus: int) -> bool:
        """Whether its way breaks a limit at present: then it can take nothing."""
        over = {
            (table, int(self.net[table].index[k]))
            for table in ("line", "trafo")
            for k in np.flatnonzero(self.loading[table] > self.limit_pct[table])
        }
        low = set(self.net.bus.index[self.present.vm_pu.to_numpy() < self.low])
        nodes = {bus} | {int(b) for name, k in self.way(bus) for b in self._ends(name, k)}
        return bool(over & set(self.way(bus)) or low & nodes)

    def _ends(self, name: str, index: int) -> tuple[int, int]:
        columns = ("from_bus", "to_bus") if name == "line" else ("hv_bus", "lv_bus")
        return tuple(self.net[name].loc[index, list(columns)])

    def carries(self, bus: int, kva: float) -> bool:
        """Whether every limit holds with a load at a bus; what is broken may worsen a little."""
        p_mw = kva * POWER_FACTOR / 1000.0
        q_mvar = kva * float(np.sqrt(1.0 - POWER_FACTOR**2)) / 1000.0
        index = pp.create_load(self.net, bus, p_mw=p_mw, q_mvar=q_mvar)
        try:
            self.net.res_bus = self.present.copy()
            self._run("results")
        except pp.LoadflowNotConverged:
            return False
        finally:
            self.net.load.drop(index, inplace=True)
        for table in ("line", "trafo"):
            before, limit = self.loading[table], self.limit_pct[table]
            # a point of percent of the limit
            most = np.where(before > limit, before + WORSE_POINTS * limit / 100.0, limit)
            if (self._loading(table) > most * (1.0 + SLACK)).any():
                return False
        v, was = self.net.res_bus.vm_pu.to_numpy(), self.present.vm_pu.to_numpy()
        least = np.where(was < self.low, was - self.worse, self.low)
        most_v = np.where(was > self.high, was + self.worse, self.high)
        alive = np.isfinite(v)
        return not bool(((v < least - SLACK) | (v > most_v + SLACK))[alive].any())

    def _loading(self, table: str) -> np.ndarray:
        return np.nan_to_num(self.net[f"res_{table}"].loading_percent.to_numpy(copy=True))

    def _run(self, init: str) -> None:
        # Newton's last digits are out of reach for a large load in a large net.
        *first, last = ((init, 1e-9), ("auto", 1e-9), ("auto", 1e-7))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for start, tolerance_mva in first:
                with suppress(pp.LoadflowNotConverged):
                    pp.runpp(self.net, init=start, tolerance_mva=tolerance_mva)
                    return
            pp.runpp(self.net, init=last[0], tolerance_mva=last[1])
