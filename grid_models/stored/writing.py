"""Writing the compiled grid beside its tables."""

from __future__ import annotations

from dataclasses import asdict
from itertools import chain
from pathlib import Path
from typing import Any

from grid_models.compiled import compile_grid
from grid_models.grid import Grid, Problem
from grid_models.model import GridModel
from grid_models.stored.files import COMPILED, write_arrays
from grid_models.stored.ids import pack_ids
from grid_models.stored.packing import pack, texts_of
from grid_models.stored.places import pack_places

__all__ = ["write_compiled"]


def write_compiled(
    grid: Grid, folder: Path, *, version: str, problems: tuple[Problem, ...]
) -> dict[str, Any]:
    """Work out what questions need of a grid and write it into its folder.

    Parameters
    ----------
    version, problems
        Of the grid, as they are written beside it.

    Returns
    -------
    facts
        ``files`` (size and SHA-256 by path below the folder), ``trees``, ``meshes`` and ``gaps``
        (`Texts`).

    Raises
    ------
    OSError
        The disk is full, or the folder cannot be written.
    """
    model = GridModel(compiled=compile_grid(grid), version=version, problems=problems)
    arrays = chain(pack(model), pack_places(grid).items(), pack_ids(grid))
    written = write_arrays(folder / COMPILED, arrays)
    files = {f"{COMPILED}/{name}.npy": facts for name, facts in written.items()}
    return {"files": files, **asdict(texts_of(model.compiled))}
