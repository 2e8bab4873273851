"""Making measures: each as the edits of the grid that it comes to, and back from a plan's JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Any, assert_never

from grid_models.edits import (
    AddTransformer,
    Edit,
    NewNode,
    ReplaceConductor,
    ReplaceTransformer,
    SetSwitches,
    apply,
    apply_conductors,
)
from grid_models.grid import Grid
from planner.plan import (
    ConductorReplacement,
    FeederAddition,
    Measure,
    OpenPointMove,
    TransformerAddition,
    TransformerReplacement,
)

__all__ = ["edits_of", "made", "read_measure"]

_KINDS: Mapping[str, type[Any]] = {
    "open_point_move": OpenPointMove,
    "conductor_replacement": ConductorReplacement,
    "transformer_replacement": TransformerReplacement,
    "transformer_addition": TransformerAddition,
    "feeder_addition": FeederAddition,
}


def edits_of(measure: Measure) -> tuple[Edit, ...]:
    """Return what a measure does to a grid; a new feeder is the customer's own new line."""
    match measure:
        case OpenPointMove():
            return (SetSwitches(closed=measure.closed, opened=measure.opened),)
        case ConductorReplacement():
            return tuple(
                ReplaceConductor(
                    element_id=name, parallel=1, r_ohm_per_km=measure.r_ohm_per_km,
                    x_ohm_per_km=measure.x_ohm_per_km, c_nf_per_km=measure.c_nf_per_km,
                    ampacity_a=measure.ampacity_a, conductor_type=measure.type,
                    laying=measure.laying,
                )
                for name in measure.line_ids
            )  # fmt: skip
        case TransformerReplacement():
            return (
                ReplaceTransformer(
                    element_id=measure.element_id, sn_kva=measure.sn_kva, vk_pct=measure.vk_pct,
                    vkr_pct=measure.vkr_pct, pfe_w=measure.pfe_w, i0_pct=measure.i0_pct,
                ),
            )  # fmt: skip
        case TransformerAddition():
            return (
                AddTransformer(
                    transformer_id=measure.transformer_id, hv_node=measure.hv_node,
                    lv_node=measure.lv_node, sn_kva=measure.sn_kva, vn_hv_kv=measure.vn_hv_kv,
                    vn_lv_kv=measure.vn_lv_kv, vk_pct=measure.vk_pct, vkr_pct=measure.vkr_pct,
                    pfe_w=measure.pfe_w, i0_pct=measure.i0_pct, shift_degree=measure.shift_degree,
                    vector_group=measure.vector_group,
                    new_node=NewNode(
                        node_id=measure.lv_node, lon=measure.lon, lat=measure.lat, kind="cabinet"
                    ),
                ),
            )  # fmt: skip
        case FeederAddition():
            return ()
        case _:
            assert_never(measure)


def made(grid: Grid, measures: Iterable[Measure]) -> Grid:
    """Return a grid after some measures.

    Raises
    ------
    InputError
        If one of them cannot be made in it.
    """
    for measure in measures:
        edits = edits_of(measure)
        conductors = [edit for edit in edits if isinstance(edit, ReplaceConductor)]
        if conductors:
            grid = apply_conductors(conductors, grid)
        for edit in edits:
            if not isinstance(edit, ReplaceConductor):
                grid = apply(edit, grid)
    return grid


def read_measure(stated: Mapping[str, Any]) -> Measure:
    """Return a measure from a plan's JSON."""
    kind = _KINDS[stated["kind"]]
    values = {field.name: stated[field.name] for field in fields(kind)}
    measure: Measure = kind(
        **{name: tuple(v) if isinstance(v, list) else v for name, v in values.items()}
    )
    return measure
