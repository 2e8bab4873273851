"""What a place is by itself, whatever is connected: its supply radius, its short circuit."""

from __future__ import annotations

import cmath
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


def known_short_circuit_ka(place: Place) -> float | None:
    """Greatest initial current by IEC 60909 where the new line begins, a split line taken at its
    end nearer the source; None where the source's own strength is not in the data.

    Lines as they are, rated transformer impedances times K_T. The angle of the source is that of
    R/X if stated, else the worse of 45 and 90 degrees.
    """
    tree, net = place.source_tree.tree, place.source_tree.net
    feeds = net.ext_grid.loc[tree.source[place.climbed[0]]]
    strength = float(feeds.get("s_sc_max_mva", math.nan))
    if not strength > 0.0:
        return None
    assert not net.sgen.in_service.any(), "short circuits beside generators are not judged"
    z, to_here = 0.0 + 0.0j, 1.0
    for joint in place.climbed:
        kind, index = tree.branch_above.get(joint, ("", 0))
        if kind == "line":
            z += to_here * _line_ohm(net.line.loc[index])
        elif kind == "trafo":
            trafo = net.trafo.loc[index]
            r, whole = trafo.vkr_percent / 100.0, trafo.vk_percent / 100.0
            x = math.sqrt(whole**2 - r**2)
            correction = 0.95 * SHORT_CIRCUIT_C / (1.0 + 0.6 * x)
            base = trafo.vn_lv_kv**2 / (trafo.sn_mva * trafo.parallel)
            z += to_here * base * correction * complex(r, x)
            to_here *= (trafo.vn_lv_kv / trafo.vn_hv_kv) ** 2
    source_kv = float(net.bus.at[feeds.bus, "vn_kv"])
    own = to_here * SHORT_CIRCUIT_C * source_kv**2 / strength
    ratio = float(feeds.get("rx_max", math.nan))
    angles = [math.atan2(1.0, ratio)] if ratio >= 0.0 else [math.pi / 4.0, math.pi / 2.0]
    least = min(abs(z + cmath.rect(own, angle)) for angle in angles)
    vn_kv = float(net.bus.at[place.climbed[0], "vn_kv"])
    return SHORT_CIRCUIT_C * vn_kv / math.sqrt(3.0) / least


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
