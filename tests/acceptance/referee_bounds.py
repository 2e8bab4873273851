"""Refusals that need no power flow: a current that must exceed its limit whatever else happens.

In a tree of constant-power loads a new load raises what every branch on its way delivers, by at
least itself where power flows down (losses grow with it), and lowers every voltage: what hangs
beside the way draws no less at a lower voltage, as its losses grow and its cables give less. So
the current at the far end of a branch on the way is at least

    |S delivered before + new load| / (sqrt(3) x voltage before).

Where power flows up (P or Q below zero), the new load lowers the losses there: a branch then takes
2 r (|P| dp + |Q| dq) / V^2 off the gain, which only shrinks as the load grows; this is subtracted
in full. A transformer that delivers upwards ends the proof. The bound only refuses, never passes.
"""

from __future__ import annotations

import math

import pandas as pd
from referee_checks import Place
from referee_limits import HEAVY_LIMIT_PCT, THERMAL_LIMIT_PCT
from referee_net import SourceTree

GREATEST_PU = 1.1
CLEAR_POINTS = 0.01


class LoadingBounds:
    """Least loading of every branch on the way of a new load, for one source tree."""

    def __init__(self, source_tree: SourceTree) -> None:
        self.source_tree = source_tree
        net, tree = source_tree.net, source_tree.tree
        shares = [name for name in net.load.columns if name.startswith("const_")]
        self.holds = not net.load[shares].to_numpy(float).any() and net.shunt.empty
        v_pu = dict(zip(source_tree.bus_ids, source_tree.base.v_pu, strict=True))
        vn_kv = net.bus.vn_kv.to_dict()
        lines = _rows(net.line, source_tree.base_line, source_tree.line_limit_a)
        trafos = _rows(net.trafo, source_tree.base_trafo, source_tree.trafo_switch_a["lv"])
        # joint -> (p, q delivered there, voltage, limit, r, x of the branch above)
        self._above: dict[int, tuple[float, ...]] = {}
        for joint, (kind, index) in tree.branch_above.items():
            if tree.source_tree[joint] != source_tree.name:
                continue
            v_kv = float(v_pu[joint] * vn_kv[joint])
            if kind == "line":
                line = lines[index]
                end = "to" if tree.joint[int(line["to_bus"])] == joint else "from"
                p, q = -line[f"p_{end}_mw"], -line[f"q_{end}_mvar"]
                limit_ka = line["limit_a"] / 1000.0
                km = line["length_km"] / line["parallel"]
                r, x = line["r_ohm_per_km"] * km, line["x_ohm_per_km"] * km
            else:
                trafo = trafos[index]
                p, q = -trafo["p_lv_mw"], -trafo["q_lv_mvar"]
                rated_mva = trafo["sn_mva"] * trafo["df"] * trafo["parallel"]
                limit_ka = rated_mva / (math.sqrt(3.0) * trafo["vn_lv_kv"])
                limit_ka = min(limit_ka, trafo["limit_a"] / 1000.0)
                r = x = math.inf
            self._above[joint] = tuple(float(v) for v in (p, q, v_kv, limit_ka, r, x))

    def is_refused(self, place: Place, level: str) -> bool:
        """True when some branch on the way must break a limit that blocks."""
        limit = HEAVY_LIMIT_PCT if level == "mv" else THERMAL_LIMIT_PCT
        return self.least_loading_pct(place) > limit + CLEAR_POINTS

    def least_loading_pct(self, place: Place) -> float:
        """Greatest of the bounds along the way; minus infinity where the proof ends."""
        if not self.holds:
            return -math.inf
        dp_mw, dq_mvar = self._new_load(place)
        dp, dq, greatest = dp_mw, dq_mvar, -math.inf
        for joint in place.climbed[:-1]:
            p, q, v_kv, limit_ka, r, x = self._above[joint]
            if p < 0.0 or q < 0.0:
                eased = 2.0 * (max(-p, 0.0) * dp_mw + max(-q, 0.0) * dq_mvar) / v_kv**2
                dp, dq = dp - r * eased, dq - x * eased
            if dp <= 0.0 or dq <= 0.0:
                return greatest
            if p + dp > 0.0 and q + dq > 0.0:
                current_ka = math.hypot(p + dp, q + dq) / (math.sqrt(3.0) * v_kv)
                greatest = max(greatest, 100.0 * current_ka / limit_ka)
        return greatest

    def _new_load(self, place: Place) -> tuple[float, float]:
        """New load less the most its own new line can give as charging."""
        connection, net = place.connection, self.source_tree.net
        vn_kv = float(net.bus.at[place.climbed[0], "vn_kv"])
        farad = connection.c_nf_per_km * 1e-9 * connection.parallel * connection.route_m / 1000.0
        charging_mvar = 2.0 * math.pi * net.f_hz * farad * (GREATEST_PU * vn_kv) ** 2
        return connection.p_kw / 1000.0, connection.q_kvar / 1000.0 - charging_mvar


def _rows(table, results, limit_a) -> dict[int, dict]:
    """What is known of every line or transformer before, by index."""
    known = pd.concat([table, results], axis=1).assign(limit_a=limit_a)
    return known.to_dict("index")
