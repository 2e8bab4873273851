"""pandapower as the referee of capacities in meshes: does a load keep every limit?"""

from __future__ import annotations

import warnings

import numpy as np
import numpy.typing as npt
import pandapower as pp

from grid_models.grid import Grid
from grid_models.solvers.reference import to_pandapower
from tests.grid_models.capacities import BY_RULE, LEGAL_V

# A value this close to its bound is within it: what two engines differ by.
SLACK = 1e-6


class Referee:
    """A net with one more load, moved from node to node; limits as in practice, broken ones too."""

    def __init__(self, grid: Grid) -> None:
        self.grid, self.net = grid, to_pandapower(grid)
        self.trial = pp.create_load(self.net, 0, p_mw=0.0, q_mvar=0.0)
        assert self.run()
        kv = self.net.bus.vn_kv.to_numpy()
        low, high = np.zeros(len(kv)), np.full(len(kv), np.inf)
        for nominal_kv, (least, most) in LEGAL_V.items():
            own = np.isclose(kv, nominal_kv)
            low[own], high[own] = least / 1000.0 / kv[own], most / 1000.0 / kv[own]
        v, share = self.v_pu(), BY_RULE.voltage_share
        self.v_low = np.where(v < low, v - share, low)
        self.v_high = np.where(v > high, v + share, high)
        self.before = self.loading_pct()
        points = BY_RULE.loading_points
        self.most = np.where(self.before > 100.0, self.before + points, 100.0)

    def run(self) -> bool:
        init = "results" if "res_bus" in self.net and len(self.net.res_bus) else "auto"
        for start in dict.fromkeys((init, "auto")):
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    pp.runpp(self.net, init=start, tolerance_mva=1e-9, trafo_loading="current",
                             calculate_voltage_angles=True, voltage_depend_loads=True,
                             enforce_q_lims=bool(len(self.net.gen)))  # fmt: skip
            except pp.LoadflowNotConverged:
                continue
            return True
        return False

    def v_pu(self) -> npt.NDArray[np.float64]:
        return self.net.res_bus.vm_pu.to_numpy()

    def loading_pct(self) -> npt.NDArray[np.float64]:
        """Of lines and then transformers; 0 where nothing flows or nothing is rated."""
        tables = (self.net.res_line, self.net.res_trafo)
        return np.nan_to_num(np.concatenate([t.loading_percent.to_numpy() for t in tables]))

    def fits(self, node: str, power_kva: complex) -> bool:
        """Say whether a load (generation, if negative) keeps every limit."""
        self.net.load.loc[self.trial, ["bus", "p_mw", "q_mvar"]] = [
            self.grid.nodes.index.get_loc(node), power_kva.real / 1000.0, power_kva.imag / 1000.0,
        ]  # fmt: skip
        if not self.run():
            return False
        v = np.nan_to_num(self.v_pu(), nan=1.0)
        return bool(
            (self.loading_pct() <= self.most + SLACK * 100.0).all()
            and (v >= self.v_low - SLACK).all()
            and (v <= self.v_high + SLACK).all()
        )
