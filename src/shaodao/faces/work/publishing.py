"""公开审核: which ended cases everybody may read, in which words and pictures; and whether units are ranked in public."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from shaodao.centre.cases import permissions, queries
from shaodao.centre.cases.lifecycle import events as e
from shaodao.centre.cases.lifecycle.refusal import Refusal
from shaodao.centre.publishing import actions
from shaodao.centre.publishing.actions import LONGEST_WORDS
from shaodao.centre.publishing.masking import asks_secrecy
from shaodao.county.pack.model import Pack
from shaodao.faces import pictures, words
from shaodao.faces.forms import Form, whole
from shaodao.faces.requests import web_source
from shaodao.faces.work import presenting
from shaodao.faces.work.capacity import Desk, page
from shaodao.ground.files import intake

SHOWN = 50
LISTS = {"waiting": "待审核", "published": "已公开", "declined": "不公开", "withdrawn": "已撤回"}


class PublishForm(Form):
    words = forms.CharField(
        label="反映的问题",
        max_length=LONGEST_WORDS,
        help_text="所有人都会看到。电话、证件号、车牌、门牌、村和社区名、反映人的姓名已经自动遮盖，提交时还会再遮一遍；"
        "小区名、店名、绰号，认得出人的细节，请您删掉。",
        widget=forms.Textarea(attrs={"rows": 5}),
    )
    result = forms.CharField(
        label="办理结果",
        max_length=LONGEST_WORDS,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )


@page
def publications(request: HttpRequest, desk: Desk) -> HttpResponse:
    """One list, and the switch of the ranking; at most six statements besides the guard's."""
    if not permissions.may_publish(desk.by, "read"):
        return _forbidden(request)
    code = request.GET.get("list", "waiting")
    if code not in LISTS:
        raise Http404
    start = whole(request.GET.get("after"))
    end = start + SHOWN + 1
    if code == "waiting":
        cases = list(actions.waiting(desk.by, desk.pack)[start:end])
    else:
        cases = [row.case for row in actions.decided(code)[start:end]]
    context = {
        "tabs": [{"code": key, "name": name, "url": f"?list={key}"} for key, name in LISTS.items()],
        "code": code,
        "lines": [_line(case, desk.pack) for case in cases[:SHOWN]],
        "after": str(start + SHOWN) if len(cases) > SHOWN else None,
        "first": not start,
        "ranking": actions.ranking_shown(),
        "may_rank": permissions.may_publish(desk.by, "rank"),
    }
    return render(request, "work/publications.html", context)


@page
def publication(request: HttpRequest, desk: Desk, number: str) -> HttpResponse:
    """One case: what would be shown, to be confirmed or changed; and what was decided."""
    return _page(request, desk, number)


@require_POST
@page
def publish(request: HttpRequest, desk: Desk, number: str) -> HttpResponse:
    form = PublishForm(request.POST)
    if not form.is_valid():
        return _page(request, desk, number, form)
    said = form.cleaned_data
    try:
        photos = {id: pictures.boxes_sent(request, id) for id in request.POST.getlist("photos")}
    except ValueError:
        form.add_error(
            None, "照片上的遮盖框写得不对：每个框四个 0 到 1000 的数，左、上、右、下，用逗号隔开。"
        )
        return _page(request, desk, number, form)
    if any(pictures.outdated(request, id, cover) for id, cover in intake.covers(photos).items()):
        form.add_error(None, "这一页打开以后，照片上又多了要遮的地方，已经画上。请再看一遍。")
        return _page(request, desk, number, form)
    return _do(
        request,
        number,
        lambda: actions.publish(
            number, said["words"], said["result"], photos, desk.by, source=web_source(request)
        ),
        "已公开。请看一遍公开页上的样子。",
    )


