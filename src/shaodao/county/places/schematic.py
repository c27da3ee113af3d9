"""A schematic map for a county without boundary data: deterministic, plausible in scale, true in nothing else.

From the unit tree and the county's extent it draws an outline, streets around the seat, townships, communities
and villages, grids, a few roads and a river. Every feature says `"demonstration": true`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import cos, hypot, pi, radians, sin, sqrt
from random import Random
from typing import Any

from shapely import LineString, MultiPoint, Point, Polygon, set_precision, voronoi_polygons
from shapely.geometry.base import BaseGeometry

from shaodao.county.units import FIRST_TIER, LOCALS, Kind, Unit

KM_PER_DEGREE = 111.32
URBAN_RADIUS = 3.2  # km
PRECISION = 1e-5  # degrees, about a metre
GRIDS = {Kind.STREET: 8, Kind.ZONE: 5, Kind.TOWNSHIP: 4}
TOWN_GRIDS = 6  # in a township's own community
DIGITS = "零一二三四五六七八九十"


@dataclass(frozen=True, slots=True)
class Area:
    """The county's extent and its seat, degrees WGS-84."""

    west: float
    east: float
    south: float
    north: float
    seat: tuple[float, float]


def draw(units: Mapping[str, Unit], area: Area) -> tuple[dict[str, Any], dict[str, Any]]:
    """(places, lines) as GeoJSON FeatureCollections. ValueError if there is no county or nothing below it."""
    return _Sketch(units, area).collections()


def dumps(collection: Mapping[str, Any]) -> str:
    """GeoJSON with one feature a line, so that two versions can be compared."""
    features = ",\n".join(
        json.dumps(feature, ensure_ascii=False, separators=(",", ":")) for feature in collection["features"]
    )
    return f'{{"type":"FeatureCollection","features":[\n{features}\n]}}\n'


