"""How the referee sizes the new line: short circuit and circuits laid together, by hand."""

from __future__ import annotations

import copy
import warnings

import pytest
from hand_made import ask, make_ground
from pandapower.shortcircuit import calc_sc
from referee_application import Application, choose_conductor, design_load, read_conductors
from referee_trials import Trials

SITE = (830.0, 60.0)


def _strength(net):
    net.ext_grid["s_sc_max_mva"], net.ext_grid["rx_max"] = 1_000.0, 0.1


def test_the_short_circuit_of_a_bay_is_what_pandapower_finds():
    ground = make_ground(_strength)
    trials = Trials(ground, ask(*SITE, kva=630.0))
    candidate = next(c for c in trials.admissible("mv") if c.element_id == "bus:3")
    net = copy.deepcopy(ground.grid.net)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        calc_sc(net, case="max", bus=3)
    assert trials.fault_ka(candidate) == pytest.approx(net.res_bus_sc.ikss_ka[3], rel=1e-6)


def test_without_the_source_s_strength_no_short_circuit_is_known():
    trials = Trials(make_ground(), ask(*SITE, kva=630.0))
    assert trials.fault_ka(trials.admissible("mv")[0]) is None


@pytest.mark.parametrize(
    ("laying", "fault_ka", "name"),
    [
        ("overhead", None, "JKLYJ-10-50"),
        ("overhead", 6.0, "JKLYJ-10-50"),  # 6,000 x 0.7071 / 87 = 48.8 mm2
        ("overhead", 6.2, "JKLYJ-10-70"),  # 50.4 mm2
        ("cable", 13.5, "YJV22-8.7/15-3x70"),  # 13,500 x 0.7071 / 137 = 69.7 mm2
        ("cable", 13.7, "YJV22-8.7/15-3x95"),  # 70.7 mm2
    ],
)
def test_a_conductor_stands_the_short_circuit_for_half_a_second(laying, fault_ka, name):
    load = design_load(Application(0.0, 0.0, kva=630.0), "mv")
    chosen = choose_conductor(
        read_conductors(), vn_kv=10.0, laying=laying, load=load, route_m=50.0, fault_ka=fault_ka
    )
    assert chosen.type == name


def test_two_cables_side_by_side_carry_85_percent_each():
    # 200 kW: 222.2 kVA at 353.4 V are 363 A, over 0.8 453.8 A; 4x300 in duct carries 385 A
    load = design_load(Application(0.0, 0.0, kw=200.0), "lv")
    chosen = choose_conductor(
        read_conductors(), vn_kv=0.4, laying="cable", load=load, route_m=20.0, fault_ka=30.0
    )
    assert (chosen.type, chosen.parallel) == ("YJV22-0.6/1-4x300", 2)
    assert chosen.ampacity_a == pytest.approx(327.25)
