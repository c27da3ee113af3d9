"""值班: who sits at the centre's desk, what is handed over, and how the centre's own people do."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from shaodao.centre.cases import permissions, queries
from shaodao.centre.cases.lifecycle.refusal import Refusal
from shaodao.centre.shifts import actions, work
from shaodao.centre.shifts.models import Note, Stint
from shaodao.county.people import holders
from shaodao.faces import words
from shaodao.faces.forms import whole
from shaodao.faces.requests import web_source
from shaodao.faces.work import presenting
from shaodao.faces.work.capacity import Desk, page
from shaodao.faces.work.figures import period_asked

# What of the clocks is shown, in the order of a case's way.
COLUMNS = ("triage", "ruling", "approval", "verification", "call_back")


@page
def duty(request: HttpRequest, desk: Desk) -> HttpResponse:
    return _page(request, desk)


@require_POST
@page
def sign(request: HttpRequest, desk: Desk, name: str) -> HttpResponse:
    """Take a seat, or leave it."""
    source = web_source(request)
    try:
        if name == "on":
            actions.sign_on(desk.by, whole(request.POST.get("seat")), source=source)
            messages.success(request, "已上岗。先看看上一班交了什么。")
        else:
            actions.sign_off(desk.by, source=source)
            messages.success(request, "已下岗。")
    except Refusal as refusal:
        messages.warning(request, words.refusal(refusal.code, **refusal.params))
    return redirect("staff:duty")


@require_POST
@page
def hand_over(request: HttpRequest, desk: Desk) -> HttpResponse:
    typed, named = request.POST.get("words", ""), request.POST.get("cases", "")
    cases = re.findall(r"[0-9][0-9-]{5,15}", named)
    try:
        actions.hand_over(desk.by, typed, cases, source=web_source(request))
    except Refusal as refusal:
        wrong = words.refusal(refusal.code, **refusal.params)
        return _page(request, desk, {"words": typed, "cases": named, "error": wrong}, status=422)
    messages.success(request, "交班记录已留下。")
    return redirect("staff:duty")


@require_POST
@page
def take_over(request: HttpRequest, desk: Desk, turn: str, note: int) -> HttpResponse:
    try:
        actions.take_over(turn, note, desk.by, source=web_source(request))
    except actions.NoSuchNote:
        raise Http404 from None
    except Refusal as refusal:
        messages.warning(request, words.refusal(refusal.code, **refusal.params))
    else:
        messages.success(request, "已接班。")
    return redirect("staff:duty")


@page
def done(request: HttpRequest, desk: Desk) -> HttpResponse:
    """What was done, in time or not: by unit to all who may look, by persons to the heads, to others their own line."""
    by = desk.by
    if not permissions.may_read_desk(by):
        return _forbidden(request)
    asked, period = period_asked(request)
    head = by.role in permissions.CENTRE_HEADS
    own = "" if head else by.actor
    hands = work.by_person(period, own) if head or permissions.may_read_desk_work(by, own) else {}
    late = work.late(period, own) if hands else []
    seen = queries.seen_of((row.number for row in late), by, desk.pack)
    names = holders.called([*(actor for actor, _, _ in hands), *(row.actor for row in late)])
    units = sorted(work.by_unit(period).items(), key=lambda each: (each[0] != desk.centre, each[0]))
    context = {
        "asked": asked,
        "columns": [words.word("clock", kind) for kind in COLUMNS],
        "units": [
            {"name": presenting.short(unit, desk.pack), "cells": _cells(kinds)} for unit, kinds in units
        ],
        "heading": "每个人" if head else "我自己",
        "hands": sorted(
            (
                {
                    "name": names.get(actor, "（账号已停用）"),
                    "role": desk.pack.capacity_name(role, unit),
                    "cells": _cells(kinds),
                }
                for (actor, role, unit), kinds in hands.items()
            ),
            key=lambda row: (row["role"], row["name"]),
        ),
        "late": [
            {
                "number": row.number,
                "seen": row.number in seen,
                "kind": words.word("clock", row.kind),
                "name": names.get(row.actor, "（账号已停用）"),
                "minutes": row.minutes,
                "at": row.at,
            }
            for row in late
        ],
        "personal": bool(hands),
        "now": timezone.now(),
    }
    return render(request, "work/desk_work.html", context)


def _page(
    request: HttpRequest, desk: Desk, typed: Mapping[str, str] | None = None, status: int = 200
) -> HttpResponse:
    by, now = desk.by, timezone.now()
    if not permissions.may_read_desk(by):
        return _forbidden(request)
    sits = permissions.may_sit_at_desk(by)
    rows, beside = actions.seats(desk.pack, now)
    notes = actions.notes(by, desk.pack, now) if sits else []
    people = [s.actor for row in rows for s in row.there] + [s.actor for s in beside]
    names = holders.called([*people, *(a for n in notes for a in (n.actor, n.taken_by) if a)])
    seen = queries.seen_of((number for note in notes for number in note.cases), by, desk.pack)
    texts = queries.read_words(note.words for note in notes)
    everyone = [s for row in rows for s in row.there] + beside
    context = {
        "rows": [
            {
                "unit": presenting.short(row.row.unit, desk.pack),
                "role": desk.pack.roles[row.row.role].name,
                "shift": desk.pack.shifts[row.row.shift],
                "number": row.row.number,
                "there": [_sitting(s, names, desk) for s in row.there],
                "missing": row.missing,
            }
            for row in sorted(rows, key=lambda row: (row.row.unit != desk.centre, row.row.unit))
        ],
        "beside": [_sitting(s, names, desk) for s in beside],
        "mine": next((s for s in everyone if s.actor == by.actor), None),
        "sits": sits,
        "notes": [_note(note, desk, names, seen, texts) for note in notes],
        "waiting": [
            {"name": words.word("clock", one.kind), "count": one.count, "late": one.late}
            for one in (actions.waiting_for(by.unit, now) if sits else [])
        ],
        "typed": typed or {},
        "now": now,
    }
    return render(request, "work/duty.html", context, status=status)


def _sitting(stint: Stint, names: Mapping[str, str], desk: Desk) -> dict[str, Any]:
    return {
        "name": names.get(stint.actor, "（账号已停用）"),
        "seat": stint.seat,
        "since": stint.on_at,
        "role": desk.pack.capacity_name(stint.role, stint.unit),
    }


def _note(
    note: Note, desk: Desk, names: Mapping[str, str], seen: set[str], texts: Mapping[str, str]
) -> dict[str, Any]:
    return {
        "turn": note.turn,
        "id": note.note,
        "shift": _turn_name(note.turn, desk),
        "unit": presenting.short(note.unit, desk.pack),
        "by": names.get(note.actor, "（账号已停用）"),
        "role": desk.pack.capacity_name(note.role, note.unit),
        "text": texts.get(note.words, "（已删除）"),
        "cases": [number for number in note.cases if number in seen],
        "waiting": [
            {"name": words.word("clock", kind), "count": count, "late": late}
            for kind, count, late in note.waiting
        ],
        "left_at": note.left_at,
        "taken_by": names.get(note.taken_by, ""),
        "taken_at": note.taken_at,
        "may_take": note.taken_at is None
        and note.actor != desk.by.actor
        and permissions.may_take_over(desk.by, note.unit, desk.pack),
    }


def _turn_name(turn: str, desk: Desk) -> str:
    day, code = turn[:10], turn[11:]
    shift = desk.pack.shifts.get(code)
    _, month, date = (int(part) for part in day.split("-"))
    return f"{month}月{date}日{shift.name if shift else ''}"


def _cells(kinds: Mapping[str, work.Tally]) -> list[dict[str, Any] | None]:
    return [
        {
            "done": tally.done,
            "share": Fraction(tally.in_time, tally.done),
            "late": tally.done - tally.in_time,
            "minutes": tally.minutes,
            "moved": tally.moved if kind == "triage" else None,
        }
        if (tally := kinds.get(kind))
        else None
        for kind in COLUMNS
    ]


def _forbidden(request: HttpRequest) -> HttpResponse:
    return render(request, "403.html", {"refusal": words.refusal("not_allowed")}, status=403)
