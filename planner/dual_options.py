"""Options of several sources: what each point is as a single supply, put together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from grid_models.edits import CUSTOMER_NODE, NEW_LINE, SPLIT_NODE
from planner.application import SupplyApplication
from planner.design_load import Level
from planner.emergency import emergency_works
from planner.independence import is_enough
from planner.messages import say
from planner.pairing import Joint
from planner.plan import Check, OperatingState, Option, Reason, Source, Work
from planner.rules import Rules
from planner.search import Search
from planner.terms import Terms

__all__ = ["CODE", "describe_joint"]

CODE = "source_independence"
MAIN, STANDBY = "main", "standby"
NORMAL, MAIN_OUT = "normal", "main_out"
# What is built once, however many sources there are.
ONCE = ("compensation", "customer_transformer")


def describe_joint(
    search: Search, joint: Joint, alone: Sequence[Option], level: Level, terms: Terms
) -> Option:
    """Put single supplies together to one option.

    Parameters
    ----------
    alone
        Each point as a single supply of what it must carry alone, the main one first.
    terms
        What units cost.
    """
    main, application, rules = alone[0], search.application, search.rules
    own = [main.works, *(_without(option.works, ONCE) for option in alone[1:])]
    extra = _extra_works(application, level, rules)
    return replace(
        main,
        kind=joint.independence.grade,
        sources=tuple(_source(option, k) for k, option in enumerate(alone)),
        checks=_worst_checks(alone),
        not_computed=tuple(dict.fromkeys(code for o in alone for code in o.not_computed)),
        desk_reasons=(*_reasons(alone), *_below(joint, rules)),
        works=tuple(work for works in [*own, extra] for work in works),
        cost=terms.joint_cost_of(alone, extra, application, rules, once=ONCE),
        independence=joint.independence,
        states=tuple(_state(joint, option, k) for k, option in enumerate(alone)),
    )


def _source(option: Option, place: int) -> Source:
    return replace(option.sources[0], role=STANDBY if place else MAIN)


def _state(joint: Joint, option: Option, place: int) -> OperatingState:
    load = joint.members[place].outcome.trial.demand.load
    return OperatingState(
        code=MAIN_OUT if place else NORMAL,
        carried_by=place,
        out=tuple(k for k in range(len(joint.members)) if k != place),
        p_kw=load.p_kw,
        q_kvar=load.q_kvar,
        holds_kva=option.capacity_kva,
        checks=option.checks,
        not_computed=option.not_computed,
        headroom=option.headroom,
        power_flow=option.power_flow,
        take_over=option.take_over,
    )


def _worst_checks(alone: Sequence[Option]) -> tuple[Check, ...]:
    """Return of each code the check with the least margin; what goes to the desk comes first."""
    by_code: dict[str, list[Check]] = {}
    for place, option in enumerate(alone):
        for check in option.checks:
            named = replace(check, element_id=_own_name(check.element_id, place))
            by_code.setdefault(check.code, []).append(named)

    def harm(check: Check) -> tuple[bool, bool, float]:
        return check.effect != "desk", check.passed, check.margin_pct

    return tuple(min(by_code[code], key=harm) for code in sorted(by_code))


def _own_name(element_id: str, place: int) -> str:
    """Name of what is built for one of several sources; alone it is ``new:line:1`` for each."""
    names = {
        NEW_LINE: f"new:line:{place + 1}",
        CUSTOMER_NODE: f"new:node:{2 * place + 1}",
        SPLIT_NODE: f"new:node:{2 * place + 2}",
    }
    return names.get(element_id, element_id)


def _reasons(alone: Sequence[Option]) -> tuple[Reason, ...]:
    return tuple({(r.code, r.zh): r for o in alone for r in o.desk_reasons}.values())


def _below(joint: Joint, rules: Rules) -> tuple[Reason, ...]:
    """Desk reason of an option below the grade required, in an area that offers it all the same."""
    found = joint.independence
    if is_enough(found.grade, found.required) or rules.effect(CODE, "path") != "desk":
        return ()
    text = say(
        "sources_grade_below",
        grade=say(f"kind_{found.grade}"),
        required=say(f"kind_{found.required}"),
    )
    return (Reason(code=CODE, zh=text.zh, en=text.en, rule_id=CODE),)


def _without(works: Sequence[Work], codes: Sequence[str]) -> tuple[Work, ...]:
    return tuple(work for work in works if work.code not in codes)


def _extra_works(application: SupplyApplication, level: Level, rules: Rules) -> tuple[Work, ...]:
    """Interlock of the sources, and an important customer's own emergency source."""
    payers: Mapping[str, str] = rules.value("payer")
    payer = payers["hv_customer_side"]
    text = say("interlock")
    interlock = Work(
        code="interlock", element_id="", quantity=1.0, unit="set", payer=payer,
        zh=text.zh, en=text.en,
    )  # fmt: skip
    return (interlock, *emergency_works(application, level, rules, payer=payer))
