"""Voltage controllers of pandapower nets as set-points and bands of the transformers' taps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from grid_models.readers.columns import Floats, Net, flags

__all__ = ["TapControl", "find_tap_controls", "tap_columns"]

# Steps widen towards the ends of the range; a band of this many steps is as wide as any of them.
_WIDENED = 1.25
_DISCRETE, _CONTINUOUS = "DiscreteTapControl", "ContinuousTapControl"


class TapControl(NamedTuple):
    """A controller that holds the low side of transformers: row, set-point, full band, in pu."""

    transformer: int
    set_point_pu: float
    band_pu: float


def find_tap_controls(net: Net) -> Mapping[int, tuple[TapControl, ...]]:
    """Return what each controller in service that can be carried over does, by its number.

    A discrete one holds the band between its two voltages. A continuous one stands between two
    steps, where no changer can: its set-point is held within as wide a band as one step, its own
    tolerance if that is wider. What holds another side, a three-winding transformer, or a
    transformer that another controller holds too is not carried over.
    """
    rows = net.get("controller")
    if not isinstance(rows, pd.DataFrame) or "object" not in rows:
        return {}
    in_service = flags(rows, "in_service", default=True)
    found = {}
    for number, controller, is_on in zip(rows.index, rows["object"], in_service, strict=True):
        held = tuple(_controls(net, controller)) if is_on else ()
        if held:
            found[int(number)] = held
    count: dict[int, int] = {}
    for held in found.values():
        for control in held:
            count[control.transformer] = count.get(control.transformer, 0) + 1
    return {
        number: held
        for number, held in found.items()
        if all(count[control.transformer] == 1 for control in held)
    }


def tap_columns(net: Net) -> dict[str, Floats]:
    """Return set-point and band of each row of the table ``trafo``; NaN where nothing holds it."""
    index = net["trafo"].index
    columns = {name: np.full(len(index), np.nan) for name in ("tap_set_point_pu", "tap_band_pu")}
    for held in find_tap_controls(net).values():
        for control in held:
            at = index.get_loc(control.transformer)
            columns["tap_set_point_pu"][at] = control.set_point_pu
            columns["tap_band_pu"][at] = control.band_pu
    return columns


def _controls(net: Net, controller: Any) -> Iterator[TapControl]:
    kind = type(controller).__name__
    said = vars(controller) if hasattr(controller, "__dict__") else {}
    if kind not in (_DISCRETE, _CONTINUOUS) or said.get("element", "trafo") != "trafo":
        return
    if said.get("side") != "lv":
        return
    trafo = net["trafo"]
    for transformer in np.atleast_1d(said.get("element_index", ())).tolist():
        if transformer not in trafo.index or _is_turned(trafo, transformer):
            return
        if kind == _DISCRETE:
            low, high = _number(said, "vm_lower_pu"), _number(said, "vm_upper_pu")
        else:
            set_point, half = _number(said, "vm_set_pu"), _number(said, "tol")
            step = _number(trafo.loc[transformer], "tap_step_percent") / 100.0
            half = max(half, 0.5 * _WIDENED * abs(step) * set_point)
            low, high = set_point - half, set_point + half
        if not low < high:
            return
        yield TapControl(int(transformer), 0.5 * (low + high), high - low)


def _is_turned(trafo: pd.DataFrame, transformer: int) -> bool:
    """Say whether a transformer is listed low side first: the side held is then the other."""
    row = trafo.loc[transformer]
    return not _number(row, "vn_hv_kv") >= _number(row, "vn_lv_kv")


def _number(said: Any, name: str) -> float:
    value = said.get(name)
    try:
        return float(value)
    except (TypeError, ValueError):
        return float("nan")
