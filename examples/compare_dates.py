"""The same 180 kW under the rules of two days: the low-voltage limit was raised in between."""

from __future__ import annotations

from datetime import date

from grid_models.catalogue import load_catalogue
from grid_models.model import GridModel
from grid_models.synthesize import synthesize_grid
from planner.application import SupplyApplication
from planner.assistant import make_plan
from planner.rules import load_rule_book

catalogue, rule_book = load_catalogue(), load_rule_book("demo")

for day in (date(2021, 11, 1), date(2022, 3, 1)):
    grid = synthesize_grid(nodes=3_000, seed=1, load_date=day, topology_date=day)
    application = SupplyApplication(
        lon=120.1496, lat=30.27535, kw=180, special_load="none", on_date=day
    )
    plan = make_plan(application, GridModel.of(grid), rule_book, catalogue)
    limit_kw = rule_book.on(day).number("lv_access_limit")
    first = plan.options[0]
    access = first.sources[0].access_point
    print(f"{day}: low voltage up to {limit_kw:g} kW")
    print(
        f"  {plan.answer.mode}, {first.supply_kv:g} kV, {first.kind} at {access.element_id},",
        end="",
    )
    print(f" {access.distance_m:.1f} m away, {plan.capacity_kva:g} kVA")
    for reason in plan.answer.reasons:
        print(f"  {reason.code}: {reason.en}")
