"""pandapower as the referee by phase: a whole source tree in three phases, nothing cut or reduced.

What has no zero sequence of its own, because its loads are balanced, gets the positive one: no
zero-sequence current reaches it through the transformers whose phases are judged.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from grid_models.grid import Grid
from grid_models.solvers.reference import load_pandapower, to_pandapower

__all__ = ["PhaseFlow", "solve_reference_by_phase"]

PHASES = ("a", "b", "c")
# pandapower stops at a fixed mismatch of 3e-8 MVA, which is much beside a house. With every power
# so many times as large and every impedance as many times smaller the voltages are the same.
ENLARGED = 1000.0
# An ideal source, and a transformer without a magnetising branch in the zero sequence.
IDEAL_MVA, NO_BRANCH_PCT = 1e9, 1e9
_KILO = 1000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseFlow:
    """Solution by phase, columns a, b and c, by id.

    Parameters
    ----------
    v
        Complex, of nodes between phase and neutral, volts.
    current_a
        Of lines at the worse end, of transformers on the low side; of all circuits.
    """

    v: pd.DataFrame
    current_a: pd.DataFrame

    @property
    def volts(self) -> pd.DataFrame:
        """Sizes of the voltages."""
        return self.v.abs()


def solve_reference_by_phase(grid: Grid) -> PhaseFlow | None:
    """Solve the unbalanced power flow of a grid with pandapower; None: no solution.

    Loads whose phases are unknown count as balanced, with the power they have in the balanced flow.

    Raises
    ------
    MissingExtraError
        If pandapower is not installed.
    """
    pandapower = load_pandapower()
    net = to_pandapower(grid)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            pandapower.runpp(net, calculate_voltage_angles=True, trafo_model="t")
            _complete(pandapower, net, grid)
            _enlarge(net)
            pandapower.runpp_3ph(net)
        except pandapower.LoadflowNotConverged:
            return None
    # pandapower's own flag is false where it stops at its last iteration
    if not net.converged or net.res_bus_3ph["vm_a_pu"].isna().all():
        return None
    kv = net.bus.vn_kv.to_numpy()
    phase_v = kv * _KILO / np.sqrt(3.0)
    found = net.res_bus_3ph
    v = {
        p: found[f"vm_{p}_pu"] * phase_v * np.exp(1j * np.deg2rad(found[f"va_{p}_degree"]))
        for p in PHASES
    }
    lines = {
        p: np.maximum(net.res_line_3ph[f"i_{p}_from_ka"], net.res_line_3ph[f"i_{p}_to_ka"])
        for p in PHASES
    }
    coils = {p: net.res_trafo_3ph[f"i_{p}_lv_ka"] for p in PHASES}
    return PhaseFlow(
        v=_by_id(v, net.bus),
        current_a=_KILO / ENLARGED * pd.concat([_by_id(lines, net.line), _by_id(coils, net.trafo)]),
    )


def _by_id(columns: dict[str, Any], elements: pd.DataFrame) -> pd.DataFrame:
    frame = pd.DataFrame(columns)
    frame.index = pd.Index(elements["name"].reindex(frame.index))
    return frame


def _enlarge(net: Any) -> None:
    """Make every power larger and every impedance smaller."""
    for element in ("load", "sgen", "asymmetric_load", "asymmetric_sgen"):
        net[element]["scaling"] *= ENLARGED
    for column in ("r_ohm_per_km", "x_ohm_per_km", "r0_ohm_per_km", "x0_ohm_per_km"):
        net.line[column] /= ENLARGED
    for column in ("c_nf_per_km", "c0_nf_per_km", "g_us_per_km"):
        net.line[column] *= ENLARGED
    net.trafo["sn_mva"] *= ENLARGED
    net.trafo["pfe_kw"] *= ENLARGED
    for column in ("p_mw", "q_mvar"):
        net.shunt[column] *= ENLARGED
    net.switch["z_ohm"] /= ENLARGED


def _complete(pandapower: Any, net: Any, grid: Grid) -> None:
    """Give a net its zero sequence and its loads by phase."""
    net.ext_grid["s_sc_max_mva"] = IDEAL_MVA
    net.ext_grid["rx_max"], net.ext_grid["r0x0_max"], net.ext_grid["x0x_max"] = 0.1, 0.1, 1.0
    for column, other in (
        ("r0_ohm_per_km", "r_ohm_per_km"),
        ("x0_ohm_per_km", "x_ohm_per_km"),
        ("c0_nf_per_km", "c_nf_per_km"),
    ):
        values = grid.lines[column].reindex(net.line["name"]).to_numpy()
        net.line[column] = np.where(np.isnan(values), net.line[other], values)
    coils = grid.transformers.reindex(net.trafo["name"])
    for name, own, other in (
        ("vk0_percent", "vk0_pct", "vk_percent"),
        ("vkr0_percent", "vkr0_pct", "vkr_percent"),
    ):
        values = coils[own].to_numpy()
        net.trafo[name] = np.where(np.isnan(values), net.trafo[other], values)
    net.trafo["mag0_percent"], net.trafo["mag0_rx"] = NO_BRANCH_PCT, 0.0
    net.trafo["si0_hv_partial"], net.trafo["vector_group"] = 0.5, "Dyn"
    for element, table, create in (
        ("load", grid.loads, pandapower.create_asymmetric_load),
        ("sgen", grid.generators, pandapower.create_asymmetric_sgen),
    ):
        _spread(net, element, table, create)


def _spread(net: Any, element: str, table: pd.DataFrame, create: Any) -> None:
    """Put what stands on known phases there; the rest keeps the power it was solved with."""
    rows, solved = net[element], net[f"res_{element}"]
    rows["p_mw"], rows["q_mvar"], rows["scaling"] = solved["p_mw"], solved["q_mvar"], 1.0
    shares = table[[f"phase_{phase}_pct" for phase in PHASES]].reindex(rows["name"]) / 100.0
    known = np.isfinite(shares.to_numpy()).all(axis=1) & rows["in_service"].to_numpy()
    share: npt.NDArray[np.float64] = shares.to_numpy()
    for place in np.flatnonzero(known):
        row = rows.iloc[place]
        power = {
            f"{axis}_{phase}_{unit}": row[f"{axis}_{unit}"] * share[place, k]
            for k, phase in enumerate(PHASES)
            for axis, unit in (("p", "mw"), ("q", "mvar"))
        }
        create(net, int(row["bus"]), **power, name=row["name"])
    net[element].loc[known, "in_service"] = False
