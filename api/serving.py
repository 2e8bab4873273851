"""ServedGrids: the grids one process answers for, compiled once and then only read."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from threading import Event

from api.errors import NotReadyError, UnknownGridError
from api.warm_up import warm_up
from grid_models.catalogue import Catalogue, load_catalogue
from grid_models.errors import InputError, InputProblem
from grid_models.grid import Grid
from grid_models.model import GridModel
from grid_models.schema import verdict
from planner.routing import Streets, prepare_ground
from planner.rules import load_rule_book
from planner.site import GridArea, model_area, on_streets
from planner.terms import Terms

__all__ = ["ServedGrid", "ServedGrids", "serve_grid"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedGrid:
    """A grid with everything that is made from it once."""

    model: GridModel
    area: GridArea
    quality: str
    streets: Streets | None = None

    @property
    def version(self) -> str:
        """The grid's version."""
        return self.model.version

    @property
    def name(self) -> str:
        """The grid's name."""
        return self.model.grid.metadata.name


def serve_grid(grid: Grid | GridModel, streets: Streets | None = None) -> ServedGrid:
    """Prepare a grid for answering, or take one that is prepared."""
    model = grid if isinstance(grid, GridModel) else GridModel.of(grid)
    if streets is not None:
        prepare_ground(streets, model, avoid_restricted=True)
    return ServedGrid(
        model=model, area=on_streets(model_area(model), streets),
        quality=verdict(model.problems), streets=streets,
    )  # fmt: skip


class ServedGrids:
    """The grids a server answers for. `prepare` fills it once; requests only read it.

    Parameters
    ----------
    grids
        Grids to serve; the same version given twice is served once.
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
        terms: Terms | None = None,
        streets: Streets | None = None,
        warm_up: Callable[[], None] = warm_up,
    ) -> None:
        self._streets = streets
        self._grids = tuple(grids)
        self._warm_up = warm_up
        self._served: tuple[ServedGrid, ...] = ()
        self._done = Event()
        self.terms = terms or Terms.of(load_catalogue())
        self.catalogue: Catalogue = self.terms.catalogue
        self.rule_book = cache(load_rule_book)

    def prepare(self) -> None:
        """Compile every grid and the kernels; `all` and `find` answer from then on."""
        try:
            each = (serve_grid(grid, self._streets) for grid in self._grids)
            served = {item.version: item for item in each}
            self._warm_up()
            self._served = tuple(served.values())
        finally:
            self._done.set()

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
