from __future__ import annotations

import numpy as np
import pytest

from grid_models.capacity import Access
from grid_models.demand import LoadCases, limit_groups, make_load_cases, tree_at, worst_cases
from grid_models.limits import Relaxation, find_limits
from grid_models.solvers.radial import solve_tree
from tests.grid_models.capacities import BY_RULE, LEGAL_V, hosting_of
from tests.grid_models.demand.streets import (
    EVENING,
    HOME,
    NIGHT,
    NOON,
    ROOF,
    SHOP,
    compiled_street,
    flat,
    row_of,
    shaped,
)
from tests.grid_models.demand.test_trees import ZIP_LOADS
from tests.grid_models.grids import load


def kept_of(compiled, cases: LoadCases, **options) -> list[str]:
    found = worst_cases(compiled, 0, cases, **options)
    return [cases.cases[k].name for k in found.kept]


def capacity_at(compiled, cases: LoadCases, k: int, node: str, relaxation: Relaxation) -> float:
    tree = tree_at(compiled, 0, cases, k)
    limits = find_limits(compiled.network, tree, LEGAL_V)
    access = Access(row=row_of(compiled, node), share=None)
    (found,) = hosting_of(tree, limits, [access], relaxation, 1.0)
    return found.kva


def test_an_hour_that_is_heavier_for_every_class_covers_all_others():
    compiled = compiled_street([shaped(HOME, {EVENING: 1.0}), shaped(SHOP, {EVENING: 0.5})])
    assert kept_of(compiled, make_load_cases(compiled)) == ["all 18:30"]


def test_an_hour_heavier_for_one_branch_is_kept():
    """At noon more flows to B, in the evening more to C."""
    compiled = compiled_street([shaped(HOME, {EVENING: 1.0}, rest=0.8), shaped(SHOP, {NOON: 1.0})])
    kept = kept_of(compiled, make_load_cases(compiled))
    assert kept == ["all 12:00", "all 18:30"]


def test_what_counts_is_the_sum_below_each_branch_and_not_each_load():
    """At noon the shop at B takes 15 kW more and the home at C 120 kW less: evening covers it."""
    loads = {
        "home:1": load("C", 400.0, 100.0, curve_id=HOME),
        "shop:1": load("B", 150.0, 75.0, curve_id=SHOP),
    }
    home, shop = shaped(HOME, {EVENING: 1.0, NOON: 0.7}), shaped(SHOP, {EVENING: 0.9, NOON: 1.0})
    compiled = compiled_street([home, shop], loads=loads, generators={})
    assert kept_of(compiled, make_load_cases(compiled)) == ["all 18:30"]


def test_an_hour_of_more_reactive_power_is_kept():
    evening, noon = shaped(HOME, {EVENING: 1.0, NOON: 0.9}), np.full(96, 0.1)
    noon[NOON] = 1.0
    compiled = compiled_street([evening.assign(q_pu=noon), flat(SHOP, 0.0)])
    assert kept_of(compiled, make_load_cases(compiled)) == ["all 12:00", "all 18:30"]


def test_of_equal_hours_one_is_kept():
    compiled = compiled_street([flat(HOME, 0.5), flat(SHOP, 0.5), flat(ROOF, 0.5)])
    assert kept_of(compiled, make_load_cases(compiled)) == ["all 00:00"]


def test_more_generation_makes_no_hour_worse():
    """The roof's noon is its own class turned round: less is taken, so it is covered."""
    roof = shaped(ROOF, {NOON: 0.5}, rest=0.0)
    compiled = compiled_street([flat(HOME, 0.5), flat(SHOP, 0.5), roof])
    assert kept_of(compiled, make_load_cases(compiled)) == ["all 00:00"]


def test_an_hour_in_which_generators_send_power_up_is_kept():
    """At noon 160 kW flow up from C, more than the 100 kW that flow down at night."""
    roof = shaped(ROOF, {NOON: 1.0}, rest=0.0)
    big = {"roof:1": {"node": "C", "p_kw": 260.0, "kind": ROOF, "curve_id": ROOF}}
    compiled = compiled_street([flat(HOME, 0.5), flat(SHOP, 0.5), roof], generators=big)
    assert kept_of(compiled, make_load_cases(compiled)) == ["all 00:00", "all 12:00"]


SEASONS = [flat(HOME, 1.0, season="summer"), flat(HOME, 0.5, season="winter")]


