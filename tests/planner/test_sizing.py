"""The new line's conductor: currents and voltage drops by hand.

100 kVA at the lowest legal 353.4 V: 100 / (sqrt 3 x 0.3534) = 163.37 A, of which 80 % of an
ampacity of 204.21 A is enough. 90 kW and 43.59 kvar over 100 m of 0.387 and 0.078 ohm/km:
(90 x 0.0387 + 43.59 x 0.0078) / 0.38^2 / 10 = 2.6475 %.
"""

from __future__ import annotations

from math import sqrt
from typing import Any

import pytest

from planner.plan import Conductor, DesignLoad
from planner.sizing import (
    ConductorChoice,
    ShortCircuitDuty,
    choose_conductor,
    conductor_choices,
)
from tests.planner.example import catalogue

THIN = ConductorChoice(
    type="thin", r_ohm_per_km=0.387, x_ohm_per_km=0.078, c_nf_per_km=300.0, ampacity_a=210.0
)
THICK = ConductorChoice(
    type="thick", r_ohm_per_km=0.193, x_ohm_per_km=0.07, c_nf_per_km=310.0, ampacity_a=400.0
)


def load(s_kva: float, power_factor: float = 0.9) -> DesignLoad:
    p_kw, q_kvar = s_kva * power_factor, s_kva * sqrt(1.0 - power_factor**2)
    return DesignLoad(
        p_kw=p_kw, q_kvar=q_kvar, s_kva=s_kva, power_factor=power_factor, basis="equipment"
    )


def chosen(
    *choices: ConductorChoice,
    s_kva: float = 100.0,
    length_m: float = 100.0,
    drop_limit_pct: float = 4.0,
    **facts: Any,
) -> Conductor:
    return choose_conductor(
        choices,
        load(s_kva),
        nominal_kv=0.38,
        lowest_kv=0.3534,
        length_m=length_m,
        drop_limit_pct=drop_limit_pct,
        loading_limit_pct=80.0,
        laying="cable",
        **facts,
    )


def of_ampacity(ampacity_a: float) -> ConductorChoice:
    return ConductorChoice(
        type=f"{ampacity_a:g} A", r_ohm_per_km=0.001, x_ohm_per_km=0.001, c_nf_per_km=0.0,
        ampacity_a=ampacity_a,
    )  # fmt: skip


# Current -----------------------------------------------------------------------------------------


def test_the_smallest_conductor_of_which_80_percent_carries_the_current_is_taken() -> None:
    choices = [of_ampacity(204.1), of_ampacity(204.3), of_ampacity(900.0)]
    found = chosen(*choices)
    assert (found.type, found.parallel) == ("204.3 A", 1)


def test_an_ampacity_that_is_just_enough_is_enough() -> None:
    exact_a = 100.0 / (sqrt(3.0) * 0.3534) * 100.0 / 80.0
    assert exact_a == pytest.approx(204.21, abs=0.01)
    assert chosen(of_ampacity(exact_a), of_ampacity(900.0)).ampacity_a == exact_a


@pytest.mark.parametrize(
    ("s_kva", "parallel"),
    [(100.0, 1), (200.0, 2), (205.0, 3), (301.0, 3), (302.0, 4), (1_000.0, 10)],
)
def test_the_fewest_circuits_of_the_largest_share_the_current(s_kva: float, parallel: int) -> None:
    # 80 % of 205 A: 100.38 kVA a circuit
    found = chosen(of_ampacity(100.0), of_ampacity(205.0), s_kva=s_kva, length_m=1.0)
    assert (found.type, found.parallel) == ("205 A", parallel)


def test_one_phase_carries_the_current_of_three() -> None:
    choices = [of_ampacity(204.3), of_ampacity(612.5), of_ampacity(612.7)]
    assert chosen(*choices, current_factor=3.0).type == "612.7 A"


# Voltage drop ------------------------------------------------------------------------------------


def test_a_drop_within_its_share_leaves_the_smallest_conductor() -> None:
    assert chosen(THIN, THICK, drop_limit_pct=2.648).type == "thin"


def test_a_drop_beyond_its_share_takes_the_next_larger() -> None:
    assert chosen(THIN, THICK, drop_limit_pct=2.647).type == "thick"


def test_the_drop_grows_with_the_length() -> None:
    # 4 % / 2.6475 % x 100 m = 151.08 m
    assert chosen(THIN, THICK, length_m=151.0).type == "thin"
    assert chosen(THIN, THICK, length_m=151.2).type == "thick"


@pytest.mark.parametrize(("length_m", "parallel"), [(151.0, 1), (302.0, 2), (302.4, 3)])
def test_circuits_in_parallel_share_the_drop(length_m: float, parallel: int) -> None:
    assert chosen(THIN, length_m=length_m).parallel == parallel


def test_the_drop_of_one_phase_counts_as_often_as_the_rule_says() -> None:
    # 4 % / 6 / 2.6475 % x 100 m = 25.18 m
    assert chosen(THIN, THICK, length_m=25.1, drop_factor=6.0).type == "thin"
    assert chosen(THIN, THICK, length_m=25.3, drop_factor=6.0).type == "thick"


