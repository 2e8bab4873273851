"""Lines of 35 and 110 kV of one customer's own: section 2, 3 and 4 written again for them.

The whole net is solved with the line and the load in it; nothing is cut out.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandapower as pp
from referee_admission import PUBLIC
from referee_application import Conductor, choose_conductor
from referee_cost import cost_of_dedicated
from referee_limits import (
    DETOUR,
    HEAVY_LIMIT_PCT,
    HV_BANDS_KVA,
    HV_OPTIONS,
    HV_VOLTAGE_LIMITS_V,
    MAX_DISTANCE_M,
    NEAR_M,
    NEAR_SHARE,
    SHORTEST_ROUTE_M,
    THERMAL_LIMIT_PCT,
)
from referee_options import LOADING_POINTS, METRES, PARTIAL, VOLTAGE_PU, Json
from referee_tree import is_live
from referee_trials import Trials

KIND = "hv_dedicated"
VOLTS = 1.0
# What keeps a line from a station that only the product's own data show.
ELSEWHERE = {"restricted_area", "no_route", "no_spare_bay"}


@dataclass(frozen=True, slots=True)
class Station:
    """A busbar seen from the site."""

    bus: int
    vn_kv: float
    distance_m: float
    is_public: bool

    @property
    def element_id(self) -> str:
        return f"bus:{self.bus}"

    @property
    def route_m(self) -> float:
        return max(DETOUR * self.distance_m, SHORTEST_ROUTE_M)


def is_dedicated(option: Json) -> bool:
    return option["supply_kv"] in HV_BANDS_KVA


def objections_to_dedicated(plan: Json, trials: Trials, *, along_streets: bool) -> Iterator[str]:
    """Every busbar in reach is offered or refused, the nearest first; lines hold their limits."""
    options = [option for option in plan["options"] if option["kind"] not in PARTIAL]
    if any(not is_dedicated(option) for option in options):
        if any(is_dedicated(option) for option in options):
            yield "a dedicated line stands beside an option at a lower voltage"
        return
    capacity_kva = trials.loads["hv"].capacity_kva
    stations = {station.element_id: station for station in find_stations(trials)}
    lengths = [option["sources"][0]["route"]["length_m"] for option in options]
    # of options equally near another one may be first
    if lengths and lengths[0] > max(min(lengths) + NEAR_M, NEAR_SHARE * min(lengths)) + METRES:
        yield f"option 1 is not equally near: {lengths}"
    for option in options:
        name = option["sources"][0]["access_point"]["element_id"]
        station = stations.get(name)
        if station is None or not station.is_public:
            yield f"{name} is no public busbar of 35 or 110 kV in reach"
            continue
        least, most = HV_BANDS_KVA[station.vn_kv]
        if not least <= capacity_kva <= most:
            yield f"{name} has {station.vn_kv} kV, not for {capacity_kva} kVA"
        for objection in _line(option, station, trials, along_streets=along_streets):
            yield f"{name}: {objection}"
    if options and plan["answer"]["mode"] != "back_office":
        yield f"mode {plan['answer']['mode']} with a line of 35 kV or above"
    yield from _left_out(plan, list(stations.values()), trials)


def _left_out(plan: Json, stations: list[Station], trials: Trials) -> Iterator[str]:
    """A busbar that takes the capacity is offered, or is refused for what is seen or so."""
    capacity_kva = trials.loads["hv"].capacity_kva
    offered = {option["sources"][0]["access_point"]["element_id"] for option in plan["options"]}
    codes = {
        entry["access_point"]["element_id"]: {reason["code"] for reason in entry["reasons"]}
        for entry in plan["rejected"]
        if entry["kind"] == KIND
    }
    for station in stations:
        least, most = HV_BANDS_KVA[station.vn_kv]
        if station.element_id in offered or len(offered) >= HV_OPTIONS:
            continue
        if not station.is_public or not least <= capacity_kva <= most:
            continue
        said = codes.get(station.element_id)
        if said is None:
            yield f"{station.element_id} is neither offered nor refused"
        elif not said & ELSEWHERE and not list(_broken(trials, station, _built(trials, station))):
            yield f"{station.element_id} is refused for {sorted(said)}, but it passes"


def find_stations(trials: Trials) -> list[Station]:
    """Busbars of 35 and 110 kV within reach, nearest first: of a station of a name the nearest
    public one. A node that is a source is a busbar."""
    ground = trials.ground
    net, tree = ground.grid.net, ground.tree
    live = is_live(tree, net.bus.index.to_numpy())
    sources = {tree.joint[int(bus)] for bus in net.ext_grid.bus[net.ext_grid.in_service]}
    found: dict[tuple[object, float], Station] = {}
    for row, bus in enumerate(net.bus.index):
        vn_kv = float(net.bus.at[bus, "vn_kv"])
        is_busbar = "kind" in net.bus and net.bus.at[bus, "kind"] == "busbar"
        is_busbar |= "kind" not in net.bus and net.bus.at[bus, "type"] == "b"
        if vn_kv not in HV_BANDS_KVA or not live[row]:
            continue
        if not is_busbar and tree.joint[int(bus)] not in sources:
            continue
        distance_m = float(np.hypot(*(ground.plane.bus_xy[row] - trials.xy)))
        if distance_m > MAX_DISTANCE_M["hv"]:
            continue
        owner = ground.search._owners.of_node(int(bus), tree.joint[int(bus)])
        station = Station(int(bus), vn_kv, distance_m, owner == PUBLIC)
        name = net.bus.at[bus, "substation_id"] if "substation_id" in net.bus else ""
        key = (name or tree.joint[int(bus)], vn_kv)
        known = found.get(key)
        if known is None or (not station.is_public, distance_m) < (
            not known.is_public, known.distance_m,
        ):  # fmt: skip
            found[key] = station
    return sorted(found.values(), key=lambda station: station.route_m)


def _line(option: Json, station: Station, trials: Trials, *, along_streets: bool) -> Iterator[str]:
    source, load = option["sources"][0], trials.loads["hv"]
    route_m, given = source["route"]["length_m"], source["conductor"]
    if abs(source["access_point"]["distance_m"] - station.distance_m) > METRES:
        yield f"distance {source['access_point']['distance_m']}, measured {station.distance_m}"
    if not along_streets and abs(route_m - station.route_m) > METRES:
        yield f"route {route_m}, measured {station.route_m}"
    if option["kind"] != KIND or option["supply_kv"] != station.vn_kv:
        yield f"kind {option['kind']} of {option['supply_kv']} kV at {station.vn_kv} kV"
    if abs(option["capacity_kva"] - load.capacity_kva) > 1e-6:
        yield f"capacity {option['capacity_kva']}, should be {load.capacity_kva}"
    expected = _built(trials, station, route_m)
    for name in ("type", "parallel", "r_ohm_per_km", "x_ohm_per_km", "c_nf_per_km", "ampacity_a"):
        if given[name] != getattr(expected, name):
            yield f"conductor {name} {given[name]}, should be {getattr(expected, name)}"
    net, line, bus = _solved(trials, station, expected, route_m)
    flow = option["power_flow"]
    v_pu = float(net.res_bus.at[bus, "vm_pu"])
    if abs(flow["v_customer_pu"] - v_pu) > VOLTAGE_PU:
        yield f"v_customer_pu {flow['v_customer_pu']}, solved {v_pu}"
    loading_pct = float(net.res_line.at[line, "loading_percent"])
    for check in option["checks"]:
        is_loading = check["element_id"] == "new:line:1" and check["unit"] == "%"
        if is_loading and abs(check["value"] - loading_pct) > LOADING_POINTS:
            yield f"{check['code']} {check['value']}, solved {loading_pct}"
        if check["code"] == "voltage_low" and check["element_id"] == "new:node:1":
            volts = 1000.0 * station.vn_kv * v_pu
            if abs(check["value"] - volts) > VOLTS:
                yield f"voltage_low {check['value']}, solved {volts}"
    yield from _broken(trials, station, expected, route_m)
    should = cost_of_dedicated(expected, load, station.vn_kv, route_m)
    for name, cny in zip(("p15", "p50", "p85"), should, strict=True):
        if not math.isclose(option["cost"][name], cny, abs_tol=0.01):
            yield f"cost {name} {option['cost'][name]}, should be {cny}"


def _built(trials: Trials, station: Station, route_m: float | None = None) -> Conductor:
    """The smallest conductor that does, the short circuit known where the busbar is a source."""
    net = trials.ground.grid.net
    feeds = net.ext_grid[(net.ext_grid.bus == station.bus) & net.ext_grid.in_service]
    fault_ka = None
    if len(feeds) == 1 and "s_sc_max_mva" in feeds and not net.sgen.in_service.any():
        strength = float(feeds.s_sc_max_mva.iloc[0])
        if strength > 0.0:
            fault_ka = strength / (math.sqrt(3.0) * station.vn_kv)
    return choose_conductor(
        trials.ground.conductors, vn_kv=station.vn_kv, laying="cable", load=trials.loads["hv"],
        route_m=station.route_m if route_m is None else route_m, fault_ka=fault_ka,
    )  # fmt: skip


def _solved(
    trials: Trials, station: Station, conductor: Conductor, route_m: float
) -> tuple[pp.pandapowerNet, int, int]:
    load = trials.loads["hv"]
    net = copy.deepcopy(trials.ground.grid.net)
    bus = pp.create_bus(net, vn_kv=station.vn_kv)
    line = pp.create_line_from_parameters(
        net, station.bus, bus, length_km=route_m / 1000.0, r_ohm_per_km=conductor.r_ohm_per_km,
        x_ohm_per_km=conductor.x_ohm_per_km, c_nf_per_km=conductor.c_nf_per_km,
        max_i_ka=conductor.ampacity_a / 1000.0, parallel=conductor.parallel,
    )  # fmt: skip
    pp.create_load(net, bus, p_mw=load.p_kw / 1000.0, q_mvar=load.q_kvar / 1000.0)
    pp.runpp(net, tolerance_mva=1e-9, calculate_voltage_angles=True)
    return net, int(line), int(bus)


def _broken(
    trials: Trials, station: Station, conductor: Conductor, route_m: float | None = None
) -> Iterator[str]:
    """What the line and its load break: itself, the voltage at its ends, lines and transformers
    that were not broken before."""
    route_m = station.route_m if route_m is None else route_m
    before = trials.ground.grid.net
    net, line, bus = _solved(trials, station, conductor, route_m)
    own_pct = float(net.res_line.at[line, "loading_percent"])
    if own_pct > HEAVY_LIMIT_PCT:
        yield f"the new line carries {own_pct} %"
    least_v, most_v = HV_VOLTAGE_LIMITS_V[station.vn_kv]
    for at in (station.bus, bus):
        volts = 1000.0 * station.vn_kv * float(net.res_bus.at[at, "vm_pu"])
        if not least_v <= volts <= most_v:
            yield f"{volts} V at bus:{at}"
    for table in ("line", "trafo"):
        was = before[f"res_{table}"].loading_percent
        now = net[f"res_{table}"].loading_percent.reindex(was.index)
        for index in was.index[(now > THERMAL_LIMIT_PCT) & (was <= THERMAL_LIMIT_PCT)]:
            yield f"{table}:{index} carries {now[index]} %"
