"""Options after measures: the net as the plan says it is by then, made again and judged again.

Nothing of the product is used: a measure is a few cells of pandapower's tables.
"""

from __future__ import annotations

import copy
import json
import math
from collections.abc import Iterator

import numpy as np
import pandapower as pp
from referee_candidates import Candidate
from referee_checks import HEAVY_LIMIT_PCT, THERMAL_LIMIT_PCT
from referee_existing import EXISTING, objections_to_existing
from referee_limits import MV_CAPACITY_LIMIT_KVA, REMEDY_MEASURES, REMEDY_TRIALS, VOLTAGE_LIMITS_V
from referee_options import Json, built_by, objections_to_option
from referee_trials import Ground, Trials

SAME_PCT, SAME_V = 0.01, 0.1
WORSE_POINTS, WORSE_SHARE = 0.1, 0.0005  # what measures alone may add to what is broken
KINDS = {"after_works", "mv_new_feeder", "lv_after_works"}


def is_remedied(option: Json) -> bool:
    """True for an option on a net that measures change, or of a new feeder."""
    return bool(option.get("measures")) and option.get("replacement") is None


def objections_to_remedy(plan: Json, option: Json, trials: Trials) -> Iterator[str]:
    """The bound is kept, the measures harm nobody, and everything holds on the net after them."""
    remedies = plan["remedies"]
    if remedies is None or not 0 < remedies["tried"] <= remedies["bound"] <= REMEDY_TRIALS:
        yield f"remedies {remedies and remedies['tried']} of {remedies and remedies['bound']}"
    if len(option["measures"]) > REMEDY_MEASURES:
        yield f"{len(option['measures'])} measures together"
    if option["kind"] not in KINDS:
        yield f"kind {option['kind']} after measures"
    if plan["answer"]["mode"] != "back_office":
        yield f"mode {plan['answer']['mode']} with works to be done first"
    if "works_needed" not in {reason["code"] for reason in plan["answer"]["reasons"]}:
        yield "works come first, and no reason says so"
    ground = trials.ground
    net, option = _after(option, ground.grid.net)
    after = Ground(
        net, facts=ground.search.facts, relocated_to=ground.relocated_to,
        plane_epsg=ground.plane_epsg,
    )  # fmt: skip
    yield from _harm(ground.grid.net, net)
    yield from _rebuilt(option, trials.on(after))


def _after(option: Json, net: pp.pandapowerNet) -> tuple[pp.pandapowerNet, Json]:
    """The net after the measures, and the option with what they add called as in that net."""
    net = copy.deepcopy(net)
    renamed: dict[str, str] = {}
    for measure in option["measures"]:
        match measure["kind"]:
            case "open_point_move":
                for names, closed in ((measure["closed"], True), (measure["opened"], False)):
                    rows = [_index(name) for name in names]
                    assert (net.switch.loc[rows, "closed"] != closed).all()
                    net.switch.loc[rows, "closed"] = closed
            case "conductor_replacement":
                rows = [_index(name) for name in measure["line_ids"]]
                for column in ("r_ohm_per_km", "x_ohm_per_km", "c_nf_per_km"):
                    net.line.loc[rows, column] = measure[column]
                net.line.loc[rows, "max_i_ka"] = measure["ampacity_a"] / 1000.0
                net.line.loc[rows, ["df", "parallel", "g_us_per_km"]] = [1.0, 1, 0.0]
            case "transformer_replacement":
                for column, value in _transformer(measure).items():
                    net.trafo.loc[_index(measure["element_id"]), column] = value
                net.trafo.loc[_index(measure["element_id"]), "df"] = 1.0
            case "transformer_addition":
                beside = net.trafo.loc[_index(measure["beside_id"])]
                place = json.dumps(
                    {"type": "Point", "coordinates": [measure["lon"], measure["lat"]]}
                )
                bus = pp.create_bus(net, vn_kv=net.bus.at[beside.lv_bus, "vn_kv"])
                net.bus.loc[bus, "geo"] = net.bus.at[beside.lv_bus, "geo"] or place
                trafo = pp.create_transformer_from_parameters(
                    net, int(beside.hv_bus), bus, vn_hv_kv=measure["vn_hv_kv"],
                    vn_lv_kv=measure["vn_lv_kv"], shift_degree=measure["shift_degree"],
                    **_transformer(measure),
                )  # fmt: skip
                renamed |= {measure["transformer_id"]: f"trafo:{trafo}"}
                renamed |= {measure["lv_node"]: f"bus:{bus}"}
            case "feeder_addition":
                pass
            case kind:
                raise AssertionError(f"no such measure: {kind}")
    pp.runpp(net)
    text = json.dumps(option)
    for old, new in renamed.items():
        text = text.replace(f'"{old}"', f'"{new}"')
    return net, json.loads(text)


