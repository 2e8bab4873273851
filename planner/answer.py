"""Answer: on the spot, or to the desk with every reason (practice, section 6: a closed list)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date

from dateutil.relativedelta import relativedelta

from grid_models.grid import GridMetadata
from planner.application import SupplyApplication
from planner.busbars import DEDICATED
from planner.candidate import Candidate
from planner.design_load import Demand, Level, VoltageChoice
from planner.importance import CLASSES, least_importance
from planner.messages import Message, say
from planner.n_minus_1 import sentence_of
from planner.plan import (
    Answer,
    Check,
    Information,
    Option,
    PowerQuality,
    Reason,
    Rejected,
    Remedies,
)
from planner.routes import name_crossings
from planner.rules import Rules
from planner.search import Found
from planner.study_load import kind_of_load, study_loads
from planner.voltage_table import CODE as VOLTAGE_BY_TABLE

__all__ = [
    "decide",
    "desk_reasons_of_application",
    "desk_reasons_of_data",
    "desk_reasons_of_n_minus_1",
    "desk_reasons_of_option",
    "desk_reasons_of_quality",
]


def _reason(code: str, rule_id: str | None, **values: object) -> Reason:
    return _reason_as(code, code, rule_id, values)


def _reason_as(
    code: str, sentence: str, rule_id: str | None, values: Mapping[str, object]
) -> Reason:
    text = say(sentence, **values)
    return Reason(code=code, zh=text.zh, en=text.en, rule_id=rule_id)


def desk_reasons_of_application(
    application: SupplyApplication,
    demand: Demand,
    level: Level,
    choice: VoltageChoice,
    rules: Rules,
) -> Iterator[Reason]:
    """Reasons that lie in what was asked for."""
    if application.business not in rules.value("covered_business"):
        business = say(f"business_{application.business}")
        yield _reason("not_covered", "covered_business", business=business)
    if application.sources > 1:
        yield _reason("more_than_one_source", None, value=application.sources)
    yield from _importance(application, rules)
    load = application.special_load
    if load is None and level != "lv":
        yield _reason("special_load_not_stated", None)
    elif load not in (None, "none"):
        yield _reason("special_load", None, load=say(f"special_load_{load}"))
    for disturbing in study_loads(application, rules):
        if disturbing.kind != load and disturbing.needs_study:
            kind = kind_of_load(disturbing.kind)
            yield _reason("special_load", "study_load_kw", load=kind)
    yield from _demand(application, rules)
    for code, rule_id in (
        ("capacity_over_on_site_limit", "on_site_limit"),
        ("upstream_not_checked", "upstream_limit"),
    ):
        limit = rules.number(rule_id)
        if demand.capacity_kva > limit:
            fields = {"value": demand.capacity_kva, "limit": limit}
            is_above = level == "hv" and code == "upstream_not_checked"
            yield _reason_as(code, f"{code}_busbar" if is_above else code, rule_id, fields)
    if choice.to_confirm:
        limit = rules.number("lv_access_limit") / rules.number("lv_only_share")
        yield _reason("level_to_confirm", "lv_access_limit", value=application.kva, limit=limit)


def _demand(application: SupplyApplication, rules: Rules) -> Iterator[Reason]:
    """Reason where much less is asked for than the equipment could draw."""
    kw, demand_kw = application.kw, application.max_demand_kw
    if kw is None or demand_kw is None:
        return
    least = rules.number("least_demand_share")
    if 100.0 * demand_kw < least * kw:
        yield _reason(
            "demand_to_confirm", "least_demand_share", value=demand_kw, equipment=kw, limit=least
        )


def _importance(application: SupplyApplication, rules: Rules) -> Iterator[Reason]:
    importance = application.importance
    if importance != "ordinary":
        yield _reason("important_customer", None, importance=say(f"importance_{importance}"))
    least = least_importance(application.industry, rules)
    if CLASSES.index(importance) < CLASSES.index(least):
        yield _reason_as(
            "important_customer",
            "importance_below_industry",
            "industry_importance",
            {
                "industry": application.industry,
                "least": say(f"importance_{least}"),
                "importance": say(f"importance_{importance}"),
            },
        )


def desk_reasons_of_data(
    metadata: GridMetadata, quality: str, problem_count: int, rules: Rules
) -> Iterator[Reason]:
    """Reasons that lie in the grid's data and in the rules themselves."""
    if quality == "poor":
        yield _reason("data_quality", None, count=problem_count)
    months = int(rules.number("load_data_max_months"))
    days = int(rules.number("topology_max_days"))
    for subject, day, rule_id, limit, unit, oldest, newest in (
        (
            "subject_load_data", metadata.load_date, "load_data_max_months", months,
            "unit_month", rules.on_date - relativedelta(months=months),
            rules.on_date + relativedelta(months=months),
        ),
        (
            "subject_topology", metadata.topology_date, "topology_max_days", days,
            "unit_day", rules.on_date - relativedelta(days=days),
            rules.on_date + relativedelta(days=days),
        ),
    ):  # fmt: skip
        # An acceptance date long before the data is as far from them as one long after.
        if day is None or not oldest <= day <= newest:
            yield _reason(
                "data_stale", rule_id, subject=say(subject), date=_day(day), limit=limit,
                unit=say(unit),
            )  # fmt: skip
    if metadata.load_basis not in rules.value("accepted_load_bases"):
        basis = say(f"load_basis_{metadata.load_basis}")
        yield _reason("load_basis", "accepted_load_bases", basis=basis)


