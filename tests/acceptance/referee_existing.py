"""More at a supply that is there: no new line, the load stands at the node itself."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from referee_candidates import Candidate
from referee_limits import LV_KV
from referee_options import Json, built_by, objections_to_flow
from referee_trials import Trials

EXISTING = "existing_node"
NO_LIMIT_A, NO_DROP_PU = 1e9, 1e-7  # of the line that is not there; of a load up to 1 MVA


def objections_to_existing(option: Json, trials: Trials) -> Iterator[str]:
    """Solve it over a line that is next to nothing and hold the option's figures against that."""
    element_id = option["sources"][0]["access_point"]["element_id"]
    candidate = _candidate(int(element_id.rpartition(":")[2]), trials)
    connection, conductor = built_by(option, trials, candidate)
    load_mva = max(trials.load(candidate).s_kva / 1000.0, 1.0)
    ohm_per_km = 1000.0 * NO_DROP_PU * trials.ground.vn_kv(candidate) ** 2 / load_mva
    connection = replace(
        connection, route_m=1.0, r_ohm_per_km=ohm_per_km, x_ohm_per_km=ohm_per_km,
        c_nf_per_km=0.0, ampacity_a=NO_LIMIT_A, parallel=1,
    )  # fmt: skip
    trial = trials.try_built(candidate, connection, conductor)
    yield from objections_to_flow(option, trial, trials)


def _candidate(bus: int, trials: Trials) -> Candidate:
    ground = trials.ground
    net = ground.grid.net
    at = ground.plane.bus_xy[net.bus.index.get_loc(bus)]
    return Candidate(
        level="lv" if float(net.bus.at[bus, "vn_kv"]) in LV_KV else "mv",
        kind="existing_supply", access=EXISTING, element_id=f"bus:{bus}", bus=bus, line=None,
        position=None, xy=(float(at[0]), float(at[1])),
        distance_m=float(np.hypot(*(at - trials.xy))), laying="cable", desk=frozenset(),
        greatest_kva=math.inf,
    )  # fmt: skip
