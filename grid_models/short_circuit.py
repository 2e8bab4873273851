"""Greatest three-phase short-circuit current at a point, as an upper bound.

IEC 60909-0 with voltage factor c_max, transformer correction K_T (clause 6.3.3), lines by their
positive sequence at 20 degrees C, motors left out. Where the short-circuit power of the external
grid is unknown it is taken as infinitely strong, and where it is known the angle of its impedance
as the worst there may be, so the true current is never above the value given (above 1 kV by less
than a tenth); generators and motors of customers are not counted.
"""

from __future__ import annotations

import numpy as np

from grid_models.compiled import Tree
from grid_models.network import BASE_MVA, TRANSFORMER, Network
from grid_models.topology import LOW_VOLTAGE_KV

__all__ = ["short_circuit_ka"]

# An external grid above 1 kV has no more resistance than reactance (IEC 60909-0 takes a tenth of it
# where nothing is known); a low-voltage one may have any share.
LEAST_SOURCE_ANGLE = np.pi / 4.0


_COLUMNS = ("vk_pct", "vkr_pct", "vn_lv_kv", "vn_hv_kv", "sn_kva", "parallel")


def short_circuit_ka(network: Network, tree: Tree, row: int, *, c_max: float) -> float:
    """Upper bound of the initial symmetrical short-circuit current I_k" at a row, in kA.

    Parameters
    ----------
    c_max
        Voltage factor of IEC 60909-0 table 1 (1.1 above 1 kV).

    Returns
    -------
    current
        In kA at the row's nominal voltage; inf directly at a source of unknown strength.
    """
    kv = network.base_kv[tree.bus]
    source = int(np.flatnonzero(network.source_bus == tree.bus[0])[0])
    strength = network.grid.sources["short_circuit_mva"].to_numpy()[network.source_row[source]]
    z, to_row = 0j, 1.0
    for k in tree.path(row)[:-1]:
        if network.branches.kind[tree.branch[k]] == TRANSFORMER:
            z_ohm, ratio = _transformer(network, tree, int(k), c_max)
        else:
            z_ohm, ratio = complex(tree.r[k], tree.x[k]) * kv[k] ** 2 / BASE_MVA, 1.0
        z += z_ohm * to_row
        to_row *= ratio**2
    z_source = c_max * kv[0] ** 2 / strength * to_row if strength > 0 else 0.0
    # The angle of the external grid's impedance is unknown: the smallest sum is the safe one, and
    # it is found at the angle farthest from that of the rest.
    least_angle = LEAST_SOURCE_ANGLE if kv[0] > LOW_VOLTAGE_KV else 0.0
    angles = np.array([least_angle, np.pi / 2.0])
    total = float(np.abs(z + z_source * np.exp(1j * angles)).min())
    return float(c_max * kv[row] / np.sqrt(3.0) / total) if total > 0 else float("inf")


def _transformer(network: Network, tree: Tree, row: int, c_max: float) -> tuple[complex, float]:
    """Corrected impedance in ohm at the child's side, and rated voltage of child over parent."""
    element = network.branches.element[tree.branch[row]]
    table = network.grid.transformers
    unit = {name: table[name].to_numpy()[element] for name in _COLUMNS}
    vk, vkr = unit["vk_pct"] / 100.0, unit["vkr_pct"] / 100.0
    # a leg of a three-winding transformer may be negative
    x_t = np.copysign(np.sqrt(max(vk**2 - vkr**2, 0.0)), vk)
    k_t = 0.95 * c_max / (1.0 + 0.6 * x_t)
    at_kv, other_kv = unit["vn_lv_kv"], unit["vn_hv_kv"]
    if not tree.from_is_parent[row]:
        at_kv, other_kv = other_kv, at_kv
    sn_mva = unit["sn_kva"] / 1000.0 * unit["parallel"] * tree.circuits[row]
    return complex(vkr, x_t) * k_t * at_kv**2 / sn_mva, at_kv / other_kv
