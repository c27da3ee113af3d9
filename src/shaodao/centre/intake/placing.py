"""Where: from what the whistler said to a place of the pack. Pure.

A point names its system of coordinates and is never guessed; a grid is a code; an address or the text itself is searched
for names of villages, communities, streets and townships, the longest and lowest first.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from shaodao.centre.cases.lifecycle.model import Place
from shaodao.centre.cases.places import at, at_code
from shaodao.county.pack.model import Pack
from shaodao.county.places import Level

SHORTEST_NAME = 2


def place_of(said: Mapping[str, Any] | None, text: str, pack: Pack) -> Place:
    """The place for `{lon, lat, crs}`, `{grid}`, `{address}` or nothing said. Refuses a point outside the county.

    `{unknown: true}`: nobody shall look for it in the words.
    """
    said = said or {}
    if said.get("unknown"):
        return Place()
    return at(said, pack) or by_name(f"{said.get('address') or ''} {text}", pack)


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
