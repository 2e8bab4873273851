from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from api.exit_codes import Commands
from planner.intake import FIELDS
from tests.api.commands import SHOP, recommend, run
from tests.api.conftest import StoreGrid
from tests.api.grids import shop_grid

HEAVY = ("numpy", "pandas", "numba", "fastapi", "pyproj", "pandapower", "shapely", "uvicorn")


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


def test_serve_names_every_folder_that_holds_no_grid(tmp_path: Path) -> None:
    result = run("serve", "--grid", tmp_path / "one", "--grid", tmp_path / "two")
    assert result.exit_code == 2
    assert "one" in result.stderr
    assert "two" in result.stderr


def test_an_unknown_option_exits_2(tiny: Path) -> None:
    assert run("recommend", tiny, "--kW", "5").exit_code == 2


def broken() -> typer.Typer:
    app = typer.Typer(cls=Commands)

    @app.command()
    def divide() -> None:
        raise ZeroDivisionError("by nothing")

    @app.command()
    def stop() -> None:
        raise typer.Exit(7)

    return app


def test_a_fault_of_ours_exits_1_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SUPPLY_PLAN_DEBUG", raising=False)
    result = CliRunner().invoke(broken(), ["divide"])
    assert result.exit_code == 1
    assert result.stderr.splitlines() == [
        "程序内部错误 / a fault of ours: ZeroDivisionError: by nothing"
    ]


def test_a_fault_of_ours_shows_where_when_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUPPLY_PLAN_DEBUG", "1")
    assert isinstance(CliRunner().invoke(broken(), ["divide"]).exception, ZeroDivisionError)


def test_a_command_may_end_with_its_own_code() -> None:
    assert CliRunner().invoke(broken(), ["stop"]).exit_code == 7


def test_a_path_longer_than_any_file_may_have_is_bad_input(tmp_path: Path, tiny: Path) -> None:
    long = tmp_path / ("a" * 300)
    for arguments in (
        ("grid", "import", long, "-o", tmp_path / "grid"),
        ("grid", "import", f"{long}.json", "-o", tmp_path / "grid"),
        ("grid", "check", long),
        ("recommend", long, "--at", "120,30", "--kw", "5"),
        ("verify", long, long),
        ("serve", "--grid", long),
        ("capacity", long, "--feeders"),
        ("capacity", tiny, "-o", f"{long}.csv"),
        ("recommend", tiny, "--at", "120,30", "--kw", "5", "--commitments", long),
        ("grid", "synthesize", "-o", long, "--nodes", "300", "--seed", "1"),
    ):
        result = run(*arguments)
        assert result.exit_code == 2, (arguments, result.output)
        assert "aaa" in result.stderr


def test_refusals_print_no_control_characters(tmp_path: Path) -> None:
    result = run("grid", "import", tmp_path / "\x1b[31m.json", "-o", tmp_path / "grid")
    assert result.exit_code == 2
    assert "\x1b" not in result.stderr
