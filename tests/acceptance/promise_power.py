"""Whether the grid carries what is promised: pandapower, promise by promise, as they were made.

The holds are placed and released again in the order the audit has them. After each that was placed
the whole net is solved with all that is held then, each at its node at once.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np
import pandapower as pp
from promise_rows import Row, Rows
from referee_limits import HEAVY_LIMIT_PCT, THERMAL_LIMIT_PCT, VOLTAGE_LIMITS_V
from referee_tree import Tree, grow_tree

CLEAR_POINTS = 1e-3
CLEAR_V = 0.1


@dataclass(frozen=True, slots=True)
class Solved:
    """Loading in percent and voltage in volts, element by element; NaN where nothing is."""

    line_pct: np.ndarray
    trafo_pct: np.ndarray
    volts: np.ndarray


@dataclass(slots=True)
class Carried:
    """What the proof found."""

    breaches: list[str]
    solved: int = 0
    most_at_once: int = 0
    most_kva: float = 0.0
    greatest_pct: float = 0.0


class Promised:
    """A net of pandapower with what is held on top of its own loads."""

    def __init__(self, net: pp.pandapowerNet) -> None:
        self.net = net
        self.tree: Tree = grow_tree(net)
        self.limits_v = np.array(
            [VOLTAGE_LIMITS_V.get(float(kv), (np.nan,) * 3)[1:] for kv in net.bus.vn_kv]
        )
        self.base = self.solve([])

    def solve(self, taken: list[Row]) -> Solved:
        net, own = self.net, self.net.load.copy()
        try:
            for row in taken:
                p_mw = row["s_kva"] * row["power_factor"] * row["demand_factor"] / 1000.0
                q_mvar = (
                    row["s_kva"]
                    * sqrt(1.0 - row["power_factor"] ** 2)
                    * row["demand_factor"]
                    / 1000.0
                )
                pp.create_load(net, _bus_of(row), p_mw=p_mw, q_mvar=q_mvar)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                pp.runpp(net)
            return Solved(
                net.res_line.loading_percent.to_numpy(copy=True),
                net.res_trafo.loading_percent.to_numpy(copy=True),
                1000.0 * net.res_bus.vm_pu.to_numpy() * net.bus.vn_kv.to_numpy(),
            )
        finally:
            net.load = own

    def breaches(self, after: Solved) -> Iterator[str]:
        """What is over a limit that the grid kept before anything was promised."""
        for name, ids, value, base in (
            ("line", self.net.line.index, after.line_pct, self.base.line_pct),
            ("trafo", self.net.trafo.index, after.trafo_pct, self.base.trafo_pct),
        ):
            limit = THERMAL_LIMIT_PCT
            over = (value > limit + CLEAR_POINTS) & ~(base > limit)
            for k in np.flatnonzero(over):
                yield f"{name}:{ids[k]} at {value[k]:.3f} %"
        low, high = self.limits_v.T
        over = (after.volts < low - CLEAR_V) & ~(self.base.volts < low)
        over |= (after.volts > high + CLEAR_V) & ~(self.base.volts > high)
        for k in np.flatnonzero(over):
            yield f"bus:{self.net.bus.index[k]} at {after.volts[k]:.1f} V"

    def heavy_on_the_way(self, taken: list[Row], before: Solved, after: Solved) -> Iterator[str]:
        """What a promise made heavy on its own way to the source."""
        for row in taken:
            way = self.tree.climb(self.tree.joint[_bus_of(row)])
            for kind, index in (
                self.tree.branch_above[j] for j in way if j in self.tree.branch_above
            ):
                table, was, now = {
                    "line": (self.net.line, before.line_pct, after.line_pct),
                    "trafo": (self.net.trafo, before.trafo_pct, after.trafo_pct),
                }[kind]
                k = table.index.get_loc(index)
                if now[k] > HEAVY_LIMIT_PCT + CLEAR_POINTS:
                    yield f"{kind}:{index} from {was[k]:.3f} to {now[k]:.3f} %"


def carry(net: pp.pandapowerNet, rows: Rows) -> Carried:
    """Follow the audit and solve the net after each promise."""
    promised = Promised(net)
    found = Carried(breaches=[])
    taken_by: dict[str, list[Row]] = {}
    for row in rows.hold_sources:
        taken_by.setdefault(row["hold_id"], []).append(row)
    live: dict[str, list[Row]] = {}
    before = promised.base
    for deed in rows.audit:
        if deed["action"] not in ("hold.place", "hold.release"):
            continue
        hold_id = str(_details(deed)["hold_id"])
        if deed["action"] == "hold.release":
            live.pop(hold_id, None)
            before = promised.solve(_all(live)) if live else promised.base
            continue
        live[hold_id] = taken_by.get(hold_id, [])
        after = promised.solve(_all(live))
        where = f"audit row {deed['number']}, hold {hold_id}"
        found.breaches += [f"{where}: {breach}" for breach in promised.breaches(after)]
        found.breaches += [
            f"{where}, heavy: {breach}"
            for breach in promised.heavy_on_the_way(live[hold_id], before, after)
        ]
        found.solved += 1
        kva = sum(row["s_kva"] for row in _all(live))
        found.most_at_once, found.most_kva = (
            max(found.most_at_once, len(live)),
            max(found.most_kva, kva),
        )
        found.greatest_pct = max(
            found.greatest_pct, np.nanmax(after.line_pct), np.nanmax(after.trafo_pct)
        )
        before = after
    # the rows themselves, whatever the audit says of them
    alive = {hold["hold_id"] for hold in rows.holds if hold["released_at"] is None}
    standing = [row for row in rows.hold_sources if row["hold_id"] in alive]
    found.breaches += [f"at the end: {b}" for b in promised.breaches(promised.solve(standing))]
    return found


def _all(live: Mapping[str, list[Row]]) -> list[Row]:
    return [row for taken in live.values() for row in taken]


def _details(deed: Row) -> Any:
    return json.loads(deed["details"])


def _bus_of(row: Row) -> int:
    kind, _, number = str(row["node_id"]).partition(":")
    assert kind == "bus", row["node_id"]
    return int(number)
