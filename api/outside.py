"""Outside: other companies' systems are shown what `planner.outside` leaves, wherever they ask."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Annotated, Any

from fastapi import Depends, Request

from api.auth.caller import INTEGRATOR, Caller
from api.auth.dependency import Authenticated, allowed
from api.auth.errors import NotAllowedError
from api.ledger.errors import AstrayPromisesError, CapacityGoneError
from planner.outside import cut_plan, cut_reasons

__all__ = [
    "UnnamedAstrayError",
    "Viewer",
    "allowed_inside",
    "inside_only",
    "is_outside",
    "person_of",
    "shown_plan",
    "telling",
]


def get_viewer(request: Request) -> Caller | None:
    """Return who is answered; None: nobody is asked who they are here."""
    viewer: Caller | None = getattr(request.state, "caller", None)
    return viewer


def inside_only(viewer: Annotated[Caller | None, Depends(get_viewer)]) -> None:
    """Refuse an outsider what shows the grid.

    Raises
    ------
    NotAllowedError
        If an outsider asks.
    """
    if viewer is not None and is_outside(viewer):
        raise NotAllowedError(viewer.name, "inside.view")


Viewer = Annotated[Caller | None, Depends(get_viewer)]


def allowed_inside(action: str) -> Callable[[Caller], Caller]:
    """Return a dependency that gives the caller, if they are one of the company's and may do it.

    Parameters
    ----------
    action
        One of `api.auth.caller.ACTIONS`.
    """
    may_do = allowed(action)

    def get_insider(caller: Authenticated) -> Caller:
        inside_only(caller)
        return may_do(caller)

    return get_insider


def is_outside(viewer: Caller | None) -> bool:
    """Tell whether somebody is another company's system; where nobody is asked, nobody is."""
    return viewer is not None and viewer.role == INTEGRATOR


def person_of(caller: Caller) -> str | None:
    """Return the name somebody stands for things with; another company's system has none."""
    return None if is_outside(caller) else caller.name


def shown_plan(viewer: Caller | None, document: Mapping[str, Any]) -> dict[str, Any]:
    """Return a plan as somebody may see it."""
    return cut_plan(document) if is_outside(viewer) else dict(document)


class UnnamedAstrayError(AstrayPromisesError):
    """The same, without the nodes at which others were promised something."""

    def __init__(self) -> None:
        Exception.__init__(
            self,
            "promises to others have to be placed anew by the utility first / "
            "其他已承诺容量须先由供电企业重新落点",
        )


@contextmanager
def telling(viewer: Caller | None) -> Iterator[None]:
    """Tell an outsider why nothing can be promised without a figure or a place of the grid.

    Raises
    ------
    CapacityGoneError, AstrayPromisesError
        As they are raised inside, cut for outsiders.
    """
    try:
        yield
    except CapacityGoneError as error:
        if is_outside(viewer):
            cut = CapacityGoneError(cut_reasons(error.obstacles))
            cut.fresh, cut.place, cut.is_cut = error.fresh, error.place, True
            raise cut from None
        raise
    except AstrayPromisesError:
        if is_outside(viewer):
            raise UnnamedAstrayError from None
        raise
