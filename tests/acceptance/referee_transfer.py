"""Who can take a feeder over once its head is out: section 4's N-1, net by net.

Written from the procedure alone. The head line is switched off in the tables, a tie is closed (and
one line opened where two ties share the feeder), the tree is grown again, and pandapower solves
what hangs on the receiver then.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandapower as pp
import pandas as pd
from referee_limits import (
    MV_KV,
    SLACK,
    THERMAL_LIMIT_PCT,
    VOLTAGE_LIMITS_V,
    WORSE_LOADING_POINTS,
    WORSE_VOLTAGE_SHARE,
)
from referee_net import Connection, Flow, RefereeGrid, SourceTree, empty_network
from referee_tree import Branch, Tree, grow_tree

LOADING, LOW, HIGH = "loading", "voltage_low", "voltage_high"
DOUBT_PCT = 0.01  # points
DOUBT_PU = 1e-6
SWITCHED_KINDS = ("switchgear", "cabinet", "busbar")


@dataclass(frozen=True, slots=True, order=True)
class Tie:
    """An open point between the lost feeder and what may take it over."""

    id: str
    inside: int  # joint of the lost feeder
    outside: int  # joint of the receiver
    switches: tuple[int, ...]  # to be closed
    line: int | None  # that lies between; None: the switch alone


def ties_of(net: pp.pandapowerNet, tree: Tree, feeder: int) -> list[Tie]:
    """Open points of 10(20) kV that lead from a feeder to another one or to a busbar."""
    vn, found = net.bus.vn_kv.to_dict(), []
    for start, end, switches, line in _open_points(net):
        joints = [tree.joint.get(start, -1), tree.joint.get(end, -1)]
        if not {vn[start], vn[end]} <= set(MV_KV) or any(j not in tree.source for j in joints):
            continue
        is_lost = [tree.feeder.get(joint) == feeder for joint in joints]
        if sum(is_lost) != 1:
            continue
        inside, outside = joints if is_lost[0] else joints[::-1]
        if outside not in tree.feeder and outside not in tree.busbar_joints:
            continue
        # A line open at both ends has two switches to close: it is named itself.
        name = f"switch:{switches[0]}" if len(switches) == 1 else f"line:{line}"
        found.append(Tie(name, inside, outside, switches, line))
    return sorted(found)


def _open_points(net):
    """(start, end, open switches, line) of every open switch between nodes and every open line."""
    is_open = ~net.switch.closed
    for index, row in net.switch[is_open & (net.switch.et == "b")].iterrows():
        rated_ka = float(row.get("in_ka", np.nan))
        assert np.isnan(rated_ka), f"switch {index}: the referee knows no rated switch as a tie"
        yield int(row.bus), int(row.element), (int(index),), None
    for line, rows in net.switch[is_open & (net.switch.et == "l")].groupby("element"):
        ends = net.line.loc[line]
        if ends.in_service:
            switches = tuple(int(i) for i in rows.index)
            yield int(ends.from_bus), int(ends.to_bus), switches, int(line)


def switched(net: pp.pandapowerNet, *, out: set[int], closed: tuple[int, ...]) -> pp.pandapowerNet:
    """The tables of the net with lines out of service and switches closed; the net is left."""
    whole = copy.copy(empty_network(net.f_hz, net.sn_mva))
    for table in ("bus", "line", "trafo", "load", "sgen", "ext_grid", "shunt", "switch"):
        whole[table] = net[table]
    whole["line"] = net.line.assign(in_service=net.line.in_service & ~net.line.index.isin(out))
    whole["switch"] = net.switch.assign(closed=net.switch.closed | net.switch.index.isin(closed))
    return whole


class TakenOver(SourceTree):
    """The receiver's source tree with what it takes over, solved without the new load.

    `opened` is the line that is open where two ties share the feeder: then the part that hangs on
    this tie alone is taken over.
    """

    def __init__(self, grid: RefereeGrid, feeder: int, tie: Tie, opened: int | None) -> None:
        self.grid, self.feeder, self.tie = grid, feeder, tie
        kind, head = grid.tree.branch_above[feeder]
        assert kind == "line", f"{kind}:{head} heads a feeder: the referee knows lines alone"
        out = {head} if opened is None else {head, opened}
        whole = switched(grid.net, out=out, closed=tie.switches)
        tree = grow_tree(whole)
        super().__init__(whole, tree, tree.source_tree[tree.joint[tie.outside]])

    def _assert_same_as(self, whole: pp.pandapowerNet) -> None:
        """Nothing to compare with: the whole net was never solved like this."""

    def _solve(self, after: Connection | None = None) -> Flow:
        flow = super()._solve(after)
        self.net["_ppc"] = None  # tens of megabytes on a city's grid, and many are kept
        return flow

    def holds(self, connection: Connection) -> bool:
        """True when the connection's access point hangs here."""
        if connection.line is not None:
            return connection.line in self.line_ids[:-2]
        return connection.bus in self.bus_ids[:-2]

    @cached_property
    def bare(self) -> State:
        return State(self, self.base, None)

    def loaded(self, connection: Connection) -> State | None:
        """With the new line and the new load; None where nothing solves."""
        try:
            return State(self, self.flow(connection), connection)
        except pp.LoadflowNotConverged:
            return None

    @cached_property
    def _way(self) -> set[int]:
        """Joints from the tie up to the receiver's source."""
        return set(self.grid.tree.climb(self.tie.outside))

    @cached_property
    def _counted(self) -> set[int]:
        """Joints of what is taken over, of the receiving feeder, and of its way to the source."""
        tree = self.grid.tree
        feeders = {self.feeder, tree.feeder.get(self.tie.outside, self.feeder)}
        return self._way | {joint for joint, feeder in tree.feeder.items() if feeder in feeders}

    def _branches(self, joints: set[int]) -> set[Branch]:
        tree = self.grid.tree
        return {tree.branch_above[joint] for joint in joints if joint in tree.branch_above}

    @cached_property
    def counted_rows(self) -> dict[str, np.ndarray]:
        """Table -> rows in which the greatest loading and the lowest voltage are looked for."""
        tree, branches = self.grid.tree, self._branches(self._counted)
        lines = {index for kind, index in branches if kind == "line"} | {self.tie.line}
        hanging = self._counted - self._way
        lines |= {i for i, bus in tree.stubs.items() if tree.joint[bus] in hanging}
        return self._rows(lines, branches, self._counted)

    @cached_property
    def way_rows(self) -> dict[str, np.ndarray]:
        """Table -> rows on the way from the tie to the source."""
        branches = self._branches(self._way)
        return self._rows({i for kind, i in branches if kind == "line"}, branches, self._way)

    def _rows(self, lines, branches: set[Branch], joints: set[int]) -> dict[str, np.ndarray]:
        tree = self.grid.tree
        trafos = [index for kind, index in branches if kind == "trafo"]
        return {
            "line": np.isin(self.line_ids, [i for i in lines if i is not None]),
            "trafo": np.isin(self.trafo_ids, trafos),
            "bus": np.array([tree.joint.get(int(b), -1) in joints for b in self.bus_ids]),
        }

    @cached_property
    def before(self) -> Mapping[str, np.ndarray]:
        """Table -> loading in percent, or voltage in pu, in the normal state; NaN: not there."""
        joints = self.feeder, self.tie.outside
        trees = {self.grid.source_tree(joint).name: joint for joint in joints}
        normal = [self.grid.source_tree(joint) for joint in trees.values()]

        def known(ids: str, values: str, rows: np.ndarray, is_real) -> np.ndarray:
            parts = [pd.Series(getattr(t.base, values), getattr(t, ids)) for t in normal]
            every = pd.concat([part[is_real(t)] for part, t in zip(parts, normal, strict=True)])
            return every[~every.index.duplicated()].reindex(rows).to_numpy(copy=True)

        return {
            "line": known("line_ids", "line_pct", self.line_ids, _is_line_real),
            "trafo": known("trafo_ids", "trafo_pct", self.trafo_ids, lambda _: slice(None)),
            "bus": known("bus_ids", "v_pu", self.bus_ids, lambda tree: tree.is_real),
        }

    def voltage_before(self, connection: Connection) -> float:
        """Of the access point in the normal state, pu; of a split interpolated linearly."""
        base_v = self.grid.source_tree(self.feeder).base_v
        if connection.line is None:
            return float(abs(base_v[connection.bus]))
        line = self.grid.net.line.loc[connection.line]
        start, end = base_v[line.from_bus], base_v[line.to_bus]
        return float(abs(start + connection.position * (end - start)))


