"""Candidates ring by ring: the same ones, in the same order, as one look at everything finds."""

from __future__ import annotations

import pytest

from planner.access import find_candidates
from planner.candidate import Candidate
from planner.supply import Supply
from tests.planner.example import asked, example_rules, unexamined
from tests.planner.station import station, station_model

MOST_M = 2_000.0


def everything(supply: Supply) -> list[Candidate]:
    """Return every usable candidate as it is handed out."""
    found = []
    while candidate := supply.usable_at(len(found)):
        found.append(candidate)
    return found


@pytest.mark.parametrize("level", ["mv", "lv"])
@pytest.mark.parametrize(
    "site", [(0.0, 440.0), (360.0, 440.0), (-700.0, 400.0), (719.5, 440.0), (720.0, 1_700.0)]
)
def test_rings_hand_out_what_one_look_finds_in_the_same_order(
    site: tuple[float, float], level: str
) -> None:
    model, application, rules = station_model(), asked(*site, kva=800.0), example_rules()

    def look(ring_m: tuple[float, float] | None) -> tuple[Candidate, ...]:
        return find_candidates(model, application, level, 800.0, rules, ring_m=ring_m)  # type: ignore[arg-type]

    at_once = look((-1.0, MOST_M))
    supply = Supply(look, MOST_M)
    assert everything(supply) == [c for c in at_once if not c.refusals]
    assert sorted(supply.refused, key=lambda c: c.key) == [c for c in at_once if c.refusals]


def test_no_ring_is_looked_at_before_it_is_needed() -> None:
    looked: list[tuple[float, float]] = []
    model, application, rules = station_model(), asked(0.0, 440.0, kva=800.0), example_rules()

    def look(ring_m: tuple[float, float]) -> tuple[Candidate, ...]:
        looked.append(ring_m)
        return find_candidates(model, application, "mv", 800.0, rules, ring_m=ring_m)

    supply = Supply(look, MOST_M)
    assert looked == []
    assert supply.usable_at(0) is not None
    assert looked == [(-1.0, 250.0)]
    assert supply.usable_at(99) is None
    assert looked == [(-1.0, 250.0), (250.0, 500.0), (500.0, 1_000.0), (1_000.0, 2_000.0)]


def test_a_cable_cut_off_its_end_is_handed_out_by_its_own_distance() -> None:
    # 249.9 m from the end of line:2, 250.9 m from the point a metre inside: beyond the first ring
    grid = station()
    lines = grid.lines.assign(laying="cable")
    bays = grid.bays.assign(is_spare=False)
    model = unexamined(grid.with_tables(lines=lines, bays=bays))
    application, rules = asked(720.0 + 249.9, 400.0, kva=800.0), example_rules()

    def look(ring_m: tuple[float, float]) -> tuple[Candidate, ...]:
        return find_candidates(model, application, "mv", 800.0, rules, ring_m=ring_m)

    (cut_in,) = everything(Supply(look, MOST_M))
    assert cut_in.element_id == "line:2"
    assert cut_in.distance_m == pytest.approx(250.9, abs=1e-3)
