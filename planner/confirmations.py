"""Confirmations: what somebody at the site stands for by name, and what it makes of what was asked.

One table; a question more is a row more.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from grid_models.errors import SupplyPlanError
from planner.form import shown

__all__ = ["CONFIRMATIONS", "Confirmation", "OtherwiseStatedError", "confirmed"]

Fields = Mapping[str, Any]


class OtherwiseStatedError(SupplyPlanError):
    """What is confirmed was stated otherwise: nobody knows which of the two holds."""

    def __init__(self, code: str, field: str, stated: object) -> None:
        super().__init__(
            f'{code} cannot be confirmed: {field} was stated as "{shown(stated)}"; ask the '
            "customer, and accept the application anew if that is wrong / "
            f"不能确认 {code}：{field} 已填写为“{shown(stated)}”；请与客户核实，有误的应重新受理"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation:
    """One question that is answered at the site.

    Parameters
    ----------
    field
        Of the application, which it fills.
    value
        Gives what it is filled with, by who confirms.
    stands_against
        Gives the field, with its value, that says otherwise; None: nothing does.
    zh, en
        What is confirmed.
    """

    field: str
    value: Callable[[str], object]
    stands_against: Callable[[Fields], tuple[str, object] | None]
    zh: str
    en: str


def _stated_load(fields: Fields) -> tuple[str, object] | None:
    if fields.get("special_load") not in (None, "none"):
        return "special_load", fields["special_load"]
    if kinds := fields.get("load_kinds"):
        return "load_kinds", ", ".join(kinds)
    return None


CONFIRMATIONS: Mapping[str, Confirmation] = {
    "route_clear": Confirmation(
        field="route_confirmed_by",
        value=lambda name: name,
        stands_against=lambda _: None,
        zh="用电地址与接入点之间没有水面、铁路或高速公路",
        en="no water, railway or expressway lies between site and access",
    ),
    "special_load_none": Confirmation(
        field="special_load",
        value=lambda _: "none",
        stands_against=_stated_load,
        zh="没有冲击、谐波、单相等特殊负荷，也没有自备电源",
        en="no load that disturbs others, and no generation",
    ),
}
"""What can be confirmed, by code."""


def confirmed(fields: Fields, code: str, name: str) -> dict[str, Any]:
    """Return the fields of an application with what somebody confirmed.

    Parameters
    ----------
    code
        One of `CONFIRMATIONS`.
    name
        Of who confirms it.

    Raises
    ------
    OtherwiseStatedError
        If the application states otherwise.
    """
    asked = CONFIRMATIONS[code]
    if (against := asked.stands_against(fields)) is not None:
        raise OtherwiseStatedError(code, *against)
    return {**fields, asked.field: asked.value(name)}
