"""power-grid-model by phase: one low-voltage area, many single-phase loads at once.

The only other file beside `pgm` that knows its units. Its asymmetric voltages are between phase and
neutral, its asymmetric powers are those of one phase, and a line of it has both sequences, so the
whole area is expressed on the voltage of the low side (see `unbalanced.area`).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from grid_models.solvers.pgm import IDEAL_SOURCE_VA, MAX_ITERATIONS, TOLERANCE, WATTS
from grid_models.unbalanced.area import PHASES, Area

__all__ = ["AreaTrials"]

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Complexes = npt.NDArray[np.complex128]

# Share of the transformer's zero-sequence impedance that stands above the high side, where it makes
# no difference and no branch is without one.
_ABOVE = 0.5


class AreaTrials:
    """An area, ready for many power flows at once, each with one more load at one row.

    Parameters
    ----------
    area
        Converted once.
    row
        Where the further load stands.
    """

    def __init__(self, area: Area, row: int) -> None:
        from power_grid_model import PowerGridModel  # noqa: PLC0415

        self._area, self._base_v = area, 1000.0 * area.base_kv
        tables = _input(area, self._base_v)
        self._new_id = int(max(table["id"].max(initial=0) for table in tables.values())) + 1
        tables["asym_load"] = _asymmetric_loads(area, row, self._new_id)
        self._source_id = tables["source"]["id"][0]
        self._model = PowerGridModel(tables)

    def solve(self, power: Complexes, source: Floats | None = None) -> Complexes:
        """Return the voltages of every row and phase in every case.

        Parameters
        ----------
        power
            Load added on each phase, pu; shape (cases, 3).
        source
            Voltage of the source in each case, pu; None: the area's own.

        Returns
        -------
        v
            Shape (cases, rows + 1, 3), the high side last; NaN in a case without a solution.
        """
        from power_grid_model import ComponentType, initialize_array  # noqa: PLC0415

        load = initialize_array("update", "asym_load", (len(power), 1))
        load["id"] = self._new_id
        watts = power * WATTS
        load["p_specified"][:, 0], load["q_specified"][:, 0] = watts.real, watts.imag
        update: dict[Any, Any] = {ComponentType.asym_load: load}
        if source is not None:
            held = initialize_array("update", "source", (len(power), 1))
            held["id"], held["u_ref"][:, 0] = self._source_id, source
            update[ComponentType.source] = held
        output = self._model.calculate_power_flow(
            symmetric=False,
            update_data=update,
            output_component_types={ComponentType.node: ["u_pu", "u_angle"]},
            error_tolerance=TOLERANCE,
            max_iterations=MAX_ITERATIONS,
            continue_on_batch_error=True,
        )
        node = output[ComponentType.node]
        # What a failed case leaves in the output is no number anybody wrote.
        is_solved = np.ones(len(power), dtype=bool)
        if self._model.batch_error is not None:
            is_solved[self._model.batch_error.failed_scenarios] = False
        v = np.full(node["u_pu"].shape, np.nan, dtype=np.complex128)
        v[is_solved] = node["u_pu"][is_solved] * np.exp(1j * node["u_angle"][is_solved])
        v = v[:, : len(self._area) + 1]
        # no zero sequence passes the transformer: its high side is earth
        v[:, -1] -= v[:, -1].mean(axis=-1, keepdims=True)
        return v


def _input(area: Area, base_v: float) -> dict[str, npt.NDArray[np.void]]:
    """Return power-grid-model's tables without loads; node n is the high side, n + 1 the source."""
    from power_grid_model import initialize_array  # noqa: PLC0415

    n = len(area)
    z_base = base_v**2 / WATTS
    has_way = area.z_up != 0.0
    node = initialize_array("input", "node", n + 1 + has_way)
    node["id"], node["u_rated"] = np.arange(len(node)), base_v
    above = np.where(area.parent < 0, n, area.parent)
    f, t = np.r_[above, [n + 1] * has_way], np.r_[np.arange(n), [n] * has_way]
    z1 = np.append(area.z1, [area.z_up] * has_way) * z_base
    z0 = np.append(area.z0, [_ABOVE * area.z0[0]] * has_way) * z_base
    z0[0] *= 1.0 - _ABOVE * has_way
    line = initialize_array("input", "line", len(f))
    line["id"] = len(node) + np.arange(len(f))
    line["from_node"], line["to_node"] = f, t
    line["from_status"] = line["to_status"] = 1
    line["r1"], line["x1"], line["r0"], line["x0"] = z1.real, z1.imag, z0.real, z0.imag
    line["c1"] = line["tan1"] = line["c0"] = line["tan0"] = 0.0

    shunts = np.zeros((2, n + 1), np.complex128)
    for k, ends in enumerate(((area.y_parent, area.y_child), (area.y0_parent, area.y0_child))):
        np.add.at(shunts[k], above, ends[0])
        np.add.at(shunts[k], np.arange(n), ends[1])
    shunts /= z_base
    shunt = initialize_array("input", "shunt", n + 1)
    shunt["id"] = len(node) + len(line) + np.arange(n + 1)
    shunt["node"], shunt["status"] = np.arange(n + 1), 1
    shunt["g1"], shunt["b1"] = shunts[0].real, shunts[0].imag
    shunt["g0"], shunt["b0"] = shunts[1].real, shunts[1].imag

    source = initialize_array("input", "source", 1)
    source["id"] = len(node) + len(line) + len(shunt)
    source["node"], source["status"] = len(node) - 1, 1
    source["u_ref"] = abs(area.source_v)
    source["u_ref_angle"] = np.angle(area.source_v)
    source["sk"] = IDEAL_SOURCE_VA
    return {"node": node, "line": line, "shunt": shunt, "source": source}


def _asymmetric_loads(area: Area, row: int, first_id: int) -> npt.NDArray[np.void]:
    """Return the loads there are behind the new one, which takes nothing yet."""
    from power_grid_model import LoadGenType, initialize_array  # noqa: PLC0415

    own = np.flatnonzero(area.power.any(axis=1))
    rows = np.append(row, own)
    power = np.concatenate([np.zeros((1, len(PHASES))), area.power[own]])
    load = initialize_array("input", "asym_load", len(rows))
    load["id"] = first_id + np.arange(len(rows))
    load["node"], load["status"], load["type"] = rows, 1, LoadGenType.const_power
    load["p_specified"], load["q_specified"] = power.real * WATTS, power.imag * WATTS
    return load
