from __future__ import annotations

from dataclasses import replace

import pytest

from planner.ranking import rank
from tests.planner.example import example_rules
from tests.planner.test_ranking import point


@pytest.mark.parametrize("by", ["nearest_public", "reliability", "cost"])
def test_n_minus_1_is_foreseen_of_every_option_it_is_asked_of(by: str) -> None:
    foreseen: set[int] = set()
    asked: set[int] = set()

    def ask(index: int) -> bool:
        asked.add(index)
        assert index in foreseen
        return True

    options = [
        replace(point(f"line:{k}", 50.0 * k), index=k, secure=lambda k=k: ask(k))
        for k in range(1, 8)
    ]
    rank(options, example_rules(), by, foresee=lambda some: foreseen.update(o.index for o in some))
    assert asked == foreseen != set()
