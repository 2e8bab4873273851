"""Plan papers: a kept plan drawn and set on paper, on the version of the grid it was made on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Response
from sqlalchemy.engine import Connection

from api.auth.caller import Caller
from api.auth.dependency import ThisIdentity, allowed
from api.auth.identity import Identity
from api.database.applications import StoredApplication
from api.database.plans import StoredPlan, find_plan
from api.dependencies import Grids, Id, Now
from api.documents.pdf import draw_option_diagram, make_plan_pdf
from api.documents.site_map import draw_site_map
from api.handed_out import PDF, SVG, hand_out, private_headers
from api.ledger.errors import GridMovedError, NoSuchOptionError
from api.outside import inside_only
from api.own import find_own, ledger_for
from api.refusals import NOT_ALLOWED, NOT_IN_ORDER, refusal
from api.seen import saw
from api.translate import plan_of
from grid_models.model import GridModel
from planner.plan import SupplyPlan

__all__ = ["router"]

router = APIRouter(
    prefix="/v1/applications/{application_id}/plans/{version}",
    tags=["applications"],
    responses=NOT_ALLOWED
    | NOT_IN_ORDER
    | refusal(404, "No such application, plan or grid.")
    | refusal(409, "The version of the grid it was made on is served no more.")
    | refusal(503, "Grids are being loaded, or the machine lacks a font."),
)
Reader = Annotated[Caller, Depends(allowed("application.read"))]
Version = Annotated[int, Path(ge=1, lt=2**31, description="1, 2, ...")]
Rank = Annotated[int, Query(ge=1, lt=2**31, description="Of the option.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    """A kept plan with the grid it was made on, the title of its rules, and who is shown it."""

    application: StoredApplication
    version: int
    plan: SupplyPlan
    model: GridModel
    rules_title: str
    caller: Caller
    identity: Identity
    now: datetime

    def note(self, part: str) -> None:
        """Write down that somebody is shown it, and as what."""
        saw(
            self.identity.database, self.caller, "plan", self.application.application_id,
            now=self.now, district=self.application.district, version=self.version, part=part,
        )  # fmt: skip


def get_kept(
    application_id: Id,
    version: Version,
    caller: Reader,
    identity: ThisIdentity,
    grids: Grids,
    now: Now,
) -> _Kept:
    """Return a plan as it was made, while the version of the grid it was made on is served.

    Raises
    ------
    NotAllowedError
        If an outsider asks.
    UnknownApplicationError, UnknownPlanError
        If there is none.
    GridMovedError
        If another version of the grid is served by now.
    """
    inside_only(caller)  # it shows the grid

    def find(connection: Connection) -> tuple[StoredApplication, StoredPlan]:
        own = find_own(connection, caller, application_id)
        return own, find_plan(connection, application_id, version)

    application, stored = identity.database.read(find)
    ledger = ledger_for(application.grid_name, grids)
    if stored.grid_version != ledger.served.version:
        raise GridMovedError(stored.grid_version, ledger.served.version)
    plan = plan_of(stored.document)
    return _Kept(
        application=application, version=version, plan=plan, model=ledger.served.model,
        rules_title=ledger.rule_book(plan.rules.area).title_zh,
        caller=caller, identity=identity, now=now,
    )  # fmt: skip


ThisKept = Annotated[_Kept, Depends(get_kept)]


@router.get(
    "/diagram",
    summary="The single-line diagram of an option of a kept plan",
    response_class=Response,
    responses={
        200: {"content": {SVG: {}}, "description": "The diagram."},
        204: {"description": "The plan has no option, so there is nothing to draw."},
    },
)
def get_diagram(kept: ThisKept, rank: Rank = 1) -> Response:
    """Return an option as a drawing, from the grid down to the customer."""
    count = len(kept.plan.options)
    if count and rank > count:
        raise NoSuchOptionError(rank, count)
    drawn = draw_option_diagram(kept.plan, kept.model, rank) if count else None
    kept.note("diagram")
    if drawn is None:
        return Response(status_code=HTTPStatus.NO_CONTENT, headers=private_headers())
    return hand_out(drawn, SVG)


@router.get(
    "/map",
    summary="The map of a kept plan",
    response_class=Response,
    responses={200: {"content": {SVG: {}}, "description": "The map."}},
)
def get_map(kept: ThisKept) -> Response:
    """Return the site, what lies around it, the first option's new line and where others join."""
    drawn = draw_site_map(kept.plan, kept.model)
    kept.note("map")
    return hand_out(drawn, SVG)


@router.get(
    "/pdf",
    summary="A kept plan as a PDF in Chinese",
    response_class=Response,
    responses={200: {"content": {PDF: {}}, "description": "The plan on paper."}},
)
def get_pdf(kept: ThisKept) -> Response:
    """Return the plan on paper; it holds no capacity and says so."""
    paper = make_plan_pdf(kept.plan, kept.model, kept.rules_title)
    kept.note("pdf")
    return hand_out(paper, PDF)
