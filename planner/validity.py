"""Validity: how long a reply holds from the day it is signed for."""

from __future__ import annotations

from grid_models.topology import LOW_VOLTAGE_KV
from planner.rules import Rules

__all__ = ["valid_months"]


def valid_months(rules: Rules, supply_kv: float) -> int:
    """Return how many months a reply holds at a voltage."""
    level = "lv" if supply_kv < LOW_VOLTAGE_KV else "hv"
    return int(rules.value("validity")[level])
