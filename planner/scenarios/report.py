"""Report: what the steps of a scenario did, as the values people and programs read."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from grid_models.catalogue import Catalogue
from grid_models.edits import (
    ConnectCustomer,
    Edit,
    ReplaceConductor,
    ReplaceTransformer,
    added_ids,
    parts_of,
)
from grid_models.model import GridModel
from grid_models.schema import verdict
from planner.plan import GridSummary, RulesSummary
from planner.rules import RuleBook, Rules
from planner.scenarios.changes import branch_changes, capacity_changes, node_changes
from planner.scenarios.ends import Ends
from planner.scenarios.ground import Ground, Part, without_repetition
from planner.scenarios.look import Breach, Key, Look
from planner.scenarios.result import SCHEMA, PlanTaken, StepOutcome, Violation, WhatIf
from planner.scenarios.scenario import Scenario, Step
from planner.scenarios.tracks import Track, follow

__all__ = ["Done", "make_report"]

_ORDER = ("new", "passing", "remaining", "vanished")


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """A step that was made.

    Parameters
    ----------
    edits
        What it came to.
    before, now
        Looks at the parts touched by then: in the base grid, and after the step.
    """

    step: Step
    edits: tuple[Edit, ...]
    plans: tuple[PlanTaken, ...]
    solved_trees: tuple[str, ...]
    before: tuple[Look, ...]
    now: tuple[Look, ...]

    @classmethod
    def of(
        cls,
        step: Step,
        parts: Sequence[Part],
        edits: Sequence[Edit],
        plans: Sequence[PlanTaken],
        solved_trees: tuple[str, ...],
    ) -> Done:
        """Return a step with what it left."""
        return cls(
            step=step,
            edits=tuple(edits),
            plans=tuple(plans),
            solved_trees=solved_trees,
            before=without_repetition(look for part in parts for look in part.before),
            now=tuple(look for part in parts for look in part.now),
        )

    @property
    def splits(self) -> dict[str, str]:
        """The line that each part of a line it split was before."""
        return {
            part: edit.element_id
            for edit in self.edits
            if isinstance(edit, ConnectCustomer) and edit.position is not None
            for part in parts_of(edit.element_id)
        }

    @property
    def rebuilt(self) -> frozenset[str]:
        """Lines and transformers it replaced."""
        return frozenset(
            edit.element_id
            for edit in self.edits
            if isinstance(edit, ReplaceConductor | ReplaceTransformer)
        )


def make_report(
    scenario: Scenario,
    ground: Ground,
    done: Sequence[Done],
    rule_book: RuleBook,
    catalogue: Catalogue,
) -> WhatIf:
    """Compare the grid before and after a scenario."""
    splits = [item.splits for item in done]
    ends = Ends.of(
        done[-1].before,
        done[-1].now,
        origins=_origins(splits),
        rebuilt=frozenset[str]().union(*(item.rebuilt for item in done)),
    )
    violations = _violations(follow(_stages(done), splits), done, ends)
    capacities = capacity_changes(scenario, ends, ground)
    looks = (*ends.looks_before, *ends.looks_after)
    return WhatIf(
        schema=SCHEMA,
        what_if_id=_what_if_id(scenario, ground.base, rule_book, catalogue),
        name=scenario.name,
        grid=_grid_summary(ground.base),
        rules=_rules_summary(ground.rules),
        power_factor=scenario.power_factor,
        scenario=scenario.document,
        steps=tuple(_outcome(item, violations) for item in done),
        touched_trees=tuple(sorted({look.tree_id for look in looks if look.tree_id})),
        before=ends.before.totals,
        after=ends.after.totals,
        violations=violations,
        capacities=capacities,
        branches=branch_changes(ends),
        nodes=node_changes(ends),
    )


def _stages(done: Sequence[Done]) -> list[dict[Key, Breach]]:
    """Broken limits in the base grid and after each step, over all that is touched by the end."""
    before = done[-1].before
    stages = [_broken(before)]
    for item in done:
        # What is touched later still stands as in the base grid.
        later = [look for look in before if not any(look is known for known in item.before)]
        stages.append(_broken(later) | _broken(item.now))
    return stages


def _broken(looks: Iterable[Look]) -> dict[Key, Breach]:
    return {key: breach for look in looks for key, breach in look.breaches.items()}


def _origins(splits: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """Return the first id of every part of a line, however often it was split."""
    origins: dict[str, str] = {}
    for split in splits:
        origins |= {part: origins.get(whole, whole) for part, whole in split.items()}
    return origins


def _violations(
    tracks: Mapping[Key, Track], done: Sequence[Done], ends: Ends
) -> tuple[Violation, ...]:
    """Return every track as people read it: new ones first, in the order of their steps."""
    found = []
    for (code, element_id), track in tracks.items():
        at_ends = ends.values(code, element_id)
        stated = (track.before, track.after)
        before, after = (
            end.value if end is not None else value
            for end, value in zip(stated, at_ends, strict=True)
        )
        found.append(
            Violation(
                code=code,
                element_id=element_id,
                name=ends.name_of(element_id),
                status=track.status,
                before=before,
                after=after,
                limit=track.last.limit,
                unit=track.last.unit,
                step=track.step,
                step_name=done[track.step - 1].step.name if track.step else None,
                until_step=track.until_step,
            )
        )
    return tuple(
        sorted(found, key=lambda v: (_ORDER.index(v.status), v.step or 0, v.code, v.element_id))
    )


def _outcome(item: Done, violations: Sequence[Violation]) -> StepOutcome:
    step = item.step
    begun = [v for v in violations if v.step == step.number]
    ended = [v for v in violations if v.until_step == step.number]
    return StepOutcome(
        number=step.number,
        name=step.name,
        kinds=step.kinds,
        solved_trees=item.solved_trees,
        added_ids=tuple(
            name
            for edit in item.edits
            if not isinstance(edit, ReplaceConductor | ReplaceTransformer)
            for names in added_ids(edit).values()
            for name in names
        ),
        new_violations=sum(v.status in ("new", "passing") for v in begun),
        vanished_violations=sum(v.status == "vanished" for v in begun) + len(ended),
        plans=item.plans,
    )


def _grid_summary(model: GridModel) -> GridSummary:
    metadata = model.grid.metadata
    return GridSummary(
        version=model.version,
        name=metadata.name,
        load_date=str(metadata.load_date) if metadata.load_date else None,
        topology_date=str(metadata.topology_date) if metadata.topology_date else None,
        load_basis=metadata.load_basis,
        quality=verdict(model.problems),
        problem_count=len(model.problems),
        assumptions=dict(metadata.assumptions),
        relocation=dict(metadata.relocation),
    )


def _rules_summary(rules: Rules) -> RulesSummary:
    return RulesSummary(
        area=rules.area,
        version=rules.version,
        on_date=str(rules.on_date),
        used=rules.used,
        unverified=rules.unverified,
        not_adopted=rules.not_adopted,
    )


def _what_if_id(
    scenario: Scenario, model: GridModel, rule_book: RuleBook, catalogue: Catalogue
) -> str:
    """Hash everything the result depends on; no clock, path or machine."""
    content = {
        "schema": SCHEMA,
        "scenario": scenario.document,
        "on_date": str(scenario.on_date),
        "grid": model.version,
        "rules": [rule_book.area, rule_book.version],
        "catalogue": catalogue.version,
    }
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
