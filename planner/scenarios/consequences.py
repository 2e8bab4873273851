"""Consequences: what a step must not do by accident: close a ring, leave loads without supply."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from grid_models.errors import InputProblem
from planner.scenarios.look import Look
from planner.scenarios.scenario import Step

__all__ = ["find_consequences"]

_SHOWN_IDS = 3


def find_consequences(
    step: Step, before: Sequence[Look], after: Sequence[Look]
) -> Iterator[InputProblem]:
    """Find what a step did to a part of the grid and is not allowed to.

    Parameters
    ----------
    before, after
        The areas of the part before and after the step.
    """
    more_rings = sum(look.rings for look in after) > sum(look.rings for look in before)
    if more_rings and not step.allow_ring:
        yield from (_ring(look.sources) for look in after if look.rings)
    was_dark = {name for look in before for name in look.unsupplied_kw}
    cut_off = {
        name: kw
        for look in after
        for name, kw in look.unsupplied_kw.items()
        if name not in was_dark
    }
    if cut_off and not step.allow_unsupplied:
        yield _cut_off(cut_off)


def _ring(sources: Sequence[str]) -> InputProblem:
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


def _cut_off(loads_kw: Mapping[str, float]) -> InputProblem:
    kw, count = sum(loads_kw.values()), len(loads_kw)
    shown = sorted(loads_kw)[:_SHOWN_IDS]
    more, plural = count > _SHOWN_IDS, "s" if count > 1 else ""
    return InputProblem(
        field="allow_unsupplied",
        zh=f"使 {count} 个负荷共 {kw:,.0f} kW 失去供电（{'、'.join(shown)}"
        f"{' 等' if more else ''}）；应由他处转供，或确为此意时写 allow_unsupplied: true",
        en=f"leaves {count} load{plural} of {kw:,.0f} kW without supply ({', '.join(shown)}"
        f"{' ...' if more else ''}); feed them from elsewhere in the same step, or say "
        "allow_unsupplied: true if it is meant",
    )
