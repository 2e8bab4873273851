"""Standing: whether an option still passes, with what has been promised to others since."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from grid_models.model import GridModel
from grid_models.place import Place
from planner.application import Commitment, SupplyApplication
from planner.assistant import make_plan
from planner.candidate import Candidate, reject
from planner.design_load import Level, find_demand, find_important_demand, level_of
from planner.outcome import evaluate
from planner.plan import RejectionReason, plan_to_json
from planner.routing import Streets
from planner.rules import RuleBook
from planner.search import Found, Search
from planner.terms import Terms

__all__ = ["find_obstacles", "is_at_its_points", "pick_relevant"]

Json = Mapping[str, Any]


def find_obstacles(
    option: Json,
    application: SupplyApplication,
    model: GridModel,
    rule_book: RuleBook,
    terms: Terms,
    *,
    commitments: Sequence[Commitment],
    streets: Streets | None = None,
) -> tuple[RejectionReason, ...]:
    """Return what stands against an option now; empty: it passes every blocking check.

    An option at points of the grid as it stands is solved at those points alone. One that changes
    the grid first, carries a part of the wish or lies above 10(20) kV is looked for in a new plan.

    Parameters
    ----------
    option
        Of a plan for the application on this grid, as its JSON has it.
    terms
        By which the plan was made.
    commitments
        All that is promised to others now.
    streets
        Those the plan was made with.
    """
    if not is_at_its_points(option):
        return _find_in_new_plan(option, application, model, rule_book, terms, commitments, streets)
    level = level_of(option["supply_kv"])
    search = Search(
        model=model, application=application, rules=rule_book.on(application.on_date),
        catalogue=terms.catalogue, commitments=pick_relevant(option, model, commitments),
    )  # fmt: skip
    return tuple(
        reason
        for k, source in enumerate(option["sources"])
        for reason in _obstacles_at(search, option, source, level, is_standby=k > 0)
    )


def pick_relevant(
    option: Json, model: GridModel, commitments: Sequence[Commitment]
) -> tuple[Commitment, ...]:
    """Return the commitments on which it depends whether an option passes, in their order.

    At points of the grid as it stands: those in its source trees, and those that take a bay where
    it would. Of any other option: all.
    """
    if not is_at_its_points(option):
        return tuple(commitments)
    points = [source["access_point"] for source in option["sources"]]
    trees = {_place_of(model, point)[0].tree for point in points}
    bays = {bay for p in points for bay, _ in model.spare_bays.get(p["element_id"], ())}
    bays |= {point["bay_id"] for point in points if point["bay_id"]}

    def lies_there(commitment: Commitment) -> bool:
        place = model.place_of_node(model.node_rows[commitment.node_id])
        return place is not None and place.tree in trees

    return tuple(c for c in commitments if c.bay_id in bays or lies_there(c))


def is_at_its_points(option: Json) -> bool:
    """Tell whether an option is solved where it would be joined, beside what is in its trees alone.

    Any other is looked for in a new plan, beside all that is promised.
    """
    is_plain = not option["measures"] and option["partial"] is None
    return is_plain and level_of(option["supply_kv"]) != "hv"


def _obstacles_at(
    search: Search, option: Json, source: Json, level: Level, *, is_standby: bool
) -> tuple[RejectionReason, ...]:
    model, point = search.model, source["access_point"]
    taken = {c.bay_id for c in search.commitments if c.holds_on(search.rules.on_date)}
    if point["bay_id"] and point["bay_id"] in taken:
        element_id = str(point["element_id"])
        return (reject("no_spare_bay", element_id, label=model.label(element_id)),)
    candidate = _candidate(model, option, source, taken)
    find = find_important_demand if is_standby else find_demand
    situation = search.situation(candidate.place.tree)
    trial = search.trial(candidate, find(search.application, level, search.rules), level)
    if not situation.state.converged:
        element_id = candidate.element_id
        return (
            reject(
                "voltage_low", element_id, sentence="diverged_before",
                label=model.label(element_id),
            ),
        )  # fmt: skip
    (outcome,) = evaluate(situation, [trial], search.rules, level)
    result = search.judge(outcome, situation, level)
    return () if isinstance(result, Found) else result


def _candidate(model: GridModel, option: Json, source: Json, taken: set[str]) -> Candidate:
    """Return the access point of a source as the search knew it."""
    point, route = source["access_point"], source["route"]
    place, share = _place_of(model, point)
    spare = model.spare_bays.get(point["element_id"], ()) if point["bay_id"] else ()
    return Candidate(
        kind=_kind_at(option, point),
        access_kind=point["kind"],
        element_id=point["element_id"],
        bay_id=point["bay_id"],
        position=point["position"],
        lon=point["lon"],
        lat=point["lat"],
        distance_m=point["distance_m"],
        length_m=route["length_m"],
        place=place,
        share=share,
        desk={},
        refusals=(),
        spare_bays=sum(bay not in taken and owner != "private" for bay, owner in spare),
    )


def _kind_at(option: Json, point: Json) -> str:
    """Kind of a single supply from there: that of several sources says nothing of the point."""
    if not option["states"]:
        return str(option["kind"])
    return {
        "line_tee": "mv_public_tee",
        "mv_node": "mv_public_tee",
        "line_ring_in": "mv_public_ring_in",
        "station_bay": "mv_public_bay",
        "busbar": "mv_new_feeder",
    }.get(point["kind"], "lv_public")


def _place_of(model: GridModel, point: Json) -> tuple[Place, float | None]:
    element_id = str(point["element_id"])
    if point["position"] is not None:
        place = model.place_of_line(model.row_of("lines", element_id))
        if place is not None and place.is_in_tree:
            forward = bool(model.tree(place.tree).from_is_parent[place.row])
            return place, point["position"] if forward else 1.0 - point["position"]
    elif point["kind"] == "transformer_lv":
        row = model.row_of("transformers", element_id)
        place = model.place_of_node(int(model.transformer_ends[1][row])) if row >= 0 else None
    else:
        row = model.row_of("nodes", element_id)
        place = model.place_of_node(row) if row >= 0 else None
    if place is None or not place.is_in_tree:
        raise ValueError(f"{element_id} is in no source tree of the grid")
    return place, None


def _find_in_new_plan(
    option: Json,
    application: SupplyApplication,
    model: GridModel,
    rule_book: RuleBook,
    terms: Terms,
    commitments: Sequence[Commitment],
    streets: Streets | None,
) -> tuple[RejectionReason, ...]:
    plan = plan_to_json(
        make_plan(
            application, model, rule_book, terms.catalogue, commitments=commitments,
            prices=terms.prices, calendar=terms.calendar, streets=streets,
        )
    )  # fmt: skip
    wanted = _identity(option)
    if any(_identity(other) == wanted for other in plan["options"]):
        return ()
    element_id = option["sources"][0]["access_point"]["element_id"]
    return (reject("no_longer_offered", element_id, label=model.label(element_id)),)


def _identity(option: Json) -> str:
    """Return what makes two options the same promise: where, how, and what comes first."""
    points = [
        [s["access_point"][name] for name in ("kind", "element_id")] for s in option["sources"]
    ]
    rest = [option[name] for name in ("kind", "measures", "replacement", "partial")]
    # as text, in which a list that was stored and a tuple that was made are the same
    return json.dumps([points, *rest], sort_keys=True)
