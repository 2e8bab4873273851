"""When the phases of an area are known, and what is said to be missing when they are not."""

from __future__ import annotations

from math import nan

import pytest

from grid_models.grid import Grid
from tests.grid_models.grids import load
from tests.grid_models.samples import edited
from tests.grid_models.unbalanced.areas import area_of, on, small_grid, why_unknown


@pytest.mark.parametrize(
    ("table", "name", "values", "why"),
    [
        ("transformers", "T", {"vector_group": ""}, ("vector_group", "T")),
        ("transformers", "T", {"vector_group": "Yyn0"}, ("vector_group", "T")),
        ("transformers", "T", {"vk0_pct": nan}, ("coil_zero_sequence", "T")),
        ("lines", "AE", {"r0_ohm_per_km": nan}, ("line_zero_sequence", "AE")),
        ("lines", "AE", {"x0_ohm_per_km": nan}, ("line_zero_sequence", "AE")),
        ("loads", "d", {"phase_b_pct": nan}, ("load_phases", "d")),
        ("loads", "d", {"const_z_p_pct": 30.0}, ("load_follows_voltage", "d")),
    ],
)
def test_what_is_missing_is_named(
    table: str, name: str, values: dict[str, object], why: tuple[str, str]
) -> None:
    assert why_unknown(edited(small_grid(), table, name, **values)) == why


def test_a_capacitor_bank_has_an_unknown_zero_sequence() -> None:
    assert why_unknown(small_grid(shunts={"c": {"node": "A", "q_kvar": -5.0}})) == ("shunt", "A")


def test_the_phases_of_loads_elsewhere_do_not_matter() -> None:
    area, nodes, _ = area_of(small_grid(loads={"h": load("H", 500.0, 200.0)}))
    assert (len(area), nodes[0]) == (4, "B")


def test_a_load_of_nothing_needs_no_phase() -> None:
    assert len(area_of(small_grid(loads={"n": load("D", 0.0)}))[0]) == 4


def split_in_two(grid: Grid) -> Grid:
    """Return the grid with two circuits of half the size in the place of BA."""
    return edited(
        grid, "lines", "BA", parallel=2, r_ohm_per_km=0.64, x_ohm_per_km=0.16,
        r0_ohm_per_km=2.56, x0_ohm_per_km=0.64,
    )  # fmt: skip


def test_circuits_in_parallel_share_the_zero_sequence_too() -> None:
    one, two = area_of(small_grid())[0], area_of(split_in_two(small_grid()))[0]
    assert two.z0 == pytest.approx(one.z0)


def test_a_generator_on_one_phase_gives_there() -> None:
    given = on("E", 3.0, 0.0, 0.0, 100.0)
    area, nodes, _ = area_of(small_grid(generators={"pv": given}))
    assert area.power[nodes.index("E")].real == pytest.approx([0.0, 0.006, -0.003])
