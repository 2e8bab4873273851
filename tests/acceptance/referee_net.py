"""The original net, cut to one source tree, with a place kept for what an option adds.

pandapower solves every case: a line is split, a new line and its load are added, and all is put
back. The cut changes no number; `cut_source_tree` asserts it against the whole net.
"""

from __future__ import annotations

import copy
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache
from math import nan

import numpy as np
import pandapower as pp
import pandas as pd
from referee_start import Starts
from referee_tree import Tree, grow_tree

SAME_VOLTAGE_PU = 1e-9
SAME_LOADING_PCT = 1e-6
TAP_COLUMNS = ["tap_pos", "tap_neutral", "tap_step_percent", "tap_step_degree"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """What is rebuilt: where the new line starts, what it is, the load at its end."""

    bus: int | None  # start of the new line, or
    line: int | None  # the line it splits,
    position: float | None  # at this share of its length from its from_bus
    route_m: float
    r_ohm_per_km: float = nan
    x_ohm_per_km: float = nan
    c_nf_per_km: float = nan
    ampacity_a: float = nan
    parallel: int = 1
    p_kw: float = nan
    q_kvar: float = nan
    transformer: int | None = None  # replaced before connecting
    transformer_data: Mapping[str, float] | None = None


@dataclass(frozen=True, slots=True)
class Flow:
    """Solved state. Arrays follow the tables of the cut net: the customer's bus, the point of the
    split, the second part and the new line are the last rows (NaN where there is none). Loadings
    are held against the limit; `rated` ones against the element's own rating alone."""

    v_pu: np.ndarray
    line_pct: np.ndarray
    line_a: np.ndarray
    trafo_pct: np.ndarray
    line_rated_pct: np.ndarray
    trafo_rated_pct: np.ndarray


def read_net(path) -> pp.pandapowerNet:
    """Read a pandapower file and solve its base case."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        net = pp.from_json(str(path))
        pp.runpp(net)
    return net


class SourceTree:
    """One source tree of a net: rebuilds options in it and solves them with pandapower."""

    def __init__(self, whole: pp.pandapowerNet, tree: Tree, name: str) -> None:
        self.name = name
        self.tree = tree
        self.net = cut_source_tree(whole, tree, name)
        net = self.net
        self.bus_ids = net.bus.index.to_numpy()
        self.is_real = np.isin(self.bus_ids, whole.bus.index)  # not an open end, not a new node
        self.line_ids, self.trafo_ids = net.line.index.to_numpy(), net.trafo.index.to_numpy()
        self.customer, self.split = (int(i) for i in self.bus_ids[-2:])
        self.second_part, self.new_line = (int(i) for i in self.line_ids[-2:])
        self.new_load = int(net.load.index[-1])
        self.vn_kv = net.bus.vn_kv.to_numpy(copy=True)
        self._find_limits(whole.switch)
        self.base = self._solve()
        self._base_results = net.res_bus.copy()
        self.base_v = net.res_bus.vm_pu * np.exp(1j * np.radians(net.res_bus.va_degree))
        self.base_line, self.base_trafo = net.res_line.copy(), net.res_trafo.copy()
        self._assert_same_as(whole)
        joints = {tree.joint[int(bus)] for bus in self.bus_ids[self.is_real]}
        self._starts = Starts(net, tree, joints, self.base_v.to_numpy())

    def _find_limits(self, switches: pd.DataFrame) -> None:
        """The least of a line's rating and its closed switches'; of a transformer a side each."""
        net = self.net
        self.line_switch_a = switch_limits_a(switches, "l", net.line)
        rated_a = 1000.0 * net.line.max_i_ka * net.line.df * net.line.parallel
        self.line_limit_a = np.minimum(rated_a.to_numpy(), self.line_switch_a)
        self.trafo_switch_a = {
            side: switch_limits_a(switches, "t", net.trafo, f"{side}_bus") for side in ("hv", "lv")
        }

    @contextmanager
    def connected(self, connection: Connection) -> Iterator[Flow]:
        """Solve the grid with the connection in it; everything is put back afterwards."""
        tables = {name: self.net[name] for name in ("bus", "line", "load", "trafo")}
        try:
            for name, table in tables.items():
                self.net[name] = table.copy()
            self._connect(connection)
            yield self._solve(after=connection)
        finally:
            for name, table in tables.items():
                self.net[name] = table

    def flow(self, connection: Connection) -> Flow:
        with self.connected(connection) as flow:
            return flow

    def flow_with_load(self, connection: Connection, s_kva: float, power_factor: float) -> Flow:
        """Load the access node itself (no new line) with s_kva, lagging."""
        p_mw = s_kva * power_factor / 1000.0
        q_mvar = s_kva * float(np.sqrt(1.0 - power_factor**2)) / 1000.0
        net = self.net
        tables = {name: net[name] for name in ("bus", "line", "load")}
        try:
            for name, table in tables.items():
                net[name] = table.copy()
            start = self._start(connection)
            net.load.loc[self.new_load, ["bus", "p_mw", "q_mvar", "in_service"]] = [
                start, p_mw, q_mvar, True,
            ]  # fmt: skip
            return self._solve(
                after=replace(connection, p_kw=1000.0 * p_mw, q_kvar=1000.0 * q_mvar)
            )
        finally:
            for name, table in tables.items():
                net[name] = table

    def _start(self, connection: Connection) -> int:
        """Return the bus the new line starts from; split the line where there is none."""
        if connection.bus is not None:
            return connection.bus
        net, index, position = self.net, connection.line, connection.position
        line = net.line.loc[index]
        net.bus.at[self.split, "vn_kv"] = net.bus.at[line.from_bus, "vn_kv"]
        net.bus.at[self.split, "in_service"] = True
        for name in ("r_ohm_per_km", "x_ohm_per_km", "c_nf_per_km", "g_us_per_km"):
            net.line.at[self.second_part, name] = line[name]
        for name in ("max_i_ka", "df", "parallel", "to_bus"):
            net.line.at[self.second_part, name] = line[name]
        net.line.at[self.second_part, "from_bus"] = self.split
        net.line.at[self.second_part, "length_km"] = line.length_km * (1.0 - position)
        net.line.at[self.second_part, "in_service"] = True
        net.line.at[index, "to_bus"] = self.split
        net.line.at[index, "length_km"] = line.length_km * position
        return self.split

    def _connect(self, connection: Connection) -> None:
        net = self.net
        if connection.transformer is not None:
            for name, value in connection.transformer_data.items():
                net.trafo.at[connection.transformer, name] = value
        start = self._start(connection)
        net.bus.at[self.customer, "vn_kv"] = net.bus.at[start, "vn_kv"]
        net.bus.at[self.customer, "in_service"] = True
        new = {
            "from_bus": start,
            "to_bus": self.customer,
            "length_km": connection.route_m / 1000.0,
            "r_ohm_per_km": connection.r_ohm_per_km,
            "x_ohm_per_km": connection.x_ohm_per_km,
            "c_nf_per_km": connection.c_nf_per_km,
            "max_i_ka": connection.ampacity_a / 1000.0,
            "parallel": connection.parallel,
            "in_service": True,
        }
        for name, value in new.items():
            net.line.at[self.new_line, name] = value
        load = {
            "bus": self.customer,
            "p_mw": connection.p_kw / 1000.0,
            "q_mvar": connection.q_kvar / 1000.0,
            "in_service": True,
        }
        for name, value in load.items():
            net.load.at[self.new_load, name] = value

    def _solve(self, after: Connection | None = None) -> Flow:
        net = self.net
        init = "auto"
        if after is not None:
            start = self._starts.of(after)
            net.res_bus = self._base_results.assign(
                vm_pu=np.abs(start), va_degree=np.degrees(np.angle(start))
            )
            init = "results"
        try:
            self._run(init)
        except pp.LoadflowNotConverged:
            self._run("auto")
        lines, trafos = net.res_line, net.res_trafo
        line_a = 1000.0 * lines.i_ka.to_numpy(copy=True)
        line_rated = lines.loading_percent.to_numpy(copy=True)
        trafo_rated = trafos.loading_percent.to_numpy(copy=True)
        trafo_pct = trafo_rated
        for side, limit_a in self.trafo_switch_a.items():
            current_a = 1000.0 * trafos[f"i_{side}_ka"].to_numpy()
            trafo_pct = np.maximum(trafo_pct, 100.0 * current_a / limit_a)
        switch_a = self.line_switch_a
        if after is not None and after.line is not None:
            switch_a = switch_a.copy()
            switch_a[-2] = switch_a[net.line.index.get_loc(after.line)]
        return Flow(
            net.res_bus.vm_pu.to_numpy(copy=True),
            np.maximum(line_rated, 100.0 * line_a / switch_a),
            line_a,
            trafo_pct,
            line_rated,
            trafo_rated,
        )

    def _run(self, init: str) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            pp.runpp(self.net, init=init, permc_spec="MMD_AT_PLUS_A", check_connectivity=False)

    def _assert_same_as(self, whole: pp.pandapowerNet) -> None:
        old = whole.res_bus.vm_pu.reindex(self.bus_ids[self.is_real]).to_numpy()
        assert np.max(np.abs(self.base.v_pu[self.is_real] - old)) < SAME_VOLTAGE_PU
        old = whole.res_line.loading_percent.reindex(self.line_ids[:-2]).to_numpy()
        assert np.max(np.abs(self.base.line_rated_pct[:-2] - old)) < SAME_LOADING_PCT
        old = whole.res_trafo.loading_percent.reindex(self.trafo_ids).to_numpy()
        assert np.max(np.abs(self.base.trafo_rated_pct - old), initial=0.0) < SAME_LOADING_PCT


def switch_limits_a(
    switches: pd.DataFrame, code: str, table: pd.DataFrame, at: str | None = None
) -> np.ndarray:
    """Least rated current of the closed switches of every element (at one end): amperes."""
    limit_a = np.full(len(table), np.inf)
    if "in_ka" not in switches:
        return limit_a
    rated = switches[(switches.et == code) & switches.closed & switches.in_ka.notna()]
    for bus, element, in_ka in zip(rated.bus, rated.element, rated.in_ka, strict=True):
        if element in table.index and (at is None or table.at[element, at] == bus):
            row = table.index.get_loc(element)
            limit_a[row] = min(limit_a[row], 1000.0 * float(in_ka))
    return limit_a


@lru_cache(maxsize=2)
def empty_network(f_hz: float, sn_mva: float) -> pp.pandapowerNet:
    """To be copied: pandapower takes ten times as long to make one."""
    return pp.create_empty_network(f_hz=f_hz, sn_mva=sn_mva)


def cut_source_tree(whole: pp.pandapowerNet, tree: Tree, name: str) -> pp.pandapowerNet:
    """Keep what one source feeds, closed switches left out, open ends on buses of their own."""
    roots = {j for j in tree.order if j not in tree.parent}
    kept = {j for j in tree.order if tree.source_tree[j] == name}
    kept |= {step for j in list(kept)[:1] for step in tree.climb(j) if step in roots}
    buses = {bus for joint in kept for bus in tree.members[joint]}
    net = copy.deepcopy(empty_network(whole.f_hz, whole.sn_mva))
    hung = {branch for j, branch in tree.branch_above.items() if tree.source_tree[j] == name}
    stubs = {i: bus for i, bus in tree.stubs.items() if bus in buses}
    lines = sorted({i for kind, i in hung if kind == "line"} | set(stubs))
    net["bus"] = whole.bus.loc[[b for b in whole.bus.index if b in buses]].copy()
    net["line"] = whole.line.loc[lines].copy()
    net["trafo"] = whole.trafo.loc[sorted(i for kind, i in hung if kind == "trafo")].copy()
    net["trafo"][TAP_COLUMNS] = net["trafo"][TAP_COLUMNS].astype(float)
    for table in ("load", "sgen", "ext_grid", "shunt"):
        net[table] = whole[table][whole[table].bus.isin(buses)].copy()
    ties = (whole.switch.et == "b") & whole.switch.closed & whole.switch.bus.isin(buses)
    net["switch"] = whole.switch[ties].copy()
    _part_open_ends(net, stubs, int(whole.bus.index.max()) + 1)
    _keep_places(net, int(whole.bus.index.max()) + len(stubs) + 1, int(whole.line.index.max()) + 1)
    return net


def _part_open_ends(net, stubs: dict[int, int], free_bus: int) -> None:
    for number, (index, live) in enumerate(stubs.items(), start=free_bus):
        end = "to_bus" if net.line.at[index, "from_bus"] == live else "from_bus"
        bus = pp.create_bus(net, vn_kv=float(net.bus.at[live, "vn_kv"]), index=number)
        net.line.at[index, end] = bus


def _keep_places(net, free_bus: int, free_line: int) -> None:
    """Rows for the customer's bus, the split, the second part, the new line and the load, under
    numbers that no bus and no line of the whole net has."""
    customer = pp.create_bus(net, vn_kv=1.0, in_service=False, index=free_bus)
    split = pp.create_bus(net, vn_kv=1.0, in_service=False, index=free_bus + 1)
    for number in range(2):
        pp.create_line_from_parameters(
            net, customer, split, length_km=1.0, r_ohm_per_km=1.0, x_ohm_per_km=1.0,
            c_nf_per_km=0.0, max_i_ka=1.0, in_service=False, index=free_line + number,
        )  # fmt: skip
    pp.create_load(net, customer, p_mw=0.0, in_service=False)


class RefereeGrid:
    """A file as the referee sees it: the whole net, who feeds whom, its source trees."""

    def __init__(self, net: pp.pandapowerNet) -> None:
        self.net = net
        self.tree = grow_tree(net)
        self._source_trees: dict[str, SourceTree] = {}

    def source_tree(self, joint: int) -> SourceTree:
        name = self.tree.source_tree[joint]
        if name not in self._source_trees:
            self._source_trees[name] = SourceTree(self.net, self.tree, name)
        return self._source_trees[name]
