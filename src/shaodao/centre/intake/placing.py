"""Where: from what the whistler said to a place of the pack. Pure.

A point names its system of coordinates and is never guessed; a grid is a code; an address or the text itself is searched
for names of villages, communities, streets and townships, the longest and lowest first.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from shaodao.centre.cases.lifecycle import Refusal
from shaodao.centre.cases.lifecycle.model import Place
from shaodao.county.pack.model import Pack
from shaodao.county.places import Level, coordinates

SHORTEST_NAME = 2


def place_of(said: Mapping[str, Any] | None, text: str, pack: Pack) -> Place:
    """The place for `{lon, lat, crs}`, `{grid}`, `{address}` or nothing said. Refuses a point outside the county.

    `{unknown: true}`: nobody shall look for it in the words.
    """
    said = said or {}
    if said.get("unknown"):
        return Place()
    if said.get("lon") is not None or said.get("lat") is not None:
        return at_point(said, pack)
    if code := said.get("grid"):
        if pack.places.get(code) is None:
            raise Refusal("unknown_place", place=code)
        return at_code(code, pack)
    return by_name(f"{said.get('address') or ''} {text}", pack)


def at_point(said: Mapping[str, Any], pack: Pack) -> Place:
    try:
        lon, lat = float(said["lon"]), float(said["lat"])
        crs = coordinates.crs(str(said["crs"]))
    except (KeyError, TypeError, ValueError):
        raise Refusal("bad_point") from None
    lon, lat = coordinates.to_wgs84(lon, lat, crs)
    found = pack.places.locate(lon, lat)
    if found is None:
        raise Refusal("outside_county", lon=f"{lon:.5f}", lat=f"{lat:.5f}")
    return at_code(found.code, pack, lon=round(lon * 1e7), lat=round(lat * 1e7))


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


def by_name(text: str, pack: Pack) -> Place:
    """The lowest place whose name stands in the text; no place if none does, or if the name is not unique there."""
    found: list[str] = []
    for name, codes in _names(pack):
        if name in text and not any(name in longer for longer in found):
            above = [code for code in codes if _agrees(code, text, pack)] if len(codes) > 1 else list(codes)
            if len(above) == 1:
                return at_code(above[0], pack)
            found.append(name)
    return Place()


def _agrees(code: str, text: str, pack: Pack) -> bool:
    return any(above.name in text for above in pack.places.ancestors(code) if above.level is Level.LOCAL)


@lru_cache(maxsize=4)
def _names(pack: Pack) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Names of places with their codes; lower places and longer names first."""
    order = {Level.COMMUNITY: 0, Level.LOCAL: 1}
    names: dict[tuple[int, str], list[str]] = {}
    for place in pack.places:
        if place.level in order and len(place.name) >= SHORTEST_NAME:
            names.setdefault((order[place.level], place.name), []).append(place.code)
    ranked = sorted(names.items(), key=lambda item: (item[0][0], -len(item[0][1]), item[0][1]))
    return tuple((name, tuple(codes)) for (_, name), codes in ranked)
