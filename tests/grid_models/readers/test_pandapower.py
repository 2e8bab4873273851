import json
import random
import sys

import pandapower as pp
import pytest

from grid_models.errors import InputError, MissingExtraError
from grid_models.readers.pandapower import (
    read_pandapower,
    read_pandapower_file,
    read_pandapower_network,
)
from tests.grid_models.readers.nets import read, small_net


@pytest.fixture
def net_file(tmp_path):
    path = tmp_path / "north.json"
    pp.to_json(small_net(), str(path))
    return path


def refused(path):
    with pytest.raises(InputError) as caught:
        read_pandapower_file(path)
    (problem,) = caught.value.problems
    assert path.name in problem.zh
    assert str(path.parent) not in problem.zh + problem.en
    return problem.en


def test_a_file_gives_the_grid_of_the_net_it_was_written_from(net_file):
    grid, expected = read_pandapower_file(net_file), read(small_net())
    for name, rows in expected.tables().items():
        assert grid.tables()[name].equals(rows), name


def test_the_source_is_the_files_name_and_never_its_path(net_file):
    metadata = read_pandapower_file(net_file).metadata
    assert (metadata.name, metadata.source) == ("north", "north.json")


def test_the_same_file_has_the_same_version(net_file):
    assert read_pandapower_file(net_file).version == read_pandapower_file(net_file).version


def test_the_frequency_is_the_nets():
    net = small_net()
    net.f_hz = 60.0
    assert read(net).metadata.frequency_hz == 60.0


def test_a_missing_file_is_refused(tmp_path):
    assert refused(tmp_path / "none.json") == "there is no file none.json"


def test_a_folder_is_refused(tmp_path):
    folder = tmp_path / "grids.json"
    folder.mkdir()
    assert refused(folder).startswith("cannot read grids.json")


def test_a_truncated_file_is_refused(net_file):
    net_file.write_text(net_file.read_text()[:2000])
    assert "the file is cut short" in refused(net_file)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"bus,vn_kv\n1,10\n", "no JSON at line 1"),
        (b"", "no JSON at line 1"),
        (b"\xff\xfe\x00", "neither UTF-8 nor GBK"),
        (b"[1, 2]", "its JSON is something else"),
        (b'{"type": "FeatureCollection", "features": []}', "its JSON is something else"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"bus": 3}', "bus is no table"),
        (b'{"_module": "os", "_class": "system", "bus": "true"}', "holds no usable pandapower net"),
    ],
)
def test_a_file_that_is_no_net_is_refused(tmp_path, content, reason):
    path = tmp_path / "grid.json"
    path.write_bytes(content)
    assert reason in refused(path)


def test_a_net_without_buses_is_refused():
    with pytest.raises(InputError, match=r"small\.json cannot be used: it has no buses"):
        read(pp.create_empty_network())


def test_every_fault_of_a_net_is_named_at_once():
    net = small_net()
    net.line = net.line.drop(columns="to_bus")
    net.load["bus"] = [3.0, float("nan")]
    net.bus = net.bus.rename(index={6: 5})
    with pytest.raises(InputError) as caught:
        read(net)
    texts = " / ".join(problem.en for problem in caught.value.problems)
    assert "table line has no column to_bus" in texts
    assert "bus is no number: load:1" in texts
    assert "numbers are used twice: bus:5" in texts


def test_tables_a_net_does_not_have_are_empty():
    net = {name: table for name, table in small_net().items() if name not in ("motor", "ward")}
    assert len(read_pandapower(net, "small", "small.json").loads) == 2


@pytest.mark.parametrize(
    ("name", "buses"),
    [
        ("create_cigre_network_mv", 15),
        ("cigre_mv", 15),
        ("cigre_lv", 44),
        ("kerber_landnetz_freileitung_1", 15),
        ("simple_mv_open_ring_net", 7),
    ],
)
def test_a_network_goes_by_its_full_and_its_short_name(name, buses):
    grid = read_pandapower_network(name)
    assert len(grid.nodes) == buses
    assert (grid.metadata.name, grid.metadata.source) == (name, f"pandapower:{name}")


def test_a_network_drawn_at_random_is_the_same_each_time():
    random.seed(1)
    first = read_pandapower_network("kerber_vorstadtnetz_kabel_1")
    random.seed(2)
    state = random.getstate()
    assert read_pandapower_network("kerber_vorstadtnetz_kabel_1").version == first.version
    assert random.getstate() == state


def test_an_unknown_network_is_refused_with_names_like_it():
    with pytest.raises(InputError, match="no network named 'mv_oberhein'; did you mean mv_oberr"):
        read_pandapower_network("mv_oberhein")


@pytest.mark.parametrize(
    "name", ["__doc__", "os", "from_json", "create_bus", "sorted_from_json", "pp_dir", ""]
)
def test_nothing_but_networks_can_be_reached(name):
    with pytest.raises(InputError):
        read_pandapower_network(name)


def test_without_pandapower_the_extra_is_named(monkeypatch, net_file):
    monkeypatch.setitem(sys.modules, "pandapower", None)
    with pytest.raises(MissingExtraError, match="'pandapower'"):
        read_pandapower_file(net_file)


def test_a_file_of_an_older_pandapower_is_read(tmp_path):
    path = tmp_path / "old.json"
    pp.to_json(small_net(), str(path))
    document = json.loads(path.read_text())
    document["_object"]["version"] = document["_object"]["format_version"] = "2.14.0"
    path.write_text(json.dumps(document))
    assert len(read_pandapower_file(path).lines) == 3
