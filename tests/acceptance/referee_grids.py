"""The grids the referee judges on, written as pandapower files with every fact stated."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandapower as pp
import pandapower.networks
from referee_candidates import Facts

HANGZHOU = (120.15, 30.28)
ON_DATE = "2026-06-01"
STATED = {"ownership": "public", "load_basis": "declared", "restricted_areas": "none"}
LARGE = "1-MVLV-urban-all-0-sw"
SMALL = "1-MVLV-urban-5.303-0-sw"
OBERRHEIN = "mv_oberrhein"
OVERHEAD_SEED = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One grid at one load, with what is asked of it."""

    grid: str
    scale: float
    has_spare_bays: bool = True
    overhead_share: float | None = None  # None: as in the file
    kw: tuple[float, ...] = ()
    kva: tuple[float, ...] = ()
    sites: int = 40
    site_seed: int = 2026
    headroom_every: int = 8

    @property
    def name(self) -> str:
        parts = [self.grid, f"x{self.scale:g}"]
        if not self.has_spare_bays:
            parts.append("no bays")
        if self.overhead_share is not None:
            parts.append(f"{self.overhead_share:.0%} overhead")
        return " ".join(parts)

    @property
    def relocated_to(self) -> tuple[float, float] | None:
        return None if self.grid == OBERRHEIN else HANGZHOU

    @property
    def facts(self) -> Facts:
        return Facts(has_spare_bays=self.has_spare_bays)

    @property
    def assumptions(self) -> Mapping[str, str]:
        return STATED | ({"spare_bays": "2"} if self.has_spare_bays else {})

    @property
    def sizes(self) -> list[tuple[float | None, float | None]]:
        """(kW, kVA) of each application; one of the two is None."""
        return [(kw, None) for kw in self.kw] + [(None, kva) for kva in self.kva]


def write_case(case: Case, path: Path) -> None:
    """Write the grid of a case, loads scaled against their own scaling."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        net = _read(case.grid)
        net.load["scaling"] = net.load.scaling * case.scale
        if case.overhead_share is not None:
            rng = np.random.default_rng(OVERHEAD_SEED)
            is_overhead = rng.random(len(net.line)) < case.overhead_share
            net.line["type"] = np.where(is_overhead, "ol", "cs")
        pp.to_json(net, str(path))


def _read(name: str) -> pp.pandapowerNet:
    if name == OBERRHEIN:
        return pandapower.networks.mv_oberrhein()
    import simbench

    net = simbench.get_simbench_net(name)
    # The files predate the column: without it every tap position is passed over in silence.
    net.trafo["tap_changer_type"] = "Ratio"
    for table in ("profiles", "loadcases"):
        net.pop(table, None)
    net["measurement"] = net.measurement.iloc[:0]
    return net
