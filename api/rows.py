"""Rows: commitments and equipment, given line by line in a file or item by item over HTTP."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import date
from typing import Any, NamedTuple

from grid_models.errors import InputError, InputProblem
from planner.application import Commitment
from planner.form import ABOVE_ZERO, SHARE, SHARE_OR_ZERO, Form, shown
from planner.stars import refuse_star

__all__ = [
    "COMMITMENT_FIELDS",
    "EQUIPMENT_FIELDS",
    "LIMIT_FIELDS",
    "EquipmentTotals",
    "Row",
    "read_commitments",
    "read_equipment",
    "read_limits",
    "rows_of_list",
]

COMMITMENT_FIELDS: Mapping[str, str] = {
    "commitment_id": "承诺编号",
    "node_id": "节点号",
    "s_kva": "承诺容量",
    "demand_factor": "需用系数",
    "power_factor": "功率因数",
    "bay_id": "间隔号",
    "expires_on": "有效期至",
    "curve_id": "负荷曲线",
}
EQUIPMENT_FIELDS: Mapping[str, str] = {
    "name": "设备名称",
    "kw": "额定功率",
    "count": "台数",
    "demand_factor": "需用系数",
}


LIMIT_FIELDS: Mapping[str, str] = {"type": "导线型号", "limit_a": "限额电流"}


class Row(NamedTuple):
    """Values by name, and where they stand (``promises.csv:3``, ``commitments[0]``)."""

    where: str
    values: Mapping[str, Any]


class EquipmentTotals(NamedTuple):
    """Sum of an equipment list, without and with demand factors."""

    kw: float
    max_demand_kw: float


def rows_of_list(items: Any, where: str) -> list[Row]:
    """Return the objects of a JSON list as rows.

    Raises
    ------
    InputError
        If `items` is not a list of objects.
    """
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise InputError(
            [
                InputProblem(
                    field=where,
                    zh=f"{where} 应为 JSON 对象的列表",
                    en=f"{where} must be a JSON list of objects",
                )
            ]
        )
    return [Row(f"{where}[{number}]", item) for number, item in enumerate(items)]


def read_commitments(
    rows: Iterable[Row],
    node_ids: Collection[str] | None,
    *,
    is_star: Callable[[str], bool] | None = None,
    node_of_bay: Callable[[str], str | None] | None = None,
    on_date: date | None = None,
) -> tuple[Commitment, ...]:
    """Return the commitments that the rows describe.

    Parameters
    ----------
    rows
        Values by the names of `COMMITMENT_FIELDS`.
    node_ids
        Nodes of the grid; None: not checked.
    is_star
        Says of a node whether it is the inner one of a three-winding transformer; None: not
        checked.
    node_of_bay
        Gives the node of a bay of the grid, None if there is no such bay; None: not checked.
    on_date
        Day on which every commitment must still hold; None: not checked.

    Raises
    ------
    InputError
        With every problem of every row.
    """
    commitments: list[Commitment] = []
    problems: list[InputProblem] = []
    seen: set[str] = set()
    for row in rows:
        form = Form(row.values, COMMITMENT_FIELDS, where=row.where)
        form.require("commitment_id", "承诺的编号", "the id of the promise")
        form.require("node_id", "电网中的节点号", "a node of the grid")
        form.require("s_kva", ABOVE_ZERO.zh, ABOVE_ZERO.en)
        factors = {
            "demand_factor": form.number("demand_factor", SHARE_OR_ZERO),
            "power_factor": form.number("power_factor", SHARE),
        }
        commitment = Commitment(
            commitment_id=form.text("commitment_id") or "",
            node_id=form.text("node_id") or "",
            s_kva=form.number("s_kva", ABOVE_ZERO) or 0.0,
            bay_id=form.text("bay_id") or "",
            expires_on=form.day("expires_on"),
            curve_id=form.text("curve_id") or "",
            **{name: value for name, value in factors.items() if value is not None},
        )
        if node_ids is not None and commitment.node_id and commitment.node_id not in node_ids:
            form.refuse_value("node_id", commitment.node_id, "电网中的节点号", "a node of the grid")
        elif is_star is not None and is_star(commitment.node_id):
            refuse_star(form, "node_id", commitment.node_id)
        if node_of_bay is not None and commitment.bay_id:
            _hold_bay(form, commitment, node_of_bay(commitment.bay_id))
        if on_date is not None and not commitment.holds_on(on_date):
            form.refuse_value(
                "expires_on",
                f"{commitment.expires_on}",
                f"不早于 {on_date} 的日期：该承诺已过期，应删去，或改为展期后的日期",
                f"a day not before {on_date}: this commitment has expired, remove it or extend it",
            )
        if commitment.commitment_id in seen:
            form.refuse_value(
                "commitment_id", commitment.commitment_id, "未用过的编号", "an id not used above"
            )
        seen.add(commitment.commitment_id)
        commitments.append(commitment)
        problems += form.problems
    if problems:
        raise InputError(problems)
    return tuple(commitments)


def _hold_bay(form: Form, commitment: Commitment, node_id: str | None) -> None:
    """Refuse a bay that is not in the grid, or not at the node of the promise: nobody keeps it."""
    if node_id is None:
        form.refuse_value("bay_id", commitment.bay_id, "电网中的间隔号", "a bay of the grid")
    elif node_id != commitment.node_id:
        form.refuse_value(
            "bay_id",
            commitment.bay_id,
            f"节点 {shown(commitment.node_id)} 的间隔号，而该间隔属于节点 {shown(node_id)}",
            f"a bay of node {shown(commitment.node_id)}; this one belongs to node {shown(node_id)}",
        )


def read_equipment(rows: Iterable[Row]) -> EquipmentTotals:
    """Return the totals of an equipment list.

    Parameters
    ----------
    rows
        Values by the names of `EQUIPMENT_FIELDS`; one piece and a demand factor of 1 by default.

    Raises
    ------
    InputError
        With every problem of every row, or if there is none.
    """
    kw = max_demand_kw = 0.0
    problems: list[InputProblem] = []
    for row in rows:
        form = Form(row.values, EQUIPMENT_FIELDS, where=row.where)
        form.require("kw", ABOVE_ZERO.zh, ABOVE_ZERO.en)
        form.text("name")
        row_kw = (form.number("kw", ABOVE_ZERO) or 0.0) * form.whole("count", 1)
        kw += row_kw
        demand_factor = form.number("demand_factor", SHARE)
        max_demand_kw += row_kw if demand_factor is None else row_kw * demand_factor
        problems += form.problems
    if not problems and kw == 0:
        problems.append(
            InputProblem(
                field="equipment",
                zh="设备清单为空，应至少有一台设备",
                en="the equipment list is empty; list at least one piece",
            )
        )
    if problems:
        raise InputError(problems)
    return EquipmentTotals(kw, max_demand_kw)


def read_limits(rows: Iterable[Row]) -> dict[str, float]:
    """Return a company's own current limits of conductors, in amperes, by type.

    Parameters
    ----------
    rows
        Values by the names of `LIMIT_FIELDS`; a type stands once.

    Raises
    ------
    InputError
        With every problem of every row.
    """
    limits: dict[str, float] = {}
    problems: list[InputProblem] = []
    for row in rows:
        form = Form(row.values, LIMIT_FIELDS, where=row.where)
        form.require("type", "目录中的导线型号", "a conductor type of the catalogue")
        form.require("limit_a", ABOVE_ZERO.zh, ABOVE_ZERO.en)
        name, limit_a = form.text("type"), form.number("limit_a", ABOVE_ZERO)
        if name in limits:
            form.refuse_value("type", name, "只出现一次的型号", "a type that stands only once")
        problems += form.problems
        if name is not None and limit_a is not None:
            limits[name] = limit_a
    if problems:
        raise InputError(problems)
    return limits
