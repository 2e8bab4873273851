"""Verifying: a plan file recomputed, and every number that differs named."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import typer
from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from api.commands.plan import (
    catalogue_with_limits,
    open_streets,
    open_with_areas,
    row_reader,
)  # fmt: skip
from api.files import read_commitment_rows, read_json
from api.request import Gathered
from api.rows import read_commitments
from api.terminal import make_console
from api.terms import read_terms
from api.translate import json_ready, read_plan_document, to_json_text
from grid_models.catalogue import load_catalogue
from grid_models.errors import InputError, InputProblem
from grid_models.printable import printable
from grid_models.stars import is_star_node
from planner.plan import SCHEMA, SupplyPlan
from planner.rules import load_rule_book
from planner.verification import verify_plan

__all__ = ["verify_file"]


def verify_file(
    path: Path, folder: Path, files: Mapping[str, Path | None], *, as_json: bool
) -> bool:
    """Recompute a plan file and print what differs; True if nothing does.

    Parameters
    ----------
    path
        Plan as ``recommend --json`` printed it.
    folder
        Folder of the grid it was made on.
    files
        Paths of ``commitments``, ``streets``, ``restricted``, ``prices``, ``calendar`` and
        ``limits`` it was made with; None if none.
    as_json
        Print the differences as JSON.

    Raises
    ------
    InputError
        If the plan, the grid or the promises cannot be read.
    """
    gathered = Gathered()
    plan = gathered.attempt(lambda: _read_plan(path))
    model = open_with_areas(gathered, folder, files)
    streets = open_streets(gathered, files["streets"])
    rows = row_reader(read_commitment_rows, files["commitments"])
    promises = gathered.attempt(
        lambda: read_commitments(
            rows() if rows else [],
            model.node_rows.keys() if model else None,
            is_star=partial(is_star_node, model) if model else None,
            node_of_bay=model.node_of_bay if model else None,
        )
    )
    catalogue = gathered.attempt(lambda: catalogue_with_limits(files["limits"]))
    prices, calendar = read_terms(gathered, files, catalogue or load_catalogue())
    rule_book = None
    if plan is not None:
        rule_book = gathered.attempt(partial(load_rule_book, plan["rules"]["area"]))
    asked = gathered.settle(plan), gathered.settle(model), gathered.settle(rule_book)
    with make_console(stderr=True).status("用 pandapower 复算 recomputing …"):
        differences = verify_plan(
            *asked,
            gathered.settle(catalogue),
            commitments=gathered.settle(promises),
            prices=prices,
            calendar=calendar,
            streets=streets,
        )
    if as_json:
        document = [
            {
                "path": difference.path,
                "stated": difference.stated,
                "recomputed": difference.recomputed,
                "zh": difference.zh,
                "en": difference.en,
            }
            for difference in differences
        ]
        report = {"confirmed": not differences, "differences": document}
        typer.echo(to_json_text(json_ready(report)))
        return not differences
    for difference in differences:
        typer.echo(printable(difference.zh), err=True)
        typer.echo(f"  {printable(difference.en)}", err=True)
    if not differences:
        typer.echo(f"已确认：{printable(path.name)} 的每一项校验均可复算 / confirmed")
    return not differences


def _read_plan(path: Path) -> dict[str, Any]:
    document = read_json(path)
    if not isinstance(document, dict) or document.get("schema") != SCHEMA:
        raise InputError(
            [
                InputProblem(
                    field=path.name,
                    zh=f"文件 {path} 不是供电方案（应含 schema: {SCHEMA}）",
                    en=f"file {path} is no supply plan (it must say schema: {SCHEMA})",
                )
            ]
        )
    plan = read_plan_document(document)
    try:
        TypeAdapter(SupplyPlan).validate_python(plan)
    except ValidationError as error:
        raise InputError([_problem(path, details) for details in error.errors()]) from error
    return plan


def _problem(path: Path, details: ErrorDetails) -> InputProblem:
    place = ".".join(str(part) for part in details["loc"])
    return InputProblem(
        field=place,
        zh=f"文件 {path.name} 的 {place} 缺失或类型不对",
        en=f"{place} of file {path.name} is missing or of the wrong type: {details['msg']}",
    )
