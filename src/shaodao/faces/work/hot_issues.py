"""热点问题: what many report at once, hottest first; one issue with its cases, and the way to a topic."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from shaodao.centre.cases import permissions, queries
from shaodao.centre.cases.models import Case
from shaodao.centre.hot_issues import reading
from shaodao.centre.hot_issues.reading import Found
from shaodao.centre.topics import actions as topics
from shaodao.centre.topics.models import Topic
from shaodao.faces import charts, words
from shaodao.faces.work import presenting
from shaodao.faces.work.capacity import Desk, page
from shaodao.faces.work.lists import line

PERIODS = {"week": ("近一周", 7), "month": ("近一月", 30), "quarter": ("近一季", 91)}
OWN = "own"
LONGEST = 366  # days that one may look at
ENDED = ("closed", "answered", "transferred", "declined", "merged")
TALL = 96  # of the trend on an issue's own page


@dataclass(frozen=True, slots=True)
class Period:
    """Whole days of the county, from `first` to `last`; `code` says how they were chosen."""

    code: str
    first: date
    last: date
    zone: ZoneInfo

    @property
    def since(self) -> datetime:
        return datetime(self.first.year, self.first.month, self.first.day, tzinfo=self.zone)

    @property
    def until(self) -> datetime:
        return datetime(self.last.year, self.last.month, self.last.day, tzinfo=self.zone) + timedelta(days=1)

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def query(self) -> str:
        """The period in an address. Days are named, so that the address shows the same tomorrow."""
        return urlencode({"period": OWN, "since": self.first, "until": self.last})


def period_of(asked: Any, today: date, zone: ZoneInfo) -> Period:
    """The period that an address names; a month where it names none, or none that can be."""
    code = str(asked.get("period", ""))
    first, last = _day(asked.get("since")), _day(asked.get("until"))
    if code == OWN and first and last and first <= last and (last - first).days < LONGEST:
        named = {days: name for name, (_, days) in PERIODS.items()} if last == today else {}
        return Period(named.get((last - first).days + 1, OWN), first, last, zone)
    code = code if code in PERIODS else "month"
    return Period(code, today - timedelta(days=PERIODS[code][1] - 1), today, zone)


def _day(text: object) -> date | None:
    try:
        found = date.fromisoformat(str(text))
    except ValueError:
        return None
    return found if 1990 < found.year < 2200 else None


@page
def issues(request: HttpRequest, desk: Desk) -> HttpResponse:
    if not permissions.may_read_hot_issues(desk.by):
        return _forbidden(request)
    period = _period(request, desk)
    found = reading.find(desk.by, period.since, period.until, desk.pack)
    numbers = [case.number for each in found for case in each.cases]
    given = topics.of_cases(numbers, desk.by, desk.pack) if numbers else []
    hottest = max((each.issue.heat for each in found), default=0.0)
    return render(
        request,
        "work/hot_issues.html",
        {
            "lines": [_line(each, hottest, period, given, desk) for each in found],
            "tabs": _tabs(),
            "period": period,
            "now": timezone.now(),
        },
    )


@page
def issue(request: HttpRequest, desk: Desk, number: str) -> HttpResponse:
    if not permissions.may_read_hot_issues(desk.by):
        return _forbidden(request)
    period = _period(request, desk)
    found = found_by(number, period, desk)
    numbers = tuple(case.number for case in found.cases)
    shown = queries.cases(
        desk.by, queries.Filters(numbers=numbers), desk.pack, after=request.GET.get("after", "")
    )
    given = topics.of_cases(numbers, desk.by, desk.pack)
    return render(
        request,
        "work/hot_issue.html",
        {
            **_line(found, found.issue.heat, period, given, desk, TALL),
            "issue": found.issue,
            "states": _states(found.cases),
            "topics": topic_lines(given, desk),
            "lines": [line(each, desk) for each in shown.lines],
            "after": shown.after,
            "first": "after" not in request.GET,
            "period": period,
            "points": any(reading.point_of(case, desk.pack) for case in found.cases),
            "may_open": desk.by.role in permissions.TOPICS["open"],
            "now": timezone.now(),
        },
    )


@page
def points(request: HttpRequest, desk: Desk, number: str) -> HttpResponse:
    """The places of an issue's cases as GeoJSON, each a link to its case."""
    if not permissions.may_read_hot_issues(desk.by):
        return _forbidden(request)
    found = found_by(number, _period(request, desk), desk)
    features = [
        {
            "type": "Feature",
            "properties": {"url": reverse("staff:case", args=[case.number])},
            "geometry": {"type": "Point", "coordinates": [point[0] * 1e-7, point[1] * 1e-7]},
        }
        for case in found.cases
        if (point := reading.point_of(case, desk.pack))
    ]
    return JsonResponse({"type": "FeatureCollection", "features": features})


