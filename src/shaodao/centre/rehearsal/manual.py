"""A pack as if what holds on one day had always held: last year's whistles go through next month's manual. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from shaodao.county.pack.model import Pack
from shaodao.county.units import Unit

ALWAYS, NEVER = date.min, date.max


def whole_from(pack: Pack, today: date) -> date:
    """The day from which everything in the pack holds: the last beginning of an item or unit, at the earliest today."""
    items = (item.valid_from for rows in pack.item_versions.values() for item in rows)
    units = (unit.valid_from for unit in pack.units.values())
    return max(today, *items, *units)


def as_on(pack: Pack, day: date) -> Pack:
    """The pack with the items and units of a day, without beginning and end. What has ended by then never was in force."""
    items = {
        code: (replace(item, valid_from=ALWAYS, valid_until=None),)
        for code, item in pack.items_on(day).items()
    }
    units = {unit.code: _always(unit, day) for unit in pack.units.values()}
    return replace(pack, item_versions=items, units=units)


def _always(unit: Unit, day: date) -> Unit:
    if unit.in_force(day):
        return replace(unit, valid_from=ALWAYS, valid_until=None)
    if day < unit.valid_from:
        return replace(unit, valid_from=NEVER, valid_until=None)
    return replace(unit, valid_from=ALWAYS, valid_until=ALWAYS)  # its successor acts for it
