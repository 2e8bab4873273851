"""Maps: the tile sets of the versions that are served, and the tiles made of them last."""

from __future__ import annotations

import gzip
from collections import OrderedDict
from collections.abc import Collection
from threading import Lock

from api.compression import GZIP_LEVEL
from api.map.mercator import Tile
from api.map.tiles import TileSet
from api.serving import ServedGrid

__all__ = ["Maps"]

# What an entry takes besides its bytes: empty tiles count as well.
_KEY_BYTES = 500
_Key = tuple[str, Tile]


class Maps:
    """What one process keeps for the map.

    Parameters
    ----------
    most_bytes
        Of compressed tiles; the ones asked for longest ago go first.
    """

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._bytes = 0
        self._tiles: OrderedDict[_Key, bytes] = OrderedDict()
        self._sets: dict[str, TileSet] = {}
        self._making, self._keeping = Lock(), Lock()

    def of(self, served: ServedGrid, versions: Collection[str]) -> TileSet:
        """Return the tile set of a grid, made on first use by whoever asks first.

        Parameters
        ----------
        versions
            Those served now; what belongs to others is forgotten.
        """
        found = self._sets.get(served.version)
        if found is not None:
            return found
        with self._making:
            if served.version not in self._sets:
                made = TileSet(served.model)
                kept = {name: each for name, each in self._sets.items() if name in versions}
                # one assignment: others read it without the lock
                self._sets = kept | {served.version: made}
            return self._sets[served.version]

    def tile(self, served: ServedGrid, versions: Collection[str], tile: Tile) -> bytes:
        """Return a tile, gzip; empty where it shows nothing."""
        key = (served.version, tile)
        with self._keeping:
            if key in self._tiles:
                self._tiles.move_to_end(key)
                return self._tiles[key]
        plain = self.of(served, versions).encode(tile)
        # no time in it: the same tile is the same bytes
        packed = gzip.compress(plain, GZIP_LEVEL, mtime=0) if plain else b""
        self._keep(key, packed)
        return packed

    def _keep(self, key: _Key, packed: bytes) -> None:
        with self._keeping:
            if key in self._tiles:
                return
            self._tiles[key] = packed
            self._bytes += len(packed) + _KEY_BYTES
            while self._bytes > self._most_bytes:
                _, gone = self._tiles.popitem(last=False)
                self._bytes -= len(gone) + _KEY_BYTES
