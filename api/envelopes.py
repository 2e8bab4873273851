"""Envelopes of a limited supply in words: what may be drawn from when to when."""

from __future__ import annotations

from itertools import groupby

from planner.messages import say
from planner.plan import PartialSupply

__all__ = ["span_words"]


def span_words(partial: PartialSupply) -> list[str]:
    """Return one line a season; hours that may draw the same stand together: 0–10 时 500 kW."""
    lines = []
    for day in partial.envelope:
        spans, start = [], 0
        for kw, hours in groupby(day.allowed_kw):
            end = start + len(list(hours))
            spans.append(f"{start}–{end} 时 {kw:,.0f} kW")
            start = end
        lines.append(f"{say(f'season_{day.season}').zh} {'，'.join(spans)}")
    return lines
