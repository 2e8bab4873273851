from __future__ import annotations

from datetime import date
from functools import cache

import numpy as np

from grid_models.grid import Grid
from grid_models.model import GridModel
from grid_models.synthesize import synthesize_grid

DAY = date(2026, 7, 1)
LEGAL_V = {10.0: (9300.0, 10700.0), 0.4: (353.4, 406.6)}
NODES = 11_000


@cache
def city() -> Grid:
    return synthesize_grid(nodes=NODES, seed=5, load_date=DAY, topology_date=DAY)


@cache
def model() -> GridModel:
    return GridModel.of(city())


def test_the_same_seed_gives_the_same_city() -> None:
    again = synthesize_grid(nodes=NODES, seed=5, load_date=DAY, topology_date=DAY)
    assert again.version == city().version


def test_a_small_district_is_the_one_the_documents_show() -> None:
    district = synthesize_grid(nodes=3000, seed=1, load_date=DAY, topology_date=DAY)
    assert district.nodes["name"].str.startswith("文园公变 12").any()
    assert len(district.nodes) == 3000
    assert len(district.sources) == 2


def test_a_city_has_exactly_as_many_nodes_as_asked() -> None:
    assert len(city().nodes) == NODES


def test_districts_and_source_trees_of_a_city_differ_in_size() -> None:
    sizes = [len(tree) for tree in model().compiled.trees]
    assert len(sizes) >= 2 * 3
    assert len(set(sizes)) == len(sizes)
    assert max(sizes) > 1.2 * min(sizes)


def test_no_two_feeders_of_a_city_are_copies() -> None:
    seen = set()
    for number, tree in enumerate(model().compiled.trees):
        head = model().topology(number).feeder_head
        for row in np.unique(head[head >= 0]).tolist():
            rows = slice(row, int(tree.end[row]))
            seen.add((tree.p[rows].tobytes(), tree.r[rows].tobytes()))
    assert len(seen) == len(city().limits) / 4  # four limits a head


def test_every_feeder_of_a_city_stands_within_its_limits() -> None:
    for number in range(len(model().compiled.trees)):
        state, limits = model().state(number), model().limits(number, LEGAL_V)
        assert (state.loading_pct * limits.factor < 100.0).all()
        assert (state.v_pu > limits.v_low_pu).all()
        assert (state.v_pu < limits.v_high_pu).all()


def test_rings_of_a_city_are_open() -> None:
    assert model().compiled.meshes == ()
    assert int(model().open_points.sum()) > len(model().compiled.trees)


def test_progress_counts_nodes_up_to_all_of_them() -> None:
    drawn: list[int] = []
    synthesize_grid(nodes=6_000, seed=1, on_progress=drawn.append)
    assert drawn == sorted(drawn)
    assert len(drawn) >= 2
    assert drawn[-1] == 6_000
