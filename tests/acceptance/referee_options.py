"""An option of a plan rebuilt in the original net and held against its own numbers."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from referee_application import Conductor
from referee_candidates import Candidate
from referee_checks import (
    BLOCK,
    DESK,
    LOADING_CODES,
    PASSED,
    SHOW,
    VOLTAGE_CODES,
    Evaluation,
    Finding,
    layout_of,
)
from referee_limits import SUPPLY_RADIUS_M
from referee_net import Connection
from referee_place import supply_radius_m
from referee_tree import path_ids
from referee_trials import Trial, Trials

Json = Mapping[str, Any]

VOLTAGE_PU = 1e-6
LOADING_POINTS = 0.01
METRES = 0.01
PARTIAL = {"limited_supply", "staged_supply"}
EFFECTS = {SHOW: "show", DESK: "desk", BLOCK: "block"}
SCOPES = ("path", "feeder", "tree")


def built_by(option: Json, trials: Trials, candidate: Candidate) -> tuple[Connection, Conductor]:
    """What the option says is built, in its own numbers."""
    source = option["sources"][0]
    given, access = source["conductor"], source["access_point"]
    load = trials.load(candidate)
    transformer, data = _replaced(option, trials, candidate)
    conductor = Conductor(
        given["type"], trials.ground.vn_kv(candidate), given["laying"], math.nan, "",
        given["r_ohm_per_km"], given["x_ohm_per_km"], given["c_nf_per_km"],
        given["ampacity_a"], given["parallel"],
    )  # fmt: skip
    connection = Connection(
        bus=candidate.bus,
        line=candidate.line,
        position=None if candidate.line is None else access["position"],
        route_m=source["route"]["length_m"],
        r_ohm_per_km=given["r_ohm_per_km"],
        x_ohm_per_km=given["x_ohm_per_km"],
        c_nf_per_km=given["c_nf_per_km"],
        ampacity_a=given["ampacity_a"],
        parallel=given["parallel"],
        p_kw=load.p_kw,
        q_kvar=load.q_kvar,
        transformer=transformer,
        transformer_data=data,
    )
    return connection, conductor


def _replaced(option: Json, trials: Trials, candidate: Candidate):
    """The transformer that stands there after the works, if they replace it.

    A plan gives its size in words only.
    """
    if option["kind"] != "lv_after_works":
        return None, None
    index = int(candidate.element_id.removeprefix("trafo:"))
    said = " ".join(
        work["en"]
        for work in option["works"]
        if (work["code"], work["element_id"]) == ("transformer_replace", candidate.element_id)
    )
    sizes = {float(size) for size in re.findall(r"([0-9.]+) kVA", said.replace(",", ""))}
    for row in trials.larger_transformers(candidate):
        if 1000.0 * row["sn_mva"] in sizes:
            return index, {k: v for k, v in row.items() if k != "hv_kv"}
    return index, {}


def objections_to_option(option: Json, trial: Trial, trials: Trials) -> Iterator[str]:
    """Every number of the option that is not what the referee finds."""
    yield from objections_to_works(option, trial, trials)
    yield from objections_to_flow(option, trial, trials)
    heavy = "reinforce_later" in {work["code"] for work in option["works"]}
    expected = trial.candidate.level == "lv" and trial.evaluation.is_path_heavy
    if heavy != expected:
        yield f"work reinforce_later is {heavy}, should be {expected}"


def objections_to_works(option: Json, trial: Trial, trials: Trials) -> Iterator[str]:
    """Where it joins the grid, and what line is built."""
    yield from _place(option, trial, trials)
    yield from _conductor(option, trial, trials)
    yield from _radius(option, trial)


def objections_to_flow(option: Json, trial: Trial, trials: Trials) -> Iterator[str]:
    """What lies upstream, what the power flow says there, and what breaks."""
    yield from _upstream(option["sources"][0], trial, trials)
    yield from _power_flow(option["power_flow"], trial.evaluation)
    yield from _checks(option, trial.evaluation)
    for code, element_id in trial.evaluation.blocks:
        yield f"offered although {code} breaks at {element_id}"


def _place(option: Json, trial: Trial, trials: Trials) -> Iterator[str]:
    candidate, source = trial.candidate, option["sources"][0]
    access, ground = source["access_point"], trials.ground
    if option["kind"] not in {candidate.kind, "lv_after_works", *PARTIAL}:
        yield f"kind {option['kind']}, should be {candidate.kind}"
    if not _is_close(access["distance_m"], candidate.distance_m, METRES):
        yield f"distance {access['distance_m']}, measured {candidate.distance_m}"
    if not _is_close(source["route"]["length_m"], candidate.route_m, METRES):
        yield f"route {source['route']['length_m']}, measured {candidate.route_m}"
    off = float(np.hypot(*(ground.plane.to_xy(access["lon"], access["lat"]) - candidate.xy)))
    if not off < METRES:
        yield f"access point stands {off} m away from where it should"
    if candidate.line is not None:
        row = ground.grid.net.line.index.get_loc(candidate.line)
        off = abs(access["position"] - candidate.position) * ground.plane.course_m[row]
        if not off < METRES:
            yield f"position {access['position']}, measured {candidate.position}"
    capacity = trials.load(candidate).capacity_kva
    if not _is_close(option["capacity_kva"], capacity, 1e-6):
        yield f"capacity {option['capacity_kva']} kVA, should be {capacity}"


def _upstream(source: Json, trial: Trial, trials: Trials) -> Iterator[str]:
    tree, place = trials.ground.tree, trial.place
    upstream = path_ids(tree, place.joint)
    if place.upstream_part:
        upstream.insert(0, place.upstream_part)
    if list(source["upstream"]) != upstream:
        yield f"upstream {source['upstream']}, should be {upstream}"
    busbar = next((j for j in place.climbed if j in tree.busbar_joints), None)
    if busbar is None:
        return
    expected = {"busbar_id": min(f"bus:{b}" for b in tree.members[busbar])}
    main = tree.branch_above.get(busbar)
    expected["main_transformer_id"] = None if main is None else f"{main[0]}:{main[1]}"
    if place.feeder is not None and tree.branch_above[place.feeder][0] == "line":
        expected["feeder_id"] = f"line:{tree.branch_above[place.feeder][1]}"
    for name, value in expected.items():
        if source[name] != value:
            yield f"{name} {source[name]}, should be {value}"


def _conductor(option: Json, trial: Trial, trials: Trials) -> Iterator[str]:
    given = option["sources"][0]["conductor"]
    route_m = option["sources"][0]["route"]["length_m"]
    expected = trials.conductor(trial.candidate, route_m)
    for name in ("type", "laying", "parallel"):
        if given[name] != getattr(expected, name):
            yield f"conductor {name} {given[name]}, should be {getattr(expected, name)}"
    for name in ("r_ohm_per_km", "x_ohm_per_km", "c_nf_per_km", "ampacity_a"):
        if not _is_close(given[name], getattr(expected, name), 1e-9):
            yield f"conductor {name} {given[name]}, should be {getattr(expected, name)}"


def _power_flow(given: Json, found: Evaluation) -> Iterator[str]:
    layout, flow = layout_of(found.source_tree), found.flow
    if not _is_close(given["v_customer_pu"], flow.v_pu[-2], VOLTAGE_PU):
        yield f"v_customer_pu {given['v_customer_pu']}, solved {flow.v_pu[-2]}"
    extremes = (
        ("max_line_loading_pct", "max_line_id", found.place.line_names, flow.line_rated_pct, 1.0),
        (
            "max_transformer_loading_pct", "max_transformer_id",
            layout.trafo_names, flow.trafo_rated_pct, 1.0,
        ),
        ("min_v_pu", "min_v_node_id", layout.bus_names, _supplied(found), -1.0),
    )  # fmt: skip
    for value_name, id_name, names, values, sign in extremes:
        tolerance = VOLTAGE_PU if value_name == "min_v_pu" else LOADING_POINTS
        if len(values) == 0:
            continue
        rows = np.flatnonzero(names == given[id_name])
        solved = float(values[rows[0]]) if len(rows) else math.nan
        extreme = sign * float(np.nanmax(sign * values))
        if not _is_close(given[value_name], solved, tolerance):
            yield f"{value_name} {given[value_name]} at {given[id_name]}, solved {solved}"
        if not _is_close(solved, extreme, tolerance):
            yield f"{id_name} {given[id_name]} ({solved}) is not the extreme {extreme}"


def _supplied(found: Evaluation) -> np.ndarray:
    values = found.flow.v_pu.copy()
    values[:-2][~found.source_tree.is_real[:-2]] = np.nan
    return values


def _checks(option: Json, found: Evaluation) -> Iterator[str]:
    rows = {row["code"]: row for row in option["checks"]}
    for code in (*LOADING_CODES, *VOLTAGE_CODES):
        finding = found.findings[code]
        if code in rows:
            yield from _check(rows[code], finding)
        elif len(finding.ids):
            yield f"no check {code}"


def _check(row: Json, finding: Finding) -> Iterator[str]:
    code, element_id = finding.code, row["element_id"]
    at = finding.row_of(element_id)
    if at is None:
        yield f"{code}: {element_id} is no element of the touched source tree"
        return
    value, limit = float(finding.value[at]), float(finding.limit[at])
    tolerance = LOADING_POINTS
    if code in VOLTAGE_CODES:
        tolerance = VOLTAGE_PU * limit / 0.93 * 1.1  # a microunit of the nominal voltage, in volts
    if not _is_close(row["value"], value, tolerance):
        yield f"{code}: {row['value']} {row['unit']} at {element_id}, solved {value}"
    if not _is_close(row["limit"], limit, 1e-6):
        yield f"{code}: limit {row['limit']}, should be {limit}"
    if not _is_close(row["margin_pct"], finding.margin_pct[at], 100.0 * tolerance / limit + 1e-9):
        yield f"{code}: margin {row['margin_pct']}, should be {finding.margin_pct[at]}"
    worst = finding.worst_severity
    if int(finding.severity[at]) != worst:
        others = [finding.ids[i] for i in np.flatnonzero(finding.severity == worst)[:3]]
        yield f"{code}: {element_id} named, but {others} weigh more"
        return
    least = float(finding.margin_pct[finding.severity == worst].min())
    if finding.margin_pct[at] > least + 100.0 * tolerance / limit:
        yield f"{code}: margin {finding.margin_pct[at]} at {element_id}, least is {least}"
    if bool(row["passed"]) != (worst == PASSED):
        yield f"{code}: passed is {row['passed']}"
    if worst != PASSED:
        expected = {
            "effect": EFFECTS[worst],
            "scope": SCOPES[int(finding.scope[at])],
            "pre_existing": bool(finding.pre_existing[at]),
        }
        for name, should in expected.items():
            if row[name] != should:
                yield f"{code}: {name} {row[name]}, should be {should}"


def _radius(option: Json, trial: Trial) -> Iterator[str]:
    """The supply radius decides the order at low voltage: what is said of it must be so."""
    metres, limit = supply_radius_m(trial.place), SUPPLY_RADIUS_M[trial.candidate.level]
    for row in option["checks"]:
        if row["code"] != "supply_radius":
            continue
        if not (_is_close(row["value"], metres, METRES) and _is_close(row["limit"], limit, 1e-6)):
            yield f"supply radius {row['value']} of {row['limit']} m, is {metres} of {limit} m"
        elif row["passed"] != (metres <= limit) and abs(metres - limit) > METRES:
            yield f"supply radius {row['value']} m: passed is {row['passed']}"


def _is_close(given: Any, found: float, tolerance: float) -> bool:
    return isinstance(given, int | float) and abs(given - found) <= tolerance
