"""Where pandapower's Newton method starts: the state before, less the drop of the new load.

A start and nothing else: it goes on to its own tolerance, in two rounds instead of three. To first
order the load S takes S* Z / |V|^2 off the voltage of everything below a branch Z on its way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from referee_tree import Tree

if TYPE_CHECKING:
    from referee_net import Connection


class Starts:
    """Starting voltages for one source tree; the customer and the split are the last two buses."""

    def __init__(self, net, tree: Tree, joints: set[int], base_v: np.ndarray) -> None:
        self.tree, self.base_v = tree, base_v
        self._span = _spans(tree, joints)
        self._row = {int(bus): row for row, bus in enumerate(net.bus.index)}
        ends = zip(net.line.index, net.line.from_bus, net.line.to_bus, strict=True)
        self._ends = {int(i): (int(a), int(b)) for i, a, b in ends}
        # The far end of a line open there stands with its live end.
        place = {bus: tree.joint[bus] for bus in self._row if bus in tree.joint}
        for index, live in tree.stubs.items():
            for end in self._ends.get(index, ()):
                place.setdefault(end, tree.joint[live])
        self._place = np.array([self._span.get(place.get(b, -1), (-1,))[0] for b in self._row])
        self._below, self._drop = {}, {}
        ohm = {"line": line_ohm(net.line), "trafo": _trafo_ohm(net.trafo)}
        self._vn_kv = net.bus.vn_kv.to_dict()
        for joint in joints & tree.branch_above.keys():
            kind, index = tree.branch_above[joint]
            if index not in ohm[kind]:
                continue  # above this source tree
            v_kv = abs(self.base_v[self._row[joint]]) * self._vn_kv[joint]
            self._drop[joint] = ohm[kind][index] / v_kv**2
            if kind == "line":
                self._below[index] = joint

    def of(self, connection: Connection) -> np.ndarray:
        """Complex voltages in pu, row by row."""
        load = complex(connection.p_kw, -connection.q_kvar) / 1000.0
        below = None
        if connection.line is None:
            at_access = self.base_v[self._row[connection.bus]]
            joint = self.tree.joint[connection.bus]
        else:
            start, end = (self.base_v[self._row[bus]] for bus in self._ends[connection.line])
            at_access = start + connection.position * (end - start)
            below = self._below[connection.line]
            joint = self.tree.parent[below]
        left, factors = 1.0 + 0.0j, np.ones(len(self._span) + 1, dtype=complex)
        for step in reversed(self.tree.climb(joint)):
            left -= load * self._drop.get(step, 0.0)
            factors[slice(*self._span[step])] = left
        if below is not None:
            is_forth = self.tree.joint.get(self._ends[connection.line][0]) == joint
            share = connection.position if is_forth else 1.0 - connection.position
            left -= load * share * self._drop[below]
            factors[slice(*self._span[below])] = left
        kv = self._vn_kv[joint]
        ohm = complex(connection.r_ohm_per_km, connection.x_ohm_per_km) / connection.parallel
        new = load * ohm * connection.route_m / 1000.0 / abs(at_access * kv) ** 2
        v = self.base_v * factors[self._place]
        v[-2:] = at_access * (left - new), at_access * left
        return v


def _spans(tree: Tree, joints: set[int]) -> dict[int, tuple[int, int]]:
    """First and past-the-last place of a joint and all below it, in an order of depth first."""
    order = [joint for joint in tree.order if joint in joints]
    size = dict.fromkeys(order, 1)
    for joint in reversed(order):
        if tree.parent.get(joint) in size:
            size[tree.parent[joint]] += size[joint]
    spans, free = {}, {None: 0}
    for joint in order:
        above = tree.parent.get(joint)
        first = free[above]
        spans[joint] = (first, first + size[joint])
        free[above], free[joint] = first + size[joint], first + 1
    return spans


def line_ohm(lines) -> dict[int, complex]:
    ohm = (lines.r_ohm_per_km + 1j * lines.x_ohm_per_km) * lines.length_km / lines.parallel
    return ohm.to_dict()


def _trafo_ohm(trafos) -> dict[int, complex]:
    """On the low side, taps left out."""
    r, z = trafos.vkr_percent / 100.0, trafos.vk_percent / 100.0
    base = trafos.vn_lv_kv**2 / (trafos.sn_mva * trafos.parallel)
    return ((r + 1j * np.sqrt(z**2 - r**2)) * base).to_dict()
