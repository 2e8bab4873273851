"""Grids on which applications of all kinds are asked, and every plan verified and judged."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from kinds_asked import DAY, Asked, draw
from referee_candidates import Facts
from referee_district import district_at, district_net, renamed
from referee_grids import Case, write_case
from referee_kinds import Judged, judge_any
from referee_net import read_net
from referee_trials import Ground
from service import import_grid

from api.serving import ServedGrid, serve_grid
from grid_models.catalogue import load_catalogue
from grid_models.stored.opening import open_model
from grid_models.synthesize import synthesize_grid
from planner.assistant import make_plan
from planner.intake import read_application
from planner.plan import plan_to_json
from planner.routing import Streets
from planner.rules import load_rule_book
from planner.verification import verify_plan

DISTRICT = "district"
DISTRICT_NODES, DISTRICT_SEED = 1_500, 1
STREETS_EVERY = 4
ON_DAY = date.fromisoformat(DAY)


@dataclass(frozen=True, slots=True, kw_only=True)
class KindsCase:
    """A grid at one load and how many applications are asked on it."""

    grid: str
    scale: float
    count: int
    seed: int = 7

    @property
    def name(self) -> str:
        return f"{self.grid} x{self.scale:g}"


@dataclass(slots=True, kw_only=True)
class Prepared:
    """The product's grid and the referee's net of it, side by side."""

    served: ServedGrid
    led: ServedGrid | None
    ground: Ground
    asked: list[Asked]
    is_district: bool
    ground_at: Callable[[str, int], Ground] | None = None


@dataclass(slots=True)
class Tally:
    """What became of the applications of a case."""

    kinds: Counter[str] = field(default_factory=Counter)
    modes: Counter[str] = field(default_factory=Counter)
    options: Counter[str] = field(default_factory=Counter)
    refused: int = 0
    objections: list[str] = field(default_factory=list)

    def add(self, asked: Asked, judged: Judged) -> None:
        self.kinds[asked.kind] += 1
        self.modes[judged.mode] += 1
        self.options.update(judged.options)
        self.refused += judged.refusal_confirmed
        self.objections += [f"{asked}: {objection}" for objection in judged.objections]


def prepare(case: KindsCase, folder: Path) -> Prepared:
    """Write or make the grid of a case, compile it, and read it again as the referee."""
    if case.grid == DISTRICT:
        return _prepare_district(case)
    told = Case(grid=case.grid, scale=case.scale)
    file = folder / "grid.json"
    write_case(told, file)
    import_grid(
        file, folder / "grid", assumptions=told.assumptions, on_date=DAY,
        relocate=told.relocated_to,
    )  # fmt: skip
    served = serve_grid(open_model(folder / "grid"))
    ground = Ground(read_net(file), facts=told.facts, relocated_to=told.relocated_to)
    asked = draw(ground.grid.net, ground.plane, count=case.count, seed=case.seed)
    return Prepared(served=served, led=None, ground=ground, asked=asked, is_district=False)


def _prepare_district(case: KindsCase) -> Prepared:
    grid = synthesize_grid(
        nodes=DISTRICT_NODES, seed=DISTRICT_SEED, load_date=ON_DAY, topology_date=ON_DAY
    )
    scaled = grid.loads.assign(scaling=grid.loads["scaling"] * case.scale)
    grid = grid.with_tables(loads=scaled)
    served = serve_grid(grid)
    led = serve_grid(served.model, Streets.of(grid.streets))
    epsg = grid.metadata.projected_epsg

    @lru_cache(maxsize=32)
    def ground_at(season: str, quarter_hour: int) -> Ground:
        net = district_net(district_at(grid, season, quarter_hour))
        return Ground(net, facts=Facts(), plane_epsg=epsg)

    ground = Ground(district_net(grid), facts=Facts(), plane_epsg=epsg)
    asked = draw(
        ground.grid.net, ground.plane, count=case.count, seed=case.seed, node="node",
        streets_every=STREETS_EVERY,
    )  # fmt: skip
    return Prepared(
        served=served, led=led, ground=ground, asked=asked, is_district=True, ground_at=ground_at
    )


@lru_cache(maxsize=1)
def _terms():
    return load_rule_book("demo"), load_catalogue()


def answer(prepared: Prepared, asked: Asked) -> dict[str, Any]:
    """The plan as its file holds it."""
    served = prepared.led if asked.along_streets else prepared.served
    book, catalogue = _terms()
    application = read_application(
        asked.fields, grid=served.area, rule_book=load_rule_book, today=ON_DAY
    )
    made = plan_to_json(
        make_plan(application, served.model, book, catalogue, streets=served.streets)
    )
    plan = json.loads(json.dumps(made, ensure_ascii=False))
    assert plan == _listed(made), "the plan is another one after a round trip through JSON"
    return plan


def verified(prepared: Prepared, asked: Asked, plan: dict[str, Any]) -> list[str]:
    """What verification says of a plan read from its file."""
    served = prepared.led if asked.along_streets else prepared.served
    found = verify_plan(plan, served.model, *_terms(), streets=served.streets)
    return [f"verify: {difference.en}" for difference in found]


def _listed(value: Any) -> Any:
    """The document with lists for tuples, as JSON has them."""
    match value:
        case dict():
            return {name: _listed(item) for name, item in value.items()}
        case list() | tuple():
            return [_listed(item) for item in value]
    return value


def run_kinds(
    case: KindsCase, prepared: Prepared, report: Callable[[str], object]
) -> Iterator[tuple[Asked, Judged]]:
    """Answer and judge every application of a case."""
    for asked in prepared.asked:
        plan = answer(prepared, asked)
        judged = judge_any(
            renamed(plan) if prepared.is_district else plan, asked, prepared.ground,
            is_district=prepared.is_district, ground_at=prepared.ground_at,
        )  # fmt: skip
        judged.objections += verified(prepared, asked, plan)
        for objection in judged.objections:
            report(f"{case.name}: {asked}: {objection}")
        yield asked, judged
