"""MapElement: what is known of one element that somebody points at."""

from __future__ import annotations

from typing import Any

import numpy as np
from pydantic import BaseModel, Field

from api.map.figures import Figures, Power, free_json, loading_json
from api.translate import json_ready
from grid_models.errors import SupplyPlanError
from grid_models.model import GridModel
from planner.form import shown
from planner.headroom import Headroom

__all__ = ["ElementOut", "UnknownElementError", "describe_element"]

_STANDING = ("ownership", "is_in_service", "commissioned_on", "removal_planned_on")
_FACTS = {
    "lines": ("from_node", "to_node", "length_m", "parallel", "conductor_type", "ampacity_a",
              "derating", "laying", *_STANDING),
    "transformers": ("hv_node", "lv_node", "sn_kva", "parallel", "derating", "vn_hv_kv",
                     "vn_lv_kv", "vk_pct", "vector_group", *_STANDING),
    "nodes": ("kind", "vn_kv", "substation_id", *_STANDING),
}  # fmt: skip
"""Tables the map shows elements of, and the columns that are told of each."""


class UnknownElementError(SupplyPlanError):
    """A grid has no such element."""

    def __init__(self, element_id: str, grid_name: str, version: str) -> None:
        super().__init__(
            f'grid "{grid_name}" has no element "{shown(element_id)}" in version {version}; name '
            "one of that version, or none / "
            f"电网“{grid_name}”版本 {version} 中没有元件“{shown(element_id)}”；"
            "请填写该版本中的元件编号，或不填"
        )


class ElementOut(BaseModel):
    """A line, a transformer or a node; a fact is null where the data do not say."""

    element_id: str
    table: str
    name: str
    kv: float | None
    facts: dict[str, str | float | bool | None]
    loading_pct: Power = Field(description="Promises not counted; null where unknown.")
    free_kva: Power = Field(description="Alone, promises counted; null where unknown.")


def describe_element(figures: Figures, element_id: str) -> ElementOut:
    """Return what is known of an element.

    Raises
    ------
    UnknownElementError
        If the grid has none of that id.
    """
    model = figures.model
    for table, names in _FACTS.items():
        row = model.row_of(table, element_id)
        if row >= 0:
            found, kv = _figures(figures, table, row)
            return ElementOut(
                element_id=element_id,
                table=table,
                name=str(model.value(table, "name", row)),
                kv=_plain(kv),
                facts={name: _plain(model.value(table, name, row)) for name in names},
                # what is above a node is not the node's own
                loading_pct=None if table == "nodes" else loading_json(found.loading_pct)[0],
                free_kva=free_json(found.free_kva)[0],
            )
    raise UnknownElementError(element_id, figures.model.grid.metadata.name, figures.model.version)


def _figures(figures: Figures, table: str, row: int) -> tuple[Headroom, Any]:
    model, rows = figures.model, np.array([row])
    if table == "lines":
        return figures.of_lines(rows), _kv(model, int(np.asarray(model.line_ends)[0][row]))
    if table == "transformers":
        high = int(np.asarray(model.transformer_ends)[0][row])
        return figures.of_transformers(rows), _kv(model, high)
    return figures.of_node(row), _kv(model, row)


def _kv(model: GridModel, node: int) -> Any:
    return model.value("nodes", "vn_kv", node) if node >= 0 else None


def _plain(value: Any) -> Any:
    """Return a value of a table as JSON knows it; what is not known is null."""
    if isinstance(value, np.datetime64):
        return None if np.isnat(value) else str(value.astype("datetime64[D]"))
    value = value.item() if isinstance(value, np.generic) else value
    if isinstance(value, float) and np.isnan(value):
        return None
    return json_ready(value)
