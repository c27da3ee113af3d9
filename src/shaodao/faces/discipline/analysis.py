"""反复出现的问题: by unit and item, with the cases behind each number."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from shaodao.centre.assessment.figures import Period
from shaodao.centre.cases import queries
from shaodao.centre.discipline import actions
from shaodao.centre.discipline.analysis import Recurring, recurring, units_of
from shaodao.faces.discipline.guard import Seat, unlocked
from shaodao.faces.work import presenting
from shaodao.faces.work.lists import line

SPANS = {"30": "近 30 天", "90": "近 90 天", "365": "近一年"}
NO_ITEM = "none"  # in an address: a matter outside the manual


@unlocked
def analysis(request: HttpRequest, seat: Seat) -> HttpResponse:
    span, period = _period(request, seat)
    rows = recurring(seat.by, seat.pack, period)
    units = units_of(rows)
    context = {
        "rows": [_row(each, seat) for each in rows],
        "units": [(presenting.short(unit, seat.pack), total) for unit, total in units[:8]],
        "most": units[0][1] if units else 0,
        "span": span,
        "tabs": [{"code": code, "name": name, "url": f"?days={code}"} for code, name in SPANS.items()],
        "openable": actions.openable(seat.by, seat.pack),
    }
    return render(request, "discipline/analysis.html", context)


@unlocked
def behind(request: HttpRequest, seat: Seat, unit: str, item: str) -> HttpResponse:
    span, period = _period(request, seat)
    rows = recurring(seat.by, seat.pack, period, unit, "" if item == NO_ITEM else item)
    found = next((row for row in rows if row.item == ("" if item == NO_ITEM else item)), None)
    if found is None:
        raise Http404
    cases = queries.these(seat.by, found.cases[:100], seat.pack)
    context = {
        "row": _row(found, seat),
        "lines": [line(each, seat) for each in cases],
        "span": SPANS[span],
        "days": span,
        "numbers": " ".join(found.cases[:20]),
        "openable": actions.openable(seat.by, seat.pack),
        "now": timezone.now(),
    }
    return render(request, "discipline/behind.html", context)


def _period(request: HttpRequest, seat: Seat) -> tuple[str, Period]:
    """Whole days of the county up to now."""
    span = request.GET.get("days", "90")
    span = span if span in SPANS else "90"
    zone = ZoneInfo(seat.pack.zone)
    until = datetime.combine(
        timezone.now().astimezone(zone).date() + timedelta(days=1), datetime.min.time(), zone
    )
    return span, Period(until - timedelta(days=int(span)), until)


def _row(each: Recurring, seat: Seat) -> dict[str, object]:
    item = seat.pack.items.get(each.item)
    return {
        "unit": each.unit,
        "item": each.item or NO_ITEM,
        "unit_name": presenting.short(each.unit, seat.pack),
        "item_name": item.name if item else "手册外事项",
        "breaches": each.breaches,
        "refused": each.refused,
        "reworks": each.reworks,
        "total": each.total,
        "cases": len(each.cases),
    }
