"""Errors as problem details (RFC 9457): one shape of body, by the table of `api.error_kinds`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from api.application_schemas import PlaceOut, PlanOut
from api.error_kinds import KINDS, WITH_A_WAIT, kind_of
from api.ledger.errors import CapacityGoneError
from api.metrics import count_refusal
from grid_models.errors import InputError, InputProblem
from planner.form import shown

__all__ = [
    "PROBLEM_TYPE",
    "add_exception_handlers",
    "answer_fault",
    "find_field_problems",
    "problem_response",
]

PROBLEM_TYPE = "application/problem+json"
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
    for error_class in KINDS:
        app.add_exception_handler(error_class, _answer_known)
    app.add_exception_handler(HTTPException, _answer_http)
    app.add_exception_handler(RequestValidationError, _answer_malformed)
    app.add_exception_handler(Exception, _answer_fault)


def _answer_known(_request: Request, error: Exception) -> Response:
    kind = kind_of(error)
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
    if isinstance(error, WITH_A_WAIT):
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
