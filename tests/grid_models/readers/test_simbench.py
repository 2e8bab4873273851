import sys

import pytest
import simbench

from grid_models.errors import InputError, MissingExtraError
from grid_models.readers.simbench import read_simbench

CODE = "1-LV-rural1--0-sw"


@pytest.fixture(scope="module")
def grid():
    return read_simbench(CODE)


def test_a_code_gives_its_network(grid):
    assert (len(grid.nodes), len(grid.lines), len(grid.loads)) == (15, 13, 13)
    assert (grid.metadata.name, grid.metadata.source) == (CODE, f"simbench:{CODE}")


def test_blank_tap_changers_are_mended_to_ratio_and_listed(grid):
    assert set(grid.transformers["tap_changer_type"]) == {"ratio"}
    (problem,) = grid.metadata.import_problems
    assert (problem.code, problem.severity) == ("tap_changer_type_mended", "note")
    assert problem.ids == tuple(grid.transformers.index)


def test_its_loads_have_no_known_basis(grid):
    assert grid.metadata.load_basis == "unknown"


def test_its_cables_and_generators_are_known(grid):
    assert set(grid.lines["laying"]) == {"cable"}
    assert set(grid.generators["kind"]) == {"PV"}


def test_an_unknown_code_is_refused_with_codes_like_it():
    with pytest.raises(InputError, match="'1-LV-rural9--0-sw'; did you mean 1-LV-rural"):
        read_simbench("1-LV-rural9--0-sw")


def test_without_simbench_the_extra_is_named(monkeypatch):
    assert simbench
    monkeypatch.setitem(sys.modules, "simbench", None)
    with pytest.raises(MissingExtraError, match="'simbench'"):
        read_simbench(CODE)
