from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.api.commands import SHOP, recommend, run


def test_a_good_plan_is_confirmed(tiny: Path, tmp_path: Path) -> None:
    plan = tmp_path / "plan.json"
    plan.write_text(recommend(tiny, SHOP, "--json").stdout, encoding="utf-8")
    result = run("verify", plan, tiny, "--json")
    assert result.exit_code == 0
    assert json.loads(result.stdout) == {"confirmed": True, "differences": []}


def test_a_changed_plan_exits_2_and_names_what_changed(tiny: Path, tmp_path: Path) -> None:
    document = json.loads(recommend(tiny, SHOP, "--json").stdout)
    document["options"][0]["power_flow"]["v_customer_pu"] += 0.01
    plan = tmp_path / "plan.json"
    plan.write_text(json.dumps(document), encoding="utf-8")
    result = run("verify", plan, tiny)
    assert result.exit_code == 2
    assert "v_customer_pu" in result.stderr


@pytest.mark.parametrize("content", ["{", "[]", '{"schema": "other/1"}'])
def test_what_is_no_plan_is_not_verified(tiny: Path, tmp_path: Path, content: str) -> None:
    plan = tmp_path / "plan.json"
    plan.write_text(content)
    result = run("verify", plan, tiny)
    assert result.exit_code == 2
    assert "plan.json" in result.stderr


def test_a_plan_that_lacks_a_number_is_not_verified(tiny: Path, tmp_path: Path) -> None:
    document = json.loads(recommend(tiny, SHOP, "--json").stdout)
    del document["options"][0]["power_flow"]["min_v_pu"]
    plan = tmp_path / "plan.json"
    plan.write_text(json.dumps(document), encoding="utf-8")
    result = run("verify", plan, tiny)
    assert result.exit_code == 2
    assert "options.0.power_flow.min_v_pu" in result.stderr
