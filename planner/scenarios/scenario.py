"""Scenario: a base grid and named steps, each a few actions that are done in one go."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal, TypeAlias

from grid_models.edits import Edit
from planner.application import SupplyApplication
from planner.messages import Message

__all__ = ["Action", "ConnectApplication", "GrowLoads", "Scenario", "SetPowers", "Step"]


@dataclass(frozen=True, slots=True, kw_only=True)
class GrowLoads:
    """Growth of loads, those that earlier steps added included.

    Parameters
    ----------
    percent
        5 is a growth by 5 %; negative is a decline.
    categories
        Categories that grow; empty: all.
    load_ids
        Loads that grow; empty: every load of the categories.
    """

    percent: float
    categories: tuple[str, ...] = ()
    load_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SetPowers:
    """Stated powers in the place of the present ones: (id, kW, kvar) of loads or generators."""

    table: Literal["loads", "generators"]
    powers: tuple[tuple[str, float, float], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectApplication:
    """A customer, connected as the assistant recommends.

    Parameters
    ----------
    rank
        Option that is taken, 1 the first.
    prefix
        What the ids of the new line, nodes and load begin with.
    """

    application: SupplyApplication
    rank: int
    prefix: str


Action: TypeAlias = Edit | GrowLoads | SetPowers | ConnectApplication


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step; its actions are done in order and judged together.

    Parameters
    ----------
    number
        From 1.
    kinds
        Names of its actions as in the file.
    place
        Where it stands, as every sentence about it begins.
    field
        The same as a path, such as ``steps[0]``.
    allow_ring, allow_unsupplied
        Whether it may leave a part that is no tree, or loads without supply.
    """

    number: int
    name: str
    kinds: tuple[str, ...]
    actions: tuple[Action, ...]
    place: Message
    field: str
    allow_ring: bool = False
    allow_unsupplied: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """What is to be tried on a grid.

    Parameters
    ----------
    area, on_date
        Rules that hold.
    power_factor
        Of the load whose capacity is looked for, lagging.
    nodes
        Where capacities are compared; empty: at every board and busbar that is touched.
    document
        The scenario as it was given.
    """

    name: str
    area: str
    on_date: date
    power_factor: float
    nodes: tuple[str, ...]
    steps: tuple[Step, ...]
    document: Mapping[str, Any]
