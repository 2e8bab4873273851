from __future__ import annotations

import numpy as np
import pytest

from grid_models.demand import HeldPower, LoadCase, load_classes, make_load_cases, tree_at
from grid_models.errors import InputError
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
    street,
)

DAY = [
    shaped(HOME, {EVENING: 1.0}, season="summer"),
    shaped(HOME, {EVENING: 0.8}, season="winter"),
    shaped(SHOP, {NOON: 1.0}),
    shaped(ROOF, {NOON: 0.9}, rest=0.0).assign(p_least_pu=0.0, q_least_pu=0.0),
]


def taken_kw(compiled, cases, name: str, node: str) -> float:
    k = [case.name for case in cases.cases].index(name)
    return 1000.0 * float(tree_at(compiled, 0, cases, k).p[row_of(compiled, node)])


def taken_kvar(compiled, cases, name: str, node: str) -> float:
    k = [case.name for case in cases.cases].index(name)
    return 1000.0 * float(tree_at(compiled, 0, cases, k).q[row_of(compiled, node)])


# ---- which cases there are ----


def test_a_grid_without_curves_has_its_peak_and_no_other_case():
    cases = make_load_cases(compiled_street())
    assert cases.cases == (LoadCase("all", None),)
    assert cases.cases[0].name == "peak"


def test_at_the_peak_of_a_grid_without_curves_no_number_of_a_tree_changes():
    compiled = compiled_street()
    tree, at_peak = compiled.trees[0], tree_at(compiled, 0, make_load_cases(compiled), 0)
    for name in ("p", "q", "p_current", "q_current", "g", "b"):
        assert (getattr(at_peak, name) == getattr(tree, name)).all()


def test_every_season_of_the_curves_has_96_cases():
    cases = make_load_cases(compiled_street(DAY))
    assert len(cases) == 2 * 96
    assert [case.season for case in cases.cases[::96]] == ["summer", "winter"]


def test_curves_for_the_whole_year_make_one_season():
    cases = make_load_cases(compiled_street([flat(HOME, 0.5), flat(SHOP, 0.5), flat(ROOF, 0.5)]))
    assert {case.season for case in cases.cases} == {"all"}


def test_a_case_is_named_by_season_and_the_time_it_begins():
    assert LoadCase("summer", EVENING).name == "summer 18:30"


def test_cases_are_found_by_season_and_by_hour():
    cases = make_load_cases(compiled_street(DAY))
    assert len(cases.find(season="winter")) == 96
    assert [case.name for case in cases.find(quarter_hour=EVENING).cases] == [
        "summer 18:30", "winter 18:30",
    ]  # fmt: skip
    assert len(cases.find(season="spring")) == 0


# ---- what is taken in a case ----


def test_every_load_follows_its_own_curve():
    """400 kW at homes x 1.0, 300 kW x scaling 0.5 of the shop x 0.1."""
    compiled = compiled_street(DAY)
    cases = make_load_cases(compiled)
    assert taken_kw(compiled, cases, "summer 18:30", "B") == pytest.approx(400.0 + 15.0)
    assert taken_kw(compiled, cases, "winter 18:30", "B") == pytest.approx(320.0 + 15.0)
    assert taken_kvar(compiled, cases, "summer 12:00", "B") == pytest.approx(10.0 + 75.0)


def test_toward_load_generators_give_their_least():
    """The roof gives 90 kW on the best noon and nothing on the worst."""
    compiled = compiled_street(DAY)
    cases = make_load_cases(compiled)
    assert taken_kw(compiled, cases, "summer 12:00", "C") == pytest.approx(20.0)


def test_toward_export_loads_take_their_least_and_generators_give_their_greatest():
    lazy = shaped(HOME, {NOON: 0.5}).assign(p_least_pu=0.05, q_least_pu=0.02)
    compiled = compiled_street([lazy, *DAY[2:]])
    cases = make_load_cases(compiled, toward="export")
    assert taken_kw(compiled, cases, "all 12:00", "C") == pytest.approx(200.0 * 0.05 - 90.0)
    assert taken_kvar(compiled, cases, "all 12:00", "C") == pytest.approx(50.0 * 0.02 - 9.0)


