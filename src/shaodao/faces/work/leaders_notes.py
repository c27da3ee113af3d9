"""圈阅、批示: writing one, and what has become of them (批示办理)."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from shaodao.centre.cases import permissions
from shaodao.centre.cases.lifecycle.refusal import Refusal
from shaodao.centre.supervision.notes import actions
from shaodao.centre.supervision.notes.actions import LIMITS, Listed, Said
from shaodao.centre.supervision.orders.actions import LEADS
from shaodao.county.people.models import User
from shaodao.faces import words
from shaodao.faces.forms import version, whole
from shaodao.faces.requests import web_source
from shaodao.faces.work import presenting
from shaodao.faces.work.capacity import Desk, page

# Where each kind of thing is looked at.
PAGES = {
    "case": "staff:case",
    "order": "staff:order",
    "briefing": "staff:briefing",
    "ranking": "staff:scores_month",
}


@page
def notes(request: HttpRequest, desk: Desk) -> HttpResponse:
    if not (permissions.may_note(desk.by) or permissions.may_see_note(desk.by, "")):
        return render(request, "403.html", {"refusal": words.refusal("not_allowed")}, status=403)
    found = actions.visible(desk.by, desk.pack)
    back = actions.waiting(desk.by) if permissions.may_note(desk.by) else 0
    context = {"notes": described(found, desk), "back": back, "now": timezone.now()}
    return render(request, "work/note_list.html", context)


@require_POST
@page
def note(request: HttpRequest, desk: Desk) -> HttpResponse:
    posted = request.POST
    said = Said(
        about=posted.get("about", ""),
        subject=posted.get("subject", ""),
        kind=posted.get("kind", ""),
        words=posted.get("words", ""),
        unit=posted.get("unit", ""),
        workdays=whole(posted.get("workdays")),
        key=posted.get("key", ""),
    )
    source = web_source(request)
    try:
        row = actions.write(said, desk.by, version=version(posted), source=source)
    except permissions.Forbidden:
        return render(request, "403.html", {"refusal": words.refusal("not_allowed")}, status=403)
    except LookupError:
        raise Http404 from None
    except Refusal as refusal:
        wrong = words.refusal(refusal.code, **words.said(refusal.params, desk.pack))
        if refusal.code == "stale":
            wrong = "别的领导刚刚在这里批示过。看过还要批示的，请再提交一次。"
        return _again(request, said, wrong, desk)
    done = f"已批示，立为领导交办件 {row.case}。" if row.case else "已圈阅。"
    messages.success(request, done)
    return redirect(place_of(said.about, said.subject))


def _again(request: HttpRequest, said: Said, wrong: str, desk: Desk) -> HttpResponse:
    """The form once more, with what was written."""
    context = {
        **beside(said.about, said.subject, desk),
        "note_said": said,
        "note_wrong": wrong,
        "about": f"{words.word('note_about', said.about)} {said.subject}",
        "back": place_of(said.about, said.subject),
    }
    return render(request, "work/note.html", context, status=422)


def place_of(about: str, subject: str) -> str:
    """The address of what a note is written on."""
    return reverse(PAGES[about], args=[subject]) if about in PAGES else reverse("staff:notes")


def beside(about: str, subject: str, desk: Desk) -> dict[str, Any]:
    """What `work/notes.html` needs to show the notes on one thing, and the form for whoever may write one. At most five
    statements; none for roles that see no notes."""
    may_note = permissions.may_note(desk.by)
    if not (may_note or permissions.may_see_note(desk.by, "")):
        return {}
    day = desk.pack.day(timezone.now())
    units = [u for u in desk.pack.units.values() if u.kind in LEADS and u.in_force(day)] if may_note else []
    return {
        "notes": described(actions.on(about, subject, desk.by), desk),
        "may_note": may_note,
        "note_about": about,
        "note_subject": subject,
        "note_units": [(u.code, u.short) for u in sorted(units, key=lambda u: LEADS.index(u.kind))],
        "note_limits": LIMITS,
        "note_version": actions.count(about, subject) if may_note else 0,
        "note_key": uuid4().hex,
    }


def described(found: list[Listed], desk: Desk) -> list[dict[str, Any]]:
    """Notes as pages show them. One statement for the leaders' names."""
    pks = {int(each.row.leader.partition(":")[2] or 0) for each in found}
    names = dict(User.objects.filter(pk__in=pks).values_list("pk", "name")) if pks else {}
    return [
        {
            "words": each.words,
            "kind": each.row.kind,
            "leader": names.get(int(each.row.leader.partition(":")[2] or 0), "县领导"),
            "about": f"{words.word('note_about', each.row.about)} {each.row.subject}",
            "unit": presenting.short(each.row.unit, desk.pack) if each.row.unit else "",
            "case": each.row.case,
            "state": each.case.state if each.case else "",
            "due": each.case.next_due_at if each.case else None,
            "at": each.row.written_at,
            "url": reverse("staff:case", args=[each.row.case])
            if each.row.case
            else place_of(each.row.about, each.row.subject),
        }
        for each in found
    ]
