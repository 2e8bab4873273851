"""Synthetic cities: grids of any size that look like one, for demonstrations and tests."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from math import ceil

import numpy as np

from grid_models.catalogue import load_catalogue
from grid_models.crs import Plane, gauss_kruger_epsg
from grid_models.demand import add_curves
from grid_models.errors import InputError, InputProblem
from grid_models.grid import Grid, GridMetadata
from grid_models.synthesize.curves import typical_curves
from grid_models.synthesize.district import draw_district, size_of
from grid_models.synthesize.draft import Draft
from grid_models.synthesize.equipment import Equipment
from grid_models.synthesize.names import Names
from grid_models.synthesize.streets import PITCH_M

__all__ = ["synthesize_grid"]

FEWEST_NODES, MOST_NODES = 300, 2_000_000
# A city is of districts of about so many nodes, none far larger or smaller; up to the greatest
# size that a district may have, it is a single one.
LARGEST_DISTRICT, USUAL_DISTRICT = 5_500, 4_400
DISTRICTS_SPREAD = 0.2
WEST, EAST, SOUTH, NORTH = 73.5, 135.0, 18.0, 53.5
# Districts keep so far apart, substations and barriers between them.
MARGIN_M = 500.0
MOST_TURNED_RAD = 0.05


def synthesize_grid(
    *,
    nodes: int,
    seed: int,
    centre: tuple[float, float] = (120.15, 30.28),
    load_date: date | None = None,
    topology_date: date | None = None,
    on_progress: Callable[[int], None] | None = None,
) -> Grid:
    """Return a synthetic city: the same arguments give the same grid.

    A district has two 110/10 kV substations on sources of their own, 10 kV rings between them
    along the streets, public transformers with their low-voltage networks, and customers with
    stations of their own. More than 5,500 nodes are several districts side by side, of different
    sizes, each drawn anew.

    Parameters
    ----------
    nodes
        Number of nodes, 300 to 2,000,000.
    seed
        Decides everything that varies, 0 or more.
    centre
        Longitude and latitude of its middle, CGCS2000 degrees, in China.
    load_date, topology_date
        Days its loads and its switching state are said to be of.
    on_progress
        Called with the number of nodes drawn so far, district by district.

    Raises
    ------
    InputError
        An argument is out of its range; every problem at once.
    """
    _check(nodes, seed, centre)
    epsg = gauss_kruger_epsg(centre[0])
    rng = np.random.default_rng(seed)
    names = Names(rng)
    draft = Draft(Plane(epsg), centre)
    equipment = Equipment.of(load_catalogue())
    sizes = _district_sizes(rng, nodes)
    districts = len(sizes)
    abreast = ceil(districts**0.5)
    rows, columns = (max(length) for length in zip(*map(size_of, sizes), strict=True))
    for k, own in enumerate(sizes):
        draft.place_district(
            east_m=(k % abreast - (abreast - 1) / 2) * (columns * PITCH_M + MARGIN_M),
            north_m=(k // abreast - (ceil(districts / abreast) - 1) / 2)
            * (rows * PITCH_M + MARGIN_M),
            turned_rad=float(rng.uniform(-MOST_TURNED_RAD, MOST_TURNED_RAD)),
        )
        draw_district(draft, equipment, rng, names, nodes=own)
        if on_progress:
            on_progress(draft.count("nodes"))
    metadata = GridMetadata(
        name=f"演示城区 {nodes} 节点（种子 {seed}）",
        source=f"synthetic:{nodes}:{seed}",
        projected_epsg=epsg,
        load_date=load_date,
        topology_date=topology_date,
        load_basis="measured_peak",
        area="demo",
        has_restricted_areas=True,
    )
    grid = Grid.build(metadata, **draft.tables())
    curves = typical_curves(set(grid.loads["category"]))
    return add_curves(grid, curves, where=metadata.source)


def _district_sizes(rng: np.random.Generator, nodes: int) -> list[int]:
    """Share the nodes of a city among its districts."""
    if nodes <= LARGEST_DISTRICT:
        return [nodes]
    districts = ceil(nodes / USUAL_DISTRICT)
    weights = rng.uniform(1.0 - DISTRICTS_SPREAD, 1.0 + DISTRICTS_SPREAD, districts)
    ends = np.round(nodes * np.cumsum(weights) / weights.sum())
    return [int(size) for size in np.diff(ends, prepend=0.0)]


def _check(nodes: int, seed: int, centre: tuple[float, float]) -> None:
    problems = []
    if not FEWEST_NODES <= nodes <= MOST_NODES:
        problems.append(
            InputProblem(
                field="nodes",
                zh=f"节点数 {nodes} 超出范围，应为 {FEWEST_NODES} 至 {MOST_NODES}",
                en=f"nodes is {nodes}; it has to be {FEWEST_NODES} to {MOST_NODES}",
            )
        )
    if seed < 0:
        problems.append(
            InputProblem(
                field="seed",
                zh=f"随机种子 {seed} 为负数，应为 0 或正整数",
                en=f"seed is {seed}; it has to be 0 or more",
            )
        )
    lon, lat = centre
    if not (WEST <= lon <= EAST and SOUTH <= lat <= NORTH):
        problems.append(
            InputProblem(
                field="centre",
                zh=f"中心点 {lon},{lat} 不在中国境内，应按“经度,纬度”给出，例如 120.15,30.28",
                en=f"centre is {lon},{lat}; it has to be lon,lat in China, such as 120.15,30.28",
            )
        )
    if problems:
        raise InputError(problems)
