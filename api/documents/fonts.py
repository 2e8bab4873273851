"""Fonts of documents: one that has Chinese characters, or a clear refusal.

Typst draws nothing, and says nothing, where a font lacks a character; hence the look before.
"""

from __future__ import annotations

from functools import cache

import typst
from fontTools.ttLib import TTFont

from grid_models.errors import InputError, InputProblem

__all__ = ["FAMILIES", "MissingFontError", "find_font", "find_undrawable", "installed_fonts"]

# Weight of a face that is neither light nor bold.
_REGULAR = 400
# Families that cover Chinese and may be used freely or come with the system, best first.
FAMILIES = (
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "PingFang SC",
    "Hiragino Sans GB",
    "Microsoft YaHei",
    "SimHei",
    "SimSun",
)


class MissingFontError(InputError):
    """The machine has no font with Chinese characters."""

    def __init__(self) -> None:
        wanted = FAMILIES[0]
        super().__init__(
            [
                InputProblem(
                    field="font",
                    zh=f"本机没有中文字体，无法生成文件；请安装“{wanted}”（Debian：fonts-noto-cjk）",
                    en=(
                        "this machine has no font with Chinese characters, so no document can be "
                        f'made; install "{wanted}" (Debian: fonts-noto-cjk)'
                    ),
                )
            ]
        )


def find_font(installed: frozenset[str] | None = None) -> str:
    """Return the family documents are set in.

    Parameters
    ----------
    installed
        Families there are; None: those of this machine.

    Raises
    ------
    MissingFontError
        If no installed font has Chinese characters.
    """
    families = _installed() if installed is None else installed
    for family in FAMILIES:
        if family in families:
            return family
    raise MissingFontError


def find_undrawable(words: str) -> str:
    """Return the characters of a text that the font of documents lacks, each once, in order.

    Raises
    ------
    MissingFontError
        If no installed font has Chinese characters.
    """
    drawn = _drawn(find_font())
    return "".join(dict.fromkeys(one for one in words if ord(one) not in drawn))


@cache
def installed_fonts() -> typst.Fonts:
    """Return the fonts of this machine, looked for once: that takes longer than a page."""
    return typst.Fonts(include_system_fonts=True)


@cache
def _installed() -> frozenset[str]:
    return frozenset(installed_fonts().families())


@cache
def _drawn(family: str) -> frozenset[int]:
    """Return the code points a family has in its upright, regular face."""
    faces = [one for one in installed_fonts().fonts() if one.family == family and one.path]
    upright = [one for one in faces if one.style == "normal"] or faces
    face = min(upright, key=lambda one: abs(one.weight - _REGULAR))
    with TTFont(face.path, fontNumber=face.index, lazy=True) as font:
        return frozenset(font.getBestCmap())
