"""What the public pages show of a month: the county's figures, and counts by street and item that betray nobody."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from shapely import unary_union
from shapely.geometry import mapping
from shapely.geometry.base import BaseGeometry

from shaodao.centre.assessment.figures import Figure, Period, broken_down, figures
from shaodao.centre.briefings.content import Group
from shaodao.centre.briefings.gathering import groups
from shaodao.centre.briefings.months import Month
from shaodao.centre.publishing.counts import Table, protected
from shaodao.county.pack import versions
from shaodao.county.pack.model import Pack
from shaodao.county.places import Level
from shaodao.faces.charts import Areas, areas

COUNTS = ("whistles", "verified")
SHARES = ("report_in_on_time", "finish_on_time", "solved", "satisfied")
FEWEST = 20  # below so many a share says too much of too few
KEPT = 600  # seconds that a month is not reckoned anew
MONTHS = 24  # that can be looked back
OTHER = ""  # the key of what has no street, or an item that is open or sensitive


@dataclass(frozen=True, slots=True)
class Told:
    """A whole month. `tables`: "street" and "item" → figure → table; `totals`: of the counts, None = left out."""

    month: Month
    totals: Mapping[str, int | None]
    shares: Mapping[str, Figure]
    waited: Figure | None
    tables: Mapping[str, Mapping[str, Table]]


def latest(now: datetime, zone: str) -> Month:
    """The last month that is over: a running one would tell by its growth what happened today."""
    return Month.of(now, zone).before


def months(now: datetime, zone: str) -> list[Month]:
    """Those that can be asked for, the latest first."""
    found = [latest(now, zone)]
    while len(found) < MONTHS:
        found.append(found[-1].before)
    return found


def told(month: Month, pack: Pack) -> Told:
    """Reckoned at most every ten minutes; three statements, else none."""
    return _told(month, pack.version, int(time.monotonic() // KEPT))


def ranked(month: Month, pack: Pack) -> tuple[Group, ...]:
    """The units as the briefing ranks them; kept as long. A few statements, else none."""
    return _ranked(month, pack.version, int(time.monotonic() // KEPT))


def forget() -> None:
    _told.cache_clear()
    _ranked.cache_clear()


@lru_cache(maxsize=MONTHS)
def _told(month: Month, version: str, _: int) -> Told:
    pack = versions.load_version(version)
    period = _period(month, pack)
    found = figures(period, (*SHARES, "waited_median"))
    tables: dict[str, dict[str, Table]] = {}
    for by, keys in (("street", streets(pack)), ("item", items(pack))):
        rows = broken_down(period, by, COUNTS)
        tables[by] = {id: protected(_counts(keys, rows, id)) for id in COUNTS}
    # The same total stands above both tables: it is shown where neither is told by it.
    totals = {
        id: tables["street"][id].total if all(tables[by][id].total is not None for by in tables) else None
        for id in COUNTS
    }
    enough = (totals["verified"] or 0) >= FEWEST
    return Told(
        month,
        totals,
        {id: found[id] for id in SHARES if (found[id].denominator or 0) >= FEWEST},
        found["waited_median"] if enough else None,
        tables,
    )


def _counts(keys: Iterable[str], rows: Mapping[str, Mapping[str, Figure]], id: str) -> dict[str, int]:
    """A count for each key, zero too, and one for all the rest."""
    found = dict.fromkeys([*keys, OTHER], 0)
    for key, row in rows.items():
        found[key if key in found else OTHER] += row[id].numerator
    return found


@lru_cache(maxsize=4)
def _ranked(month: Month, version: str, _: int) -> tuple[Group, ...]:
    pack = versions.load_version(version)
    return groups(_period(month, pack), pack)


def _period(month: Month, pack: Pack) -> Period:
    return Period(month.begins(pack.zone), month.ends(pack.zone))


# --- places -------------------------------------------------------------------------------------------------------


def streets(pack: Pack) -> list[str]:
    """Streets and townships, in the order of the pack."""
    return [place.code for place in pack.places if place.level is Level.LOCAL]


def items(pack: Pack) -> list[str]:
    """Those that are told by name: not the sensitive ones."""
    return [code for code, item in pack.items.items() if not item.sensitive]


@lru_cache(maxsize=2)
def shapes(version: str) -> Mapping[str, Mapping[str, object]]:
    """The outline of each street and township as GeoJSON, made of its communities and villages."""
    return {code: mapping(shape) for code, shape in _outlines(version).items()}


@lru_cache(maxsize=2)
def drawn(version: str) -> Areas:
    """The same, as they are drawn on the page."""
    return areas(_outlines(version))


def _outlines(version: str) -> dict[str, BaseGeometry]:
    parts: dict[str, list[BaseGeometry]] = {}
    pack = versions.load_version(version)
    for place in pack.places:
        if place.level is Level.COMMUNITY and place.parent and place.shape is not None:
            parts.setdefault(place.parent, []).append(place.shape)
    return {code: unary_union(each).simplify(0.0005) for code, each in parts.items()}
