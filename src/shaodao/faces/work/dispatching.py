"""派单质量: how well dispatch does by week and item, what it confuses; 核对: cheap confirmations that teach it most."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from shaodao.centre.assessment.figures import SHARES, Figure, broken_down
from shaodao.centre.cases import actions, permissions, queries
from shaodao.centre.cases.lifecycle import Refusal
from shaodao.centre.dispatch import classifier, watching
from shaodao.faces import words
from shaodao.faces.forms import whole
from shaodao.faces.requests import web_source
from shaodao.faces.work.capacity import Desk, page
from shaodao.faces.work.figures import period_asked

LOCAL = ZoneInfo("Asia/Shanghai")
WEEKS = 12
LOOK_BACK = timedelta(days=180)  # for confirmations
NONE = "NONE"


def _forbidden(request: HttpRequest) -> HttpResponse:
    return render(request, "403.html", {"refusal": words.refusal("not_allowed")}, status=403)


# --- figures ----------------------------------------------------------------------------------------------------


@page
def dispatch(request: HttpRequest, desk: Desk) -> HttpResponse:
    """The figures of a period: whole, by week, by item; the pairs that are confused."""
    if not permissions.may_watch_dispatch(desk.by):
        return _forbidden(request)
    asked, period = period_asked(request, timedelta(weeks=WEEKS - 1))
    by_week = broken_down(period, "week", SHARES)
    by_item = broken_down(period, "item", SHARES)
    whole_period = {id: _sum(id, by_week.values()) for id in SHARES}
    pack = desk.pack
    items: list[dict[str, Any]] = [
        {"code": code, "name": _item(code, desk), "cases": row["at_once"].denominator, "cells": _cells(row)}
        for code, row in by_item.items()
    ]
    context = {
        "asked": asked,
        "shares": SHARES.values(),
        "tiles": [{"share": SHARES[id], "figure": figure} for id, figure in whole_period.items()],
        "weeks": [
            {
                "week": _day(week),
                "cases": row["at_once"].denominator,
                "cells": _cells(row),
                "until": _next(week),
            }
            for week, row in reversed(by_week.items())
        ],
        "items": sorted(items, key=lambda row: row["cases"], reverse=True),
        "confusions": [
            {
                "guessed": _item(pair.guessed, desk),
                "made": _item(pair.made, desk),
                "count": pair.count,
                "examples": pair.examples,
            }
            for pair in watching.confusions(period)
        ],
        "unconfirmed": watching.unconfirmed(timezone.now() - LOOK_BACK),
        "may_confirm": permissions.may_confirm_items(desk.by),
        "fault": classifier.current(pack).fault,
    }
    return render(request, "work/dispatch.html", context)


def _sum(id: str, rows: Any) -> Figure:
    """A share of the whole period: weeks do not overlap."""
    one = SHARES[id]
    parts = [row[id] for row in rows]
    return Figure(
        id, one.version, one.name, sum(p.numerator for p in parts), sum(p.denominator for p in parts)
    )


def _cells(row: dict[str, Figure]) -> list[dict[str, Any]]:
    return [{"id": id, "figure": row[id]} for id in SHARES]


def _item(code: str, desk: Desk) -> str:
    if not code or code == NONE:
        return "不在手册中" if code else "未定事项"
    return desk.pack.items[code].name if code in desk.pack.items else code


def _day(week: str) -> datetime:
    return datetime.fromisoformat(week).replace(tzinfo=LOCAL)


def _next(week: str) -> datetime:
    return _day(week) + timedelta(days=6)


# --- confirmations ----------------------------------------------------------------------------------------------


@page
def confirm(request: HttpRequest, desk: Desk) -> HttpResponse:
    """One case: its words, the item proposed; 对, or the right one, in one tap."""
    if not permissions.may_confirm_items(desk.by):
        return _forbidden(request)
    since, skip = timezone.now() - LOOK_BACK, max(whole(request.GET.get("skip")), 0)
    candidates = watching.doubtful(since, skip=skip)
    found = queries.cases(
        desk.by, queries.Filters(numbers=tuple(c.number for c in candidates)), desk.pack, size=watching.MANY
    )
    readable = _readable(found.lines)
    now = next((c for c in candidates if c.number in readable), None)
    context: dict[str, Any] = {"now": None, "left": watching.unconfirmed(since)}
    if now is not None:
        text, items = readable[now.number], desk.pack.items_on(desk.pack.day(timezone.now()))
        guess = classifier.current(desk.pack).classify(text, items, desk.pack.settings.dispatch)
        others = [code for code, _ in guess.top if code != now.guess and code in items]
        context |= {
            "now": now,
            "text": text,
            "item": desk.pack.items.get(now.guess),
            "others": [items[code] for code in others],
            "groups": _groups(items.values()),
            "skip": skip + candidates.index(now) + 1,
        }
    return render(request, "work/confirm.html", context)


def _readable(lines: list[queries.Listed]) -> dict[str, str]:
    """What a clerk reads to confirm an item, by number. Of a case that its item protects the checked summary, if there is
    one; a case without an item is protected too, but only until the desk has read it."""
    summaries = queries.read_words(each.case.summary for each in lines)
    texts = {
        each.number: summaries.get(each.case.summary, "")
        if each.case.item and each.case.identity_mode == "protected"
        else each.words
        for each in lines
    }
    return {number: text for number, text in texts.items() if text}


def _groups(items: Any) -> dict[str, list[Any]]:
    groups: dict[str, list[Any]] = {}
    for item in items:
        groups.setdefault(item.group, []).append(item)
    return groups


@require_POST
@page
def confirmed(request: HttpRequest, desk: Desk, number: str) -> HttpResponse:
    """A clerk has said which item a case is about; on to the next."""
    skip = whole(request.POST.get("skip"))
    try:
        actions.act(
            number,
            "confirm_item",
            {"item": request.POST.get("item") or request.POST.get("other", "")},
            desk.by,
            source=web_source(request),
        )
    except permissions.Forbidden:
        return _forbidden(request)
    except Refusal as refusal:
        messages.error(request, words.refusal(refusal.code, **words.said(refusal.params, desk.pack)))
    else:
        messages.success(request, "记下了。")
    return redirect(reverse("staff:confirm") + (f"?skip={skip}" if skip > 0 else ""))
