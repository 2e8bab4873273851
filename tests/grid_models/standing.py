"""Source trees as they stand at present, nothing promised, for tests of transfers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

from grid_models.compiled import Tree
from grid_models.limits import Bounds, Relaxation, TreeLimits, find_bounds
from grid_models.model import GridModel
from grid_models.topology import TreeTopology


@dataclass(frozen=True, slots=True, kw_only=True)
class Present:
    """A source tree in its present state, nothing promised: a `graft.Standing`."""

    number: int
    tree: Tree
    limits: TreeLimits
    bounds: Bounds
    topology: TreeTopology


def stand_as_present(
    model: GridModel, legal_v: Mapping[float, tuple[float, float]], relaxation: Relaxation
) -> Callable[[int], Present]:
    """Return what gives each source tree of a model by number, as it stands at present.

    Parameters
    ----------
    legal_v
        Lowest and highest legal voltage in volts by nominal voltage in kV.
    relaxation
        How much worse what is broken already may become.
    """

    def present(number: int) -> Present:
        limits = model.limits(number, legal_v)
        return Present(
            number=number,
            tree=model.tree(number),
            limits=limits,
            bounds=find_bounds(model.state(number), limits, relaxation),
            topology=model.topology(number),
        )

    return cache(present)
