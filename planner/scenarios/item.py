"""Item: one action of a step as it was given, read field by field; problems are kept, not raised.

It adds to `planner.form` what only a scenario knows: elements of the grid, ids of new ones, types
of the catalogue.
"""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from grid_models.catalogue import Catalogue
from planner.form import Form, Range
from planner.scenarios.known import TABLE_WORDS, Known

__all__ = ["ANY_NUMBER", "Context", "Item"]

ANY_NUMBER = Range("数", "a number", lambda _: True)
_SHOWN_TYPES = 4
_LAYINGS = ("cable", "overhead")


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What the actions of a step are read against.

    Parameters
    ----------
    number
        Of the step, from 1.
    power_factor
        The scenario's, lagging.
    """

    known: Known
    catalogue: Catalogue
    number: int
    power_factor: float
    _counts: Counter[str] = field(default_factory=Counter)

    @property
    def prefix(self) -> str:
        """What the ids begin with that the step gives by itself."""
        return f"step:{self.number}:"

    def next_id(self, word: str) -> str:
        """Return the next id of a kind, such as ``step:3:line:1``."""
        self._counts[word] += 1
        return f"{self.prefix}{word}:{self._counts[word]}"


class Item:
    """Fields of one action.

    Parameters
    ----------
    fields
        As given.
    labels
        Chinese name of every field it may have.
    """

    def __init__(
        self, fields: Mapping[str, Any], labels: Mapping[str, str], context: Context
    ) -> None:
        self.form = Form(fields, labels)
        self.context = context

    def element(self, name: str, table: str) -> str | None:
        """Return the id of an element that is there by now; it is required."""
        zh, en = TABLE_WORDS[table]
        self.form.require(name, f"电网中的{zh}编号", f"the id of a {en} of the grid")
        given = self.form.text(name)
        return given if given is not None and self._is_known(name, given, (table,)) else None

    def elements(self, name: str, *tables: str) -> list[str]:
        """Return the ids of elements that are there by now; one alone needs no list."""
        given = self.form.given(name)
        if given is None:
            return []
        listed = given if isinstance(given, list) else [given]
        if not listed or not all(isinstance(one, str) and one.strip() for one in listed):
            self.form.refuse_value(name, given, "编号，或编号的列表", "an id or a list of ids")
            return []
        names = [one.strip() for one in listed]
        for one in sorted({one for one in names if names.count(one) > 1}):
            self.form.refuse_value(name, one, "只写一次的编号", "each id once")
        return [one for one in dict.fromkeys(names) if self._is_known(name, one, tables)]

    def new_id(self, name: str, table: str, word: str, *, vn_kv: float | None = None) -> str:
        """Return the id of a new element, one of its own where none is given, and take it in."""
        given = self.form.text(name) if self.form.given(name) is not None else None
        own = given or self.context.next_id(word)
        known = self.context.known
        if known.table_of(own) is not None:
            self.form.refuse_value(name, own, "未用过的编号", "an id that is not in use")
        known.add(table, own, vn_kv)
        return own

    def conductor(self, kv: float | None) -> pd.Series | None:
        """Return the conductor of the catalogue named by ``type``, of a nominal voltage."""
        catalogue = self.context.catalogue
        rows = catalogue.conductors
        if kv is not None:
            rows = pd.concat([catalogue.conductors_for(kv, laying) for laying in _LAYINGS])
        return self._kind("导线", "conductor", rows, kv)

    def transformer(self, kv: float | None) -> pd.Series | None:
        """Return the transformer of the catalogue named by ``type``, of a high-side voltage."""
        catalogue = self.context.catalogue
        rows = catalogue.transformers if kv is None else catalogue.transformers_for(kv)
        return self._kind("变压器", "transformer", rows, kv)

    def _kind(self, zh: str, en: str, rows: pd.DataFrame, kv: float | None) -> pd.Series | None:
        self.form.require("type", f"设备目录中的{zh}型号", f"a type of {en} of the catalogue")
        given = self.form.text("type")
        if given is None:
            return None
        if given in rows.index:
            return rows.loc[[given]].iloc[0]
        at = f"{kv:g} kV " if kv is not None else ""
        if rows.empty:
            zh, en = f"{at}{zh}型号，而设备目录中没有", f"a {at}{en} type; the catalogue has none"
        else:
            some = ", ".join(_nearest(given, [str(name) for name in rows.index]))
            zh = f"设备目录中的 {at}{zh}型号，例如 {some}"
            en = f"a {at}{en} type of the catalogue, such as {some}"
        self.form.refuse_value("type", given, zh, en)
        return None

    def _is_known(self, name: str, given: str, tables: Sequence[str]) -> bool:
        known = self.context.known
        if known.table_of(given, tables) is not None:
            return True
        words = [TABLE_WORDS[table] for table in tables]
        zh, en = "、".join(w[0] for w in words), " or ".join(w[1] for w in words)
        other = known.table_of(given)
        near = next(filter(None, (known.alike(table, given) for table in tables)), None)
        if other is not None:
            hint_zh = f"（{given} 是{TABLE_WORDS[other][0]}）"
            hint_en = f" ({given} is a {TABLE_WORDS[other][1]})"
        else:
            hint_zh, hint_en = (f"，是否指 {near}", f"; did you mean {near}") if near else ("", "")
        self.form.refuse_value(
            name, given, f"电网中的{zh}编号{hint_zh}", f"the id of a {en} of the grid{hint_en}"
        )
        return False


def _nearest(given: str, names: Sequence[str]) -> list[str]:
    """Return some names, those spelled most alike first."""
    alike = difflib.get_close_matches(given, names, n=_SHOWN_TYPES, cutoff=0.3)
    return [*alike, *(name for name in names if name not in alike)][:_SHOWN_TYPES]
