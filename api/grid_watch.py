"""GridWatch: folders looked at beside the answers, and what a new version asks for."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime

from api import clock
from api.auth.names import CLOCK
from api.database import Database
from api.database.grid_versions import serve_version
from api.database.trouble import DatabaseTroubleError
from api.ledger.recheck import Recheck
from api.serving import Reloaded, ServedGrid, ServedGrids
from grid_models.errors import InputProblem

__all__ = ["GridWatch"]

_log = logging.getLogger(__name__)


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
    _noted: dict[str, tuple[str, bool]] = field(default_factory=dict, repr=False)

    def look(self) -> bool:
        """Do one round; whether more promises wait to be looked at."""
        if not self.grids.is_ready:
            return False
        # first: a process that is behind would hold promises against a version that is gone
        self.reload()
        return self._recheck()

    def reload(self) -> Reloaded:
        """Serve what lies in the folders now and write down what is served.

        A version that could not be written down is a problem, and tried again with the next look.

        Raises
        ------
        DatabaseTroubleError
            If nothing can be written down now.
        NotReadyError
            While the grids are being loaded.
        """
        reloaded, problems = self.grids.reload(), []
        if self.database is not None:
            for served in self.grids.all():
                try:
                    self._note(self.database, served)
                except DatabaseTroubleError:
                    raise
                except Exception as error:
                    _log.exception("version %s could not be written down", served.version)
                    problems.append(_not_noted(served, error))
        return replace(reloaded, problems=(*reloaded.problems, *problems))

    def _note(self, database: Database, served: ServedGrid) -> None:
        is_current = self.grids.is_current(served)
        if self._noted.get(served.name) == (served.version, is_current):
            return
        metadata = served.model.grid.metadata
        database.write(
            lambda connection: serve_version(
                connection, grid_name=served.name, version=served.version,
                folder="" if served.folder is None else str(served.folder.resolve())[:1000],
                load_date=metadata.load_date, topology_date=metadata.topology_date,
                is_current=is_current, actor=CLOCK, now=self.now(),
            )
        )  # fmt: skip
        self._noted[served.name] = served.version, is_current

    def _recheck(self) -> bool:
        if self.database is None:
            return False
        looked_at = 0
        for served in self.grids.all():
            rule_book = self.grids.rule_book
            recheck = Recheck(served=served, rule_book=rule_book, terms=self.grids.terms)
            try:
                looked_at += recheck.look(self.database, self.now())
            except DatabaseTroubleError:
                raise
            except Exception:
                _log.exception("promises on %s could not be looked at again", served.name)
        return looked_at > 0


def _not_noted(served: ServedGrid, error: Exception) -> InputProblem:
    kind = type(error).__name__
    return InputProblem(
        field="grid",
        zh=f"电网“{served.name}”已启用版本 {served.version}，但未能登记（{kind}，详见日志）",
        en=f'version {served.version} of "{served.name}" is served and could not be written down '
        f"({kind}, see the log)",
    )
