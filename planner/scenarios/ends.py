"""Ends: the touched parts of the grid before and after a scenario, side by side."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

from planner.scenarios.look import Look
from planner.scenarios.result import Totals

__all__ = ["End", "Ends", "number"]

_NAMED = ("lines", "transformers", "nodes", "loads")


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """One end: its looks as one. Columns of the tables are those of `Look`."""

    nodes: pd.DataFrame
    branches: pd.DataFrame
    totals: Totals

    @classmethod
    def of(cls, looks: Sequence[Look]) -> End:
        """Put looks together; a source that several share is there once."""
        nodes = _stacked(looks, lambda look: look.nodes)
        branches = _stacked(looks, lambda look: look.branches)
        return cls(nodes=nodes, branches=branches, totals=_totals(looks, nodes, branches))


@dataclass(frozen=True, slots=True, kw_only=True)
class Ends:
    """Both ends of a scenario.

    Parameters
    ----------
    looks_before, looks_after
        Before there may be more of them, where steps joined what they touched.
    origins
        The line of the base grid that each part of a split line was, by id.
    rebuilt
        Ids of lines and transformers that were replaced.
    """

    looks_before: Sequence[Look]
    looks_after: Sequence[Look]
    before: End
    after: End
    origins: Mapping[str, str]
    rebuilt: frozenset[str]
    _tables: dict[str, pd.DataFrame] = field(default_factory=dict, repr=False)

    @classmethod
    def of(
        cls,
        before: Sequence[Look],
        after: Sequence[Look],
        *,
        origins: Mapping[str, str],
        rebuilt: frozenset[str],
    ) -> Ends:
        """Put both ends together."""
        return cls(
            looks_before=before, looks_after=after, before=End.of(before), after=End.of(after),
            origins=origins, rebuilt=rebuilt,
        )  # fmt: skip

    def table(self, name: str) -> pd.DataFrame:
        """Return the rows of a grid's table as they are after; what is gone by then, as before."""
        if name not in self._tables:
            looks = (*self.looks_after, *self.looks_before)
            self._tables[name] = _stacked(looks, lambda look: look.grid.tables()[name])
        return self._tables[name]

    def was_there(self, table: str, element_id: str) -> bool:
        """Say whether the base grid has an element."""
        return any(element_id in look.grid.tables()[table].index for look in self.looks_before)

    def origin(self, element_id: str) -> str:
        """Return the id an element has in the base grid, if it is there at all."""
        return self.origins.get(element_id, element_id)

    def name_of(self, element_id: str) -> str:
        """Return what people call an element, empty if it has no name."""
        for name in _NAMED:
            rows = self.table(name)
            if element_id in rows.index:
                return str(rows["name"].loc[element_id])
        return ""

    def values(self, code: str, element_id: str) -> tuple[float | None, float | None]:
        """Return what a check is about before and after, broken or not; None where it is not."""
        origin = self.origin(element_id)
        if code.startswith("thermal"):
            pct = self.before.branches["pct"], self.after.branches["pct"]
            return number(pct[0].get(origin)), number(pct[1].get(element_id))
        if code.startswith("voltage"):
            v = self.before.nodes["v"], self.after.nodes["v"]
            return number(v[0].get(element_id)), number(v[1].get(element_id))
        return None, None


def number(value: object) -> float | None:
    """Return a number, None for one that is not there."""
    return None if value is None or pd.isna(value) else float(value)  # type: ignore[call-overload,arg-type]


def _stacked(looks: Sequence[Look], rows_of: Callable[[Look], pd.DataFrame]) -> pd.DataFrame:
    rows = pd.concat([rows_of(look) for look in looks])
    return rows[~rows.index.duplicated()]


def _totals(looks: Sequence[Look], nodes: pd.DataFrame, branches: pd.DataFrame) -> Totals:
    lit = nodes.index[nodes["supplied"]]
    kw = []
    for table in ("loads", "generators"):
        rows = _stacked(looks, lambda look, table=table: look.grid.tables()[table])  # type: ignore[misc]
        rows = rows[rows["is_in_service"] & rows["node"].isin(lit)]
        kw.append(float((rows["p_kw"] * rows["scaling"]).sum()))
    unsupplied = {name: value for look in looks for name, value in look.unsupplied_kw.items()}
    is_line = branches["kind"] == "line"
    return Totals(
        load_kw=kw[0],
        generation_kw=kw[1],
        unsupplied_kw=sum(unsupplied.values()),
        max_line_pct=number(branches["pct"][is_line].max()),
        max_transformer_pct=number(branches["pct"][~is_line].max()),
        min_v_pu=number(nodes["v_pu"].min()),
        violations=len({key for look in looks for key in look.breaches}),
    )
