"""Correcting: a correction of the map is held against its grid, which stays as it is."""

from __future__ import annotations

from datetime import date
from typing import Any

from api.field_schemas import CorrectionIn
from api.map.element import UnknownElementError
from api.rule_shelf import RulesNow
from api.serving import ServedGrid, ServedGrids
from grid_models.errors import InputError, InputProblem
from planner.intake import widest_reach_m

__all__ = ["read_correction"]

# Tables of what stands somewhere.
_TABLES = (
    "nodes", "lines", "transformers", "switches", "bays", "loads", "generators", "shunts",
    "sources",
)  # fmt: skip


def read_correction(asked: CorrectionIn, grids: ServedGrids, today: date) -> dict[str, Any]:
    """Return what is kept of a correction, if it is about a grid that is served.

    Parameters
    ----------
    today
        Day whose rules say how far from the grid a place may lie.

    Raises
    ------
    UnknownGridError
        If no such grid is served.
    UnknownElementError
        If the grid has no such element.
    InputError
        If the place lies too far from the ground the grid covers.
    """
    served = grids.find(asked.grid)
    if asked.element_id is not None and not _has(served, asked.element_id):
        raise UnknownElementError(asked.element_id, served.name, served.version)
    _check_near(asked, served, grids.rule_book, today)
    facts = asked.model_dump(exclude={"grid"})
    return facts | {"grid_name": served.name, "grid_version": served.version}


def _has(served: ServedGrid, element_id: str) -> bool:
    return any(served.model.row_of(table, element_id) >= 0 for table in _TABLES)


def _check_near(asked: CorrectionIn, served: ServedGrid, rules: RulesNow, today: date) -> None:
    reach_m = widest_reach_m(rules(served.area.area).on(today))
    distance_m = served.area.distance_m(asked.lon, asked.lat)
    # of a grid without coordinates nobody can tell
    if served.area.hull is None or distance_m <= reach_m:
        return
    given = f"{asked.lon:.10g},{asked.lat:.10g}"
    raise InputError(
        [
            InputProblem(
                field="lon",
                zh=f"lon,lat 为“{given}”，距电网“{served.name}”范围 {distance_m:,.0f} m；"
                f"应不超过 {reach_m:,.0f} m",
                en=f'lon,lat is "{given}", {distance_m:,.0f} m outside grid "{served.name}"; '
                f"give a place within {reach_m:,.0f} m of the area it covers",
            )
        ]
    )
