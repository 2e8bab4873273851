"""New feeder: from a spare bay of a substation busbar straight to the site."""

from __future__ import annotations

from collections.abc import Sequence

from grid_models.model import GridModel
from planner.application import Commitment, SupplyApplication
from planner.busbars import at_busbar, taken_bays, unknown_bay
from planner.candidate import Candidate, Surroundings
from planner.design_load import LEVEL_KV
from planner.plan import FeederAddition
from planner.rules import Rules
from planner.sizing import NOMINAL_KV

__all__ = ["KIND", "feeder_of", "find_busbars", "unknown_bay"]

KIND = "mv_new_feeder"


def find_busbars(
    model: GridModel,
    application: SupplyApplication,
    capacity_kva: float,
    rules: Rules,
    commitments: Sequence[Commitment] = (),
) -> tuple[Candidate, ...]:
    """Return the substation busbars of 10(20) kV within reach, one place each, nearest first.

    A busbar whose bays are in the data needs a public spare one; where no bay is named, the desk
    asks for it (`unknown_bay`).
    """
    reach_m = rules.number("new_feeder_max_distance")
    if application.max_distance_m is not None:
        reach_m = min(reach_m, application.max_distance_m)
    around = Surroundings(
        model=model, application=application, rules=rules, levels_kv=LEVEL_KV["mv"],
        ring_m=(-1.0, reach_m),
    )  # fmt: skip
    taken = taken_bays(commitments, rules)
    found: dict[tuple[int, int], Candidate] = {}
    for row, distance in around.nodes_near():
        place = model.place_of_node(row)
        if place is None or not place.is_in_tree or not model.busbar_nodes[row]:
            continue
        refusals = []
        kv = NOMINAL_KV[float(model.network.base_kv[model.tree(place.tree).bus[place.row]])]
        limit_kva = rules.number(f"mv_capacity_max_{kv:.0f}kv")
        if capacity_kva > limit_kva:
            refusals.append(
                around.refuse(
                    "access_not_admissible", str(model.value("nodes", "id", row)),
                    value=capacity_kva, limit=limit_kva, unit="kVA",
                )
            )  # fmt: skip
        candidate = at_busbar(around, row, distance, kind=KIND, taken=taken, refusals=refusals)
        present = found.get((place.tree, place.row))
        if present is None or (present.refusals and not candidate.refusals):
            found[place.tree, place.row] = candidate
    return tuple(sorted(found.values(), key=lambda candidate: candidate.key))


def feeder_of(candidate: Candidate, capacity_kva: float, rules: Rules) -> FeederAddition:
    """Return the measure a busbar stands for."""
    return FeederAddition(
        node_id=candidate.element_id,
        bay_id=candidate.bay_id,
        is_dedicated=capacity_kva > rules.number("dedicated_feeder_from"),
        length_m=candidate.length_m,
    )