@require_POST
@page
def decide(request: HttpRequest, desk: Desk, number: str, what: str) -> HttpResponse:
    """Decline or withdraw, with a reason."""
    act = {"decline": actions.decline, "withdraw": actions.withdraw}.get(what)
    if act is None:
        raise Http404
    reason, done = request.POST.get("reason", ""), act
    return _do(
        request,
        number,
        lambda: done(number, reason, desk.by, source=web_source(request)),
        "已撤回，公开页上不再显示。" if what == "withdraw" else "已记下：不公开。",
    )


@require_POST
@page
def ranking(request: HttpRequest, desk: Desk) -> HttpResponse:
    on = request.POST.get("on") == "1"
    try:
        actions.switch_ranking(on, request.POST.get("reason", ""), desk.by, source=web_source(request))
    except permissions.Forbidden:
        return _forbidden(request)
    except Refusal as refusal:
        messages.error(request, words.refusal(refusal.code, **refusal.params))
    else:
        messages.success(request, "公开页开始排名。" if on else "公开页不再排名。")
    return redirect("staff:publications")


def _page(request: HttpRequest, desk: Desk, number: str, form: PublishForm | None = None) -> HttpResponse:
    try:
        opened, one = actions.look(number, desk.by, desk.pack)
    except permissions.Forbidden:
        return _forbidden(request)
    case = opened.case
    shown = one.state == "published"
    kept = queries.read_words(key for key in (one.words, one.result, one.reason) if key)
    if form is None:
        done = presenting.done(opened, desk.pack)
        answers = [step.event.words for step in opened.steps if isinstance(step.event, e.Answered)]
        result = done[-1].text if done else opened.words.get(answers[-1], "") if answers else ""
        original = opened.words.get(case.words, "")
        said, outcome = actions.masked_of(case, desk.pack, original, result)
        form = PublishForm(initial={"words": said[:LONGEST_WORDS], "result": outcome[:LONGEST_WORDS]})
    context = {
        "case": case,
        "item": desk.pack.items[case.item].name if case.item in desk.pack.items else "待定事项",
        "place": presenting.full_name(case.place.township, desk.pack),
        "state": one.state,
        "token": one.token if shown else "",
        "words": kept.get(one.words, ""),
        "result": kept.get(one.result, ""),
        "reason": kept.get(one.reason, ""),
        "asks_secrecy": asks_secrecy(opened.words.get(case.words, "")),
        "form": form,
        "photos": _photos(opened, request),
        "may_publish": not shown
        and permissions.may_publish(desk.by, "publish")
        and actions.may_be_shown(case),
        "may_decline": one.state in ("", "withdrawn") and permissions.may_publish(desk.by, "decline"),
        "may_withdraw": shown and permissions.may_publish(desk.by, "withdraw"),
    }
    return render(request, "work/publication.html", context, status=422 if form.errors else 200)


def _photos(opened: queries.Opened, request: HttpRequest) -> list[dict[str, Any]]:
    ids = actions.photos_of(opened) & pictures.ids(opened)
    return [
        {"ticked": each["id"] in request.POST.getlist("photos"), **each}
        for each in pictures.to_cover(ids, lambda id: pictures.of_id(opened.case.number, id, "照片"), request)
    ]


def _line(case: Any, pack: Pack) -> dict[str, Any]:
    return {
        "number": case.number,
        "item": pack.items[case.item].name if case.item in pack.items else "待定事项",
        "place": presenting.full_name(case.township, pack),
        "unit": presenting.short(case.lead_unit, pack) if case.lead_unit else "",
        "state": case.state,
        "ended_at": case.ended_at,
    }


def _do(request: HttpRequest, number: str, act: Callable[[], object], said: str) -> HttpResponse:
    try:
        act()
    except permissions.Forbidden:
        return _forbidden(request)
    except Refusal as refusal:
        messages.error(request, words.refusal(refusal.code, **refusal.params))
    else:
        messages.success(request, said)
    return redirect("staff:publication", number)


def _forbidden(request: HttpRequest) -> HttpResponse:
    return render(request, "403.html", {"refusal": words.refusal("not_allowed")}, status=403)
