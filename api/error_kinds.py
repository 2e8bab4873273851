"""Error kinds: one table from error to status and code; how they are written is `api.errors`.

::

    SupplyPlanError
    |-- InputError            422, with `problems`
    |   `-- MissingFontError  503: the machine lacks a font
    |-- UnknownGridError      404
    |-- NotReadyError         503
    |-- GridBehindError       503, `Retry-After`
    |-- NotAuthenticatedError, WrongCredentialsError             401, `WWW-Authenticate`
    |-- NotAllowedError                                          403
    |-- UnknownAccountError, UnknownKeyError, UnknownSessionError  404
    |-- UnknownApplicationError, UnknownPlanError                404
    |-- UnknownJobError, UnknownJobFileError                     404
    |-- UnknownPromiseError, UnknownDraftError, UnknownRulesError, UnknownNodeError  404
    |-- FourEyesError, DraftDecidedError, RulesMovedError, RulesChangedError  409
    |-- NameTakenError, RevokedKeyError                          409
    |-- JobEndedError, TooManyJobsError, MovedPromiseError       409
    |-- CapacityGoneError     409, with `obstacles`
    |-- GridMovedError, AstrayPromisesError, WorksFirstError     409
    |-- MoveError, NoHoldError, KeyReusedError                   409
    |-- NotConfirmedError, NotProvedError, NothingToDecideError  409
    |-- NothingToConfirmError, OtherwiseStatedError              409
    |-- UnknownPhotoError, UnknownCorrectionError              404
    |-- TooManyPhotosError, CorrectionMoveError                  409
    |-- ErasedPhotoError      410
    |-- NotTimedError, NoPauseError, NotPreviewedError           409
    |-- UnknownFormError, UnknownPageError, UnknownElementError    404
    |-- ErasedFormError       410
    |-- UnknownWebhookError, UnknownDeliveryError, NoPlacesError  404
    |-- InactiveWebhookError, TooManyWebhooksError               409
    |-- ChangedMeanwhileError 412
    |-- NoSuchOptionError     422
    |-- TooManyAttemptsError  429, `Retry-After`
    |-- IssuerUnreachableError  503
    |-- PlacesUnreachableError  503, `Retry-After`
    |-- DarkroomFullError       503, `Retry-After`
    |-- DatabaseTroubleError    503, `Retry-After`: busy, unreachable, disk full
    |-- OutdatedDatabaseError, StoppingError  503
    `-- anything else         500
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from api.auth.errors import (
    IssuerUnreachableError,
    NameTakenError,
    NotAllowedError,
    NotAuthenticatedError,
    RevokedKeyError,
    TooManyAttemptsError,
    UnknownAccountError,
    UnknownKeyError,
    UnknownSessionError,
    WrongCredentialsError,
)
from api.darkroom import DarkroomFullError
from api.database.answered import KeyReusedError
from api.database.applications import ChangedMeanwhileError, UnknownApplicationError
from api.database.corrections import (
    CorrectionMoveError,
    UnknownCorrectionError,
)
from api.database.engine import OutdatedDatabaseError
from api.database.grid_versions import GridBehindError
from api.database.holds import NoHoldError
from api.database.pauses import NoPauseError
from api.database.photos import ErasedPhotoError, TooManyPhotosError, UnknownPhotoError
from api.database.plans import UnknownPlanError
from api.database.promise_checks import MovedPromiseError, UnknownPromiseError
from api.database.reply_forms import ErasedFormError, UnknownFormError
from api.database.rule_drafts import (
    DraftDecidedError,
    FourEyesError,
    RulesChangedError,
    UnknownDraftError,
)
from api.database.trouble import (
    DatabaseBusyError,
    DatabaseTroubleError,
    DatabaseUnreachableError,
    DiskFullError,
)
from api.documents.fonts import MissingFontError
from api.documents.paper import UnknownPageError
from api.jobs.errors import JobEndedError, TooManyJobsError, UnknownJobError, UnknownJobFileError
from api.ledger.errors import (
    AstrayPromisesError,
    CapacityGoneError,
    GridMovedError,
    NoSuchOptionError,
    NotConfirmedError,
    NothingToConfirmError,
    NothingToDecideError,
    NotPreviewedError,
    NotProvedError,
    NotTimedError,
    RulesMovedError,
    WorksFirstError,
)
from api.life import MoveError
from api.map.element import UnknownElementError
from api.node_capacity import UnknownNodeError
from api.places.errors import NoPlacesError, PlacesUnreachableError
from api.rule_shelf import UnknownRulesError
from api.webhooks.errors import (
    InactiveWebhookError,
    TooManyWebhooksError,
    UnknownDeliveryError,
    UnknownWebhookError,
)
from grid_models.errors import GridDataError, InputError, SupplyPlanError
from planner.confirmations import OtherwiseStatedError
from planner.form import shown

__all__ = [
    "KINDS", "WITH_A_WAIT", "Kind", "NotReadyError", "StoppingError", "UnknownGridError", "code_of",
    "kind_of",
]  # fmt: skip


class UnknownGridError(SupplyPlanError):
    """No grid of this name or version is served."""

    def __init__(self, wanted: str) -> None:
        super().__init__(f'no grid "{shown(wanted)}" is served / 没有名为“{shown(wanted)}”的电网')


class NotReadyError(SupplyPlanError):
    """The grids are not loaded yet, or could not be: the log says which."""

    def __init__(self) -> None:
        super().__init__("the grids are not loaded yet / 电网尚未加载完毕，请稍后再试")


class StoppingError(SupplyPlanError):
    """The server finishes what it has begun and takes nothing new."""

    def __init__(self) -> None:
        super().__init__("the server is stopping / 服务正在停止")


class Kind(NamedTuple):
    """How a kind of problem is answered: by which status, and its stable name for programs."""

    status: int
    code: str


KINDS: Mapping[type[Exception], Kind] = {
    MissingFontError: Kind(503, "no_font"),
    GridDataError: Kind(422, "grid_data"),
    InputError: Kind(422, "bad_input"),
    UnknownGridError: Kind(404, "unknown_grid"),
    NotReadyError: Kind(503, "not_ready"),
    NotAuthenticatedError: Kind(401, "not_authenticated"),
    WrongCredentialsError: Kind(401, "wrong_credentials"),
    NotAllowedError: Kind(403, "not_allowed"),
    UnknownAccountError: Kind(404, "unknown_account"),
    UnknownKeyError: Kind(404, "unknown_key"),
    UnknownSessionError: Kind(404, "unknown_session"),
    NameTakenError: Kind(409, "name_taken"),
    RevokedKeyError: Kind(409, "revoked_key"),
    TooManyAttemptsError: Kind(429, "too_many_attempts"),
    IssuerUnreachableError: Kind(503, "issuer_unreachable"),
    DatabaseBusyError: Kind(503, "database_busy"),
    DatabaseUnreachableError: Kind(503, "database_unreachable"),
    DiskFullError: Kind(503, "disk_full"),
    OutdatedDatabaseError: Kind(503, "database_outdated"),
    StoppingError: Kind(503, "stopping"),
    UnknownApplicationError: Kind(404, "unknown_application"),
    UnknownPlanError: Kind(404, "unknown_plan"),
    MovedPromiseError: Kind(409, "promise_moved"),
    UnknownPromiseError: Kind(404, "unknown_promise"),
    UnknownNodeError: Kind(404, "unknown_node"),
    UnknownElementError: Kind(404, "unknown_element"),
    UnknownDraftError: Kind(404, "unknown_draft"),
    UnknownRulesError: Kind(404, "unknown_rules"),
    FourEyesError: Kind(409, "four_eyes"),
    DraftDecidedError: Kind(409, "draft_decided"),
    RulesChangedError: Kind(409, "rules_changed"),
    RulesMovedError: Kind(409, "rules_moved"),
    AstrayPromisesError: Kind(409, "promises_astray"),
    CapacityGoneError: Kind(409, "capacity_gone"),
    GridBehindError: Kind(503, "grid_behind"),
    GridMovedError: Kind(409, "grid_moved"),
    MoveError: Kind(409, "move_not_allowed"),
    NoHoldError: Kind(409, "no_hold"),
    KeyReusedError: Kind(409, "key_reused"),
    ChangedMeanwhileError: Kind(412, "changed_meanwhile"),
    WorksFirstError: Kind(409, "works_first"),
    UnknownJobError: Kind(404, "unknown_job"),
    UnknownJobFileError: Kind(404, "unknown_file"),
    JobEndedError: Kind(409, "job_ended"),
    TooManyJobsError: Kind(409, "too_many_jobs"),
    NoSuchOptionError: Kind(422, "no_such_option"),
    NoPauseError: Kind(409, "no_open_pause"),
    NotConfirmedError: Kind(409, "not_confirmed"),
    NotPreviewedError: Kind(409, "not_previewed"),
    NotProvedError: Kind(409, "promise_not_proved"),
    NotTimedError: Kind(409, "no_clock"),
    NothingToDecideError: Kind(409, "nothing_to_decide"),
    NothingToConfirmError: Kind(409, "nothing_to_confirm"),
    OtherwiseStatedError: Kind(409, "stated_otherwise"),
    UnknownPhotoError: Kind(404, "unknown_photo"),
    TooManyPhotosError: Kind(409, "too_many_photos"),
    ErasedPhotoError: Kind(410, "erased"),
    UnknownCorrectionError: Kind(404, "unknown_correction"),
    CorrectionMoveError: Kind(409, "move_not_allowed"),
    NoPlacesError: Kind(404, "no_places"),
    DarkroomFullError: Kind(503, "photos_busy"),
    PlacesUnreachableError: Kind(503, "places_unreachable"),
    UnknownFormError: Kind(404, "unknown_form"),
    UnknownPageError: Kind(404, "unknown_page"),
    ErasedFormError: Kind(410, "erased"),
    UnknownWebhookError: Kind(404, "unknown_webhook"),
    UnknownDeliveryError: Kind(404, "unknown_delivery"),
    InactiveWebhookError: Kind(409, "webhook_inactive"),
    TooManyWebhooksError: Kind(409, "too_many_webhooks"),
}
WITH_A_WAIT = (
    TooManyAttemptsError, DatabaseTroubleError, GridBehindError, PlacesUnreachableError,
    DarkroomFullError,
)  # fmt: skip
_FAULT = Kind(500, "internal_error")


def code_of(error: SupplyPlanError) -> str:
    """Return the stable name of a kind of problem, for programs."""
    return kind_of(error).code


def kind_of(error: Exception) -> Kind:
    """Return how an error is answered; a fault of ours where no row of the table has it."""
    return next((KINDS[kind] for kind in type(error).__mro__ if kind in KINDS), _FAULT)
