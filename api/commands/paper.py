"""Paper: the files a plan is written to, checked before the work and written whole."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import typer

from api.documents.fonts import find_font
from api.documents.pdf import draw_option_diagram, make_plan_pdf
from api.documents.reply_fields import ReplyDetails, read_details
from api.documents.reply_form import make_reply_form
from api.request import Gathered
from api.whole_file import refuse_output, write_whole
from grid_models.errors import InputError, InputProblem
from grid_models.model import GridModel
from planner.plan import SupplyPlan
from planner.rules import RuleBook
from planner.validity import valid_months

__all__ = ["Paper"]

_NO_FORM = InputProblem(
    field="docx",
    zh="--template 和 --detail 是答复单的内容，而未要求生成答复单；请加 --docx FILE",
    en="--template and --detail belong to the reply form, and none is asked for: add --docx FILE",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """What is to be written of a plan; None: not asked for.

    Parameters
    ----------
    template
        The company's own reply form.
    details
        Fields of the form as KEY=VALUE.
    """

    pdf: Path | None = None
    docx: Path | None = None
    svg: Path | None = None
    template: Path | None = None
    details: tuple[str, ...] = ()
    force: bool = False

    def check(self, gathered: Gathered) -> ReplyDetails | None:
        """Keep every reason why something could not be written; return the form's fields."""
        for path, suffix in ((self.pdf, ".pdf"), (self.docx, ".docx"), (self.svg, ".svg")):
            if path is not None:
                gathered.attempt(_refusing(path, suffix, force=self.force))
        if self.docx is None and (self.template is not None or self.details):
            gathered.refuse(_NO_FORM)
        if self.pdf is not None:
            gathered.attempt(find_font)
        return gathered.attempt(lambda: read_details(_pairs(self.details)))

    def write(
        self, plan: SupplyPlan, model: GridModel, rule_book: RuleBook, details: ReplyDetails
    ) -> None:
        """Write what was asked for.

        Raises
        ------
        InputError
            If the form's template cannot be used.
        """
        title = rule_book.title_zh
        if not plan.options and (self.docx or self.svg):
            typer.echo(
                "没有可行方案，未生成答复单和单线图\n"
                "  no option, so neither a reply form nor a diagram was written",
                err=True,
            )
        if self.docx is not None and plan.options:
            form = make_reply_form(
                plan, model, details,
                rules_title=title, valid_months=_valid_months(plan, rule_book),
                template=self.template,
            )  # fmt: skip
            write_whole(self.docx, lambda path: _written(path, form))
        if self.pdf is not None:
            document = make_plan_pdf(plan, model, title)
            write_whole(self.pdf, lambda path: _written(path, document))
        if self.svg is not None and plan.options:
            drawing = draw_option_diagram(plan, model).encode("utf-8")
            write_whole(self.svg, lambda path: _written(path, drawing))


def _refusing(path: Path, suffix: str, *, force: bool) -> Callable[[], None]:
    return lambda: refuse_output(path, [suffix], force=force)


def _written(path: Path, content: bytes) -> None:
    path.write_bytes(content)


def _valid_months(plan: SupplyPlan, rule_book: RuleBook) -> int:
    rules = rule_book.on(date.fromisoformat(plan.rules.on_date))
    return valid_months(rules, plan.options[0].supply_kv)


def _pairs(details: tuple[str, ...]) -> dict[str, str]:
    problems = [
        InputProblem(
            field="detail",
            zh=f"答复单栏目“{text}”应写成 KEY=VALUE",
            en=f'the field "{text}" of the reply form must be given as KEY=VALUE',
        )
        for text in details
        if "=" not in text
    ]
    names = [text.partition("=")[0] for text in details]
    problems += [
        InputProblem(
            field="detail",
            zh=f"答复单栏目“{name}”填写了 {names.count(name)} 次，只能填写一次",
            en=f'the field "{name}" of the reply form is given {names.count(name)} times; '
            "give it once",
        )
        for name in dict.fromkeys(names)
        if names.count(name) > 1
    ]
    if problems:
        raise InputError(problems)
    return dict(text.split("=", 1) for text in details)
