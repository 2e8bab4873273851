"""Worker: one process that answers; what it needs for that is opened in it.

Imports what it needs when it runs: one that has just begun is asked for a sign of life already.
"""

# ruff: noqa: PLC0415

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fastapi import FastAPI

    from api.database import Database
    from api.serving import ServedGrids
    from api.settings import Settings

__all__ = ["Offer", "make_app"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What is served, by where it lies: every worker opens it for itself.

    Parameters
    ----------
    streets
        File of streets along which routes are led; None: routes are estimated.
    database
        URL of the database that knows who may what; None: nobody is asked who they are.
    """

    folders: tuple[Path, ...]
    prices: Path | None = None
    calendar: Path | None = None
    streets: Path | None = None
    database: str | None = None

    def open(self, settings: Settings) -> tuple[ServedGrids, Database | None]:
        """Open it all.

        Raises
        ------
        InputError
            With every folder or file that cannot be read, or if the database cannot be opened.
        """
        from api.commands.database import open_served
        from api.commands.plan import open_streets
        from api.request import Gathered
        from api.serving import ServedGrids
        from api.terms import read_terms
        from grid_models.catalogue import load_catalogue
        from grid_models.stored.opening import open_model
        from planner.terms import Terms

        gathered = Gathered()
        grids = [gathered.attempt(partial(open_model, folder)) for folder in self.folders]
        catalogue = load_catalogue()
        given = {"prices": self.prices, "calendar": self.calendar}
        terms = read_terms(gathered, given, catalogue)
        opened = [gathered.settle(grid) for grid in grids]
        known = open_streets(gathered, self.streets)
        served = ServedGrids(
            opened, folders=self.folders, terms=Terms.of(catalogue, *terms), streets=known
        )
        if self.database is None:
            return served, None
        return served, open_served(self.database, settings.limits)


def make_app(offer: Offer) -> FastAPI:
    """Return the app of a worker process, with its grids loaded: until then others answer."""
    from api.logs import configure_logs
    from api.main import create_app
    from api.settings import Settings

    settings = Settings()
    configure_logs(settings.log_level)
    grids, database = offer.open(settings)
    grids.prepare()
    return create_app(settings, grids, database)
