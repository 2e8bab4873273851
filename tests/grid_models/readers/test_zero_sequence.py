"""Zero-sequence values of a pandapower file."""

from __future__ import annotations

from math import nan

import pandas as pd
import pytest

from grid_models.readers.phases import read_coil_zero_sequence, read_line_zero_sequence


def coil(**values: float) -> list[float]:
    rows = pd.DataFrame([{"vk0_percent": 5.0, "vkr0_percent": 3.0} | values])
    return [float(column[0]) for column in read_coil_zero_sequence(rows).values()]


def test_a_transformer_without_a_magnetising_branch_is_seen_as_it_is() -> None:
    assert coil() == pytest.approx([5.0, 3.0])


def test_the_low_side_sees_its_leakage_and_the_two_others_in_parallel() -> None:
    """Of 3 + 4j: 1.5 + 2j, and 1.5 + 2j beside 5j: (1.5 + 2j) 5j / (1.5 + 7j)."""
    seen = 1.5 + 2j + (1.5 + 2j) * 5j / (1.5 + 7j)
    found = coil(mag0_percent=100.0, mag0_rx=0.0, si0_hv_partial=0.5)
    assert found == pytest.approx([abs(seen), seen.real])


@pytest.mark.parametrize("values", [{"vk0_percent": 0.0}, {"vk0_percent": nan}])
def test_a_voltage_of_zero_is_none(values: dict[str, float]) -> None:
    assert pd.isna(coil(**values)).all()


def test_a_line_of_two_zeros_says_nothing() -> None:
    rows = pd.DataFrame({"r0_ohm_per_km": [0.0, 0.4], "x0_ohm_per_km": [0.0, 0.3]})
    found = read_line_zero_sequence(rows)
    assert found["r0_ohm_per_km"].tolist() == pytest.approx([nan, 0.4], nan_ok=True)
