from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import grid_models.catalogue
from grid_models.catalogue import Catalogue, load_catalogue
from grid_models.errors import GridDataError

SHIPPED = Path(grid_models.catalogue.__file__).parent


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("conductors.csv", "transformers.csv"):
        shutil.copy(SHIPPED / name, tmp_path)
    return tmp_path


def edit(path: Path, change: Callable[[str], str]) -> None:
    path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8")


def problems_of(folder: Path) -> list[str]:
    with pytest.raises(GridDataError) as caught:
        load_catalogue(folder)
    return [problem.en for problem in caught.value.problems]


def test_every_row_names_its_source(catalogue: Catalogue) -> None:
    for rows in (catalogue.conductors, catalogue.transformers):
        assert rows["source"].str.len().gt(20).all()


def test_nothing_is_called_verified_that_nobody_read_in_the_standard(catalogue: Catalogue) -> None:
    assert not catalogue.conductors["verified"].any()
    assert not catalogue.transformers["verified"].any()


def test_a_10_kv_cable_has_the_values_of_its_source(catalogue: Catalogue) -> None:
    cable = catalogue.conductors.loc["YJV22-8.7/15-3x240"]
    assert (cable["r_ohm_per_km"], cable["x_ohm_per_km"]) == (0.0754, 0.098)
    assert (cable["ampacity_air_a"], cable["ampacity_ground_a"]) == (455, 395)


def test_the_ampacity_is_the_lowest_known_of_the_layings(catalogue: Catalogue) -> None:
    assert catalogue.conductors.at["YJV22-8.7/15-3x240", "ampacity_a"] == 355  # in duct
    assert catalogue.conductors.at["JKLYJ-10-240", "ampacity_a"] == 459  # air is all there is


def test_conductors_come_by_voltage_and_laying_smallest_first(catalogue: Catalogue) -> None:
    areas = catalogue.conductors_for(10.0, "cable")["area_mm2"]
    assert list(areas) == [70, 95, 120, 150, 185, 240, 300, 400]


def test_a_bigger_conductor_carries_more_with_less_resistance(catalogue: Catalogue) -> None:
    for kv in (0.4, 10.0, 20.0):
        for laying in ("cable", "overhead"):
            rows = catalogue.conductors_for(kv, laying)
            assert len(rows) > 5
            assert rows["ampacity_a"].is_monotonic_increasing
            assert rows["r_ohm_per_km"].is_monotonic_decreasing
            assert rows["price_cny_per_km"].is_monotonic_increasing


def test_380_v_is_the_class_of_0_4_kv(catalogue: Catalogue) -> None:
    assert catalogue.conductors_for(0.38, "cable").equals(catalogue.conductors_for(0.4, "cable"))


def test_a_voltage_without_conductors_has_none(catalogue: Catalogue) -> None:
    assert catalogue.conductors_for(220.0, "cable").empty


def test_a_transformer_has_the_values_of_its_source(catalogue: Catalogue) -> None:
    unit = catalogue.transformers.loc["S13-400/10"]
    assert (unit["vk_pct"], unit["p0_w"], unit["pk_w"]) == (4.0, 410, 4520)


def test_vkr_is_the_load_loss_over_the_rated_power(catalogue: Catalogue) -> None:
    # 4,520 W of 400,000 VA are 1.13 %
    assert catalogue.transformers.at["S13-400/10", "vkr_pct"] == pytest.approx(1.13, abs=1e-12)


def test_no_load_current_covers_the_iron_loss(catalogue: Catalogue) -> None:
    rows = catalogue.transformers
    assert (rows["i0_pct"] >= rows["p0_w"] / (10 * rows["sn_kva"])).all()


def test_the_standard_capacities_run_from_30_to_2500_kva(catalogue: Catalogue) -> None:
    assert catalogue.capacities_kva() == (
        *(30, 50, 80, 100, 125, 160, 200, 250, 315, 400, 500, 630),
        *(800, 1000, 1250, 1600, 2000, 2500),
    )


def test_the_next_transformer_is_the_next_larger_of_its_series(catalogue: Catalogue) -> None:
    unit = catalogue.next_transformer(400, series="SCB13")
    assert unit is not None
    assert unit.name == "SCB13-500/10"


def test_the_next_transformer_of_an_odd_size_is_the_next_standard_one(
    catalogue: Catalogue,
) -> None:
    unit = catalogue.next_transformer(430)
    assert unit is not None
    assert unit.name == "S13-500/10"


def test_beyond_the_largest_there_is_no_next_transformer(catalogue: Catalogue) -> None:
    assert catalogue.next_transformer(1600, series="S13") is None


def test_a_20_kv_grid_gets_20_kv_transformers(catalogue: Catalogue) -> None:
    assert set(catalogue.transformers_for(20.0)["hv_kv"]) == {20.0}


def test_the_version_is_that_of_the_content(catalogue: Catalogue, folder: Path) -> None:
    assert load_catalogue(folder).version == catalogue.version
    edit(folder / "conductors.csv", lambda text: text.replace("355,840000", "356,840000"))
    assert load_catalogue(folder).version != catalogue.version


