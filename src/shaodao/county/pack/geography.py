"""Places and lines from GeoJSON, strictly."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from shapely import from_geojson
from shapely.errors import ShapelyError
from shapely.geometry.base import BaseGeometry

from shaodao.county.places import LINE_KINDS, Level, Line, Place, PlaceKind, Places
from shaodao.county.units import Unit

from .files import Book

PLACES, LINES = "places.geojson", "lines.geojson"


def _features(book: Book, file: str) -> Iterable[tuple[int, dict[str, Any], Any]]:
    """(line, properties, geometry) of each feature; the line is where its code or name stands."""
    document = book.json(file)
    if document is None:
        return
    features = document.get("features") if isinstance(document, dict) else None
    if not isinstance(features, list) or document.get("type") != "FeatureCollection":
        book.fault(
            file, 1, "type", "不是 FeatureCollection", '写成 {"type": "FeatureCollection", "features": […]}'
        )
        return
    lines = book.files[file].decode("utf-8-sig").splitlines()
    marks = [number for number, line in enumerate(lines, 1) if '"properties"' in line]
    for index, feature in enumerate(features):
        line = marks[index] if index < len(marks) else 0
        if not isinstance(feature, dict) or not isinstance(feature.get("properties"), dict):
            book.fault(file, line, "properties", "要素没有属性", "补上 properties")
            continue
        yield line, feature["properties"], feature.get("geometry")


def _shape(
    book: Book, file: str, line: int, code: str, geometry: Any, kinds: tuple[str, ...]
) -> BaseGeometry | None:
    if not isinstance(geometry, dict) or geometry.get("type") not in kinds:
        book.fault(file, line, "geometry", f"{code} 的图形不是 {'、'.join(kinds)}", "重新绘制")
        return None
    try:
        shape = from_geojson(json.dumps(geometry))
    except ShapelyError as error:
        book.fault(file, line, "geometry", f"{code} 的图形读不出：{error}", "重新绘制")
        return None
    if shape.is_empty or not shape.is_valid:
        book.fault(file, line, "geometry", f"{code} 的图形自相交或为空", "重新绘制，边线不得相交")
        return None
    return shape


def geography(book: Book, units: Mapping[str, Unit]) -> Places:
    """Places and lines. Grids and communities must have a shape and a kind, parents must be one level up."""
    places: dict[str, Place] = {}
    lines: dict[str, int] = {}
    for line, properties, geometry in _features(book, PLACES):
        place = _place(book, line, properties, geometry, units)
        if place is None:
            continue
        if place.code in places:
            first = lines[place.code]
            book.fault(PLACES, line, "code", f"代码 {place.code} 与第 {first} 行重复", "改用另一个代码")
            continue
        places[place.code], lines[place.code] = place, line
        book.lines[PLACES, place.code] = line
    order = list(Level)
    for code, place in places.items():
        above = places.get(place.parent or "")
        if place.level is not Level.COUNTY and (
            above is None or order.index(above.level) != order.index(place.level) - 1
        ):
            problem = f"{code} 的上级 {place.parent} 不存在或级别不符"
            book.fault(PLACES, lines[code], "parent", problem, "网格→社区→街道→县，逐级填写")
    if places and not any(place.level is Level.COUNTY for place in places.values()):
        book.fault(PLACES, 1, "level", "没有县界", "补上一个 level 为 county 的要素")
    return Places(places, _lines(book))


def _place(
    book: Book, line: int, properties: Mapping[str, Any], geometry: Any, units: Mapping[str, Unit]
) -> Place | None:
    code = properties.get("code")
    if not isinstance(code, str) or not code:
        book.fault(PLACES, line, "code", "地点没有代码", "补上 code")
        return None
    known = ("code", "name", "level", "parent", "unit", "kind", "demonstration")
    for key in properties:
        if key not in known:
            book.fault(PLACES, line, key, "未知的属性", f"删去；可用：{'、'.join(known)}")
    try:
        level = Level(properties.get("level", ""))
        kind = PlaceKind(properties["kind"]) if properties.get("kind") else None
    except ValueError as error:
        book.fault(PLACES, line, "level", f"{code} 的级别或类型未知：{error}", f"级别：{'、'.join(Level)}")
        return None
    unit = properties.get("unit", code)
    if unit not in units:
        book.fault(PLACES, line, "unit", f"没有单位 {unit}", "改为 units.csv 里的代码")
    if level in (Level.GRID, Level.COMMUNITY) and (kind is None or kind in LINE_KINDS):
        book.fault(PLACES, line, "kind", f"{code} 没有地点类型", "填 urban、town 或 village")
    shape = None
    if geometry is not None:
        shape = _shape(book, PLACES, line, code, geometry, ("Polygon", "MultiPolygon"))
    elif level is not Level.LOCAL:
        book.fault(PLACES, line, "geometry", f"{code} 没有边界", "绘制多边形")
    return Place(
        code=code,
        name=str(properties.get("name", code)),
        level=level,
        parent=properties.get("parent"),
        unit=unit,
        kind=kind,
        shape=shape,
        demonstration=bool(properties.get("demonstration", False)),
    )


def _lines(book: Book) -> tuple[Line, ...]:
    lines = []
    for line, properties, geometry in _features(book, LINES):
        name, kind = str(properties.get("name", "")), properties.get("kind")
        for key in properties:
            if key not in ("name", "kind", "demonstration"):
                book.fault(LINES, line, key, "未知的属性", "删去；可用：name、kind、demonstration")
        if kind not in LINE_KINDS:
            book.fault(
                LINES,
                line,
                "kind",
                f"“{kind}”不是道路或河流的类型",
                f"用其中之一：{'、'.join(sorted(LINE_KINDS))}",
            )
            continue
        shape = _shape(book, LINES, line, name, geometry, ("LineString", "MultiLineString"))
        if shape is not None:
            lines.append(Line(name, PlaceKind(kind), shape))
    return tuple(lines)
