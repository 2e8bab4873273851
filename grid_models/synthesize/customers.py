"""Customers: stations of their own at 10 kV, behind private lines."""

from __future__ import annotations

from grid_models.synthesize.equipment import TransformerType
from grid_models.synthesize.feeders import (
    MV_KV,
    Feeder,
    Setting,
    Stop,
    connect,
)
from grid_models.synthesize.loads import complex_power
from grid_models.synthesize.overhead import draw_poles
from grid_models.synthesize.stations import LV_KV, draw_transformer
from grid_models.synthesize.streets import Block, Point, between

__all__ = ["draw_customers", "draw_dedicated_feeder"]

TRADES = {
    "industrial": ("机械有限公司", "纺织厂", "食品有限公司", "电子有限公司", "印刷厂"),
    "commercial": ("商务中心", "大酒店", "购物中心", "医院", "学校", "数据中心"),
    "ev_charging": ("充电站",),
}
TRADE_SHARES = (0.45, 0.45, 0.10)
RATED_KVA = (315.0, 400.0, 500.0, 630.0, 800.0, 1000.0, 1250.0)
POLE_RATED_KVA = (200.0, 315.0, 400.0, 500.0, 630.0)
LOADING = (0.35, 0.62)
LEAST_LOAD_KVA = 100.0
# What a transformer's losses add to its load, roughly, on the safe side.
LOSS_FACTOR = 1.06
# Metered at 10 kV, the transformers unknown; or with a second house behind the first.
SHARE_METERED_HIGH, SHARE_WITH_ANNEX = 0.25, 0.25
# From a corner of the block towards its middle.
INSIDE = (0.35, 0.55)
ANNEX_SHARE = 0.5
UNIT_AWAY_M = 4.0
DEDICATED_KVA, DEDICATED_TRADE = 1250.0, "制药有限公司"


def draw_customers(setting: Setting, feeder: Feeder, budget_kva: float) -> None:
    """Draw customers with stations of their own, at most one a block, until the budget is used."""
    net, rng = setting.net, setting.rng
    places = [(row, column) for column in feeder.columns for row in (feeder.row - 1, feeder.row)]
    for k in rng.permutation(len(places)):
        left_kva = budget_kva - abs(feeder.load_kva)
        if left_kva < LEAST_LOAD_KVA:
            return
        row, column = places[int(k)]
        if (row, column) not in net.parks:
            block = net.blocks[row][column]
            _draw_customer(setting, feeder, feeder.stop_for(block), block, left_kva)


def draw_dedicated_feeder(setting: Setting, feeder: Feeder, block: Block) -> None:
    """Draw a feeder that belongs to the one customer it supplies, beside its substation."""
    firm = setting.names.firm(DEDICATED_TRADE)
    conductor = setting.equipment.cable_trunk
    feeder.head_ampacity_a = conductor.ampacity_a
    house = _house(setting, feeder, firm, _place_inside(setting, block))
    station = feeder.substation.at
    turn = block.nearest(station)
    feeder.head = connect(
        setting, f"{feeder.name} {firm}专线", feeder.section.busbar, house,
        [block.at(turn)], conductor, built=feeder.built, ownership="private",
    )  # fmt: skip
    kind = setting.equipment.transformers["SCB13", DEDICATED_KVA]
    for unit in (1, 2):
        load_kva = DEDICATED_KVA * float(setting.rng.uniform(*LOADING))
        _draw_unit(setting, feeder, house, f"{firm} {unit}号", kind, load_kva, "industrial")


def _draw_customer(
    setting: Setting, feeder: Feeder, stop: Stop, block: Block, left_kva: float
) -> None:
    rng = setting.rng
    category = str(rng.choice(list(TRADES), p=TRADE_SHARES))
    firm = setting.names.firm(str(rng.choice(TRADES[category])))
    inside = _place_inside(setting, block)
    branch = f"{feeder.name} {firm}支线"
    if feeder.is_overhead:
        house = draw_poles(setting, feeder, branch, stop, inside, ownership="private")[-1]
    else:
        house = _house(setting, feeder, firm, inside)
        start = block.nearest(stop.at)
        way = block.walk(start, block.shorter(start, block.nearest(inside)))
        connect(
            setting, branch, stop, house, way,
            setting.equipment.cable_branch, built=feeder.built, ownership="private",
        )  # fmt: skip
    sizes = POLE_RATED_KVA if feeder.is_overhead else RATED_KVA
    series = "S13" if feeder.is_overhead else "SCB13"
    kind = setting.equipment.transformers[series, float(rng.choice(sizes))]
    load_kva = min(kind.sn_kva * float(rng.uniform(*LOADING)), left_kva / LOSS_FACTOR)
    if rng.random() < SHARE_METERED_HIGH:
        load = complex_power(load_kva, category)
        setting.draft.load(f"{firm} 高压计量", house.node, load, category)
        feeder.load_kva += load
        return
    _draw_unit(setting, feeder, house, f"{firm} 1号", kind, load_kva, category)
    left_kva -= LOSS_FACTOR * load_kva
    if left_kva > LEAST_LOAD_KVA and not feeder.is_overhead and rng.random() < SHARE_WITH_ANNEX:
        annex = _house(setting, feeder, f"{firm}二期", between(inside, block.middle, ANNEX_SHARE))
        connect(
            setting, f"{branch} 二期", house, annex, (),
            setting.equipment.cable_branch, built=feeder.built, ownership="private",
        )  # fmt: skip
        load_kva = min(load_kva, left_kva / LOSS_FACTOR)
        _draw_unit(setting, feeder, annex, f"{firm} 2号", kind, load_kva, category)


def _house(setting: Setting, feeder: Feeder, firm: str, at: Point) -> Stop:
    """Draw a customer's switching station."""
    name = f"{firm}配电房"
    node = setting.draft.node(
        name, MV_KV, at, "switchgear", built=feeder.built, station=name, ownership="private"
    )
    house = Stop(
        node=node, at=at, name=name, kind="switchgear", built=feeder.built, ownership="private"
    )
    feeder.cabinets.append(house)
    return house


def _draw_unit(
    setting: Setting,
    feeder: Feeder,
    house: Stop,
    name: str,
    kind: TransformerType,
    load_kva: float,
    category: str,
) -> None:
    """Draw a customer's transformer with its low-voltage busbar and load."""
    # Units of one house stand side by side.
    at = (house.at[0] + UNIT_AWAY_M * (1 + len(house.leads_to)), house.at[1])
    busbar = setting.draft.node(
        f"{name}低压母线", LV_KV, at, "busbar",
        built=house.built, station=house.name, ownership="private",
    )  # fmt: skip
    draw_transformer(
        setting, f"{name}配变", house.node, busbar, kind,
        built=house.built, on_pole=house.kind == "pole", ownership="private",
    )  # fmt: skip
    if house.kind == "switchgear":
        house.leads_to.append(f"{name}配变")
    load = complex_power(load_kva, category)
    setting.draft.load(f"{name}配变 用电", busbar, load, category)
    feeder.load_kva += kind.demand(load)


def _place_inside(setting: Setting, block: Block) -> Point:
    """Choose a place between a corner and the middle of a block."""
    corner = block.corners[int(setting.rng.integers(4))]
    return between(corner, block.middle, float(setting.rng.uniform(*INSIDE)))