def test_a_curve_without_a_least_value_has_one_value():
    compiled = compiled_street([flat(HOME, 0.5)])
    cases = make_load_cases(compiled, toward="export")
    assert taken_kw(compiled, cases, "all 03:00", "C") == pytest.approx(200.0 * 0.5 - 100.0)


def test_a_curve_of_its_own_season_goes_before_that_of_the_whole_year():
    compiled = compiled_street(
        [
            flat(HOME, 0.5),
            flat(HOME, 0.7, season="winter"),
            flat(SHOP, 0.1, season="summer"),
            flat(SHOP, 0.1, season="winter"),
        ]
    )
    cases = make_load_cases(compiled)
    assert taken_kw(compiled, cases, "summer 03:00", "B") == pytest.approx(200.0 + 15.0)
    assert taken_kw(compiled, cases, "winter 03:00", "B") == pytest.approx(280.0 + 15.0)


# ---- growth, coincidence, power factor ----


def test_a_class_grows_by_its_percentage_every_year():
    """3 years at 2 %: 1.02 cubed; the shop does not grow."""
    compiled = compiled_street(DAY)
    cases = make_load_cases(compiled, growth_pct={HOME: 2.0}, years=3)
    grown = 400.0 * 1.061208 + 15.0
    assert taken_kw(compiled, cases, "summer 18:30", "B") == pytest.approx(grown)


def test_coincidence_multiplies_every_load_of_a_class():
    compiled = compiled_street(DAY)
    cases = make_load_cases(compiled, coincidence={HOME: 0.4})
    assert taken_kw(compiled, cases, "summer 18:30", "B") == pytest.approx(160.0 + 15.0)
    assert taken_kvar(compiled, cases, "summer 18:30", "B") == pytest.approx(40.0 + 7.5)
    assert taken_kw(compiled, cases, "summer 18:30", "C") == pytest.approx(80.0)


def test_a_class_without_a_curve_is_its_category_and_can_grow():
    compiled = compiled_street()
    assert load_classes(compiled.grid) == (SHOP, HOME)
    cases = make_load_cases(compiled, growth_pct={SHOP: 10.0}, years=1)
    assert taken_kw(compiled, cases, "peak", "B") == pytest.approx(400.0 + 165.0)


def test_generators_neither_grow_nor_coincide():
    mirror = flat(HOME, 1.0)
    roof = {"roof:1": {"node": "C", "p_kw": 100.0, "kind": ROOF, "curve_id": HOME}}
    compiled = compiled_street([mirror], generators=roof)
    cases = make_load_cases(compiled, growth_pct={HOME: 50.0}, years=1, coincidence={HOME: 0.5})
    assert taken_kw(compiled, cases, "all 03:00", "C") == pytest.approx(200.0 * 0.75 - 100.0)


def test_a_stated_power_factor_gives_a_class_its_reactive_power():
    """tan(arccos 0.8) = 0.75; it follows the curve of the active power."""
    evening = shaped(HOME, {EVENING: 1.0}).assign(q_pu=0.0)
    compiled = compiled_street([evening])
    cases = make_load_cases(compiled, power_factor={HOME: 0.8})
    assert taken_kvar(compiled, cases, "all 18:30", "B") == pytest.approx(300.0 + 75.0)
    assert taken_kvar(compiled, cases, "all 03:00", "B") == pytest.approx(30.0 + 75.0)


# ---- promises ----


def test_a_held_power_counts_in_full_in_every_case():
    compiled = compiled_street(DAY)
    promise = HeldPower(held_id="A1", node_id="C", p_kw=500.0, q_kvar=100.0)
    cases = make_load_cases(compiled, held=[promise])
    assert taken_kw(compiled, cases, "summer 03:00", "C") == pytest.approx(520.0)
    assert taken_kvar(compiled, cases, "summer 03:00", "C") == pytest.approx(105.0)


