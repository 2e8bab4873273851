"""A grid small enough to be worked by hand: what each rule of the procedure is tried on.

    110 kV == trafo 2 == busbar 1 --0-- joint 2 --1-- unit 3 --2-- unit 4 --3-- pole 5 --4-- end 6
                                                        |            |
                                                    trafo 0       trafo 1
                                                        |            |
                                                     board 7      board 10
                                                        |
                                                      --5-- node 8 --6-- node 9

Lines 0 to 2 are cable, 3 and 4 overhead; units have switches, the joint has nothing but its two
lines. Metres from the busbar, eastward and northward, stand beside each bus.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable

import pandapower as pp
from referee_application import Application
from referee_candidates import Facts
from referee_trials import Ground

ORIGIN = (120.15, 30.28)
METRES_A_DEGREE = (96_250.0, 110_860.0)  # of longitude and latitude there
BUSES = [
    (110.0, (0.0, -20.0)), (10.0, (0.0, 0.0)), (10.0, (400.0, 0.0)), (10.0, (800.0, 0.0)),
    (10.0, (1_060.0, 0.0)), (10.0, (1_500.0, 0.0)), (10.0, (2_000.0, 0.0)),
    (0.4, (800.0, 10.0)), (0.4, (800.0, 50.0)), (0.4, (800.0, 90.0)), (0.4, (1_060.0, 10.0)),
]  # fmt: skip
LOADS_KW = {4: 300.0, 6: 200.0, 7: 40.0, 9: 80.0, 10: 100.0}
LV_LINE_M = {5: 40.0, 6: 40.0}
TRANSFORMERS_KVA = {0: 200.0, 1: 630.0}

Change = Callable[[pp.pandapowerNet], None]


def at(east_m: float, north_m: float) -> tuple[float, float]:
    lon, lat = ORIGIN
    return lon + east_m / METRES_A_DEGREE[0], lat + north_m / METRES_A_DEGREE[1]


def make_net(change: Change | None = None) -> pp.pandapowerNet:
    """The grid above, changed by hand if asked, with its base case solved."""
    net = pp.create_empty_network()
    for vn_kv, metres in BUSES:
        pp.create_bus(net, vn_kv, geodata=at(*metres))
    pp.create_ext_grid(net, 0)
    for hv, lv, kva in ((3, 7, TRANSFORMERS_KVA[0]), (4, 10, TRANSFORMERS_KVA[1])):
        pp.create_transformer_from_parameters(
            net, hv, lv, kva / 1000.0, 10.0, 0.4, vkr_percent=1.0, vk_percent=4.0, pfe_kw=0.5,
            i0_percent=0.3, tap_pos=0, tap_neutral=0, tap_step_percent=2.5, tap_side="hv",
            tap_changer_type="Ratio",
        )  # fmt: skip
    pp.create_transformer_from_parameters(
        net, 0, 1, 40.0, 110.0, 10.2, vkr_percent=0.3, vk_percent=10.0, pfe_kw=20.0,
        i0_percent=0.1, tap_pos=0, tap_neutral=0, tap_step_percent=1.5, tap_side="hv",
        tap_changer_type="Ratio",
    )  # fmt: skip
    for start in range(1, 6):
        length_m = BUSES[start + 1][1][0] - BUSES[start][1][0]
        laying = "cs" if start <= 3 else "ol"
        _line(net, start, start + 1, length_m, 0.16, 0.1, 0.3, laying)
    for index, length_m in LV_LINE_M.items():
        _line(net, index + 2, index + 3, length_m, 0.12, 0.08, 0.36, "cs")
    for bus, kw in LOADS_KW.items():
        pp.create_load(net, bus, kw / 1000.0, 0.3 * kw / 1000.0)
    for bus, line in ((1, 0), (3, 1), (3, 2), (4, 2), (4, 3)):
        pp.create_switch(net, bus, line, "l", closed=True, type="LBS")
    if change is not None:
        change(net)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pp.runpp(net)
    return net


def _line(net, start: int, end: int, length_m: float, r: float, x: float, ka: float, laying: str):
    pp.create_line_from_parameters(
        net, start, end, length_km=length_m / 1000.0, r_ohm_per_km=r, x_ohm_per_km=x,
        c_nf_per_km=200.0, max_i_ka=ka, type=laying,
    )  # fmt: skip


def make_ground(change: Change | None = None, *, has_spare_bays: bool = True) -> Ground:
    return Ground(make_net(change), facts=Facts(has_spare_bays=has_spare_bays))


def ask(east_m: float, north_m: float, **power: float) -> Application:
    return Application(*at(east_m, north_m), **power)
