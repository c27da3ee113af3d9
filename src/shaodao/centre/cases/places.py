"""A place of a case, from a point or a code of the pack. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shaodao.centre.cases.lifecycle import Refusal
from shaodao.centre.cases.lifecycle.model import Place
from shaodao.county.pack.model import Pack
from shaodao.county.places import Level, coordinates


def at(said: Mapping[str, Any], pack: Pack) -> Place | None:
    """The place for `{lon, lat, crs}` or `{grid}`; None where neither is said.

    Refuses a point outside the county, one that is none, and an unknown code.
    """
    if said.get("lon") is not None or said.get("lat") is not None:
        return at_point(said, pack)
    if code := said.get("grid"):
        if not isinstance(code, str) or pack.places.get(code) is None:
            raise Refusal("unknown_place", place=code)
        return at_code(code, pack)
    return None


def at_point(said: Mapping[str, Any], pack: Pack) -> Place:
    lon, lat = point(said)
    found = pack.places.locate(lon, lat)
    if found is None:
        raise Refusal("outside_county", lon=f"{lon:.5f}", lat=f"{lat:.5f}")
    return at_code(found.code, pack, lon=round(lon * 1e7), lat=round(lat * 1e7))


def point(said: Mapping[str, Any]) -> tuple[float, float]:
    """`{lon, lat, crs}` in degrees of WGS-84. Refuses what is no point of the earth."""
    try:
        crs = coordinates.crs(str(said["crs"]))
        return coordinates.to_wgs84(float(said["lon"]), float(said["lat"]), crs)
    except (KeyError, TypeError, ValueError, OverflowError):
        raise Refusal("bad_point") from None


def at_code(code: str, pack: Pack, lon: int | None = None, lat: int | None = None) -> Place:
    """The place of a code with the places above it."""
    levels = {
        level: pack.places.at_level(code, level) for level in (Level.GRID, Level.COMMUNITY, Level.LOCAL)
    }
    codes = {level: place.code if place else "" for level, place in levels.items()}
    kind = pack.places[code].kind
    return Place(
        grid=codes[Level.GRID],
        community=codes[Level.COMMUNITY],
        township=codes[Level.LOCAL],
        kind=kind.value if kind else "",
        lon=lon,
        lat=lat,
    )
