"""The grids the referee judges on, written as pandapower files with every fact stated."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
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
OWNER_SEED = 8
SWITCH_SEED = 9
SWITCH_KA = (0.2, 0.3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One grid at one load, with what is asked of it."""

    grid: str
    scale: float
    has_spare_bays: bool = True
    overhead_share: float | None = None  # None: as in the file
    private_share: float = 0.0  # of lines and of nodes
    rated_share: float = 0.0  # of closed line switches, with a rated current
    short_circuit_mva: float | None = None  # of every source; then nothing generates
    kw: tuple[float, ...] = ()
    kva: tuple[float, ...] = ()
    sites: int = 40
    site_seed: int = 2026
    headroom_every: int = 8
    n_minus_1_every: int = 4  # sites; the options that decide are judged at each of them

    @property
    def name(self) -> str:
        parts = [self.grid, f"x{self.scale:g}"]
        if not self.has_spare_bays:
            parts.append("no bays")
        if self.overhead_share is not None:
            parts.append(f"{self.overhead_share:.0%} overhead")
        if self.private_share:
            parts.append(f"{self.private_share:.0%} private")
        if self.short_circuit_mva is not None:
            parts.append(f"{self.short_circuit_mva:g} MVA")
        if self.rated_share:
            parts.append(f"{self.rated_share:.0%} switches rated")
        return " ".join(parts)

    @property
    def relocated_to(self) -> tuple[float, float] | None:
        return None if self.grid == OBERRHEIN else HANGZHOU

    @property
    def facts(self) -> Facts:
        return Facts(has_spare_bays=self.has_spare_bays)

    @property
    def assumptions(self) -> Mapping[str, str]:
        stated = STATED | ({"spare_bays": "2"} if self.has_spare_bays else {})
        if self.private_share:
            del stated["ownership"]  # the file says it itself
        return stated

    @property
    def sizes(self) -> list[tuple[float | None, float | None]]:
        """(kW, kVA) of each application; one of the two is None."""
        return [(kw, None) for kw in self.kw] + [(None, kva) for kva in self.kva]


def write_case(case: Case, path: Path) -> pp.pandapowerNet:
    """Write the grid of a case, loads scaled against their own scaling."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        net = copy.deepcopy(_read(case.grid))
        net.load["scaling"] = net.load.scaling * case.scale
        if case.overhead_share is not None:
            rng = np.random.default_rng(OVERHEAD_SEED)
            is_overhead = rng.random(len(net.line)) < case.overhead_share
            net.line["type"] = np.where(is_overhead, "ol", "cs")
        if case.private_share:
            _state_owners(net, case.private_share)
        if case.short_circuit_mva is not None:
            net.ext_grid["s_sc_max_mva"], net.ext_grid["rx_max"] = case.short_circuit_mva, 0.1
            net.sgen["in_service"] = False
        if case.rated_share:
            _rate_switches(net, case.rated_share)
        pp.to_json(net, str(path))
    return net


def _state_owners(net: pp.pandapowerNet, private_share: float) -> None:
    rng = np.random.default_rng(OWNER_SEED)
    for table in ("line", "bus"):
        is_private = rng.random(len(net[table])) < private_share
        net[table]["ownership"] = np.where(is_private, "private", "public")
    net.trafo["ownership"] = "public"


def _rate_switches(net: pp.pandapowerNet, share: float) -> None:
    rng = np.random.default_rng(SWITCH_SEED)
    is_rated = (net.switch.et == "l") & net.switch.closed & (rng.random(len(net.switch)) < share)
    net.switch["in_ka"] = np.where(is_rated, rng.choice(SWITCH_KA, len(net.switch)), np.nan)


@lru_cache(maxsize=1)
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
