"""The largest single-phase load on the IEEE European low-voltage feeder, against pandapower."""

from __future__ import annotations

import pytest

from tests.grid_models.unbalanced.areas import european
from tests.grid_models.unbalanced.test_largest import asked, bisected

pytestmark = pytest.mark.acceptance


@pytest.mark.parametrize(
    ("node", "phase"), [("bus:34", "a"), ("bus:276", "b"), ("bus:619", "c"), ("bus:906", "a")]
)
def test_the_largest_load_is_that_of_a_pandapower_bisection(node: str, phase: str) -> None:
    # its 416 V are above what is legal at 380 V: most phases are too high as they are
    found = asked(european(), node)[phase].kva
    low, high = bisected(european(), node, phase, steps=12)
    assert low - 1e-3 <= found <= high + 1e-3