class _Sketch:
    """Drawn on a plane in kilometres around the middle of the county."""

    def __init__(self, units: Mapping[str, Unit], area: Area) -> None:
        self.area = area
        self.middle = ((area.west + area.east) / 2, (area.south + area.north) / 2)
        self.shrink = cos(radians(self.middle[1]))
        counties = [unit for unit in units.values() if unit.kind is Kind.COUNTY]
        self.locals = [unit for unit in units.values() if unit.kind in LOCALS]
        if not counties or not self.locals:
            raise ValueError("a schematic map needs a county and its streets or townships")
        self.county = counties[0]
        self.communities = {
            local.code: [u for u in units.values() if u.parent == local.code and u.kind in FIRST_TIER]
            for local in self.locals
        }
        self.seat = self.plane(*area.seat)
        self.outline = self._outline()
        self.town = self.seat.buffer(URBAN_RADIUS, quad_segs=12).intersection(self.outline)
        self.seats: dict[str, Point] = {}

    def plane(self, lon: float, lat: float) -> Point:
        return Point(
            (lon - self.middle[0]) * KM_PER_DEGREE * self.shrink, (lat - self.middle[1]) * KM_PER_DEGREE
        )

    def degrees(self, x: float, y: float) -> tuple[float, float]:
        return (
            round(self.middle[0] + x / (KM_PER_DEGREE * self.shrink), 5),
            round(self.middle[1] + y / KM_PER_DEGREE, 5),
        )

    def _outline(self) -> Polygon:
        """A ragged oval that touches the four sides of the extent and holds the seat with room around it."""
        random = Random(f"outline {self.county.code}")
        wide = (self.area.east - self.area.west) / 2 * KM_PER_DEGREE * self.shrink
        high = (self.area.north - self.area.south) / 2 * KM_PER_DEGREE
        corners = 72
        points = []
        for corner in range(corners):
            angle = 2 * pi * corner / corners
            straight = corner % (corners // 4) == 0
            far = 1.0 if straight else 0.74 + 0.18 * random.random()
            points.append((wide * far * cos(angle), high * far * sin(angle)))
        oval = Polygon(points)
        box = Polygon([(-wide, -high), (wide, -high), (wide, high), (-wide, high)])
        around_seat = self.seat.buffer(URBAN_RADIUS * 2.2, quad_segs=8)
        whole = oval.union(around_seat).union(LineString([self.seat, Point(0, 0)]).buffer(URBAN_RADIUS * 2))
        return _largest(whole.intersection(box))

    def collections(self) -> tuple[dict[str, Any], dict[str, Any]]:
        shapes = self._local_shapes()
        features = [
            self._feature(
                self.county.code, self.county.name, "county", None, self.county.code, None, self.outline
            )
        ]
        features += [
            self._feature(local.code, local.name, "local", self.county.code, local.code, None, None)
            for local in self.locals
        ]
        lower: list[dict[str, Any]] = []
        villages: list[tuple[Point, Point]] = []
        for local in self.locals:
            communities = self.communities[local.code]
            for community, shape, centre in self._split(local, communities, shapes[local.code]):
                kind = _kind(local, community)
                features.append(
                    self._feature(
                        community.code, community.short, "community", local.code, community.code, kind, shape
                    )
                )
                number = TOWN_GRIDS if kind == "town" and local.kind is Kind.TOWNSHIP else GRIDS[local.kind]
                settled = shape
                if kind != "urban":  # fields and forest between settlements have no grid
                    settled = _largest(
                        shape.intersection(centre.buffer(0.75 * sqrt(shape.area / pi), quad_segs=6))
                    )
                seeds = _scatter(settled, number, Random(f"grids {community.code}"))
                for place, cell in enumerate(_cells(seeds, settled), 1):
                    lower.append(
                        self._feature(
                            f"{community.code}-{place:02d}",
                            f"第{_chinese(place)}网格",
                            "grid",
                            community.code,
                            community.code,
                            kind,
                            cell,
                        )
                    )
                if kind == "village":
                    villages.append((self.seats[local.code], centre))
        places = {"type": "FeatureCollection", "features": features + lower}
        return places, {"type": "FeatureCollection", "features": list(self._lines(villages))}

    def _local_shapes(self) -> dict[str, Polygon]:
        """Streets share a disc around the seat in sectors, a zone lies beside it, townships divide the rest."""
        inner = [local for local in self.locals if local.kind is Kind.STREET]
        zones = [local for local in self.locals if local.kind is Kind.ZONE]
        townships = [local for local in self.locals if local.kind is Kind.TOWNSHIP]
        disc = self.town
        shapes: dict[str, Polygon] = {}
        for index, street in enumerate(inner):
            middle = 2 * pi * (index + 0.5) / len(inner)
            seat = Point(self.seat.x + 1.4 * cos(middle), self.seat.y + 1.4 * sin(middle))
            self.seats[street.code] = seat
        for street, cell in zip(inner, _cells([self.seats[s.code] for s in inner], disc), strict=True):
            shapes[street.code] = cell
        taken: BaseGeometry = disc if inner else Polygon()
        for index, zone in enumerate(zones):
            seat = Point(self.seat.x + URBAN_RADIUS + 1.6, self.seat.y - 2.5 * index)
            shapes[zone.code] = _largest(
                seat.buffer(2.0, quad_segs=8).intersection(self.outline).difference(taken)
            )
            self.seats[zone.code] = seat
            taken = taken.union(shapes[zone.code])
        if townships:
            random = Random(f"townships {self.county.code}")
            first = Point(self.seat.x, self.seat.y - URBAN_RADIUS * 1.3)
            seeds = _scatter(self.outline.buffer(-3), len(townships), random, [first])
            for township, seed, cell in zip(townships, seeds, _cells(seeds, self.outline), strict=True):
                self.seats[township.code] = seed
                shapes[township.code] = _largest(cell.difference(taken))
        return shapes

    def _split(
        self, local: Unit, communities: Sequence[Unit], shape: Polygon
    ) -> Iterator[tuple[Unit, Polygon, Point]]:
        if not communities:
            return
        seat = self.seats[local.code]
        start = [seat if shape.contains(seat) else shape.representative_point()]
        seeds = _scatter(shape, len(communities), Random(f"communities {local.code}"), start)
        for community, seed, cell in zip(communities, seeds, _cells(seeds, shape), strict=True):
            yield community, cell, seed if cell.contains(seed) else cell.representative_point()

    def _lines(self, villages: list[tuple[Point, Point]]) -> Iterator[dict[str, Any]]:
        min_x, min_y, max_x, max_y = self.outline.bounds
        seat = self.seat
        across = LineString([(min_x, seat.y - 4), (seat.x, seat.y - 0.6), (max_x, seat.y - 9)])
        down = LineString([(seat.x + 3, max_y), (seat.x + 0.6, seat.y), (seat.x + 9, min_y)])
        for name, line in (("国道（示意）", across), ("省道（示意）", down)):
            yield self._line(name, "highway", line)
        townships = [local for local in self.locals if local.kind is Kind.TOWNSHIP]
        linked = [seat]
        for township in sorted(townships, key=lambda unit: self.seats[unit.code].distance(seat)):
            here = self.seats[township.code]
            nearest = min(linked, key=here.distance)
            bend = Point((here.x + nearest.x) / 2 + 0.4, (here.y + nearest.y) / 2 - 0.4)
            yield self._line(
                f"{township.short}县道（示意）", "county_road", LineString([nearest, bend, here])
            )
            linked.append(here)
        for number, (centre, village) in enumerate(villages, 1):
            if centre.distance(village) > 0.8:
                yield self._line(f"乡村道{number}（示意）", "village_road", LineString([centre, village]))
        steps = [
            (min_x + (max_x - min_x) * part / 24, seat.y + 1.1 - part * 0.55 + 0.7 * sin(part * 1.3))
            for part in range(25)
        ]
        yield self._line("县级河道（示意）", "river", LineString(steps))

    def _line(self, name: str, kind: str, line: LineString) -> dict[str, Any]:
        inside = line.intersection(self.outline).difference(self.town)  # streets of the seat are no highways
        longest = max(getattr(inside, "geoms", [inside]), key=lambda part: part.length)
        coordinates = [self.degrees(x, y) for x, y in longest.coords]
        return {
            "type": "Feature",
            "properties": {"name": name, "kind": kind, "demonstration": True},
            "geometry": {"type": "LineString", "coordinates": coordinates},
        }

    def _feature(
        self,
        code: str,
        name: str,
        level: str,
        parent: str | None,
        unit: str,
        kind: str | None,
        shape: Polygon | None,
    ) -> dict[str, Any]:
        properties: dict[str, Any] = {
            "code": code,
            "name": name,
            "level": level,
            "parent": parent,
            "unit": unit,
        }
        if kind is not None:
            properties["kind"] = kind
        properties["demonstration"] = True
        geometry = None
        if shape is not None:
            drawn = Polygon([self.degrees(x, y) for x, y in shape.exterior.coords])
            drawn = _largest(set_precision(drawn, PRECISION))
            geometry = {
                "type": "Polygon",
                "coordinates": [[(round(x, 5), round(y, 5)) for x, y in drawn.exterior.coords]],
            }
        return {"type": "Feature", "properties": properties, "geometry": geometry}


def _kind(local: Unit, community: Unit) -> str:
    if local.kind in (Kind.STREET, Kind.ZONE):
        return "urban"
    return "town" if community.kind is Kind.COMMUNITY else "village"


def _chinese(number: int) -> str:
    return DIGITS[number] if number <= 10 else f"十{DIGITS[number - 10]}"


def _largest(shape: BaseGeometry) -> Polygon:
    if isinstance(shape, Polygon):
        return shape
    parts = [part for part in getattr(shape, "geoms", []) if isinstance(part, Polygon)]
    return max(parts, key=lambda part: part.area) if parts else Polygon()


def _scatter(shape: Polygon, number: int, random: Random, given: Sequence[Point] = ()) -> list[Point]:
    """`number` points in a shape, apart from each other: of some candidates always the farthest is taken."""
    points = list(given)
    min_x, min_y, max_x, max_y = shape.bounds
    while len(points) < number:
        candidates: list[Point] = []
        while len(candidates) < 16:
            point = Point(
                min_x + random.random() * (max_x - min_x), min_y + random.random() * (max_y - min_y)
            )
            if shape.contains(point):
                candidates.append(point)
        points.append(max(candidates, key=lambda c: _room(c, points, shape)))
    return points[:number]


def _room(point: Point, others: Sequence[Point], shape: Polygon) -> float:
    """How far a point lies from the others and (twice, as beyond it nobody competes) from the border."""
    apart = min((hypot(point.x - other.x, point.y - other.y) for other in others), default=float("inf"))
    return min(apart, 2.0 * shape.exterior.distance(point))


def _cells(seeds: Sequence[Point], shape: Polygon) -> list[Polygon]:
    """The part of a shape nearest to each seed, in the order of the seeds."""
    if len(seeds) == 1:
        return [shape]
    cells = voronoi_polygons(MultiPoint(list(seeds)), extend_to=shape.envelope, ordered=True)
    return [_largest(cell.intersection(shape)) for cell in cells.geoms]


__all__ = ["Area", "draw", "dumps"]
