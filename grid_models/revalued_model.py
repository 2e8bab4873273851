"""RevaluedModel: a part of a grid with other values, which knows where everything is already."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from grid_models.feeders import WayOwners
from grid_models.limits import TreeLimits
from grid_models.model import GridModel, LegalVolts
from grid_models.part_model import PartModel
from grid_models.place import Place
from grid_models.solvers.radial import TreeState
from grid_models.ties import Tie
from grid_models.topology import TreeTopology

__all__ = ["RevaluedModel"]

Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class RevaluedModel(PartModel):
    """A part of a grid after `revalue`: what depends on no value is that of the part before.

    Parameters
    ----------
    like
        The part before.
    """

    like: GridModel

    @cached_property
    def open_points(self) -> Bools:
        """By bus: whether the normal switching state ends there."""
        return self.like.open_points

    @cached_property
    def is_switchable(self) -> Bools:
        """By branch of the network: whether it is a 10(20) kV line that can be switched."""
        return self.like.is_switchable

    @cached_property
    def tie_places(self) -> dict[int, tuple[tuple[Tie, Place, Place], ...]]:
        """By tree: each tie that ends in it, by id; a tie is closed to no line that was changed."""
        return self.like.tie_places

    @cached_property
    def busbar_nodes(self) -> Bools:
        """By row of the nodes table: whether the node is part of a substation busbar."""
        return self.like.busbar_nodes

    @cached_property
    def is_board(self) -> Bools:
        """By bus: whether the low side of a transformer stands there."""
        return self.like.is_board

    @cached_property
    def node_rows(self) -> Mapping[str, int]:
        """Row of each node id in the nodes table."""
        return self.like.node_rows

    @cached_property
    def spare_bays(self) -> dict[str, tuple[tuple[str, str], ...]]:
        """Spare bays by node, as (id, owner), public ones first; empty where all are in use."""
        return self.like.spare_bays

    @cached_property
    def is_first_section(self) -> Bools:
        """By row of the lines table: whether a line lies before its feeder's first switchgear."""
        found = np.zeros(len(self.grid.lines), dtype=bool)
        found[self.grid.rows_of("lines", self.like.column("lines", "id"))] = (
            self.like.is_first_section
        )
        return found

    def topology(self, number: int) -> TreeTopology:
        """Return busbars, feeders and trunk of a tree."""
        return self.like.topology(number)

    def owners(self, number: int) -> WayOwners:
        """Return who owns the way from each row of a tree to its busbar."""
        return self.like.owners(number)

    def state(self, number: int) -> TreeState:
        """Return the present AC solution of a tree, every tap where the file says."""
        if self._is_as_before(number):
            return self.like.state(number)
        return super().state(number)

    def limits(self, number: int, legal_v: LegalVolts, season: str | None = None) -> TreeLimits:
        """Return the limits of a tree under some legal voltages."""
        if self._is_as_before(number):
            return self.like.limits(number, legal_v, season)
        return super().limits(number, legal_v, season)

    def _is_as_before(self, number: int) -> bool:
        return self.tree(number) is self.like.tree(number)
