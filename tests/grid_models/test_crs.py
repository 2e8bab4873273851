import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import CRS

from grid_models.crs import (
    Plane,
    bd09_to_gcj02,
    gauss_kruger_epsg,
    gcj02_to_bd09,
    gcj02_to_wgs84,
    projected_epsg_for,
    to_cgcs2000,
    wgs84_to_gcj02,
)
from grid_models.errors import InputError

HANGZHOU = (120.15, 30.28)
HANGZHOU_GCJ02 = (120.1547094728, 30.2776806707)
HANGZHOU_BD09 = (120.1612494912, 30.2835971799)
METRES_PER_DEGREE = 111_320.0

in_china = st.tuples(st.floats(74.0, 135.0), st.floats(4.0, 53.0))


def apart_m(a, b):
    return METRES_PER_DEGREE * max(abs(a[0] - b[0]), abs(a[1] - b[1]))


def test_hangzhou_in_metres_is_the_reference_value():
    x_m, y_m = Plane(4549).to_metres(*HANGZHOU)
    assert (x_m, y_m) == pytest.approx((514432.148, 3351162.269), abs=1e-3)


def test_degrees_come_back_from_metres():
    assert Plane(4549).to_degrees(514432.148, 3351162.269) == pytest.approx(HANGZHOU, abs=1e-8)


def test_many_points_are_projected_at_once():
    x_m, y_m = Plane(4549).to_metres(np.array([120.0, 120.15]), np.array([30.0, 30.28]))
    assert x_m == pytest.approx([500000.0, 514432.148], abs=1e-3)
    assert y_m[1] == pytest.approx(3351162.269, abs=1e-3)


def test_an_unknown_position_stays_unknown():
    x_m, y_m = Plane(4549).to_metres(np.array([np.nan]), np.array([np.nan]))
    assert np.isnan(x_m[0])
    assert np.isnan(y_m[0])


def test_an_unknown_code_is_refused_by_name():
    with pytest.raises(InputError, match="EPSG:999999"):
        Plane(999999).to_metres(120.0, 30.0)


@pytest.mark.parametrize("meridian", range(75, 136, 3))
def test_every_gauss_kruger_zone_has_the_meridian_of_its_longitude(meridian):
    name = CRS.from_epsg(gauss_kruger_epsg(float(meridian))).name
    assert name == f"CGCS2000 / 3-degree Gauss-Kruger CM {meridian}E"


@pytest.mark.parametrize(
    ("lon", "epsg"), [(118.4999, 4548), (118.5, 4549), (121.4999, 4549), (121.5, 4550)]
)
def test_a_zone_ends_one_and_a_half_degrees_from_its_meridian(lon, epsg):
    assert gauss_kruger_epsg(lon) == epsg


def test_the_westernmost_of_china_lies_in_the_first_zone():
    assert gauss_kruger_epsg(73.4) == 4534


@pytest.mark.parametrize(
    ("lon", "lat", "epsg"),
    [
        (120.15, 30.28, 4549),
        (11.37, 53.64, 32632),
        (-0.1, 51.5, 32630),
        (120.0, -30.0, 32751),
        (180.0, 10.0, 32601),
    ],
)
def test_china_is_measured_in_gauss_kruger_and_the_rest_in_utm(lon, lat, epsg):
    assert projected_epsg_for(lon, lat) == epsg


def test_wgs84_becomes_the_reference_value_in_gcj02():
    assert wgs84_to_gcj02(*HANGZHOU) == pytest.approx(HANGZHOU_GCJ02, abs=5e-11)


def test_gcj02_becomes_the_reference_value_in_bd09():
    assert gcj02_to_bd09(*HANGZHOU_GCJ02) == pytest.approx(HANGZHOU_BD09, abs=5e-11)


@given(in_china)
def test_gcj02_comes_back_to_wgs84_within_a_hundredth_of_a_millimetre(point):
    assert apart_m(gcj02_to_wgs84(*wgs84_to_gcj02(*point)), point) < 1e-5


@given(in_china)
def test_bd09_comes_back_to_gcj02_within_a_hundredth_of_a_millimetre(point):
    assert apart_m(bd09_to_gcj02(*gcj02_to_bd09(*point)), point) < 1e-5


def test_gcj02_is_not_shifted_outside_china():
    assert wgs84_to_gcj02(11.37, 53.64) == (11.37, 53.64)


def test_gcj02_shifts_arrays_as_it_shifts_points():
    lon, lat = wgs84_to_gcj02(np.array([120.15, 11.37]), np.array([30.28, 53.64]))
    assert lon == pytest.approx([HANGZHOU_GCJ02[0], 11.37], abs=5e-11)
    assert lat == pytest.approx([HANGZHOU_GCJ02[1], 53.64], abs=5e-11)


@pytest.mark.parametrize(
    ("point", "system"),
    [
        (HANGZHOU, "cgcs2000"),
        (HANGZHOU, "wgs84"),
        (HANGZHOU_GCJ02, "gcj02"),
        (HANGZHOU_BD09, "bd09"),
    ],
)
def test_every_system_comes_to_the_same_place_in_cgcs2000(point, system):
    assert to_cgcs2000(*point, system) == pytest.approx(HANGZHOU, abs=1e-9)


def test_an_unknown_coordinate_system_is_refused_with_the_known_ones():
    with pytest.raises(InputError, match="'utm' is unknown; it is one of cgcs2000, wgs84"):
        to_cgcs2000(*HANGZHOU, "utm")
