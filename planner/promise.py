"""Promise: what an option takes of the grid once it is promised, as others have to count it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import pi
from typing import Any, NamedTuple

from grid_models.model import GridModel
from planner.application import Commitment, SupplyApplication
from planner.design_load import find_demand, level_of
from planner.rules import Rules

__all__ = ["moves_load", "node_of", "promise_of"]

Json = Mapping[str, Any]


class _Share(NamedTuple):
    """What one source of an option has to carry."""

    source: Json
    p_kw: float
    q_kvar: float
    v_pu: float


def promise_of(
    option: Json, application: SupplyApplication, model: GridModel, rules: Rules, *, hold_id: str
) -> tuple[Commitment, ...]:
    """Return what an option takes, one commitment a source.

    Each source holds what it must carry alone, the losses of its new line included. A point inside
    a line counts at the line's far end, and a supply by the hour with the most it may draw: more
    is held than is taken, never less.

    Parameters
    ----------
    option
        As the plan's JSON has it.
    hold_id
        Of the promise; the commitments are named by it and the place of their source.
    """
    frequency_hz = model.grid.metadata.frequency_hz
    found = []
    for k, share in enumerate(_shares(option, application, rules)):
        point = share.source["access_point"]
        entering = _entering_kva(share, option["supply_kv"], frequency_hz)
        s_kva = abs(entering)
        found.append(
            Commitment(
                commitment_id=f"{hold_id}/{k}",
                node_id=node_of(option, point, model),
                s_kva=s_kva,
                power_factor=min(entering.real / s_kva, 1.0) if s_kva > 0.0 else 1.0,
                bay_id=point["bay_id"] or "",
            )
        )
    return tuple(found)


def _shares(option: Json, application: SupplyApplication, rules: Rules) -> Iterator[_Share]:
    if option["states"]:
        for state in option["states"]:
            source = option["sources"][state["carried_by"]]
            v_pu = state["power_flow"]["v_customer_pu"]
            yield _Share(source, state["p_kw"], state["q_kvar"], v_pu)
        return
    load = find_demand(application, level_of(option["supply_kv"]), rules).load
    most = 1.0
    if (partial := option["partial"]) is not None:
        allowed_kw = [kw for day in partial["envelope"] for kw in day["allowed_kw"]]
        most = max([partial["load_kw"], *allowed_kw]) / partial["wish_kw"]
    v_pu = option["power_flow"]["v_customer_pu"]
    yield _Share(option["sources"][0], most * load.p_kw, most * load.q_kvar, v_pu)


def _entering_kva(share: _Share, nominal_kv: float, frequency_hz: float) -> complex:
    """Return what enters the new line: S + 3 I^2 Z, less what it charges."""
    conductor, km = share.source["conductor"], share.source["route"]["length_m"] / 1000.0
    circuits = conductor["parallel"]
    z_ohm = complex(conductor["r_ohm_per_km"], conductor["x_ohm_per_km"]) * (km / circuits)
    v_kv = share.v_pu * nominal_kv
    c_farad = conductor["c_nf_per_km"] * 1e-9 * km * circuits
    half_kvar = complex(0.0, pi * frequency_hz * c_farad * v_kv**2 * 1000.0)
    through_kva = complex(share.p_kw, share.q_kvar) - half_kvar
    lost_kva = (abs(through_kva) / v_kv) ** 2 / 1000.0 * z_ohm
    return complex(through_kva + lost_kva - half_kvar)


def moves_load(option: Json) -> bool:
    """Say whether an option rests on load that is moved to another feeder first.

    What is moved takes room there that no commitment of the customer speaks of.
    """
    return any(measure["kind"] == "open_point_move" for measure in option["measures"])


def node_of(option: Json, point: Json, model: GridModel) -> str:
    """Return the node of the present grid a commitment at an access point stands at.

    Raises
    ------
    ValueError
        If the grid has no such element, or does not supply it.
    """
    element_id = str(point["element_id"])
    if point["kind"] == "transformer_lv":
        for measure in option["measures"]:
            if measure["kind"] == "transformer_addition" and (
                measure["transformer_id"] == element_id
            ):
                return str(measure["hv_node"])  # the transformer is still to be built
        row = model.row_of("transformers", element_id)
        if row < 0:
            raise ValueError(f"there is no {element_id}")
        return str(model.value("nodes", "id", int(model.transformer_ends[1][row])))
    if point["position"] is None:
        if element_id not in model.node_rows:
            raise ValueError(f"there is no {element_id}")
        return element_id
    row = model.row_of("lines", element_id)
    place = model.place_of_line(row) if row >= 0 else None
    if place is None:
        raise ValueError(f"{element_id} is not supplied")
    return model.node_id(place.tree, place.row)
