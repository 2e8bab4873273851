"""Stations: public 10/0.4 kV transformers, one a block, in boxes by the kerb or on poles."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from grid_models.synthesize.equipment import SQRT3, TransformerType
from grid_models.synthesize.feeders import MV_KV, Feeder, Setting, Stop, connect
from grid_models.synthesize.loads import (
    Neighbourhood,
    choose_neighbourhood,
    complex_power,
    station_loads_kva,
)
from grid_models.synthesize.streets import Block, Point, Street

__all__ = ["LV_KV", "TAP", "Station", "draw_stations", "draw_transformer"]

LV_KV = 0.4
# 10.25/0.4 kV: with 10.1 to 10.4 kV on the high side the low side keeps below its upper limit.
TAP = 1
BOX_KVA, BOX_SHARES = (400.0, 500.0, 630.0, 800.0), (0.2, 0.25, 0.35, 0.2)
POLE_KVA, POLE_SHARES = (200.0, 315.0, 400.0), (0.3, 0.4, 0.3)
# A box stands so far along the pavement from where the street's ring-main unit is.
BOX_AWAY_M = (15.0, 150.0)
# Boxes with a switchgear of several bays, from which the branch may go on.
SHARE_WITH_BAYS = 0.2
FUSE_A, RING_SWITCH_A = 100.0, 630.0
LV_FRAMES_A = (400.0, 630.0, 1000.0, 1250.0, 1600.0, 2000.0, 2500.0, 3200.0, 4000.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Station:
    """A public transformer with its low-voltage board, and the block it supplies.

    Parameters
    ----------
    name, board, at, walked_m
        Name, node id of the board, its place, and that place along the block's pavement.
    street, number
        Where it stands, as in its name.
    block, neighbourhood
        Where its customers are and who they are.
    load_kva
        What they take together.
    built
        Day it was commissioned.
    """

    name: str
    board: str
    at: Point
    walked_m: float
    street: Street
    number: int
    block: Block
    neighbourhood: Neighbourhood
    load_kva: float
    built: date


def draw_stations(setting: Setting, feeder: Feeder, budget_kva: float) -> list[Station]:
    """Draw a public transformer for every block beside a feeder and return them.

    Parameters
    ----------
    budget_kva
        What they may take together.
    """
    net, rng = setting.net, setting.rng
    blocks = [
        net.blocks[row][column]
        for column in feeder.columns
        for row in (feeder.row - 1, feeder.row)
        if (row, column) not in net.parks
    ]
    if not blocks:
        return []
    sizes, shares = (POLE_KVA, POLE_SHARES) if feeder.is_overhead else (BOX_KVA, BOX_SHARES)
    rated_kva = [float(value) for value in rng.choice(sizes, len(blocks), p=shares)]
    loads_kva = station_loads_kva(rng, rated_kva, budget_kva)
    return [
        _draw_station(setting, feeder, block, setting.equipment.transformers["S13", rated], load)
        for block, rated, load in zip(blocks, rated_kva, loads_kva, strict=True)
    ]


def _draw_station(
    setting: Setting, feeder: Feeder, block: Block, kind: TransformerType, load_kva: float
) -> Station:
    draft, built = setting.draft, setting.day()
    # Even numbers south of the street, odd ones north of it.
    number = 2 * block.column + 1 + (block.row < feeder.row)
    street = setting.net.rows[feeder.row]
    name = f"{street.stem}公变 {number}"
    if feeder.is_overhead:
        hv_node = feeder.stop_for(block).node
        walked_m = block.nearest(feeder.stop_for(block).at)
    else:
        hv_node, walked_m = _draw_box(setting, feeder, block, name, built)
    at = block.at(walked_m)
    board = draft.node(f"{name} 低压母线", LV_KV, at, "busbar", built=built, station=name)
    draw_transformer(setting, name, hv_node, board, kind, built=built, on_pole=feeder.is_overhead)
    neighbourhood = choose_neighbourhood(setting.rng)
    feeder.load_kva += kind.demand(complex_power(load_kva, neighbourhood.categories[0]))
    return Station(
        name=name, board=board, at=at, walked_m=walked_m, street=street, number=number, block=block,
        neighbourhood=neighbourhood, load_kva=load_kva, built=built,
    )  # fmt: skip


def _draw_box(
    setting: Setting, feeder: Feeder, block: Block, name: str, built: date
) -> tuple[str, float]:
    """Draw a box and its cable from the street's ring-main unit; return its node and place."""
    rng, stop = setting.rng, feeder.stop_for(block)
    near = block.nearest(stop.at)
    walked_m = near + float(rng.uniform(*BOX_AWAY_M)) * float(rng.choice((-1.0, 1.0)))
    *way, at = block.walk(near, walked_m)
    has_bays = bool(rng.random() < SHARE_WITH_BAYS)
    node = setting.draft.node(
        f"{name} 箱变高压侧", MV_KV, at, "switchgear" if has_bays else "node",
        built=built, station=name,
    )  # fmt: skip
    box = Stop(node=node, at=at, name=f"{name} 箱变", kind="switchgear", built=built)
    if has_bays:
        feeder.cabinets.append(box)
    connect(
        setting, f"{feeder.name} {name} 支线", stop, box, way,
        setting.equipment.cable_branch, built=built,
    )  # fmt: skip
    box.leads_to.append("变压器")
    return node, walked_m


def draw_transformer(
    setting: Setting,
    name: str,
    hv_node: str,
    lv_node: str,
    kind: TransformerType,
    *,
    built: date,
    on_pole: bool,
    ownership: str = "public",
) -> None:
    """Draw a 10/0.4 kV transformer with a switch on either side."""
    draft = setting.draft
    transformer = draft.transformer(
        f"{name} 变压器", hv_node, lv_node, kind, tap_pos=TAP, built=built, ownership=ownership
    )
    high, what = ("disconnector", "跌落式熔断器") if on_pole else ("load_break", "高压负荷开关")
    draft.switch(
        f"{name} {what}", hv_node, transformer, high,
        element_kind="transformer", rated_a=FUSE_A if on_pole else RING_SWITCH_A,
    )  # fmt: skip
    rated_a = kind.sn_kva / (SQRT3 * kind.vn_lv_kv)
    frame_a = next((frame for frame in LV_FRAMES_A if frame >= rated_a), LV_FRAMES_A[-1])
    draft.switch(
        f"{name} 低压总断路器", lv_node, transformer, "circuit_breaker",
        element_kind="transformer", rated_a=frame_a,
    )  # fmt: skip
