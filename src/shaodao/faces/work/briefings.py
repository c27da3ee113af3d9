"""专报: the list, one month from draft to read, and the cases behind each number of page one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from shaodao.centre.assessment.figures import FIGURES
from shaodao.centre.briefings import actions, briefing
from shaodao.centre.briefings.content import SPANS, Fact
from shaodao.centre.briefings.months import Month
from shaodao.centre.cases import permissions, queries
from shaodao.centre.cases.actions import Source
from shaodao.centre.cases.lifecycle.refusal import Refusal
from shaodao.county.people import holders
from shaodao.county.people.models import User
from shaodao.faces import words
from shaodao.faces.briefings import files, shown
from shaodao.faces.forms import version, whole
from shaodao.faces.requests import web_source
from shaodao.faces.work import leaders_notes, overtaken, presenting
from shaodao.faces.work.capacity import Desk, page
from shaodao.faces.work.lists import line
from shaodao.ground.documents.refusals import Refusal as Unprintable

PAGE = 100
PLAIN = ("submit", "check", "sign", "publish", "read")  # commands of one button
GRAVE = {"sign": "签发后不能再改。", "publish": "印发后，数字和文字都不再改变，县领导马上能看到。"}


@page
def briefings(request: HttpRequest, desk: Desk) -> HttpResponse:
    """All of them, newest first; on top, the month that waits to be drafted."""
    if not permissions.may_read_briefings(desk.by, desk.pack):
        return _forbidden(request)
    listed = actions.visible(desk.by, desk.pack)
    latest = Month.of(timezone.now(), desk.pack.zone).before
    waits = permissions.may_brief(desk.by, "draft", desk.pack) and all(
        each.row.month != str(latest) for each in listed
    )
    context = {
        "lines": [{"one": each, "name": Month.parse(each.row.month).name} for each in listed],
        "reads": permissions.may_brief(desk.by, "read", desk.pack),
        "waits": latest if waits else None,
        "now": timezone.now(),
    }
    return render(request, "work/briefings.html", context)


@require_POST
@page
def draft(request: HttpRequest, desk: Desk, month: str) -> HttpResponse:
    """Begin a month, or take its figures again."""
    try:
        wanted = Month.parse(month)
    except ValueError:
        raise Http404 from None
    return _do(
        request,
        month,
        lambda source: actions.draft(wanted, desk.by, version=version(request.POST), source=source),
        "已取数。",
    )


@page
def one(request: HttpRequest, desk: Desk, month: str) -> HttpResponse:
    return _page(request, desk, _look(month, desk))


@require_POST
@page
def command(request: HttpRequest, desk: Desk, month: str, name: str) -> HttpResponse:
    if name not in (*PLAIN, "return"):
        raise Http404
    said = request.POST.get("words", "")
    seen = version(request.POST) if name != "read" else None  # others read it at the same time
    return _do(
        request,
        month,
        lambda source: actions.act(month, name, desk.by, words=said, version=seen, source=source),
        f"{words.word('briefing_command', name)}：已办。",
    )


@require_POST
@page
def write(request: HttpRequest, desk: Desk, month: str) -> HttpResponse:
    """Opinions and next steps: what stands in the fields is what this person says."""
    opinions, steps = request.POST.get("opinions", ""), request.POST.get("steps", "")
    try:
        actions.write(
            month, opinions, steps, desk.by, version=version(request.POST), source=web_source(request)
        )
    except actions.NoSuchBriefing:
        raise Http404 from None
    except permissions.Forbidden:
        return _forbidden(request)
    except Refusal as refusal:
        said, opened = words.refusal(refusal.code, **refusal.params), _look(month, desk)
        if "write" not in opened.offered:
            return overtaken.to(request, reverse("staff:briefing", args=[month]), said)
        messages.error(request, said)
        return _page(request, desk, opened, (opinions, steps))
    messages.success(request, "意见和下一步工作已采用。")
    return redirect("staff:briefing", month)


@require_POST
@page
def pick(request: HttpRequest, desk: Desk, month: str) -> HttpResponse:
    """Leave a problem out, with a reason; or name it after all."""
    case, kind, unit = (request.POST.get(name, "") for name in ("case", "kind", "unit"))
    reason = request.POST.get("words", "")
    if request.POST.get("out") and not reason.strip():
        messages.error(request, words.refusal("reason_needed"))
        return redirect(reverse("staff:briefing", args=[month]) + "#problems")
    return _do(
        request,
        month,
        lambda source: actions.pick(
            month, case, kind, unit, desk.by, leave_out=reason, version=version(request.POST), source=source
        ),
        "记下了。",
        "#problems",
    )


@page
def file(request: HttpRequest, desk: Desk, month: str, kind: str) -> HttpResponse:
    """The briefing as .docx, .pdf or a page of its own."""
    _look(month, desk)  # whether it may be seen
    one = files.issued(Month.parse(month))
    if kind not in files.KINDS:
        raise Http404
    try:
        data, media_type = files.KINDS[kind](one)
    except Unprintable as refusal:
        messages.error(request, f"文档排不出来：{refusal}")
        return redirect("staff:briefing", month)
    answer = HttpResponse(data, content_type=media_type)
    answer["Content-Disposition"] = f'attachment; filename="briefing-{month}.{kind}"'
    return answer


@page
def cases(request: HttpRequest, desk: Desk, month: str, span: str, id: str) -> HttpResponse:
    """The cases behind a number, as they were counted: as many lines as the number says. `counted`: of a share, those alone
    that count."""
    opened = _look(month, desk)
    if span not in SPANS:
        raise Http404
    try:
        facts = opened.content.behind(id, span)
    except LookupError:
        raise Http404 from None
    counted = bool(request.GET.get("counted"))
    wanted = [fact for fact in facts if fact.counts or not counted]
    start = max(whole(request.GET.get("after")), 0)
    shown_facts = wanted[start : start + PAGE]
    count = opened.content.count(id, span)
    compared = opened.content.span(span)
    context = {
        "month": month,
        "of": Month.parse(compared.month).name,
        "one": FIGURES[id],
        "count": count,
        "counted": counted,
        "total": len(wanted),
        "lines": _fact_lines(shown_facts, desk),
        "after": start + PAGE if len(wanted) > start + PAGE else None,
        "first": not start,
        "now": timezone.now(),
    }
    return render(request, "work/briefing_cases.html", context)


def _fact_lines(facts: list[Fact], desk: Desk) -> list[dict[str, Any]]:
    numbers = tuple({fact.number for fact in facts})
    found = queries.cases(desk.by, queries.Filters(numbers=numbers), desk.pack, size=PAGE)
    seen = {each.number: line(each, desk) for each in found.lines}
    return [
        {
            "number": fact.number,
            "unit": presenting.short(fact.unit, desk.pack) if fact.unit else "",
            "counts": fact.counts,
            "line": seen.get(fact.number),
        }
        for fact in facts
    ]


# --- the page -----------------------------------------------------------------------------------------------------


def _page(
    request: HttpRequest, desk: Desk, opened: actions.Opened, typed: tuple[str, str] | None = None
) -> HttpResponse:
    """`typed`: opinions and steps as somebody wrote them, where they were not taken."""
    found = opened.briefing
    said = shown.show(opened.content, found.named, opened.opinions, opened.steps, desk.pack)
    edits = "write" in opened.offered
    context = {
        "month": found.month,
        "name": Month.parse(found.month).name,
        "briefing": found,
        "shown": said,
        "buttons": [
            {
                "name": name,
                "title": words.word("briefing_command", name),
                "grave": GRAVE.get(name, ""),
                "ready": name != "submit" or not said.drafted,
            }
            for name in opened.offered
            if name in PLAIN and not (name == "read" and _has_read(found, desk))
        ],
        "returns": "return" in opened.offered,
        "edits": edits,
        "outdated": opened.outdated,
        "opinions": typed[0] if typed else said.opinions,
        "steps": typed[1] if typed else said.steps,
        "problems": [_problem(each, opened, desk) for each in found.problems],
        "readings": _readings(found),
        "history": [_entry(event, at, opened, desk) for event, at in reversed(opened.history)],
        "prepares": permissions.may_prepare_briefings(desk.by, desk.pack),
        "now": timezone.now(),
        **(leaders_notes.beside("briefing", found.month, desk) if found.published_at else {}),
    }
    return render(request, "work/briefing.html", context, status=422 if typed else 200)


def _has_read(found: briefing.Briefing, desk: Desk) -> bool:
    return any(each.actor == desk.by.actor for each in found.readings)


def _problem(problem: briefing.Problem, opened: actions.Opened, desk: Desk) -> dict[str, Any]:
    named = problem.named
    item = desk.pack.units.get(named.unit)
    return {
        "case": named.case,
        "kind": named.kind,
        "said": shown.KIND_NAMES[named.kind],
        "unit": named.unit,
        "unit_name": item.short if item else named.unit,
        "due_at": named.due_at,
        "late": shown.lateness(named.late),
        "left_out": bool(problem.left_out),
        "why": opened.words.get(problem.left_out, "（已删除）") if problem.left_out else "",
        "put_right_at": problem.put_right_at,
    }


def _readings(found: briefing.Briefing) -> list[dict[str, Any]]:
    """The county's leaders of today, and whoever else has read it, with when. Two statements."""
    if found.published_at is None:
        return []
    read = {each.actor: each.at for each in found.readings}
    actors = list(dict.fromkeys([*holders.of("role:county_leader", timezone.now()), *read]))
    ids = [actor.removeprefix("user:") for actor in actors if actor.startswith("user:")]
    names = {f"user:{user.pk}": str(user) for user in User.objects.filter(pk__in=ids)}
    return [{"name": names.get(actor, "已离任的县领导"), "at": read.get(actor)} for actor in actors]


