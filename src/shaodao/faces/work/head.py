"""今日: what the head of a unit must do now, on one page of a phone: sign, approve, and see what runs out."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from shaodao.centre.cases import permissions, queries
from shaodao.centre.supervision.orders import actions as orders
from shaodao.faces import words
from shaodao.faces.work.capacity import Desk, page
from shaodao.faces.work.lists import line
from shaodao.faces.work.orders import lines

SHOWN = 5  # of each list; the rest is one tap away


@page
def head(request: HttpRequest, desk: Desk) -> HttpResponse:
    if desk.by.role not in permissions.UNIT_HANDS | permissions.STREET:
        return render(request, "403.html", {"refusal": words.refusal("not_allowed")}, status=403)
    now = timezone.now()
    tonight = _midnight_after(now, desk.pack.zone)
    approvals = queries.approvals(desk.by, desk.pack, size=SHOWN)
    duties = queries.duties(desk.by, desk.pack, size=4 * SHOWN)
    counts = queries.tally(desk.by, desk.pack, now, tonight)
    shown = [line(each, desk) for each in duties.lines]
    demanded = [row for row in orders.visible(desk.by, desk.pack) if row.ended_at is None]
    context = {
        "approvals": [line(each, desk) for each in approvals.lines],
        "orders": lines(demanded, desk),
        "overdue": [each for each in shown if each["due"] and each["due"] < now][:SHOWN],
        "today": [each for each in shown if each["due"] and now <= each["due"] < tonight][:SHOWN],
        "counts": counts,
        "to_sign": sum(bool(row.reply) and row.state == "signed" for row in demanded),
        "now": now,
    }
    return render(request, "work/head.html", context)


def _midnight_after(now: datetime, zone: str) -> datetime:
    tomorrow = now.astimezone(ZoneInfo(zone)).date() + timedelta(days=1)
    return datetime.combine(tomorrow, time(), ZoneInfo(zone))