def test_the_conductor_has_the_values_of_one_circuit() -> None:
    found = chosen(THIN, s_kva=200.0, length_m=10.0)
    assert found == Conductor(
        type="thin", laying="cable", parallel=2, r_ohm_per_km=0.387, x_ohm_per_km=0.078,
        c_nf_per_km=300.0, ampacity_a=210.0,
    )  # fmt: skip


# Circuits laid together ---------------------------------------------------------------------------


def test_two_circuits_laid_together_carry_less_than_twice_as_much() -> None:
    # 205 A x 0.85 = 174.25 A a circuit; 302 A each of one, 348.5 A of two
    found = chosen(of_ampacity(205.0), s_kva=150.0, length_m=1.0, circuit_factors=(1.0, 0.85, 0.8))
    assert (found.parallel, found.ampacity_a) == (2, pytest.approx(174.25))


@pytest.mark.parametrize(("s_kva", "parallel"), [(170.0, 2), (171.0, 3), (240.9, 3), (241.1, 4)])
def test_the_last_factor_holds_for_more_circuits(s_kva: float, parallel: int) -> None:
    # one circuit carries 100.39 kVA: two 170.7, three 240.9, four 321.3
    found = chosen(of_ampacity(205.0), s_kva=s_kva, length_m=1.0, circuit_factors=(1.0, 0.85, 0.8))
    assert found.parallel == parallel


# Short circuit -----------------------------------------------------------------------------------


def of_area(area_mm2: float, material: str = "copper") -> ConductorChoice:
    return ConductorChoice(
        type=f"{area_mm2:g} mm2", r_ohm_per_km=0.001, x_ohm_per_km=0.001, c_nf_per_km=0.0,
        ampacity_a=900.0, area_mm2=area_mm2, material=material,
    )  # fmt: skip


def duty(current_ka: float) -> ShortCircuitDuty:
    return ShortCircuitDuty(
        current_ka=current_ka, seconds=0.25, c={"copper": 125.0, "aluminium": 80.0}
    )


@pytest.mark.parametrize(("current_ka", "area"), [(17.5, "70 mm2"), (17.6, "95 mm2")])
def test_the_conductor_stands_the_short_circuit_until_it_is_cleared(
    current_ka: float, area: str
) -> None:
    # 17,500 A x 0.5 / 125 = 70.0 mm2
    assert chosen(of_area(70.0), of_area(95.0), duty=duty(current_ka)).type == area


def test_aluminium_stands_less_than_copper() -> None:
    # 10,000 A x 0.5: 40 mm2 of copper, 62.5 mm2 of aluminium
    assert chosen(of_area(50.0), of_area(70.0), duty=duty(10.0)).type == "50 mm2"
    thin, thick = of_area(50.0, "aluminium"), of_area(70.0, "aluminium")
    assert chosen(thin, thick, duty=duty(10.0)).type == "70 mm2"


def test_where_none_stands_it_one_circuit_of_the_largest_is_taken() -> None:
    found = chosen(of_area(50.0), of_area(70.0), duty=duty(30.0))
    assert (found.type, found.parallel) == ("70 mm2", 1)


# The catalogue -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("kv", "laying"), [(0.4, "cable"), (10.0, "overhead"), (20.0, "cable")])
def test_the_catalogue_s_conductors_come_smallest_first(kv: float, laying: str) -> None:
    ampacities = [choice.ampacity_a for choice in conductor_choices(catalogue(), kv, laying)]
    assert len(ampacities) > 5
    assert ampacities == sorted(ampacities)


def test_a_cable_counts_with_its_lowest_ampacity() -> None:
    # 4x25 mm2: 105 A in air, 92 A in the ground, 78 A in a duct
    first, *_ = conductor_choices(catalogue(), 0.4, "cable")
    assert (first.type, first.ampacity_a) == ("YJV22-0.6/1-4x25", 78.0)


def test_a_node_of_380_v_takes_the_conductors_of_400_v() -> None:
    assert conductor_choices(catalogue(), 0.38, "cable") == conductor_choices(
        catalogue(), 0.4, "cable"
    )


def test_800_kva_at_10_kv_take_the_smallest_overhead_line() -> None:
    # 800 / (sqrt 3 x 9.3) / 0.8 = 62.1 A of 164 A
    found = choose_conductor(
        conductor_choices(catalogue(), 10.0, "overhead"), load(800.0, 0.95), nominal_kv=10.0,
        lowest_kv=9.3, length_m=50.0, drop_limit_pct=5.0, loading_limit_pct=80.0,
        laying="overhead",
    )  # fmt: skip
    assert (found.type, found.parallel) == ("JKLYJ-10-50", 1)


def test_100_kva_at_low_voltage_take_a_cable_of_120_mm2() -> None:
    # 204.2 A: 4x95 carries 185 A in a duct, 4x120 carries 215 A
    found = chosen(*conductor_choices(catalogue(), 0.4, "cable"), length_m=50.0)
    assert (found.type, found.parallel) == ("YJV22-0.6/1-4x120", 1)
