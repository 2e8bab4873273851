"""Folders: whether a grid's folder holds another version than the one being served."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from grid_models.errors import InputError, InputProblem
from grid_models.storage import read_metadata
from grid_models.stored.model import StoredModel
from grid_models.stored.opening import open_model

__all__ = ["WatchedFolder"]


class _Stamp(NamedTuple):
    """What differs once the file that names a folder's version was put in place anew."""

    device: int
    inode: int
    size: int
    changed_ns: int


@dataclass(slots=True, kw_only=True)
class WatchedFolder:
    """The folder of a grid that is served, looked at from time to time.

    Parameters
    ----------
    folder
        As `storage.write_grid` made it, or a link to one.
    seen
        Stamp of its metadata when they were read last; None: never.
    problems
        What keeps the version that lies there now from being served.
    """

    folder: Path
    seen: _Stamp | None = None
    problems: tuple[InputProblem, ...] = ()

    def open_other(self, version: str, name: str) -> StoredModel | None:
        """Return the model of the folder's version where it is another one; None: it is not.

        As long as nothing was put in place this costs one look at a file's stamp. A folder that
        cannot be served is tried again once something is put in place there.

        Parameters
        ----------
        version, name
            Of the grid that is served from it.

        Raises
        ------
        InputError
            The folder is damaged, or holds a grid of another name.
        """
        stamp = self._stamp()
        if stamp is None or stamp == self.seen:
            return None
        self.problems = ()
        try:
            other = self._read(version, name)
        except InputError as error:
            if self._stamp() != stamp:
                return None  # it was being replaced: the next look will tell
            self.seen, self.problems = stamp, error.problems
            raise
        if self._stamp() != stamp:
            return None  # what was opened may be half of each
        self.seen = stamp
        return other

    def _read(self, version: str, name: str) -> StoredModel | None:
        if read_metadata(self.folder)["version"] == version:
            return None
        model = open_model(self.folder)
        # what is promised on a grid is found by the grid's name
        other = model.grid.metadata.name
        if other != name:
            raise InputError(
                [
                    InputProblem(
                        field="grid",
                        zh=f"{self.folder.name} 中的新电网名为“{other}”，与在用的“{name}”不同，"
                        "不予切换；请以同一名称重新导入",
                        en=f'the new grid in {self.folder.name} is called "{other}", not "{name}" '
                        "as the one being served, and is not served; import it under that name",
                    )
                ]
            )
        return model

    def _stamp(self) -> _Stamp | None:
        """Return the metadata's stamp; None while the folder is being replaced, or is gone."""
        try:
            stat = (self.folder / "metadata.json").stat()
        except OSError:
            return None
        return _Stamp(stat.st_dev, stat.st_ino, stat.st_size, stat.st_mtime_ns)
