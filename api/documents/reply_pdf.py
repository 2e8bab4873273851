"""The reply form as PDF, set by Typst from the same fields as the form in Word.

Whatever people typed goes to Typst as data, never as code, and by no file: one that is left behind
by a crash would name somebody.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from importlib.resources import files

import typst

from api.documents.fonts import find_font, find_undrawable, installed_fonts
from api.documents.reply_fields import ReplyDetails, reply_fields
from api.documents.signatures import GivenSignature, Signature
from grid_models.errors import InputError, InputProblem
from grid_models.model import GridModel
from grid_models.topology import LOW_VOLTAGE_KV
from planner.plan import SupplyPlan

__all__ = ["PREVIEW", "make_reply_pdf", "refuse_undrawable"]

PREVIEW = "预览 · 未签署 · 不作为答复"
_TITLES = {"lv": "低压供电方案答复单", "hv": "高压供电方案答复单"}


def make_reply_pdf(
    plan: SupplyPlan,
    model: GridModel,
    details: ReplyDetails,
    *,
    rules_title: str,
    valid_months: int,
    rank: int,
    valid_until: date,
    signatures: Sequence[Signature] = (),
    stamp: str = "",
) -> bytes:
    """Return the reply form of one of a plan's options as PDF.

    Parameters
    ----------
    plan
        The answer; it has an option of that rank.
    details
        Who the form is for.
    valid_months
        How long the reply holds from the day it is signed for.
    valid_until
        Last day for which the capacity is held.
    signatures
        What was drawn on a screen, at most one a role.
    stamp
        Words across every page; empty: none.

    Raises
    ------
    MissingFontError
        If no installed font has Chinese characters.
    """
    font = find_font()
    values = reply_fields(
        plan, model, details, rules_title=rules_title, valid_months=valid_months, rank=rank,
        valid_until=valid_until, signed={one.role: one.words for one in signatures},
    )  # fmt: skip
    level = "lv" if plan.options[rank - 1].supply_kv < LOW_VOLTAGE_KV else "hv"
    form = {
        "title": _TITLES[level],
        "level": level,
        "values": values,
        "stamp": stamp,
        "foot": f"方案编号 {plan.plan_id}  电网版本 {plan.grid.version}",
        # Typst makes bytes of numbers
        "pictures": {one.role: list(one.image) for one in signatures},
    }
    document = typst.compile(
        files("api.documents").joinpath("reply.typ").read_bytes(),
        font_paths=installed_fonts(),
        sys_inputs={"font": font, "form": json.dumps(form, ensure_ascii=False)},
    )
    return bytes(document)


def refuse_undrawable(details: ReplyDetails, signatures: Sequence[GivenSignature] = ()) -> None:
    """Refuse what people typed where the font would leave a hole: a name with one is no name.

    Raises
    ------
    InputError
        With every text, and the characters it is about.
    MissingFontError
        If no installed font has Chinese characters.
    """
    typed = asdict(details) | {f"signatures.{one.role}.name": one.name for one in signatures}
    problems = [
        InputProblem(
            field=name,
            zh=f"答复单“{name}”中的字符“{lacking}”无法打印，请改用汉字、字母或常用符号",
            en=f'"{name}" has the characters "{lacking}", which the font of the form lacks; '
            "write them in another way",
        )
        for name, text in typed.items()
        if (lacking := find_undrawable(text))
    ]
    if problems:
        raise InputError(problems)
