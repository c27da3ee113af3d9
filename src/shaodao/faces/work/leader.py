"""一屏: what a county leader reads in one minute, on one screen of a phone: today, this month, what is stuck and with whom,
what waits for the leader, the last briefing. The figures are those of the wall."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from shaodao.centre.briefings import actions as briefings
from shaodao.centre.briefings.months import Month
from shaodao.centre.pressing import watch
from shaodao.centre.supervision.notes import actions as notes
from shaodao.faces import words
from shaodao.faces.wall import board, shown
from shaodao.faces.wall.board import Live
from shaodao.faces.work import lists
from shaodao.faces.work.capacity import Desk, page

STUCK = 3  # units; the rest is one tap away
MONTH = ("whistles", "verified", "report_in_on_time", "finish_on_time", "solved", "satisfied")


@page
def leader(request: HttpRequest, desk: Desk) -> HttpResponse:
    """The figures are asked of the database once in some seconds, for all leaders and walls together."""
    if desk.by.role != watch.LEADER:
        return render(request, "403.html", {"refusal": words.refusal("not_allowed")}, status=403)
    live, monthly = board.live.get(), board.monthly.get()
    context = {
        "today": live.today,
        "month": [shown.compared(monthly.month[id], monthly.before[id]) for id in MONTH],
        "stuck": _stuck(live, desk),
        "late_units": len(live.late),
        "waits": _waits(desk),
        "briefing": _briefing(desk),
        "day": live.at.astimezone(board.zone(desk.pack)).date().isoformat(),
        "now": timezone.now(),
    }
    return render(request, "work/leader.html", context)


def _stuck(live: Live, desk: Desk) -> list[dict[str, Any]]:
    """With whom most is overdue; units in this leader's charge come first."""
    mine = {unit for unit, who in watch.present(timezone.now()).in_charge.items() if who == desk.by.actor}
    lines = [line | {"mine": _head(line["code"], desk) in mine} for line in shown.late(live, desk.pack)]
    return sorted(lines, key=lambda line: not line["mine"])[:STUCK]


def _head(code: str, desk: Desk) -> str:
    """The unit whose leader answers for a section, station or village."""
    tree = desk.pack.tree
    if code not in tree.units:
        return code
    unit = tree.local_of(code) or tree.head_unit(code)
    return unit.code


def _waits(desk: Desk) -> list[dict[str, Any]]:
    """What waits for this leader, by the lists it stands in; empty ones are left out."""
    found = [{"name": tab.name, "count": tab.count, "url": tab.url} for tab in lists.tabs(desk) if tab.count]
    if back := notes.waiting(desk.by):
        found.append({"name": "交办件待评价", "count": back, "url": reverse("staff:notes")})
    return found


def _briefing(desk: Desk) -> dict[str, Any] | None:
    """The last one published: its issue, whether it was read, and its first numbers."""
    found = next((each for each in briefings.visible(desk.by, desk.pack) if each.row.published_at), None)
    if found is None:
        return None
    content = briefings.content_of(found.row.digest)
    return {
        "row": found.row,
        "month": f"{Month.parse(found.row.month).month}月",
        "read": found.read,
        "named": found.named,
        "right": found.right,
        "whistles": content.count("whistles").counted,
        "finished": content.count("finish_on_time").share,
    }
