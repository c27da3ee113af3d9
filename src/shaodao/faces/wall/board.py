"""What a wall shows: all figures by their one definition (`centre.assessment.figures`), what has just arrived, and how
many are open where. Nothing of a person: what arrives is told by item and community, and what is protected, sensitive, a
denunciation or about a unit is counted and not told.

However many walls ask, the database is asked once in some seconds: `Kept`."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Generic, TypeVar
from zoneinfo import ZoneInfo

from django.db.models import Count, Q
from django.utils import timezone

from shaodao.centre.assessment.figures import (
    Figure,
    Period,
    Standing,
    broken_down,
    figures,
    standing,
)
from shaodao.centre.briefings.content import Group
from shaodao.centre.briefings.gathering import groups
from shaodao.centre.briefings.months import Month
from shaodao.centre.cases.models import Case
from shaodao.county.pack import versions
from shaodao.county.pack.model import Pack

LIVE_EVERY, MONTH_EVERY = 10, 60  # seconds for which an answer is kept
SHARE = 0.05  # of the time, at most, is spent on making it
ARRIVED = 12
ARRIVED_WITHIN = timedelta(hours=24)
TREND = timedelta(days=30)
TODAY = ("whistles", "report_in_units", "report_in_persons", "verified", "open", "overdue", "breaches")
MONTH = ("whistles", "verified", "report_in_on_time", "finish_on_time", "solved", "satisfied")
BY_DAY = ("whistles", "verified")

Made = TypeVar("Made")


@dataclass(frozen=True, slots=True)
class Live:
    """What changes while one looks. `late`: by unit how many are overdue, and since when the first of them; `places`: by
    community how many cases are not ended and how many duties overdue."""

    at: datetime
    today: Mapping[str, Figure]
    late: Mapping[str, Standing]
    arrived: tuple[Case, ...]
    places: Mapping[str, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Monthly:
    """This month, the same days of the month before, units ranked as in the briefing, whistles by item, and the counts of
    the last days."""

    month: Mapping[str, Figure]
    before: Mapping[str, Figure]
    groups: tuple[Group, ...]
    items: tuple[tuple[str, int], ...]
    days: Mapping[str, Mapping[str, Figure]]


@dataclass(frozen=True, slots=True)
class Spans:
    """The periods of a wall at a moment."""

    today: Period
    month: Period
    before: Period
    trend: Period


class Kept(Generic[Made]):
    """What was made last, for so many seconds; asked by many at once it is made by one of them. What takes long is kept
    longer, so that making it never takes more than a small share of the time."""

    def __init__(self, seconds: float, make: Callable[[], Made]) -> None:
        self._seconds, self._make = seconds, make
        self._lock = threading.Lock()
        self._last: tuple[float, Made] | None = None  # until when, what

    def get(self) -> Made:
        with self._lock:
            begun = time.monotonic()
            if self._last is None or begun >= self._last[0]:
                made = self._make()
                took = time.monotonic() - begun
                self._last = begun + max(self._seconds, took / SHARE), made
            return self._last[1]

    def forget(self) -> None:
        self._last = None


def zone(pack: Pack) -> ZoneInfo:
    return ZoneInfo(pack.zone)


def spans(now: datetime, zone: str) -> Spans:
    """Today, this month, as much of the month before, and the last thirty days. Pure."""
    local = now.astimezone(ZoneInfo(zone))
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    this = Month.of(now, zone)
    begin, before = this.begins(zone), this.before.begins(zone)
    until = min(before + (now - begin), begin)
    soon = now + timedelta(seconds=1)  # what happens this very second is in
    return Spans(
        Period(midnight.astimezone(UTC), soon),
        Period(begin, soon),
        Period(before, until),
        Period((midnight - TREND + timedelta(days=1)).astimezone(UTC), soon),
    )


def _live() -> Live:
    now, pack = timezone.now(), versions.current()
    today = spans(now, pack.zone).today
    return Live(now, figures(today, TODAY), standing("overdue", today, "unit"), _arrived(now), _places(today))


def _monthly() -> Monthly:
    now, pack = timezone.now(), versions.current()
    asked = spans(now, pack.zone)
    return Monthly(
        figures(asked.month, MONTH),
        figures(asked.before, MONTH),
        groups(asked.month, pack),
        _items(asked.month),
        broken_down(asked.trend, "day", BY_DAY),
    )


live = Kept(LIVE_EVERY, _live)
monthly = Kept(MONTH_EVERY, _monthly)


def forget() -> None:
    live.forget()
    monthly.forget()


def days(made: Monthly, now: datetime, pack: Pack) -> list[tuple[str, int, int]]:
    """Each of the last thirty days with what came and what was done. Pure."""
    today = now.astimezone(zone(pack)).date()
    found = []
    for back in range(TREND.days - 1, -1, -1):
        day = today - timedelta(days=back)
        row = made.days.get(day.isoformat())
        counts = [row[id].numerator if row else 0 for id in BY_DAY]
        found.append((f"{day.month}月{day.day}日", counts[0], counts[1]))
    return found


def _items(period: Period) -> tuple[tuple[str, int], ...]:
    rows = broken_down(period, "item", ["whistles"])
    counts = [(item or "", row["whistles"].numerator) for item, row in rows.items()]
    return tuple(sorted(counts, key=lambda pair: (-pair[1], pair[0])))


def _arrived(now: datetime) -> tuple[Case, ...]:
    told = Case.objects.filter(reported_at__gte=now - ARRIVED_WITHIN, sensitive=False, against="").exclude(
        Q(identity_mode="protected") | Q(nature="denounce")
    )
    return tuple(told.order_by("-reported_at", "-number")[:ARRIVED])


def _places(today: Period) -> dict[str, tuple[int, int]]:
    """Two statements. Overdue is what the figure counts, so that the map and the tile say the same."""
    late = standing("overdue", today, "community")
    placed = Case.objects.filter(ended_at=None).exclude(community="").values("community")
    counted = placed.annotate(count=Count("pk")).values_list("community", "count")
    return {place: (count, late[place].count if place in late else 0) for place, count in counted}