def _day(day: date | None) -> Message:
    return say("unknown") if day is None else Message(zh=str(day), en=str(day))


def desk_reasons_of_option(
    found: Found, application: SupplyApplication, rules: Rules, works: Sequence[str]
) -> Iterator[Reason]:
    """Reasons that lie in one option: its access point, its route, what it does to others.

    Parameters
    ----------
    works
        Kinds of option whose works go beyond a standard connection.
    """
    candidate, label = found.candidate, found.situation.model.label
    for code, element_id in candidate.desk.items():
        if code != "works_needed":
            yield _reason(code, None, element=label(element_id))
    if candidate.kind == DEDICATED and candidate.place.row == 0:
        busbar = label(candidate.element_id)
        yield _reason("busbar_is_source", None, element=busbar)
        if (promised_kva := float(found.situation.promised_kva[0])) > 0.0:
            yield _reason("busbar_promised", None, element=busbar, value=promised_kva)
    for work in works:
        yield _reason(
            "works_needed", None, work=say(f"kind_{work}"), element=label(candidate.element_id)
        )
    for code, check in found.outcome.desk.items():
        yield _reason_as(code, code, check.rule_id, _fields(check, label))
    for check in found.place_checks:
        if check.effect == "desk":
            yield _reason_as(check.code, check.code, check.rule_id, _fields(check, label))
    for missing in found.missing:
        yield _reason("data_missing", None, subject=say(missing.subject))
    if application.route_confirmed_by is None:
        yield from _route_unconfirmed(candidate, rules)


def _route_unconfirmed(candidate: Candidate, rules: Rules) -> Iterator[Reason]:
    """Reason that nobody has looked at what lies on the way: all of an estimate, or a crossing."""
    if candidate.way is not None and candidate.way.method == "streets":
        if (crossed := name_crossings(candidate)) is not None:
            fields = {"crossed": crossed}
            yield _reason_as("route_unconfirmed", "route_crosses", "route_crossing_price", fields)
        return
    limit = rules.number("route_unconfirmed_above")
    if candidate.length_m > limit:
        yield _reason(
            "route_unconfirmed", "route_unconfirmed_above", value=candidate.length_m, limit=limit
        )


def desk_reasons_of_n_minus_1(found: Found) -> Iterator[Reason]:
    """Reason that lies in the loss of the option's feeder, if that goes to the desk."""
    secured, label = found.n_minus_1, found.situation.model.label
    if secured is not None and secured.check.effect == "desk":
        check = secured.check
        yield _reason_as(check.code, sentence_of(check), check.rule_id, _fields(check, label))


def desk_reasons_of_quality(qualities: Sequence[PowerQuality]) -> Iterator[Reason]:
    """Reason that lies in a motor whose start disturbs others: an impact load, stated or not."""
    for quality in qualities:
        if quality.code == "motor_start" and quality.needs_study:
            yield Reason(code="special_load", zh=quality.zh, en=quality.en, rule_id=quality.rule_id)


