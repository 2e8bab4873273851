"""`supply-plan capacity --node ID --phases 1`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from grid_models.storage import write_grid
from tests.api.commands import ON_DATE, run
from tests.grid_models.samples import edited, tiny_grid
from tests.planner.phased import phased_grid

DAY = [part for option in ON_DATE.items() for part in option]


@pytest.fixture(scope="module")
def phased(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("phased") / "grid"
    write_grid(edited(phased_grid(50.0, 40.0, 10.0), "sources", "source:1", v_pu=0.93), folder)
    return folder


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("plain") / "grid"
    write_grid(tiny_grid(), folder)
    return folder


def asked(folder: Path, *more: str):
    return run("capacity", folder, *DAY, "--node", "bus:6", "--phases", "1", *more)


def test_three_numbers_and_the_best_phase_are_printed(phased: Path) -> None:
    result = asked(phased)
    assert result.exit_code == 0, result.output
    assert "三相不平衡潮流计算" in result.output
    assert all(f"{phase} 相 " in result.output for phase in "ABC")
    assert "宜接 C 相" in result.output


def test_json_says_the_same(phased: Path) -> None:
    found = json.loads(asked(phased, "--json").output)
    assert (found["quality"], found["best_phase"], found["reason"]) == ("unbalanced", "c", None)
    assert [one["phase"] for one in found["by_phase"]] == ["a", "b", "c"]
    assert found["capacity_kva"] == found["by_phase"][2]["capacity_kva"] > 0.0


def test_without_the_data_the_bound_is_named_with_what_is_missing(plain: Path) -> None:
    result = asked(plain)
    assert "无法分相计算" in result.output
    assert "零序阻抗" in result.output
    assert "按保守界限" in result.output


def test_no_more_kw_are_named_than_one_phase_may_supply(phased: Path, plain: Path) -> None:
    """12 kW a customer, however many kVA the phase could carry."""
    for folder in (phased, plain):
        found = json.loads(asked(folder, "--json").output)
        power_kw = 0.95 * found["capacity_kva"]
        assert found["single_phase_limit_kw"] == 12.0
        assert found["largest_kw"] == pytest.approx(min(12.0, power_kw))
        assert (
            f"单相用户最大 12 kW；此处一户最大 {min(12.0, power_kw):.1f} kW" in asked(folder).output
        )


def test_hours_are_refused(phased: Path) -> None:
    result = asked(phased, "--season", "summer")
    assert result.exit_code == 2


def test_two_phases_are_refused(phased: Path) -> None:
    assert run("capacity", phased, *DAY, "--node", "bus:6", "--phases", "2").exit_code == 2


def test_phases_need_a_node(phased: Path) -> None:
    assert run("capacity", phased, *DAY, "--feeders", "--phases", "1").exit_code == 2


def test_a_10_kv_node_has_no_single_phase_supply(plain: Path) -> None:
    result = run("capacity", plain, *DAY, "--node", "bus:3", "--phases", "1")
    assert result.exit_code == 2
    assert "one phase is supplied at low voltage only" in result.stderr
