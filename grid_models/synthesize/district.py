"""District: two substations, the rings between them, and all that hangs on them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from grid_models.synthesize.cables import draw_bays, lay_cable_feeder, tie
from grid_models.synthesize.customers import draw_customers, draw_dedicated_feeder
from grid_models.synthesize.draft import Draft
from grid_models.synthesize.equipment import Equipment
from grid_models.synthesize.feeders import Feeder, Setting, Substation
from grid_models.synthesize.loads import Role, draw_roles, feeder_budget_kva
from grid_models.synthesize.low_voltage import draw_low_voltage
from grid_models.synthesize.names import Names
from grid_models.synthesize.overhead import lay_overhead_feeder
from grid_models.synthesize.stations import Station, draw_stations
from grid_models.synthesize.streets import BARRIERS, between, lay_streets
from grid_models.synthesize.substations import draw_substation, finish_substation, limit_feeder

__all__ = ["draw_district", "size_of"]

NODES_A_BLOCK = 27.5
FEWEST_COLUMNS = 4
SHARE_OVERHEAD = 0.35
SHARE_TIED_ACROSS = 0.5
# From how many rings on the substation in the west, and the one in the east, has two sections.
RINGS_FOR_TWO_SECTIONS = (2, 3)
RINGS_FOR_DEDICATED = 2
PARKS = (
    ("历史文化街区", "历史文化街区保护范围，不得新增电力设施"),
    ("公园", "城市绿地，不得新增电力设施"),
)
# A river goes on so far behind its last crossing, in blocks.
BARRIER_END = 0.3
# How much the number of low-voltage nodes of two stations may differ.
NODES_SPREAD = 0.15


def size_of(nodes: int) -> tuple[int, int]:
    """Return the rows (even) and columns of blocks a district of so many nodes has."""
    blocks = nodes / NODES_A_BLOCK
    rows = 2 * max(1, round(blocks**0.5 / 2.0))
    return rows, max(FEWEST_COLUMNS, round(blocks / rows))


def draw_district(
    draft: Draft, equipment: Equipment, rng: np.random.Generator, names: Names, *, nodes: int
) -> None:
    """Draw a district of so many nodes into a draft in which its place is set."""
    before = draft.count("nodes")
    rows, columns = size_of(nodes)
    net = lay_streets(rng, names, rows=rows, columns=columns)
    setting = Setting(draft=draft, net=net, equipment=equipment, rng=rng, names=names)
    _draw_streets(setting)
    rings = rows // 2
    west, east = (
        draw_substation(setting, is_west=is_west, sections=2 if rings >= enough else 1)
        for is_west, enough in zip((True, False), RINGS_FOR_TWO_SECTIONS, strict=True)
    )
    feeders = _draw_rings(setting, west, east)
    stations = []
    for feeder in feeders:
        budget_kva = feeder_budget_kva(rng, feeder.role, feeder.head_ampacity_a)
        stations += draw_stations(setting, feeder, budget_kva)
        draw_customers(setting, feeder, budget_kva)
    if rings >= RINGS_FOR_DEDICATED:
        feeders += _draw_dedicated(setting, east, rank=rings)
    _draw_low_voltage(setting, stations, nodes - (draft.count("nodes") - before))
    for feeder in feeders:
        feeder.section.load_kva += feeder.load_kva
        limit_feeder(setting, feeder)
        for cabinet in feeder.cabinets:
            draw_bays(setting, cabinet)
    for substation in (west, east):
        finish_substation(setting, substation)


def _draw_streets(setting: Setting) -> None:
    """Draw the streets and barriers, and the parks as restricted areas."""
    draft, net = setting.draft, setting.net
    ways = [*zip(net.rows, net.crossings, strict=True)]
    ways += [*zip(net.columns, zip(*net.crossings, strict=True), strict=True)]
    for street, crossings in ways:
        course = list(crossings)
        if street.kind in BARRIERS:
            course = [
                between(course[1], course[0], 1.0 + BARRIER_END),
                *course,
                between(course[-2], course[-1], 1.0 + BARRIER_END),
            ]
        draft.street(street.name, street.kind, course)
    for (row, column), (kind, reason) in zip(net.parks, PARKS, strict=False):
        corners = net.blocks[row][column].corners
        draft.restricted_area(f"{net.rows[row].stem}{kind}", reason, corners)


def _draw_rings(setting: Setting, west: Substation, east: Substation) -> list[Feeder]:
    """Draw a ring along every second street, half of it fed from either substation, and ties."""
    rng, net = setting.rng, setting.net
    rings = len(net.rows) // 2
    roles = iter(draw_roles(rng, 2 * rings))
    halves: tuple[list[Feeder], list[Feeder]] = ([], [])
    for rank, is_overhead in enumerate(_choose_overhead(rng, rings)):
        columns = range(len(net.columns) - 1)
        meeting = len(columns) // 2 + int(rng.integers(-1, 2))
        for half, substation, own, overhead in (
            (halves[0], west, columns[:meeting], is_overhead[0]),
            (halves[1], east, columns[: meeting - 1 : -1], is_overhead[1]),
        ):
            feeder = _new_feeder(setting, substation, rank, tuple(own), next(roles), overhead)
            (lay_overhead_feeder if overhead else lay_cable_feeder)(setting, feeder)
            half.append(feeder)
        tie(setting, halves[0][-1], halves[1][-1])
    for half in halves:
        for one, other in pairwise(half):
            _tie_across(setting, one, other)
    return [*halves[0], *halves[1]]


def _choose_overhead(rng: np.random.Generator, rings: int) -> list[tuple[bool, bool]]:
    """Choose which rings are overhead lines; a single ring is so in its eastern half."""
    if rings == 1:
        return [(False, True)]
    overhead = max(1, round(SHARE_OVERHEAD * rings))
    return [(bool(k < overhead),) * 2 for k in rng.permutation(rings)]


def _new_feeder(
    setting: Setting,
    substation: Substation,
    rank: int,
    columns: tuple[int, ...],
    role: Role,
    is_overhead: bool,
) -> Feeder:
    row = 2 * rank + 1
    return Feeder(
        name=f"{setting.net.rows[row].stem} {substation.number}{rank + 1:02d} 线",
        substation=substation,
        section=substation.sections[rank % len(substation.sections)],
        row=row,
        columns=columns,
        rank=rank,
        is_overhead=is_overhead,
        role=role,
        built=setting.day(),
    )


def _tie_across(setting: Setting, one: Feeder, other: Feeder) -> None:
    """Tie two feeders of one substation across a side street, if chance has it."""
    columns = [
        column
        for column in one.columns
        if column in other.columns and setting.net.columns[column + 1].kind not in BARRIERS
    ]
    if columns and setting.rng.random() < SHARE_TIED_ACROSS:
        tie(setting, one, other, column=int(setting.rng.choice(columns)))


def _draw_dedicated(setting: Setting, substation: Substation, *, rank: int) -> list[Feeder]:
    """Draw a customer's own feeder, unless nothing may be built beside the substation."""
    net = setting.net
    row, column = min(substation.row, len(net.blocks) - 1), len(net.columns) - 2
    if (row, column) in net.parks:
        return []
    feeder = Feeder(
        name=f"{net.rows[substation.row].stem} {substation.number}{rank + 1:02d} 专线",
        substation=substation, section=substation.sections[-1], row=row, columns=(), rank=rank,
        is_overhead=False, role="usual", built=setting.day(),
    )  # fmt: skip
    draw_dedicated_feeder(setting, feeder, net.blocks[row][column])
    return [feeder]


def _draw_low_voltage(setting: Setting, stations: Sequence[Station], nodes: int) -> None:
    """Share the nodes that are left among the stations, and draw their networks."""
    weights = setting.rng.uniform(1.0 - NODES_SPREAD, 1.0 + NODES_SPREAD, len(stations))
    shares = np.diff(np.round(nodes * np.cumsum(weights) / weights.sum()), prepend=0.0)
    for station, share in zip(stations, shares, strict=True):
        draw_low_voltage(setting, station, int(share))