def _fields(check: Check, label: Callable[[str], str]) -> dict[str, object]:
    return {
        "element": label(check.element_id), "value": check.value, "limit": check.limit,
        "unit": check.unit, "check": say(f"label_{check.code}"),
    }  # fmt: skip


def decide(
    reasons: Sequence[Reason],
    options: Sequence[Option],
    rejected: Sequence[Rejected],
    rules: Rules,
    distance_m: float,
    information: Sequence[Information],
    *,
    searched: bool = True,
    without: Reason | None = None,
    remedies: Remedies | None = None,
) -> Answer:
    """Choose between on site, desk and no option.

    Parameters
    ----------
    reasons
        Every desk reason that applies to the first option.
    distance_m
        How far the search went, for the sentence where it found nothing.
    searched
        False where nothing was computed: the business needs no connection.
    without
        Why there is no option, where more is known than the refusals say.
    remedies
        What was tried to make a connection possible.
    """
    reasons = list(reasons)
    if options and options[0].partial is not None:
        reasons += _unsolved(remedies, rules)
    if options and rules.not_adopted:
        names = rules.not_adopted
        reasons.append(_reason("rule_not_adopted", None, count=len(names), rules=", ".join(names)))
    if not options:
        too_large = [
            reason
            for refused in rejected
            for reason in refused.reasons
            if reason.code == "access_not_admissible"
            and reason.unit == "kVA"
            and (reason.value or 0.0) > (reason.limit or 0.0)
        ]
        if any(reason.code == VOLTAGE_BY_TABLE for reason in reasons):
            # The next step is a higher voltage: what nearby lines lack is no news beside it.
            reasons.sort(key=lambda reason: reason.code != VOLTAGE_BY_TABLE)
            reasons[1:1] = [*([without] if without else ()), *_refused_lines(rejected)]
            return Answer(mode="no_option", reasons=tuple(reasons), information=tuple(information))
        if not searched:
            return Answer(mode="no_option", reasons=tuple(reasons), information=tuple(information))
        if without is not None:
            none = without
        elif too_large and all(
            r.code in ("not_public", "no_spare_bay", "access_not_admissible")
            for refused in rejected
            for r in refused.reasons
        ):
            widest = max(too_large, key=lambda reason: reason.limit or 0.0)
            none = _reason("capacity_out_of_range", None, value=widest.value, limit=widest.limit)
        elif rejected:
            nearest = rejected[0].reasons[0]
            text = Message(zh=nearest.zh, en=nearest.en)
            none = _reason("all_rejected", None, count=len(rejected), reason=text)
        else:
            none = _reason("no_access_point", None, limit=distance_m)
        reasons = [*_unsolved(remedies, rules), *reasons]
        return Answer(mode="no_option", reasons=(none, *reasons), information=tuple(information))
    unique = {(reason.code, reason.zh): reason for reason in reasons}
    return Answer(
        mode="back_office" if reasons else "on_site",
        reasons=tuple(unique.values()),
        information=tuple(information),
    )


def _refused_lines(rejected: Sequence[Rejected]) -> Iterator[Reason]:
    """Say why the nearest busbar of 35 or 110 kV that has the voltage of the table does not do."""
    for refused in rejected:
        reasons = [r for r in refused.reasons if r.code != "access_not_admissible"]
        if refused.kind == DEDICATED and reasons:
            text = Message(zh=reasons[0].zh, en=reasons[0].en)
            yield _reason("dedicated_refused", None, reason=text)
            return


def _unsolved(remedies: Remedies | None, rules: Rules) -> Iterator[Reason]:
    """Say that no measures were found, and what binds where the search for them began."""
    if remedies is None or not remedies.trials:
        return
    binding = remedies.trials[0].binding[0]
    yield _reason_as(
        "no_remedy",
        "no_remedy_bound" if remedies.ended == "bound" else "no_remedy",
        "remedy_max_trials",
        {
            "tried": remedies.tried,
            "bound": remedies.bound,
            "count": int(rules.number("remedy_max_measures")),
            "reason": Message(zh=binding.zh, en=binding.en),
        },
    )
