from __future__ import annotations

from grid_models.model import GridModel
from grid_models.patterns import find_patterns
from tests.grid_models.grids import bridge, wire
from tests.grid_models.rings import OHM, K, ring


def codes(grid) -> dict[str, tuple[str, float]]:
    model = GridModel.of(grid)
    return {
        model.branch_id(place.tree, place.row): (pattern.code, pattern.k)
        for place, pattern in find_patterns(model, K).items()
    }


def third(kw: float = 0.0, **tables):
    """A third feeder, S - G, with a tie to B of the first one."""
    from tests.grid_models.grids import load

    ties = {
        "tie": bridge("C", "E", is_closed=False),
        "tie 3": bridge("B", "G", is_closed=False),
    }
    return ring(
        nodes={"G": {"vn_kv": 10.0}},
        lines={"three": wire("S", "G", OHM)} | tables.pop("lines", {}),
        loads={"at G": load("G", kw)},
        switches=tables.pop("switches", ties),
        **tables,
    )


def test_a_feeder_without_a_tie_is_radial():
    assert codes(ring(switches={}))["one"] == ("radial", 1.0)


def test_two_feeders_with_a_tie_between_them_are_a_single_ring():
    assert codes(ring()) == {"one": ("single_ring", 0.5), "two": ("single_ring", 0.5)}


def test_overhead_feeders_with_a_tie_between_them_are_a_single_tie():
    overhead = {
        name: wire(*ends, OHM, laying="overhead")
        for name, ends in {"one": "SB", "one:2": "BC", "two": "SD", "two:2": "DE"}.items()
    }
    assert codes(ring(lines=overhead))["one"] == ("single_tie", 0.5)


def test_two_ties_in_one_section_help_no_more_than_one():
    assert codes(third(kw=100.0))["one"] == ("single_ring", 0.5)


def test_two_ties_in_two_sections_to_two_feeders_are_two_ties():
    cut = {
        "tie": bridge("C", "E", is_closed=False),
        "tie 3": bridge("B", "G", is_closed=False),
        "between": {"node": "B", "element_id": "one:2", "element_kind": "line"},
    }
    assert codes(third(kw=100.0, switches=cut)) == {
        "one": ("two_ties", 0.67),
        "two": ("single_ring", 0.5),
        "three": ("single_ring", 0.5),
    }


def test_two_ties_to_one_feeder_are_a_ring_still():
    ties = {
        "tie": bridge("C", "E", is_closed=False),
        "tie 2": bridge("B", "D", is_closed=False),
        "between": {"node": "B", "element_id": "one:2", "element_kind": "line"},
    }
    assert codes(ring(switches=ties))["one"] == ("single_ring", 0.5)


def test_a_feeder_without_load_between_two_others_is_their_standby():
    ties = {
        "tie 1": bridge("C", "G", is_closed=False),
        "tie 2": bridge("E", "G", is_closed=False),
    }
    assert set(codes(third(kw=0.0, switches=ties)).values()) == {("two_supply_one_standby", 0.67)}
