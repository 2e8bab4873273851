"""Sizing: the smallest catalogue conductor that carries the current and keeps the voltage drop."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from grid_models.catalogue import Catalogue
from planner.plan import Conductor, DesignLoad

__all__ = ["NOMINAL_KV", "ConductorChoice", "choose_conductor", "conductor_choices"]

# Voltage a current is reckoned with: the system's nominal voltage, not the node's base.
NOMINAL_KV = {0.38: 0.38, 0.4: 0.38, 10.0: 10.0, 20.0: 20.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class ConductorChoice:
    """One conductor of the catalogue, one circuit."""

    type: str
    r_ohm_per_km: float
    x_ohm_per_km: float
    c_nf_per_km: float
    ampacity_a: float


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
    """
    current_a = load.s_kva / (math.sqrt(3.0) * lowest_kv) * 100.0 / loading_limit_pct
    current_a *= current_factor

    def drop_pct(choice: ConductorChoice) -> float:
        ohm_km = load.p_kw * choice.r_ohm_per_km + load.q_kvar * choice.x_ohm_per_km
        return drop_factor * ohm_km * length_m / 1000.0 / nominal_kv**2 / 10.0

    def fits(choice: ConductorChoice, parallel: int) -> bool:
        carries = choice.ampacity_a * parallel >= current_a
        return carries and drop_pct(choice) / parallel <= drop_limit_pct

    def fewest(choice: ConductorChoice) -> int:
        """Circuits that share the current and the drop; rounding may ask for one more."""
        share = max(current_a / choice.ampacity_a, drop_pct(choice) / drop_limit_pct)
        circuits = max(2, math.ceil(share))
        return circuits if fits(choice, circuits) else circuits + 1

    one = next((choice for choice in choices if fits(choice, 1)), None)
    choice, parallel = (one, 1) if one else (choices[-1], fewest(choices[-1]))
    return Conductor(
        type=choice.type,
        laying=laying,
        parallel=parallel,
        r_ohm_per_km=choice.r_ohm_per_km,
        x_ohm_per_km=choice.x_ohm_per_km,
        c_nf_per_km=choice.c_nf_per_km,
        ampacity_a=choice.ampacity_a,
    )