def test_line_ends_do_not_change_the_version(catalogue: Catalogue, folder: Path) -> None:
    path = folder / "conductors.csv"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert load_catalogue(folder).version == catalogue.version


def test_prices_are_ordered_low_middle_high(catalogue: Catalogue) -> None:
    rows = catalogue.conductors
    assert np.all(rows["price_low"] < rows["price_cny_per_km"])
    assert np.all(rows["price_cny_per_km"] < rows["price_high"])


def test_all_wrong_cells_of_both_files_are_reported_at_once(folder: Path) -> None:
    edit(folder / "conductors.csv", lambda text: text.replace(",0.268,0.11,", ",-1,abc,"))
    edit(folder / "transformers.csv", lambda text: text.replace("sn_kva", "s_kva"))
    assert sorted(problems_of(folder)) == [
        "catalogue conductors.csv: YJV22-8.7/15-3x70, r_ohm_per_km = -1.0: required: > 0",
        "catalogue conductors.csv: YJV22-8.7/15-3x70, x_ohm_per_km = abc: required: a number",
        "catalogue transformers.csv: s_kva: required: no such column",
        "catalogue transformers.csv: sn_kva: required: this column, which is missing",
    ]


def test_a_row_without_a_source_is_refused(folder: Path) -> None:
    path = folder / "transformers.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    lines[1] = lines[1].partition('set, installed"')[0] + 'set, installed",,false'
    path.write_text("\n".join(lines), encoding="utf-8")
    assert problems_of(folder) == [
        "catalogue transformers.csv: S13-30/10, source = nan: required: a value"
    ]


def test_a_conductor_without_any_ampacity_is_refused(folder: Path) -> None:
    edit(folder / "conductors.csv", lambda text: text.replace(",455,395,355,840000", ",,,,840000"))
    assert problems_of(folder) == [
        "catalogue conductors.csv: YJV22-8.7/15-3x240: required: an ampacity in some column"
    ]


def test_a_type_listed_twice_is_refused(folder: Path) -> None:
    edit(folder / "conductors.csv", lambda text: text + text.splitlines()[1] + "\n")
    assert set(problems_of(folder)) == {
        "catalogue conductors.csv: YJV22-8.7/15-3x70: required: a type of its own"
    }


def test_a_missing_file_is_named(folder: Path) -> None:
    (folder / "conductors.csv").unlink()
    (message,) = problems_of(folder)
    assert message.startswith("catalogue file conductors.csv cannot be read")


def test_an_empty_file_is_named(folder: Path) -> None:
    (folder / "transformers.csv").write_text("")
    (message,) = problems_of(folder)
    assert message.startswith("catalogue file transformers.csv cannot be read")


# A company's own limits --------------------------------------------------------------------------


def test_a_company_s_own_limit_takes_the_place_of_the_lowest_ampacity() -> None:
    catalogue = load_catalogue()
    own = catalogue.with_ampacities({"YJV22-8.7/15-3x70": 60.0})
    assert own.conductors.at["YJV22-8.7/15-3x70", "ampacity_a"] == 60.0
    assert own.conductors.at["YJV22-8.7/15-3x95", "ampacity_a"] == 200.0
    assert catalogue.conductors.at["YJV22-8.7/15-3x70", "ampacity_a"] == 165.0
    assert own.version != catalogue.version


def test_the_same_limits_make_the_same_version() -> None:
    limits = {"YJV22-8.7/15-3x70": 60.0, "YJV22-8.7/15-3x95": 80.0}
    turned = dict(reversed(limits.items()))
    catalogue = load_catalogue()
    assert catalogue.with_ampacities(limits).version == catalogue.with_ampacities(turned).version


def test_a_limit_of_a_conductor_nobody_sells_is_refused_with_a_hint() -> None:
    with pytest.raises(GridDataError) as refused:
        load_catalogue().with_ampacities({"JKLYJ-10-9": 60.0})
    assert "no conductor JKLYJ-10-9; did you mean JKLYJ-10-95" in refused.value.problems[0].en


def test_a_limit_of_more_than_twice_the_ampacity_is_taken_for_a_typing_error() -> None:
    catalogue = load_catalogue()
    assert catalogue.with_ampacities({"YJV22-8.7/15-3x70": 330.0})
    with pytest.raises(GridDataError) as refused:
        catalogue.with_ampacities({"YJV22-8.7/15-3x70": 1_650.0})
    assert "give no more than 330 A" in refused.value.problems[0].en


def test_nobody_below_35_kv_is_given_a_main_transformer(catalogue: Catalogue) -> None:
    assert catalogue.transformers_for(35.0).empty
    assert set(catalogue.customer_transformers_for(10.0)["lv_kv"]) == {0.4}


@pytest.mark.parametrize("kv", [35.0, 110.0])
def test_a_customer_of_35_kv_or_above_has_a_main_transformer_to_10_kv(
    catalogue: Catalogue, kv: float
) -> None:
    assert set(catalogue.customer_transformers_for(kv)["lv_kv"]) == {10.5}
