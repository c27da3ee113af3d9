"""Which seconds count: office hours, holidays, make-up workdays, rosters.

Every kind of hours becomes one sorted list of open intervals with running totals, so a deadline is two
binary searches however many months lie between. All arithmetic is on whole UTC seconds: a moment with
microseconds is taken at the start of its second, a naive one is refused.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from itertools import accumulate, pairwise
from typing import Any, Self
from zoneinfo import ZoneInfo

from .limits import Limit

Sessions = tuple[tuple[int, int], ...]  # seconds of the local day: [(opens, closes), ...]
DAY = 86400
AROUND = 10  # years before and after the published ones that can be reckoned with


class OutOfCalendar(ValueError):
    """The moment, or the deadline, lies more than ten years outside the published years."""


class CalendarFault(ValueError):
    """The calendar's data cannot be used. `faults` holds (where, why) for each fault found."""

    def __init__(self, faults: Iterable[tuple[str, str]]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(f"{where}: {why}" for where, why in self.faults))


def seconds(moment: datetime) -> int:
    """Whole epoch seconds of an aware moment, rounded down."""
    if moment.tzinfo is None:
        raise ValueError("a moment needs a time zone")
    return int(moment.timestamp() // 1)


def moment(epoch: int) -> datetime:
    """The aware UTC moment of epoch seconds."""
    return datetime.fromtimestamp(epoch, UTC)


class _Timeline:
    """Open intervals [opens, closes) in epoch seconds, sorted and apart, with the open time before each."""

    __slots__ = ("before", "closes", "opens")

    def __init__(self, intervals: list[tuple[int, int]]) -> None:
        self.opens = [opens for opens, _ in intervals]
        self.closes = [closes for _, closes in intervals]
        self.before = list(accumulate((closes - opens for opens, closes in intervals), initial=0))

    def index(self, at: int) -> int:
        """The last interval that has opened by then."""
        if not self.opens[0] <= at <= self.closes[-1]:
            raise OutOfCalendar(f"{moment(at):%Y-%m-%d} is outside the calendar")
        return bisect_right(self.opens, at) - 1

    def passed(self, at: int) -> int:
        """Open seconds before a moment."""
        i = self.index(at)
        return self.before[i] + min(at, self.closes[i]) - self.opens[i]

    def reach(self, passed: int) -> int:
        """The earliest moment by which so many open seconds have passed: a closing rather than an opening."""
        i = max(bisect_left(self.before, passed) - 1, 0)
        if not 0 <= passed <= self.before[-1]:
            raise OutOfCalendar("the deadline is outside the calendar")
        return self.opens[i] + passed - self.before[i]

    def enter(self, at: int) -> int:
        """The moment itself while open, else the next opening."""
        i = self.index(at)
        if at < self.closes[i]:
            return at
        if i + 1 == len(self.opens):
            raise OutOfCalendar("the next opening is outside the calendar")
        return self.opens[i + 1]


@dataclass(frozen=True)
class Calendar:
    """Immutable; equal data means equal deadlines. Build it with `from_data`.

    `days` holds the exceptions to the week: True for a make-up workday, False for a day off. Outside the
    published years only the week counts; nothing is invented. A unit without a roster keeps office hours
    on `duty`, and so does every moment outside its roster.
    """

    zone: str
    source: str
    week: frozenset[int]  # ISO weekdays that are worked
    seasons: tuple[tuple[int, int, Sessions], ...]  # (month, day) from which the sessions hold, sorted
    extended: Sessions  # every day of the year
    published: tuple[int, ...]  # consecutive years
    days: Mapping[date, bool]
    duty: tuple[tuple[int, int], ...] = ()  # epoch seconds

    # --- what callers ask ---

    def add(self, start: datetime, limit: Limit) -> datetime:
        """The deadline. Deterministic; a later start or a larger amount never gives an earlier one.

        Minutes and hours: the earliest moment by which that much open time has passed, so two hours from
        9:30 with a morning to 11:30 is 11:30, not the opening after lunch. Started while closed, they
        count from the next opening.

        Workdays: a start while closed first moves to the next opening; the deadline is the same time of
        day that many workdays later. Where that day is closed at that time (another season's hours) it is
        the closing before it.
        """
        if limit.unit == "workday":
            return moment(self._workdays_later(seconds(start), limit.amount))
        return self.after(start, limit.seconds, limit.calendar)

    def elapsed(self, start: datetime, end: datetime, calendar: str) -> timedelta:
        """Open time from start to end; negative when end comes first."""
        return timedelta(seconds=self.passed(end, calendar) - self.passed(start, calendar))

    def left(self, now: datetime, due: datetime, limit: Limit) -> timedelta:
        """Time left on the limit's own hours (a workday's are office hours), negative when overdue."""
        return self.elapsed(now, due, limit.calendar)

    def after(self, start: datetime, count: int, calendar: str) -> datetime:
        """The earliest moment, not before start, by which `count` (0 or more) open seconds have passed."""
        at = seconds(start)
        if calendar == "natural":
            return moment(at + count)
        line = self._line(calendar)
        return moment(max(at, line.reach(line.passed(at) + count)))

    def passed(self, at: datetime, calendar: str) -> int:
        """Open seconds up to a moment, from an arbitrary beginning: only differences mean anything."""
        return seconds(at) if calendar == "natural" else self._line(calendar).passed(seconds(at))

    def is_open(self, at: datetime, calendar: str) -> bool:
        return self.next_open(at, calendar) == moment(seconds(at))

    def next_open(self, at: datetime, calendar: str) -> datetime:
        """The moment itself while open, else the next opening."""
        return moment(seconds(at) if calendar == "natural" else self._line(calendar).enter(seconds(at)))

    def is_workday(self, day: date) -> bool:
        return self.days.get(day, day.isoweekday() in self.week)

    def is_office_day(self, at: datetime) -> bool:
        """Whether people are at work: a workday, from its first office hour to the end of its last, noon included."""
        day = at.astimezone(self._zone).date()
        spans = list(self._spans(day, self._sessions(day)))
        return self.is_workday(day) and spans[0][0] <= seconds(at) <= spans[-1][1]

    @property
    def published_until(self) -> date:
        """The last day whose holidays are published."""
        return date(self.published[-1], 12, 31)

    def is_provisional(self, due: datetime, calendar: str = "working") -> bool:
        """Whether a deadline may move when the next year's holidays, or the next roster, are published."""
        if calendar == "duty" and self.duty:
            return seconds(due) > self.duty[-1][1]
        day = due.astimezone(self._zone).date()
        return calendar in ("working", "duty") and not self.published[0] <= day.year <= self.published[-1]

    def with_duty(self, intervals: Iterable[tuple[datetime, datetime]]) -> Calendar:
        """This calendar with one unit's roster, [from, to) each; shifts may touch or overlap.

        Make it once for each roster and keep it: it shares the other tables and builds one of its own.
        """
        shifts = [(seconds(start), seconds(end)) for start, end in intervals]
        if faults := [(f"duty[{i}]", "ends before it begins") for i, (a, b) in enumerate(shifts) if a >= b]:
            raise CalendarFault(faults)
        other = replace(self, duty=tuple(_merged(shifts)))
        vars(other).update({name: getattr(self, name) for name in _SHARED})
        return other

    @cached_property
    def version(self) -> str:
        """A short fingerprint of everything that decides a deadline."""
        facts = (self.zone, sorted(self.week), self.seasons, self.extended, self.published)
        days = sorted((day.isoformat(), worked) for day, worked in self.days.items())
        return hashlib.sha256(repr((facts, days, self.duty)).encode()).hexdigest()[:16]

    # --- tables, built on first use ---

    def _line(self, calendar: str) -> _Timeline:
        match calendar:
            case "working":
                return self._working
            case "extended":
                return self._extended
            case "duty":
                return self._roster
        raise ValueError(f"unknown calendar {calendar!r}")

    @cached_property
    def _zone(self) -> ZoneInfo:
        return ZoneInfo(self.zone)

    @cached_property
    def _worked(self) -> list[tuple[date, Sessions]]:
        return [(day, self._sessions(day)) for day in self._all_days() if self.is_workday(day)]

    @cached_property
    def _working(self) -> _Timeline:
        return _Timeline([span for day, sessions in self._worked for span in self._spans(day, sessions)])

    @cached_property
    def _extended(self) -> _Timeline:
        return _Timeline(
            _merged(span for day in self._all_days() for span in self._spans(day, self.extended))
        )

    @cached_property
    def _roster(self) -> _Timeline:
        if not self.duty:
            return self._working
        first, last = self.duty[0][0], self.duty[-1][1]
        office = list(zip(self._working.opens, self._working.closes, strict=True))
        earlier = [(opens, min(closes, first)) for opens, closes in office if opens < first]
        later = [(max(opens, last), closes) for opens, closes in office if closes > last]
        return _Timeline(_merged([*earlier, *self.duty, *later]))

    @cached_property
    def _workdays(self) -> tuple[list[int], list[int]]:
        """For each workday: local midnight as its office hours see it, and its first interval."""
        midnights = [self._epoch(day, DAY // 2) - DAY // 2 for day, _ in self._worked]
        return midnights, list(accumulate((len(sessions) for _, sessions in self._worked), initial=0))

    def _workdays_later(self, at: int, count: int) -> int:
        line, (midnights, first) = self._working, self._workdays
        at = line.enter(at)
        today = bisect_right(midnights, at) - 1
        if (then := today + count) >= len(midnights):
            raise OutOfCalendar("the deadline is outside the calendar")
        same_time = at - midnights[today] + midnights[then]
        i = max(bisect_right(line.opens, same_time) - 1, first[then])
        return min(max(same_time, line.opens[i]), line.closes[i])

    def _all_days(self) -> Iterator[date]:
        day, end = date(self.published[0] - AROUND, 1, 1), date(self.published[-1] + AROUND, 12, 31)
        while day <= end:
            yield day
            day += timedelta(days=1)

    def _sessions(self, day: date) -> Sessions:
        begun = [season for season in self.seasons if season[:2] <= (day.month, day.day)]
        return (begun or self.seasons)[-1][2]  # before the first season of the year, the last one still holds

    def _spans(self, day: date, sessions: Sessions) -> Iterator[tuple[int, int]]:
        return ((self._epoch(day, opens), self._epoch(day, closes)) for opens, closes in sessions)

    def _epoch(self, day: date, second: int) -> int:
        wall = datetime(day.year, day.month, day.day) + timedelta(seconds=second)  # noqa: DTZ001
        return int(wall.replace(tzinfo=self._zone).timestamp())

    # --- from the pack's plain data ---

    @classmethod
    def from_data(cls, data: Mapping[str, Any], holidays: Iterable[Mapping[str, str]]) -> Self:
        """Read `calendar.toml` (as a dict) and the rows of `holidays.csv` (as dicts).

        Raises CalendarFault with every fault; `where` is a key of the TOML or `holidays[i].column`, i from 0.
        """
        faults: list[tuple[str, str]] = []

        def read(where: str, reader: Any, *arguments: Any) -> Any:
            try:
                return reader(*arguments)
            except (KeyError, TypeError, ValueError) as error:
                faults.append((where, f"missing {error}" if isinstance(error, KeyError) else str(error)))
                return None

        zone = read("timezone", lambda: ZoneInfo(data["timezone"]).key)
        week = read("week", lambda: _week(data["week"]))
        published = read("published", lambda: _years(data["published"]))
        extended = read("extended", lambda: _sessions(data["extended"]))
        seasons = read(
            "office", lambda: sorted((*_month_day(s["from"]), _sessions(s["hours"])) for s in data["office"])
        )
        if seasons is not None and (not seasons or len({season[:2] for season in seasons}) < len(seasons)):
            faults.append(("office", "one season or more, each from its own day"))
        days: dict[date, bool] = {}
        noticed: set[int] = set()
        for i, row in enumerate(holidays):
            day = read(f"holidays[{i}].date", lambda row=row: date.fromisoformat(row["date"]))
            worked = read(f"holidays[{i}].kind", lambda row=row: _worked(row["kind"]))
            if day is None or worked is None:
                continue
            if day in days:
                faults.append((f"holidays[{i}].date", f"{day} stands here twice"))
            elif published and day.year not in published:
                faults.append((f"holidays[{i}].date", f"{day.year} is not among the published years"))
            days[day] = worked
            noticed.add(day.year)
        faults += [
            ("published", f"no holiday of {year} is listed")
            for year in published or ()
            if year not in noticed
        ]
        if faults:
            raise CalendarFault(faults)
        return cls(zone, str(data.get("source", "")), week, tuple(seasons), extended, published, days)


_SHARED = ("_zone", "_worked", "_working", "_extended", "_workdays")


def _merged(intervals: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for opens, closes in sorted(intervals):
        if merged and opens <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(closes, merged[-1][1]))
        else:
            merged.append((opens, closes))
    return merged


def _worked(kind: str) -> bool:
    if kind not in ("off", "work"):
        raise ValueError(f"off or work, not {kind!r}")
    return kind == "work"


def _week(days: Iterable[int]) -> frozenset[int]:
    week = frozenset(days)
    if not week or not week <= set(range(1, 8)):
        raise ValueError("weekdays are numbers from 1 (Monday) to 7")
    return week


def _years(years: Iterable[int]) -> tuple[int, ...]:
    listed = tuple(years)
    if not listed or listed != tuple(range(listed[0], listed[0] + len(listed))):
        raise ValueError("list the published years one after another")
    return listed


def _month_day(text: str) -> tuple[int, int]:
    day = date.fromisoformat(f"2000-{text}")
    return day.month, day.day


def _sessions(texts: Iterable[str]) -> Sessions:
    """`["08:30-11:30", "13:00-17:00"]` in seconds of the day; sorted, apart, within the day."""
    if isinstance(texts, str):
        raise ValueError('write a list, such as ["08:30-11:30", "13:00-17:00"]')
    sessions = tuple(
        (_clock_time(opens), _clock_time(closes)) for opens, closes in (t.split("-") for t in texts)
    )
    edges = [edge for session in sessions for edge in session]
    if not edges or any(a >= b for a, b in pairwise(edges)) or edges[-1] > DAY:
        raise ValueError("hours must follow one another within the day")
    return sessions


def _clock_time(text: str) -> int:
    hour, minute = text.strip().split(":")
    if not (0 <= int(hour) <= 24 and 0 <= int(minute) < 60):
        raise ValueError(f"not a time of day: {text!r}")
    return int(hour) * 3600 + int(minute) * 60