def found_by(number: str, period: Period, desk: Desk) -> Found:
    """The issue that holds this case in a period."""
    for found in reading.find(desk.by, period.since, period.until, desk.pack):
        if any(case.number == number for case in found.cases):
            return found
    raise Http404


def title_of(found: Found, desk: Desk) -> str:
    """The issue's title, with its place before it where the title names none."""
    issue, area = found.issue, place_of(found.issue.area, desk)
    if issue.name or not area or area[:2] in issue.title:
        return issue.title
    return f"{area}：{issue.title}"


def topic_lines(rows: list[Topic], desk: Desk) -> list[dict[str, Any]]:
    """Topics as a list shows them. One statement for their titles."""
    texts = queries.read_words(row.title for row in rows)
    return [
        {
            "number": row.number,
            "title": texts.get(row.title, "（标题已删除）"),
            "lead": presenting.short(row.lead, desk.pack),
            "state": row.state,
            "cases": len(row.cases),
            "opened_at": row.opened_at,
            "due": row.due_at,
            "stopped": row.reported_at or row.closed_at,
            "closed_at": row.closed_at,
        }
        for row in rows
    ]


def _line(
    found: Found, hottest: float, period: Period, given: list[Topic], desk: Desk, tall: int = charts.HEIGHT
) -> dict[str, Any]:
    issue, counts = found.issue, found.issue.counts
    numbers = {case.number for case in found.cases}
    units = Counter(case.lead_unit for case in found.cases if case.lead_unit)
    names = [presenting.short(unit, desk.pack) for unit, _ in units.most_common(3)]
    item = desk.pack.items.get(issue.item)
    return {
        "key": found.key,
        "title": title_of(found, desk),
        "why": issue.why,
        "heat": issue.heat,
        "share": round(100 * issue.heat / hottest) if hottest else 0,
        "people": counts.people,
        "count": counts.cases,
        "more": counts.people - counts.before,
        "place": place_of(issue.area, desk),
        "item": item.name if item else "",
        "units": [name for name in names if name != place_of(issue.area, desk)],
        "open": sum(case.state not in ENDED for case in found.cases),
        "ended": sum(case.state in ENDED for case in found.cases),
        "trend": charts.columns(
            issue.days, period.first - timedelta(days=period.days), period.last + timedelta(days=1), period.first, tall
        ),
        "topic": next((row.number for row in given if numbers.intersection(row.cases)), ""),
    }  # fmt: skip


def _states(cases: tuple[Case, ...]) -> list[tuple[str, int]]:
    return Counter(words.word("state", case.state) for case in cases).most_common()


def place_of(code: str, desk: Desk) -> str:
    """The name of a place; "" where it is unknown."""
    places = desk.pack.places
    return places[code].name if code and code in places else ""


def _tabs() -> list[dict[str, str]]:
    address = reverse("staff:hot_issues")
    return [
        {"code": code, "name": name, "url": f"{address}?period={code}"} for code, (name, _) in PERIODS.items()
    ]


def _period(request: HttpRequest, desk: Desk) -> Period:
    zone = ZoneInfo(desk.pack.zone)
    return period_of(request.GET, timezone.now().astimezone(zone).date(), zone)


def _forbidden(request: HttpRequest) -> HttpResponse:
    return render(request, "403.html", {"refusal": words.refusal("not_allowed")}, status=403)
