"""指标: the figures of a period, broken down, each number with the cases behind it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from shaodao.centre.assessment.figures import (
    FIGURES,
    KEYS,
    PAGE,
    Figure,
    Period,
    behind,
    broken_down,
    figures,
)
from shaodao.centre.cases import permissions, queries
from shaodao.county.pack.model import Pack
from shaodao.faces import words
from shaodao.faces.moments import LOCAL
from shaodao.faces.work import presenting
from shaodao.faces.work.capacity import Desk, page
from shaodao.faces.work.lists import line

GROUPS: dict[str, tuple[str, ...]] = {
    "吹哨与报到": ("whistles", "open", "report_in_units", "report_in_persons", "signed_on_time", "report_in_on_time"),
    "办理": ("finish_on_time", "finished", "finished_without_shelved", "overdue", "waited_median", "waited_ninety"),
    "群众评": ("solved", "satisfied", "rated", "reworked", "recurred", "repeated"),
    "退单与确权": ("returned", "returns_refused", "rulings", "wrongful", "excluded"),
    "层级与会商": ("community", "councils", "extensions", "shelvings", "breaches", "queue_breaches"),
}  # fmt: skip
# What is told of each unit, street … of a break-down.
TABLE = ("whistles", "report_in_on_time", "finish_on_time", "solved", "satisfied", "reworked", "returned")
BREAKDOWNS: dict[str, str] = {
    "unit": "按单位", "street": "按街道乡镇", "item": "按事项", "whistler": "按吹哨主体",
}  # fmt: skip


@page
def overview(request: HttpRequest, desk: Desk) -> HttpResponse:
    """All figures of a period, and the main ones by unit, street, item or whistler. Two statements."""
    scope = permissions.figures_under(desk.by, desk.pack)
    if scope is None:
        return render(request, "403.html", {"refusal": words.refusal("not_allowed")}, status=403)
    asked, period = period_asked(request)
    by = request.GET.get("by", "unit")
    if by not in BREAKDOWNS:
        raise Http404
    found = figures(period, (id for group in GROUPS.values() for id in group), scope)
    rows = broken_down(period, by, TABLE, scope)
    context = {
        "asked": asked,
        "may_read_exclusions": permissions.may_read_exclusions(desk.by),
        "groups": [
            {"name": name, "tiles": [_tile(found[id], asked) for id in ids]} for name, ids in GROUPS.items()
        ],
        "by": by,
        "heading": BREAKDOWNS[by],
        "tabs": [
            {"code": code, "name": name, "url": f"?{urlencode(asked | {'by': code})}#break-down"}
            for code, name in BREAKDOWNS.items()
        ],
        "columns": [FIGURES[id].name for id in TABLE],
        "rows": [
            {"name": key_name(by, key, desk.pack), "cells": [_tile(row[id], asked | {by: key}) for id in TABLE]}
            for key, row in sorted(rows.items(), key=lambda each: _weight(each[1]), reverse=True)
        ],
    }  # fmt: skip
    return render(request, "work/figures.html", context)


@page
def cases(request: HttpRequest, desk: Desk, id: str) -> HttpResponse:
    """What a figure counts, or with `among` what it counts among: one line for each fact, so that the lines are as many as
    the number says."""
    scope = permissions.figures_under(desk.by, desk.pack)
    if scope is None:
        return render(request, "403.html", {"refusal": words.refusal("not_allowed")}, status=403)
    if id not in FIGURES:
        raise Http404
    asked, period = period_asked(request)
    under = {by: request.GET[by] for by in KEYS if by in request.GET} | scope
    one, among, after = FIGURES[id], bool(request.GET.get("among")), request.GET.get("after", "")
    total = figures(period, [id], under)[id]
    facts = behind(id, period, under, among=among, after=after if _is_key(after) else "", size=PAGE + 1)
    shown = facts[:PAGE]
    found = queries.cases(
        desk.by, queries.Filters(numbers=tuple({f.number for f in shown})), desk.pack, size=PAGE
    )
    known = {each.case.number: line(each, desk) for each in found.lines}
    context = {
        "one": one,
        "asked": asked,
        "under": [key_name(by, key, desk.pack) for by, key in under.items()],
        "figure": total,
        "among": among,
        "facts": [
            {
                "line": known.get(fact.number),
                "number": fact.number,
                "unit": presenting.short(fact.unit, desk.pack) if fact.unit else "",
                "weight": fact.weight,
                "counts": fact.counts,
            }
            for fact in shown
        ],
        "weighed_in": WEIGHS.get(id, ""),
        "other": {
            "url": f"?{urlencode(asked | under | ({} if among else {'among': '1'}))}",
            "shown": one.measure == "share",
        },
        "back": f"{reverse('staff:figures')}?{urlencode(asked)}",
        "after": shown[-1].key if len(facts) > len(shown) else None,
        "first": not after,
        "now": timezone.now(),
    }
    return render(request, "work/figure_cases.html", context)


WEIGHS = {
    "report_in_persons": "人",
    "waited_median": "分钟",
    "waited_ninety": "分钟",
}  # facts that are not one each


def period_asked(request: HttpRequest, back: timedelta | None = None) -> tuple[dict[str, str], Period]:
    """The period asked for, in whole days of the county; where nothing sensible is asked, this month, or as long `back`
    from this week's Monday."""
    today = timezone.now().astimezone(LOCAL).replace(hour=0, minute=0, second=0, microsecond=0)
    begin = today.replace(day=1) if back is None else today - timedelta(days=today.weekday()) - back
    since = _day(request.GET.get("since")) or begin
    until = _day(request.GET.get("until")) or today
    if until < since:
        since, until = until, since
    asked = {"since": since.date().isoformat(), "until": until.date().isoformat()}
    return asked, Period(since, until + timedelta(days=1))


def key_name(by: str, key: str, pack: Pack) -> str:
    """What a row of a break-down is called."""
    if by == "item":
        return pack.items[key].name if key in pack.items else "未定事项"
    if by == "unit":
        return presenting.short(key, pack) if key else "还没有主办单位"
    if by == "street":
        return pack.places[key].name if key in pack.places else "没有地点"
    if by in ("whistler", "channel"):
        return words.word(f"{by}_kind" if by == "whistler" else by, key)
    return key


def _day(text: str | None) -> datetime | None:
    try:
        day = datetime.fromisoformat(text or "")
        return day.replace(tzinfo=LOCAL) if 1999 < day.year < 2100 else None
    except ValueError:
        return None


def _is_key(after: str) -> bool:
    number, _, part = after.partition(".")
    return bool(number) and part.removeprefix("-").isdecimal()


def _tile(figure: Figure, asked: Mapping[str, str]) -> dict[str, Any]:
    """A figure with the address of what is behind it."""
    one = FIGURES[figure.id]
    url = f"{reverse('staff:figure_cases', args=[figure.id])}?{urlencode(asked)}"
    return {"one": one, "figure": figure, "url": url, "counts": figure.numerator or figure.denominator}


def _weight(row: Mapping[str, Figure]) -> int:
    return max(figure.denominator or figure.numerator for figure in row.values())
