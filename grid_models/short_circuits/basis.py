"""Basis: what IEC 60909-0 takes from tables and not from the grid."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from grid_models.topology import LOW_VOLTAGE_KV

__all__ = ["CASES", "Case", "ShortCircuitBasis"]

Floats = npt.NDArray[np.float64]
Case = Literal["max", "min"]
CASES: tuple[Case, ...] = ("max", "min")

# IEC 60909-0 clause 6.4: of copper, aluminium and aluminium alloy, a kelvin above 20 degrees C.
_TEMPERATURE_COEFFICIENT = 0.004
_REFERENCE_DEGREE = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ShortCircuitBasis:
    """Numbers that rules state.

    Parameters
    ----------
    c_max, c_min
        Voltage factors above 1 kV (IEC 60909-0 table 1).
    c_max_lv, c_min_lv
        Voltage factors up to 1 kV.
    end_temperature_degree
        Of every line's conductor at the end of the shortest current, degrees C.
    converter_factor
        Current that a generator behind a converter gives into a short circuit, times its rated
        current; 0 leaves generators out.
    """

    c_max: float
    c_max_lv: float
    c_min: float
    c_min_lv: float
    end_temperature_degree: float
    converter_factor: float

    def voltage_factor(self, case: Case, kv: Floats) -> Floats:
        """Return the voltage factor c at nominal voltages in kV."""
        low, high = (self.c_max_lv, self.c_max) if case == "max" else (self.c_min_lv, self.c_min)
        return np.where(kv > LOW_VOLTAGE_KV, high, low)

    def resistance_factor(self, case: Case) -> float:
        """Return by what a line's resistance at 20 degrees C is multiplied."""
        if case == "max":
            return 1.0
        return 1.0 + _TEMPERATURE_COEFFICIENT * (self.end_temperature_degree - _REFERENCE_DEGREE)
