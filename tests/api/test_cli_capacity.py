"""`supply-plan capacity`: the map in every format, one node explained, promises, bad input."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import openpyxl
import pandas as pd
import pyogrio.raw
import pytest

from grid_models.model import GridModel
from grid_models.storage import write_grid
from planner.capacity import COLUMNS, CapacityQuestion, map_capacities
from planner.rules import load_rule_book
from tests.api.commands import ON_DATE, run
from tests.api.conftest import TODAY
from tests.api.grids import shop_grid
from tests.grid_models.grids import grid_of, line, source

DAY = [part for option in ON_DATE.items() for part in option]


def capacity(folder: Path, *arguments: object):
    return run("capacity", folder, *DAY, *arguments)


@pytest.fixture(scope="module")
def expected() -> pd.DataFrame:
    rules = load_rule_book("demo").on(TODAY)
    return map_capacities(GridModel.of(shop_grid()), rules, CapacityQuestion(power_factor=0.95))


def test_parquet_holds_the_contracts_columns_and_every_digit(tiny, tmp_path, expected) -> None:
    result = capacity(tiny, "-o", tmp_path / "map.parquet")
    assert result.exit_code == 0, result.output
    written = pd.read_parquet(tmp_path / "map.parquet")
    assert tuple(written.columns) == COLUMNS
    pd.testing.assert_frame_equal(written, expected, check_exact=True)


def test_csv_is_read_by_a_chinese_spreadsheet(tiny, tmp_path, expected) -> None:
    capacity(tiny, "-o", tmp_path / "map.csv")
    content = (tmp_path / "map.csv").read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    written = pd.read_csv(tmp_path / "map.csv", keep_default_na=False)
    assert list(written["node_id"]) == list(expected["node_id"])
    assert "inf" in set(written["hosting_capacity_kva"].astype(str))


def test_excel_holds_one_row_a_node_below_its_header(tiny, tmp_path, expected) -> None:
    capacity(tiny, "-o", tmp_path / "map.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "map.xlsx").active
    assert [cell.value for cell in sheet[1]] == list(COLUMNS)
    assert sheet.max_row == 1 + len(expected)


def test_a_geopackage_holds_points_and_their_style(tiny, tmp_path, expected) -> None:
    path = tmp_path / "map.gpkg"
    capacity(tiny, "-o", path)
    info, _, shapes, fields = pyogrio.raw.read(path, layer="capacity")
    assert (info["geometry_type"], info["crs"], len(shapes)) == (
        "Point",
        "EPSG:4490",
        len(expected),
    )
    assert tuple(info["fields"]) == COLUMNS
    with sqlite3.connect(path) as database:
        ((name, style),) = database.execute("SELECT f_table_name, styleQML FROM layer_styles")
    database.close()
    assert name == "capacity"
    assert "hosting_capacity_kva" in style
    assert len(fields) == len(COLUMNS)


def test_geojson_is_valid_json_with_infinity_as_text(tiny, tmp_path) -> None:
    capacity(tiny, "-o", tmp_path / "map.geojson")

    def refuse(name: str) -> None:
        raise AssertionError(name)

    text = (tmp_path / "map.geojson").read_text(encoding="utf-8")
    features = json.loads(text, parse_constant=refuse)["features"]
    numbers = {feature["properties"]["hosting_capacity_kva"] for feature in features}
    assert "inf" in numbers
    assert any(isinstance(number, float) for number in numbers)


def test_a_promise_lowers_what_is_free_and_not_what_is_open(tiny, tmp_path, expected) -> None:
    board = str(expected.loc[expected["kv"] < 1.0, "node_id"].iloc[0])
    promises = tmp_path / "promises.csv"
    promises.write_text(f"commitment_id,node_id,s_kva\nP1,{board},50\n", encoding="gb18030")
    result = capacity(tiny, "-o", tmp_path / "map.parquet", "--with-commitments", promises)
    assert result.exit_code == 0, result.output
    row = pd.read_parquet(tmp_path / "map.parquet").set_index("node_id").loc[board]
    before = expected.set_index("node_id").loc[board]
    assert row["open_capacity_kva"] == before["open_capacity_kva"]
    assert row["free_after_promises_kva"] == pytest.approx(
        before["free_after_promises_kva"] - 50.0, abs=1e-9
    )
    assert row["hosting_capacity_kva"] < before["hosting_capacity_kva"] - 49.0


def test_an_expired_promise_is_refused_with_its_line(tiny, tmp_path, expected) -> None:
    board = str(expected.loc[expected["kv"] < 1.0, "node_id"].iloc[0])
    promises = tmp_path / "promises.csv"
    promises.write_text(
        f"commitment_id,node_id,s_kva,expires_on\nP1,{board},50,2026-07-31\n", encoding="utf-8"
    )
    result = capacity(tiny, "-o", tmp_path / "map.parquet", "--with-commitments", promises)
    assert result.exit_code == 2
    assert "2026-07-31" in result.output
    assert "该承诺已过期" in result.output
    assert not (tmp_path / "map.parquet").exists()


def test_one_node_is_explained_element_by_element(tiny, expected) -> None:
    node = expected.loc[expected["kv"] < 1.0].iloc[-1]
    result = capacity(tiny, "--node", node["node_id"], "--json")
    assert result.exit_code == 0, result.output
    document = json.loads(result.stdout)
    assert document["open_capacity_kva"] == node["open_capacity_kva"]
    least = min(document["way"], key=lambda element: element["open_kva"])
    assert least["element_id"] == node["open_binding_id"]
    assert least["open_kva"] == node["free_after_promises_kva"]


def test_the_explanation_is_a_readable_page(tiny, expected) -> None:
    node = expected.loc[expected["kv"] < 1.0].iloc[-1]
    result = capacity(tiny, "--node", node["node_id"])
    assert "可开放容量" in result.stdout
    assert "已承诺 kVA" in result.stdout


def test_a_nodes_short_circuit_currents_are_shown(tiny, expected) -> None:
    """The tiny grid's source states its greatest strength and nothing else."""
    node = expected.loc[expected["kv"] < 1.0].iloc[-1]
    result = capacity(tiny, "--node", node["node_id"], "--json")
    found = json.loads(result.stdout)["short_circuit"]
    assert 0.1 < found["max_ka"] < 100.0
    assert (found["max_is_bound"], found["min_ka"]) == (True, None)
    page = capacity(tiny, "--node", node["node_id"]).stdout
    assert f"三相短路电流 最大 不超过 {found['max_ka']:.2f} kA，最小 未知" in page


