"""Sizing: the smallest catalogue conductor that does.

It carries the current, keeps the voltage drop and stands a short circuit until it is cleared.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from grid_models.catalogue import Catalogue
from planner.plan import Conductor, DesignLoad

__all__ = [
    "NOMINAL_KV",
    "ConductorChoice",
    "ShortCircuitDuty",
    "choose_conductor",
    "conductor_choices",
]

# Voltage a current is reckoned with: the system's nominal voltage, not the node's base.
NOMINAL_KV = {0.38: 0.38, 0.4: 0.38, 10.0: 10.0, 20.0: 20.0, 35.0: 35.0, 110.0: 110.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class ConductorChoice:
    """One conductor of the catalogue, one circuit."""

    type: str
    r_ohm_per_km: float
    x_ohm_per_km: float
    c_nf_per_km: float
    ampacity_a: float
    area_mm2: float = math.inf
    material: str = "copper"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShortCircuitDuty:
    """Short circuit that a new line must stand until it is cleared.

    Parameters
    ----------
    current_ka
        Greatest one where the line begins.
    seconds
        Until it is cleared.
    c
        Ampere-root-seconds a square millimetre of each material stands.
    """

    current_ka: float
    seconds: float
    c: Mapping[str, float]

    def least_area_mm2(self, material: str) -> float:
        """Return the least area of a material that stands it: I sqrt(t) / C."""
        return 1000.0 * self.current_ka * math.sqrt(self.seconds) / self.c[material]


@lru_cache(maxsize=64)
def conductor_choices(
    catalogue: Catalogue, nominal_kv: float, laying: str
) -> tuple[ConductorChoice, ...]:
    """Return what may be built at a voltage and laying, smallest first."""
    rows = catalogue.conductors_for(nominal_kv, laying)
    return tuple(
        ConductorChoice(
            type=str(name),
            r_ohm_per_km=float(row["r_ohm_per_km"]),
            x_ohm_per_km=float(row["x_ohm_per_km"]),
            c_nf_per_km=float(row["c_nf_per_km"]),
            ampacity_a=float(row["ampacity_a"]),
            area_mm2=float(row["area_mm2"]),
            material=str(row["material"]),
        )
        for name, row in rows.iterrows()
    )


def choose_conductor(
    choices: Sequence[ConductorChoice],
    load: DesignLoad,
    *,
    nominal_kv: float,
    lowest_kv: float,
    length_m: float,
    drop_limit_pct: float,
    loading_limit_pct: float,
    laying: str,
    current_factor: float = 1.0,
    drop_factor: float = 1.0,
    circuit_factors: Sequence[float] = (1.0,),
    duty: ShortCircuitDuty | None = None,
) -> Conductor:
    """Choose the smallest conductor for a load; the fewest circuits of the largest if need be.

    Voltage drop over the new line alone, in percent: 100 (P R + Q X) / U^2, with P and Q in MW and
    Mvar, R and X in ohm and U in kV.

    Parameters
    ----------
    lowest_kv
        Lowest legal voltage: at it the current is greatest, so a line that fits stays right.
    loading_limit_pct
        Share of the ampacity a new line may use.
    current_factor, drop_factor
        Current and voltage drop over those of the balanced load (single phase).
    circuit_factors
        Share of its ampacity each of 1, 2, 3 ... circuits laid together keeps; the last holds for
        more.
    duty
        Short circuit each circuit must stand by itself; None: not known, or not asked for. Where
        the largest does not, the largest is taken: the plan says what it lacks.
    """
    current_a = load.s_kva / (math.sqrt(3.0) * lowest_kv) * 100.0 / loading_limit_pct
    current_a *= current_factor

    def drop_pct(choice: ConductorChoice) -> float:
        ohm_km = load.p_kw * choice.r_ohm_per_km + load.q_kvar * choice.x_ohm_per_km
        return drop_factor * ohm_km * length_m / 1000.0 / nominal_kv**2 / 10.0

    def rating_a(choice: ConductorChoice, circuits: int) -> float:
        """Ampacity of one of some circuits laid together."""
        return choice.ampacity_a * circuit_factors[min(circuits, len(circuit_factors)) - 1]

    def fits(choice: ConductorChoice, circuits: int) -> bool:
        carries = rating_a(choice, circuits) * circuits >= current_a
        return carries and drop_pct(choice) / circuits <= drop_limit_pct

    def stands(choice: ConductorChoice) -> bool:
        return duty is None or choice.area_mm2 >= duty.least_area_mm2(choice.material)

    def fewest(choice: ConductorChoice) -> int:
        """Circuits that share the current and the drop, at least one."""
        share = max(current_a / choice.ampacity_a, drop_pct(choice) / drop_limit_pct)
        circuits = max(1, math.ceil(share) - 1)
        while not fits(choice, circuits):
            circuits += 1
        return circuits

    one = next((choice for choice in choices if stands(choice) and fits(choice, 1)), None)
    choice, parallel = (one, 1) if one else (choices[-1], fewest(choices[-1]))
    return Conductor(
        type=choice.type,
        laying=laying,
        parallel=parallel,
        r_ohm_per_km=choice.r_ohm_per_km,
        x_ohm_per_km=choice.x_ohm_per_km,
        c_nf_per_km=choice.c_nf_per_km,
        ampacity_a=rating_a(choice, parallel),
    )
