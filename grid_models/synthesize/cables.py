"""Cables: 10 kV cable feeders with ring-main units along a street, and the ties between feeders."""

from __future__ import annotations

from grid_models.synthesize.feeders import (
    KERB_M,
    MV_KV,
    Feeder,
    Setting,
    Stop,
    connect,
    exit_course,
)
from grid_models.synthesize.streets import between, shifted

__all__ = ["draw_bays", "lay_cable_feeder", "tie"]

# A unit stands somewhere in the middle part of its block's side.
MIDDLE_PART = (0.3, 0.7)
SIZES = (4, 6)
SHARE_WITHOUT_SPARE = 0.25


def lay_cable_feeder(setting: Setting, feeder: Feeder) -> None:
    """Draw the trunk of a cable feeder: one ring-main unit for every column of blocks."""
    net, street = setting.net, setting.net.rows[feeder.row]
    crossings = shifted(net.crossings[feeder.row], 0.0, KERB_M)
    conductor = setting.equipment.cable_trunk
    feeder.head_ampacity_a = conductor.ampacity_a
    last, via = feeder.section.busbar, exit_course(net, feeder)
    for column in feeder.columns:
        at = between(
            crossings[column], crossings[column + 1], float(setting.rng.uniform(*MIDDLE_PART))
        )
        name = f"{street.name} {column + 1}号环网柜"
        node = setting.draft.node(name, MV_KV, at, "switchgear", built=feeder.built, station=name)
        stop = Stop(node=node, at=at, name=name, kind="switchgear", built=feeder.built)
        what = "电缆" if feeder.head else "出线电缆"
        line = connect(
            setting, f"{feeder.name} {last.name}—{name} {what}", last, stop, via, conductor,
            built=feeder.built,
        )  # fmt: skip
        feeder.head = feeder.head or line
        feeder.stops[column] = stop
        feeder.cabinets.append(stop)
        # The next unit lies beyond the next crossing, seen from the substation.
        via = [crossings[column + 1 if feeder.substation.is_west else column]]
        last = stop
    feeder.tail = last


def tie(setting: Setting, one: Feeder, other: Feeder, *, column: int | None = None) -> None:
    """Draw a normally open tie between two feeders, open at the other one's end.

    Parameters
    ----------
    column
        Street across which two parallel feeders of one substation are tied; None: the two feeders
        meet end to end on their street.
    """
    net = setting.net
    if column is None:
        start, end = one.tail, other.tail
        meeting = one.columns[-1] + 1
        via = shifted([net.crossings[one.row][meeting]], 0.0, KERB_M)
    else:
        start, end = one.stops[column], other.stops[column]
        rows = range(one.row, other.row + 1)
        via = shifted([net.crossings[row][column + 1] for row in rows], -KERB_M, KERB_M)
    are_poles = start.kind == end.kind == "pole"
    overhead = are_poles and column is None
    connect(
        setting,
        f"{one.name}—{other.name} 联络{'线' if overhead else '电缆'}",
        start,
        end,
        () if overhead else via,
        setting.equipment.overhead_trunk if overhead else setting.equipment.cable_trunk,
        built=max(one.built, other.built),
        open_at=end,
        pole_switch="联络开关",
    )


def draw_bays(setting: Setting, cabinet: Stop) -> None:
    """Draw the bays of a switchgear: the used ones by what they lead to, then the spare ones."""
    used = len(cabinet.leads_to)
    size = next((size for size in SIZES if size >= used), used)
    if setting.rng.random() < SHARE_WITHOUT_SPARE:
        size = used
    elif size == used:
        size += 2
    for k in range(1, size + 1):
        target = cabinet.leads_to[k - 1] if k <= used else "备用"
        setting.draft.bay(
            f"{cabinet.name} G{k} {target}", cabinet.node,
            is_spare=k > used, ownership=cabinet.ownership,
        )  # fmt: skip
