"""The bill of quantities and its sums, multiplied out by hand with the prices of the list."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from planner.bill import make_bill
from planner.cost import add_up
from planner.plan import Cost, CostItem, Replacement
from planner.prices import PriceList, load_price_list
from planner.works import find_works
from tests.planner.example import asked, catalogue, example_rules
from tests.planner.trials import trial

BAY, TEE, CUT_IN, LOW = "mv_public_bay", "mv_public_tee", "mv_public_ring_in", "lv_public"


def shipped() -> PriceList:
    return load_price_list(catalogue())


def without(*codes: str) -> PriceList:
    """Return the list that comes along without some rows."""
    prices = shipped()
    left = {code: price for code, price in prices.prices.items() if code not in codes}
    return replace(prices, name="company.csv", prices=left)


def bill(
    kind: str,
    type_name: str,
    *,
    application: Any = None,
    prices: PriceList | None = None,
    inside_m: float = 0.0,
    replacement: Replacement | None = None,
    heavy: tuple[tuple[str, float], ...] = (),
    metering: str = "high_high",
    **size: Any,
) -> tuple[CostItem, ...]:
    level = "lv" if kind == LOW else "mv"
    built = trial(kind, type_name=type_name, **size)
    works = find_works(
        built, application or asked(kva=800.0), example_rules(), level, label=str, heavy=heavy,
        replacement=replacement, compensation_kvar=240.0,
    )  # fmt: skip
    return make_bill(
        works, built, prices or shipped(), catalogue(), metering=metering, inside_m=inside_m,
    )  # fmt: skip


def cost(*args: Any, prices: PriceList | None = None, **kwargs: Any) -> Cost:
    return add_up(bill(*args, prices=prices, **kwargs), prices or shipped())


def two_cables_to_a_bay(**more: Any) -> Cost:
    return cost(BAY, "YJV22-8.7/15-3x400", length_m=200.0, parallel=2, **more)


def quantities(items: tuple[CostItem, ...]) -> dict[str, float]:
    return {item.code: item.quantity for item in items}


# Quantities --------------------------------------------------------------------------------------


def test_two_cables_are_paid_for_twice_and_their_trench_once() -> None:
    found = quantities(bill(BAY, "YJV22-8.7/15-3x400", length_m=200.0, parallel=2))
    assert found == pytest.approx(
        {
            "bay_use": 1.0,
            "YJV22-8.7/15-3x400": 0.4,
            "mv_cable_civil": 0.2,
            "S13-800/10": 1.0,
            "compensation": 240.0,
            "metering_high_high": 1.0,
        }
    )


def test_an_overhead_line_has_no_trench() -> None:
    items = bill(TEE, "JKLYJ-10-240", laying="overhead", length_m=200.0)
    assert "mv_cable_civil" not in quantities(items)


def test_electrical_part_and_civil_works_stand_apart() -> None:
    parts = {item.code: item.part for item in bill(BAY, "YJV22-8.7/15-3x400")}
    assert parts["YJV22-8.7/15-3x400"] == "electrical"
    assert parts["mv_cable_civil"] == "civil"
    assert parts["bay_use"] == "complete"


@pytest.mark.parametrize(
    ("kva", "kind"),
    [
        (800.0, "S13-800/10"),
        (63.0, "S13-80/10"),  # 63 kVA is not made
        (2_000.0, "SCB13-2000/10"),  # oil-immersed up to 1,600 kVA only
    ],
)
def test_the_customer_s_transformer_is_the_smallest_made_that_does(kva: float, kind: str) -> None:
    items = bill(BAY, "YJV22-8.7/15-3x400", transformers_kva=(kva,))
    assert kind in quantities(items)


def test_a_larger_distribution_transformer_is_priced_by_its_type() -> None:
    larger = Replacement(
        element_id="trafo:1", type="S13-400/10", sn_kva=400.0, vk_pct=4.0, vkr_pct=1.0,
        pfe_w=410.0, i0_pct=0.5,
    )  # fmt: skip
    items = bill(LOW, "YJV22-0.6/1-4x240", replacement=larger, metering="low_low")
    assert items[0].code == "S13-400/10"
    assert (items[0].unit_p50, items[0].payer) == (160_000.0, "utility")


def test_what_is_reinforced_later_is_not_in_the_bill() -> None:
    plain = bill(LOW, "YJV22-0.6/1-4x240", metering="low_low")
    heavy = bill(LOW, "YJV22-0.6/1-4x240", metering="low_low", heavy=(("trafo:2", 90.0),))
    assert heavy == plain


# Sums --------------------------------------------------------------------------------------------


def test_a_bay_with_two_cables_costs_what_the_list_says() -> None:
    # bay; 0.4 km of cable; 0.2 km of trench; 800 kVA; 240 kvar; metering cubicle
    found = two_cables_to_a_bay()
    assert (found.p15, found.p50, found.p85) == pytest.approx(
        (
            20_000 + 0.4 * 960_000 + 0.2 * 540_000 + 195_000 + 240 * 60 + 15_000,
            40_000 + 0.4 * 1_200_000 + 0.2 * 1_300_000 + 260_000 + 240 * 100 + 30_000,
            80_000 + 0.4 * 1_560_000 + 0.2 * 2_940_000 + 325_000 + 240 * 150 + 60_000,
        )
    )
    assert (found.p15, found.p50, found.p85) == pytest.approx((736_400, 1_094_000, 1_713_000))


def test_a_tee_costs_switch_and_line() -> None:
    found = cost(TEE, "JKLYJ-10-240", laying="overhead", length_m=200.0)
    assert found.by_payer["to_confirm"] == pytest.approx(0.2 * 240_000 + 30_000)


def test_a_cut_in_ring_main_unit_costs_350_thousand() -> None:
    (unit,) = [i for i in bill(CUT_IN, "YJV22-8.7/15-3x70") if i.code == "ring_main_unit"]
    assert (unit.unit_p15, unit.unit_p50, unit.unit_p85) == (250_000.0, 350_000.0, 450_000.0)


def test_a_low_voltage_cable_costs_line_and_meter_box() -> None:
    found = cost(LOW, "YJV22-0.6/1-4x240", length_m=50.0, metering="low_low")
    assert found.p50 == pytest.approx(0.05 * 525_000 + 3_000)


def test_a_cable_of_400_mm2_in_its_duct_costs_as_much_as_both_together() -> None:
    # 1.5, 2.5 and 4.5 million a kilometre, duct included
    cable, civil = (shipped().prices[code] for code in ("YJV22-8.7/15-3x400", "mv_cable_civil"))
    sums = [cable.p15 + civil.p15, cable.p50 + civil.p50, cable.p85 + civil.p85]
    assert sums == [1_500_000.0, 2_500_000.0, 4_500_000.0]


def test_the_sums_by_payer_are_the_whole() -> None:
    found = two_cables_to_a_bay()
    assert found.by_payer == pytest.approx(
        {"to_confirm": 780_000.0, "customer": 284_000.0, "utility": 30_000.0}
    )
    for name in ("p15", "p50", "p85"):
        parts = [sums[name] for sums in found.by_payer_range.values()]
        assert sum(parts) == pytest.approx(getattr(found, name))


def test_a_temporary_supply_is_paid_for_by_the_customer() -> None:
    found = two_cables_to_a_bay(application=asked(kva=800.0, business="temporary"))
    assert found.by_payer == pytest.approx({"customer": 1_064_000.0, "utility": 30_000.0})


def test_what_is_to_be_confirmed_is_said_not_to_be_free() -> None:
    assert [note.code for note in two_cables_to_a_bay().notes] == ["cost_to_confirm"]
    small = cost(
        LOW, "YJV22-0.6/1-4x240", application=asked(kw=50.0, small_micro=True), metering="low_low"
    )
    assert small.notes == ()
    assert "customer" not in small.by_payer


def test_the_part_of_a_route_on_the_customer_s_land_is_the_customer_s() -> None:
    items = bill(BAY, "YJV22-8.7/15-3x400", length_m=200.0, inside_m=50.0)
    lines = [(i.code, i.payer, i.quantity) for i in items if i.unit == "km"]
    assert lines == [
        ("YJV22-8.7/15-3x400", "to_confirm", pytest.approx(0.15)),
        ("YJV22-8.7/15-3x400", "customer", pytest.approx(0.05)),
        ("mv_cable_civil", "to_confirm", pytest.approx(0.15)),
        ("mv_cable_civil", "customer", pytest.approx(0.05)),
    ]


# A price list that lacks something ---------------------------------------------------------------


def test_an_item_without_a_price_is_named_and_in_no_sum() -> None:
    found = two_cables_to_a_bay(prices=without("mv_cable_civil"))
    assert found.unpriced == ("mv_cable_civil",)
    assert found.p50 == pytest.approx(1_094_000.0 - 260_000.0)
    assert found.notes[0].code == "price_missing"
    assert "mv_cable_civil" in found.notes[0].en
    assert "company.csv" in found.notes[0].en


def test_an_item_without_a_price_stands_in_the_bill_with_its_quantity() -> None:
    items = bill(BAY, "YJV22-8.7/15-3x400", length_m=200.0, prices=without("mv_cable_civil"))
    (civil,) = [item for item in items if item.code == "mv_cable_civil"]
    assert civil.quantity == pytest.approx(0.2)
    assert (civil.unit_p15, civil.unit_p50, civil.unit_p85) == (None, None, None)


def test_a_bill_with_a_hole_is_not_verified_even_if_its_prices_are() -> None:
    read = {code: replace(price, verified=True) for code, price in shipped().prices.items()}
    whole = replace(shipped(), prices=read)
    holed = replace(whole, prices={c: p for c, p in read.items() if c != "bay_use"})
    assert two_cables_to_a_bay(prices=whole).verified
    assert not two_cables_to_a_bay(prices=holed).verified
    assert not two_cables_to_a_bay().verified


def test_a_shorter_list_may_price_lines_and_transformers_by_their_kind() -> None:
    by_kind = {
        "mv_line_cable": replace(shipped().prices["YJV22-8.7/15-3x400"], code="mv_line_cable"),
        "customer_transformer": replace(
            shipped().prices["bay_use"], code="customer_transformer", p50=400.0
        ),
    }
    short = without("YJV22-8.7/15-3x400", "S13-800/10")
    found = quantities(
        bill(BAY, "YJV22-8.7/15-3x400", prices=replace(short, prices=short.prices | by_kind))
    )
    assert found["mv_line_cable"] == pytest.approx(0.2)
    assert found["customer_transformer"] == pytest.approx(800.0)  # kVA


def test_every_price_is_named_once_with_its_year() -> None:
    items = bill(LOW, "YJV22-0.6/1-4x240", metering="low_low") * 2
    basis = add_up(items, shipped()).price_basis
    assert basis.count("metering_low_low: 2021") == 1
    assert basis.count("YJV22-0.6/1-4x240: 2020") == 1
    assert "estimate" in basis
