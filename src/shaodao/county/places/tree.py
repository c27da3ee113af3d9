"""Places: county → street or township → community or village → grid, and the lines (roads, rivers) across them.

Pure and in memory. Coordinates are WGS-84 degrees. Codes of the upper three levels are the unit codes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from math import cos, radians

from shapely import Point, STRtree
from shapely.geometry.base import BaseGeometry

from .coordinates import METRES_PER_DEGREE


class Level(StrEnum):
    COUNTY = "county"
    LOCAL = "local"
    COMMUNITY = "community"
    GRID = "grid"


class PlaceKind(StrEnum):
    """What a spot is, as far as routing asks. A spot may be several: a village street on a county road."""

    URBAN = "urban"
    TOWN = "town"
    VILLAGE = "village"
    HIGHWAY = "highway"
    COUNTY_ROAD = "county_road"
    VILLAGE_ROAD = "village_road"
    RIVER = "river"


PLACE_WORDS: Mapping[PlaceKind, str] = {
    PlaceKind.URBAN: "城区",
    PlaceKind.TOWN: "镇区",
    PlaceKind.VILLAGE: "村屯",
    PlaceKind.HIGHWAY: "国省道",
    PlaceKind.COUNTY_ROAD: "县道",
    PlaceKind.VILLAGE_ROAD: "乡村道",
    PlaceKind.RIVER: "县级河道",
}

# Kinds that lines bring; the others are kinds of grids and communities.
LINE_KINDS = frozenset({PlaceKind.HIGHWAY, PlaceKind.COUNTY_ROAD, PlaceKind.VILLAGE_ROAD, PlaceKind.RIVER})


@dataclass(frozen=True, slots=True)
class Place:
    code: str
    name: str
    level: Level
    parent: str | None
    unit: str  # the street, township, community or village in charge
    kind: PlaceKind | None = None  # of communities and grids
    shape: BaseGeometry | None = field(default=None, repr=False, compare=False)
    demonstration: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """A road or river. Routing asks only for its kind; the name is for people."""

    name: str
    kind: PlaceKind
    shape: BaseGeometry = field(repr=False, compare=False)


class Places:
    """Every place by code, and the answer to "where is this point?". Built once per pack, then only read."""

    __slots__ = (
        "_communities",
        "_community_tree",
        "_county",
        "_grid_tree",
        "_grids",
        "_line_tree",
        "by_code",
        "lines",
    )

    def __init__(self, places: Mapping[str, Place], lines: tuple[Line, ...] = ()) -> None:
        self.by_code = dict(places)
        self.lines = lines
        self._grids = tuple(p for p in places.values() if p.level is Level.GRID and p.shape is not None)
        self._communities = tuple(
            p for p in places.values() if p.level is Level.COMMUNITY and p.shape is not None
        )
        self._county = next((p for p in places.values() if p.level is Level.COUNTY), None)
        self._grid_tree = STRtree([grid.shape for grid in self._grids])
        self._community_tree = STRtree([community.shape for community in self._communities])
        self._line_tree = STRtree([line.shape for line in lines])

    def __getitem__(self, code: str) -> Place:
        return self.by_code[code]

    def get(self, code: str) -> Place | None:
        return self.by_code.get(code)

    def __contains__(self, code: object) -> bool:
        return code in self.by_code

    def __iter__(self) -> Iterator[Place]:
        return iter(self.by_code.values())

    def __len__(self) -> int:
        return len(self.by_code)

    @property
    def county(self) -> Place:
        if self._county is None:
            raise LookupError("the pack has no county outline")
        return self._county

    @property
    def grids(self) -> tuple[Place, ...]:
        return self._grids

    def ancestors(self, code: str) -> Iterator[Place]:
        parent = self.by_code[code].parent
        while parent is not None:
            place = self.by_code[parent]
            yield place
            parent = place.parent

    def at_level(self, code: str, level: Level) -> Place | None:
        """The place of `level` that is `code` or holds it."""
        place = self.by_code[code]
        if place.level is level:
            return place
        return next((above for above in self.ancestors(code) if above.level is level), None)

    def locate(self, lon: float, lat: float) -> Place | None:
        """The grid at a point; between grids the nearest community; None outside the county.

        A point on a border belongs to the grid with the smaller code, so the answer never depends on order."""
        if self._county is None or self._county.shape is None:
            return None
        point = Point(lon, lat)
        if not self._county.shape.covers(point):
            return None
        hits = self._grid_tree.query(point, predicate="intersects")
        if len(hits):
            return min((self._grids[hit] for hit in hits), key=lambda grid: grid.code)
        hits = self._community_tree.query(point, predicate="intersects")
        if len(hits):
            return min((self._communities[hit] for hit in hits), key=lambda community: community.code)
        nearest = self._community_tree.nearest(point)
        return None if nearest is None else self._communities[int(nearest)]

    def grids_near(self, lon: float, lat: float, metres: float) -> frozenset[str]:
        """The codes of the grids within about `metres` of a point (further from east to west)."""
        wide = metres / (METRES_PER_DEGREE * cos(radians(lat)))
        hits = self._grid_tree.query(Point(lon, lat), predicate="dwithin", distance=wide)
        return frozenset(self._grids[hit].code for hit in hits)

    def near(self, lon: float, lat: float, metres: float = 30.0) -> frozenset[PlaceKind]:
        """The kinds of lines within `metres` of a point."""
        if not self.lines:
            return frozenset()
        point = Point(lon, lat)
        # A degree of longitude is shorter than one of latitude: search wide, then measure.
        wide = metres / (METRES_PER_DEGREE * cos(radians(lat)))
        found = set()
        for hit in self._line_tree.query(point, predicate="dwithin", distance=wide):
            line = self.lines[hit]
            if _metres_to(line.shape, point) <= metres:
                found.add(line.kind)
        return frozenset(found)

    def kinds_at(self, lon: float, lat: float, metres: float = 30.0) -> frozenset[PlaceKind]:
        """Everything routing may ask about a point: the kind of its grid and of the lines beside it."""
        place = self.locate(lon, lat)
        own = frozenset() if place is None or place.kind is None else frozenset({place.kind})
        return own | self.near(lon, lat, metres)


def _metres_to(shape: BaseGeometry, point: Point) -> float:
    nearest = shape.interpolate(shape.project(point))
    east = (nearest.x - point.x) * cos(radians(point.y))
    return ((east**2 + (nearest.y - point.y) ** 2) ** 0.5) * METRES_PER_DEGREE
