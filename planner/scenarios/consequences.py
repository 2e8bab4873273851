"""Consequences: what a step must not do by accident: close a ring, leave loads without supply."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from grid_models.compiled import Mesh
from grid_models.errors import InputProblem
from planner.scenarios.look import Look
from planner.scenarios.scenario import Step

__all__ = ["find_consequences"]

_SHOWN_IDS = 3


def find_consequences(step: Step, before: Sequence[Look], after: Look) -> Iterator[InputProblem]:
    """Find what a step did to a part of the grid and is not allowed to.

    Parameters
    ----------
    before
        The part before the step, in as many pieces as it was then.
    """
    if not step.allow_ring and after.rings > sum(look.rings for look in before):
        yield from (_ring(after, mesh) for mesh in after.meshes)
    cut_off = set(after.unsupplied_kw).difference(*(look.unsupplied_kw for look in before))
    if cut_off and not step.allow_unsupplied:
        yield _cut_off(after, sorted(cut_off))


def _ring(look: Look, mesh: Mesh) -> InputProblem:
    network = look.model.network
    rows = network.source_row[np.isin(network.source_bus, mesh.bus)]
    sources = [str(name) for name in look.grid.sources.index[rows]]
    names = "、".join(sources), ", ".join(sources)
    if len(sources) > 1:
        zh, en = (
            f"使电源 {names[0]} 并列运行",
            f"makes the sources {names[1]} feed one part together",
        )
    else:
        zh, en = f"使电源 {names[0]} 之下形成闭环", f"closes a ring below the source {names[1]}"
    return InputProblem(
        field="allow_ring",
        zh=f"{zh}；应同时断开一处，或确为此意时写 allow_ring: true",
        en=f"{en}; open a point in the same step, or say allow_ring: true if it is meant",
    )


def _cut_off(look: Look, load_ids: Sequence[str]) -> InputProblem:
    kw = sum(look.unsupplied_kw[name] for name in load_ids)
    shown = list(load_ids[:_SHOWN_IDS])
    more = len(load_ids) > _SHOWN_IDS
    return InputProblem(
        field="allow_unsupplied",
        zh=f"使 {len(load_ids)} 个负荷共 {kw:,.0f} kW 失去供电（{'、'.join(shown)}"
        f"{' 等' if more else ''}）；应由他处转供，或确为此意时写 allow_unsupplied: true",
        en=f"leaves {len(load_ids)} loads of {kw:,.0f} kW without supply ({', '.join(shown)}"
        f"{' ...' if more else ''}); feed them from elsewhere in the same step, or say "
        "allow_unsupplied: true if it is meant",
    )
