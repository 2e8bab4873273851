"""Trial: one access point with its conductor, as an edit the radial solver understands."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, pi, sqrt

from grid_models.solvers.radial import BranchSwap, Connection
from planner.candidate import Candidate
from planner.design_load import Demand
from planner.plan import Conductor
from planner.situation import Situation
from planner.sizing import ShortCircuitDuty

__all__ = ["PHASES", "SinglePhase", "Trial", "make_connection"]

# One phase carries the current of all three.
PHASES = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SinglePhase:
    """How a single-phase load differs from the balanced one that is solved, until it is unbalanced.

    Parameters
    ----------
    drop_factor
        Voltage drop on low-voltage lines over the balanced drop of the same power: the current is
        three times as large, and it returns through the neutral.
    low_v, high_v, nominal_v
        Legal and nominal voltage between phase and neutral.
    """

    drop_factor: float
    low_v: float
    high_v: float
    nominal_v: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """A candidate with everything that is to be solved.

    Parameters
    ----------
    kv
        Nominal voltage at the access point.
    duty
        Short circuit the new line must stand, on the grid the trial is made on; None where it is
        not known, and at low voltage.
    """

    candidate: Candidate
    demand: Demand
    conductor: Conductor
    kv: float
    connection: Connection
    single_phase: SinglePhase | None = None
    duty: ShortCircuitDuty | None = None


def make_connection(
    situation: Situation,
    candidate: Candidate,
    demand: Demand,
    conductor: Conductor,
    *,
    swap: BranchSwap | None = None,
) -> Connection:
    """Express a new line and load in per unit on 1 MVA."""
    kv = float(situation.limits.kv[candidate.place.row])
    circuits_km = candidate.length_m / 1000.0 * conductor.parallel
    z_scale = candidate.length_m / 1000.0 / conductor.parallel / kv**2
    frequency = situation.model.grid.metadata.frequency_hz
    b = 2.0 * pi * frequency * conductor.c_nf_per_km * 1e-9 * circuits_km * kv**2
    return Connection(
        row=candidate.place.row,
        share=candidate.share,
        r=conductor.r_ohm_per_km * z_scale,
        x=conductor.x_ohm_per_km * z_scale,
        g=0.0,
        b=b / 2.0,
        # at an existing supply there is no new line: nothing that could be loaded
        rating=(
            conductor.ampacity_a * conductor.parallel * sqrt(3.0) * kv / 1000.0
            if candidate.length_m > 0.0
            else inf
        ),
        p=demand.load.p_kw / 1000.0,
        q=demand.load.q_kvar / 1000.0,
        swap=swap,
    )
