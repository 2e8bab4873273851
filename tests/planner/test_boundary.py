"""Where the utility's property ends, by kind of access."""

from __future__ import annotations

import pytest

from planner.boundary import find_boundary
from tests.planner.example import example_rules, rule_book
from tests.planner.station import BY_THE_LINE, SITE, supply
from tests.planner.trials import trial


@pytest.mark.parametrize(
    ("kind", "level", "code"),
    [
        ("lv_public", "lv", "meter_box"),
        ("mv_public_bay", "mv", "bay_cable_end"),
        ("mv_public_ring_in", "mv", "unit_cable_end"),
        ("mv_new_feeder", "mv", "bay_cable_end"),
        ("mv_public_tee", "mv", "tee_switch"),
        ("existing_supply", "mv", "present"),
    ],
)
def test_every_kind_of_access_has_its_boundary(kind: str, level, code: str) -> None:
    found = find_boundary(trial(kind).candidate, level, example_rules(), str)
    assert found.code == code


def test_a_cable_from_a_tee_ends_at_the_switch_that_is_built_there() -> None:
    (option, *_) = supply(at=BY_THE_LINE).options
    assert option.sources[0].access_point.kind == "line_tee"
    assert any(work.code == "boundary_switch" for work in option.works)
    assert option.sources[0].boundary.code == "tee_switch"


def test_where_it_lies_is_a_rule() -> None:
    places = {"mv_public_bay": "present"}
    (option, *_) = supply(at=SITE, rules=rule_book(property_boundary={"value": places})).options
    assert option.sources[0].boundary.zh.endswith("现有产权分界点")
