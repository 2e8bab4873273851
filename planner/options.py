"""Options: feasible points with everything a plan shows of them, in their final order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from grid_models.capacity import Access, Hosting, hosting_capacity, open_capacity
from planner.answer import desk_reasons_of_n_minus_1, desk_reasons_of_quality
from planner.boundary import find_boundary
from planner.customer_side import describe_customer_side
from planner.design_load import Level, find_demand
from planner.feasible import Feasible, Makeshift
from planner.measured_ways import measure_ways
from planner.messages import Message, say
from planner.n_minus_1 import CODE as N_MINUS_1
from planner.part import explain_part
from planner.plan import (
    HEADROOM,
    Headroom,
    Option,
    PowerQuality,
    Reason,
    Rejected,
    Sensitivity,
    Source,
    Why,
)
from planner.power_quality import find_power_quality
from planner.ranking import Rankable, explain
from planner.refusal import access_point
from planner.routes import route_of
from planner.search import Found, Search
from planner.sizing import NOMINAL_KV

__all__ = ["Offers", "describe_alone", "make_options"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Offers:
    """What is offered, and what was looked at in vain.

    Parameters
    ----------
    options
        Best first.
    first
        Points of the first option, the main one first.
    level
        Voltage level of the first option, else the preferred one.
    without
        Why nothing is offered, where more is known than the refusals say.
    makeshift
        What was tried on the grid, and what of the wish fits today.
    """

    options: tuple[Option, ...]
    first: tuple[Found, ...]
    level: Level
    rejected: tuple[Rejected, ...]
    without: Reason | None = None
    makeshift: Makeshift = field(default_factory=Makeshift)


def make_options(
    search: Search,
    feasible: Sequence[Feasible],
    ranked: Sequence[tuple[Rankable, Mapping[str, Any]]],
    rejected: Sequence[Rejected],
) -> tuple[Option, ...]:
    """Give the ranked points their figures: headroom, sensitivity, works, cost, schedule, why.

    What carries only a part of the wish comes last and is held against nothing.
    """
    chosen = [feasible[rankable.index] for rankable, _ in ranked]
    headrooms = _headrooms(search, chosen)
    sensitivities = _sensitivities(search, chosen)
    qualities = find_power_quality(search, [c.found for c in chosen], [c.level for c in chosen])
    nearer = _nearer_rejected(chosen, rejected)
    whole = [pair for item, pair in zip(chosen, ranked, strict=True) if item.partial is None]
    options = []
    for number, (item, (rankable, keys)) in enumerate(zip(chosen, ranked, strict=True)):
        if number == 0:
            text = explain(
                whole or ranked[:1], nearer, search.rules, search.application.order,
                search.model.label,
            )  # fmt: skip
        else:
            text = _explain_place(rankable, ranked[0][0])
        if item.partial is not None:
            state = explain_part(item.partial)
            text = say("why_both", first=text, second=state) if number == 0 else state
        options.append(
            _option(
                search,
                item,
                number + 1,
                headrooms[number],
                sensitivities[number],
                qualities[number],
                keys,
                text,
            )
        )
    return tuple(options)


def describe_alone(search: Search, chosen: Sequence[Feasible]) -> list[Option]:
    """Give points their figures without an order: what each is as a single supply."""
    headrooms = _headrooms(search, chosen)
    sensitivities = _sensitivities(search, chosen)
    qualities = find_power_quality(search, [c.found for c in chosen], [c.level for c in chosen])
    nothing = Message(zh="", en="")
    return [
        _option(search, item, 0, headrooms[k], sensitivities[k], qualities[k], {}, nothing)
        for k, item in enumerate(chosen)
    ]


def _explain_place(option: Rankable, first: Rankable) -> Message:
    """Say how an option stands to the first one."""
    return say("why_behind_first", extra_m=option.length_m - first.length_m,
               own_pct=option.margin_pct, other_pct=first.margin_pct)  # fmt: skip


def _nearer_rejected(chosen: Sequence[Feasible], rejected: Sequence[Rejected]) -> Rejected | None:
    """Nearest refused point that lies nearer than the first option, of the same level."""
    if not chosen:
        return None
    limit = chosen[0].found.candidate.distance_m
    nearer = [
        r
        for r in rejected
        if r.access_point.distance_m < limit and r.kind.startswith(chosen[0].level)
    ]
    return min(nearer, key=lambda r: r.access_point.distance_m) if nearer else None


def _headrooms(search: Search, chosen: Sequence[Feasible]) -> list[Headroom]:
    """Open and hosting capacity at each access point, one solution round a tree for all."""
    hosting: dict[int, Hosting] = {}
    by_tree: dict[tuple[int, Level], list[int]] = {}
    for k, item in enumerate(chosen):
        # a tree after measures is another one than that of the same number
        by_tree.setdefault((id(item.found.situation), item.level), []).append(k)
    for members in by_tree.values():
        item = chosen[members[0]]
        situation = item.found.situation
        values = hosting_capacity(
            situation.folded,
            situation.state,
            situation.limits,
            situation.bounds,
            [
                Access(row=c.row, share=c.share)
                for c in (chosen[k].found.outcome.trial.connection for k in members)
            ],
            power_factor=item.demand.load.power_factor,
        )
        hosting |= dict(zip(members, values, strict=True))
    return [_headroom(search, item, hosting[k]) for k, item in enumerate(chosen)]


def _sensitivities(search: Search, chosen: Sequence[Feasible]) -> list[Sensitivity | None]:
    """Solve every option above low voltage again at the poorer power factor of the rules.

    What carries a part of the wish is no promise at any power factor but the one agreed.
    """
    result: list[Sensitivity | None] = [None] * len(chosen)
    by_tree: dict[int, list[int]] = {}
    for k, item in enumerate(chosen):
        if item.level != "lv" and item.partial is None:
            by_tree.setdefault(id(item.found.situation), []).append(k)
    for members in by_tree.values():
        power_factor = search.rules.number("power_factor_sensitivity")
        trials = []
        for k in members:
            trial = chosen[k].found.outcome.trial
            poorer = replace(search.application, power_factor=power_factor)
            demand = find_demand(poorer, chosen[members[0]].level, search.rules)
            load = replace(trial.connection, p=demand.load.p_kw / 1e3, q=demand.load.q_kvar / 1e3)
            trials.append(replace(trial, demand=demand, connection=load))
        situation = chosen[members[0]].found.situation
        for k, way in zip(members, measure_ways(situation, trials), strict=True):
            if way is not None:
                result[k] = Sensitivity(
                    power_factor=power_factor, v_customer_pu=way[0], worst_on_path_pct=way[1]
                )
    return result


def _headroom(search: Search, item: Feasible, hosting: Hosting) -> Headroom:
    found, situation = item.found, item.found.situation
    connection = found.outcome.trial.connection
    path = found.outcome.path
    if connection.share is not None:
        path = situation.tree.path(connection.row)
    kva, row = open_capacity(
        situation.limits,
        path,
        situation.peak_loading_pct,
        situation.promised_kva,
        k=search.rules.number("open_capacity_k"),
    )
    model, number = situation.model, situation.number
    voltage = hosting.code.startswith("voltage")
    name = model.node_id if voltage else model.branch_id
    binding = name(number, hosting.row) if hosting.row >= 0 else ""
    return Headroom(
        open_capacity_kva=kva,
        open_binding_id=model.branch_id(number, row) if row >= 0 else "",
        hosting_capacity_kva=hosting.kva,
        hosting_binding_id=binding,
        hosting_binding_code=hosting.code,
    )


def _option(
    search: Search,
    item: Feasible,
    number: int,
    headroom: Headroom,
    sensitivity: Sensitivity | None,
    quality: tuple[PowerQuality, ...],
    keys: Mapping[str, Any],
    why: Message,
) -> Option:
    found, rules, application = item.found, search.rules, search.application
    trial = found.outcome.trial
    kind = item.kind or found.candidate.kind
    checks = sorted(
        [
            *(j.check for j in found.outcome.judgements),
            *found.place_checks,
            *((found.n_minus_1.check,) if found.n_minus_1 else ()),
        ],
        key=lambda c: c.code,
    )
    return Option(
        rank=number,
        kind=kind,
        supply_kv=NOMINAL_KV[trial.kv],
        capacity_kva=item.demand.capacity_kva,
        sources=(_source(search, found, item.level),),
        checks=tuple(checks),
        not_computed=_not_computed(item),
        desk_reasons=(
            *item.reasons,
            *desk_reasons_of_n_minus_1(found),
            *desk_reasons_of_quality(quality),
        ),
        headroom=headroom,
        power_flow=found.outcome.power_flow,
        sensitivity=sensitivity,
        take_over=found.n_minus_1.take_over if found.n_minus_1 else (),
        replacement=item.replacement,
        measures=item.measures,
        works=item.works,
        cost=item.cost,
        schedule=item.schedule,
        customer_side=describe_customer_side(
            application,
            item.demand,
            rules,
            item.level,
            search.catalogue,
            supply_kv=NOMINAL_KV[trial.kv],
        ),
        order_keys=dict(keys) | ({"phase": phase} if (phase := found.outcome.phase) else {}),
        why=Why(zh=why.zh, en=why.en),
        power_quality=quality,
        partial=item.partial,
    )


def _not_computed(item: Feasible) -> tuple[str, ...]:
    """Name what no figure of the option speaks of.

    Room is that of one hour where the load differs from hour to hour, and that of the new line
    alone at a source, whose voltage is fixed and whose limits are not in the model.
    """
    candidate = item.found.candidate
    is_source = candidate.place.row == 0 and candidate.share is None
    return (
        *((HEADROOM,) if is_source or item.partial is not None else ()),
        *((N_MINUS_1,) if item.level != "lv" and item.found.n_minus_1 is None else ()),
    )


def _source(search: Search, found: Found, level: Level) -> Source:
    situation, candidate = found.situation, found.candidate
    model, number, row = situation.model, situation.number, candidate.place.row
    topology = situation.topology
    main, busbar = int(topology.main_transformer[row]), int(topology.busbar[row])
    substation = None
    if level == "hv":
        busbar = row
        substation = model.substation_of(number, row) or model.node_id(number, row)
    if main >= 0:
        above = int(situation.tree.parent[main])
        stated = model.substation_of(number, busbar) or model.substation_of(number, above)
        substation = stated or model.node_id(number, above)
    return Source(
        role="main",
        feeder_id=found.feeder_id,
        busbar_id=model.busbar_id(number, busbar) if busbar >= 0 else None,
        main_transformer_id=model.branch_id(number, main) if main >= 0 else None,
        substation_id=substation,
        feeder_is_public=model.is_public_feeder(number, int(topology.feeder_head[row])),
        access_point=access_point(candidate),
        route=route_of(candidate, search.application),
        conductor=found.outcome.trial.conductor,
        upstream=_upstream(found),
        boundary=find_boundary(candidate, level, search.rules, model.label),
    )


def _upstream(found: Found) -> tuple[str, ...]:
    """Lines and transformers from the access point up; of a split line the part towards them."""
    situation, place = found.situation, found.candidate.place
    above = situation.model.upstream(situation.number, place.row)
    if found.candidate.share is None:
        return above
    part = 1 if situation.tree.from_is_parent[place.row] else 2
    return (f"{above[0]}#{part}", *above[1:])
