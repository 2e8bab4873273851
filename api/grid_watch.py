"""GridWatch: folders looked at beside the answers, and what a new version asks for."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime

from api import clock
from api.auth.names import CLOCK
from api.database import Database
from api.database.grid_versions import find_served_version, serve_version
from api.database.trouble import DatabaseTroubleError
from api.ledger.recheck import Recheck
from api.serving import Reloaded, ServedGrid, ServedGrids
from grid_models.errors import InputProblem

__all__ = ["GridWatch"]

# So many looks, a minute or so: by then all processes have taken up what is new.
PATIENCE = 12

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
    _noted: dict[str, str] = field(default_factory=dict, repr=False)
    _waited: dict[str, int] = field(default_factory=dict, repr=False)

    def look(self) -> bool:
        """Do one round; whether more promises wait to be looked at."""
        if not self.grids.is_ready:
            return False
        # first: a process that is behind would hold promises against a version that is gone
        self.reload(patience=PATIENCE)
        return self._recheck()

    def reload(self, *, patience: int = 0) -> Reloaded:
        """Serve what lies in the folders now and write down what is served.

        A version that could not be written down is a problem, and tried again with the next look.

        Parameters
        ----------
        patience
            Where another process had another version served after this one did, so many looks
            pass before this one has its own served again.

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
                    is_current = served.version in reloaded.current
                    self._note(self.database, served, is_current=is_current, patience=patience)
                except DatabaseTroubleError:
                    raise
                except Exception as error:
                    _log.exception("version %s could not be written down", served.version)
                    problems.append(_not_noted(served, error))
        return replace(reloaded, problems=(*reloaded.problems, *problems))

    def _note(
        self, database: Database, served: ServedGrid, *, is_current: bool, patience: int
    ) -> None:
        """Have a version be the one promises are made on, unless another one rightly is."""
        name, version = served.name, served.version
        present = database.read(lambda connection: find_served_version(connection, name))
        waited = self._waited.pop(name, 0)
        if present == version:
            self._noted[name] = version
            return
        if present is not None and not is_current:
            return  # its folder may hold that other one by now
        if self._noted.get(name) == version and waited < patience:
            self._waited[name] = waited + 1
            return
        if self._noted.get(name) == version:
            _log.warning("%s was served elsewhere as %s; as %s again now", name, present, version)
        metadata = served.model.grid.metadata
        database.write(
            lambda connection: serve_version(
                connection, grid_name=name, version=version,
                folder="" if served.folder is None else str(served.folder.resolve())[:1000],
                load_date=metadata.load_date, topology_date=metadata.topology_date, actor=CLOCK,
                now=self.now(),
            )
        )  # fmt: skip
        self._noted[name] = version

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
