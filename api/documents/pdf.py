"""A plan as PDF: words, checks, map and single-line diagram, set by Typst."""

from __future__ import annotations

import json
from dataclasses import asdict
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory

import typst

from api.documents.diagram import draw_diagram
from api.documents.fonts import find_font
from api.documents.sheet import make_sheet
from api.documents.site_map import draw_site_map
from api.documents.stages import customer_stages, source_stages
from grid_models.model import GridModel
from planner.plan import SupplyPlan

__all__ = ["draw_option_diagram", "make_plan_pdf"]


def make_plan_pdf(plan: SupplyPlan, model: GridModel, rules_title: str) -> bytes:
    """Return a plan as a PDF document; the same plan gives the same bytes on one machine.

    Parameters
    ----------
    plan
        The answer.
    model
        Grid it was made on.
    rules_title
        Name of the rules, such as 示例规则.

    Raises
    ------
    MissingFontError
        If no installed font has Chinese characters.
    """
    font = find_font()
    sheet = make_sheet(plan, model, rules_title)
    template = files("api.documents").joinpath("plan.typ").read_text(encoding="utf-8")
    with TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "plan.typ").write_text(template, encoding="utf-8")
        (folder / "sheet.json").write_text(
            json.dumps(asdict(sheet), ensure_ascii=False), encoding="utf-8"
        )
        if plan.options:
            (folder / "map.svg").write_text(draw_site_map(plan, model), encoding="utf-8")
            (folder / "diagram.svg").write_text(draw_option_diagram(plan, model), encoding="utf-8")
        document = typst.compile(folder / "plan.typ", root=folder, sys_inputs={"font": font})
    return bytes(document)


def draw_option_diagram(plan: SupplyPlan, model: GridModel, rank: int = 1) -> str:
    """Return the single-line diagram of an option as SVG.

    Parameters
    ----------
    rank
        Rank of the option, from 1.
    """
    option = plan.options[rank - 1]
    sources = [source_stages(option, source, model) for source in option.sources]
    return draw_diagram(sources, customer_stages(option))
