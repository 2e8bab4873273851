"""Problems: what can be wrong between the rows of a grid, one file a subject.

`grid_models.schema` puts these rules together with those of single columns.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from grid_models.grid import Grid
from grid_models.problems.completeness import find_gaps
from grid_models.problems.curves import find_odd_curves
from grid_models.problems.demand import find_odd_demand
from grid_models.problems.finding import Finding, to_problem
from grid_models.problems.generators import find_odd_generators
from grid_models.problems.phases import find_odd_phases
from grid_models.problems.places import find_misplaced
from grid_models.problems.ratings import find_odd_ratings
from grid_models.problems.references import find_broken_references
from grid_models.problems.supply import find_supply_problems

__all__ = ["RULES", "Finding", "to_problem"]

RULES: tuple[Callable[[Grid], Iterable[Finding]], ...] = (
    find_broken_references,
    find_odd_ratings,
    find_odd_demand,
    find_odd_generators,
    find_odd_curves,
    find_odd_phases,
    find_misplaced,
    find_supply_problems,
    find_gaps,
)
