"""Arrays that fit neither each other nor the tables, sealed as if they did."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from grid_models.storage import write_grid
from grid_models.stored.files import file_facts
from grid_models.stored.opening import open_model
from grid_models.stored.soundness import find_unsound
from tests.grid_models.samples import tiny_grid
from tests.grid_models.test_storage import metadata_of, refusal_of, rewrite_metadata

FAR = 10**9
# Of what is no place of anything: how often, how deep.
COUNTS = ("tree.circuits", "tree.depth")


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], dict[str, int]]:
    """Return the arrays of the tiny grid, and the rows of its tables."""
    folder = tmp_path_factory.mktemp("grids") / "grid"
    write_grid(tiny_grid(), folder)
    arrays = {path.stem: np.load(path) for path in (folder / "compiled").iterdir()}
    return arrays, {name: len(rows) for name, rows in tiny_grid().tables().items()}


def names(sound: tuple[dict[str, Any], dict[str, int]], kind: str) -> list[str]:
    arrays, _ = sound
    return [name for name, array in arrays.items() if array.dtype.kind in kind and array.size]


def unsound(sound: tuple[dict[str, Any], dict[str, int]], **changed: Any) -> set[str]:
    arrays, tables = sound
    return set(find_unsound(arrays | {k.replace("__", "."): v for k, v in changed.items()}, tables))


def with_entry(array: npt.NDArray[Any], entry: int) -> npt.NDArray[Any]:
    changed = array.copy()
    changed.flat[-1] = entry
    return changed


def test_what_was_written_is_sound(sound: tuple[dict[str, Any], dict[str, int]]) -> None:
    assert unsound(sound) == set()


@pytest.mark.parametrize("entry", [FAR, -2])
def test_an_entry_that_points_at_nothing_is_found(
    sound: tuple[dict[str, Any], dict[str, int]], entry: int
) -> None:
    arrays, _ = sound
    pointing = [name for name in names(sound, "i") if name not in COUNTS]
    assert len(pointing) > 30
    missed = [
        name
        for name in pointing
        if name not in unsound(sound, **{name.replace(".", "__"): with_entry(arrays[name], entry)})
    ]
    assert missed == []


def test_an_array_that_is_too_short_is_found(
    sound: tuple[dict[str, Any], dict[str, int]],
) -> None:
    arrays, _ = sound
    missed = []
    for name in (name for name, array in arrays.items() if array.size):
        cut = {name.replace(".", "__"): arrays[name][..., :-1]}
        if not unsound(sound, **cut):
            missed.append(name)
    assert missed == []


@pytest.mark.parametrize("name", ["tree.parent", "branches.f", "ids.lines.row"])
def test_an_array_of_another_type_is_found(
    sound: tuple[dict[str, Any], dict[str, int]], name: str
) -> None:
    arrays, _ = sound
    assert name in unsound(sound, **{name.replace(".", "__"): arrays[name].astype(np.int32)})


def test_a_row_that_is_its_own_parent_is_found(
    sound: tuple[dict[str, Any], dict[str, int]],
) -> None:
    parent = sound[0]["tree.parent"].copy()
    parent[-1] = len(parent) - 1
    assert unsound(sound, tree__parent=parent) == {"tree.parent"}


def test_a_folder_of_unsound_arrays_is_refused_whatever_its_checksums(tmp_path: Path) -> None:
    folder = tmp_path / "grid"
    write_grid(tiny_grid(), folder)
    path = folder / "compiled" / "tree.parent.npy"
    np.save(path, with_entry(np.load(path), FAR))
    compiled = metadata_of(folder)["compiled"]
    compiled["files"]["compiled/tree.parent.npy"] = file_facts(path)
    rewrite_metadata(folder, compiled=compiled)
    message = refusal_of(lambda: open_model(folder))
    assert "was altered (compiled/tree.parent.npy); import it again" in message


def test_a_hull_that_is_no_geometry_is_found(
    sound: tuple[dict[str, Any], dict[str, int]],
) -> None:
    assert unsound(sound, places__hull=np.frombuffer(b"zz", np.uint8)) == {"places.hull"}
