import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shaodao.county.places.coordinates import (
    CoordinateError,
    Crs,
    crs,
    from_e7,
    from_wgs84,
    metres_between,
    to_e7,
    to_wgs84,
    wgs84_to_gcj02,
)

in_china = st.tuples(st.floats(75, 134), st.floats(18.2, 53.5))


@given(in_china, st.sampled_from([Crs.GCJ02, Crs.BD09]))
def test_it_comes_back_to_within_a_centimetre(point, system):
    there = from_wgs84(*point, system)
    assert metres_between(*point, *to_wgs84(*there, system)) < 0.01


@given(in_china)
def test_it_shifts_by_some_hundred_metres_and_baidu_by_more(point):
    gcj, bd = from_wgs84(*point, Crs.GCJ02), from_wgs84(*point, Crs.BD09)
    assert 20 < metres_between(*point, *gcj) < 1000
    assert metres_between(*gcj, *bd) > 300


def test_it_agrees_with_a_published_pair():
    # Tian'anmen: a pair printed in many descriptions of the algorithm, good to some metres.
    lon, lat = wgs84_to_gcj02(116.391263, 39.907372)
    assert metres_between(lon, lat, 116.397507, 39.908775) < 5


def test_it_leaves_other_countries_and_cgcs2000_alone():
    assert wgs84_to_gcj02(2.35, 48.85) == (2.35, 48.85)
    assert to_wgs84(126.04, 42.68, Crs.CGCS2000) == (126.04, 42.68)


@pytest.mark.parametrize("name", ["gcj02", "GCJ-02", "Gcj_02"])
def test_it_knows_a_system_by_its_usual_spellings(name):
    assert crs(name) is Crs.GCJ02


@pytest.mark.parametrize("name", ["", "mars", "wgs72", "EPSG:3857"])
def test_it_never_guesses_a_system(name):
    with pytest.raises(CoordinateError):
        crs(name)


@pytest.mark.parametrize("point", [(181, 0), (0, 91), (math.nan, 42), (126, math.inf)])
@pytest.mark.parametrize("system", list(Crs))
def test_it_refuses_what_is_no_position(point, system):
    with pytest.raises(CoordinateError):
        to_wgs84(*point, system)


@given(in_china)
def test_it_stores_a_point_to_within_two_centimetres(point):
    assert metres_between(*point, *(from_e7(to_e7(part)) for part in point)) < 0.02
