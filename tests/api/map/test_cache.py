"""What a process keeps for the map is made once and bounded."""

from __future__ import annotations

import gzip
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from api.map.cache import Maps
from api.map.mercator import Tile
from api.map.tiles import TileSet
from api.serving import ServedGrid, serve_grid
from grid_models.storage import write_grid
from grid_models.stored.opening import open_model
from grid_models.synthesize import synthesize_grid
from tests.api.map.tile_reading import tile_at
from tests.grid_models.samples import PLACES, edited, tiny_grid

PLENTY = 1_000_000
TILE = tile_at(14, *PLACES["bus:3"])


@pytest.fixture(scope="module")
def served() -> ServedGrid:
    return serve_grid(tiny_grid())


def test_a_kept_tile_is_the_one_that_was_made(served: ServedGrid) -> None:
    maps = Maps(PLENTY)
    first, second = (maps.tile(served, [served.version], TILE) for _ in range(2))

    assert first is second
    assert gzip.decompress(first) == TileSet(served.model).encode(TILE)


@pytest.mark.parametrize("is_asked_again", [True, False])
def test_the_tile_asked_for_longest_ago_goes_first(
    served: ServedGrid, is_asked_again: bool
) -> None:
    one, other = (Tile(14, TILE.x + k, TILE.y) for k in (100, 101))  # empty, and kept all the same
    maps = Maps(len(Maps(PLENTY).tile(served, [served.version], TILE)) + 1_000)
    kept = maps.tile(served, [served.version], TILE)
    maps.tile(served, [served.version], one)  # 500 bytes an entry besides: it is full
    if is_asked_again:
        maps.tile(served, [served.version], TILE)
    maps.tile(served, [served.version], other)

    assert (maps.tile(served, [served.version], TILE) is kept) == is_asked_again


def test_nothing_is_kept_where_there_is_no_room(served: ServedGrid) -> None:
    maps = Maps(0)
    first, second = (maps.tile(served, [served.version], TILE) for _ in range(2))

    assert first == second
    assert first is not second


def test_many_who_ask_at_once_wait_for_one_index(served: ServedGrid) -> None:
    maps = Maps(PLENTY)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: maps.of(served, [served.version]), range(16)))

    assert len({id(each) for each in found}) == 1


def test_the_index_of_a_version_that_is_gone_is_forgotten(served: ServedGrid) -> None:
    maps = Maps(PLENTY)
    old = maps.of(served, [served.version])
    new = serve_grid(edited(tiny_grid(), "lines", "line:2", name="文一线"))
    maps.of(new, [new.version])

    assert maps.of(served, [served.version]) is not old


def test_a_stored_grid_has_the_tiles_of_the_same_grid_in_memory(tmp_path: Path) -> None:
    grid = synthesize_grid(nodes=300, seed=2)
    write_grid(grid, tmp_path / "town")
    stored, memory = TileSet(open_model(tmp_path / "town")), TileSet(serve_grid(grid).model)
    lon, lat = grid.nodes["lon"].mean(), grid.nodes["lat"].mean()

    for z in (10, 12, 14, 16):
        tile = tile_at(z, lon, lat)
        assert stored.encode(tile) == memory.encode(tile) != b""
