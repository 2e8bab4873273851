"""Payers: who pays for which part of a connection, along the investment boundary."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from planner.application import SupplyApplication
from planner.design_load import Level
from planner.rules import Rules

__all__ = ["Payers", "find_payers", "is_connected_free", "is_temporary"]

TEMPORARY = "temporary"


@dataclass(frozen=True, slots=True, kw_only=True)
class Payers:
    """utility, government, customer or to_confirm, by part of the connection.

    Parameters
    ----------
    connection
        From the access point to the investment boundary: the meter at low voltage, the red line of
        the customer's land above.
    own_side
        Beyond the boundary.
    grid
        What the utility strengthens in its own grid, and the meter.
    """

    connection: str
    own_side: str
    grid: str


def find_payers(application: SupplyApplication, rules: Rules, level: Level) -> Payers:
    """Say who pays. Who may be free of charge but is not known to be is to be confirmed."""
    payers: Mapping[str, str] = rules.value("payer")
    if is_temporary(application):
        connection = rules.text("payer_temporary")
    else:
        connection = payers[_boundary(application, rules, level)]
    return Payers(
        connection=connection, own_side=payers["hv_customer_side"], grid=payers["reinforcement"]
    )


def is_temporary(application: SupplyApplication) -> bool:
    """Say whether the supply asked for is a temporary one."""
    return application.business == TEMPORARY


def is_connected_free(application: SupplyApplication, rules: Rules) -> bool:
    """Say whether a low-voltage customer pays nothing up to the meter, and waits two steps."""
    return not is_temporary(application) and _boundary(application, rules, "lv") != "lv_other"


def _boundary(application: SupplyApplication, rules: Rules, level: Level) -> str:
    if level != "lv":
        return "hv_to_red_line"
    if application.category == "resident":
        return "lv_resident"
    power = application.kw if application.kw is not None else application.kva or 0.0
    if application.small_micro and power <= rules.number("zero_investment_limit"):
        return "lv_zero_investment"
    return "lv_other"
