"""Time and memory of a synthetic city, from its making to its capacities and plans, at four sizes.

Prints rows of docs/performance.md. Times are CPU time of the whole process, so that other work on
the machine does not count; peaks are of the stage named. A million nodes take some ten minutes;
``-k "not 1000000"`` leaves them out.
"""

# ruff: noqa: T201 -- the table is what a benchmark is for

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from grid_models.capacity_map import open_capacities, settle_loads
from grid_models.catalogue import load_catalogue
from grid_models.exact.largest import largest_loads
from grid_models.storage import write_grid
from grid_models.stored.changing import write_change
from grid_models.stored.model import StoredModel
from grid_models.stored.opening import open_model
from grid_models.synthesize import synthesize_grid
from planner.application import Commitment, SupplyApplication
from planner.assistant import make_plan
from planner.capacity import CapacityQuestion, map_capacities, map_part
from planner.capacity_hours import Hours
from planner.rules import load_rule_book
from planner.situation import make_situation

pytestmark = pytest.mark.bench

SIZES = (1_000, 10_000, 100_000, 1_000_000)
DAY = date(2026, 11, 1)
RULE_BOOK = load_rule_book("demo")
RULES = RULE_BOOK.on(DAY)
POWER_FACTOR, WORKERS = 0.95, 2
# Source trees of which all hours are mapped: their cost a node is that of the city.
TREES_OVER_HOURS = 8
PLANS, WARM_UP = 60, 6
APPLICATIONS = {"low voltage": ("kw", (60.0, 150.0, 190.0)),
                "10 kV": ("kva", (630.0, 1250.0, 4000.0))}  # fmt: skip


class Stage:
    """CPU and wall time, and the greatest memory, of what is done inside a ``with``."""

    def __enter__(self) -> Stage:
        # 5: the kernel forgets the greatest memory this process had (proc(5), clear_refs)
        Path("/proc/self/clear_refs").write_text("5")
        self._cpu, self._wall = time.process_time(), time.perf_counter()
        return self

    def __exit__(self, *_: object) -> None:
        self.cpu_s, self.wall_s = (
            time.process_time() - self._cpu,
            time.perf_counter() - self._wall,
        )
        self.peak_gb = memory_gb("status", "VmHWM")


def memory_gb(file: str, name: str) -> float:
    for line in Path(f"/proc/self/{file}").read_text().splitlines():
        if line.startswith(name + ":"):
            return int(line.split()[1]) / 1e6
    raise KeyError(name)


def show(capsys: pytest.CaptureFixture[str], *cells: object) -> None:
    with capsys.disabled():
        print("\n| " + " | ".join(str(cell) for cell in cells) + " |")


@pytest.fixture(scope="module", params=SIZES)
def city(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Stage, Stage]:
    """Return the folder of a city, and what making and publishing it took."""
    folder = tmp_path_factory.mktemp("cities") / "city"
    with Stage() as making:
        grid = synthesize_grid(nodes=request.param, seed=1, load_date=DAY, topology_date=DAY)
    with Stage() as publishing:
        write_grid(grid, folder)
    return folder, making, publishing


@pytest.fixture(scope="module")
def model(city: tuple[Path, Stage, Stage]) -> StoredModel:
    return open_model(city[0])


def test_making_publishing_and_opening(city, capsys) -> None:
    folder, making, publishing = city
    with Stage() as opening:
        model = open_model(folder)
    disk_gb = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e9
    show(
        capsys, f"{len(model.network.bus_of_node):,} nodes, {len(model.compiled.trees)} trees",
        f"made {making.cpu_s:.1f} s, {making.peak_gb:.2f} GB",
        f"published {publishing.cpu_s:.1f} s, {publishing.peak_gb:.2f} GB, disk {disk_gb:.2f} GB",
        f"opened {1e3 * opening.cpu_s:.0f} ms",
    )  # fmt: skip
    assert len(model.compiled.trees)


def test_the_exact_map(model, capsys) -> None:
    """Open and hosting capacity with its guard, nothing written; then the whole table."""

    def settle(number: int) -> float:
        s = make_situation(model, number, RULES, ())
        open_capacities(
            s.tree, s.limits, peak_loading_pct=s.peak_loading_pct, promised_kva=s.promised_kva,
            k=0.8,
        )  # fmt: skip
        found, _ = settle_loads(
            s.folded, s.state, s.limits, s.bounds, np.arange(len(s.tree)),
            power_factor=POWER_FACTOR,
        )  # fmt: skip
        return float(found.s_pu[1:].min())

    numbers = range(len(model.compiled.trees))
    settle(0)
    with Stage() as pure, ThreadPoolExecutor(WORKERS) as pool:
        least = list(pool.map(settle, numbers))
    with Stage() as whole:
        table = map_capacities(model, RULES, CapacityQuestion(power_factor=POWER_FACTOR))
    show(
        capsys, f"map of {len(table):,} nodes",
        f"exact {pure.cpu_s:.2f} s CPU, {pure.wall_s:.2f} s on {WORKERS} threads, "
        f"{1e6 * pure.cpu_s / len(table):.2f} us a node, {pure.peak_gb:.2f} GB",
        f"with generation and table {whole.cpu_s:.2f} s, {whole.peak_gb:.2f} GB",
    )  # fmt: skip
    assert min(least) >= 0.0


