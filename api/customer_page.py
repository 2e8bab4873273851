"""The customer's part of a plan's page: own side, metering, power quality and advice."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from planner.messages import say
from planner.plan import CustomerSide, MeteringPoint, Option, SupplyPlan

__all__ = ["Line", "advice_lines", "customer_side_lines", "quality_lines"]

Line = tuple[str, str]
"""What is printed, and its style."""


def customer_side_lines(option: Option) -> Iterator[Line]:
    """Say what the customer has to provide and how the supply is metered and charged."""
    side = option.customer_side
    if side.transformers_kva:
        sizes = " + ".join(f"{kva:,g}" for kva in side.transformers_kva)
        yield f"变压器 {sizes} kVA", ""
    if (own := side.compensation) is not None:
        yield (
            f"无功补偿 {own.total_kvar:,.0f} kvar（负荷 {own.load_kvar:,.0f}，变压器自身 "
            f"{own.transformer_kvar:,.0f}，不少于 {own.least_kvar:,.0f}）："
            f"功率因数由 {own.natural_power_factor:g} 到高压侧 {own.target_power_factor:g}",
            "",
        )
    for point in side.metering_points:
        yield _metering(point), ""
    yield _tariff(side), ""
    if side.emergency_source_kva > 0.0:
        yield f"自备应急电源不小于 {side.emergency_source_kva:,.0f} kVA，与电网电源闭锁", ""


def quality_lines(option: Option) -> Iterator[Line]:
    """Say what disturbs others and what must be studied."""
    for finding in option.power_quality:
        yield finding.zh, "yellow" if finding.needs_study else ""


def advice_lines(plan: SupplyPlan) -> Iterator[Line]:
    """Give the page for the customer, one topic a line; what nobody has verified is marked."""
    for topic, items in groupby(plan.advice, key=lambda item: item.topic):
        for item in items:
            mark = "" if item.verified else f"（{say('not_verified').zh}）"
            yield f"{say(f'topic_{topic}').zh}  {item.zh}{mark}", ""


def _metering(point: MeteringPoint) -> str:
    words = [
        f"计量点 {point.number}  {say(f'metering_{point.mode}').zh}",
        say(f"wiring_{point.wiring}").zh,
        f"{point.equipment_class} 类，电能表 {point.meter_class} 级",
    ]
    if point.vt_ratio is not None:
        words.append(f"电压互感器 {point.vt_ratio} kV（{point.vt_class} 级）")
    if point.is_direct:
        words.append("直接接入")
    elif point.ct_ratio is not None:
        words.append(
            f"电流互感器 {point.ct_ratio} A（{point.ct_class} 级，"
            f"计算电流 {point.normal_current_a:,.1f} A，占 {point.ct_load_pct:.0f}%）"
        )
    else:
        words.append(f"电流 {point.full_current_a:,.0f} A，超出标准电流互感器，另行设计")
    return "，".join(words) + f"；{point.zh}"


def _tariff(side: CustomerSide) -> str:
    tariff = side.tariff
    words = [f"电价  {say('tariff_' + tariff['class']).zh}", say(f"tariff_{tariff['parts']}").zh]
    if tariff.get("basic_fee") == "exempt":
        words.append(f"基本电费免收至 {tariff['basic_fee_exempt_until']}")
    if tariff["power_factor_class"] != "none":
        words.append(f"功率因数考核标准 {tariff['power_factor_class']}")
    return "，".join(words)
