"""Printable: texts of strangers without the characters that steer a terminal."""

from __future__ import annotations

__all__ = ["printable"]

_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


def printable(text: str) -> str:
    """Return a text on one line: unprintable characters replaced, white space of any kind blank.

    Unprintable are control and format characters (escape sequences, marks that turn the direction
    of writing) and lone surrogates, which no encoding can write.
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else " " if c.isspace() else _REPLACEMENT for c in text)