def _is_line_real(tree: SourceTree) -> np.ndarray:
    return np.arange(len(tree.line_ids)) < len(tree.line_ids) - 2


@dataclass(frozen=True, slots=True)
class Breach:
    """A limit that forbids the take-over, at its worst element."""

    kind: str
    element_id: str
    value: float  # percent, or volts
    limit: float
    nominal: float  # 100 percent, or volts

    @property
    def margin_pct(self) -> float:
        sign = -1.0 if self.kind == LOW else 1.0
        return sign * 100.0 * (self.limit - self.value) / self.limit


class State:
    """What a receiver looks like with what it takes over, held against every limit."""

    def __init__(self, taken: TakenOver, flow: Flow, connection: Connection | None) -> None:
        self.taken, self.flow, self.connection = taken, flow, connection
        self._name_rows()
        self.breaches = self._breaches(SLACK)
        self.is_in_doubt = len({bool(self._breaches(s)) for s in (-1.0, SLACK, 1.0)}) > 1
        counted = self._counted & ~self._was_broken
        at = int(np.argmax(np.where(counted, self.loading_pct, -1.0)))
        self.worst_pct, self.worst_id = float(self.loading_pct[at]), str(self.names[at])
        for breach in self.breaches:  # what forbids is the worst, wherever it stands
            if breach.kind == LOADING and breach.value > self.worst_pct:
                self.worst_pct, self.worst_id = breach.value, breach.element_id
        nodes = np.where(self._node_counted, self.v_pu, np.inf)
        self.lowest_pu, self.lowest_id = float(nodes.min()), str(self.nodes[int(nodes.argmin())])

    @property
    def carries(self) -> bool:
        return not self.breaches

    @property
    def is_only_too_high(self) -> bool:
        return bool(self.breaches) and all(b.kind == HIGH for b in self.breaches)

    def loading_of(self, element_id: str) -> float:
        """Percent of the limit; NaN for an element that is not there."""
        rows = np.flatnonzero(self.names == element_id)
        return float(self.loading_pct[rows[0]]) if len(rows) else np.nan

    def voltage_of(self, node_id: str) -> float:
        """Per unit; NaN for a node that is not there."""
        rows = np.flatnonzero(self.nodes == node_id)
        return float(self.v_pu[rows[0]]) if len(rows) else np.nan

    def volts_of(self, node_id: str) -> float:
        rows = np.flatnonzero(self.nodes == node_id)
        return float(self._vn_v[rows[0]] * self.v_pu[rows[0]]) if len(rows) else np.nan

    def _name_rows(self) -> None:
        taken, connection = self.taken, self.connection
        lines = [f"line:{i}" for i in taken.line_ids[:-2]] + ["line:?#2", "new:line:1"]
        before = {table: values.copy() for table, values in taken.before.items()}
        counted = {table: rows.copy() for table, rows in taken.counted_rows.items()}
        vn_kv = taken.vn_kv.copy()
        if connection is not None:
            start = connection.bus
            if connection.line is not None:
                row = int(np.flatnonzero(taken.line_ids == connection.line)[0])
                before["line"][-2] = before["line"][row]
                lines[row], lines[-2] = f"line:{connection.line}#1", f"line:{connection.line}#2"
                start = int(taken.grid.net.line.at[connection.line, "from_bus"])
            before["bus"][-2:] = taken.voltage_before(connection)
            vn_kv[-2:] = taken.grid.net.bus.at[start, "vn_kv"]
            for table in ("line", "bus"):
                counted[table][-2:] = True
        flow, way = self.flow, taken.way_rows
        loading = np.concatenate([flow.line_pct, flow.trafo_pct])
        there = ~np.isnan(loading)
        trafos = [f"trafo:{i}" for i in taken.trafo_ids]

        def both(rows: Mapping[str, np.ndarray]) -> np.ndarray:
            return np.concatenate([rows["line"], rows["trafo"]])[there]

        self.names = np.array([*lines, *trafos], dtype=object)[there]
        self.loading_pct, self.loading_before = loading[there], both(before)
        self._counted, self._on_way = both(counted), both(way)
        self._was_broken = self.loading_before > THERMAL_LIMIT_PCT + SLACK
        real = taken.is_real.copy()
        real[-2:] = True
        live = real & ~np.isnan(flow.v_pu)
        nodes = [f"bus:{i}" for i in taken.bus_ids[:-2]] + ["new:node:1", "new:node:2"]
        self.nodes = np.array(nodes, dtype=object)[live]
        self.v_pu, self._v_before = flow.v_pu[live], before["bus"][live]
        self._node_counted, self._node_on_way = counted["bus"][live], way["bus"][live]
        limits = [VOLTAGE_LIMITS_V.get(float(kv), (np.nan,) * 3) for kv in vn_kv[live]]
        self._limits_v, self._vn_v = np.array(limits), 1000.0 * vn_kv[live]

    def _breaches(self, doubt: float) -> tuple[Breach, ...]:
        """The worst element of every limit broken beyond what is allowed; `doubt` shifts the limits
        by so many tolerances (tiny: a matter of rounding alone)."""
        found = []
        is_shifted = abs(doubt) > SLACK
        points = doubt * DOUBT_PCT if is_shifted else doubt
        broken = self.loading_pct > THERMAL_LIMIT_PCT + points
        worse = self.loading_pct - self.loading_before > WORSE_LOADING_POINTS + points
        broken &= ~self._was_broken | self._on_way | worse
        if broken.any():
            at = int(np.argmax(np.where(broken, self.loading_pct, -1.0)))
            value = float(self.loading_pct[at])
            found.append(Breach(LOADING, self.names[at], value, THERMAL_LIMIT_PCT, 100.0))
        nominal, low, high = self._limits_v.T
        volts, before = self._vn_v * self.v_pu, self._vn_v * self._v_before
        edge = doubt * DOUBT_PU * nominal if is_shifted else doubt
        for kind, limit, sign in ((LOW, low, -1.0), (HIGH, high, 1.0)):
            beyond = sign * (volts - limit) > edge
            was = sign * (before - limit) > SLACK
            worse = sign * (volts - before) > WORSE_VOLTAGE_SHARE * nominal + edge
            beyond &= ~was | self._node_on_way | worse
            if beyond.any():
                margin = np.where(beyond, sign * (limit - volts) / limit, np.inf)
                at = int(margin.argmin())
                found.append(
                    Breach(kind, self.nodes[at], float(volts[at]), float(limit[at]), nominal[at])
                )
        return tuple(found)
