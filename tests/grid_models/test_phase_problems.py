"""Phases and zero sequences: what cannot be right or is half stated is found, with its ids."""

from __future__ import annotations

from math import nan
from typing import Any

import pytest

from grid_models.schema import find_problems
from tests.grid_models.samples import edited
from tests.planner.phased import phased_grid

CODES = {
    "phase_shares_partial", "phase_shares_sum", "vkr0_above_vk0", "zero_sequence_partial",
    "zero_sequence_resistance",
}  # fmt: skip


def found(table: str, name: str, **values: Any) -> list[tuple[str, tuple[str, ...], str]]:
    grid = edited(phased_grid(50.0, 40.0, 10.0), table, name, **values)
    return [(p.code, p.ids, p.severity) for p in find_problems(grid)]


def test_right_phases_are_no_problem() -> None:
    assert found("loads", "load:2", phase_a_pct=50.0) == []


@pytest.mark.parametrize(
    ("table", "name", "values", "code", "severity"),
    [
        ("loads", "load:2", {"phase_a_pct": 60.0}, "phase_shares_sum", "error"),
        ("loads", "load:2", {"phase_a_pct": nan}, "phase_shares_partial", "warning"),
        ("lines", "line:3", {"x0_ohm_per_km": nan}, "zero_sequence_partial", "warning"),
        ("lines", "line:3", {"r0_ohm_per_km": 0.01}, "zero_sequence_resistance", "warning"),
        ("lines", "line:3", {"r0_ohm_per_km": 9.0}, "zero_sequence_resistance", "warning"),
        ("lines", "line:3", {"x0_ohm_per_km": -0.1}, "x0_ohm_per_km_out_of_range", "error"),
        ("transformers", "trafo:2", {"vkr0_pct": 4.5}, "vkr0_above_vk0", "error"),
        ("transformers", "trafo:2", {"vk0_pct": nan}, "zero_sequence_partial", "warning"),
    ],
)
def test_what_cannot_be_right_is_found(
    table: str, name: str, values: dict[str, float], code: str, severity: str
) -> None:
    assert found(table, name, **values) == [(code, (name,), severity)]
