"""红色警报: the list, one alarm with the words to say on the telephone, acknowledging it, logging calls; and the banner that
every page of the desk keeps asking for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from shaodao.centre.cases import permissions, queries
from shaodao.centre.cases.actions import load
from shaodao.centre.cases.lifecycle.refusal import Refusal
from shaodao.centre.pressing import actions
from shaodao.centre.pressing.pressed import RESULTS, Call, Pressed, Step
from shaodao.county.pack.model import How, Pack
from shaodao.county.people import contacts
from shaodao.county.people.models import User
from shaodao.faces import moments, words
from shaodao.faces.forms import Form
from shaodao.faces.requests import web_source
from shaodao.faces.work import presenting
from shaodao.faces.work.capacity import Desk, page
from shaodao.faces.work.lists import line


@page
def alarms(request: HttpRequest, desk: Desk) -> HttpResponse:
    if not permissions.may_answer_alarms(desk.by):
        return _forbidden(request)
    now = timezone.now()
    found = actions.alarms(desk.by, desk.pack, now)
    shown = queries.some(desk.by, {alarm.step.number for alarm in found}, desk.pack)
    lines = [
        {
            "alarm": alarm,
            "unit": presenting.short(alarm.step.unit, desk.pack),
            **line(shown[alarm.step.number], desk),
        }
        for alarm in found
        if alarm.step.number in shown
    ]
    return render(
        request,
        "work/alarms.html",
        {
            "lines": lines,
            "may_charge": permissions.may_read_charges(desk.by),
            "may_messages": permissions.may_look_after_messages(desk.by, "read"),
            "now": now,
        },
    )


@page
def banner(request: HttpRequest, desk: Desk) -> HttpResponse:
    """What rings now, for the head of every page of the desk."""
    if not permissions.may_answer_alarms(desk.by):
        return _forbidden(request)
    ringing = [alarm for alarm in actions.alarms(desk.by, desk.pack, timezone.now()) if alarm.rings]
    return render(request, "work/alarm_banner.html", {"alarms": ringing})


@page
def alarm(request: HttpRequest, desk: Desk, number: str, seq: int) -> HttpResponse:
    return _page(request, desk, number, seq)


@require_POST
@page
def acknowledge(request: HttpRequest, desk: Desk, number: str, seq: int) -> HttpResponse:
    try:
        actions.acknowledge(number, seq, desk.by, source=web_source(request))
    except permissions.Forbidden:
        return _forbidden(request)
    messages.success(request, "已确认。请打电话，并记下结果。")
    return redirect("staff:alarm", number, seq)


@require_POST
@page
def call(request: HttpRequest, desk: Desk, number: str, seq: int) -> HttpResponse:
    """Log a call."""
    if not permissions.may_answer_alarms(desk.by):
        return _forbidden(request)
    step = _step(number, seq, desk)
    form = CallForm(_callees(step, desk), request.POST)
    if not form.is_valid():
        return _page(request, desk, number, seq, form)
    said = form.cleaned_data
    try:
        actions.log_call(
            number, seq, said["whom"], said["result"], said["words"], desk.by, source=web_source(request)
        )
    except Refusal as refusal:
        form.add_error(None, words.refusal(refusal.code, **refusal.params))
        return _page(request, desk, number, seq, form)
    messages.success(request, "通话结果已记下。")
    return redirect("staff:alarm", number, seq)


@dataclass(frozen=True, slots=True)
class Callee:
    """Somebody to call, in words; `phone` is "" where none is known."""

    who: str
    name: str
    phone: str


class CallForm(Form):
    whom = forms.ChoiceField(label="打给谁")
    result = forms.ChoiceField(
        label="结果",
        choices=[(code, words.word("call_result", code)) for code in RESULTS],
        widget=forms.RadioSelect,
    )
    words = forms.CharField(
        label="对方怎么说",
        required=False,
        max_length=actions.LONGEST_WORDS,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="谁去、几点能到。没打通的，写打了几次。",
    )

    def __init__(self, callees: list[Callee], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["whom"].choices = [("", "请选择"), *((one.who, one.name) for one in callees)]


def steps(number: str, desk: Desk) -> list[dict[str, Any]]:
    """What has been pressed in a case, newest first, for its page: who was told, and whether a call reached anybody."""
    if desk.by.role in permissions.FOLLOWERS:
        return []
    pressed = actions.of_case(number)
    return [_shown(step, desk.pack) for step in reversed(pressed.steps)]


def _shown(step: Step, pack: Pack) -> dict[str, Any]:
    rung = next((rung for rung in pack.ladder if rung.code == step.told.rung), None)
    return {
        "at": step.at,
        "seq": step.seq,
        "words": rung.words if rung else words.word("clock", step.told.clock),
        "to": "、".join(dict.fromkeys(_told(who, step, pack) for who in step.told.to)),
        "alarm": step.told.how == How.ALARM,
        "acknowledged_at": step.acknowledged_at,
        "calls": [{"at": each.at, "result": words.word("call_result", each.result)} for each in step.calls],
    }


def _told(who: str, step: Step, pack: Pack) -> str:
    """A recipient in words; a person by the unit alone."""
    kind, _, name = who.partition(":")
    if kind == "role":
        role, _, unit = name.partition("@")
        return pack.capacity_name(role, unit)
    if kind == "unit":
        return presenting.short(name, pack)
    rung = next((rung for rung in pack.ladder if rung.code == step.told.rung), None)
    if rung and rung.role == "county_leader":
        return "分管或带班县领导"
    return f"{presenting.short(step.told.unit, pack)}经办人"


def _page(
    request: HttpRequest, desk: Desk, number: str, seq: int, form: CallForm | None = None
) -> HttpResponse:
    if not permissions.may_answer_alarms(desk.by):
        return _forbidden(request)
    step = _step(number, seq, desk)
    case = load(number)
    now = timezone.now()
    running = any(
        found.step.number == number and found.step.seq == seq and found.running
        for found in actions.alarms(desk.by, desk.pack, now)
    )
    callees = _callees(step, desk)
    known = {one.who: one.name for one in callees}
    said = queries.read_words([each.words for each in step.calls])
    context = {
        "number": number,
        "seq": seq,
        "step": step,
        "running": running,
        "emergency": case.emergency,
        "unit": presenting.short(step.told.unit, desk.pack),
        "clock": words.word("clock", step.told.clock),
        "script": _script(step, desk, case),
        "callees": callees,
        "calls": [_call(each, known, said, desk) for each in reversed(step.calls)],
        "form": form or CallForm(callees),
        "now": now,
    }
    return render(request, "work/alarm.html", context, status=422 if form and form.errors else 200)


def _call(each: Call, known: dict[str, str], said: dict[str, str], desk: Desk) -> dict[str, Any]:
    return {
        "at": each.at,
        "title": f"{known.get(each.whom, '已离岗的人员')}：{words.word('call_result', each.result)}",
        "who": desk.pack.capacity_name(each.by.role, each.by.unit),
        "text": said.get(each.words, ""),
    }


def _step(number: str, seq: int, desk: Desk) -> Step:
    """An alarm of a case that this capacity may see."""
    opened = queries.open_case(number, desk.by, desk.pack)
    pressed: Pressed = actions.of_case(opened.case.number)
    step = pressed.step(seq)
    if step is None or step.told.how != How.ALARM:
        raise Http404
    return step


def _callees(step: Step, desk: Desk) -> list[Callee]:
    found = actions.callable_about(step, desk.pack, timezone.now())
    ids = [int(one.who.partition(":")[2]) for one in found if one.role]
    names = dict(User.objects.filter(pk__in=ids).values_list("pk", "name"))
    phones = {
        actor: way.address
        for actor, ways in contacts.ways([one.who for one in found]).items()
        for way in ways
        if way.kind == "phone"
    }
    return [
        Callee(
            one.who,
            f"{names.get(int(one.who.partition(':')[2]), '')}（{desk.pack.roles[one.role].name}）"
            if one.role
            else f"{presenting.short(one.who.partition(':')[2], desk.pack)}值班电话",
            phones.get(one.who, ""),
        )
        for one in found
    ]


def _script(step: Step, desk: Desk, case: Any) -> str:
    """What the pack lets the desk say, filled in."""
    rung = next((rung for rung in desk.pack.ladder if rung.code == step.told.rung), None)
    if rung is None:
        return ""
    clock = case.clock(step.told.clock, step.told.subject)
    item = desk.pack.items.get(case.item)
    return rung.script.format(
        unit=presenting.short(step.told.unit, desk.pack),
        number=case.number,
        item=item.name if item else "未定事项",
        place=presenting.place_name(case.place, desk.pack) or "地点见哨件",
        given=moments.to_the_minute(clock.started_at if clock else step.told.due),
        due=moments.to_the_minute(step.told.due),
    )


def _forbidden(request: HttpRequest) -> HttpResponse:
    return render(request, "403.html", {"refusal": words.refusal("not_allowed")}, status=403)
