"""What a place is by itself, whatever is connected: its supply radius, its short circuit."""

from __future__ import annotations

import math

from referee_checks import Place
from referee_limits import LV_KV, SHORT_CIRCUIT_C, SHORT_CIRCUIT_KA, SLACK, SUPPLY_RADIUS_M


def supply_radius_m(place: Place) -> float:
    """Line length from the board or the substation busbar to the customer."""
    tree, net = place.source_tree.tree, place.source_tree.net
    connection = place.connection
    metres = connection.route_m
    if connection.line is not None:
        first = place.upstream_part.endswith("#1")
        share = connection.position if first else 1.0 - connection.position
        metres += 1000.0 * share * float(net.line.at[connection.line, "length_km"])
    for joint in place.climbed:
        kind, index = tree.branch_above.get(joint, ("", 0))
        if kind != "line" or joint in tree.busbar_joints:
            break
        metres += 1000.0 * float(net.line.at[index, "length_km"])
    return metres


def is_beyond_radius(place: Place, level: str) -> bool:
    return supply_radius_m(place) > SUPPLY_RADIUS_M[level] + SLACK


def short_circuit_bounds_ka(place: Place) -> tuple[float, float]:
    """Greatest initial current at the access point were the 110 kV side without impedance, by
    IEC 60909 with the transformer's correction factor left out, then counted.
    """
    tree, net, connection = place.source_tree.tree, place.source_tree.net, place.connection
    vn_kv = float(net.bus.at[place.climbed[0], "vn_kv"])
    z_lines, z_trafo, correction = 0.0 + 0.0j, 0.0 + 0.0j, 1.0
    if connection.line is not None:
        first = place.upstream_part.endswith("#1")
        share = connection.position if first else 1.0 - connection.position
        z_lines += share * _line_ohm(net.line.loc[connection.line])
    for joint in place.climbed:
        kind, index = tree.branch_above.get(joint, ("", 0))
        if kind == "line":
            z_lines += _line_ohm(net.line.loc[index])
        elif kind == "trafo":
            trafo = net.trafo.loc[index]
            base = trafo.vn_lv_kv**2 / (trafo.sn_mva * trafo.parallel)
            r, z = trafo.vkr_percent / 100.0, trafo.vk_percent / 100.0
            x = math.sqrt(z**2 - r**2)
            z_trafo = base * complex(r, x)
            correction = 0.95 * SHORT_CIRCUIT_C / (1.0 + 0.6 * x)
    driving = SHORT_CIRCUIT_C * vn_kv / math.sqrt(3.0)
    return driving / abs(z_lines + z_trafo), driving / abs(z_lines + correction * z_trafo)


def _line_ohm(line) -> complex:
    return complex(line.r_ohm_per_km, line.x_ohm_per_km) * line.length_km / line.parallel


def is_short_circuit_unknown(place: Place) -> bool | None:
    """True when not even the greatest possible current is within the level (the source's own is
    not in the data); None when the answer hangs on the correction factor.
    """
    if float(place.source_tree.net.bus.at[place.climbed[0], "vn_kv"]) in LV_KV:
        return False
    sides = {current > SHORT_CIRCUIT_KA for current in short_circuit_bounds_ka(place)}
    return sides.pop() if len(sides) == 1 else None
