"""Section: one part of a sheet, as sentences, a table or a picture."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Section"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One part of the sheet.

    Parameters
    ----------
    title
        Heading.
    lines
        Sentences above what else there is.
    columns
        Heads of the table's columns; empty where it has none.
    rows
        Cells of the table, as many a row as there are columns (two where it has none).
    picture
        Name of a picture: map or diagram; empty: none.
    numeric
        Columns that are set to the right.
    shades
        Of a table of hours: by row how much of the wish each of the last columns has, 0 to 1; they
        are coloured by it.
    """

    title: str
    lines: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    picture: str = ""
    numeric: tuple[int, ...] = ()
    shades: tuple[tuple[float, ...], ...] = ()
