"""Two feeders of one 10 kV busbar that meet at an open switch.

::

    S --one--- B --- C /tie/ E --- D ---two-- S

Lines have next to no resistance, so that a load of p kW draws p / (sqrt 3 x 10 kV) everywhere.
"""

from __future__ import annotations

from typing import Any

from grid_models.grid import Grid
from grid_models.limits import Relaxation
from grid_models.model import GridModel, Place
from grid_models.transfers import Transfers
from tests.grid_models.capacities import LEGAL_V, ROOT_3
from tests.grid_models.grids import bridge, grid_of, load, source, wire
from tests.grid_models.standing import stand_as_present

OHM = 1e-5
K = {
    "radial": 1.0, "single_ring": 0.5, "single_tie": 0.5, "two_ties": 0.67,
    "three_section_three_tie": 0.75, "two_supply_one_standby": 0.67,
    "three_supply_one_standby": 0.75,
}  # fmt: skip


def ring(
    *,
    kw: tuple[float, float, float, float] = (1000.0, 500.0, 800.0, 200.0),
    two_a: float = 300.0,
    **tables: Any,
) -> Grid:
    """Return the ring; loads in kW at B, C, D and E, rated current of the second feeder's head."""
    lines = {
        "one": wire("S", "B", OHM),
        "one:2": wire("B", "C", OHM),
        "two": wire("S", "D", OHM, ampacity_a=two_a),
        "two:2": wire("D", "E", OHM),
    } | tables.pop("lines", {})
    return grid_of(
        dict.fromkeys("SBCDE", 10.0) | tables.pop("nodes", {}),
        lines=lines,
        loads={f"at {node}": load(node, p) for node, p in zip("BCDE", kw, strict=True)}
        | tables.pop("loads", {}),
        switches=tables.pop("switches", {"tie": bridge("C", "E", is_closed=False)}),
        sources={"grid": source("S")},
        **tables,
    )


def asked(grid: Grid, relaxation: Relaxation | None = None) -> Transfers:
    """Return the transfers of a grid at its present loads."""
    model = GridModel.of(grid)
    strict = relaxation or Relaxation(loading_points=0.0, voltage_share=0.0)
    return Transfers(model=model, standing=stand_as_present(model, LEGAL_V, strict))


def feeder(transfers: Transfers, line_id: str) -> Place:
    """Return the feeder whose outgoing line is named."""
    model = transfers.model
    place = model.place_of_line(model.grid.lines.index.get_loc(line_id))
    assert place is not None
    return place


def pct(kw: float, ampacity_a: float) -> float:
    """Loading of a line by a load of pure active power at 10 kV."""
    return 100.0 * kw / (ROOT_3 * 10.0) / ampacity_a
