"""Strokes: what is drawn on a screen, as base64 of a PNG."""

from __future__ import annotations

import base64
from io import BytesIO

from PIL import Image, ImageDraw

__all__ = ["as_base64", "blank", "sheet", "stroke"]

INK = (10, 20, 120, 255)


def as_base64(image: Image.Image, format: str = "PNG") -> str:
    written = BytesIO()
    image.save(written, format)
    return base64.b64encode(written.getvalue()).decode()


def sheet(width: int = 600, height: int = 200, mode: str = "RGBA") -> Image.Image:
    """A canvas nobody drew on: clear, where the mode knows of it."""
    return Image.new(mode, (width, height), 0)


def blank(width: int = 600, height: int = 200) -> str:
    return as_base64(sheet(width, height))


def stroke(width: int = 600, height: int = 200) -> str:
    """A line across a clear canvas."""
    drawn = sheet(width, height)
    ends = [(width * 0.1, height * 0.7), (width * 0.9, height * 0.3)]
    ImageDraw.Draw(drawn).line(ends, fill=INK, width=6)
    return as_base64(drawn)
