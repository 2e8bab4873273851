"""Make a district, ask for 800 kVA at one place in it, print the answer."""

from __future__ import annotations

from datetime import date

from grid_models.catalogue import load_catalogue
from grid_models.model import GridModel
from grid_models.synthesize import synthesize_grid
from planner.application import SupplyApplication
from planner.assistant import make_plan
from planner.rules import load_rule_book

TODAY = date(2026, 11, 23)

grid = synthesize_grid(nodes=3_000, seed=1, load_date=TODAY, topology_date=TODAY)
application = SupplyApplication(
    lon=120.16285, lat=30.28368, kva=800, category="industrial", special_load="none", on_date=TODAY
)
plan = make_plan(application, GridModel.of(grid), load_rule_book("demo"), load_catalogue())

print(f"{plan.answer.mode}: {len(plan.options)} options, {len(plan.rejected)} points refused")
first = plan.options[0]
source = first.sources[0]
print(f"1st: {first.kind} at {source.access_point.element_id} of feeder {source.feeder_id}")
print(f"     {source.access_point.distance_m:.1f} m away, {source.conductor.type}")
print(f"     {first.why.en}")
for check in first.checks:
    if check.code in ("thermal_line", "heavy_load", "voltage_low"):
        print(f"     {check.code} {check.value:.2f} of {check.limit:g} {check.unit}", end="")
        print(f" at {check.element_id}: {'passed' if check.passed else 'failed'}")
