import json
import math
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import LineString, Point, box
from tests.county.conftest import HUINAN

from shaodao.county import pack as packs
from shaodao.county.places import Level, Line, Place, PlaceKind, Places
from shaodao.county.places.schematic import Area, draw, dumps
from shaodao.county.units import Kind, Unit

HUINAN_PLACES = packs.load(HUINAN).places


def test_it_covers_the_county_with_grids_of_every_kind(pack):
    places = pack.places
    west, south, east, north = places.county.shape.bounds
    assert (round(west, 2), round(east, 2)) == (125.98, 126.74)
    assert (round(south, 2), round(north, 2)) == (42.27, 42.82)
    square_km = places.county.shape.area * 111.32**2 * math.cos(math.radians(42.55))
    assert square_km == pytest.approx(2279, rel=0.02)
    assert 550 <= len(places.grids) <= 650
    assert {grid.kind for grid in places.grids} == {PlaceKind.URBAN, PlaceKind.TOWN, PlaceKind.VILLAGE}
    assert all(place.demonstration for place in places)
    assert (HUINAN / "places.geojson").stat().st_size < 1_200_000


def test_it_finds_the_county_seat_in_a_street(pack):
    grid = pack.places.locate(126.0428, 42.6835)
    assert grid.level is Level.GRID
    assert grid.kind is PlaceKind.URBAN
    assert pack.tree.local_of(grid.unit).kind is Kind.STREET
    assert pack.places.at_level(grid.code, Level.LOCAL).code == pack.tree.local_of(grid.unit).code


def test_it_finds_every_grid_by_a_point_inside(pack):
    for grid in pack.places.grids:
        inside = grid.shape.representative_point()
        assert pack.places.locate(inside.x, inside.y).code == grid.code


@given(st.floats(125.98, 126.74), st.floats(42.27, 42.82))
def test_it_places_every_point_of_the_county_and_no_other(lon, lat):
    found = HUINAN_PLACES.locate(lon, lat)
    inside = HUINAN_PLACES.county.shape.covers(Point(lon, lat))
    assert (found is not None) == inside
    if found is not None:
        assert found.level in (Level.GRID, Level.COMMUNITY)


def test_it_says_no_outside_the_county(pack):
    assert pack.places.locate(116.39, 39.9) is None
    assert pack.places.kinds_at(116.39, 39.9) == frozenset()


def square(code, level, parent, west, east, kind=None):
    return Place(code, code, level, parent, code, kind, box(west, 0, east, 1))


def test_it_gives_a_border_to_the_smaller_code_and_a_gap_to_the_nearest_community():
    places = [
        square("X", Level.COUNTY, None, 0, 10),
        Place("L", "L", Level.LOCAL, "X", "L"),
        square("B", Level.COMMUNITY, "L", 0, 2, PlaceKind.URBAN),
        square("A", Level.COMMUNITY, "L", 2, 4, PlaceKind.URBAN),
        square("B-1", Level.GRID, "B", 0, 1, PlaceKind.URBAN),
        square("A-1", Level.GRID, "A", 1, 2, PlaceKind.URBAN),
    ]
    for order in (places, places[::-1]):
        tree = Places({place.code: place for place in order})
        assert tree.locate(1, 0.5).code == "A-1"
        assert tree.locate(3, 0.5).code == "A"
        assert tree.locate(2, 0.5).code == "A-1"
        assert tree.locate(9, 0.5).code == "A"
        assert tree.locate(10.001, 0.5) is None


def test_it_measures_nearness_to_a_road_in_metres(pack):
    road = Line("r", PlaceKind.COUNTY_ROAD, LineString([(126.1, 42.5), (126.2, 42.5)]))
    places = Places(pack.places.by_code, (road,))
    metre = 1 / 111_320
    assert places.near(126.15, 42.5 + 29 * metre) == {PlaceKind.COUNTY_ROAD}
    assert places.near(126.15, 42.5 + 31 * metre) == frozenset()
    assert places.near(126.2 + 29 * metre / 0.737, 42.5) == {PlaceKind.COUNTY_ROAD}
    assert places.near(126.2 + 33 * metre / 0.737, 42.5) == frozenset()
    assert PlaceKind.COUNTY_ROAD in places.kinds_at(126.15, 42.5)


def test_it_has_no_road_of_the_country_in_the_streets_of_the_seat(pack):
    assert pack.places.near(126.0428, 42.6835) == frozenset()


def test_it_draws_the_same_map_again(pack, files):
    area = Area(125.98, 126.74, 42.27, 42.82, (126.0428, 42.6835))
    places, lines = draw(pack.units, area)
    assert dumps(places).encode() == files["places.geojson"]
    assert dumps(lines).encode() == files["lines.geojson"]


def test_it_draws_a_map_for_a_county_of_one_township():
    units = [
        Unit("X", "某县", "某县", Kind.COUNTY, None, date(2021, 1, 1)),
        Unit("T", "某镇", "某镇", Kind.TOWNSHIP, "X", date(2021, 1, 1)),
        Unit("T-1", "某村", "某村", Kind.VILLAGE, "T", date(2021, 1, 1)),
    ]
    places, _ = draw({unit.code: unit for unit in units}, Area(100, 100.3, 30, 30.3, (100.15, 30.15)))
    assert [f["properties"]["level"] for f in json.loads(dumps(places))["features"]].count("grid") == 4
    with pytest.raises(ValueError, match="county"):
        draw({}, Area(100, 101, 30, 31, (100.5, 30.5)))


def test_it_is_without_an_outline_only_in_name(pack):
    nowhere = Places({"X": replace(pack.places.county, shape=None)})
    assert nowhere.locate(126.0428, 42.6835) is None
    with pytest.raises(LookupError):
        _ = Places({}).county
