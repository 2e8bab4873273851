from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from grid_models.stored.cells import SIZE_M, Cells

metres = st.floats(-5000.0, 5000.0)
boxes = st.lists(
    st.tuples(metres, metres, st.floats(0.0, 900.0), st.floats(0.0, 900.0)), max_size=40
)


@given(boxes, metres, metres, st.floats(0.0, 3000.0))
def test_every_box_within_the_distance_is_among_those_found(drawn, x, y, distance_m) -> None:
    west, south, wide, high = np.array(drawn, dtype=float).reshape(-1, 4).T
    box = np.stack([west, south, west + wide, south + high])
    found = Cells.of(box).near(x, y, distance_m)
    away_x = np.maximum(np.maximum(box[0] - x, x - box[2]), 0.0)
    away_y = np.maximum(np.maximum(box[1] - y, y - box[3]), 0.0)
    near = np.flatnonzero(np.maximum(away_x, away_y) <= distance_m)
    assert np.isin(near, found).all()
    assert (np.diff(found) > 0).all()


def test_what_lies_squares_away_is_not_looked_at() -> None:
    far = np.array([[0.0, 9 * SIZE_M], [0.0, 0.0], [0.0, 9 * SIZE_M], [0.0, 0.0]])
    assert Cells.of(far).near(0.0, 0.0, SIZE_M).tolist() == [0]


def test_what_is_larger_than_a_square_is_always_looked_at() -> None:
    long = np.array([[0.0], [0.0], [2 * SIZE_M], [0.0]])
    assert Cells.of(long).near(99 * SIZE_M, 0.0, 1.0).tolist() == [0]
