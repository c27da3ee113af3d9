"""专题: the list with its deadlines, one topic, and giving it commands."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from shaodao.centre.cases import permissions, queries
from shaodao.centre.cases.lifecycle.refusal import Refusal
from shaodao.centre.hot_issues.reading import Found
from shaodao.centre.topics import actions, topic
from shaodao.centre.topics.actions import LEADS, LIMITS, LONGEST_TITLE, LONGEST_WORDS
from shaodao.faces import words
from shaodao.faces.forms import Form
from shaodao.faces.requests import web_source
from shaodao.faces.work import overtaken, presenting
from shaodao.faces.work.capacity import Desk, page
from shaodao.faces.work.hot_issues import found_by, period_of, place_of, topic_lines
from shaodao.faces.work.lists import line

MAIN = ("sign", "report", "close")  # the first of these that is offered is what the topic waits for
WORDS = {  # what is written with a command, and whether it must be
    "report": ("措施和结果", "已经做了什么、还要做什么，群众能看到的变化。", True),
    "return": ("退回的理由", "哪里还没做到，要怎样补。时限按原来的继续算。", True),
    "close": ("结论", "做到了什么，以后怎样不再发生。", False),
}


@page
def topics(request: HttpRequest, desk: Desk) -> HttpResponse:
    if not permissions.may_read_topics(desk.by, desk.pack):
        return _forbidden(request)
    rows = actions.visible(desk.by, desk.pack)
    return render(request, "work/topics.html", {"lines": topic_lines(rows, desk), "now": timezone.now()})


@page
def one(request: HttpRequest, desk: Desk, number: str) -> HttpResponse:
    opened = _look(number, desk)
    return _page(request, desk, opened)


@require_POST
@page
def command(request: HttpRequest, desk: Desk, number: str, name: str) -> HttpResponse:
    if name not in actions.COMMANDS:
        raise Http404
    try:
        actions.act(
            number,
            name,
            request.POST.get("words", ""),
            desk.by,
            source=web_source(request),
        )
    except actions.NoSuchTopic:
        raise Http404 from None
    except Refusal as refusal:
        if refusal.code == "not_now":
            return overtaken.to(request, reverse("staff:topic", args=[number]), words.refusal("not_now"))
        said = words.refusal(refusal.code, **refusal.params)
        return _page(request, desk, _look(number, desk), (name, said))
    messages.success(request, f"{words.word('topic_command', name)}：已办。")
    return redirect("staff:topic", number)


@page
def new(request: HttpRequest, desk: Desk) -> HttpResponse:
    """The form of a topic from a hot issue; the issue's cases are ticked, and may be left out."""
    if desk.by.role not in permissions.TOPICS["open"]:
        return _forbidden(request)
    sent = request.method == "POST"
    asked = request.POST if sent else request.GET
    zone = ZoneInfo(desk.pack.zone)
    period = period_of(asked, timezone.now().astimezone(zone).date(), zone)
    found = found_by(str(asked.get("case", "")), period, desk)
    numbers = tuple(case.number for case in found.cases)
    listed = queries.cases(desk.by, queries.Filters(numbers=numbers), desk.pack, size=topic.MOST).lines
    choices = [(each.number, _choice(each, desk)) for each in listed]
    form = TopicForm(
        choices,
        desk,
        request.POST if sent else None,
        initial={"title": _title(found, desk)[:LONGEST_TITLE], "workdays": LIMITS[1], "lead": _lead(found),
                 "cases": [number for number, _ in choices]},
    )  # fmt: skip
    if sent and form.is_valid():
        said = form.cleaned_data
        try:
            number = actions.open_topic(
                said["title"], said["words"], said["lead"], said["cases"], int(said["workdays"]), desk.by,
                source=web_source(request),
            )  # fmt: skip
        except permissions.Forbidden:
            form.add_error("lead", "不能交给自己的单位。请换一个单位。")
        except Refusal as refusal:
            if refusal.params.get("why") == "avoid":
                form.add_error("lead", "选的哨件里有反映这个单位的，须回避。请换一个单位，或不选那几件。")
            else:
                form.add_error(None, words.refusal(refusal.code, **words.said(refusal.params, desk.pack)))
        else:
            messages.success(request, "已立为专题，并通知牵头单位。")
            return redirect("staff:topic", number)
    context = {"form": form, "found": found, "period": period, "key": found.key}
    return render(request, "work/topic_new.html", context, status=422 if sent else 200)


