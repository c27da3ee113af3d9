"""县级统筹: calling the meeting, who came, the minutes and what each unit has to do."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_POST

from shaodao.centre.cases import permissions, queries
from shaodao.centre.cases.lifecycle import Refusal, possible
from shaodao.centre.cases.lifecycle import commands as c
from shaodao.centre.supervision import papers
from shaodao.centre.supervision.meetings import actions, meeting
from shaodao.centre.supervision.meetings.actions import LIMITS, LONGEST_LINE, Called, Task
from shaodao.county.people.models import User
from shaodao.faces import papers as files
from shaodao.faces import words
from shaodao.faces.forms import Form, version, whole
from shaodao.faces.requests import web_source
from shaodao.faces.work import overtaken, presenting
from shaodao.faces.work.capacity import Desk, page
from shaodao.faces.work.cases import leaders
from shaodao.faces.work.forms import LOCAL, OWNERS, LocalMoment, Several

EXTRA = 3  # empty rows for units that were not called


@page
def meetings(request: HttpRequest, desk: Desk) -> HttpResponse:
    rows = actions.visible(desk.by, desk.pack)
    listed = {each.number: each for each in queries.these(desk.by, [row.case for row in rows], desk.pack)}
    lines = [
        {
            "number": row.number,
            "title": _item(listed[row.case].case.item, desk) if row.case in listed else "县级统筹",
            "case": row.case if row.case in listed else "",
            "state": row.state,
            "meet_at": row.meet_at,
            "units": [presenting.short(unit, desk.pack) for unit in row.units],
            "came": len(row.came),
        }
        for row in rows
    ]
    return render(request, "work/meetings.html", {"lines": lines, "now": timezone.now()})


@page
def call(request: HttpRequest, desk: Desk, number: str) -> HttpResponse:
    """The notice of a meeting about a case that waits for the county."""
    opened = queries.open_case(number, desk.by, desk.pack)
    if not permissions.may(desk.by, c.Coordinate, opened.case, 0, desk.pack):
        return _forbidden(request)
    if not possible(opened.case, c.Coordinate):
        messages.warning(request, words.refusal("not_now"))
        return redirect("staff:case", number)
    sent = request.method == "POST"
    form = CallForm(
        desk, request.POST if sent else None, initial={"units": [d.unit for d in opened.case.active_duties]}
    )
    if sent and form.is_valid():
        said = form.cleaned_data
        meet_at = parse_datetime(said["meet_at"])
        assert meet_at is not None
        called = Called(said["leader"], said["units"], meet_at, said["place"], said["words"])
        try:
            made = actions.call(number, called, desk.by, source=web_source(request))
        except Refusal as refusal:
            field = "meet_at" if refusal.code == "date_must_be_later" else None
            form.add_error(field, words.refusal(refusal.code, **words.said(refusal.params, desk.pack)))
        else:
            messages.success(request, "会议通知已发给各单位和牵头县领导。")
            return redirect("staff:meeting", made)
    context = {**presenting.summary(opened, desk.pack), "form": form}
    return render(request, "work/meeting_call.html", context, status=422 if sent else 200)


@page
def one(request: HttpRequest, desk: Desk, number: str) -> HttpResponse:
    return _page(request, desk, _look(number, desk))


@page
def document(request: HttpRequest, desk: Desk, number: str, form: str) -> HttpResponse:
    """The notice of the meeting, on paper."""
    opened = _look(number, desk)
    found = opened.meeting
    paper = papers.meeting(found, opened.words, _about(found, desk), _leader(found), desk.pack)
    return files.answer(request, paper, f"meeting-{number}", form, reverse("staff:meeting", args=[number]))


@require_POST
@page
def command(request: HttpRequest, desk: Desk, number: str, name: str) -> HttpResponse:
    posted, source, seen = request.POST, web_source(request), version(request.POST)
    try:
        if name == "came":
            actions.came(number, posted.get("unit", ""), posted.get("person", ""), desk.by, source=source)
        elif name == "move":
            meet_at = parse_datetime(posted.get("meet_at", ""))
            if meet_at is None:
                raise Refusal("field_needed", field="meet_at")
            meet_at = meet_at if meet_at.tzinfo else meet_at.replace(tzinfo=LOCAL)
            actions.move(number, meet_at, posted.get("place", ""), desk.by, version=seen, source=source)
        elif name == "cancel":
            actions.cancel(number, posted.get("words", ""), desk.by, version=seen, source=source)
        elif name == "hold":
            minutes = posted.get("minutes", "")
            actions.hold(number, minutes, _tasks(posted), desk.by, version=seen, source=source)
        else:
            raise Http404
    except actions.NoSuchMeeting:
        raise Http404 from None
    except permissions.Forbidden:
        return _forbidden(request)
    except (Refusal, ValueError) as fault:
        refusal = fault if isinstance(fault, Refusal) else Refusal("field_wrong")
        said, opened = (
            words.refusal(refusal.code, **words.said(refusal.params, desk.pack)),
            _look(number, desk),
        )
        if not opened.conducts:
            return overtaken.to(request, reverse("staff:meeting", args=[number]), said)
        return _page(request, desk, opened, (name, said))
    messages.success(
        request, {"came": "已签到。", "hold": "纪要已定，任务已下达。"}.get(name, "已办，并通知各单位。")
    )
    return redirect("staff:meeting", number)


class CallForm(Form):
    leader = forms.ChoiceField(label="牵头县领导")
    meet_at = LocalMoment(label="会议时间")
    place = forms.CharField(label="会议地点", max_length=LONGEST_LINE)
    units = forms.MultipleChoiceField(label="参会单位", widget=Several, help_text="已经在办的单位先选上了。")
    words = forms.CharField(
        label="议题和要求", max_length=4000, required=False, widget=forms.Textarea(attrs={"rows": 4}),
        help_text="各单位要准备什么。不写反映人的姓名和电话。",
    )  # fmt: skip

    def __init__(self, desk: Desk, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["leader"].choices = [("", "请选择"), *leaders()]
        self.fields["units"].choices = _owners(desk)


# --- private -----------------------------------------------------------------------------------------------------


def _page(
    request: HttpRequest, desk: Desk, opened: actions.Opened, wrong: tuple[str, str] = ("", "")
) -> HttpResponse:
    found, known = opened.meeting, opened.words
    listed = queries.these(desk.by, [found.case], desk.pack)
    posted = request.POST if wrong[1] else {}
    context = {
        "number": opened.number,
        "meeting": found,
        "case": listed[0].case if listed else None,
        "item": _item(listed[0].case.item, desk) if listed else "县级统筹",
        "leader": _leader(found),
        "documents": [
            (reverse("staff:meeting_document", args=[opened.number, form]), name)
            for form, name in (("pdf", "PDF"), ("docx", "Word"))
        ],
        "place": known.get(found.place, "（已删除）"),
        "text": known.get(found.words, ""),
        "minutes": known.get(found.minutes, ""),
        "units": [
            {
                "code": unit,
                "name": presenting.short(unit, desk.pack),
                "persons": [
                    (known.get(each.person, "（已删除）"), each.at)
                    for each in found.came
                    if each.unit == unit
                ],
            }
            for unit in found.units
        ],
        "conducts": opened.conducts,
        "rows": _rows(found, posted if wrong[0] == "hold" else {}),
        "owners": _owners(desk) if opened.conducts else [],
        "limits": LIMITS,
        "history": [_entry(event, at, opened, desk) for event, at in reversed(opened.history)],
        "wrong": {wrong[0]: wrong[1]},
        "typed": posted.get("minutes", "") if posted else "",
        "now": timezone.now(),
    }
    return render(request, "work/meeting.html", context, status=422 if wrong[1] else 200)


def _rows(found: meeting.Meeting, posted: Any) -> list[dict[str, Any]]:
    """The rows for tasks, as they were filled in."""
    return [
        {
            "unit": posted.get(f"unit-{row}", unit),
            "role": posted.get(f"role-{row}", ""),
            "days": whole(posted.get(f"days-{row}")),
        }
        for row, unit in enumerate((*found.units, *[""] * EXTRA))
    ]


def _tasks(posted: Any) -> list[Task]:
    """The rows of the form that name a part: `unit-0`, `role-0`, `days-0` …"""
    found = []
    for row in range(meeting.MOST + EXTRA):
        unit, role = posted.get(f"unit-{row}", ""), posted.get(f"role-{row}", "")
        if unit and role in ("lead", "assist"):
            found.append(Task(unit, role, whole(posted.get(f"days-{row}"))))
    return found


def _entry(event: meeting.Event, at: Any, opened: actions.Opened, desk: Desk) -> dict[str, Any]:
    unit = (
        presenting.short(getattr(event, "unit", ""), desk.pack) if isinstance(event, meeting.UnitCame) else ""
    )
    person = opened.words.get(getattr(event, "person", ""), "")
    return {
        "at": at,
        "title": words.word("meeting_event", type(event).__name__).format_map(
            {"unit": unit, "person": person}
        ),
        "text": opened.words.get(getattr(event, "words", ""), "")
        if isinstance(event, meeting.MeetingCancelled)
        else "",
        "who": desk.pack.capacity_name(event.by.role, event.by.unit),
    }


def _owners(desk: Desk) -> list[tuple[str, list[tuple[str, str]]]]:
    """Units in force that may be called, by kind; communities and villages go through their street."""
    groups: dict[str, list[tuple[str, str]]] = {}
    day = desk.pack.day(timezone.now())
    for unit in desk.pack.units.values():
        heading = OWNERS.get(unit.kind)
        if heading and heading != "社区（村）" and unit.in_force(day):
            groups.setdefault(heading, []).append((unit.code, unit.short))
    return list(groups.items())


def _item(code: str, desk: Desk) -> str:
    item = desk.pack.items.get(code)
    return item.name if item else "未定事项"


def _about(found: meeting.Meeting, desk: Desk) -> str:
    listed = queries.these(desk.by, [found.case], desk.pack)
    return _item(listed[0].case.item, desk) if listed else "县级统筹事项"


def _leader(found: meeting.Meeting) -> str:
    pk = whole(found.leader.partition(":")[2])
    return User.objects.filter(pk=pk).values_list("name", flat=True).first() or "县领导"


def _look(number: str, desk: Desk) -> actions.Opened:
    try:
        return actions.look(number, desk.by, desk.pack)
    except actions.NoSuchMeeting:
        raise Http404 from None


def _forbidden(request: HttpRequest) -> HttpResponse:
    return render(request, "403.html", {"refusal": words.refusal("not_allowed")}, status=403)
