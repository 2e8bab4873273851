from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from api.serving import serve_grid
from api.translate import plan_document, to_json_text
from grid_models.catalogue import load_catalogue
from grid_models.model import GridModel
from grid_models.storage import write_grid
from grid_models.stored.opening import open_model
from grid_models.synthesize import synthesize_grid
from planner.assistant import make_plan
from planner.intake import read_application
from planner.rules import load_rule_book
from planner.site import model_area
from tests.api.commands import SHOP, recommend, run
from tests.api.conftest import StoreGrid
from tests.api.grids import shop_grid

TODAY = date(2026, 11, 20)


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[GridModel, GridModel]:
    """Return the model of a district in memory, and that of the same one opened."""
    grid = synthesize_grid(nodes=700, seed=2, load_date=TODAY, topology_date=TODAY)
    folder = tmp_path_factory.mktemp("grids") / "district"
    write_grid(grid, folder)
    return GridModel.of(grid), open_model(folder)


def plan_text(model: GridModel, **asked: str) -> str:
    application = read_application(
        {"category": "industrial", "special_load": "none", **asked},
        grid=model_area(model),
        rule_book=load_rule_book,
        today=TODAY,
    )
    plan = make_plan(application, model, load_rule_book(application.area), load_catalogue())
    return to_json_text(plan_document(plan))


@pytest.mark.parametrize("power", [{"kva": "800"}, {"kw": "60"}, {"kw": "195"}])
@pytest.mark.parametrize("at", ["120.15,30.28", "120.1515,30.2795"])
def test_a_plan_on_the_opened_grid_is_the_same_byte_for_byte(
    pair: tuple[GridModel, GridModel], power: dict[str, str], at: str
) -> None:
    made, opened = (plan_text(model, at=at, **power) for model in pair)
    assert made == opened


def test_an_opened_grid_is_served_as_it_is(pair: tuple[GridModel, GridModel]) -> None:
    served = serve_grid(pair[1])
    assert served.model is pair[1]
    assert (served.version, served.quality) == (pair[0].version, "good")


@pytest.mark.parametrize(
    "command", [("recommend", *(part for option in SHOP.items() for part in option)), ("check",)]
)
def test_a_truncated_array_is_bad_input_to_every_command(
    store: StoreGrid, command: tuple[str, ...]
) -> None:
    folder = store(shop_grid())
    path = folder / "compiled" / "tree.x.npy"
    path.write_bytes(path.read_bytes()[:-1])
    name, *options = command
    result = run(name, folder, *options) if options else run("grid", name, folder)
    assert result.exit_code == 2
    assert "compiled/tree.x.npy" in result.stderr
    assert not result.stdout


def test_streets_are_taken_beside_a_stored_grid(store: StoreGrid, tmp_path: Path) -> None:
    folder, streets = store(shop_grid()), tmp_path / "streets.geojson"
    course = {"type": "LineString", "coordinates": [[120.16, 30.28], [120.17, 30.28]]}
    feature = {"type": "Feature", "properties": {"name": "北街"}, "geometry": course}
    streets.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    without = recommend(folder, SHOP, "--json")
    result = recommend(folder, {**SHOP, "--streets": str(streets)}, "--json")
    assert result.exit_code == 0
    ids = [json.loads(answered.stdout)["plan_id"] for answered in (without, result)]
    assert ids[0] != ids[1]
