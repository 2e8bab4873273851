"""Errors as problem details (RFC 9457): one table from error to status, one shape of body.

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
    |-- NotTimedError, NoPauseError                              409
    |-- UnknownFormError, UnknownPageError, UnknownElementError    404
    |-- ErasedFormError       410
    |-- UnknownWebhookError, UnknownDeliveryError, NoPlacesError  404
    |-- InactiveWebhookError, TooManyWebhooksError               409
    |-- ChangedMeanwhileError 412
    |-- NoSuchOptionError     422
    |-- TooManyAttemptsError  429, `Retry-After`
    |-- IssuerUnreachableError  503
    |-- PlacesUnreachableError  503, `Retry-After`
    |-- DatabaseTroubleError    503, `Retry-After`: busy, unreachable, disk full
    |-- OutdatedDatabaseError, StoppingError  503
    `-- anything else         500
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from http import HTTPStatus
from typing import Any, NamedTuple

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from api.application_schemas import PlaceOut, PlanOut
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
    NotProvedError,
    NotTimedError,
    RulesMovedError,
    WorksFirstError,
)
from api.life import MoveError
from api.map.element import UnknownElementError
from api.metrics import count_refusal
from api.node_capacity import UnknownNodeError
from api.places.errors import NoPlacesError, PlacesUnreachableError
from api.rule_shelf import UnknownRulesError
from api.webhooks.errors import (
    InactiveWebhookError,
    TooManyWebhooksError,
    UnknownDeliveryError,
    UnknownWebhookError,
)
from grid_models.errors import GridDataError, InputError, InputProblem, SupplyPlanError
from planner.confirmations import OtherwiseStatedError
from planner.form import shown

__all__ = [
    "PROBLEM_TYPE",
    "NotReadyError",
    "StoppingError",
    "UnknownGridError",
    "add_exception_handlers",
    "answer_fault",
    "code_of",
    "find_field_problems",
    "problem_response",
]

PROBLEM_TYPE = "application/problem+json"


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


class _Kind(NamedTuple):
    status: int
    code: str


_KINDS: Mapping[type[Exception], _Kind] = {
    MissingFontError: _Kind(503, "no_font"),
    GridDataError: _Kind(422, "grid_data"),
    InputError: _Kind(422, "bad_input"),
    UnknownGridError: _Kind(404, "unknown_grid"),
    NotReadyError: _Kind(503, "not_ready"),
    NotAuthenticatedError: _Kind(401, "not_authenticated"),
    WrongCredentialsError: _Kind(401, "wrong_credentials"),
    NotAllowedError: _Kind(403, "not_allowed"),
    UnknownAccountError: _Kind(404, "unknown_account"),
    UnknownKeyError: _Kind(404, "unknown_key"),
    UnknownSessionError: _Kind(404, "unknown_session"),
    NameTakenError: _Kind(409, "name_taken"),
    RevokedKeyError: _Kind(409, "revoked_key"),
    TooManyAttemptsError: _Kind(429, "too_many_attempts"),
    IssuerUnreachableError: _Kind(503, "issuer_unreachable"),
    DatabaseBusyError: _Kind(503, "database_busy"),
    DatabaseUnreachableError: _Kind(503, "database_unreachable"),
    DiskFullError: _Kind(503, "disk_full"),
    OutdatedDatabaseError: _Kind(503, "database_outdated"),
    StoppingError: _Kind(503, "stopping"),
    UnknownApplicationError: _Kind(404, "unknown_application"),
    UnknownPlanError: _Kind(404, "unknown_plan"),
    MovedPromiseError: _Kind(409, "promise_moved"),
    UnknownPromiseError: _Kind(404, "unknown_promise"),
    UnknownNodeError: _Kind(404, "unknown_node"),
    UnknownElementError: _Kind(404, "unknown_element"),
    UnknownDraftError: _Kind(404, "unknown_draft"),
    UnknownRulesError: _Kind(404, "unknown_rules"),
    FourEyesError: _Kind(409, "four_eyes"),
    DraftDecidedError: _Kind(409, "draft_decided"),
    RulesChangedError: _Kind(409, "rules_changed"),
    RulesMovedError: _Kind(409, "rules_moved"),
    AstrayPromisesError: _Kind(409, "promises_astray"),
    CapacityGoneError: _Kind(409, "capacity_gone"),
    GridBehindError: _Kind(503, "grid_behind"),
    GridMovedError: _Kind(409, "grid_moved"),
    MoveError: _Kind(409, "move_not_allowed"),
    NoHoldError: _Kind(409, "no_hold"),
    KeyReusedError: _Kind(409, "key_reused"),
    ChangedMeanwhileError: _Kind(412, "changed_meanwhile"),
    WorksFirstError: _Kind(409, "works_first"),
    UnknownJobError: _Kind(404, "unknown_job"),
    UnknownJobFileError: _Kind(404, "unknown_file"),
    JobEndedError: _Kind(409, "job_ended"),
    TooManyJobsError: _Kind(409, "too_many_jobs"),
    NoSuchOptionError: _Kind(422, "no_such_option"),
    NoPauseError: _Kind(409, "no_open_pause"),
    NotConfirmedError: _Kind(409, "not_confirmed"),
    NotProvedError: _Kind(409, "promise_not_proved"),
    NotTimedError: _Kind(409, "no_clock"),
    NothingToDecideError: _Kind(409, "nothing_to_decide"),
    NothingToConfirmError: _Kind(409, "nothing_to_confirm"),
    OtherwiseStatedError: _Kind(409, "stated_otherwise"),
    UnknownPhotoError: _Kind(404, "unknown_photo"),
    TooManyPhotosError: _Kind(409, "too_many_photos"),
    ErasedPhotoError: _Kind(410, "erased"),
    UnknownCorrectionError: _Kind(404, "unknown_correction"),
    CorrectionMoveError: _Kind(409, "move_not_allowed"),
    NoPlacesError: _Kind(404, "no_places"),
    PlacesUnreachableError: _Kind(503, "places_unreachable"),
    UnknownFormError: _Kind(404, "unknown_form"),
    UnknownPageError: _Kind(404, "unknown_page"),
    ErasedFormError: _Kind(410, "erased"),
    UnknownWebhookError: _Kind(404, "unknown_webhook"),
    UnknownDeliveryError: _Kind(404, "unknown_delivery"),
    InactiveWebhookError: _Kind(409, "webhook_inactive"),
    TooManyWebhooksError: _Kind(409, "too_many_webhooks"),
}
_WITH_A_WAIT = (
    TooManyAttemptsError, DatabaseTroubleError, GridBehindError, PlacesUnreachableError,
)  # fmt: skip
_FAULT = _Kind(500, "internal_error")
_FIELD_ZH = {"missing": "未填写", "extra_forbidden": "不在可填字段之列"}
_HTTP_CODES = {404: "not_found", 405: "method_not_allowed", 413: "too_large"}


def problem_response(
    status: int,
    code: str,
    detail: str,
    *,
    problems: Sequence[InputProblem] | None = None,
    headers: Mapping[str, str] | None = None,
    more: Mapping[str, object] | None = None,
) -> Response:
    """Return an answer that says what went wrong, as ``application/problem+json``.

    Parameters
    ----------
    status
        HTTP status.
    code
        Stable name of the kind of problem, for programs.
    detail
        One sentence for people.
    problems
        Everything that is wrong with the input; None where input is not the matter.
    headers
        Headers besides the content type.
    more
        What programs may want to know of this kind of problem.
    """
    body: dict[str, object] = {
        "type": f"urn:supply-plan:problem:{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "code": code,
        **(more or {}),
    }
    if problems is not None:
        body["problems"] = [{"field": p.field, "zh": p.zh, "en": p.en} for p in problems]
    count_refusal(code)
    return JSONResponse(
        body, status_code=status, media_type=PROBLEM_TYPE, headers=dict(headers or {})
    )


def add_exception_handlers(app: FastAPI) -> None:
    """Make every error of an app a problem document; nothing tells of the code behind it."""
    for error_class in _KINDS:
        app.add_exception_handler(error_class, _answer_known)
    app.add_exception_handler(HTTPException, _answer_http)
    app.add_exception_handler(RequestValidationError, _answer_malformed)
    app.add_exception_handler(Exception, _answer_fault)


def code_of(error: SupplyPlanError) -> str:
    """Return the stable name of a kind of problem, for programs."""
    return _kind_of(error).code


def _kind_of(error: Exception) -> _Kind:
    return next((_KINDS[kind] for kind in type(error).__mro__ if kind in _KINDS), _FAULT)


def _answer_known(_request: Request, error: Exception) -> Response:
    kind = _kind_of(error)
    problems = error.problems if isinstance(error, InputError) else None
    detail = str(error).replace("\n", "; ")
    return problem_response(
        kind.status, kind.code, detail, problems=problems, headers=_headers(kind.status, error),
        more=_more(error),
    )  # fmt: skip


def _more(error: Exception) -> Mapping[str, object]:
    if isinstance(error, CapacityGoneError):
        return {
            "obstacles": [asdict(reason) for reason in error.obstacles],
            "plan": PlanOut.of(error.fresh, is_cut=error.is_cut).model_dump(mode="json")
            if error.fresh
            else None,
            "place": PlaceOut.of(error.place, is_cut=error.is_cut).model_dump()
            if error.place
            else None,
        }
    return {}


def _headers(status: int, error: Exception) -> Mapping[str, str]:
    """Return what a status must be sent with."""
    if status == HTTPStatus.UNAUTHORIZED:
        return {"WWW-Authenticate": "Bearer"}
    if isinstance(error, _WITH_A_WAIT):
        return {"Retry-After": str(error.wait_s)}
    return {}


def _answer_http(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        return _answer_fault(request, error)
    if error.status_code == HTTPStatus.BAD_REQUEST:  # a body that could not even be decoded
        return _answer_malformed(request, error)
    code = _HTTP_CODES.get(error.status_code, "http_error")
    return problem_response(error.status_code, code, str(error.detail), headers=error.headers)


def _answer_malformed(_request: Request, error: Exception) -> Response:
    fields = (
        find_field_problems(error.errors()) if isinstance(error, RequestValidationError) else []
    )
    if fields:
        detail = "; ".join(problem.en for problem in fields)
        return problem_response(422, "bad_input", detail, problems=fields)
    problem = InputProblem(
        field="body",
        zh="请求体不是 JSON 对象；请以 Content-Type: application/json 发送一个 JSON 对象",
        en="the body is not a JSON object; post one with Content-Type: application/json",
    )
    return problem_response(422, "malformed_body", problem.en, problems=[problem])


def find_field_problems(errors: Sequence[Any], *, above: int = 1) -> list[InputProblem]:
    """Return which fields are wrong and what they should be; never what was given, a secret maybe.

    Empty where the body as a whole is the matter.

    Parameters
    ----------
    errors
        As pydantic gives them.
    above
        Names of each place that are not shown: of a request, where it was found.
    """
    problems = []
    for found in errors:
        place = [shown(part) for part in found["loc"][above:]]
        if found["type"] == "json_invalid" or not place:
            return []
        field = ".".join(place)
        problems.append(
            InputProblem(
                field=field,
                zh=f"字段 {field} {_FIELD_ZH.get(found['type'], '的值不合要求')}",
                en=f"{field}: {found['msg']}",
            )
        )
    return problems


def _answer_fault(_request: Request, _error: Exception) -> Response:
    return answer_fault()


def answer_fault() -> Response:
    """Return the answer to what is no fault of the caller."""
    return problem_response(
        500, "internal_error", "a fault of ours, written to the server's log / 系统内部错误，已记录"
    )
