"""Opening a published grid: nothing is compiled, read or hashed that no question needs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from grid_models.storage import read_metadata
from grid_models.stored.files import COMPILED, find_damaged, open_arrays
from grid_models.stored.metadata import metadata_from_json, problems_from_json
from grid_models.stored.model import StoredModel
from grid_models.stored.overlay import lay_over
from grid_models.stored.packing import Texts, unpack
from grid_models.stored.refusals import altered, other_edition
from grid_models.stored.soundness import find_unsound
from grid_models.stored.tables import UNUSABLE, StoredGrid, StoredTables

__all__ = ["open_model"]

# A folder up to this size is read and compared with its checksums at every opening: it costs
# some tens of milliseconds. Of a larger one the sizes are compared; `grid check` reads it all.
READ_WHOLE_BYTES = 64 << 20


def open_model(folder: Path) -> StoredModel:
    """Return the model of the grid in a folder that `storage.write_grid` made.

    It answers as ``GridModel.of(read_stored_grid(folder))`` does, and is ready at once: its arrays
    are mapped into memory, where several processes share them, and tables are read column by
    column when a question needs them.

    Raises
    ------
    InputError
        There is no such folder, it is no grid, its format is another, or it was altered.
    """
    stored = read_metadata(folder)
    tables = StoredTables(folder)
    try:
        is_small = _refuse_damaged(folder, stored)
        if not tables.is_of_this_edition():
            raise other_edition(folder)
        metadata = metadata_from_json(stored["metadata"])
        grid = StoredGrid.of(metadata, tables, stored["version"])
        compiled = stored["compiled"]
        names = [Path(name).stem for name in compiled["files"]]
        arrays = open_arrays(folder / COMPILED, names)
        lay_over(folder, stored, arrays, tables)
        if is_small and (unsound := list(find_unsound(arrays, tables.counts()))):
            raise altered(folder, ", ".join(f"{COMPILED}/{name}.npy" for name in unsound))
        texts = Texts(
            trees=compiled["trees"],
            meshes=[(name, why) for name, why in compiled["meshes"]],
            gaps=[(name, *what) for name, *what in compiled["gaps"]],
        )
        return StoredModel(
            compiled=unpack(arrays, texts, grid),
            version=stored["version"],
            problems=problems_from_json(stored["problems"]),
            arrays=arrays,
            tables=tables,
        )
    # a table, an array or a fact that only one of the two knows
    except (KeyError, TypeError, AttributeError):
        raise other_edition(folder) from None
    except (*UNUSABLE, OSError) as error:
        raise altered(folder, str(error)) from error


def _refuse_damaged(folder: Path, stored: dict[str, Any]) -> bool:
    """Return if no file is damaged, and whether the folder is small enough to be read whole."""
    tables = {f"{table}.parquet": facts for table, facts in stored["tables"].items()}
    files = tables | stored["compiled"]["files"]
    is_small = bool(sum(facts["bytes"] for facts in files.values()) <= READ_WHOLE_BYTES)
    if damaged := list(find_damaged(folder, files, content=is_small)):
        raise altered(folder, ", ".join(damaged))
    return is_small
