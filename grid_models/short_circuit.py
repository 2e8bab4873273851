"""Greatest three-phase short-circuit current at a point, as an upper bound.

IEC 60909-0 with voltage factor c_max, transformer correction K_T (clause 6.3.3), lines by their
positive sequence at 20 degrees C, motors left out. Where the short-circuit power of the external
grid is unknown the grid above the first transformer is taken as infinitely strong, so the true
current is never above the value given; generators and motors of customers are not counted.
"""

from __future__ import annotations

import numpy as np

from grid_models.compiled import Tree
from grid_models.network import TRANSFORMER, Network

__all__ = ["short_circuit_ka"]


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
    kv = network.base_kv[tree.bus[row]]
    source = int(np.flatnonzero(network.source_bus == tree.bus[0])[0])
    strength = network.grid.sources["short_circuit_mva"].to_numpy()[network.source_row[source]]
    z = 0j
    for k in tree.path(row)[:-1]:
        series = complex(tree.r[k], tree.x[k])
        if network.branches.kind[tree.branch[k]] == TRANSFORMER:
            # Impedance on the transformer's own base gives its relative reactance x_T.
            own_base = tree.rating_parent[k]
            x_t = series.imag * own_base if np.isfinite(own_base) else 0.0
            series *= 0.95 * c_max / (1.0 + 0.6 * x_t)
        z += series
    z_source = c_max / strength if np.isfinite(strength) and strength > 0 else 0.0
    # The phase of the external grid's impedance is unknown: the smaller sum is the safe one.
    total = np.hypot(z.real, z.imag) if z_source == 0.0 else np.sqrt(abs(z) ** 2 + z_source**2)
    return float(c_max / total / (np.sqrt(3.0) * kv)) if total > 0 else float("inf")
