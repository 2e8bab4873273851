"""Low voltage: cables from a public transformer's board round its block and up its lane."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import accumulate, pairwise
from math import dist

from grid_models.synthesize.equipment import fit_conductor
from grid_models.synthesize.feeders import Setting
from grid_models.synthesize.loads import complex_power, split
from grid_models.synthesize.stations import LV_KV, Station
from grid_models.synthesize.streets import Point, between

__all__ = ["draw_low_voltage"]

SPACING_M = (30.0, 44.0)
SERVICE_M = (16.0, 34.0)
# Of a station's nodes: along its lane, and at the ends of services off the lane.
LANE_SHARE, SERVICE_SHARE = 0.22, 0.25
# Cables end so far before the opposite side of the block.
FAR_END_M = 20.0
LOWEST_KV = 0.36
CABLE_LOADING = 0.6
BREAKER_FRAMES_A = (160.0, 250.0, 400.0, 630.0, 800.0, 1000.0, 1250.0)
LANE, CLOCKWISE, BACKWARDS = "甲线", "乙线", "丙线"

Course = Sequence[Point]


def draw_low_voltage(setting: Setting, station: Station, nodes: int) -> None:
    """Draw the low-voltage network of a station and its customers, one at every node.

    Parameters
    ----------
    nodes
        Number of nodes besides the board.
    """
    lane = round(LANE_SHARE * nodes)
    services = min(round(SERVICE_SHARE * nodes), 2 * lane)
    clockwise = (nodes - lane - services) // 2
    loads_kva = split(setting.rng, station.load_kva, nodes)
    of_lane, of_round = loads_kva[: lane + services], loads_kva[lane + services :]
    buildings = _buildings(setting, station, nodes)

    courses = _along_lane(setting, station, lane)
    ends = _draw_run(setting, station, LANE, courses, of_lane[:lane], buildings, sum(of_lane))
    _draw_services(setting, station, ends, of_lane[lane:], buildings)
    for run, loads, way in (
        (CLOCKWISE, of_round[:clockwise], 1.0),
        (BACKWARDS, of_round[clockwise:], -1.0),
    ):
        courses = _round_block(setting, station, len(loads), way)
        _draw_run(setting, station, run, courses, loads, buildings, sum(loads))


def _along_lane(setting: Setting, station: Station, count: int) -> list[Course]:
    """Draw the lane through the block and return the courses of the cables in it."""
    block, net = station.block, setting.net
    far_m = station.walked_m + block.perimeter_m / 2.0
    far = block.at(far_m)
    ends = (
        net.beyond(block, station.walked_m, far),
        net.beyond(block, far_m, station.at),
    )
    setting.draft.street(f"{station.street.name}{station.number}弄", "lane", ends)
    length_m = dist(station.at, far)
    points = [
        between(station.at, far, gone / length_m)
        for gone in _distances(setting, count, length_m - FAR_END_M)
    ]
    return list(pairwise([station.at, *points]))


def _round_block(setting: Setting, station: Station, count: int, way: float) -> list[Course]:
    """Return the courses of cables along the pavement, one way round."""
    block = station.block
    gone = _distances(setting, count, block.perimeter_m / 2.0 - FAR_END_M)
    places = [station.walked_m, *(station.walked_m + way * m for m in gone)]
    return [block.walk(start, end) for start, end in pairwise(places)]


def _distances(setting: Setting, count: int, reach_m: float) -> list[float]:
    """Return how far from the board the nodes of a run stand, closer together if they must."""
    gone = [float(m) for m in accumulate(setting.rng.uniform(*SPACING_M, count))]
    squeeze = min(1.0, reach_m / gone[-1]) if gone else 1.0
    return [squeeze * m for m in gone]


def _draw_run(
    setting: Setting,
    station: Station,
    run: str,
    courses: Sequence[Course],
    loads_kva: Sequence[float],
    buildings: Iterator[tuple[str, str]],
    total_kva: float,
) -> list[tuple[str, Course]]:
    """Draw cables one behind the other from the board; return their far ends and courses."""
    if not courses:
        return []
    draft, name = setting.draft, f"{station.name} {run}"
    choices = setting.equipment.low_voltage
    conductor, parallel = fit_conductor(choices, total_kva, LOWEST_KV, CABLE_LOADING)
    drawn: list[tuple[str, Course]] = []
    last = station.board
    for number, (course, load_kva) in enumerate(zip(courses, loads_kva, strict=True), start=1):
        node = draft.node(
            f"{name} {number}号分支箱", LV_KV, course[-1], "cabinet", built=station.built
        )
        line = draft.line(
            f"{name} {number}段", last, node, course, conductor,
            built=station.built, parallel=parallel,
        )  # fmt: skip
        if number == 1:
            carried_a = conductor.ampacity_a * parallel
            frame_a = next((f for f in BREAKER_FRAMES_A if f >= carried_a), BREAKER_FRAMES_A[-1])
            draft.switch(
                f"{name} 出线断路器", station.board, line, "circuit_breaker", rated_a=frame_a
            )
        _draw_load(setting, node, load_kva, next(buildings))
        drawn.append((node, course))
        last = node
    return drawn


def _draw_services(
    setting: Setting,
    station: Station,
    ends: Sequence[tuple[str, Course]],
    loads_kva: Sequence[float],
    buildings: Iterator[tuple[str, str]],
) -> None:
    """Draw services off the lane, first to one side of every node, then to the other."""
    for k, load_kva in enumerate(loads_kva):
        start, course = ends[k % len(ends)]
        (ax, ay), (x, y) = course[-2], course[-1]
        side = (1.0 if (k + k // len(ends)) % 2 else -1.0) * float(setting.rng.uniform(*SERVICE_M))
        away = side / dist((ax, ay), (x, y))
        at = (x - away * (y - ay), y + away * (x - ax))
        name = f"{station.name} {LANE} {k + 1}号接户"
        conductor, parallel = fit_conductor(
            setting.equipment.low_voltage, load_kva, LOWEST_KV, CABLE_LOADING
        )
        node = setting.draft.node(f"{name}点", LV_KV, at, "node", built=station.built)
        setting.draft.line(
            f"{name}线", start, node, [(x, y), at], conductor,
            built=station.built, parallel=parallel,
        )  # fmt: skip
        _draw_load(setting, node, load_kva, next(buildings))


def _buildings(setting: Setting, station: Station, count: int) -> Iterator[tuple[str, str]]:
    """Give every customer of a station a name and a category."""
    categories, shares = station.neighbourhood
    chosen = setting.rng.choice(len(categories), count, p=shares)
    estate = f"{station.street.stem}{station.number}区"
    names = {
        "resident": f"{estate} {{}}幢",
        "commercial": f"{station.street.name} {station.number}-{{}}号商铺",
        "industrial": f"{station.street.stem}{station.number}号园区 {{}}号厂房",
        "ev_charging": f"{estate} {{}}号充电桩",
    }
    for number, k in enumerate(chosen, start=1):
        yield names[categories[k]].format(number), categories[k]


def _draw_load(setting: Setting, node: str, load_kva: float, building: tuple[str, str]) -> None:
    name, category = building
    setting.draft.load(name, node, complex_power(load_kva, category), category)
