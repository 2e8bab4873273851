"""What several test packages share: networks of pandapower and SimBench, each loaded once."""

from __future__ import annotations

import random
import warnings
from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import pytest

from grid_models.grid import Grid
from grid_models.readers import read_grid, read_pandapower


class LoadedNet(NamedTuple):
    """A grid and the pandapower net it was read from, solved; neither may be changed."""

    grid: Grid
    net: Any


LoadNet = Callable[[str], LoadedNet]


@pytest.fixture(scope="session")
def load_net() -> LoadNet:
    """Return a function that gives ``pandapower:NAME`` or ``simbench:CODE`` as a `LoadedNet`."""
    return cache(_load)


def _load(source: str) -> LoadedNet:
    import pandapower

    scheme, _, name = source.partition(":")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        net = _simbench_net(name) if scheme == "simbench" else _pandapower_net(name)
        pandapower.runpp(net, tolerance_mva=1e-9)
    # reading a SimBench network takes seconds, so it is read once
    grid = read_pandapower(net, name, source) if scheme == "simbench" else read_grid(source)
    return LoadedNet(grid, net)


def _simbench_net(code: str) -> Any:
    import simbench

    net = simbench.get_simbench_net(code)
    # pandapower ignores the tap position of a changer whose type is blank
    net.trafo["tap_changer_type"] = "Ratio"
    return net


def _pandapower_net(name: str) -> Any:
    from pandapower import networks

    maker = getattr(networks, name, None) or getattr(networks, f"create_{name}")
    state = random.getstate()
    # kerber networks draw their branches; the reader starts from the same seed
    random.seed(0)
    try:
        return maker()
    finally:
        random.setstate(state)
