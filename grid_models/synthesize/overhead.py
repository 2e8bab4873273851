"""Overhead: 10 kV overhead feeders with a pole every fifty metres, and their branches."""

from __future__ import annotations

from datetime import date
from itertools import count, pairwise
from math import dist

from grid_models.synthesize.equipment import Conductor
from grid_models.synthesize.feeders import (
    KERB_M,
    MV_KV,
    Feeder,
    Setting,
    Stop,
    connect,
    exit_course,
)
from grid_models.synthesize.streets import Point, between, shifted

__all__ = ["draw_poles", "lay_overhead_feeder", "poles_between"]

POLE_SPAN_M = 50.0
SPANS_A_SECTION = 8
SHARE_WITH_BRANCH = 0.4
# A branch goes so far along its side street, as shares of the way to the next crossing.
BRANCH_REACH = (0.5, 0.85)
# The old branch at the first pole is to be taken down; nothing hangs on it any more.
OLD_BRANCH_REACH = 0.5
OLD_BRANCH_REMOVAL = date(2030, 12, 31)


def lay_overhead_feeder(setting: Setting, feeder: Feeder) -> None:
    """Draw the trunk of an overhead feeder behind its outgoing cable, and its branches."""
    net, equipment = setting.net, setting.equipment
    trunk = equipment.overhead_trunk
    feeder.head_ampacity_a = min(equipment.cable_trunk.ampacity_a, trunk.ampacity_a)
    is_west = feeder.substation.is_west
    crossings = shifted(net.crossings[feeder.row], 0.0, -KERB_M)
    way = crossings[: len(feeder.columns) + 1] if is_west else crossings[feeder.columns[-1] :][::-1]
    numbers = count(1)
    first = last = _pole(setting, feeder, feeder.name, next(numbers), way[0])
    feeder.head = connect(
        setting, f"{feeder.name} 出线电缆", feeder.section.busbar, first,
        exit_course(net, feeder), equipment.cable_trunk, built=feeder.built, pole_switch="出线开关",
    )  # fmt: skip
    corners = {}
    for column, (start, end) in zip(feeder.columns, pairwise(way), strict=True):
        places = poles_between(start, end)
        # The pole where two feeders meet belongs to the one from the west.
        if not is_west and column == feeder.columns[-1]:
            places = places[:-1]
        for k, at in enumerate(places):
            number = next(numbers)
            pole = _pole(setting, feeder, feeder.name, number, at)
            span = f"{feeder.name} {number - 1}—{number}号杆"
            line = _span(setting, feeder, span, last, pole, trunk)
            if number % SPANS_A_SECTION == 0:
                setting.draft.switch(f"{last.name} 分段开关", last.node, line, "load_break")
            if k == len(places) // 2:
                feeder.stops[column] = pole
            last = pole
        corners[column + 1 if is_west else column] = last
    feeder.tail = last
    _lay_branches(setting, feeder, corners)
    old = between(first.at, net.crossings[feeder.row - 1][0 if is_west else -1], OLD_BRANCH_REACH)
    draw_poles(setting, feeder, f"{feeder.name} 旧支线", first, old, removal=OLD_BRANCH_REMOVAL)


def _lay_branches(setting: Setting, feeder: Feeder, corners: dict[int, Stop]) -> None:
    """Draw branches into side streets; the blocks at their ends are supplied from them."""
    net = setting.net
    for column, corner in corners.items():
        street = net.columns[column]
        if street.kind == "railway" or corner is feeder.tail:
            continue
        for row, side in ((feeder.row + 1, "北"), (feeder.row - 1, "南")):
            if setting.rng.random() >= SHARE_WITH_BRANCH:
                continue
            reach = float(setting.rng.uniform(*BRANCH_REACH))
            end = between(corner.at, net.crossings[row][column], reach)
            name = f"{feeder.name} {street.stem}{side}支线"
            poles = draw_poles(setting, feeder, name, corner, end)
            for beside, pole in zip((column - 1, column), reversed(poles), strict=False):
                feeder.supplies[max(row, feeder.row) - 1, beside] = pole


def draw_poles(
    setting: Setting,
    feeder: Feeder,
    name: str,
    start: Stop,
    end: Point,
    *,
    ownership: str = "public",
    removal: date | None = None,
) -> list[Stop]:
    """Draw a branch, with a switch of its own at the first span, and return its poles."""
    conductor = setting.equipment.overhead_branch
    poles = [start]
    for number, at in enumerate(poles_between(start.at, end), start=1):
        pole = _pole(setting, feeder, name, number, at, ownership, removal)
        span = f"{name} {number - 1}—{number}号杆"
        line = _span(setting, feeder, span, poles[-1], pole, conductor, ownership, removal)
        if number == 1:
            setting.draft.switch(f"{name} 分支开关", start.node, line, "circuit_breaker")
        poles.append(pole)
    return poles[1:]


def poles_between(start: Point, end: Point) -> list[Point]:
    """Place poles at even spans behind the start, the last one at the end."""
    spans = max(2, round(dist(start, end) / POLE_SPAN_M))
    return [between(start, end, k / spans) for k in range(1, spans + 1)]


def _pole(
    setting: Setting,
    feeder: Feeder,
    of: str,
    number: int,
    at: Point,
    ownership: str = "public",
    removal: date | None = None,
) -> Stop:
    name = f"{of} {number}号杆"
    node = setting.draft.node(
        name, MV_KV, at, "pole", built=feeder.built, ownership=ownership, removal=removal
    )
    return Stop(node=node, at=at, name=name, kind="pole", built=feeder.built, ownership=ownership)


def _span(
    setting: Setting,
    feeder: Feeder,
    name: str,
    start: Stop,
    end: Stop,
    conductor: Conductor,
    ownership: str = "public",
    removal: date | None = None,
) -> str:
    return setting.draft.line(
        name, start.node, end.node, [start.at, end.at], conductor,
        built=feeder.built, ownership=ownership, removal=removal,
    )  # fmt: skip
