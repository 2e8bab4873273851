"""Folders: whether a grid's folder holds another version than the one being served."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from grid_models.errors import InputError, InputProblem
from grid_models.storage import read_metadata
from grid_models.stored.model import StoredModel
from grid_models.stored.opening import open_model

__all__ = ["WatchedFolder"]

# So many looks in a row find nothing only where it is not just being replaced.
_GONE = 2

_log = logging.getLogger(__name__)


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
        Stamp of its metadata when what lies there was last served or refused; None: never.
    refused
        What keeps the version that lies there now from being served.
    missed
        How many looks in a row found nothing there.
    """

    folder: Path
    seen: _Stamp | None = None
    refused: tuple[InputProblem, ...] = ()
    missed: int = 0

    @property
    def problems(self) -> tuple[InputProblem, ...]:
        """What keeps from serving what should lie there now."""
        return (self._missing(),) if self.missed else self.refused

    def take(self, version: str, name: str, serve: Callable[[StoredModel], None]) -> None:
        """Serve the folder's version where it is another one, or note what keeps it from that.

        As long as nothing was put in place this costs one look at a file's stamp. A folder that
        cannot be served is tried again once something is put in place there; after a fault that
        is not the folder's, with the next look.

        Parameters
        ----------
        version, name
            Of the grid that is served from it.
        serve
            Puts a model in the place of the one that is served.
        """
        stamp = self._stamp()
        self.missed = self.missed + 1 if stamp is None else 0
        if self.missed == _GONE:
            _log.error("%s is gone: version %s goes on being served", self.folder, version)
        if stamp is None or stamp == self.seen:
            return
        told, self.refused = self.refused, ()
        try:
            other = self._read(version, name)
            if self._stamp() != stamp:
                return  # what was opened may be half of each
            if other is not None:
                serve(other)
            self.seen = stamp
        except Exception as error:
            if self._stamp() != stamp:
                return  # it was being replaced: the next look will tell
            if isinstance(error, InputError):
                self.seen, self.refused = stamp, error.problems
            else:
                self.refused = (self._fault(error),)
            if self.refused != told:
                _log.exception("%s: version %s goes on being served", self.folder, version)

    def is_served(self) -> bool:
        """Tell whether what lies there now is what is served; False where nobody can tell."""
        return self.seen is not None and not self.refused and self._stamp() == self.seen

    def _missing(self) -> InputProblem:
        return InputProblem(
            field="grid",
            zh=f"{self.folder.name} 中没有电网，或正在更换；原版本继续使用",
            en=f"no grid lies in {self.folder.name}, or it is being replaced; the version served "
            "so far goes on",
        )

    def _fault(self, error: Exception) -> InputProblem:
        kind = type(error).__name__
        return InputProblem(
            field="grid",
            zh=f"{self.folder.name} 中的新版本未能启用（{kind}，详见日志），将再次尝试",
            en=f"the new version in {self.folder.name} could not be served ({kind}, see the log); "
            "it will be tried again",
        )

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
