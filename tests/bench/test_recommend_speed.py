"""Speed of `make_plan` on a grid of 10,458 nodes, beside the same checks in a pandapower loop.

Prints the table of docs/performance.md. Times are CPU times of the one thread that works. Only the
ratio of two times of one run is worth anything; nothing here decides a test but that every
application is answered.
"""

import time
from datetime import date

import numpy as np
import pytest

from grid_models import transfers
from grid_models.catalogue import load_catalogue
from grid_models.model import GridModel
from grid_models.readers import read_grid
from planner import search
from planner.application import SupplyApplication
from planner.assistant import make_plan
from planner.rules import load_rule_book

pytestmark = pytest.mark.bench

APPLICATIONS = 200
PANDAPOWER_SAMPLE = 20
SIZES = {"low voltage": ("kw", (60.0, 150.0, 190.0)), "10 kV": ("kva", (630.0, 1250.0, 4000.0))}


@pytest.fixture(scope="module")
def model() -> GridModel:
    grid = read_grid(
        "simbench:1-MVLV-urban-all-0-sw",
        relocate=(120.15, 30.28),
        assume=[
            "ownership=public", "spare_bays=2", "load_basis=declared", "restricted_areas=none",
        ],
        load_date=date(2026, 11, 1),
        topology_date=date(2026, 11, 1),
    )  # fmt: skip
    return GridModel.of(grid)


@pytest.fixture(scope="module")
def pandapower_s() -> float:
    """Mean time of one check in a pandapower loop: add line and load, solve, take them out."""
    import pandapower as pp
    import simbench

    net = simbench.get_simbench_net("1-MVLV-urban-all-0-sw")
    net.trafo["tap_changer_type"] = "Ratio"
    pp.runpp(net)
    generator = np.random.default_rng(3)
    start = time.thread_time()
    for bus in generator.choice(net.bus.index[net.bus.vn_kv < 20.0], PANDAPOWER_SAMPLE):
        end = pp.create_bus(net, vn_kv=net.bus.vn_kv[bus])
        line = pp.create_line_from_parameters(
            net, bus, end, length_km=0.05, r_ohm_per_km=0.1, x_ohm_per_km=0.08,
            c_nf_per_km=200.0, max_i_ka=0.4,
        )  # fmt: skip
        load = pp.create_load(net, end, p_mw=0.05, q_mvar=0.02)
        pp.runpp(net, init="auto")
        net.load.drop(load, inplace=True)
        net.line.drop(line, inplace=True)
        net.bus.drop(end, inplace=True)
    return (time.thread_time() - start) / PANDAPOWER_SAMPLE


@pytest.mark.parametrize("level", SIZES)
def test_two_hundred_applications(
    level: str,
    model: GridModel,
    pandapower_s: float,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    solved = refused = transferred = 0
    evaluate, screen, judge_each = search.evaluate, search.screen, transfers.judge_each

    def counted(situation, trials, rules, at):
        nonlocal solved
        solved += len(trials)
        return evaluate(situation, trials, rules, at)

    def screened(situation, trials, rules, at):
        nonlocal refused
        found = screen(situation, trials, rules, at)
        refused += sum(1 for reasons in found if reasons)
        return found

    def judged(model, case, news):
        nonlocal transferred
        transferred += len(news)
        return judge_each(model, case, news)

    monkeypatch.setattr(transfers, "judge_each", judged)
    monkeypatch.setattr(search, "evaluate", counted)
    monkeypatch.setattr(search, "screen", screened)
    field, sizes = SIZES[level]
    catalogue, rule_book = load_catalogue(), load_rule_book("demo")
    generator = np.random.default_rng(7)
    nodes = model.grid.nodes
    times, modes = [], []
    for k in range(APPLICATIONS + len(sizes)):
        node = nodes.iloc[int(generator.integers(len(nodes)))]
        application = SupplyApplication(
            lon=node["lon"] + 0.001 * generator.normal(),
            lat=node["lat"] + 0.001 * generator.normal(),
            on_date=date(2026, 11, 22),
            special_load="none",
            **{field: sizes[k % len(sizes)]},
        )
        if k == len(sizes):
            solved = refused = transferred = 0
        start = time.thread_time()
        plan = make_plan(application, model, rule_book, catalogue)
        if k >= len(sizes):
            times.append(time.thread_time() - start)
            modes.append(plan.answer.mode)
    p50, p99 = np.percentile(times, [50, 99]) * 1000.0
    by_solved, by_looked_at = (
        pandapower_s * (count + transferred) / sum(times) for count in (solved, solved + refused)
    )
    each = {
        "access points looked at": solved + refused,
        "of these solved in full": solved,
        "transfers of a feeder": transferred,
    }
    counts = ", ".join(f"{count / APPLICATIONS:.1f} {name}" for name, count in each.items())
    with capsys.disabled():
        print(  # noqa: T201 - the table is what a benchmark is for
            f"\n{level}: p50 {p50:.0f} ms, p99 {p99:.0f} ms, mean {1000 * np.mean(times):.0f} ms; "
            f"an application: {counts}; pandapower {1000 * pandapower_s:.0f} ms a check; "
            f"ratio {by_looked_at:.0f}, without the points refused by their way {by_solved:.0f}"
        )
    assert len(modes) == APPLICATIONS
