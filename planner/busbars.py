"""Busbars: outgoing bays a line of one customer's own may begin at, at 10(20) kV and above."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from planner.application import Commitment
from planner.candidate import Candidate, Surroundings
from planner.place_checks import Missing
from planner.plan import RejectionReason
from planner.rules import Rules

__all__ = ["DEDICATED", "at_busbar", "find_stations", "taken_bays", "unknown_bay"]

DEDICATED = "hv_dedicated"
_ACCESS = "busbar"


def taken_bays(commitments: Sequence[Commitment], rules: Rules) -> frozenset[str | None]:
    """Return the bays that promises hold on the rules' date."""
    return frozenset(c.bay_id for c in commitments if c.holds_on(rules.on_date))


def at_busbar(
    around: Surroundings,
    row: int,
    distance_m: float,
    *,
    kind: str,
    taken: Collection[str | None],
    refusals: Sequence[RejectionReason] = (),
) -> Candidate:
    """Make a candidate at a busbar.

    One whose bays are in the data needs a public spare one; where no bay is named, the desk asks
    for it (`unknown_bay`).

    Parameters
    ----------
    taken
        Bays that are promised.
    refusals
        What speaks against it besides.
    """
    model = around.model
    node_id = str(model.value("nodes", "id", row))
    bays = model.spare_bays.get(node_id)
    spare = [bay for bay in bays or () if bay[0] not in taken and bay[1] != "private"]
    without = bays is not None and not spare
    owner = str(model.value("nodes", "ownership", row))
    return around.at_node(
        row, distance_m, kind=kind, access_kind=_ACCESS, bay_id=spare[0][0] if spare else None,
        spare_bays=len(spare), owners=(owner, spare[0][1]) if spare else (owner,),
        refusals=(*((around.refuse("no_spare_bay", node_id),) if without else ()), *refusals),
    )  # fmt: skip


def unknown_bay(candidate: Candidate) -> tuple[Missing, ...]:
    """Return the question for a bay, where the data name none at the busbar."""
    is_asked = candidate.access_kind == _ACCESS and candidate.bay_id is None
    return (Missing(subject="subject_spare_bays"),) if is_asked else ()


def find_stations(
    around: Surroundings, capacity_kva: float, commitments: Sequence[Commitment]
) -> tuple[Candidate, ...]:
    """Return the busbars of 35 and 110 kV in reach, one a station and voltage, nearest first.

    Of the busbars of a station that one counts which may be used, then the nearest. What feeds a
    tree is a busbar, whatever the file calls it.

    Parameters
    ----------
    capacity_kva
        Capacity of the whole customer: which voltage it is supplied at.
    """
    model, taken = around.model, taken_bays(commitments, around.rules)
    found: dict[tuple[object, float], Candidate] = {}
    for row, distance_m in around.nodes_near():
        place = model.place_of_node(row)
        is_source = place is not None and place.is_in_tree and place.row == 0
        if not is_source and model.value("nodes", "kind", row) != _ACCESS:
            continue
        kv = float(model.value("nodes", "vn_kv", row))
        refusals = _outside_band(around, row, kv, capacity_kva)
        candidate = at_busbar(
            around, row, distance_m, kind=DEDICATED, taken=taken, refusals=refusals
        )
        station = str(model.value("nodes", "substation_id", row))
        key = (station or int(model.network.bus_of_node[row]), kv)
        present = found.get(key)
        if present is None or (present.refusals and not candidate.refusals):
            found[key] = candidate
    return tuple(sorted(found.values(), key=lambda candidate: candidate.key))


def _outside_band(
    around: Surroundings, row: int, kv: float, capacity_kva: float
) -> tuple[RejectionReason, ...]:
    """Say why a voltage is not for a capacity: the table gives it another one."""
    bands: Mapping[str, Mapping[str, float]] = around.rules.value("supply_voltage_bands")
    band = bands[f"{kv:g}"]
    if band["low"] <= capacity_kva <= band["high"]:
        return ()
    is_above = capacity_kva > band["high"]
    return (
        around.refuse(
            "access_not_admissible", str(around.model.value("nodes", "id", row)),
            value=capacity_kva, limit=band["high" if is_above else "low"], unit="kVA",
            sentence=None if is_above else "access_below_band",
        ),
    )  # fmt: skip
