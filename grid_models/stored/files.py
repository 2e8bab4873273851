"""Array files: the arrays of a folder, one a file, and proof that they are as written."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["COMPILED", "FileFacts", "file_facts", "find_damaged", "open_arrays", "write_arrays"]

COMPILED = "compiled"
_PIECE_BYTES = 1 << 20

FileFacts = Mapping[str, Any]


def write_arrays(
    folder: Path, arrays: Iterable[tuple[str, npt.NDArray[Any]]]
) -> dict[str, FileFacts]:
    """Write every array to a file of its name; return size and SHA-256 of each.

    Raises
    ------
    OSError
        The disk is full, or the folder cannot be written.
    """
    folder.mkdir()
    written: dict[str, FileFacts] = {}
    for name, array in arrays:
        path = _path(folder, name)
        np.save(path, np.ascontiguousarray(array), allow_pickle=False)
        written[name] = file_facts(path)
    return written


def file_facts(path: Path) -> dict[str, Any]:
    """Return size and SHA-256 of a file."""
    return {"bytes": path.stat().st_size, "sha256": _sha256(path)}


def open_arrays(folder: Path, names: Iterable[str]) -> dict[str, Any]:
    """Map the arrays of a folder into memory; every process that does so shares the same pages.

    Nothing writes to them. They are mapped copy-on-write all the same: a read-only array is
    another type to numba, and every kernel would be compiled a second time for it.

    Raises
    ------
    OSError, ValueError
        A file is missing or is no array.
    """
    arrays = {}
    for name in names:
        path = _path(folder, name)
        arrays[name] = np.load(path, mmap_mode="c", allow_pickle=False).view(np.ndarray)
    return arrays


def find_damaged(folder: Path, files: Mapping[str, FileFacts], *, content: bool) -> Iterator[str]:
    """Name the files that are missing or not as they were written.

    Parameters
    ----------
    files
        Size and SHA-256 by path below the folder.
    content
        Compare the content, not the sizes alone.
    """
    for name, facts in files.items():
        path = folder / name
        is_whole = path.is_file() and path.stat().st_size == facts["bytes"]
        if not is_whole or (content and _sha256(path) != facts["sha256"]):
            yield name


def _path(folder: Path, name: str) -> Path:
    return folder / f"{name}.npy"


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_PIECE_BYTES):
            digest.update(piece)
    return digest.hexdigest()
