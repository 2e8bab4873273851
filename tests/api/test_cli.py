from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from api.cli import app
from grid_models.grid import Grid
from grid_models.storage import write_grid
from planner.intake import FIELDS
from tests.api.grids import shop_grid

SHOP = {"--at": "120.1633,30.2802", "--kw": "60", "--special-load": "none"}
ON_DATE = {"--on-date": "2026-08-01"}

HEAVY = ("numpy", "pandas", "numba", "fastapi", "pyproj", "pandapower", "shapely", "uvicorn")

StoreGrid = Callable[[Grid], Path]


@pytest.fixture
def store(tmp_path: Path) -> StoreGrid:
    def write(grid: Grid) -> Path:
        folder = tmp_path / grid.version
        write_grid(grid, folder)
        return folder

    return write


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("grids") / "tiny"
    write_grid(shop_grid(), folder)
    return folder


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def recommend(folder: Path, options: dict[str, Any], *flags: str) -> Result:
    given = [part for option in {**ON_DATE, **options}.items() for part in option]
    return run("recommend", folder, *given, *flags)


def test_help_imports_nothing_heavy() -> None:
    script = (
        "import sys\nfrom api.cli import app\n"
        "try:\n    app(['recommend', '--help'])\nexcept SystemExit: pass\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    assert done.stderr.decode().strip() == "[]"


def test_every_field_of_an_application_is_an_option() -> None:
    words = run("recommend", "--help").output
    assert [name for name in FIELDS if f"--{name.replace('_', '-')}" not in words] == []


def test_an_application_is_answered_with_a_page(tiny: Path) -> None:
    result = recommend(tiny, SHOP)
    assert result.exit_code == 0
    assert "当场答复" in result.stdout
    assert "示例规则" in result.stdout


def test_json_is_all_that_is_printed(tiny: Path) -> None:
    result = recommend(tiny, SHOP, "--json")
    assert result.exit_code == 0
    assert json.loads(result.stdout)["answer"]["mode"] == "on_site"
    assert result.stderr == ""


def test_no_option_is_printed_and_exits_3(tiny: Path) -> None:
    result = recommend(tiny, {"--at": "120.155,30.2801", "--kva": "5", "--max-distance-m": "1"})
    assert result.exit_code == 3
    assert "没有可行方案" in result.stdout


@pytest.mark.parametrize(
    ("options", "names"),
    [
        ({"--kw": "0"}, '"0"'),
        ({"--kw": "-5"}, '"-5"'),
        ({"--kw": "nan"}, '"nan"'),
        ({"--kva": "100"}, 'kva is "100"'),
        ({"--kw": ""}, "both missing"),
        ({"--power-factor": "1.01"}, '"1.01"'),
        ({"--importance": "vip"}, '"vip"'),
        ({"--category": "zoo"}, '"zoo"'),
        ({"--business": "barter"}, '"barter"'),
        ({"--at": "120.15,31"}, '"120.15,31"'),
        ({"--at": "30.28,120.1633"}, "give 120.1633,30.28"),
        ({"--area": "atlantis"}, "atlantis"),
        ({"--on-date": "1990-01-01"}, "1990-01-01"),
        ({"--equipment": "nothing.csv"}, "nothing.csv"),
        ({"--commitments": "nothing.csv"}, "nothing.csv"),
        ({"--streets": "nothing.geojson"}, "nothing.geojson"),
    ],
)
def test_bad_input_exits_2_and_names_the_value(
    tiny: Path, options: dict[str, str], names: str
) -> None:
    result = recommend(tiny, {**SHOP, **options}, "--json")
    assert result.exit_code == 2
    assert result.stdout == ""
    assert names in result.stderr
    assert len(result.stderr.splitlines()) == 2  # one sentence, in Chinese and in English


def test_all_problems_come_at_once(tiny: Path) -> None:
    result = recommend(tiny, {"--at": "1,2", "--kw": "-1", "--importance": "vip"})
    assert result.exit_code == 2
    assert len(result.stderr.splitlines()) == 6


def test_full_width_digits_are_digits(tiny: Path) -> None:
    plan = json.loads(recommend(tiny, {**SHOP, "--kw": "６０"}, "--json").stdout)
    assert plan["application"]["kw"] == 60.0


def test_equipment_and_commitments_are_read_from_files(tiny: Path, tmp_path: Path) -> None:
    equipment, promises = tmp_path / "list.csv", tmp_path / "promises.csv"
    equipment.write_bytes("name,kw,count,demand_factor\n空调,20,4,0.5\n".encode("gbk"))
    promises.write_text("commitment_id,node_id,s_kva\nA1,bus:5,100\n")
    options = {"--at": SHOP["--at"], "--equipment": equipment, "--commitments": promises}
    plan = json.loads(recommend(tiny, options, "--json").stdout)
    assert plan["application"]["kw"] == 80.0
    assert plan["application"]["max_demand_kw"] == 40.0


def test_problems_of_files_are_named_by_line_with_the_rest(tiny: Path, tmp_path: Path) -> None:
    promises = tmp_path / "promises.csv"
    promises.write_text("commitment_id,node_id,s_kva\nA1,bus:5,100\nA2,bus:99,x\n")
    result = recommend(tiny, {**SHOP, "--kw": "0", "--commitments": promises})
    assert result.exit_code == 2
    assert 'promises.csv:3: s_kva is "x"' in result.stderr
    assert 'promises.csv:3: node_id is "bus:99"' in result.stderr
    assert 'kw is "0"' in result.stderr


def test_a_grid_without_coordinates_says_why_it_cannot_answer(store: StoreGrid) -> None:
    grid = shop_grid()
    nodes = grid.nodes.assign(lon=float("nan"), lat=float("nan"))
    folder = store(grid.with_tables(nodes=nodes, lines=grid.lines.assign(geometry=None)))
    result = recommend(folder, SHOP)
    assert result.exit_code == 2
    assert "has no coordinates" in result.stderr


def test_a_grid_without_a_source_says_why_it_cannot_answer(store: StoreGrid) -> None:
    grid = shop_grid()
    result = recommend(store(grid.with_tables(sources=grid.sources.iloc[:0])), SHOP)
    assert result.exit_code == 2
    assert "has no source" in result.stderr


def test_a_missing_folder_is_named_with_the_other_problems(tmp_path: Path) -> None:
    result = recommend(tmp_path / "nowhere", {**SHOP, "--kw": "0"})
    assert result.exit_code == 2
    assert "nowhere" in result.stderr
    assert 'kw is "0"' in result.stderr


@pytest.mark.parametrize("content", [None, '{"_module": "pandap', "no grid at all"])
def test_a_file_that_is_missing_truncated_or_foreign_is_not_imported(
    tmp_path: Path, content: str | None
) -> None:
    source, folder = tmp_path / "net.json", tmp_path / "grid"
    if content is not None:
        source.write_text(content)
    result = run("grid", "import", source, "-o", folder)
    assert result.exit_code == 2
    assert "net.json" in result.stderr
    assert not folder.exists()


def test_all_problems_of_an_import_come_at_once(tmp_path: Path) -> None:
    result = run(
        "grid", "import", tmp_path / "net.json", "-o", tmp_path / "grid",
        "--relocate", "here", "--load-date", "soon", "--area", "atlantis",
    )  # fmt: skip
    assert result.exit_code == 2
    for name in ("here", "soon", "atlantis", "net.json"):
        assert name in result.stderr


def test_an_assumption_that_contradicts_the_file_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "grid"
    result = run(
        "grid", "import", "pandapower:mv_oberrhein", "-o", folder, "--assume", "ownership=maybe"
    )
    assert result.exit_code == 2
    assert "ownership" in result.stderr
    assert not folder.exists()


def test_a_built_in_network_is_imported_and_answers(tmp_path: Path) -> None:
    folder = tmp_path / "grid"
    result = run(
        "grid", "import", "pandapower:mv_oberrhein", "-o", folder,
        "--relocate", "120.15,30.28", "--assume", "ownership=public",
        "--load-date", "2026-07-20", "--topology-date", "2026-07-20",
    )  # fmt: skip
    assert result.exit_code == 0
    assert "ownership=public" in result.stdout
    checked = json.loads(run("grid", "check", folder, "--json").stdout)
    assert checked["counts"]["lines"] == 181
    assert recommend(folder, {"--at": "120.15,30.28", "--kva": "400"}).exit_code in (0, 3)


def test_a_grid_is_not_overwritten_without_force(tmp_path: Path) -> None:
    make = ("grid", "synthesize", "-o", tmp_path / "city", "--nodes", "300", "--seed", "1")
    assert run(*make).exit_code == 0
    again = run(*make)
    assert again.exit_code == 2
    assert "--force" in again.stderr
    assert run(*make, "--force").exit_code == 0


def test_the_same_seed_gives_the_same_city(tmp_path: Path) -> None:
    for name in ("a", "b"):
        run("grid", "synthesize", "-o", tmp_path / name, "--nodes", "300", "--seed", "7")
    versions = [
        json.loads(run("grid", "check", tmp_path / name, "--json").stdout)["version"]
        for name in ("a", "b")
    ]
    assert versions[0] == versions[1]


def test_a_city_of_no_size_is_refused(tmp_path: Path) -> None:
    result = run("grid", "synthesize", "-o", tmp_path / "c", "--nodes", "many", "--seed", "-1")
    assert result.exit_code == 2
    assert "many" in result.stderr
    assert "-1" in result.stderr


def test_a_check_of_a_grid_gives_verdict_and_problems(store: StoreGrid) -> None:
    grid = shop_grid()
    folder = store(grid.with_tables(lines=grid.lines.assign(ampacity_a=float("nan"))))
    report = json.loads(run("grid", "check", folder, "--json").stdout)
    assert report["verdict"] in ("usable", "poor")
    (problem,) = [p for p in report["problems"] if "line:1" in p["ids"]]
    assert problem["count"] == 5
    page = run("grid", "check", folder).stdout
    assert problem["zh"] in page.replace("\n", "")


def test_rules_to_verify_and_adopt_are_listed() -> None:
    report = json.loads(
        run("rules", "check", "hangzhou", "--on-date", "2026-08-01", "--json").stdout
    )
    assert "on_site_limit" in {row["rule_id"] for row in report["to_adopt"]}
    page = run("rules", "check", "hangzhou", "--on-date", "2026-08-01").stdout
    assert "待采用" in page
    assert "on_site_limit" in page


def test_rules_of_an_unknown_area_are_refused() -> None:
    result = run("rules", "check", "atlantis")
    assert result.exit_code == 2
    assert "atlantis" in result.stderr


def test_a_good_plan_is_confirmed(tiny: Path, tmp_path: Path) -> None:
    plan = tmp_path / "plan.json"
    plan.write_text(recommend(tiny, SHOP, "--json").stdout, encoding="utf-8")
    result = run("verify", plan, tiny)
    assert result.exit_code == 0
    assert "confirmed" in result.stdout


def test_a_changed_plan_exits_2_and_names_what_changed(tiny: Path, tmp_path: Path) -> None:
    document = json.loads(recommend(tiny, SHOP, "--json").stdout)
    document["options"][0]["power_flow"]["v_customer_pu"] += 0.01
    plan = tmp_path / "plan.json"
    plan.write_text(json.dumps(document), encoding="utf-8")
    result = run("verify", plan, tiny)
    assert result.exit_code == 2
    assert "v_customer_pu" in result.stderr
    assert not json.loads(run("verify", plan, tiny, "--json").stdout)["confirmed"]


@pytest.mark.parametrize("content", ["{", "[]", '{"schema": "other/1"}'])
def test_what_is_no_plan_is_not_verified(tiny: Path, tmp_path: Path, content: str) -> None:
    plan = tmp_path / "plan.json"
    plan.write_text(content)
    result = run("verify", plan, tiny)
    assert result.exit_code == 2
    assert "plan.json" in result.stderr


def test_serve_names_every_folder_that_holds_no_grid(tmp_path: Path) -> None:
    result = run("serve", "--grid", tmp_path / "one", "--grid", tmp_path / "two")
    assert result.exit_code == 2
    assert "one" in result.stderr
    assert "two" in result.stderr


def test_an_unknown_option_exits_2(tiny: Path) -> None:
    assert run("recommend", tiny, "--kW", "5").exit_code == 2