def test_the_map_of_all_hours(model, capsys) -> None:
    question = CapacityQuestion(power_factor=POWER_FACTOR, hours=Hours())
    with Stage() as cases:
        count = len(model.load_cases)
    map_part(model, 0, RULES, question)
    numbers = range(1, min(len(model.compiled.trees), 1 + TREES_OVER_HOURS))
    with Stage() as stage:
        nodes = sum(len(map_part(model, number, RULES, question)) for number in numbers)
    per_node = stage.cpu_s / nodes
    total = cases.cpu_s + per_node * len(model.network.bus_of_node)
    show(
        capsys, f"{count} hours", f"cases {cases.cpu_s:.1f} s",
        f"{1e6 * per_node / count:.2f} us a node and hour (of {nodes:,} nodes)",
        f"{total:.0f} s the city, reckoned", f"{stage.peak_gb:.2f} GB",
    )  # fmt: skip
    assert nodes > 0


def test_one_node_and_what_is_prepared_again(model, capsys) -> None:
    number = int(np.argmax([len(tree) for tree in model.compiled.trees]))
    situation = make_situation(model, number, RULES, ())
    row = np.array([len(situation.tree) // 2])
    node_id = model.node_id(number, int(row[0])) or model.node_id(number, 1)
    promise = Commitment(
        commitment_id="bench", node_id=node_id, s_kva=100.0, demand_factor=1.0,
        power_factor=POWER_FACTOR, expires_on=date(2030, 1, 1),
    )  # fmt: skip
    runs: dict[str, Callable[[], Any]] = {
        "one node": lambda: largest_loads(situation.folded, row, power_factor=POWER_FACTOR),
        "a tee": lambda: largest_loads(
            situation.folded, row, np.array([0.5]), power_factor=POWER_FACTOR
        ),
        "a commitment or load": lambda: make_situation(model, number, RULES, (promise,)).folded,
    }
    cells = []
    for name, run in runs.items():
        run()
        with Stage() as stage:
            for _ in range(50):
                run()
        cells.append(f"{name} {1e6 * stage.cpu_s / 50:,.1f} us")
    show(capsys, f"largest tree {len(situation.tree):,} rows", *cells)
    assert len(cells) == len(runs)


def test_other_loads_on_one_feeder(city, capsys) -> None:
    folder, *_ = city
    model = open_model(folder)
    first = model.node_rows_of_tree(0)
    names = model.tables.take("nodes", first).index.tolist()
    rows = model.tables.find("loads", "node", names)
    loads = model.tables.take("loads", rows)
    with Stage() as stage:
        write_change(folder, {"loads": pd.DataFrame({"p_kw": 1.1 * loads["p_kw"]})})
    with Stage() as opening:
        open_model(folder).state(0)
    show(
        capsys, f"{len(loads)} loads of one tree changed", f"{stage.cpu_s:.2f} s",
        f"{stage.peak_gb:.2f} GB", f"opened {1e3 * opening.cpu_s:.0f} ms",
    )  # fmt: skip
    assert len(loads) > 0


def plan_times(model: StoredModel, level: str, count: int) -> list[float]:
    """CPU seconds of each of some applications, the first few left out."""
    field, sizes = APPLICATIONS[level]
    catalogue, rng, taken = load_catalogue(), np.random.default_rng(7), []
    lon, lat = model.column("nodes", "lon"), model.column("nodes", "lat")
    for k in range(count + WARM_UP):
        row = int(rng.integers(len(lon)))
        application = SupplyApplication(
            lon=lon[row] + 0.001 * rng.normal(), lat=lat[row] + 0.001 * rng.normal(),
            on_date=DAY, special_load="none", **{field: sizes[k % len(sizes)]},
        )  # fmt: skip
        start = time.process_time()
        make_plan(application, model, RULE_BOOK, catalogue)
        taken.append(time.process_time() - start)
    return taken[WARM_UP:]


@pytest.mark.parametrize("level", APPLICATIONS)
def test_plans(model, level: str, capsys) -> None:
    with Stage() as stage:
        times = plan_times(model, level, PLANS)
    p50, p99 = 1e3 * np.percentile(times, [50, 99])
    show(
        capsys, f"{level}, {PLANS} plans", f"p50 {p50:.0f} ms", f"p99 {p99:.0f} ms",
        f"{stage.peak_gb:.2f} GB",
    )  # fmt: skip
    assert len(times) == PLANS


_BARRIER: Any = None


def _meet_at(barrier: Any) -> None:
    global _BARRIER  # noqa: PLW0603 - how a worker process is handed what it cannot pickle
    _BARRIER = barrier


def _plan_and_weigh(folder: Path) -> tuple[float, float]:
    """Resident memory and proportional share of it, while every worker holds the city."""
    plan_times(open_model(folder), "10 kV", 4)
    _BARRIER.wait()
    weighed = memory_gb("smaps_rollup", "Rss"), memory_gb("smaps_rollup", "Pss")
    _BARRIER.wait()
    return weighed


@pytest.mark.parametrize("workers", [1, 3])
def test_worker_processes_share_the_pages(city, workers: int, capsys) -> None:
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(workers)
    with ProcessPoolExecutor(workers, context, _meet_at, (barrier,)) as pool:
        found = list(pool.map(_plan_and_weigh, [city[0]] * workers))
    rss, pss = np.sum(found, axis=0)
    show(capsys, f"{workers} workers", f"RSS {rss:.2f} GB", f"PSS {pss:.2f} GB")
    assert pss <= rss
