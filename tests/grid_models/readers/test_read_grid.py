from datetime import date
from pathlib import Path

import pandapower as pp
import pytest

from grid_models.errors import InputError
from grid_models.readers import read_grid
from tests.grid_models.readers.nets import small_net


@pytest.fixture
def net_file(tmp_path):
    path = tmp_path / "north.json"
    pp.to_json(small_net(), str(path))
    return str(path)


def refused(source, **options):
    with pytest.raises(InputError) as caught:
        read_grid(source, **options)
    return {problem.field: problem.en for problem in caught.value.problems}


def test_a_json_file_is_read_as_pandapower(net_file):
    assert read_grid(net_file).metadata.source == "north.json"


def test_a_file_of_another_ending_needs_its_format(net_file):
    path = Path(net_file).rename(Path(net_file).with_suffix(".net"))
    assert "the format of north.net is unknown" in refused(str(path))["--format"]
    assert len(read_grid(str(path), file_format="pandapower").nodes) == 7


def test_an_unknown_format_is_refused(net_file):
    assert "it is one of: pandapower" in refused(net_file, file_format="excel")["--format"]


def test_a_network_has_no_other_format():
    problems = refused("pandapower:cigre_mv", file_format="excel")
    assert problems["--format"].startswith("pandapower:cigre_mv is a pandapower network")


def test_a_missing_file_is_refused_whatever_its_ending(tmp_path):
    assert refused(str(tmp_path / "north.gpkg")) == {"north.gpkg": "there is no file north.gpkg"}


def test_a_network_is_read_by_its_name():
    assert len(read_grid("pandapower:cigre_mv").nodes) == 15


def test_an_unknown_code_is_refused():
    assert "no network named '1-MV-none'" in refused("simbench:1-MV-none")["source"]


def test_dates_and_area_stand_in_the_metadata(net_file):
    metadata = read_grid(
        net_file, load_date=date(2026, 7, 1), topology_date=date(2026, 10, 1), area="hangzhou"
    ).metadata
    assert metadata.load_date == date(2026, 7, 1)
    assert metadata.topology_date == date(2026, 10, 1)
    assert metadata.area == "hangzhou"


def test_unless_stated_dates_are_unknown_and_the_area_is_the_example(net_file):
    metadata = read_grid(net_file).metadata
    assert (metadata.load_date, metadata.topology_date, metadata.area) == (None, None, "demo")


def test_assumptions_and_relocation_are_carried_out_and_written_down(net_file):
    grid = read_grid(net_file, assume=["spare_bays=1"], relocate=(118.0, 29.5))
    assert list(grid.bays.index) == ["bus:3/bay:1"]
    assert grid.metadata.assumptions == {"spare_bays": "1"}
    assert grid.metadata.relocation["to_lon"] == 118.0
    assert grid.metadata.projected_epsg == 4548


@pytest.mark.parametrize("crs", [4490, "4490", "EPSG:4490", " epsg:4490 "])
def test_a_coordinate_system_may_be_written_with_or_without_epsg(net_file, crs):
    assert read_grid(net_file, crs=crs).nodes["lon"].iloc[0] == pytest.approx(120.15)


@pytest.mark.parametrize("crs", ["Gauss", "EPSG:", "EPSG:-1", ""])
def test_what_is_no_coordinate_system_is_refused(net_file, crs):
    assert "give EPSG:code" in refused(net_file, crs=crs)["--crs"]


def test_everything_that_is_wrong_is_said_at_once(tmp_path):
    problems = refused(
        str(tmp_path / "none.json"),
        crs="EPSG:999999",
        assume=["owner=public"],
        relocate=(30.28, 120.15),
    )
    assert set(problems) == {"none.json", "crs", "--assume", "--relocate"}


def test_a_contradiction_and_missing_coordinates_are_said_together(tmp_path):
    net = small_net()
    net.bus["geo"] = None
    pp.to_json(net, str(tmp_path / "bare.json"))
    problems = refused(
        str(tmp_path / "bare.json"), assume=["laying=cable"], relocate=(120.15, 30.28)
    )
    assert set(problems) == {"--assume", "--relocate"}
