"""Dual: options of two or three sources, each of which carries alone what it must.

The main source carries everything while the others stand by; with the main one out a standby
carries the important part (unstated: everything). In each of these states one source is loaded and
the others are open at the customer's, so each is solved by itself, by AC and with every limit of a
single supply. Which points may back each other the trace decides (`independence`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import inf
from typing import Any

from grid_models.errors import InputError, InputProblem
from planner.design_load import (
    Demand,
    Level,
    VoltageChoice,
    find_demand,
    find_important_demand,
)
from planner.dual_options import CODE, describe_joint
from planner.feasible import Feasible
from planner.importance import importance_of
from planner.independence import GRADES, SEVERAL, required_grade
from planner.messages import Message, listed, say
from planner.options import Offers, describe_alone
from planner.pairing import METRE_DECIMALS, Joint, Pairing, feeder_key
from planner.plan import (
    Grade,
    Option,
    Reason,
    Rejected,
    RejectionReason,
    SharedPart,
    Why,
)
from planner.ranking import margin_step_of
from planner.refusal import access_point
from planner.rules import Rules
from planner.search import Found, Search
from planner.terms import Terms

__all__ = ["find_several_sources"]

# Ways of running several sources in which one carries and the others do not.
_ONE_CARRIES = ("cold_standby", "hot_standby")

MakeFeasible = Callable[[Found, Level, Demand], Feasible]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Offer:
    joint: Joint
    level: Level
    option: Option


def find_several_sources(
    search: Search, choice: VoltageChoice, make_feasible: MakeFeasible, terms: Terms
) -> Offers:
    """Find options of as many sources as are asked for.

    Parameters
    ----------
    make_feasible
        Gives a point its works and desk reasons, as for a single supply.
    terms
        What units cost.

    Raises
    ------
    InputError
        If the rules operate the sources in a way that is not computed.
    """
    application, rules = search.application, search.rules
    _require_known_operation(rules)
    importance = importance_of(application, rules)
    required = required_grade(application.sources, importance, rules)
    if required == "multi_source" and application.sources < SEVERAL:
        text = say(
            "sources_too_few_asked", importance=say(f"importance_{importance}"),
            required=_word(required), value=application.sources, limit=SEVERAL,
        )  # fmt: skip
        return _nothing(choice, text)
    offers: list[_Offer] = []
    rejected: list[Rejected] = []
    texts: list[Message] = []
    for level in choice.levels:
        pairing, refused = _pair(search, level, required)
        joints, below = pairing.run()
        rejected += [*refused, *(_refuse(search, joint) for joint in below)]
        offers += _offers(search, joints, level, make_feasible, terms)
        if pairing.mains and not joints:
            texts.append(_why_none(search, pairing, below))
    if not offers:
        return _nothing(choice, texts[0] if texts else None, rejected)
    ranked = sorted(offers, key=lambda offer: _order(offer, choice, search))
    return Offers(
        options=tuple(_ranked(search, ranked, k) for k in range(len(ranked))),
        first=ranked[0].joint.members,
        level=ranked[0].level,
        rejected=tuple(rejected),
        without=None,
    )


def _require_known_operation(rules: Rules) -> None:
    operation = str(rules.value("source_operation"))
    if operation not in _ONE_CARRIES:
        text = say("sources_operation_unknown", value=operation)
        problem = InputProblem(field="source_operation", zh=text.zh, en=text.en)
        raise InputError([problem])


def _pair(search: Search, level: Level, required: Grade) -> tuple[Pairing, list[Rejected]]:
    application, rules = search.application, search.rules
    whole = find_demand(application, level, rules)
    part = find_important_demand(application, level, rules)
    mains, refused = search.run(level, whole, is_wide=True)
    standbys = mains if part == whole else search.run(level, part, is_wide=True)[0]
    pairing = Pairing(
        mains=mains,
        standbys=standbys,
        required=required,
        # where an area does not block, what is below the grade is offered, and says so
        least=required if rules.effect(CODE, "path") == "block" else "dual_circuit",
        application=application,
        rules=rules,
    )
    return pairing, refused


def _offers(
    search: Search,
    joints: Sequence[Joint],
    level: Level,
    make_feasible: MakeFeasible,
    terms: Terms,
) -> list[_Offer]:
    """Describe every point once, as a single supply, and put the points together."""
    items: dict[tuple[int, bool], Feasible] = {}
    for joint in joints:
        for k, found in enumerate(joint.members):
            if (id(found), k == 0) not in items:
                demand = found.outcome.trial.demand
                items[id(found), k == 0] = make_feasible(found, level, demand)
    alone = dict(zip(items, describe_alone(search, list(items.values())), strict=True))
    return [
        _Offer(
            joint=joint,
            level=level,
            option=describe_joint(
                search,
                joint,
                [alone[id(found), k == 0] for k, found in enumerate(joint.members)],
                level,
                terms,
            ),
        )
        for joint in joints
    ]


# ---------------------------------------------------------------------- order


def _keys(offer: _Offer, search: Search) -> dict[str, Any]:
    members = offer.joint.members
    secured = [f.n_minus_1.check.passed if f.n_minus_1 else None for f in members]
    margin_pct = min(100.0 - f.outcome.worst_on_path_pct for f in members)
    return {
        "level": offer.level,
        "is_within_radius": offer.joint.is_within_radius,
        "grade": offer.joint.independence.grade,
        "route_length_m": offer.joint.length_m,
        "cost_p50": offer.option.cost.p50,
        "n_minus_1": "not_computed" if None in secured else all(secured),
        "margin_pct": margin_pct,
        "margin_step": margin_step_of(margin_pct, offer.level, search.rules),
        "id": " + ".join(f"{f.candidate.access_kind}:{f.candidate.element_id}" for f in members),
    }


def _order(offer: _Offer, choice: VoltageChoice, search: Search) -> tuple[Any, ...]:
    keys = _keys(offer, search)
    # a sum that lacks a price comes behind every whole one
    cost = inf if offer.option.cost.unpriced else keys["cost_p50"]
    length = (round(keys["route_length_m"], METRE_DECIMALS), cost)
    first: tuple[Any, ...] = length
    if search.application.order == "cost":
        first = (cost, length[0])
    elif search.application.order == "reliability":
        grade = -GRADES.index(keys["grade"])
        first = (grade, keys["n_minus_1"] is not True, -keys["margin_step"], *length)
    return (
        choice.levels.index(offer.level), not keys["is_within_radius"], *first, keys["id"]
    )  # fmt: skip


def _ranked(search: Search, offers: Sequence[_Offer], place: int) -> Option:
    offer, option = offers[place], offers[place].option
    why = _why(search, offer.joint, offers[0].joint)
    return replace(
        option,
        rank=place + 1,
        order_keys=_keys(offer, search),
        why=Why(zh=why.zh, en=why.en),
    )


def _why(search: Search, joint: Joint, first: Joint) -> Message:
    grade = _word(joint.independence.grade)
    if joint is first:
        names = [search.model.label(f.candidate.element_id) for f in joint.members]
        return say(
            "why_sources",
            grade=grade,
            value=joint.length_m,
            element=names[0],
            other=listed(names[1:]),
        )
    extra_m = joint.length_m - first.length_m
    if extra_m < 0.0:
        return say("why_sources_shorter", grade=grade, value=-extra_m)
    return say("why_sources_behind", grade=grade, value=extra_m)


# ---------------------------------------------------------------------- what was looked at in vain


def _word(grade: Grade) -> Message:
    return say(f"kind_{grade}")


def _against(joint: Joint) -> list[SharedPart]:
    """Return what keeps some points from a better grade, each kind of thing once."""
    parts = [p for pair in joint.independence.pairs for p in (*pair.shared, *pair.unproved)]
    return list({part.zh: part for part in parts}.values())


def _refuse(search: Search, joint: Joint) -> Rejected:
    main, *others = joint.members
    independence = joint.independence
    against = _against(joint)
    names = [search.model.label(f.candidate.element_id) for f in joint.members]
    text = say(
        "sources_below",
        element=names[0],
        other=listed(names[1:]),
        grade=_word(independence.grade),
        required=_word(independence.required),
        reason=Message(
            zh="；".join(part.zh for part in against), en="; ".join(part.en for part in against)
        ),
    )
    reason = RejectionReason(
        code=CODE, element_id=main.candidate.element_id,
        value=float(GRADES.index(independence.grade)),
        limit=float(GRADES.index(independence.required)), unit=None, zh=text.zh, en=text.en,
    )  # fmt: skip
    return Rejected(
        kind=independence.grade, access_point=access_point(others[-1].candidate), reasons=(reason,)
    )


def _why_none(search: Search, pairing: Pairing, below: Sequence[Joint]) -> Message:
    points = {id(found): found for found in (*pairing.mains, *pairing.standbys)}.values()
    feeders: Mapping[Any, Found] = {feeder_key(found): found for found in points}
    if not below:
        names = [
            search.model.label(f.feeder_id or f.candidate.element_id) for f in feeders.values()
        ]
        return say(
            "sources_too_few_feeders", value=pairing.application.sources, feeders=len(feeders),
            element=listed(names),
        )  # fmt: skip
    best = max((joint.independence.grade for joint in below), key=GRADES.index)
    return say(
        "sources_no_pair", count=len(points), feeders=len(feeders), tried=pairing.tried,
        value=pairing.application.sources, required=_word(pairing.required), grade=_word(best),
    )  # fmt: skip


def _nothing(
    choice: VoltageChoice, text: Message | None, rejected: Sequence[Rejected] = ()
) -> Offers:
    reason = None
    if text is not None:
        reason = Reason(code=CODE, zh=text.zh, en=text.en, rule_id="required_independence")
    return Offers(
        options=(), first=(), level=choice.levels[0], rejected=tuple(rejected), without=reason
    )
