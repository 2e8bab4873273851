"""Ground: the trees that a remedy touches, cut out, changed and compiled as a grid of their own.

As in a scenario (decision 0009): a tree's voltages do not depend on the others, so a part gives the
same figures as the whole. The trees at the other end of their ties come along, for N-1.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from grid_models.compiled import compile_grid
from grid_models.edits import Edit, added_ids, used_ids
from grid_models.grid import Grid
from grid_models.model import GridModel
from grid_models.part_model import PartModel
from grid_models.parts import Areas, cut_out, find_areas, joined_parts
from grid_models.revalued import revalue
from grid_models.revalued_model import RevaluedModel
from planner.plan import ConductorReplacement, Measure, TransformerReplacement
from planner.remedies.making import edits_of, made

__all__ = ["Ground", "Touched"]

# What changes values alone is laid over the trees as they were compiled.
_OF_VALUES = (ConductorReplacement, TransformerReplacement)
_ENDS = {"lines": ("from_node", "to_node"), "transformers": ("hv_node", "lv_node")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Touched:
    """A part of the grid after measures.

    Parameters
    ----------
    model
        The part, compiled.
    trees
        Numbers, in the grid as it stands, of the trees that the measures change.
    changed
        Numbers of the trees they have become, in the part.
    """

    model: GridModel
    trees: frozenset[int]
    changed: frozenset[int]


@dataclass(frozen=True, kw_only=True)
class Ground:
    """The grid as it stands, and the parts of it that remedies have changed."""

    base: GridModel
    _made: dict[tuple[int, tuple[Measure, ...]], Touched] = field(default_factory=dict, repr=False)
    _models: dict[tuple[frozenset[int], tuple[Measure, ...]], PartModel] = field(
        default_factory=dict, repr=False
    )
    _parts: dict[frozenset[int], Grid] = field(default_factory=dict, repr=False)

    @cached_property
    def _areas(self) -> Areas:
        return find_areas(self.base.compiled)

    def after(self, measures: Sequence[Measure], tree: int) -> Touched:
        """Return the part that some measures touch, and one tree in any case, after them.

        Raises
        ------
        InputError
            If a measure cannot be made.
        """
        key = (tree, tuple(measures))
        if key not in self._made:
            self._made[key] = self._make(measures, tree)
        return self._made[key]

    def _make(self, measures: Sequence[Measure], tree: int) -> Touched:
        edits = [edit for measure in measures for edit in edits_of(measure)]
        if not edits:
            return Touched(model=self.base, trees=frozenset(), changed=frozenset())
        nodes = [name for edit in edits for name in _nodes_of(edit, self.base.grid)]
        touched = frozenset(self._trees_of(nodes))
        wanted = touched | {tree}
        beside = {other.tree for t in wanted for _, _, other in self.base.tie_places.get(t, ())}
        model = self._model(wanted.union(beside), measures)
        return Touched(model=model, trees=touched, changed=frozenset(_trees_of(model, nodes)))

    def _model(self, trees: frozenset[int], measures: Sequence[Measure]) -> PartModel:
        """Compile some trees after measures: those that build or switch something once."""
        values = tuple(measure for measure in measures if isinstance(measure, _OF_VALUES))
        others = tuple(measure for measure in measures if not isinstance(measure, _OF_VALUES))
        if not values:
            if (trees, others) not in self._models:
                part = made(self._cut(trees), others)
                self._models[trees, others] = self._compiled(part, _added_nodes(others))
            return self._models[trees, others]
        like = self._model(trees, others)
        part = made(like.grid, values)
        changed: dict[str, list[str]] = {}
        for measure in values:
            for edit in edits_of(measure):
                for table, names in used_ids(edit).items():
                    changed.setdefault(table, []).extend(names)
        compiled = revalue(like.compiled, part, changed)
        if compiled is None:
            return self._compiled(part, like.added)
        return RevaluedModel(
            compiled=compiled, version=self.base.version, problems=self.base.problems,
            whole=self.base, added=like.added, like=like,
        )  # fmt: skip

    def _compiled(self, part: Grid, added: tuple[str, ...]) -> PartModel:
        return PartModel(
            compiled=compile_grid(part), version=self.base.version, problems=self.base.problems,
            whole=self.base, added=added,
        )  # fmt: skip

    def _cut(self, trees: frozenset[int]) -> Grid:
        if trees not in self._parts:
            parts = cut_out(self.base.grid, self._areas, sorted(trees))
            self._parts[trees] = joined_parts([part.grid for part in parts])
        return self._parts[trees]

    def _trees_of(self, nodes: Iterable[str]) -> set[int]:
        return _trees_of(self.base, nodes)


def _trees_of(model: GridModel, nodes: Iterable[str]) -> set[int]:
    rows = model.node_rows
    places = (model.place_of_node(rows[name]) for name in nodes if name in rows)
    return {place.tree for place in places if place is not None and place.is_in_tree}


def _added_nodes(measures: Iterable[Measure]) -> tuple[str, ...]:
    edits = [edit for measure in measures for edit in edits_of(measure)]
    return tuple(name for edit in edits for name in added_ids(edit).get("nodes", ()))


def _nodes_of(edit: Edit, grid: Grid) -> list[str]:
    """Nodes at which the elements lie that an edit names; those of a switch with what it opens."""
    nodes: list[str] = []
    for table, names in used_ids(edit).items():
        rows = grid.tables()[table]
        rows = rows[rows.index.isin(list(names))]
        if table == "nodes":
            nodes += [str(name) for name in rows.index]
        elif table == "switches":
            nodes += [str(node) for node in rows["node"]]
            bridged = rows["element_id"][rows["element_kind"].eq("node")]
            nodes += [str(node) for node in bridged]
            for other, columns in _ENDS.items():
                ends = grid.tables()[other]
                ends = ends[ends.index.isin(rows["element_id"])]
                nodes += [str(node) for name in columns for node in ends[name]]
        elif table in _ENDS:
            nodes += [str(node) for name in _ENDS[table] for node in rows[name]]
    return nodes
