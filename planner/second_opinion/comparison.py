"""Comparison: what an option states against what the power flow gives, field by field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import isclose
from typing import Any, NamedTuple

import pandas as pd

from grid_models.edits import CUSTOMER_NODE
from planner.second_opinion.judgement import SLACK
from planner.second_opinion.rebuilt import Rebuilt

__all__ = [
    "TOLERANCE",
    "Finding",
    "compare_check",
    "compare_power_flow",
    "compare_worst",
    "is_same",
]

# Two engines agree to this much, by unit.
TOLERANCE: Mapping[str, float] = {"pu": 1e-6, "%": 1e-4, "V": 0.01}
_UNITS = {"voltage_low": "V", "voltage_high": "V", "voltage_planning": "pu"}

Json = Mapping[str, Any]


class Finding(NamedTuple):
    """A field of an option that does not follow from the power flow; `place` is in the option."""

    place: str
    stated: Any
    recomputed: Any


def is_same(stated: Any, value: float, tolerance: float) -> bool:
    """Compare within a tolerance; NaN is the same as nothing."""
    return float(stated) == value or abs(float(stated) - value) <= tolerance


def compare_worst(check: Json, rows: pd.DataFrame) -> Iterator[Finding]:
    """Compare a check with its element's row and with the worst of all rows.

    Parameters
    ----------
    rows
        As `judge_again` gives them for the check's code.
    """
    place, name = f"checks[{check['code']}]", check["element_id"]
    worst: Any = rows.iloc[0]
    if name not in rows.index:
        yield Finding(f"{place}.element_id", name, str(worst.name))
        return
    own: Any = rows.loc[name]
    yield from compare_check(check, own["after"], own["limit"], own["room"])
    near = 2.0 * _tolerance(check) / abs(own["limit"])
    is_graver = worst["severity"] > own["severity"] and abs(worst["room"]) > near
    if is_graver or (worst["severity"] == own["severity"] and worst["room"] < own["room"] - near):
        yield Finding(f"{place}.element_id", name, str(worst.name))


def compare_check(check: Json, value: float, limit: float, room: float) -> Iterator[Finding]:
    """Compare a check with one value.

    Parameters
    ----------
    room
        Margin as a share of the limit, negative where it is broken.
    """
    place, tolerance = f"checks[{check['code']}]", _tolerance(check)
    if not is_same(check["value"], value, tolerance):
        yield Finding(f"{place}.value", check["value"], float(value))
    if not isclose(float(check["limit"]), limit, rel_tol=SLACK):
        yield Finding(f"{place}.limit", check["limit"], float(limit))
    is_clear = abs(room) > tolerance / abs(limit)
    if is_clear and check["passed"] != bool(room >= -SLACK):
        yield Finding(f"{place}.passed", check["passed"], bool(room >= -SLACK))


def compare_power_flow(stated: Json, rebuilt: Rebuilt) -> Iterator[Finding]:
    """Compare the extremes over the source tree; of equals any may be named."""
    loading, kind = rebuilt.branches["of_rating"], rebuilt.branches["kind"]
    v = rebuilt.v_pu(CUSTOMER_NODE)
    if not is_same(stated["v_customer_pu"], v, TOLERANCE["pu"]):
        yield Finding("power_flow.v_customer_pu", stated["v_customer_pu"], v)
    for value_name, id_name, unit, sign, values in (
        ("max_line_loading_pct", "max_line_id", "%", 1.0, loading[kind == "line"]),
        (
            "max_transformer_loading_pct", "max_transformer_id", "%", 1.0,
            loading[kind == "transformer"],
        ),
        ("min_v_pu", "min_v_node_id", "pu", -1.0, rebuilt.nodes["after"]),
    ):  # fmt: skip
        ranked = (sign * values).dropna().sort_values(ascending=False)
        if ranked.empty:
            continue
        extreme, name = float(ranked.iloc[0]), stated[id_name]
        if not is_same(stated[value_name], sign * extreme, TOLERANCE[unit]):
            yield Finding(f"power_flow.{value_name}", stated[value_name], sign * extreme)
        if name not in ranked or ranked.loc[name] < extreme - TOLERANCE[unit]:
            yield Finding(f"power_flow.{id_name}", name, str(ranked.index[0]))


def _tolerance(check: Json) -> float:
    return TOLERANCE[_UNITS.get(check["code"], "%")]
