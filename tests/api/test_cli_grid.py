from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.api.commands import recommend, run
from tests.api.conftest import StoreGrid
from tests.api.grids import shop_grid


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
        "grid", "import", "pandapower:mv_oberrhein", "-o", folder, "--assume", "laying=overhead"
    )
    assert result.exit_code == 2
    assert "laying" in result.stderr
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
