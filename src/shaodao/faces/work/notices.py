"""消息: what this capacity has been told, newest first; looking marks it read."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from shaodao.centre.cases import queries
from shaodao.centre.pressing import gathering
from shaodao.county.people import holders
from shaodao.faces import words
from shaodao.faces.work.capacity import Desk, page
from shaodao.faces.work.presenting import short
from shaodao.ground.messages import outbox


def recipients(desk: Desk) -> list[str]:
    """Under which names this capacity is told things: its unit, its role there, and the person."""
    by, unit = desk.by, desk.capacity.unit
    head = desk.pack.tree.head_unit(unit).code
    names = [
        f"unit:{by.unit}",
        f"unit:{unit}",
        f"unit:{head}",
        f"role:{by.role}@{unit}",
        f"role:{by.role}",
        by.actor,
    ]
    return list(dict.fromkeys(names))


@page
def notices(request: HttpRequest, desk: Desk) -> HttpResponse:
    names = recipients(desk)
    told = outbox.notices(names, timezone.now())
    lines = [
        {
            "at": n.created_at,
            "text": sentence(n.template, n.params, desk),
            "number": n.params.get("number"),
            "topic": n.params.get("topic"),
            "discipline": n.params.get("discipline"),
            "order": n.params.get("order"),
            "meeting": n.params.get("meeting"),
            "month": n.params.get("month") if n.template.startswith("scores_") else "",
            "briefing": n.params.get("briefing"),
            "day": n.params.get("day"),
            "new": n.read_at is None,
        }
        for n in told
    ]
    outbox.mark_read(names, [n.id for n in told if n.read_at is None], timezone.now())
    return render(request, "work/notices.html", {"lines": lines, "now": timezone.now()})


@page
def digest(request: HttpRequest, desk: Desk, day: date) -> HttpResponse:
    """今日催办汇总: what was gathered for whoever is signed in, in all their posts; cases that this capacity may open are
    links."""
    rows = gathering.gathered(holders.names_of(desk.capacity.user_id, timezone.now()), day)
    numbers = {str(row.params["number"]) for row in rows}
    seen = queries.seen_of(numbers, desk.by, desk.pack)
    lines = [
        {"number": row.params["number"], "words": row.params["words"], "unit": short(row.params["unit"], desk.pack),
         "seen": row.params["number"] in seen}
        for row in rows
    ]  # fmt: skip
    return render(request, "work/digest.html", {"lines": lines, "day": day})


def sentence(template: str, params: dict[str, Any], desk: Desk) -> str:
    shown = dict(params)
    if unit := shown.get("unit"):
        shown["unit"] = short(str(unit), desk.pack)
    if kind := shown.get("kind"):
        shown["kind"] = words.word(
            "request" if template.startswith(("request", "to_approve")) else "clock", str(kind)
        )
    if reason := shown.get("reason"):
        shown["reason"] = words.word("reason", str(reason))
    if finding := shown.get("finding"):
        shown["finding"] = words.word("wrongful", str(finding))
    return words.notice(template, shown)
