"""Where a rotating machine feeds a part of the grid nothing bounds the greatest current there."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandapower as pp
import pytest

from grid_models.compiled import compile_grid
from grid_models.grid import Grid
from grid_models.short_circuits import find_short_circuits
from tests.grid_models.grids import coil, grid_of, source, wire
from tests.grid_models.readers.nets import read, small_net
from tests.grid_models.short_circuits.faults import BASIS, KNOWN, max_ka, min_ka, short_circuits


def with_generator(node: str = "B", **values: Any) -> Grid:
    """Return two parts, A to B and C to D; a generator of 1 MW stands at a node."""
    return grid_of(
        dict.fromkeys("ABCD", 10.0),
        lines={"L": wire("A", "B", 2.0), "M": wire("C", "D", 2.0)},
        generators={"G": {"node": node, "p_kw": 1000.0} | values},
        sources={"grid": source("A", **KNOWN), "other": source("C", **KNOWN)},
    )


@pytest.mark.parametrize("node", ["A", "B"])
def test_a_generator_that_holds_a_voltage_leaves_its_part_without_a_greatest(node: str) -> None:
    found = short_circuits(with_generator(node, v_pu=1.0))
    assert np.isnan(found.max_ka).tolist() == [True, True, False, False]
    assert found.has_machine.tolist() == [True, True, False, False]
    assert not found.is_bound.any()


@pytest.mark.parametrize("kind", ["Hydro_MV", "CHP", "async", "Biomass_MV", "synchronous", "水电"])
def test_so_does_one_whose_kind_rotates(kind: str) -> None:
    assert np.isnan(max_ka(with_generator(kind=kind), "A"))


@pytest.mark.parametrize("kind", ["", "PV", "storage", "WP", "lv_RES", "光伏"])
def test_a_converter_does_not(kind: str) -> None:
    found = short_circuits(with_generator(kind=kind))
    assert np.isfinite(found.max_ka).all()
    assert not found.has_machine.any()


def test_a_machine_out_of_service_does_not() -> None:
    assert np.isfinite(max_ka(with_generator(v_pu=1.0, is_in_service=False), "B"))


def test_a_bound_of_a_source_of_unknown_strength_is_none_beside_a_machine() -> None:
    grid = with_generator(v_pu=1.0)
    grid = grid.with_tables(sources=grid.sources.assign(short_circuit_mva=np.nan))
    found = short_circuits(grid)
    assert np.isnan(found.max_ka[:2]).all()
    assert found.is_bound.tolist() == [False, False, True, True]


def test_the_least_current_stays_what_it_is_without_the_machine() -> None:
    alone = min_ka(with_generator(is_in_service=False), "B")
    assert min_ka(with_generator(v_pu=1.0), "B") == pytest.approx(alone, rel=1e-9)


def below_two_main_transformers(**unit: Any) -> Grid:
    """Return B and C at 10 kV below A; the machine stands at C."""
    return grid_of(
        {"A": 110.0, "B": 10.0, "C": 10.0},
        transformers={
            "T1": coil("A", "B", 20_000.0, 110.0, 10.5),
            "T2": coil("A", "C", 20_000.0, 110.0, 10.5) | unit,
        },
        generators={"G": {"node": "C", "p_kw": 1000.0, "kind": "hydro"}},
        sources={"grid": source("A", **KNOWN)},
    )


def test_a_machine_counts_in_every_tree_of_its_external_grid() -> None:
    compiled = compile_grid(below_two_main_transformers())
    found = find_short_circuits(compiled, BASIS, np.array([1]))
    assert np.isnan(found.max_ka).all()


def test_a_machine_counts_beside_a_tree_that_lacks_a_value() -> None:
    compiled = compile_grid(below_two_main_transformers(sn_kva=np.nan))
    assert len(compiled.gaps) == 1
    assert np.isnan(find_short_circuits(compiled, BASIS, np.array([1])).max_ka).all()


def test_the_factor_of_converters_changes_nothing_about_it() -> None:
    compiled = compile_grid(with_generator(kind="hydro"))
    with_converters = replace(BASIS, converter_factor=1.5)
    assert np.isnan(find_short_circuits(compiled, with_converters).max_ka[:2]).all()


@pytest.mark.parametrize(
    ("stated", "kind"),
    [({}, "async"), ({"type": "PV"}, "PV"), ({"generator_type": "current_source"}, "wye")],
)
def test_an_asynchronous_generator_of_a_file_is_named_where_its_type_says_nothing(
    stated: dict[str, str], kind: str
) -> None:
    net = small_net()
    number = pp.create_sgen(net, 3, p_mw=0.1, type="wye")
    net.sgen["generator_type"] = "current_source"
    net.sgen.loc[number, ["generator_type", "type"]] = ["async", "wye"]
    for column, value in stated.items():
        net.sgen.loc[number, column] = value
    assert read(net).generators.at[f"sgen:{number}", "kind"] == kind
