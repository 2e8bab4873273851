"""Schemas: what HTTP gives about the versions of grids."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from pydantic import BaseModel, Field

from api.database.grid_versions import GridVersion
from api.schemas import ProblemItem
from api.serving import Reloaded, ServedGrid

__all__ = ["GridVersionList", "GridVersionOut", "ReloadOut", "ServedOut"]


class GridVersionOut(BaseModel):
    """A version of a grid that answers were given on."""

    grid: str
    version: str
    load_date: date | None
    topology_date: date | None
    first_served_at: datetime

    @classmethod
    def of(cls, stored: GridVersion) -> GridVersionOut:
        """Return a version as it is shown: where its folder lies is the server's business."""
        return cls(
            grid=stored.grid_name, version=stored.version, load_date=stored.load_date,
            topology_date=stored.topology_date, first_served_at=stored.first_served_at,
        )  # fmt: skip


class GridVersionList(BaseModel):
    """Versions in the order they were first served; `next_cursor` is null on the last page."""

    items: list[GridVersionOut]
    next_cursor: str | None


class ServedOut(BaseModel):
    """A version that is served now."""

    name: str
    version: str
    is_new: bool = Field(description="Served only since this look.")


class ReloadOut(BaseModel):
    """What is served after a look at the folders, and why a new version is not."""

    served: list[ServedOut]
    problems: list[ProblemItem]

    @classmethod
    def of(cls, reloaded: Reloaded, served: Sequence[ServedGrid]) -> ReloadOut:
        """Return what came of a look."""
        new = {one.version for one in reloaded.new}
        return cls(
            served=[
                ServedOut(name=one.name, version=one.version, is_new=one.version in new)
                for one in served
            ],
            problems=[ProblemItem(field=p.field, zh=p.zh, en=p.en) for p in reloaded.problems],
        )
