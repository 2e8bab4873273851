"""Worker: one process that answers; what it needs for that is opened in it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path

from fastapi import FastAPI

from api.commands.database import open_served
from api.commands.plan import open_streets
from api.database import Database, Limits
from api.logs import configure_logs
from api.main import create_app
from api.request import Gathered
from api.serving import ServedGrids
from api.settings import Settings
from api.terms import read_terms
from grid_models.catalogue import load_catalogue
from grid_models.stored.opening import open_model
from planner.terms import Terms

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
        limits = Limits(
            connections=settings.database_connections,
            wait_s=settings.database_wait_s,
            statement_s=settings.database_statement_s,
        )
        return served, open_served(self.database, limits)


def make_app(offer: Offer) -> FastAPI:
    """Return the app of a worker process."""
    settings = Settings()
    configure_logs(settings.log_level)
    return create_app(settings, *offer.open(settings))