def test_a_source_that_states_all_gives_both_currents(store) -> None:
    grid = shop_grid()
    feed = {"short_circuit_r_x": 0.1, "short_circuit_min_mva": 900.0, "short_circuit_min_r_x": 0.1}
    folder = store(grid.with_tables(sources=grid.sources.assign(**feed)))
    result = capacity(folder, "--node", grid.sources["node"].iloc[0], "--json")
    found = json.loads(result.stdout)["short_circuit"]
    kv = grid.nodes["vn_kv"].loc[grid.sources["node"].iloc[0]]
    assert found["min_ka"] == pytest.approx(900.0 / (3**0.5 * kv))
    assert found["max_ka"] == pytest.approx(2000.0 / (3**0.5 * kv))
    assert not found["max_is_bound"]


@pytest.fixture(scope="module")
def ringed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a ring of three lines."""
    folder = tmp_path_factory.mktemp("grids") / "ring"
    ends = {"SA": ("S", "A"), "AB": ("A", "B"), "BS": ("B", "S")}
    lines = {name: line(*nodes) for name, nodes in ends.items()}
    write_grid(
        grid_of(dict.fromkeys("SAB", 10.0), lines=lines, sources={"grid": source("S")}), folder
    )
    return folder


def test_a_ring_has_numbers_like_any_other_part(ringed, tmp_path) -> None:
    result = capacity(ringed, "-o", tmp_path / "map.parquet")
    assert result.exit_code == 0, result.output
    written = pd.read_parquet(tmp_path / "map.parquet")
    assert set(written["quality"]) == {"full_ac"}
    assert (written["hosting_capacity_kva"] > 0.0).all()


def test_a_node_of_a_ring_is_explained_without_a_way(ringed) -> None:
    document = json.loads(capacity(ringed, "--node", "A", "--json").stdout)
    assert document["hosting_binding_id"] == "SA"
    assert document["way"] == []
    assert "闭环或多电源部分" in capacity(ringed, "--node", "A").stdout


def test_feeders_are_listed_with_what_takes_them_over(tiny) -> None:
    result = capacity(tiny, "--feeders", "--json")
    assert result.exit_code == 0, result.output
    loaded, empty = json.loads(result.stdout)["feeders"]
    assert (loaded["pattern"], loaded["tie_count"]) == ("single_ring", 1)
    assert (loaded["is_n_minus_1"], loaded["take_over"]) == (True, [empty["feeder_id"]])
    assert loaded["transferable_kva"] >= loaded["load_kva"]


def test_the_list_of_feeders_is_a_readable_table(tiny) -> None:
    shown = capacity(tiny, "--feeders").stdout
    assert "单环网" in shown
    assert "主变" in shown


def test_nothing_that_exists_is_replaced_without_force(tiny, tmp_path) -> None:
    target = tmp_path / "map.csv"
    target.write_text("mine", encoding="utf-8")
    result = capacity(tiny, "-o", target)
    assert result.exit_code == 2
    assert "--force" in result.stderr
    assert target.read_text(encoding="utf-8") == "mine"


def test_every_problem_is_named_at_once_and_nothing_is_written(tiny, tmp_path) -> None:
    promises = tmp_path / "promises.csv"
    promises.write_text("commitment_id,node_id,s_kva\nP1,nowhere,-5\n", encoding="utf-8")
    result = capacity(
        tiny, "-o", tmp_path / "map.txt", "--with-commitments", promises, "--power-factor", "1.5",
        "--area", "atlantis",
    )  # fmt: skip
    assert result.exit_code == 2
    for word in ('"nowhere"', '"-5"', '"1.5"', "atlantis", '".txt"'):
        assert word in result.stderr, word
    assert sorted(path.name for path in tmp_path.iterdir()) == ["promises.csv"]


def test_an_unknown_node_is_named(tiny) -> None:
    result = capacity(tiny, "--node", "bus:none")
    assert result.exit_code == 2
    assert 'node is "bus:none"' in result.stderr


def test_the_command_wants_a_file_or_a_node(tiny) -> None:
    assert capacity(tiny).exit_code == 2


def test_hours_of_a_grid_without_curves_cannot_be_chosen(tiny, tmp_path) -> None:
    result = capacity(tiny, "-o", tmp_path / "map.csv", "--all-hours")
    assert result.exit_code == 2
    assert "has no load curves" in result.stderr


def test_an_hour_that_is_no_quarter_is_named(tiny, tmp_path) -> None:
    result = capacity(tiny, "-o", tmp_path / "map.csv", "--hour", "18:31", "--season", "monsoon")
    assert result.exit_code == 2
    assert '"18:31"' in result.stderr
    assert '"monsoon"' in result.stderr


def loads_file(folder: Path, *rows: str) -> Path:
    path = folder / "loads.csv"
    path.write_text("\n".join(["commitment_id,node_id,s_kva", *rows]), encoding="gb18030")
    return path


def test_loads_that_each_fit_are_refused_together(tiny, tmp_path, expected) -> None:
    boards = expected.loc[(expected["kv"] < 1.0) & (expected["hosting_capacity_kva"] > 0.0)]
    board = boards.iloc[0]
    kva = 0.7 * board["hosting_capacity_kva"]
    rows = [f"P{k},{board['node_id']},{kva}" for k in (1, 2)]
    one, both = (
        json.loads(
            capacity(tiny, "--together", loads_file(tmp_path, *rows[:count]), "--json").stdout
        )
        for count in (1, 2)
    )
    assert one[0]["fits"] is True
    assert both[0]["fits"] is False
    assert both[0]["share"] * 2.0 * kva == pytest.approx(board["hosting_capacity_kva"], rel=1e-4)
    assert both[0]["binding_id"] == board["hosting_binding_id"]
    assert both[0]["load_ids"] == ["P1", "P2"]


def test_what_is_promised_counts_when_loads_are_checked_together(tiny, tmp_path, expected) -> None:
    board = expected.loc[expected["hosting_capacity_kva"] > 0.0].iloc[-1]
    file = loads_file(tmp_path, f"P1,{board['node_id']},{0.7 * board['hosting_capacity_kva']}")
    result = capacity(tiny, "--together", file, "--with-commitments", file)
    assert result.exit_code == 0, result.output
    assert "不可" in result.stdout


def test_loads_at_unknown_nodes_are_refused(tiny, tmp_path) -> None:
    result = capacity(tiny, "--together", loads_file(tmp_path, "P1,no-such,10"))
    assert result.exit_code == 2
    assert "no-such" in result.output


def test_one_question_at_a_time(tiny, tmp_path) -> None:
    result = capacity(tiny, "--together", loads_file(tmp_path, "P1,x,10"), "--feeders")
    assert result.exit_code == 2
    assert "--together" in result.output


def test_a_tree_without_a_solution_is_named_and_the_others_answer(store, tmp_path) -> None:
    load = {"p_kw": 5_000.0, "q_kvar": 0.0}
    far = {"r_ohm_per_km": 20.0, "x_ohm_per_km": 0.0, "c_nf_per_km": 0.0}
    grid = grid_of(
        dict.fromkeys("ABCD", 10.0),
        lines={
            "good": line("A", "B", 1_000.0, ampacity_a=300.0),
            "hopeless": line("C", "D", 1_000.0, ampacity_a=300.0) | far,
        },
        loads={"at B": {"node": "B", "p_kw": 100.0}, "at D": {"node": "D"} | load},
        sources={"north": source("A"), "south": source("C")},
    )
    result = capacity(store(grid), "-o", tmp_path / "map.parquet")
    assert result.exit_code == 0, result.output
    assert "潮流无解的电源树：south" in result.stdout
    found = pd.read_parquet(tmp_path / "map.parquet").set_index("node_id")
    assert found.loc["B", "hosting_capacity_kva"] > 0.0
    assert found.loc["D", "quality"] == "unknown"


def test_a_typed_power_factor_counts_for_loads_that_state_none(tiny, tmp_path, expected) -> None:
    board = expected.loc[(expected["kv"] < 1.0) & (expected["hosting_capacity_kva"] > 0.0)].iloc[0]
    file = loads_file(tmp_path, f"P1,{board['node_id']},100")
    unity, poor = (
        json.loads(capacity(tiny, "--together", file, "--power-factor", pf, "--json").stdout)
        for pf in ("1.0", "0.7")
    )
    assert unity[0]["share"] != poor[0]["share"]


def test_a_file_without_loads_is_refused(tiny, tmp_path) -> None:
    result = capacity(tiny, "--together", loads_file(tmp_path))
    assert result.exit_code == 2
    assert "没有负荷" in result.output


def test_feeders_count_what_is_promised(tiny, tmp_path, expected) -> None:
    feeder, _ = json.loads(capacity(tiny, "--feeders", "--json").stdout)["feeders"]
    board = expected.loc[expected["kv"] < 1.0, "node_id"].iloc[0]
    file = loads_file(tmp_path, f"P1,{board},300")
    result = capacity(tiny, "--feeders", "--json", "--with-commitments", file)
    assert result.exit_code == 0, result.output
    after, _ = json.loads(result.stdout)["feeders"]
    assert after["load_kva"] != feeder["load_kva"]


def test_feeders_are_not_asked_about_hours(tiny) -> None:
    result = capacity(tiny, "--feeders", "--all-hours")
    assert result.exit_code == 2
    assert "--feeders" in result.output


def test_what_nothing_binds_is_said_to_be_without_limit(tiny, expected) -> None:
    free = expected.loc[expected["hosting_capacity_kva"] == float("inf"), "node_id"].iloc[0]
    shown = capacity(tiny, "--node", free).stdout
    assert "可承载容量 不限 kVA" in shown
    assert "inf" not in shown


def test_a_node_without_a_solution_is_unknown(store) -> None:
    grid = grid_of(
        {"C": 10.0, "D": 10.0},
        lines={"hopeless": line("C", "D", 1_000.0, ampacity_a=300.0, r_ohm_per_km=20.0)},
        loads={"at D": {"node": "D", "p_kw": 5_000.0}},
        sources={"south": source("C")},
    )
    shown = capacity(store(grid), "--node", "D").stdout
    assert "未知（潮流无解）" in shown
    assert "nan" not in shown


def test_a_promise_where_nothing_is_supplied_is_named(store, tmp_path) -> None:
    grid = grid_of(
        {"A": 10.0, "B": 10.0, "island": 10.0},
        lines={"L": line("A", "B", 1_000.0, ampacity_a=300.0)},
        loads={"at B": {"node": "B", "p_kw": 100.0}},
        sources={"grid": source("A")},
    )
    file = loads_file(tmp_path, "P1,island,500")
    result = capacity(store(grid), "--node", "B", "--with-commitments", file)
    assert result.exit_code == 0
    assert "P1（island）" in result.stderr
