"""Where the cases lie that a capacity may list, gathered by the database: however many there are, a part of the map costs
one statement and answers with no more cells than a screen holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import cos, radians
from typing import Any

from django.db.models import Count, F, Max, Min, Q, Sum

from shaodao.centre.cases import queries
from shaodao.centre.cases.lifecycle.model import By
from shaodao.centre.cases.queries import Filters
from shaodao.county.pack.model import Pack

UNIT = 10_000_000  # rows hold 1e-7 degrees
WORLD = 512  # pixels of the whole world at zoom 0
APART = 80  # pixels of a cell while the county is looked at as a whole
CLOSE = 48  # of a cell near by
CLOSE_FROM = 13  # zoom
DEEPEST = 22
MOST = 2000  # cells of one answer
LISTED = 20

# What becomes of a case, as the map tells it: five marks of twelve states.
STAGES: Mapping[str, str] = {
    "reported": "centre",
    "in_triage": "centre",
    "in_ruling": "centre",
    "dispatched": "hand",
    "waiting_verification": "check",
    "waiting_rating": "check",
    "shelved": "shelved",
}
OVER = "over"  # every other state


@dataclass(frozen=True, slots=True)
class Box:
    """A part of the map, in degrees of WGS-84."""

    west: float
    south: float
    east: float
    north: float


@dataclass(frozen=True, slots=True)
class Cell:
    """What lies together: how many, where in the middle (degrees), how many of them overdue and over; of one alone, its
    number and stage."""

    lon: float
    lat: float
    count: int
    overdue: int
    over: int
    number: str = ""
    stage: str = ""


@dataclass(frozen=True, slots=True)
class Tally:
    """How many cases of a grid, how many of them overdue, and how many have a point on the map."""

    count: int
    overdue: int
    placed: int


def steps(zoom: int, latitude: float) -> tuple[int, int]:
    """Width and height of a cell in units of rows, so that it is square on the screen at this latitude. Pure."""
    zoom = min(max(zoom, 0), DEEPEST)
    pixels = CLOSE if zoom >= CLOSE_FROM else APART
    width = 360 * UNIT * pixels / (WORLD * 2**zoom)
    return max(round(width), 1), max(round(width * cos(radians(latitude))), 1)


def cells(by: By, filters: Filters, box: Box, zoom: int, pack: Pack) -> list[Cell]:
    """The cases in a part of the map, those together that lie in one cell, most first. Cells lie where they lie, whatever
    part is asked for. One statement."""
    county = pack.places.county.shape
    wide, high = steps(zoom, county.centroid.y if county is not None else (box.south + box.north) / 2)
    late = Count("pk", filter=Q(number__in=queries.breached()))
    rows = (
        _in(box, by, filters, pack, far=zoom < CLOSE_FROM)
        .annotate(x=F("lon") / wide, y=F("lat") / high)
        .values("x", "y")
        .annotate(
            count=Count("*"),
            lons=Sum("lon"),
            lats=Sum("lat"),
            late=late,
            over=Count("ended_at"),
            one=Min("number"),
            state_=Max("state"),
        )
        .order_by("-count", "one")[:MOST]
    )
    return [_cell(row) for row in rows]


def near(by: By, filters: Filters, box: Box, pack: Pack) -> list[queries.Listed]:
    """The newest cases in a part of the map, as lines of a list; one more than are listed where there are more. A few
    statements."""
    rows = _in(box, by, filters, pack).order_by("-number").values_list("number", flat=True)
    return queries.these(by, list(rows[: LISTED + 1]), pack)


def grids(by: By, filters: Filters, pack: Pack) -> dict[str, Tally]:
    """How many cases each grid has, also those without a point; "" for those of no grid. One statement."""
    rows = (
        queries.seen(by, filters, pack)
        .values("grid")
        .annotate(
            count=Count("pk"),
            late=Count("pk", filter=Q(number__in=queries.breached())),
            placed=Count("lon"),
        )
        .order_by("grid")
    )
    return {row["grid"]: Tally(row["count"], row["late"], row["placed"]) for row in rows}


def _in(box: Box, by: By, filters: Filters, pack: Pack, *, far: bool = False) -> Any:
    """The rows in a part of the map. A prepared plan does not know how large the part is: from afar, where most rows are in
    it, they are not looked for by the index of points."""
    lon, lat = (F("lon") + 0, F("lat") + 0) if far else (F("lon"), F("lat"))
    return (
        queries.seen(by, filters, pack)
        .alias(east=lon, north=lat)
        .filter(
            east__gte=round(box.west * UNIT),
            east__lte=round(box.east * UNIT),
            north__gte=round(box.south * UNIT),
            north__lte=round(box.north * UNIT),
        )
    )


def _cell(row: Mapping[str, Any]) -> Cell:
    count = row["count"]
    alone = count == 1
    return Cell(
        row["lons"] / count / UNIT,
        row["lats"] / count / UNIT,
        count,
        row["late"],
        row["over"],
        row["one"] if alone else "",
        STAGES.get(row["state_"], OVER) if alone else "",
    )
