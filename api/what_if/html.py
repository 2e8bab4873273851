"""HTML: a what-if as one page that needs nothing from anywhere else."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import jinja2

from api.what_if import words
from api.what_if.map import draw_what_if
from grid_models.crs import Plane
from planner.messages import say
from planner.scenarios.result import CapacityChange, WhatIf

__all__ = ["what_if_html"]

# More rows than this no browser shows at ease; the other files hold all of them.
MOST_ROWS = 2_000


def what_if_html(result: WhatIf, plane: Plane, rules_title: str) -> str:
    """Return the page.

    Parameters
    ----------
    plane
        Projection the map is drawn in.
    rules_title
        Name of the rules, such as 示例规则.
    """
    capacities = sorted(result.capacities, key=_loss)
    return _template().render(
        result=result,
        rules_title=rules_title,
        drawing=draw_what_if(result, plane),
        overview=words.overview(result),
        violations=result.violations[:MOST_ROWS],
        capacities=capacities[:MOST_ROWS],
        most_rows=MOST_ROWS,
    )


def _loss(change: CapacityChange) -> tuple[float, str]:
    """Greatest loss of hosting capacity first, ties by id."""
    return (change.hosting_change_kva or 0.0, change.node_id)


@cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {
        "binding": words.binding,
        "element": words.element,
        "quantity": words.quantity,
        "say": say,
        "signed": words.signed,
        "since": words.violation_since,
        "step_result": words.step_result,
    }
    return environment.get_template("what_if.html.j2")
