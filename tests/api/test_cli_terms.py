"""A company's own price list and calendar on the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.api.commands import SHOP, recommend, run

HEAD = "code,unit,p15,p50,p85,price_year,scope_zh,source"
CABLE = "lv_line_cable,CNY/km,100000,200000,400000,2025,含敷设,公司 2025 年招标价"
METER = "metering_low_low,CNY/set,500,1000,2000,2025,表箱,公司 2025 年招标价"
DAYS_2027 = [
    "2027-01-01,holiday", "2027-02-05,holiday", "2027-05-01,holiday", "2027-10-01,holiday",
    "2027-10-02,holiday", "2027-10-03,holiday",
]  # fmt: skip


@pytest.fixture
def prices(tmp_path: Path) -> Path:
    return write(tmp_path / "prices.csv", HEAD, CABLE, METER)


def write(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def plan_of(folder: Path, **options: object) -> dict[str, Any]:
    given = {f"--{name.replace('_', '-')}": str(value) for name, value in options.items()}
    result = recommend(folder, SHOP | given, "--json")
    assert result.exit_code == 0, result.output
    document: dict[str, Any] = json.loads(result.stdout)
    return document


def test_a_company_s_prices_are_the_ones_that_count(tiny: Path, prices: Path) -> None:
    plan = plan_of(tiny, prices=prices)
    option = plan["options"][0]
    route_km = option["sources"][0]["route"]["length_m"] / 1000.0
    circuits = option["sources"][0]["conductor"]["parallel"]
    assert option["cost"]["p50"] == pytest.approx(200_000 * route_km * circuits + 1_000)
    assert option["cost"]["unpriced"] == []
    assert plan["prices"]["name"] == "prices.csv"


def test_the_name_of_the_price_list_stands_in_the_plan_and_in_its_id(
    tiny: Path, prices: Path, tmp_path: Path
) -> None:
    renamed = write(tmp_path / "bids.csv", HEAD, CABLE, METER)
    first, second = plan_of(tiny, prices=prices), plan_of(tiny, prices=renamed)
    assert (first["prices"]["name"], second["prices"]["name"]) == ("prices.csv", "bids.csv")
    assert first["plan_id"] != second["plan_id"]


def test_the_plan_is_another_one_with_other_prices(tiny: Path, prices: Path) -> None:
    assert plan_of(tiny)["plan_id"] != plan_of(tiny, prices=prices)["plan_id"]


def test_an_item_the_list_lacks_is_named_and_never_nothing(tiny: Path, tmp_path: Path) -> None:
    short = write(tmp_path / "short.csv", HEAD, METER)
    cost = plan_of(tiny, prices=short)["options"][0]["cost"]
    (missing,) = cost["unpriced"]
    assert missing.startswith("YJV22")
    assert cost["p50"] == 1_000.0
    assert "short.csv" in cost["notes"][0]["zh"]
    page = recommend(tiny, SHOP | {"--prices": str(short)}).stdout
    assert "无价格" in page
    assert "造价合计未含这些项目" in page.replace("\n", "")


def test_everything_wrong_with_price_list_and_application_is_said_at_once(
    tiny: Path, tmp_path: Path
) -> None:
    bad = write(tmp_path / "bad.csv", HEAD, CABLE.replace("100000", "300000"), "bus,,1,2,3,,,")
    result = recommend(tiny, SHOP | {"--prices": str(bad), "--kw": "-1"})
    assert result.exit_code == 2
    assert result.stdout == ""
    said = result.stderr
    assert 'bad.csv:2: p15 is "300000, 200000, 400000"' in said
    assert 'bad.csv:3: code is "bus"' in said
    assert "bad.csv:3: price_year is missing" in said
    assert 'kw is "-1"' in said


def test_a_price_list_without_a_column_is_refused(tiny: Path, tmp_path: Path) -> None:
    bad = write(tmp_path / "bad.csv", "code,unit,p50", "bay_use,CNY/set,1")
    result = recommend(tiny, SHOP | {"--prices": str(bad)})
    assert result.exit_code == 2
    assert "file bad.csv lacks the column p15" in result.stderr


def test_a_calendar_file_gives_dates_beyond_the_library(tiny: Path, tmp_path: Path) -> None:
    late = {"on_date": "2026-12-28"}
    assert plan_of(tiny, **late)["options"][0]["schedule"]["due_date"] is None
    days = [f"{line},国办发明电〔2026〕1号" for line in DAYS_2027]
    calendar = write(tmp_path / "days.csv", "date,kind,source", *days)
    # 29 | 30 31, 4 January (Monday) | 5 6
    schedule = plan_of(tiny, **late, calendar=calendar)["options"][0]["schedule"]
    assert schedule["due_date"] == "2027-01-06"
    assert schedule["calendar_unknown"] is False


def test_a_plan_is_confirmed_with_the_prices_it_was_made_with(
    tiny: Path, prices: Path, tmp_path: Path
) -> None:
    plan = tmp_path / "plan.json"
    plan.write_text(json.dumps(plan_of(tiny, prices=prices)), encoding="utf-8")
    assert run("verify", plan, tiny, "--prices", prices).exit_code == 0
    other = run("verify", plan, tiny)
    assert other.exit_code == 2
    assert "prices.name" in other.stderr


def test_a_temporary_supply_for_ten_years_is_refused_with_a_next_step(tiny: Path) -> None:
    asked = {"--business": "temporary", "--until-date": "2036-08-01"}
    result = recommend(tiny, SHOP | asked)
    assert result.exit_code == 2
    assert "临时用电最长 36 个月" in result.stderr
    assert "apply for a permanent one" in result.stderr


def test_serve_names_what_is_wrong_with_its_price_list(tiny: Path, tmp_path: Path) -> None:
    bad = write(tmp_path / "bad.csv", HEAD, CABLE.replace("CNY/km", "CNY/m"))
    result = run("serve", "--grid", tiny, "--prices", bad)
    assert result.exit_code == 2
    assert 'unit is "CNY/m"' in result.stderr


@pytest.mark.parametrize("order", ["cost", "time"])
def test_every_order_gives_a_comparison_of_all_options(tiny: Path, order: str) -> None:
    plan = plan_of(tiny, order=order)
    assert [row["rank"] for row in plan["comparison"]] == [o["rank"] for o in plan["options"]]
