from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from grid_models.capacity import open_capacity
from grid_models.limits import find_limits
from tests.grid_models.capacities import LEGAL_V, ROOT_3, Asked, fed_by_1_ohm
from tests.grid_models.grids import coil, grid_of, source, wire


def open_at_end(
    loading_pct: list[float], promised_kva: list[float], *, k: float = 0.8, **limits: Any
) -> tuple[float, str]:
    """Open capacity at C behind a line of 1,732 kVA and a transformer of 400 kVA.

    ::

        A --L 100 A-- B --T 400 kVA-- C
    """
    grid = grid_of(
        {"A": 10.0, "B": 10.0, "C": 0.4},
        lines={"L": wire("A", "B", 0.1, ampacity_a=limits.pop("ampacity_a", 100.0))},
        transformers={"T": coil("B", "C", 400.0, 10.0, 0.4)},
        sources={"grid": source("A")},
        limits=limits.pop("limits", {}),
    )
    asked = Asked(grid)
    tree, row = asked.place("C")
    found = find_limits(asked.compiled.network, tree, LEGAL_V)
    kva, at = open_capacity(
        found,
        tree.path(row),
        np.array([0.0, *loading_pct]),
        np.array([0.0, *promised_kva]),
        k=k,
    )
    return kva, asked.name(tree, at) if at >= 0 else ""


def test_open_capacity_is_the_least_on_the_way():
    # line: 0.8 x 1732 - 0.2 x 1732 = 1039; transformer: 0.8 x 400 - 0.5 x 400 = 120
    kva, at = open_at_end([20.0, 50.0], [0.0, 0.0])
    assert kva == pytest.approx(120.0)
    assert at == "C"


def test_what_is_promised_is_no_longer_open():
    # line: 1039 - 1000 = 39; transformer: 120 - 30 = 90
    kva, at = open_at_end([20.0, 50.0], [1000.0, 30.0])
    assert kva == pytest.approx(0.6 * 100.0 * ROOT_3 * 10.0 - 1000.0)
    assert at == "B"


def test_open_capacity_below_zero_stays_below_zero():
    kva, at = open_at_end([20.0, 95.0], [0.0, 0.0])
    assert kva == pytest.approx(-60.0)
    assert at == "C"


def test_open_capacity_follows_the_share_that_may_be_used():
    assert open_at_end([0.0, 50.0], [0.0, 0.0], k=0.5)[0] == pytest.approx(0.0, abs=1e-9)


def test_open_capacity_is_counted_from_the_named_limit():
    """A limit of 40 A instead of 100 A: 20 % of the rating are 50 % of the limit."""
    limits = {"ct": {"element_id": "L", "limit_a": 40.0, "source": "ct"}}
    kva, at = open_at_end([20.0, 0.0], [300.0, 0.0], limits=limits)
    assert kva == pytest.approx((0.8 - 0.5) * 40.0 * ROOT_3 * 10.0 - 300.0)
    assert at == "B"


def test_an_element_of_unknown_rating_is_passed_over():
    kva, at = open_at_end([0.0, 50.0], [1e6, 0.0], ampacity_a=np.nan)
    assert kva == pytest.approx(120.0)
    assert at == "C"


def test_open_capacity_without_any_known_limit_is_without_end():
    grid = fed_by_1_ohm(ampacity_a=np.nan)
    asked = Asked(grid)
    tree, row = asked.place("B")
    limits = find_limits(asked.compiled.network, tree, LEGAL_V)
    none = np.zeros(2)
    assert open_capacity(limits, tree.path(row), none, none, k=0.8) == (math.inf, -1)
