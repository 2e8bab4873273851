"""ServedGrids: the grids one process answers for, compiled once and then only read."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from threading import Event, Lock

from api.error_kinds import NotReadyError, UnknownGridError
from api.folders import WatchedFolder
from api.rule_shelf import RuleShelf, RulesNow
from api.warm_up import warm_up
from grid_models.catalogue import Catalogue, load_catalogue
from grid_models.errors import InputError, InputProblem
from grid_models.grid import Grid
from grid_models.model import GridModel
from grid_models.schema import verdict
from planner.routing import Streets, prepare_ground
from planner.site import GridArea, model_area, on_streets
from planner.terms import Terms

__all__ = ["Reloaded", "ServedGrid", "ServedGrids", "serve_grid"]

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedGrid:
    """A grid with everything that is made from it once."""

    model: GridModel
    area: GridArea
    quality: str
    streets: Streets | None = None
    folder: Path | None = None

    @property
    def version(self) -> str:
        """The grid's version."""
        return self.model.version

    @property
    def name(self) -> str:
        """The grid's name."""
        return self.model.grid.metadata.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Reloaded:
    """What came of a look at the folders.

    Parameters
    ----------
    new
        Versions that are served from now on.
    problems
        What keeps a folder's new version from being served; the old one goes on.
    current
        Versions that are served as their folders hold them, or lie in none.
    """

    new: tuple[ServedGrid, ...]
    problems: tuple[InputProblem, ...]
    current: frozenset[str]


def serve_grid(
    grid: Grid | GridModel, streets: Streets | None = None, *, folder: Path | None = None
) -> ServedGrid:
    """Prepare a grid for answering, or take one that is prepared.

    Parameters
    ----------
    folder
        Where it lies; None: it was made in memory.
    """
    model = grid if isinstance(grid, GridModel) else GridModel.of(grid)
    if streets is not None:
        prepare_ground(streets, model, avoid_restricted=True)
    return ServedGrid(
        model=model, area=on_streets(model_area(model), streets),
        quality=verdict(model.problems), streets=streets, folder=folder,
    )  # fmt: skip


class ServedGrids:
    """The grids a server answers for. `prepare` fills it; requests only read it.

    A request keeps the `ServedGrid` it has found: `reload` puts a new version beside the one that
    is served, then serves it instead.

    Parameters
    ----------
    grids
        Grids to serve; the same version given twice is served once.
    folders
        Where each of them lies, in their order; empty: nowhere, and nothing is ever reloaded.
    terms
        Prices and calendar of the answers; None: those that come along.
    streets
        Along which routes are led on each of them; None: routes are estimated.
    warm_up
        What is done before they are ready, so that no request has to wait for it.
    """

    def __init__(
        self,
        grids: Iterable[Grid | GridModel],
        *,
        folders: Sequence[Path] = (),
        terms: Terms | None = None,
        streets: Streets | None = None,
        warm_up: Callable[[], None] = warm_up,
    ) -> None:
        self._streets = streets
        self._grids = tuple(grids)
        self._folders = tuple(folders) or (None,) * len(self._grids)
        self._watched: dict[str, WatchedFolder] = {}
        self._reloading = Lock()
        self._warm_up = warm_up
        self._served: tuple[ServedGrid, ...] = ()
        self._done = Event()
        self.terms = terms or Terms.of(load_catalogue())
        self.catalogue: Catalogue = self.terms.catalogue
        self.rules = RuleShelf(None)

    @property
    def rule_book(self) -> RulesNow:
        """The rules as they are approved now, by area; take it once for a request.

        Not inside a transaction: it looks at the database by a connection of its own.
        """
        return self.rules.now()

    def prepare(self) -> None:
        """Compile every grid and the kernels; `all` and `find` answer from then on."""
        try:
            each = [
                serve_grid(grid, self._streets, folder=folder)
                for grid, folder in zip(self._grids, self._folders, strict=True)
            ]
            served = {item.version: item for item in reversed(each)}
            self._watched = {
                item.version: WatchedFolder(folder=item.folder)
                for item in served.values()
                if item.folder is not None
            }
            self._warm_up()
            self._served = tuple(item for item in each if served[item.version] is item)
        finally:
            self._done.set()

    def reload(self) -> Reloaded:
        """Serve what lies in the folders now; a request under way finishes on what it has.

        A folder that is half written, damaged or gone is logged once, its old version goes on
        being served, and other folders are looked at all the same.

        Raises
        ------
        NotReadyError
            Before `prepare` is done.
        """
        with self._reloading:
            known = {served.version for served in self.all()}
            for served in self.all():
                if (watched := self._watched.get(served.version)) is not None:
                    take = partial(self._take, served, watched)
                    watched.take(served.version, served.name, take)
            problems = [one for folder in self._watched.values() for one in folder.problems]
            new = [served for served in self.all() if served.version not in known]
            current = frozenset(one.version for one in self.all() if self._is_current(one))
        return Reloaded(new=tuple(new), problems=tuple(problems), current=current)

    def _is_current(self, served: ServedGrid) -> bool:
        watched = self._watched.get(served.version)
        return watched is None or watched.is_served()

    def _take(self, served: ServedGrid, watched: WatchedFolder, model: GridModel) -> None:
        if all(item.version != model.version for item in self._served):
            self._swap(served, serve_grid(model, self._streets, folder=watched.folder), watched)

    def _swap(self, served: ServedGrid, other: ServedGrid, watched: WatchedFolder) -> None:
        del self._watched[served.version]
        self._watched[other.version] = watched
        # one assignment: a request sees the one or the other
        self._served = tuple(other if item is served else item for item in self._served)
        _log.warning("%s: version %s is served now", watched.folder, other.version)

    @property
    def is_ready(self) -> bool:
        """True once there is something to answer for."""
        return bool(self._served)

    def wait(self, timeout_s: float) -> bool:
        """Wait until `prepare` has ended, well or not; False if it took longer."""
        return self._done.wait(timeout_s)

    def all(self) -> tuple[ServedGrid, ...]:
        """Return every grid, in the order given.

        Raises
        ------
        NotReadyError
            Before `prepare` is done.
        """
        if not self.is_ready:
            raise NotReadyError
        return self._served

    def find(self, wanted: str | None) -> ServedGrid:
        """Return the grid of a version or name; None stands for the only one.

        Raises
        ------
        UnknownGridError
            If none has that version or name.
        InputError
            If several could be meant.
        NotReadyError
            Before `prepare` is done.
        """
        served = self.all()
        found = [item for item in served if wanted in (None, item.version, item.name)]
        match found:
            case [one]:
                return one
            case []:
                raise UnknownGridError(str(wanted))
        choices = ", ".join(f"{item.name} ({item.version})" for item in found)
        raise InputError(
            [
                InputProblem(
                    field="grid",
                    zh=f"有多个电网可选，请用版本号指明一个：{choices}",
                    en=f"several grids are served; name one by its version: {choices}",
                )
            ]
        )
