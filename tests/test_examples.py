"""The examples, the worked plan of the READMEs and the picture show what really comes out."""

from __future__ import annotations

import ast
import importlib
import json
import re
import runpy
import socket
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from datetime import date
from functools import cache
from io import StringIO
from ipaddress import ip_network
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread
from typing import Any
from xml.etree import ElementTree

import pytest
import uvicorn
from typer.testing import CliRunner

from api import clock
from api.auth.identity import Identity
from api.auth.keys import make_key
from api.cli import app
from api.database import Database, upgrade
from api.main import create_app
from api.serving import ServedGrids
from api.settings import Settings
from grid_models.storage import write_grid
from grid_models.synthesize import synthesize_grid
from tests.api.auth.house import House
from tests.conftest import LoadNet

ROOT = Path(__file__).parents[1]
EXAMPLES = sorted((ROOT / "examples").glob("*.py"))
PICTURE = ROOT / "docs" / "pictures" / "plan.svg"
DAY = "2026-11-23"
MOST_LINES, MOST_BYTES = 40, 200_000


@cache
def example_scenario() -> dict[str, Any]:
    """Return what the example scenario gives on the district it names, as JSON."""
    grid = synthesize_grid(
        nodes=3_000, seed=1, load_date=date(2026, 11, 23), topology_date=date(2026, 11, 23)
    )
    with TemporaryDirectory() as folder:
        write_grid(grid, Path(folder) / "district")
        words = ["whatif", f"{folder}/district", str(ROOT / "examples" / "what_if.yaml"), "--json"]
        result = CliRunner().invoke(app, words)
    assert result.exit_code == 0, result.output
    document: dict[str, Any] = json.loads(result.stdout)
    return document


