"""Fonts of documents: one that has Chinese characters, or a clear refusal.

Typst draws nothing, and says nothing, where a font lacks a character; hence the look before.
"""

from __future__ import annotations

from functools import cache

import typst

from grid_models.errors import InputError, InputProblem

__all__ = ["FAMILIES", "MissingFontError", "find_font"]

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


@cache
def _installed() -> frozenset[str]:
    return frozenset(typst.Fonts(include_system_fonts=True).families())
