"""Ground: the grid of a scenario as it changes; only the parts that steps touch exist twice."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from grid_models.compiled import compile_grid
from grid_models.edits import Edit, added_ids, apply, used_ids
from grid_models.grid import Grid
from grid_models.model import GridModel
from grid_models.parts import Areas, GridPart, cut_out, joined_parts
from planner.rules import Rules
from planner.scenarios.look import Look, look_at

__all__ = ["Ground", "Part", "without_repetition"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part of the grid that steps have touched; after a complete step it is one area.

    Parameters
    ----------
    grid, own
        The part with its fringe, and the ids of its nodes, new ones included.
    before
        What it came from, as it stands in the base grid.
    now
        As it stands after the last complete step; several areas where this step joined them.
    is_changed
        Whether the present step has changed it.
    """

    grid: Grid
    own: frozenset[str]
    before: tuple[Look, ...]
    now: tuple[Look, ...]
    is_changed: bool = False

    def solved(self, rules: Rules) -> list[Part]:
        """Solve the part as it stands: the areas it falls into, each as a part of its own."""
        return [
            Part(grid=look.grid, own=look.own, before=self.before, now=(look,))
            for look in look_at(self.grid, self.own, rules)
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """A base grid and the parts of it that steps have touched so far.

    Parameters
    ----------
    base
        The grid the scenario starts from; nothing of it is solved.
    areas, held
        Its areas, and those that parts were cut out of.
    rules
        Limits that hold.
    """

    base: GridModel
    areas: Areas
    rules: Rules
    held: frozenset[int] = frozenset()
    parts: tuple[Part, ...] = ()

    def made(self, edit: Edit) -> Ground:
        """Return the ground with an edit made in the part it touches.

        Raises
        ------
        InputError
            If the edit cannot be made.
        """
        ground, part = self.touched(self.nodes_of(used_ids(edit)))
        if part is None:
            apply(edit, self.base.grid)  # names nothing that is there: says so
            return self
        new = added_ids(edit).get("nodes", ())
        changed = replace(
            part, grid=apply(edit, part.grid), own=part.own.union(new), is_changed=True
        )
        return ground.exchanged(part, [changed])

    def touched(self, nodes: Iterable[str]) -> tuple[Ground, Part | None]:
        """Return the ground with one part that holds some nodes, and that part.

        Parts that hold one of them become one; areas that none holds yet are cut out and solved as
        they stand in the base grid. None: there is no such node.
        """
        wanted = set(nodes)
        rows = [self.base.node_rows[name] for name in wanted if name in self.base.node_rows]
        fresh = self.areas.of(rows) - self.held
        own = [part for part in self.parts if not part.own.isdisjoint(wanted)]
        members = [*own, *self._fresh(fresh)]
        if not members:
            return self, None
        part = _joined(members)
        others = tuple(p for p in self.parts if not any(p is member for member in own))
        return replace(self, parts=(*others, part), held=self.held | fresh), part

    def exchanged(self, part: Part, new: Sequence[Part]) -> Ground:
        """Return the ground with others in the place of one part."""
        return replace(self, parts=(*(p for p in self.parts if p is not part), *new))

    def nodes_of(self, ids: Mapping[str, Sequence[str]]) -> list[str]:
        """Return the nodes at which elements lie, by ids of several tables; unknown ids give none.

        A switch lies at its node and at the far ends of what it opens.
        """
        grids = [*(part.grid for part in self.parts), self.base.grid]
        nodes: list[str] = []
        for table, names in ids.items():
            left = pd.Index(list(names), dtype=object)
            for grid in grids:
                is_here = left.isin(grid.tables()[table].index)
                nodes += _ends(grid, table, left[is_here])
                left = left[~is_here]
        return nodes

    def model_near(self, lon: float, lat: float, distance_m: float) -> GridModel:
        """Return the present grid as far as it can matter at a place, compiled.

        It holds every source tree with a node or line within a distance, and every part to which
        steps have added nodes; before the first step it is the base itself.
        """
        if not self.parts:
            return self.base
        spatial = self.base.spatial
        near = spatial.near_nodes(lon, lat, distance_m).rows
        lines = spatial.near_lines(lon, lat, distance_m).rows
        rows = np.unique(np.r_[near, self.base.line_ends[:, lines].ravel()])
        rows = rows[rows >= 0]
        names = {str(name) for name in self.base.column("nodes", "id")[rows]}
        grids = [
            part.grid
            for part in self.parts
            if not part.own.isdisjoint(names) or any(n not in self.base.node_rows for n in part.own)
        ]
        grids += [part.grid for part in self._cut(self.areas.of(rows.tolist()) - self.held)]
        if not grids:
            return self.base
        return GridModel(
            compiled=compile_grid(joined_parts(grids)),
            version=self._version(),
            problems=self.base.problems,
        )

    def _version(self) -> str:
        """Hash of the base grid and of everything that was changed in it."""
        versions = sorted(part.grid.version for part in self.parts)
        return hashlib.sha256("\n".join([self.base.version, *versions]).encode()).hexdigest()[:16]

    def _fresh(self, areas: frozenset[int]) -> list[Part]:
        """Cut areas out of the base grid and solve them as they stand there."""
        return [
            Part(grid=look.grid, own=look.own, before=(look,), now=(look,))
            for part in self._cut(areas)
            for look in look_at(part.grid, part.own, self.rules)
        ]

    def _cut(self, areas: frozenset[int]) -> list[GridPart]:
        return cut_out(self.base.grid, self.areas, areas) if areas else []


def _joined(parts: Sequence[Part]) -> Part:
    first, *others = parts
    if not others:
        return first
    return Part(
        grid=joined_parts([part.grid for part in parts]),
        own=frozenset[str]().union(*(part.own for part in parts)),
        before=without_repetition(look for part in parts for look in part.before),
        now=without_repetition(look for part in parts for look in part.now),
        is_changed=any(part.is_changed for part in parts),
    )


def without_repetition(looks: Iterable[Look]) -> tuple[Look, ...]:
    """Return looks without repetition: parts that came from one have it in common."""
    return tuple({id(look): look for look in looks}.values())


def _ends(grid: Grid, table: str, names: pd.Index[str]) -> list[str]:
    """Nodes that some elements of a table lie at."""
    rows = grid.tables()[table].loc[names]
    match table:
        case "nodes":
            return [str(name) for name in names]
        case "lines":
            return [*rows["from_node"], *rows["to_node"]]
        case "transformers":
            return [*rows["hv_node"], *rows["lv_node"]]
        case "switches":
            nodes = list(rows["node"])
            for kind, of in (("node", "nodes"), ("line", "lines"), ("transformer", "transformers")):
                opened = pd.Index(rows["element_id"][rows["element_kind"] == kind])
                nodes += _ends(grid, of, opened[opened.isin(grid.tables()[of].index)])
            return nodes
        case _:
            return list(rows["node"])
