"""Time and size of map tiles of a large synthetic city, scale by scale, nothing kept.

Prints rows of docs/performance.md. Times are CPU time of the process. A city of half a million
lines takes a minute to make.
"""

# ruff: noqa: T201 -- the table is what a benchmark is for

from __future__ import annotations

import gzip
import time
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pytest

from api.compression import GZIP_LEVEL
from api.map.figures import Figures
from api.map.headroom import list_headroom
from api.map.mercator import Tile
from api.map.pack import make_pack
from api.map.tiles import TileSet
from api.serving import ServedGrid, serve_grid
from grid_models.storage import write_grid
from grid_models.stored.opening import open_model
from grid_models.synthesize import synthesize_grid
from planner.headroom import Headrooms
from planner.rules import load_rule_book
from tests.api.map.tile_reading import units

pytestmark = pytest.mark.bench

NODES, MIDDLE = 530_000, (120.15, 30.28)
SCALES, AROUND = range(9, 19), range(-3, 4)
GOAL_P95_MS = 50.0
BOOK = load_rule_book("demo")
RULES = BOOK.on(date(2026, 11, 1))
NOW = datetime(2026, 11, 1, tzinfo=UTC)
HALF_BOXES_DEGREES, RADII_M = (0.01, 0.03, 0.1), (1_000.0, 2_000.0, 5_000.0)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> ServedGrid:
    folder: Path = tmp_path_factory.mktemp("cities") / "city"
    write_grid(synthesize_grid(nodes=NODES, seed=1), folder)
    return serve_grid(open_model(folder))


@pytest.fixture(scope="module")
def tiles(served: ServedGrid) -> TileSet:
    return TileSet(served.model)


def show(capsys: pytest.CaptureFixture[str], *cells: object) -> None:
    with capsys.disabled():
        print("\n| " + " | ".join(str(cell) for cell in cells) + " |")


def test_the_index(served: ServedGrid, capsys: pytest.CaptureFixture[str]) -> None:
    begun = time.process_time()
    made = TileSet(served.model)
    lines = len(made.layers["lines"].row)
    show(capsys, f"{lines:,} lines", f"index made in {time.process_time() - begun:.1f} s")
    assert lines > 0.9 * NODES


@pytest.mark.parametrize("z", SCALES)
def test_tiles(tiles: TileSet, z: int, capsys: pytest.CaptureFixture[str]) -> None:
    x, y = (int(side) for side in units(z, *MIDDLE))
    asked = [Tile(z, x + dx, y + dy) for dx in AROUND for dy in AROUND]
    tiles.encode(asked[0])  # texts of the tables are read once
    took_ms, sizes = [], []
    for tile in asked:
        begun = time.process_time()
        made = tiles.encode(tile)
        packed = gzip.compress(made, GZIP_LEVEL) if made else b""
        took_ms.append(1e3 * (time.process_time() - begun))
        sizes.append(len(packed) / 1e3)
    p50, p95 = np.percentile(took_ms, [50, 95])
    show(
        capsys, z, f"{p50:.1f} ms", f"{p95:.1f} ms", f"{max(took_ms):.1f} ms",
        f"{np.median(sizes):.0f} kB", f"{max(sizes):.0f} kB",
    )  # fmt: skip
    assert p95 < GOAL_P95_MS


@pytest.mark.parametrize("half", HALF_BOXES_DEGREES)
def test_headroom(
    served: ServedGrid, tiles: TileSet, half: float, capsys: pytest.CaptureFixture[str]
) -> None:
    lon, lat = MIDDLE
    begun = time.process_time()
    found = list_headroom(
        tiles, _figures(served), (lon - half, lat - half, lon + half, lat + half), now=NOW,
        most=5_000,
    )  # fmt: skip
    took_s = time.process_time() - begun
    show(capsys, f"headroom of {len(found.lines.row):,} lines, "
         f"{len(found.transformers.row):,} transformers", f"{1e3 * took_s:.0f} ms")  # fmt: skip
    assert found.lines.row


@pytest.mark.parametrize("radius_m", RADII_M)
def test_packs(
    served: ServedGrid, tiles: TileSet, radius_m: float, capsys: pytest.CaptureFixture[str]
) -> None:
    begun = time.process_time()
    found = make_pack(
        served, tiles, _figures(served), BOOK, at=MIDDLE, radius_m=radius_m, now=NOW, most=5_000
    )
    took_s = time.process_time() - begun
    packed = gzip.compress(found.model_dump_json().encode(), GZIP_LEVEL)
    show(capsys, f"pack of {radius_m:.0f} m, {len(found.points):,} points",
         f"{1e3 * took_s:.0f} ms", f"{len(packed) / 1e3:.0f} kB")  # fmt: skip
    assert found.points


def _figures(served: ServedGrid) -> Figures:
    headrooms = Headrooms(model=served.model, rules=RULES, commitments=())
    return Figures(model=served.model, headrooms=headrooms)
