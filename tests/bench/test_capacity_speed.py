"""Speed of the capacity engine beside pandapower and power-grid-model, in one run.

Prints the rows of docs/performance.md. Only ratios of one run are worth anything; nothing here
decides a test but that every figure was found.
"""

# ruff: noqa: T201 -- the table is what a benchmark is for

from __future__ import annotations

import resource
import time
from collections.abc import Callable
from datetime import date

import numpy as np
import pandapower as pp
import pytest
import simbench

from grid_models.exact.fold import fold_tree
from grid_models.exact.largest import largest_loads
from grid_models.model import GridModel
from grid_models.readers import read_grid
from grid_models.solvers.pgm import MeshTrials
from grid_models.solvers.radial import Connection, solve_connections
from planner.capacity import CapacityQuestion, map_capacities
from planner.rules import load_rule_book
from planner.situation import make_situation
from tests.grid_models.meshed.meshes import as_mesh

pytestmark = pytest.mark.bench

MV, MVLV = "1-MV-urban--0-sw", "1-MVLV-urban-all-0-sw"
CASES, PGM_CASES, LOOP_CASES = 1000, 200, 20
BISECTION_STEPS, BISECTED_NODES = 14, 3
RULES = load_rule_book("demo").on(date(2026, 11, 1))
POWER_FACTOR = 0.95


def least_s(run: Callable[[], object], times: int = 3) -> float:
    """Least wall time of a few runs, the first one (compilation) not counted."""
    run()
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        run()
        taken.append(time.perf_counter() - start)
    return min(taken)


def pandapower_net(code: str):
    net = simbench.get_simbench_net(code)
    net.trafo["tap_changer_type"] = "Ratio"
    pp.runpp(net)
    return net


def loop_s(net) -> float:
    """Mean time of one power flow in a pandapower loop with one load changed each time."""
    load = pp.create_load(net, int(net.load.bus.iloc[0]), p_mw=0.0)
    start = time.perf_counter()
    for k in range(LOOP_CASES):
        net.load.loc[load, "p_mw"] = 1e-4 * k
        pp.runpp(net, init="results")
    return (time.perf_counter() - start) / LOOP_CASES


def bisection_s(net) -> float:
    """Mean time of one node's capacity by bisection with pandapower."""
    buses = net.bus.index[net.bus.vn_kv < 20.0][:: len(net.bus) // BISECTED_NODES]
    start = time.perf_counter()
    for bus in buses[:BISECTED_NODES]:
        load = pp.create_load(net, int(bus), p_mw=0.0)
        low, high = 0.0, 8.0
        for _ in range(BISECTION_STEPS):
            middle = 0.5 * (low + high)
            net.load.loc[load, "p_mw"] = middle
            try:
                pp.runpp(net)
                fits = net.res_bus.vm_pu.min() > 0.9 and net.res_line.loading_percent.max() < 100.0
            except pp.LoadflowNotConverged:
                fits = False
            low, high = (middle, high) if fits else (low, middle)
        net.load.drop(load, inplace=True)
    return (time.perf_counter() - start) / BISECTED_NODES


def model_of(code: str) -> GridModel:
    return GridModel.of(read_grid(f"simbench:{code}", relocate=(120.15, 30.28)))


def show(capsys, *cells: object) -> None:
    with capsys.disabled():
        print("\n| " + " | ".join(str(cell) for cell in cells) + " |")


@pytest.mark.parametrize("code", [MV, MVLV])
def test_a_thousand_injection_cases(code, capsys):
    model = model_of(code)
    number = int(np.argmax([len(tree) for tree in model.compiled.trees]))
    tree, state = model.tree(number), model.state(number)
    rows = np.random.default_rng(1).integers(1, len(tree), CASES)
    cases = [
        Connection(row=int(k), share=None, r=0.0, x=0.0, g=0.0, b=0.0, rating=np.inf, p=0.01, q=0.0)
        for k in rows
    ]
    ours = least_s(lambda: solve_connections(tree, state, cases), 1) / CASES
    theirs = loop_s(pandapower_net(code))
    # the same cases as one batch of power-grid-model, on the same tree
    mesh = as_mesh(model.compiled, number)
    trials, at = MeshTrials(model.network, mesh), np.searchsorted(mesh.bus, tree.bus[rows])
    own = at[:PGM_CASES], np.full(PGM_CASES, 0.01 + 0j)
    batch = least_s(lambda: trials.solve(*own), 1) / PGM_CASES
    show(
        capsys, f"{CASES} injection cases, {len(tree)} rows", f"{1e3 * ours:.3f} ms a case",
        f"power-grid-model, a batch of {PGM_CASES} {1e3 * batch:.2f} ms, {batch / ours:,.0f} x",
        f"pandapower loop {1e3 * theirs:.1f} ms, {theirs / ours:,.0f} x",
    )  # fmt: skip
    assert ours > 0.0


@pytest.mark.parametrize("code", [MV, MVLV])
def test_the_map_of_every_node(code, capsys):
    model = model_of(code)
    question = CapacityQuestion(power_factor=POWER_FACTOR)
    table = map_capacities(model, RULES, question)
    ours = least_s(lambda: map_capacities(model, RULES, question))
    theirs = bisection_s(pandapower_net(code)) * len(table)
    show(
        capsys, f"map of {len(table):,} nodes", f"{1e3 * ours:.1f} ms",
        f"pandapower bisection {theirs:,.0f} s (from {BISECTED_NODES} nodes)",
        f"{theirs / ours:,.0f} x",
    )  # fmt: skip
    assert (table["quality"] != "unknown").all()


def test_one_node_after_preparation(capsys):
    model = model_of(MVLV)
    situation = make_situation(model, 0, RULES, ())
    rows = np.arange(len(situation.tree))
    prepare = least_s(lambda: fold_tree(situation.tree, situation.state, situation.bounds))
    every = least_s(lambda: largest_loads(situation.folded, rows, power_factor=POWER_FACTOR))
    one = np.array([len(rows) // 2])
    alone = least_s(lambda: largest_loads(situation.folded, one, power_factor=POWER_FACTOR), 20)
    resolve = least_s(lambda: make_situation(model, 0, RULES, ()).folded)
    show(
        capsys, f"{len(rows):,} rows", f"fold {1e6 * prepare / len(rows):.2f} us a node",
        f"march {1e6 * every / len(rows):.2f} us a node",
        f"one node alone {1e6 * alone:.1f} us, tree prepared again {1e3 * resolve:.1f} ms",
    )  # fmt: skip
    assert every > 0.0


def test_peak_memory(capsys):
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0
    show(capsys, "peak memory of this process", f"{peak_mb:.0f} MB")
    assert peak_mb > 0.0
