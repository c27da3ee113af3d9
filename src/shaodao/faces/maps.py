"""The county's own shapes for the maps of its pages: outline, communities and villages, roads and rivers."""

import json
from collections.abc import Callable
from functools import lru_cache

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import condition
from shapely import MultiPoint
from shapely.geometry import mapping
from shapely.geometry.base import BaseGeometry

from shaodao.county.pack import versions
from shaodao.county.pack.model import Pack
from shaodao.county.places import Level
from shaodao.faces import county

SHOWN = (Level.COUNTY, Level.COMMUNITY)


def _etag(request: HttpRequest) -> str | None:
    pack = county.pack()
    return f'"{pack.version}"' if pack else None


@condition(etag_func=_etag)
def shapes(request: HttpRequest) -> HttpResponse:
    """GeoJSON in WGS-84; the same for everybody until the pack changes."""
    return _answer(_shapes)


@condition(etag_func=_etag)
def grids(request: HttpRequest) -> HttpResponse:
    """The grids, by code."""
    return _answer(_grids)


def _answer(made: Callable[[str], bytes]) -> HttpResponse:
    pack = county.pack()
    if pack is None:
        raise Http404
    response = HttpResponse(made(pack.version), content_type="application/geo+json")
    response["Cache-Control"] = "public, max-age=300"
    return response


@lru_cache(maxsize=2)
def _shapes(version: str) -> bytes:
    pack = versions.load_version(version)
    return _collected([*_areas(pack), *_labels(pack), *_lines(pack)])


@lru_cache(maxsize=2)
def _grids(version: str) -> bytes:
    pack = versions.load_version(version)
    return _collected([_feature(grid.shape, {"code": grid.code}) for grid in pack.places.grids if grid.shape])


def _collected(features: list[dict[str, object]]) -> bytes:
    found = {"type": "FeatureCollection", "features": features}
    return json.dumps(found, ensure_ascii=False, separators=(",", ":")).encode()


def _areas(pack: Pack) -> list[dict[str, object]]:
    return [
        _feature(place.shape, {"level": str(place.level), "code": place.code})
        for place in pack.places
        if place.level in SHOWN and place.shape is not None
    ]


def _labels(pack: Pack) -> list[dict[str, object]]:
    """The name of each street and township, in the middle of its communities and villages."""
    parts: dict[str, list[BaseGeometry]] = {}
    for place in pack.places:
        if place.level is Level.COMMUNITY and place.parent and place.shape is not None:
            parts.setdefault(place.parent, []).append(place.shape)
    return [
        _feature(
            MultiPoint([part.centroid for part in shapes]).centroid,
            {"level": "label", "name": pack.places[code].name},
        )
        for code, shapes in parts.items()
    ]


def _lines(pack: Pack) -> list[dict[str, object]]:
    return [_feature(line.shape, {"level": "line", "kind": str(line.kind)}) for line in pack.places.lines]


def _feature(shape: BaseGeometry, properties: dict[str, object]) -> dict[str, object]:
    return {"type": "Feature", "properties": properties, "geometry": mapping(shape)}
