"""What an access node can take: open capacity again, hosting capacity tried from both sides."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from referee_checks import BLOCK, DESK, PATH, TREE, Evaluation, Place, layout_of
from referee_limits import OPEN_CAPACITY_SHARE
from referee_net import Connection
from referee_options import Json
from referee_trials import Trial, Trials

RELATIVE = 1e-4


def objections_to_headroom(option: Json, trial: Trial, trials: Trials) -> Iterator[str]:
    """Hosting: all limits hold just below it, the named one breaks just above it."""
    if trial.place.connection.transformer is not None:
        return
    given = option["headroom"]
    yield from _open(given, trial)
    hosting = given["hosting_capacity_kva"]
    power_factor = trials.load(trial.candidate).power_factor
    connection = trial.place.connection
    if hosting <= 0.0:
        if not _breaks(trial.place, connection, 0.0, power_factor):
            yield "hosting capacity 0, but nothing breaks without a load"
        return
    if math.isinf(hosting):
        return
    below = _breaks(trial.place, connection, 0.999 * hosting, power_factor)
    above = _breaks(trial.place, connection, 1.001 * hosting, power_factor)
    if below:
        yield f"hosting capacity {hosting} kVA, but {sorted(below)[:3]} break below it"
    # Headroom is that of the grid before the split: the line itself is named, not a part of it.
    named = (given["hosting_binding_code"], given["hosting_binding_id"])
    if named not in {(code, element_id.split("#")[0]) for code, element_id in above}:
        yield f"hosting capacity {hosting} kVA bound by {named}, found {sorted(above)[:3]}"


def _breaks(
    place: Place, connection: Connection, s_kva: float, power_factor: float
) -> set[tuple[str, str]]:
    """Thermal and legal voltage limits that break with the access node itself loaded."""
    flow = place.source_tree.flow_with_load(connection, s_kva, power_factor)
    found = Evaluation(place, flow, "lv").findings
    broken = set()
    for code, finding in found.items():
        if code != "heavy_load":
            bad = (finding.severity == BLOCK) | (
                (finding.severity == DESK) & (finding.scope == TREE)
            )
            broken |= {(code, finding.ids[i]) for i in np.flatnonzero(bad)}
    return broken


def _open(given: Json, trial: Trial) -> Iterator[str]:
    """Least over the path of 0.8 x limit - present current, as kVA at nominal voltage."""
    place = trial.place
    source_tree = place.source_tree
    net, base = source_tree.net, source_tree.base
    room = {}
    rows = set(np.flatnonzero(place.line_scope[:-2] == PATH))
    if place.connection.line is not None:
        rows.add(layout_of(source_tree).line_row[place.connection.line])
    for row in sorted(rows):
        line = net.line.iloc[row]
        free_a = OPEN_CAPACITY_SHARE * source_tree.line_limit_a[row] - base.line_a[row]
        vn_kv = net.bus.at[line.from_bus, "vn_kv"]
        room[f"line:{net.line.index[row]}"] = math.sqrt(3.0) * vn_kv * free_a
    for row in np.flatnonzero(place.trafo_scope == PATH):
        trafo = net.trafo.iloc[row]
        free_pct = 100.0 * OPEN_CAPACITY_SHARE - base.trafo_pct[row]
        limit_kva = 1000.0 * trafo.sn_mva * trafo.parallel * trafo.df
        if base.trafo_pct[row] > base.trafo_rated_pct[row]:  # a switch carries less
            limit_kva *= base.trafo_rated_pct[row] / base.trafo_pct[row]
        room[f"trafo:{net.trafo.index[row]}"] = limit_kva * free_pct / 100.0
    if not room:
        return
    binding = given["open_binding_id"].split("#")[0]
    least = min(room.values())
    if abs(given["open_capacity_kva"] - least) > RELATIVE * max(abs(least), 1.0):
        yield f"open capacity {given['open_capacity_kva']} kVA, should be {least} ({room})"
    elif room.get(binding, math.inf) > least + RELATIVE * max(abs(least), 1.0):
        yield f"open capacity bound by {binding}, should be {min(room, key=room.get)}"
