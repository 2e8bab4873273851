from __future__ import annotations

import pytest

from grid_models.errors import InputError
from grid_models.synthesize import synthesize_grid


def test_every_wrong_argument_is_reported_at_once() -> None:
    with pytest.raises(InputError) as caught:
        synthesize_grid(nodes=10, seed=-1, centre=(30.28, 120.15))
    assert [problem.field for problem in caught.value.problems] == ["nodes", "seed", "centre"]