def test_a_held_power_follows_the_curve_it_names():
    compiled = compiled_street(DAY)
    promise = HeldPower(held_id="A1", node_id="C", p_kw=500.0, q_kvar=100.0, curve_id=HOME)
    cases = make_load_cases(compiled, held=[promise], growth_pct={HOME: 100.0}, years=1)
    # it has not grown: it is not there yet
    assert taken_kw(compiled, cases, "winter 18:30", "C") == pytest.approx(0.8 * (2 * 200 + 500))
    assert taken_kvar(compiled, cases, "winter 18:30", "C") == pytest.approx(0.8 * (2 * 50 + 100))


def test_a_held_power_is_no_help_to_export():
    compiled = compiled_street(DAY)
    promise = HeldPower(held_id="A1", node_id="C", p_kw=500.0, q_kvar=100.0)
    cases = make_load_cases(compiled, held=[promise], toward="export")
    assert taken_kw(compiled, cases, "summer 12:00", "C") == pytest.approx(20.0 - 90.0)


@pytest.mark.parametrize("order", [1, -1])
def test_the_order_of_held_powers_does_not_matter(order):
    compiled = compiled_street(DAY)
    promises = [
        HeldPower(held_id=f"A{k}", node_id="BC"[k % 2], p_kw=100.0 + k, q_kvar=0.1 * k,
                  curve_id=("", HOME)[k % 2])
        for k in range(5)
    ]  # fmt: skip
    cases = make_load_cases(compiled, held=promises[::order])
    assert taken_kw(compiled, cases, "summer 18:30", "B") == pytest.approx(415.0 + 306.0)
    assert taken_kw(compiled, cases, "summer 18:30", "C") == pytest.approx(200.0 + 204.0)


def test_what_is_held_at_a_node_out_of_service_loads_nothing():
    nodes = street().nodes.assign(is_in_service=[True, True, False])
    from grid_models.compiled import compile_grid

    compiled = compile_grid(street().with_tables(nodes=nodes))
    promise = HeldPower(held_id="A1", node_id="C", p_kw=500.0, q_kvar=0.0)
    cases = make_load_cases(compiled, held=[promise])
    assert tree_at(compiled, 0, cases, 0).p.sum() == pytest.approx(0.55)


# ---- what is refused ----


def test_every_argument_that_is_wrong_is_named_at_once():
    promises = [
        HeldPower(held_id="A1", node_id="Z", p_kw=1.0, q_kvar=0.0),
        HeldPower(held_id="A2", node_id="C", p_kw=1.0, q_kvar=0.0, curve_id="factory"),
    ]
    with pytest.raises(InputError) as refused:
        make_load_cases(
            compiled_street(DAY),
            held=promises,
            growth_pct={"factory": 2.0, HOME: -100.0},
            years=-1,
            coincidence={SHOP: 1.2},
            power_factor={HOME: 0.0},
        )
    sentences = [problem.en for problem in refused.value.problems]
    assert sentences == [
        'growth_pct names the class "factory", which no load has; name one of commercial, resident',
        'growth_pct of the class "resident" is -100; give a percentage above -100',
        'coincidence of the class "commercial" is 1.2; give a number above 0 and at most 1',
        'power_factor of the class "resident" is 0; give a number above 0 and at most 1',
        "years is -1; give 0 or a number above it",
        'commitment A1 is at the node "Z"; give a node of the grid',
        'commitment A2 follows the curve "factory"; name a curve of the grid, or none',
    ]


def test_a_number_that_is_none_is_refused():
    with pytest.raises(InputError, match="nan"):
        make_load_cases(compiled_street(DAY), coincidence={HOME: np.nan})


def test_at_night_nothing_but_the_rest_is_taken():
    compiled = compiled_street(DAY)
    cases = make_load_cases(compiled).find(season="summer", quarter_hour=NIGHT)
    assert len(cases) == 1
    assert 1000.0 * tree_at(compiled, 0, cases, 0).p.sum() == pytest.approx(40.0 + 15.0 + 20.0)
