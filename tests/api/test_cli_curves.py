from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.api.commands import run
from tests.grid_models.readers.nets import small_net

HEADER = "curve_id,season,quarter_hour,p_pu,q_pu\n"
DAY = "".join(f"居民,夏,{point},0.5,0.4\n" for point in range(96))


@pytest.fixture
def net(tmp_path: Path) -> Path:
    """Return a file of a net whose loads follow the curve 居民."""
    import pandapower

    small = small_net()
    small.load["curve_id"] = "居民"
    pandapower.to_json(small, str(tmp_path / "net.json"))
    return tmp_path / "net.json"


def test_a_grid_is_imported_with_its_curves(net: Path, tmp_path: Path) -> None:
    curves, folder = tmp_path / "curves.csv", tmp_path / "grid"
    curves.write_bytes((HEADER + DAY).encode("gbk"))
    assert run("grid", "import", net, "-o", folder, "--curves", curves).exit_code == 0
    report = json.loads(run("grid", "check", folder, "--json").stdout)
    assert report["counts"]["curves"] == 96
    assert not [problem for problem in report["problems"] if problem["table"] == "curves"]


def test_rows_and_whole_curves_are_judged_at_once_and_nothing_is_written(
    net: Path, tmp_path: Path
) -> None:
    curves, folder = tmp_path / "curves.csv", tmp_path / "grid"
    rows = DAY.replace(",10,0.5,", ",10,-1,").replace("居民,夏,95,0.5,0.4\n", "")
    curves.write_text(HEADER + rows + rows.replace("居民", "民居"), encoding="utf-8")
    result = run("grid", "import", net, "-o", folder, "--curves", curves)
    assert result.exit_code == 2
    for sentence in (
        "curves.csv:12：有功系数 p_pu 为“-1”，应为不小于 0 的数",
        "曲线“居民”夏季只有 95 个时刻，缺 23:45；每个季节应有 96 个点",
        "曲线“民居”没有负荷或电源使用",
    ):
        assert sentence in result.stderr
    assert not folder.exists()


def test_a_missing_file_of_curves_is_named_with_the_other_problems(tmp_path: Path) -> None:
    result = run(
        "grid", "import", tmp_path / "net.json", "-o", tmp_path / "grid",
        "--curves", tmp_path / "curves.csv", "--load-date", "soon",
    )  # fmt: skip
    assert result.exit_code == 2
    for name in ("net.json", "curves.csv", "soon"):
        assert name in result.stderr
