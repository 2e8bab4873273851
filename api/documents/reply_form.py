"""The reply form in Word, from a template the company can replace.

Made without a live hold it is a draft and says so: only the ledger may leave that mark out.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from datetime import date
from importlib.resources import files
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

from docx.shared import Mm
from docxtpl import DocxTemplate, InlineImage
from jinja2 import TemplateError
from jinja2.sandbox import SandboxedEnvironment

from api.documents.reply_fields import ReplyDetails, reply_fields, required_fields
from api.documents.signatures import Signature
from grid_models.errors import InputError, InputProblem
from grid_models.model import GridModel
from grid_models.topology import LOW_VOLTAGE_KV
from planner.plan import SupplyPlan

__all__ = ["make_reply_form"]

# Room of a signature, as on the PDF.
_WIDTH_MM, _HEIGHT_MM = 45.0, 16.0


def make_reply_form(
    plan: SupplyPlan,
    model: GridModel,
    details: ReplyDetails,
    *,
    rules_title: str,
    valid_months: int,
    rank: int = 1,
    valid_until: date | None = None,
    template: Path | None = None,
    signatures: Sequence[Signature] = (),
) -> bytes:
    """Return the reply form of one of a plan's options as a Word document.

    Parameters
    ----------
    plan
        The answer; it has an option of that rank.
    details
        Who the form is for.
    valid_months
        How long the reply holds from the day it is signed for.
    valid_until
        Last day for which the capacity is held; None: nothing is, the form is a draft.
    template
        The company's own template; None: the one for the voltage that comes with the product.
    signatures
        What was drawn on a screen, at most one a role; a template without their places has none.

    Raises
    ------
    InputError
        If the plan has no option, or with everything that is wrong with the template.
    """
    if not plan.options:
        raise InputError(
            [
                _problem(
                    "docx",
                    "方案中没有可行方案，不能生成答复单",
                    "the plan has no option, so there is no reply form to make",
                )
            ]
        )
    values = reply_fields(
        plan, model, details, rules_title=rules_title, valid_months=valid_months, rank=rank,
        valid_until=valid_until, signed={one.role: one.words for one in signatures},
    )  # fmt: skip
    option = plan.options[rank - 1]
    level = "lv" if option.supply_kv < LOW_VOLTAGE_KV else "hv"
    source = template or Path(str(files("api.documents").joinpath(f"reply_{level}.docx")))
    return _filled(source, values, required_fields(option), signatures)


def _filled(
    source: Path,
    values: dict[str, Any],
    required: Mapping[str, str],
    signatures: Sequence[Signature],
) -> bytes:
    environment = SandboxedEnvironment(autoescape=True)
    name = source.name
    try:
        document = DocxTemplate(source)
        named = set(document.get_undeclared_template_variables(environment))
        problems = [*_unknown(named, values, name), *_missing(named, required, name)]
        if problems:
            raise InputError(problems)
        pictures = {f"{one.role}_signature": _picture(document, one) for one in signatures}
        document.render(values | pictures, environment)
    except (BadZipFile, KeyError, ValueError, OSError, SyntaxError) as error:
        raise InputError(
            [
                _problem(
                    name,
                    f"模板“{name}”不是 Word 文件（.docx）或无法读取",
                    f'the template "{name}" is not a Word file (.docx) or cannot be read',
                )
            ]
        ) from error
    except (TemplateError, ArithmeticError, MemoryError, TypeError) as error:
        raise InputError(
            [
                _problem(
                    name,
                    f"模板“{name}”的填写标记有误：{error}",
                    f'the marks of the template "{name}" are wrong: {error}',
                )
            ]
        ) from error
    written = BytesIO()
    document.save(written)
    return written.getvalue()


def _picture(document: DocxTemplate, signature: Signature) -> InlineImage:
    """Return a signature as large as its room takes it."""
    scale = min(_WIDTH_MM / signature.width_px, _HEIGHT_MM / signature.height_px)
    return InlineImage(
        document, BytesIO(signature.image), width=Mm(scale * signature.width_px),
        height=Mm(scale * signature.height_px),
    )  # fmt: skip


def _unknown(named: set[str], values: dict[str, Any], name: str) -> list[InputProblem]:
    problems = []
    for field in sorted(named - set(values)):
        near = difflib.get_close_matches(field, values, n=1)
        zh = f"，是否指“{near[0]}”" if near else ""
        en = f'; did you mean "{near[0]}"' if near else ""
        problems.append(
            _problem(
                name,
                f"模板“{name}”中的“{field}”不是答复单的栏目{zh}",
                f'the template "{name}" names "{field}", which is no field of the form{en}',
            )
        )
    return problems


def _missing(named: set[str], required: Mapping[str, str], name: str) -> list[InputProblem]:
    return [
        _problem(
            name,
            f"模板“{name}”缺少必需的栏目“{label}”（{field}）",
            f'the template "{name}" lacks the field "{field}", which a reply form must show',
        )
        for field, label in required.items()
        if field not in named
    ]


def _problem(field: str, zh: str, en: str) -> InputProblem:
    return InputProblem(field=field, zh=zh, en=en)
