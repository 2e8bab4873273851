"""Short-circuit currents of nodes as the rules reckon them; they size what is new."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from grid_models.model import GridModel
from grid_models.short_circuits import ShortCircuitBasis, find_short_circuits
from planner.rules import Rules

__all__ = ["NodeShortCircuit", "find_node_short_circuit", "make_basis"]


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeShortCircuit:
    """Three-phase short-circuit currents at one node (see `ShortCircuits`).

    Parameters
    ----------
    max_ka
        inf where nothing bounds it, None where a value is missing from the data or a rotating
        machine feeds the part.
    max_is_bound
        True where it is not above that only because a source is taken at its worst.
    has_machine
        Whether a rotating machine feeds the part: nothing bounds what it gives.
    min_ka
        None where the least strength of a source, or its R/X, is unknown.
    """

    max_ka: float | None
    max_is_bound: bool
    has_machine: bool
    min_ka: float | None


def make_basis(rules: Rules) -> ShortCircuitBasis:
    """Return the numbers of IEC 60909-0 as the rules state them."""
    return ShortCircuitBasis(
        c_max=rules.number("short_circuit_c_max"),
        c_max_lv=rules.number("short_circuit_c_max_lv"),
        c_min=rules.number("short_circuit_c_min"),
        c_min_lv=rules.number("short_circuit_c_min_lv"),
        end_temperature_degree=rules.number("short_circuit_end_temperature"),
        converter_factor=rules.number("short_circuit_converter_factor"),
    )


def find_node_short_circuit(model: GridModel, node_row: int, rules: Rules) -> NodeShortCircuit:
    """Return the greatest and the least short-circuit current at a node.

    Parameters
    ----------
    node_row
        Row of the nodes table.
    """
    found = find_short_circuits(model.compiled, make_basis(rules), np.array([node_row]))
    max_ka, min_ka = (
        None if np.isnan(ka[0]) else float(ka[0]) for ka in (found.max_ka, found.min_ka)
    )
    return NodeShortCircuit(
        max_ka=max_ka,
        max_is_bound=bool(found.is_bound[0]),
        has_machine=bool(found.has_machine[0]),
        min_ka=min_ka,
    )
