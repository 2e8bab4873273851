"""StandingArea: an area with its solution as it stands."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from grid_models.solvers.by_phase import AreaTrials
from grid_models.unbalanced.area import PHASES, Area
from grid_models.unbalanced.finding import Unknown

__all__ = ["StandingArea", "stand"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingArea:
    """An area and its solution.

    Parameters
    ----------
    board
        Row of the tree that is its row 0.
    v
        Voltages as `AreaTrials.solve` gives them: (rows + 1, 3).
    """

    area: Area
    board: int
    v: npt.NDArray[np.complex128]


def stand(area: Area, board: int) -> StandingArea | Unknown:
    """Solve an area as it stands; without a solution nothing is known of it."""
    (v,) = AreaTrials(area, 0).solve(np.zeros((1, len(PHASES)), np.complex128))
    if np.isnan(v).any():
        return Unknown(code="no_solution")
    return StandingArea(area=area, board=board, v=v)
