"""Open cases that may be the same matter as one reported now, or as each other. Two statements, whatever there is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import cos, radians
from typing import Any
from uuid import UUID

from django.db import connection

from shaodao.centre.cases.lifecycle.model import Place
from shaodao.centre.likeness import words
from shaodao.centre.likeness.evidence import METRES, Evidence, metres_between
from shaodao.centre.likeness.light import light_of
from shaodao.centre.likeness.models import Band
from shaodao.county.pack.model import Pack
from shaodao.ground.files.fingerprints import same
from shaodao.ground.files.intake import hashed
from shaodao.ground.files.models import Evidence as File

LIKELIEST = 3
BLUR = 50  # metres: the side of the squares that residents are told of
AROUND = 100  # the latest cases at one place that are looked at
ALIKE = 60  # and those with the most alike words anywhere, of the latest in each band of the sketch:
IN_BAND = 20  # so a thousand reports of one outage cost each no more than twenty
OPEN = ("in_triage", "in_ruling", "dispatched", "shelved")
Pictures = Sequence[tuple[UUID | None, bytes]]  # id (None: not kept), fingerprint


@dataclass(frozen=True, slots=True)
class Matter:
    """A report as it is compared: where, when, what, in which words and pictures."""

    number: str
    item: str
    place: Place
    at: datetime
    words: words.Words
    pictures: Pictures = ()


@dataclass(frozen=True, slots=True)
class Found:
    """A case like a matter, with the evidence, and the pictures of each that are the same."""

    number: str
    item: str
    state: str
    place: Place
    reported_at: datetime
    evidence: Evidence
    own: UUID | None = None
    theirs: UUID | None = None


def matter(
    text: str, item: str, place: Place, at: datetime, pack: Pack, pictures: Iterable[bytes] = ()
) -> Matter:
    """What somebody is about to report."""
    return Matter("", item, place, at, words.read(text, light_of(pack)), tuple((None, p) for p in pictures))


def offers(asked: Matter, pack: Pack) -> list[Found]:
    """What is shown to whoever reports: open, near, recent and no secret; the likeliest few, likeliest first."""
    most = pack.settings.numbers.duplicate_metres
    found = [each for each in _compared(asked, pack, shown=True) if _here(each, most)]
    return found[:LIKELIEST]


def _here(found: Found, most: int) -> bool:
    """A resident is asked about what is close by only, not about the same words from the other end of the county."""
    return found.evidence.together(most) or (found.evidence.picture and found.evidence.same_grid)


def blurred(lon: int | None, lat: int | None) -> tuple[int | None, int | None]:
    """The middle of the square in which a point lies, in 1e-7 degrees. What residents are told, and whether they are
    told at all, is measured to it: asked from many places, even a rounded distance would tell the point itself."""
    if lon is None or lat is None:
        return None, None
    high = round(BLUR / METRES)
    north = lat // high * high + high // 2
    wide = round(high / cos(radians(north / 1e7)))
    return lon // wide * wide + wide // 2, north


def like(asked: Matter, pack: Pack) -> list[Found]:
    """What the centre is shown: everything open and recent that is likely the same, wherever it is."""
    return _compared(asked, pack, shown=False)


def _compared(asked: Matter, pack: Pack, *, shown: bool) -> list[Found]:
    numbers = pack.settings.numbers
    rows = _candidates(asked, pack, shown=shown)
    if shown:
        rows = [row | dict(zip(("lon", "lat"), blurred(row["lon"], row["lat"]), strict=True)) for row in rows]
    pictures = pictures_of([row["number"] for row in rows]) if asked.pictures else {}
    light = light_of(pack)
    found = [_judged(asked, row, pictures.get(row["number"], ()), light) for row in rows]
    likely = [each for each in found if each.evidence.likely(numbers.duplicate_metres)]
    likely.sort(key=lambda each: (-each.evidence.score(numbers.duplicate_metres), each.number))
    return likely


def _judged(asked: Matter, row: Mapping[str, Any], pictures: Pictures, light: words.Light) -> Found:
    place = Place(row["grid"], row["community"], row["township"], "", row["lon"], row["lat"])
    twins = ((own, theirs) for own, one in asked.pictures for theirs, other in pictures if same(one, other))
    twin = next(twins, None)
    evidence = Evidence(
        metres=metres_between((asked.place.lon, asked.place.lat), (place.lon, place.lat)),
        minutes=round(abs((asked.at - row["reported_at"]).total_seconds()) / 60),
        same_grid=bool(place.grid) and place.grid == asked.place.grid,
        same_item=bool(asked.item) and row["item"] == asked.item,
        words=words.share(asked.words, words.read(row["grams"] or (), light), light),
        picture=twin is not None,
    )
    return Found(
        row["number"], row["item"], row["state"], place, row["reported_at"], evidence, *(twin or (None, None))
    )


def pictures_of(numbers: Sequence[str]) -> dict[str, Pictures]:
    """The fingerprints of the pictures of cases, by number. One statement."""
    rows = File.objects.filter(attached_to__in=numbers, phash__isnull=False).order_by("uploaded_at", "id")
    found: dict[str, list[tuple[UUID | None, bytes]]] = {}
    for number, id, phash in rows.values_list("attached_to", "id", "phash"):
        found.setdefault(number, []).append((id, bytes(phash)))
    return dict(found)


def waiting_pictures(ids: Sequence[str], token: str) -> list[bytes]:
    """The fingerprints of pictures that were uploaded under a token and belong to no case yet."""
    rows = File.objects.filter(pk__in=ids, attached_to="", phash__isnull=False)
    return [bytes(phash) for phash in rows.filter(uploader=hashed(token)).values_list("phash", flat=True)]


def _candidates(asked: Matter, pack: Pack, *, shown: bool) -> list[dict[str, Any]]:
    """Open cases reported within so many hours, around the place; or, for the centre, with like words."""
    numbers = pack.settings.numbers
    place = asked.place
    grids = {place.grid} if place.grid else set()
    if place.lon is not None and place.lat is not None:
        grids |= pack.places.grids_near(place.lon / 1e7, place.lat / 1e7, numbers.duplicate_metres)
    span = timedelta(hours=numbers.duplicate_hours)
    recent = [asked.at - span, asked.at + span]
    parts, values = [], []
    if grids:
        parts.append(_AROUND)
        values += [sorted(grids), *recent]
    if not shown and (bands := words.sketch(asked.words.grams)):
        parts.append(_ALIKE)
        values += [bands]
    if not parts:
        return []
    statement = _CANDIDATES.format(union=" UNION ".join(f"({part})" for part in parts), recent=_RECENT)
    with connection.cursor() as cursor:
        cursor.execute(statement + (_SHOWN if shown else ""), [*values, asked.number, list(OPEN), *recent])
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor]


_RECENT = "ended_at IS NULL AND reported_at BETWEEN %s AND %s"
_AROUND = f"""
SELECT number
FROM unnest(%s::text[]) AS near (grid) CROSS JOIN LATERAL (
    SELECT number, reported_at FROM cases_case WHERE cases_case.grid = near.grid AND {_RECENT}
    ORDER BY reported_at DESC LIMIT {AROUND:d}
) AS latest
ORDER BY reported_at DESC LIMIT {AROUND:d}
"""
_ALIKE = f"""
SELECT number
FROM unnest(%s::int[]) AS asked (band) CROSS JOIN LATERAL (
    SELECT number FROM {Band._meta.db_table} AS kept WHERE kept.band = asked.band
    ORDER BY number DESC LIMIT {IN_BAND:d}
) AS latest
GROUP BY number ORDER BY count(*) DESC, number DESC LIMIT {ALIKE:d}
"""
# An array, not a join: the database always thinks that hardly anything is as recent as this, and would join the wrong way.
_CANDIDATES = """
SELECT number, item, state, grid, community, township, lon, lat, reported_at, grams
FROM cases_case LEFT JOIN cases_words USING (number)
WHERE number = ANY (ARRAY({union})) AND number <> %s AND state = ANY (%s) AND {recent}
"""
# As `permissions.has_seen_the_same`.
_SHOWN = " AND identity_mode <> 'protected' AND NOT sensitive AND against = '' AND nature <> 'denounce'"