def test_seasons_are_not_compared_unless_their_limits_are_the_same():
    compiled = compiled_street(SEASONS)
    cases = make_load_cases(compiled)
    assert kept_of(compiled, cases) == ["summer 00:00", "winter 00:00"]
    same = limit_groups(compiled.grid)
    assert kept_of(compiled, cases, limit_group=same) == ["summer 00:00"]


def test_a_season_with_a_limit_of_its_own_is_apart():
    limits = {"ct": {"element_id": "L", "limit_a": 100.0, "source": "ct", "season": "winter"}}
    compiled = compiled_street(SEASONS, limits=limits)
    group = limit_groups(compiled.grid)
    assert group == {
        "spring": "all", "summer": "all", "autumn": "all", "winter": "winter", "all": "all"
    }  # fmt: skip
    kept = kept_of(compiled, make_load_cases(compiled), limit_group=group)
    assert kept == ["summer 00:00", "winter 00:00"]


# ---- where it ends: each counter-example with its sign ----


def test_loads_that_follow_the_voltage_keep_every_case_and_say_so():
    compiled = compiled_street([flat(HOME, 0.5), flat(SHOP, 0.5)], loads=ZIP_LOADS)
    found = worst_cases(compiled, 0, make_load_cases(compiled))
    assert found.kept.tolist() == list(range(96))
    assert found.reason == "loads_follow_voltage"


def test_more_load_can_leave_more_room_where_it_follows_the_voltage():
    """A load that gives reactive power and falls with the square of the voltage.

    The new load lowers the voltage and with it what a constant-impedance load of 4 MW takes; a
    constant-power load of 3.6 MW would keep all of it. The heavier case carries more.
    """
    following = {"home:1": load("B", 4000.0, curve_id=HOME, const_z_p_pct=100.0)}
    constant = {"home:1": load("B", 4000.0, curve_id=HOME)}
    room = {}
    for name, loads, factor in (("following", following, 1.0), ("constant", constant, 0.9)):
        compiled = compiled_street([flat(HOME, factor)], loads=loads, generators={})
        cases = make_load_cases(compiled)
        room[name] = capacity_at(compiled, cases, NIGHT, "B", BY_RULE)
    assert room["following"] > room["constant"]


BROKEN = {
    "home:1": load("B", 100.0, curve_id=HOME),
    "shop:1": load("C", 4000.0, curve_id=SHOP),
}


def broken_street():
    """C is below 9.3 kV when the shop is open in full, and a hair above it at 79 %."""
    day = np.full(96, 0.5)
    day[NOON], day[EVENING] = 1.0, 0.79
    shop = flat(SHOP, 0.0).assign(p_pu=day, q_pu=day)
    compiled = compiled_street([flat(HOME, 1.0), shop], loads=BROKEN, generators={})
    return compiled, make_load_cases(compiled)


def breaks_a_limit(compiled):
    limits = find_limits(compiled.network, compiled.trees[0], LEGAL_V)

    def breaks(tree, _):
        return bool((solve_tree(tree).v_pu < limits.v_low_pu).any())

    return breaks


def test_more_load_can_leave_more_room_where_a_limit_is_broken_before():
    """What is broken may get worse by 0.5 %; what is just held may not break."""
    compiled, cases = broken_street()
    broken = capacity_at(compiled, cases, NOON, "B", BY_RULE)
    held = capacity_at(compiled, cases, EVENING, "B", BY_RULE)
    assert broken > held > 0.0


def test_an_hour_that_breaks_a_limit_covers_no_other():
    compiled, cases = broken_street()
    assert kept_of(compiled, cases) == ["all 12:00"]
    kept = kept_of(compiled, cases, breaks=breaks_a_limit(compiled))
    assert kept == ["all 12:00", "all 18:30"]


# ---- toward export ----


def test_toward_export_the_hour_of_least_demand_and_most_generation_is_kept():
    roof = shaped(ROOF, {NOON: 1.0}, rest=0.0)
    home = flat(HOME, 0.5).assign(p_least_pu=0.1, q_least_pu=0.1)
    compiled = compiled_street([home, flat(SHOP, 0.2), roof])
    cases = make_load_cases(compiled, toward="export")
    found = worst_cases(compiled, 0, cases)
    assert [cases.cases[k].name for k in found.kept] == ["all 12:00"]
    assert not found.is_proven


def test_toward_load_the_choice_is_proven():
    compiled = compiled_street([flat(HOME, 0.5)])
    assert worst_cases(compiled, 0, make_load_cases(compiled)).is_proven


def test_a_grid_without_curves_keeps_its_peak():
    compiled = compiled_street()
    assert worst_cases(compiled, 0, make_load_cases(compiled)).kept == pytest.approx([0])