@cache
def run_example(name: str) -> str:
    """Return what an example prints."""
    with redirect_stdout(StringIO()) as printed:
        runpy.run_path(str(ROOT / "examples" / f"{name}.py"), run_name="__main__")
    return printed.getvalue()


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_is_short(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MOST_LINES


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_uses_only_public_names(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and str(node.module).split(".")[0] in (
            "grid_models",
            "planner",
            "api",
        ):
            public = importlib.import_module(str(node.module)).__all__
            assert {alias.name for alias in node.names} <= set(public)


def test_the_workshop_is_answered_on_site_with_the_nearest_public_line() -> None:
    printed = run_example("recommend_on_a_synthetic_district")

    assert printed.startswith("on_site: ")
    assert "1st: mv_public_tee at line:159 of feeder line:155" in printed
    assert "belongs to a customer and cannot be connected to" in printed


def test_each_check_of_the_workshop_that_is_printed_passes() -> None:
    printed = run_example("recommend_on_a_synthetic_district")

    assert "failed" not in printed
    assert re.findall(r"(\w+) [\d.]+ of ([\d.]+) (\S+) at", printed) == [
        ("heavy_load", "80", "%"),
        ("thermal_line", "100", "%"),
        ("voltage_low", "353.4", "V"),
    ]


def test_the_imported_grid_has_the_extremes_pandapower_finds(load_net: LoadNet) -> None:
    printed = run_example("import_a_test_grid")
    net = load_net("pandapower:mv_oberrhein").net
    v, line = net.res_bus["vm_pu"], net.res_line["loading_percent"]
    transformer = net.res_trafo["loading_percent"]

    assert f"lowest voltage   {v.min():.4f} pu at bus:{v.idxmin()}\n" in printed
    assert f"highest voltage  {v.max():.4f} pu at bus:{v.idxmax()}\n" in printed
    assert f"fullest line     {line.max():.1f} % line:{line.idxmax()}\n" in printed
    assert f"{transformer.max():.1f} % trafo:{transformer.idxmax()}\n" in printed


def test_the_imported_grid_says_what_was_assumed_and_what_is_missing() -> None:
    printed = run_example("import_a_test_grid")

    assert "'ownership': 'public'" in printed
    assert "warning: restricted areas are not known" in printed
    assert "verdict: usable" in printed


def test_180_kw_goes_from_10_kv_to_low_voltage_when_the_limit_is_raised() -> None:
    before, after = run_example("compare_dates").split("2022-03-01")

    # 180 kW is above 1.05 x 160 kW and below 0.95 x 200 kW: one level each, no other listed
    assert "low voltage up to 160 kW" in before
    assert "10 kV, mv_public_ring_in" in before
    assert "250 kVA" in before  # smallest standard size above 180 / (0.95 x 0.8) = 236.8
    assert "low voltage up to 200 kW" in after
    assert "on_site, 0.38 kV, lv_public" in after
    assert "200 kVA" in after  # 180 / 0.9


def test_the_application_system_reserves_withdraws_and_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with served_district(tmp_path) as named:
        for name, value in named.items():
            monkeypatch.setenv(name, value)
        monkeypatch.syspath_prepend(ROOT / "examples")
        planned, held, told = run_example("application_system").splitlines()

    assert re.fullmatch(r"planned: on_site, [1-9]\d* options", planned)
    assert held.startswith("deciding: option 1 is held until 20")
    assert told == "told: application.withdrawn, True"


@contextmanager
def served_district(folder: Path) -> Iterator[dict[str, str]]:
    """Serve the example district on loopback; what the application system has to know of it."""
    today = clock.today()
    grids = ServedGrids(
        [synthesize_grid(nodes=3_000, seed=1, load_date=today, topology_date=today)],
        warm_up=lambda: None,
    )
    database = Database.open(f"sqlite:///{folder / 'service.db'}")
    upgrade(database)
    scopes = ["application.write", "application.read", "plan.make", "hold.place"]
    _, key = database.write(
        lambda connection: make_key(
            connection, name="applications", scopes=scopes, districts=["西湖"], days=1,
            actor="test", now=clock.now(),
        )
    )  # fmt: skip
    settings = Settings(webhook_networks=(ip_network("127.0.0.0/8"),))
    house = House(Identity.of(database, settings))
    house.person("admin", role="administrator")
    admin = house.log_in("admin", now=clock.now())
    server = uvicorn.Server(
        uvicorn.Config(create_app(settings, grids, database), log_level="warning")
    )
    with socket.create_server(("127.0.0.1", 0)) as listening:
        running = Thread(target=server.run, kwargs={"sockets": [listening]})
        running.start()
        assert grids.wait(60)
        yield {
            "SERVICE": f"http://127.0.0.1:{listening.getsockname()[1]}",
            "KEY": key,
            "ADMIN": admin.token,
        }
        server.should_exit = True
        running.join()
    database.close()


def test_the_example_scenario_mends_the_overload_it_makes() -> None:
    (overload,) = example_scenario()["violations"]

    assert (overload["element_id"], overload["code"]) == ("line:13", "thermal_line")
    assert (overload["status"], overload["step"], overload["until_step"]) == ("passing", 1, 2)


def test_each_step_of_the_example_scenario_solves_what_it_touches() -> None:
    steps = example_scenario()["steps"]

    assert [len(step["solved_trees"]) for step in steps] == [1, 2, 1, 1, 4]
    assert steps[3]["plans"][0]["kind"] == "mv_public_tee"


def test_the_worked_plan_is_what_the_command_prints(tmp_path: Path) -> None:
    shown = worked_plan("README.md")
    folder = str(tmp_path / "district")
    dates = {
        "grid": ["--load-date", DAY, "--topology-date", DAY],
        "recommend": ["--on-date", DAY],
    }
    printed: list[str] = []
    for line in shown:
        if line.startswith("$ uv run supply-plan "):
            words = [folder if word == "district" else word for word in line.split()[4:]]
            result = CliRunner().invoke(app, [*words, *dates[words[0]]])
            assert result.exit_code == 0, result.output
            printed = [row.rstrip() for row in result.output.splitlines()]

    quoted = [line for line in shown if line != "…" and not line.startswith("$ ")]
    assert [line for line in quoted if line not in printed] == []


def test_both_readmes_show_the_same_worked_plan() -> None:
    assert worked_plan("README.md") == worked_plan("README.zh-CN.md")


def worked_plan(readme: str) -> list[str]:
    """Return the lines of the block that shows a command and its output."""
    text = (ROOT / readme).read_text(encoding="utf-8")
    (block,) = re.findall(r"```text\n(.*?)```", text, flags=re.DOTALL)
    return [line.rstrip() for line in block.splitlines()]


def test_the_picture_is_what_its_script_draws() -> None:
    script: dict[str, Any] = runpy.run_path(str(ROOT / "docs" / "pictures" / "draw_plan.py"))

    drawn = script["draw_plan"](*script["make_district_and_plan"]())

    assert drawn == PICTURE.read_text(encoding="utf-8"), "run docs/pictures/draw_plan.py"


def test_the_picture_is_small_and_well_formed() -> None:
    assert PICTURE.stat().st_size < MOST_BYTES
    root = ElementTree.parse(PICTURE).getroot()  # noqa: S314  # our own file
    assert root.tag.endswith("svg")
