"""Single-line diagram of an option: each source from the grid down to the customer, as SVG."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from xml.sax.saxutils import escape

import schemdraw
from schemdraw import elements
from schemdraw.segments import Segment, SegmentCircle, SegmentPoly, SegmentType

from api.drawing import FONT

__all__ = ["Stage", "draw_diagram"]

Symbol = Literal["source", "transformer", "busbar", "line", "new_line", "switch", "meter", "load"]

# Drawing units: one is half an inch on paper.
_STEP, _BUSBAR, _GAP = 1.15, 2.4, 1.6
_FONT_SIZE, _UNIT_POINTS = 10, 36.0
# Width of a character in sizes of the font: Latin ones are narrower.
_WIDE, _NARROW = 1.0, 0.62
_NEW, _OLD = "#b3261e", "#222222"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One thing on the way from the grid to the customer, and what stands beside it.

    Parameters
    ----------
    symbol
        What is drawn.
    words
        Lines beside it.
    is_new
        Whether it is built for this customer: drawn in red.
    """

    symbol: Symbol
    words: tuple[str, ...]
    is_new: bool = False


def draw_diagram(sources: Sequence[Sequence[Stage]], customer: Sequence[Stage]) -> str:
    """Return the diagram as SVG.

    Parameters
    ----------
    sources
        Stages of each source, from the grid down; drawn side by side.
    customer
        Stages below the point where the sources meet.
    """
    drawing = schemdraw.Drawing(canvas="svg", show=False)
    drawing.config(fontsize=_FONT_SIZE, font=FONT, lw=1.4, margin=0.25)
    lowest = -_STEP * max(len(stages) for stages in sources)
    column = max(map(_reach, sources)) + _BUSBAR / 2 + _GAP
    for number, stages in enumerate(sources):
        x, y = number * column, 0.0
        for stage in stages:
            y = _draw(drawing, stage, x, y)
        if y > lowest:
            drawing.add(elements.Line().at((x, y)).to((x, lowest)))
    right = (len(sources) - 1) * column
    if right:
        drawing.add(elements.Line(lw=4).at((-0.5, lowest)).to((right + 0.5, lowest)))
    x, y = right / 2, lowest
    for stage in customer:
        y = _draw(drawing, stage, x, y)
    # The library reckons Chinese words too narrow: what is reached is held open.
    widest = max(right + _reach(sources[-1]), x + _reach(customer))
    drawing.add(elements.Line(color="none").at((x, y)).to((widest, y)))
    svg: bytes = drawing.get_imagedata("svg")
    return svg.decode("utf-8")


def _draw(drawing: schemdraw.Drawing, stage: Stage, x: float, y: float) -> float:
    """Draw a stage from (x, y) downwards; return where the next one starts."""
    colour = _NEW if stage.is_new else _OLD
    below = y - _STEP
    element = _symbol(stage.symbol, colour)
    drawing.add(element.at((x, y)).theta(0))
    label_x = x + _label_offset(stage)
    for number, words in enumerate(stage.words):
        drop = 0.36 * number - 0.18 * (len(stage.words) - 1)
        place = elements.Label(color=colour).at((label_x, y - _STEP / 2 - drop))
        drawing.add(place.label(_plain(words), halign="left", valign="center", ofst=(0, 0)))
    return below


def _plain(words: str) -> str:
    """Let words be words: the library reads a label as XML, what stands between $ as a formula."""
    return escape(words, {"$": "&#36;"})


def _label_offset(stage: Stage) -> float:
    return _BUSBAR / 2 + 0.2 if stage.symbol == "busbar" else 0.75


def _reach(stages: Sequence[Stage]) -> float:
    """Return how far to the right of their line the words of some stages reach."""
    return max(
        _label_offset(stage) + max(map(_width, stage.words), default=0.0) for stage in stages
    )


def _width(words: str) -> float:
    sizes = sum(_NARROW if character.isascii() else _WIDE for character in words)
    return sizes * _FONT_SIZE / _UNIT_POINTS


def _symbol(symbol: Symbol, colour: str) -> elements.Element:
    """Return a symbol of IEC 60617, one step high, entered from above and left below."""
    element = elements.Element(color=colour)
    element.segments.extend(_SYMBOLS[symbol])
    return element


def _lead(start: float, end: float) -> Segment:
    return Segment([(0, start), (0, end)])


_M = -_STEP / 2
_SYMBOLS: dict[Symbol, list[SegmentType]] = {
    "source": [
        SegmentCircle((0, _M + 0.12), 0.3),
        Segment([(-0.17, _M + 0.12), (-0.08, _M + 0.24), (0.08, _M), (0.17, _M + 0.12)]),
        _lead(_M - 0.18, -_STEP),
    ],
    "transformer": [
        _lead(0, _M + 0.42), SegmentCircle((0, _M + 0.16), 0.26),
        SegmentCircle((0, _M - 0.16), 0.26), _lead(_M - 0.42, -_STEP),
    ],
    "busbar": [
        _lead(0, -_STEP),
        Segment([(-_BUSBAR / 2, _M), (_BUSBAR / 2, _M)], lw=4),
    ],
    "line": [_lead(0, -_STEP)],
    "new_line": [Segment([(0, 0), (0, -_STEP)], lw=2.4, ls="--")],
    "switch": [
        _lead(0, _M + 0.2),
        SegmentPoly([(-0.2, _M + 0.2), (0.2, _M + 0.2), (0.2, _M - 0.2), (-0.2, _M - 0.2)]),
        _lead(_M - 0.2, -_STEP),
    ],
    "meter": [
        _lead(0, _M + 0.25), SegmentCircle((0, _M), 0.25),
        Segment([(-0.12, _M), (0.12, _M)]), _lead(_M - 0.25, -_STEP),
    ],
    "load": [_lead(0, -_STEP + 0.4),
             SegmentPoly([(-0.2, -_STEP + 0.4), (0.2, -_STEP + 0.4), (0, -_STEP + 0.05)])],
}  # fmt: skip
