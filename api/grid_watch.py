"""GridWatch: folders looked at beside the answers, and what a new version asks for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from api import clock
from api.auth.names import CLOCK
from api.database import Database
from api.database.grid_versions import serve_version
from api.ledger.recheck import Recheck
from api.serving import Reloaded, ServedGrid, ServedGrids

__all__ = ["GridWatch"]


@dataclass(frozen=True, slots=True, kw_only=True)
class GridWatch:
    """Serves new versions of grids, notes which were served, and has promises looked at again.

    Parameters
    ----------
    database
        None: nothing is kept, new versions are served all the same.
    now
        Tells the moment.
    """

    grids: ServedGrids
    database: Database | None
    now: Callable[[], datetime] = clock.now
    _noted: dict[str, str] = field(default_factory=dict, repr=False)

    def look(self) -> bool:
        """Do one round; whether more promises wait to be looked at."""
        if not self.grids.is_ready:
            return False
        # first: a process that is behind would hold promises against a version that is gone
        self.reload()
        return self._recheck()

    def reload(self) -> Reloaded:
        """Serve what lies in the folders now and write down what is served.

        Raises
        ------
        NotReadyError
            While the grids are being loaded.
        """
        reloaded = self.grids.reload()
        if self.database is not None:
            for served in self.grids.all():
                self._note(self.database, served)
        return reloaded

    def _note(self, database: Database, served: ServedGrid) -> None:
        if self._noted.get(served.name) == served.version:
            return
        metadata = served.model.grid.metadata
        database.write(
            lambda connection: serve_version(
                connection, grid_name=served.name, version=served.version,
                folder="" if served.folder is None else str(served.folder.resolve())[:1000],
                load_date=metadata.load_date, topology_date=metadata.topology_date, actor=CLOCK,
                now=self.now(),
            )
        )  # fmt: skip
        self._noted[served.name] = served.version

    def _recheck(self) -> bool:
        if self.database is None:
            return False
        looked_at = 0
        for served in self.grids.all():
            recheck = Recheck(served=served, rule_book=self.grids.rule_book, terms=self.grids.terms)
            looked_at += recheck.look(self.database, self.now())
        return looked_at > 0
