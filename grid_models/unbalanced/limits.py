"""PhaseLimits: what each phase of an area may carry and has to keep, and what breaks of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from grid_models.unbalanced.area import PHASES, Area

__all__ = ["PhaseBounds", "PhaseLimits", "PhaseState", "find_bounds"]

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Complexes = npt.NDArray[np.complex128]

FULL_PCT = 100.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseLimits:
    """Limits by row of an area, the same for every phase.

    Parameters
    ----------
    factor
        Rated current over limit current; NaN where no limit is known.
    low_v, high_v
        Legal voltages between phase and neutral; NaN where there is none.
    more_pct, more_v
        By how much what is broken may grow worse: points of loading, volts.
    """

    factor: Floats
    low_v: Floats
    high_v: Floats
    more_pct: float
    more_v: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseState:
    """Volts between phase and neutral, and loadings in percent of the limit; (..., n, 3)."""

    volts: Floats
    loading_pct: Floats

    @classmethod
    def of(cls, area: Area, limits: PhaseLimits, v: Complexes) -> PhaseState:
        """Turn voltages of an area, as `AreaTrials.solve` gives them, into what limits are of."""
        return cls(
            volts=np.abs(v[..., : len(area), :]) * area.volts,
            loading_pct=area.loadings(v) * limits.factor[:, None],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseBounds:
    """Limits as they hold for more load, by row and phase: relaxed where they are broken.

    Parameters
    ----------
    is_broken
        Whether a phase breaks its limit of current or low voltage at present.
    """

    loading_pct: Floats
    low_v: Floats
    high_v: Floats
    is_broken: npt.NDArray[np.bool_]

    def excess(self, state: PhaseState) -> Floats:
        """Return how far each bound is passed, as a share of it; (..., 3 kinds, n, 3).

        The kinds are loading, low voltage, high voltage. What has no limit is far from any.
        """
        with np.errstate(invalid="ignore"):
            shares = np.stack(
                [
                    state.loading_pct / self.loading_pct - 1.0,
                    1.0 - state.volts / self.low_v,
                    state.volts / self.high_v - 1.0,
                ],
                axis=-3,
            )
        return np.where(np.isnan(shares), -np.inf, shares)


def find_bounds(limits: PhaseLimits, state: PhaseState) -> PhaseBounds:
    """Relax the limits that a state breaks.

    Parameters
    ----------
    state
        Of one case: (n, 3).
    """
    low_v, high_v = (
        np.repeat(bound[:, None], len(PHASES), axis=1) for bound in (limits.low_v, limits.high_v)
    )
    with np.errstate(invalid="ignore"):
        is_hot = state.loading_pct > FULL_PCT
        is_low, is_high = state.volts < low_v, state.volts > high_v
    full = np.where(np.isnan(limits.factor), np.nan, FULL_PCT)[:, None]
    return PhaseBounds(
        loading_pct=np.where(is_hot, state.loading_pct + limits.more_pct, full),
        low_v=np.where(is_low, state.volts - limits.more_v, low_v),
        high_v=np.where(is_high, state.volts + limits.more_v, high_v),
        is_broken=is_hot | is_low,
    )
