"""TileSet: the vector tiles of one version of a grid (Mapbox Vector Tile 2.1)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from mapbox_vector_tile.Mapbox import vector_tile_pb2

from api.map.geometry import draw_areas, draw_courses, draw_points
from api.map.layers import Layer, Look, build_areas, build_layers
from api.map.mercator import EXTENT, Box, Tile
from grid_models.model import GridModel

__all__ = ["TileSet"]

Ints = npt.NDArray[np.int64]
_VERSION = 2
_KINDS = {"point": 1, "line": 2, "area": 3}


class TileSet:
    """What of a grid lies where on the map; made once a version, then only read.

    A city of half a million lines takes two seconds and 85 MB.
    """

    def __init__(self, model: GridModel) -> None:
        self._model = model
        self.layers = {layer.name: layer for layer in build_layers(model)}
        self.areas, self._area_looks = build_areas(model.grid)
        # NaN where an area is empty: it meets nothing
        self._area_boxes = shapely.bounds(np.array(self.areas, dtype=object)).reshape(-1, 4)

    def encode(self, tile: Tile) -> bytes:
        """Return a tile; empty where it shows nothing."""
        message = vector_tile_pb2.tile()
        self._add_areas(message, tile)
        for layer in self.layers.values():
            which = layer.meeting(tile.buffered, tile.z)
            if len(which):
                _add(message, layer, which, tile, self._model)
        return bytes(message.SerializeToString())

    def areas_meeting(self, box: Box) -> Ints:
        """Return the rows of the restricted areas whose boxes meet a box."""
        west, south, east, north = self._area_boxes.T
        meets = (west <= box[2]) & (east >= box[0]) & (south <= box[3]) & (north >= box[1])
        return np.flatnonzero(meets)

    def _add_areas(self, message: Any, tile: Tile) -> None:
        which, drawn = draw_areas(self.areas, self.areas_meeting(tile.buffered), tile)
        if drawn:
            writer = _Writer(message, "restricted", "area")
            for k, numbers in zip(which.tolist(), drawn, strict=True):
                writer.add(k, writer.tags(self._area_looks[k]), numbers)


def _add(message: Any, layer: Layer, which: Ints, tile: Tile, model: GridModel) -> None:
    draw = draw_points if layer.are_points else draw_courses
    which, drawn = draw(layer.shapes, which, tile)
    if not drawn:
        return
    writer = _Writer(message, layer.name, "point" if layer.are_points else "line")
    look = layer.look[which]
    tags = {k: writer.tags(layer.looks[k]) for k in np.unique(look).tolist()}
    row = layer.row[which]
    said = [tags[k] for k in look.tolist()]
    if tile.z >= layer.named_from:
        ids, names = (model.texts(layer.table, name, row) for name in ("id", "name"))
        said = [
            own + writer.tags({"id": id_, "name": name} if name else {"id": id_})
            for own, id_, name in zip(said, ids, names, strict=True)
        ]
    for k, own, numbers in zip(row.tolist(), said, drawn, strict=True):
        writer.add(k, own, numbers)


class _Writer:
    """One layer of a tile: features share its keys and values."""

    def __init__(self, message: Any, name: str, kind: str) -> None:
        self._layer = message.layers.add(name=name, version=_VERSION, extent=EXTENT)
        self._kind = _KINDS[kind]
        self._keys: dict[str, int] = {}
        self._values: dict[tuple[type, str | float | bool], int] = {}

    def tags(self, look: Look) -> list[int]:
        """Return the numbers that stand for what is said of a feature."""
        return [number for pair in look.items() for number in self._tag(*pair)]

    def _tag(self, key: str, value: str | float | bool) -> tuple[int, int]:
        if key not in self._keys:
            self._keys[key] = len(self._keys)
            self._layer.keys.append(key)
        known = (type(value), value)
        if known not in self._values:
            self._values[known] = len(self._values)
            match value:
                case bool():
                    self._layer.values.add(bool_value=value)
                case str():
                    self._layer.values.add(string_value=value)
                case _:
                    self._layer.values.add(double_value=value)
        return self._keys[key], self._values[known]

    def add(self, number: int, tags: Sequence[int], numbers: Sequence[int]) -> None:
        """Add a feature: its id, what is said of it, and the integers of its shape."""
        self._layer.features.add(id=number, tags=tags, type=self._kind, geometry=numbers)