class TopicForm(Form):
    title = forms.CharField(
        label="专题名称", max_length=LONGEST_TITLE, help_text="地点和事情，不写人名和电话。"
    )
    lead = forms.ChoiceField(label="牵头单位")
    workdays = forms.TypedChoiceField(
        label="办结时限", coerce=int, choices=[(days, f"{days} 个工作日") for days in LIMITS]
    )
    words = forms.CharField(
        label="要求",
        max_length=LONGEST_WORDS,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="要查清什么、解决到什么程度、怎样不再发生。",
    )
    cases = forms.MultipleChoiceField(
        label="包括的哨件",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "至少要有一件哨件。"},
    )

    def __init__(self, cases: list[tuple[str, str]], desk: Desk, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["cases"].choices = cases
        self.fields["lead"].choices = [("", "请选择"), *_leads(desk)]


def _title(found: Found, desk: Desk) -> str:
    """Proposed: where, and what by the catalogue. The lead unit reads it, whatever it may read of the cases, and it stays
    when a person is erased: so it is not made of anybody's words."""
    place, item = place_of(found.issue.area, desk), desk.pack.items.get(found.issue.item)
    return "：".join(filter(None, (place, item.name if item else "")))


def _leads(desk: Desk) -> list[tuple[str, str]]:
    day = desk.pack.day(timezone.now())
    units = [u for u in desk.pack.units.values() if u.kind in LEADS and u.in_force(day)]
    units.sort(key=lambda unit: LEADS.index(unit.kind))
    return [(unit.code, unit.name) for unit in units]


def _lead(found: Any) -> str:
    """The unit that leads most of the cases."""
    units = [case.lead_unit for case in found.cases if case.lead_unit]
    return max(set(units), key=lambda unit: (units.count(unit), unit), default="")


def _choice(listed: queries.Listed, desk: Desk) -> str:
    said = line(listed, desk)
    return " · ".join(filter(None, (said["text"][:40] or said["title"], said["place"], listed.number)))


def _page(
    request: HttpRequest, desk: Desk, opened: actions.Opened, wrong: tuple[str, str] = ("", "")
) -> HttpResponse:
    found = opened.topic
    shown = queries.cases(
        desk.by, queries.Filters(numbers=found.cases), desk.pack, after=request.GET.get("after", "")
    )
    seen = queries.seen_of(found.cases, desk.by, desk.pack)
    context = {
        "number": opened.number,
        "topic": found,
        "title": opened.words.get(found.title, "（标题已删除）"),
        "words": opened.words.get(found.words, ""),
        "lead": presenting.short(found.lead, desk.pack),
        "giver": desk.pack.capacity_name(found.by.role, found.by.unit),
        "clocks": [
            {
                "name": words.word("clock", clock.kind),
                "due": clock.due_at,
                "started": clock.started_at,
                "stopped": clock.stopped_at or found.closed_at,
            }
            for clock in found.clocks
        ],
        "forms": [_form(name, wrong) for name in opened.offered],
        "main": next((name for name in MAIN if name in opened.offered), ""),
        "history": [_entry(event, at, opened, desk) for event, at in reversed(opened.history)],
        "lines": [line(each, desk) for each in shown.lines],
        "after": shown.after,
        "first": "after" not in request.GET,
        "unseen": len(found.cases) - len(seen),
        "now": timezone.now(),
    }
    return render(request, "work/topic.html", context, status=422 if wrong[1] else 200)


def _form(name: str, wrong: tuple[str, str]) -> dict[str, Any]:
    label, help_text, needed = WORDS.get(name, ("", "", False))
    return {
        "name": name,
        "title": words.word("topic_command", name),
        "label": label,
        "help": help_text,
        "needed": needed,
        "error": wrong[1] if wrong[0] == name else "",
    }


def _entry(event: topic.Event, at: Any, opened: actions.Opened, desk: Desk) -> dict[str, Any]:
    by = getattr(event, "by", None)
    params = {
        "unit": presenting.short(opened.topic.lead, desk.pack),
        "kind": words.word("clock", getattr(event, "kind", "")),
    }
    return {
        "at": at,
        "title": words.word("topic_event", type(event).__name__).format_map(params),
        "text": opened.words.get(getattr(event, "words", ""), ""),
        "who": desk.pack.capacity_name(by.role, by.unit) if by else "",
        "late": isinstance(event, topic.TopicBreached),
    }


def _look(number: str, desk: Desk) -> actions.Opened:
    try:
        return actions.look(number, desk.by, desk.pack)
    except actions.NoSuchTopic:
        raise Http404 from None


def _forbidden(request: HttpRequest) -> HttpResponse:
    return render(request, "403.html", {"refusal": words.refusal("not_allowed")}, status=403)
