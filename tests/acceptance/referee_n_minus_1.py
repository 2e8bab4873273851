"""What a plan says of N-1, held against what the referee finds: check row, take-over, key."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from referee_limits import THERMAL_LIMIT_PCT
from referee_security import CARRIED, NO_TIE, NOT_COMPUTED, Security, Share
from referee_transfer import LOADING, State
from referee_tree import Tree
from referee_trials import Trial, Trials

Json = Mapping[str, Any]

CODE = "n_minus_1"
LOADING_POINTS = 0.01
VOLTAGE_PU = 1e-6


def objections_to_n_minus_1(option: Json, trial: Trial, trials: Trials) -> Iterator[str]:
    """Everything an option says of the loss of its feeder that is not so."""
    rows = [row for row in option["checks"] if row["code"] == CODE]
    is_said = CODE not in option["not_computed"]
    if trial.candidate.level == "lv":
        if rows or option["take_over"]:
            yield f"{CODE} at low voltage"
        return
    security = trials.security(trial)
    is_computed = security.found != NOT_COMPUTED
    if is_said != is_computed or len(rows) != is_computed:
        yield f"{CODE}: {len(rows)} rows, computed is {is_said}, should be {is_computed}"
        return
    said = [(entry["tie_id"], entry["opened_id"]) for entry in option["take_over"]]
    security = trials.ground.transfers.as_said(trial.place, security, said)
    yield from _take_over(option["take_over"], security, trials)
    if rows and not security.is_in_doubt:
        expected = row_of(security, trial, trials.ground.tree)
        for objection in _row(rows[0], expected, security):
            yield f"{CODE}: {objection}"


def row_of(security: Security, trial: Trial, tree: Tree) -> dict[str, Any]:
    """The check row of the table in section 4."""
    row = {
        "code": CODE,
        "passed": security.kept,
        "effect": security.effect or "desk",
        "scope": "feeder",
        "pre_existing": security.pre_existing,
        "limit": THERMAL_LIMIT_PCT,
        "unit": "%",
    }
    breach = security.breach
    if security.found == NO_TIE:
        row |= {"element_id": f"line:{tree.branch_above[trial.place.feeder][1]}"}
        row |= {"value": 0.0, "limit": 1.0, "unit": "tie", "margin_pct": -100.0}
    elif security.found == CARRIED:
        state = max((s.state for s in security.shares), key=lambda state: state.worst_pct)
        row |= {"element_id": state.worst_id, "value": state.worst_pct}
        row["margin_pct"] = THERMAL_LIMIT_PCT - state.worst_pct
    elif breach is None:
        row |= {"element_id": security.shares[0].tie.id, "value": math.inf}
        row["margin_pct"] = -math.inf
    else:
        unit = "%" if breach.kind == LOADING else "V"
        row |= {"element_id": breach.element_id, "value": breach.value, "limit": breach.limit}
        row |= {"unit": unit, "margin_pct": breach.margin_pct}
    return row


def _row(row: Json, expected: Json, security: Security) -> Iterator[str]:
    names = ["passed", "scope", "unit"]
    if not expected["passed"]:
        names += ["effect", "pre_existing"]
    tolerance = LOADING_POINTS
    if expected["unit"] == "V":
        tolerance = VOLTAGE_PU * security.breach.nominal
    limit = expected["limit"]
    for name in names:
        if row[name] != expected[name]:
            yield f"{name} is {row[name]}, should be {expected[name]}"
    at = f"{row['value']} {row['unit']} at {row['element_id']}"
    if not is_near(row["value"], expected["value"], tolerance):
        yield f"{at}, found {expected['value']} at {expected['element_id']}"
    elif row["element_id"] != expected["element_id"] and not _is_there(row, security, tolerance):
        yield f"{at}, but the worst is {expected['element_id']}"
    if not is_near(row["limit"], limit, 1e-6):
        yield f"limit {row['limit']}, should be {limit}"
    if not is_near(row["margin_pct"], expected["margin_pct"], 100.0 * tolerance / limit + 1e-9):
        yield f"margin {row['margin_pct']}, should be {expected['margin_pct']}"


def _is_there(row: Json, security: Security, tolerance: float) -> bool:
    """True when the element named stands where the worst does, within the tolerance."""
    states = [share.state for share in security.shares if share.state is not None]
    if row["unit"] == "%":
        values = [state.loading_of(row["element_id"]) for state in states]
    else:
        values = [state.volts_of(row["element_id"]) for state in states]
    return any(is_near(row["value"], value, tolerance) for value in values)


def _take_over(said: list[Json], security: Security, trials: Trials) -> Iterator[str]:
    expected = [take_over_of(share, trials.ground.tree) for share in security.shares]
    names = ("tie_id", "opened_id")
    if len(said) != len(expected):
        ties = [[entry[name] for name in names] for entry in said]
        should = [[entry[name] for name in names] for entry in expected]
        yield f"take-over by {ties}, should be {should}"
        return
    for entry, should, share in zip(said, expected, security.shares, strict=True):
        name = f"take-over by {should['tie_id']}"
        for key in (*names, "feeder_id", "source_tree_id"):
            if entry[key] != should[key]:
                yield f"{name}: {key} {entry[key]}, should be {should[key]}"
        if share.state is not None and entry["tie_id"] == should["tie_id"]:
            yield from (f"{name}: {objection}" for objection in _extremes(entry, share.state))


def take_over_of(share: Share, tree: Tree) -> dict[str, Any]:
    """The row of `take_over` for one tie."""
    tie, state = share.tie, share.state
    head = tree.branch_above.get(tree.feeder.get(tie.outside, -1))
    return {
        "tie_id": tie.id,
        "opened_id": share.opened_id,
        "feeder_id": None if head is None else f"{head[0]}:{head[1]}",
        "source_tree_id": tree.source_tree[tie.outside],
        "worst_loading_pct": math.inf if state is None else state.worst_pct,
        "worst_element_id": tie.id if state is None else state.worst_id,
        "lowest_v_pu": math.nan if state is None else state.lowest_pu,
        "lowest_v_node_id": "" if state is None else state.lowest_id,
    }


def _extremes(entry: Json, state: State) -> Iterator[str]:
    """The most loaded element and the lowest voltage: what is named has it, and none is beyond."""
    for value, name, extreme, found, tolerance in (
        (
            "worst_loading_pct", "worst_element_id",
            state.worst_pct, state.loading_of, LOADING_POINTS,
        ),
        ("lowest_v_pu", "lowest_v_node_id", state.lowest_pu, state.voltage_of, VOLTAGE_PU),
    ):  # fmt: skip
        if not is_near(entry[value], extreme, tolerance):
            yield f"{value} {entry[value]} at {entry[name]}, found {extreme}"
        elif not is_near(entry[value], found(entry[name]), tolerance):
            yield f"{value} {entry[value]} at {entry[name]}, there is {found(entry[name])}"


def is_near(given: Any, found: float, tolerance: float) -> bool:
    """Numbers by the tolerance; infinity is a text in JSON."""
    if isinstance(given, str):
        return given == str(found)
    return isinstance(given, int | float) and (given == found or abs(given - found) <= tolerance)
