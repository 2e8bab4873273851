"""Three-phase short-circuit currents by IEC 60909-0, greatest and least, at any node."""

from grid_models.short_circuits.basis import ShortCircuitBasis
from grid_models.short_circuits.currents import (
    ShortCircuits,
    find_known_currents_ka,
    find_short_circuits,
)

__all__ = [
    "ShortCircuitBasis",
    "ShortCircuits",
    "find_known_currents_ka",
    "find_short_circuits",
]