def _transformer(measure: Json) -> dict[str, float]:
    return {
        "sn_mva": measure["sn_kva"] / 1000.0,
        "vk_percent": measure["vk_pct"],
        "vkr_percent": measure["vkr_pct"],
        "pfe_kw": measure["pfe_w"] / 1000.0,
        "i0_percent": measure["i0_pct"],
    }


def _index(element_id: str) -> int:
    return int(element_id.partition(":")[2])


def _harm(before: pp.pandapowerNet, after: pp.pandapowerNet) -> Iterator[str]:
    """A limit that holds, or is less broken, without the measures."""
    was, now = copy.deepcopy(before), copy.deepcopy(after)
    for net in (was, now):
        pp.runpp(net, tolerance_mva=1e-9, calculate_voltage_angles=True)
    for table in ("line", "trafo"):
        rows = now[f"res_{table}"].loading_percent.dropna()
        present = was[f"res_{table}"].loading_percent.reindex(rows.index)
        for limit in (HEAVY_LIMIT_PCT, THERMAL_LIMIT_PCT):
            old = present.fillna(limit)
            most = np.where(old > limit, old + WORSE_POINTS, limit)
            for index in rows.index[rows > most + SAME_PCT]:
                yield f"the measures alone load {table}:{index} to {rows[index]} %"
    v = now.res_bus.vm_pu.dropna()
    present = was.res_bus.vm_pu.reindex(v.index)
    for bus, value in v.items():
        limits = VOLTAGE_LIMITS_V.get(float(now.bus.at[bus, "vn_kv"]))
        if limits is None:
            continue
        base_v = 1000.0 * float(now.bus.at[bus, "vn_kv"])
        old_v = present[bus] * base_v if math.isfinite(present[bus]) else limits[0]
        worse_v = WORSE_SHARE * limits[0]
        least_v = old_v - worse_v if old_v < limits[1] else limits[1]
        most_v = old_v + worse_v if old_v > limits[2] else limits[2]
        if value * base_v < least_v - SAME_V:
            yield f"the measures alone take bus:{bus} down to {value * base_v} V"
        if value * base_v > most_v + SAME_V:
            yield f"the measures alone take bus:{bus} up to {value * base_v} V"


def _rebuilt(option: Json, trials: Trials) -> Iterator[str]:
    """The option on the net after the measures, as any other is judged."""
    access = option["sources"][0]["access_point"]
    if access["kind"] == EXISTING:
        yield from objections_to_existing({**option, "kind": "existing_supply"}, trials)
        return
    if access["kind"] == "busbar":
        candidate = _busbar(access["element_id"], trials)
    else:
        candidate = trials.find(access["kind"], access["element_id"])
    if candidate is None or not trials.is_admissible(candidate):
        yield f"no admissible access point after the measures: {access['element_id']}"
        return
    plain = {**option, "kind": candidate.kind}
    connection, conductor = built_by(plain, trials, candidate)
    trial = trials.try_built(candidate, connection, conductor)
    yield from objections_to_option(plain, trial, trials)


def _busbar(element_id: str, trials: Trials) -> Candidate | None:
    """A substation busbar, as a place a feeder of its own may leave."""
    ground = trials.ground
    net, tree, bus = ground.grid.net, ground.tree, _index(element_id)
    vn_kv = float(net.bus.at[bus, "vn_kv"])
    if tree.joint.get(bus) not in tree.busbar_joints or vn_kv not in MV_CAPACITY_LIMIT_KVA:
        return None
    at = ground.plane.bus_xy[net.bus.index.get_loc(bus)]
    return Candidate(
        level="mv", kind="mv_new_feeder", access="busbar", element_id=element_id, bus=bus,
        line=None, position=None, xy=(float(at[0]), float(at[1])),
        distance_m=float(np.hypot(*(at - trials.xy))), laying="cable", desk=frozenset(),
        greatest_kva=MV_CAPACITY_LIMIT_KVA[vn_kv],
    )  # fmt: skip
