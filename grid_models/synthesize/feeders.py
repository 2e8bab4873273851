"""Feeders: substations, their busbar sections and outgoing lines, and where one can connect."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

import numpy as np

from grid_models.synthesize.draft import Draft
from grid_models.synthesize.equipment import Conductor, Equipment
from grid_models.synthesize.loads import Role
from grid_models.synthesize.names import Names
from grid_models.synthesize.streets import Block, Point, StreetNet, shifted

__all__ = ["MV_KV", "Feeder", "Section", "Setting", "Stop", "Substation", "connect", "exit_course"]

MV_KV = 10.0
# Cables lie beside the middle of the street, side by side where several leave a substation.
KERB_M = 5.0
CABLE_GAP_M = 0.8
OLDEST, NEWEST = date(2004, 1, 1).toordinal(), date(2020, 12, 31).toordinal()


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What a district is drawn with: the draft, the streets, the equipment, chance and names."""

    draft: Draft
    net: StreetNet
    equipment: Equipment
    rng: np.random.Generator
    names: Names

    def day(self) -> date:
        """Return some day for something to have been commissioned on."""
        return date.fromordinal(int(self.rng.integers(OLDEST, NEWEST)))


@dataclass(slots=True, kw_only=True)
class Stop:
    """A 10 kV node lines end at: a busbar, a ring-main unit, a pole or a customer's station.

    Parameters
    ----------
    node, at, name
        Node id, place and name.
    kind
        What stands there; decides the switch a line gets.
    built
        Day it was commissioned.
    ownership
        public or private.
    leads_to
        What its used bays lead to.
    """

    node: str
    at: Point
    name: str
    kind: Literal["busbar", "switchgear", "pole"]
    built: date
    ownership: str = "public"
    leads_to: list[str] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class Section:
    """A 10 kV busbar section, fed by its own main transformer."""

    name: str
    busbar: Stop
    load_kva: complex = 0j


@dataclass(frozen=True, slots=True, kw_only=True)
class Substation:
    """A 110/10 kV substation at the west or the east end of a district's streets.

    Parameters
    ----------
    number
        In the whole grid, from 1.
    name, at, hv_node
        Name, place, and node id of its 110 kV busbar.
    v_pu
        Voltage its source holds.
    is_west, row
        At which end of which row of streets it stands.
    sections
        Its 10 kV busbar sections, never paralleled.
    """

    number: int
    name: str
    at: Point
    hv_node: str
    v_pu: float
    is_west: bool
    row: int
    sections: tuple[Section, ...]


@dataclass(slots=True, kw_only=True)
class Feeder:
    """An outgoing line and what hangs on it.

    Parameters
    ----------
    name, substation, section
        Where it comes from.
    row, columns
        Street it runs along, and the blocks' columns it passes, nearest first.
    rank
        Its place among the substation's outgoing lines, from 0.
    is_overhead, role, built
        Overhead line or cable, how full it is, day it was commissioned.
    stops
        Where the blocks of a column are connected.
    supplies
        Stops on branches, by (row, column) of the block they stand at; they go before `stops`.
    cabinets
        Switchgear on it whose bays are still to be drawn.
    head, head_ampacity_a
        Id of the outgoing line, and the least ampacity of the trunk.
    tail
        Last stop of the trunk.
    load_kva
        What it supplies, losses of transformers included.
    """

    name: str
    substation: Substation
    section: Section
    row: int
    columns: tuple[int, ...]
    rank: int
    is_overhead: bool
    role: Role
    built: date
    stops: dict[int, Stop] = field(default_factory=dict)
    supplies: dict[tuple[int, int], Stop] = field(default_factory=dict)
    cabinets: list[Stop] = field(default_factory=list)
    head: str = ""
    head_ampacity_a: float = 0.0
    tail: Stop = field(init=False)
    load_kva: complex = 0j

    def stop_for(self, block: Block) -> Stop:
        """Return the stop a block is supplied from."""
        return self.supplies.get((block.row, block.column)) or self.stops[block.column]


def connect(
    setting: Setting,
    name: str,
    start: Stop,
    end: Stop,
    via: Sequence[Point],
    conductor: Conductor,
    *,
    built: date,
    ownership: str = "public",
    open_at: Stop | None = None,
    pole_switch: str = "分界开关",
) -> str:
    """Draw a 10 kV line between two stops, a bay and a switch at either end; return its id.

    Parameters
    ----------
    via
        Points of its course between the two stops.
    open_at
        The end whose switch stands open in normal operation; None: both are closed.
    pole_switch
        What a switch on a pole is called.
    """
    line = setting.draft.line(
        name, start.node, end.node, [start.at, *via, end.at], conductor,
        built=built, ownership=ownership,
    )  # fmt: skip
    for stop, other in ((start, end), (end, start)):
        if stop.kind == "pole":
            setting.draft.switch(
                f"{stop.name} {pole_switch}", stop.node, line, "circuit_breaker",
                is_closed=stop is not open_at,
            )  # fmt: skip
        else:
            stop.leads_to.append(other.name)
            is_busbar = stop.kind == "busbar"
            setting.draft.switch(
                f"{stop.name} 至{other.name}{'断路器' if is_busbar else '负荷开关'}",
                stop.node, line, "circuit_breaker" if is_busbar else "load_break",
                is_closed=stop is not open_at, rated_a=1250.0 if is_busbar else 630.0,
            )  # fmt: skip
    return line


def exit_course(net: StreetNet, feeder: Feeder) -> list[Point]:
    """Return the way from the substation along the outer street to the feeder's own street."""
    station = feeder.substation
    column = 0 if station.is_west else len(net.columns) - 1
    step = 1 if feeder.row > station.row else -1
    corners = [net.crossings[row][column] for row in range(station.row, feeder.row + step, step)]
    aside = KERB_M + CABLE_GAP_M * (feeder.rank + 1)
    return shifted(corners, -aside if station.is_west else aside, KERB_M)
