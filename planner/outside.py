"""Outside: what of a plan other companies' systems are shown.

A whitelist: what is not named here is not shown, so that a field added to a plan stays inside until
somebody decides otherwise. Outsiders learn what was asked, whether and how it can be supplied, what
it costs and which steps follow; not how full the grid is, what lies beyond the access point, or
what stands against other places.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal, TypeAlias

from planner.messages import say
from planner.plan import RejectionReason

__all__ = ["cut_plan", "cut_reasons"]

_Cut: TypeAlias = "Literal[True] | Callable[[Any], Any] | Mapping[str, _Cut]"

# Reasons whose sentences hold what the customer stated and limits of the rules, nothing else.
_OF_THE_CUSTOMER = frozenset(
    {
        "capacity_over_on_site_limit", "demand_to_confirm", "important_customer",
        "level_to_confirm", "more_than_one_source", "not_covered", "rule_not_adopted",
        "special_load_not_stated", "upstream_not_checked", "voltage_by_table",
    }
)  # fmt: skip
_SAID_INSTEAD = {
    "all_rejected": "outside_restricted",
    "capacity_out_of_range": "outside_restricted",
    "no_access_point": "outside_restricted",
    "data_missing": "outside_data",
    "data_quality": "outside_data",
    "data_stale": "outside_data",
    "laying_unknown": "outside_data",
    "load_basis": "outside_data",
    "ownership_unknown": "outside_data",
    "limited_supply": "outside_works",
    "limited_supply_whole": "outside_works",
    "staged_supply": "outside_works",
    "works_needed": "outside_works",
    "route_crosses": "outside_route",
    "route_unconfirmed": "outside_route",
    "special_load": "outside_quality",
}


def cut_plan(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return what of a plan outsiders are shown.

    Parameters
    ----------
    document
        The plan as its JSON has it.
    """
    shown: dict[str, Any] = _cut(document, _PLAN)
    return shown


def cut_reasons(reasons: Sequence[RejectionReason]) -> tuple[RejectionReason, ...]:
    """Return what outsiders are told of what stands against an option: no figure."""
    restricted = say("outside_restricted")
    first = {reason.code: reason for reason in reversed(reasons)}
    return tuple(
        replace(
            first[code], element_id="", value=None, limit=None, unit=None, zh=restricted.zh,
            en=restricted.en,
        )
        for code in sorted(first)
    )  # fmt: skip


def _cut_reason(reason: Mapping[str, Any]) -> dict[str, Any]:
    """Return a reason of an answer with a sentence that holds no figure of the grid."""
    code, rule_id = reason["code"], reason["rule_id"]
    if code in _OF_THE_CUSTOMER:
        return {"code": code, "zh": reason["zh"], "en": reason["en"], "rule_id": rule_id}
    said = say(_SAID_INSTEAD.get(code, "outside_desk"))
    return {"code": code, "zh": said.zh, "en": said.en, "rule_id": rule_id}


def _cut_information(notes: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return what is told besides that holds no figure of the grid: on which rules it rests."""
    return [note for note in notes if note["code"] == "example_rules"]


def _cut_reasons_of(reasons: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for reason in reasons:
        said = _cut_reason(reason)
        if said not in found:
            found.append(said)
    return found


def _cut_refusals(rejected: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return which kinds of supply are restricted here, and by what; no place, no figure."""
    codes: dict[str, set[str]] = {}
    for one in rejected:
        codes.setdefault(one["kind"], set()).update(reason["code"] for reason in one["reasons"])
    return [{"kind": kind, "codes": sorted(codes[kind])} for kind in sorted(codes)]


def _cut(value: Any, how: _Cut) -> Any:
    if value is None or isinstance(how, bool):
        return value
    if not isinstance(how, Mapping):
        return how(value)
    if isinstance(value, list | tuple):
        return [_cut(item, how) for item in value]
    return {name: _cut(value[name], part) for name, part in how.items() if name in value}


_PLAN: Mapping[str, _Cut] = {
    "schema": True,
    "plan_id": True,
    "grid": {"version": True, "name": True, "load_date": True, "topology_date": True},
    "rules": {"area": True, "version": True, "on_date": True},
    "prices": True,
    "calendar": True,
    "application": True,
    "equipment_kw": True,
    "capacity_kva": True,
    "design_load": True,
    "answer": {"mode": True, "reasons": _cut_reasons_of, "information": _cut_information},
    "options": {
        "rank": True,
        "kind": True,
        "supply_kv": True,
        "capacity_kva": True,
        "desk_reasons": _cut_reasons_of,
        "sources": {
            "role": True,
            "access_point": {
                "kind": True, "element_id": True, "lon": True, "lat": True, "distance_m": True,
            },
            "route": True,
            "boundary": True,
        },
        "cost": {
            "currency": True, "p15": True, "p50": True, "p85": True, "by_payer": True,
            "price_basis": True, "verified": True, "fees": True, "notes": True,
        },
        "schedule": True,
        "customer_side": True,
    },
    "rejected": _cut_refusals,
    "advice": True,
}  # fmt: skip