def _entry(event: briefing.Event, at: Any, opened: actions.Opened, desk: Desk) -> dict[str, Any]:
    by = getattr(event, "by", None)
    params = {"case": getattr(event, "case", ""), "position": getattr(event, "position", "")}
    by_itself = by is not None and by.actor == actions.PROPOSER.actor
    return {
        "at": at,
        "title": words.word("briefing_event", type(event).__name__).format_map(params),
        "text": opened.words.get(getattr(event, "words", ""), ""),
        "who": "系统按月提出" if by_itself else desk.pack.capacity_name(by.role, by.unit) if by else "",
        "late": False,
    }


def _look(month: str, desk: Desk) -> actions.Opened:
    try:
        return actions.look(month, desk.by, desk.pack)
    except actions.NoSuchBriefing:
        raise Http404 from None


def _do(
    request: HttpRequest, month: str, do: Callable[[Source], object], done: str, anchor: str = ""
) -> HttpResponse:
    try:
        do(web_source(request))
    except actions.NoSuchBriefing:
        raise Http404 from None
    except permissions.Forbidden:
        return _forbidden(request)
    except Refusal as refusal:
        back = reverse("staff:briefing", args=[month]) + anchor
        return overtaken.to(request, back, words.refusal(refusal.code, **refusal.params))
    else:
        messages.success(request, done)
    return redirect(reverse("staff:briefing", args=[month]) + anchor)


def _forbidden(request: HttpRequest) -> HttpResponse:
    return render(request, "403.html", {"refusal": words.refusal("not_allowed")}, status=403)
