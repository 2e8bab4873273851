"""Look: a refused access point on the grid as it is by then, solved, with what binds there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import sqrt

import numpy as np

from grid_models.network import LINE
from planner.candidate import Candidate
from planner.design_load import Level
from planner.outcome import Outcome
from planner.plan import Check
from planner.search import Search
from planner.situation import Situation

__all__ = ["SHARE", "Look"]

# Percent in one.
SHARE = 100.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """An outcome that some limit refuses.

    Parameters
    ----------
    search
        On the grid after the measures taken so far.
    """

    search: Search
    situation: Situation
    outcome: Outcome
    level: Level

    @property
    def candidate(self) -> Candidate:
        """The access point."""
        return self.outcome.trial.candidate

    @property
    def row(self) -> int:
        """Row the new line starts at, or below the line it splits."""
        return self.outcome.trial.connection.row

    @property
    def head(self) -> int:
        """Row of the feeder's head; -1 at a busbar."""
        return int(self.situation.topology.feeder_head[self.row])

    @property
    def new_load_kva(self) -> float:
        """What the customer brings."""
        return self.outcome.trial.demand.load.s_kva

    @property
    def target(self) -> float:
        """Share of a limit up to which what is built anew is loaded."""
        return self.search.rules.number("heavy_load") / SHARE

    def broken(self, *codes: str) -> Iterator[Check]:
        """Blocking checks of some codes."""
        yield from (check for check in self.outcome.blocking if check.code in codes)

    def overloaded(self) -> dict[int, float]:
        """Rows of lines and transformers that block, with their loading in percent of the limit.

        Of what lies off the path only the worst of a rule is known.
        """
        checks = list(self.broken("thermal_line", "thermal_transformer", "heavy_load"))
        if not checks:
            return {}
        least = min(check.limit for check in checks)
        loadings = [pair for pair in self.outcome.heavy_on_path if pair[1] > least]
        loadings += [(check.element_id, check.value) for check in checks]
        found: dict[int, float] = {}
        for name, loading in loadings:
            row = self.row_of(name)
            if row >= 0:
                found[row] = max(loading, found.get(row, 0.0))
        return found

    def row_of(self, branch_id: str) -> int:
        """Row of a line or transformer, of a part of a split line that line's; -1: another tree."""
        model, name = self.situation.model, branch_id.partition("#")[0]
        for table, place_of in (
            ("lines", model.place_of_line), ("transformers", model.place_of_transformer),
        ):  # fmt: skip
            row = model.row_of(table, name)
            if row >= 0:
                place = place_of(row)
                is_here = place is not None and place.tree == self.situation.number
                return place.row if place is not None and is_here else -1
        return -1

    def is_line(self, row: int) -> bool:
        """Say whether the branch above a row is a line of one circuit."""
        tree, network = self.situation.tree, self.situation.model.network
        branch = int(tree.branch[row])
        return branch >= 0 and network.branches.kind[branch] == LINE and tree.circuits[row] == 1

    def name_of(self, row: int) -> str:
        """Id of the branch above a row."""
        return self.situation.model.branch_id(self.situation.number, row)

    def limit_a(self, row: int) -> float:
        """Limit of a row, amperes."""
        limits = self.situation.limits
        return float(limits.limit_kva[row] / (sqrt(3.0) * limits.kv[row]))

    def load_kva(self, row: int) -> float:
        """Apparent power of the loads below a row, in their sum."""
        tree = self.situation.tree
        rows = slice(row, int(tree.end[row]))
        p = (tree.p[rows] + tree.p_current[rows]).sum()
        q = (tree.q[rows] + tree.q_current[rows]).sum()
        return float(np.hypot(p, q)) * 1000.0

    def way(self) -> list[int]:
        """Rows of the path from the access point up to the source, a split line's own first."""
        tree = self.situation.tree
        return [int(row) for row in tree.path(self.row) if tree.branch[row] >= 0]
