"""Lines of a bulk: NDJSON in, one application a line out, or what is wrong with that line alone."""

from __future__ import annotations

import json
from typing import Any

from pydantic import ValidationError

from api.application_schemas import ApplicationIn
from api.errors import find_field_problems
from api.repeated_fields import load_json, repeated_problem
from grid_models.errors import InputError, InputProblem

__all__ = ["MEDIA_TYPES", "number_lines", "read_line", "read_text"]

MEDIA_TYPES = ("application/x-ndjson", "application/ndjson")
"""How NDJSON is called."""
# A single application is far below; a longer line is a body that has no line ends.
LONGEST_LINE = 200_000


def read_text(body: bytes) -> str:
    """Return what was sent as a text.

    Raises
    ------
    InputError
        If it is not UTF-8, as a whole: which of its letters are right nobody can know.
    """
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = body[: error.start].count(b"\n") + 1
        raise InputError(
            [
                InputProblem(
                    field="body",
                    zh=f"第 {line} 行不是 UTF-8 编码（可能为 GBK）；请转换为 UTF-8 后整体重新发送",
                    en=f"line {line} is not UTF-8 (GBK maybe); convert the whole to UTF-8 and "
                    "send it again",
                )
            ]
        ) from error


def number_lines(text: str) -> list[tuple[int, str]]:
    """Return lines that say something, with their numbers from 1.

    Only a line feed ends a line: other separators may stand in a text of JSON.
    """
    lines = ((k, line.strip("\ufeff \t\r")) for k, line in enumerate(text.split("\n"), start=1))
    return [(k, line) for k, line in lines if line]


def read_line(line: str) -> ApplicationIn:
    """Return the application of a line.

    Raises
    ------
    InputError
        With all that is wrong with it.
    """
    if len(line) > LONGEST_LINE:
        raise _refused(
            "line",
            f"共 {len(line):,} 字，一份申请最多 {LONGEST_LINE:,} 字；是否缺少换行",
            f"{len(line):,} characters; an application has at most {LONGEST_LINE:,}: "
            "are line ends missing?",
        )
    try:
        content, repeated = load_json(line, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise _no_object() from None
    if repeated:
        raise InputError([repeated_problem(name) for name in repeated])
    if not isinstance(content, dict):
        raise _no_object()
    try:
        json.dumps(content, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise _refused(
            "line",
            "含有不成对的代理字符（如 \\ud800），不是有效文字",
            "holds half a character (such as \\ud800), which is no text",
        ) from None
    try:
        return ApplicationIn.model_validate(content)
    except ValidationError as error:
        found = find_field_problems(error.errors(include_url=False), above=0)
        raise InputError(found) from None


def _refuse_constant(name: str) -> Any:
    raise ValueError(name)


def _refused(field: str, zh: str, en: str) -> InputError:
    return InputError([InputProblem(field=field, zh=zh, en=en)])


def _no_object() -> InputError:
    return _refused("line", "该行不是 JSON 对象", "the line is not a JSON object")
