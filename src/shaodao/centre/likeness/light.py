"""What weighs little when texts are compared in a county: courtesies, and its names. Pure."""

from __future__ import annotations

from functools import lru_cache

from shaodao.centre.likeness.words import COURTESIES, Light, light
from shaodao.county.pack.model import Pack


@lru_cache(maxsize=4)
def light_of(pack: Pack) -> Light:
    """Where a matter is, is a matter of metres and grids, not of the names in its words."""
    places = (place.name for place in pack.places)
    units = (name for unit in pack.units.values() for name in (unit.name, unit.short))
    return light([*COURTESIES, *places, *units])
