import json
import sys
from pathlib import Path

import numpy as np
import pandapower as pp
import pytest

from grid_models.errors import InputError
from grid_models.readers.pandapower import read_pandapower_file
from tests.grid_models.readers.nets import small_net


@pytest.fixture
def document():
    return json.loads(pp.to_json(small_net()))


@pytest.fixture
def trap(tmp_path, monkeypatch):
    """A module whose import would be seen."""
    (tmp_path / "sprung_trap.py").write_text("x = print\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    yield "sprung_trap"
    sys.modules.pop("sprung_trap", None)


def written(tmp_path, document, **options):
    path = tmp_path / "net.json"
    path.write_text(json.dumps(document, **options), encoding="utf-8")
    return path


def refused(path):
    with pytest.raises(InputError) as caught:
        read_pandapower_file(path)
    (problem,) = caught.value.problems
    assert path.name in problem.zh
    return problem.en


def with_cell(document, value):
    bus = document["_object"]["bus"]
    table = json.loads(bus["_object"])
    table["data"][0][table["columns"].index("name")] = value
    bus["_object"] = json.dumps(table)
    return document


def called(name):
    return {"_module": name, "_class": "x", "_object": "1"}


def test_a_module_named_by_a_file_is_not_imported(tmp_path, document, trap):
    document["_object"]["more"] = called(trap)
    assert "asks to load 'sprung_trap.x'" in refused(written(tmp_path, document))
    assert trap not in sys.modules


def test_a_module_named_in_a_cell_of_a_table_is_not_imported(tmp_path, document, trap):
    path = written(tmp_path, with_cell(document, called(trap)))
    assert "asks to load 'sprung_trap.x'" in refused(path)
    assert trap not in sys.modules


def test_a_module_named_in_a_text_in_a_text_is_not_imported(tmp_path, document, trap):
    inner = {
        "_module": "pandapower.auxiliary",
        "_class": "pandapowerNet",
        "_object": json.dumps({"a": called(trap)}),
    }
    document["_object"]["more"] = {
        "_module": "pandapower.control.basic_controller",
        "_class": "Controller",
        "_object": " " + json.dumps({"net2": inner}),
    }
    assert "asks to load 'sprung_trap.x'" in refused(written(tmp_path, document))
    assert trap not in sys.modules


def test_a_module_given_twice_is_not_imported(tmp_path, document, trap):
    text = json.dumps(document)
    more = f'{{"_module": "{trap}", "_module": "numpy", "_class": "array", "_object": [1]}}'
    path = tmp_path / "net.json"
    path.write_text(text.replace('"_object": {', f'"_object": {{"more": {more}, ', 1))
    assert "asks to load 'sprung_trap.array'" in refused(path)


@pytest.mark.parametrize(
    ("module", "kind"),
    [
        ("os", "function"),
        ("pandas", "read_pickle"),
        ("numpy", "void"),
        ("builtins", "eval"),
        ("pandapower.run", "function"),
        ("pandapower.control.basic_controller", "copy"),
        ("pandapower.control..os", "Path"),
        (["pandas"], "DataFrame"),
        ("pandas", {"a": 1}),
    ],
)
def test_what_is_no_part_of_a_net_is_refused(tmp_path, document, module, kind):
    document["_object"]["more"] = {"_module": module, "_class": kind, "_object": "1"}
    assert "asks to load" in refused(written(tmp_path, document))


@pytest.mark.parametrize("kind", ["DataFrame", "Series"])
@pytest.mark.parametrize("content", ["/etc/secret.json", "[not JSON", 5, None])
def test_a_table_that_is_no_inline_json_is_refused(tmp_path, document, kind, content):
    document["_object"]["bus"] |= {"_class": kind, "_module": "pandas", "_object": content}
    assert "no other file is read" in refused(written(tmp_path, document))


def test_another_file_is_not_read_as_a_table(tmp_path, document):
    secret = written(tmp_path, {"columns": ["vn_kv"], "index": [0], "data": [[10.0]]})
    secret = secret.rename(tmp_path / "secret.json")
    document["_object"]["bus"]["_object"] = str(secret)
    assert "no other file is read" in refused(written(tmp_path, document))


def test_a_file_with_controllers_and_numpy_numbers_is_read(tmp_path):
    net = small_net()
    pp.control.ConstControl(net, "load", "p_mw", 0)
    net["more"] = {"array": np.array([1.0, 2.0]), "pair": (1, 2)}
    path = tmp_path / "net.json"
    pp.to_json(net, str(path))
    grid = read_pandapower_file(path)
    codes = {problem.code for problem in grid.metadata.import_problems}
    assert "controller_not_run" in codes


def test_names_that_look_like_json_are_names(tmp_path, document):
    path = written(tmp_path, with_cell(document, "[old] feeder {1}"))
    assert read_pandapower_file(path).nodes["name"].iloc[0] == "[old] feeder {1}"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
def test_a_file_from_a_windows_editor_is_read(tmp_path, document, encoding):
    document["_object"]["note"] = "配网"
    path = tmp_path / "net.json"
    path.write_text(json.dumps(document, ensure_ascii=False), encoding=encoding)
    assert len(read_pandapower_file(path).lines) == 3


def test_a_number_of_thousands_of_digits_is_refused(tmp_path):
    path = tmp_path / "net.json"
    path.write_text('{"_class": "pandapowerNet", "x": ' + "9" * 5000 + "}")
    assert "a number nobody can read" in refused(path)


def test_text_in_text_without_end_is_refused(tmp_path):
    text: object = {"bus": 1}
    for _ in range(12):
        text = json.dumps([text])
    path = written(tmp_path, {"bus": text})
    assert "nested too deeply" in refused(path)


def test_a_folder_without_a_name_is_shown_as_it_was_given(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=r"cannot read \.: "):
        read_pandapower_file(Path())
