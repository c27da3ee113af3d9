"""The list of matters, one matter, opening and moving one, its files and papers."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from shaodao.centre.cases import queries
from shaodao.centre.cases.lifecycle.refusal import Refusal
from shaodao.centre.cases.permissions import Forbidden
from shaodao.centre.discipline import actions, matter
from shaodao.centre.discipline.matter import ENDED, KINDS
from shaodao.faces import words
from shaodao.faces.discipline import fields, papers
from shaodao.faces.discipline.fields import StepForm
from shaodao.faces.discipline.guard import Seat, member, unlocked
from shaodao.faces.requests import web_source
from shaodao.faces.work import presenting
from shaodao.faces.work.lists import line
from shaodao.ground.documents.refusals import Refusal as PaperRefusal

GRAVE = ("transfer", "withdraw", "return")
SAFE = {
    "image/jpeg",
    "image/png",
    "image/webp",
    "application/pdf",
}  # what a browser may show by itself; the rest is saved


@member
def bare(request: HttpRequest, seat: Seat) -> HttpResponse:
    """The address without its last stroke: Django would lead everybody from there to the page, and so say that it exists."""
    return redirect("discipline:home")


@unlocked
def home(request: HttpRequest, seat: Seat) -> HttpResponse:
    kind, ended = request.GET.get("kind", ""), "ended" in request.GET
    if kind and kind not in KINDS:
        raise Http404
    lines, after = actions.listed(
        seat.by, seat.key, seat.pack, kind=kind, ended=ended, after=request.GET.get("after", "")
    )
    counts = actions.counts(seat.by, seat.pack, timezone.now())
    tabs = [{"code": "", "name": "全部", "url": "?", "count": sum(counts[k] for k in KINDS)}]
    tabs += [
        {"code": k, "name": words.word("discipline_kind", k), "url": f"?kind={k}", "count": counts[k]}
        for k in KINDS
    ]
    context = {
        "lines": [_line(each, seat) for each in lines],
        "tabs": [] if ended else tabs,
        "kind": kind,
        "ended": ended,
        "late": counts["late"],
        "after": after,
        "first": "after" not in request.GET,
        "openable": actions.openable(seat.by, seat.pack),
        "now": timezone.now(),
    }
    return render(request, "discipline/home.html", context)


@unlocked
def new(request: HttpRequest, seat: Seat, kind: str) -> HttpResponse:
    if kind not in actions.openable(seat.by, seat.pack):
        raise Http404
    sent = request.method == "POST"
    asked = {name: request.GET[name] for name in ("cases", "unit") if name in request.GET}
    form = StepForm(
        kind, "", seat, request.POST if sent else None, request.FILES if sent else None, initial=asked
    )
    if sent and form.is_valid():
        try:
            number = actions.open_matter(
                kind, form.said(), seat.by, seat.pack,
                holder=form.cleaned_data.get("holder", ""), workdays=form.cleaned_data["workdays"],
                files=form.attached(), source=web_source(request),
            )  # fmt: skip
        except Refusal as refusal:
            form.add_error(None, words.refusal(refusal.code, **words.said(refusal.params, seat.pack)))
        else:
            messages.success(request, f"{words.word('discipline_opened', kind)}。")
            return redirect("discipline:matter", number)
    status = 422 if sent else 200
    return render(request, "discipline/new.html", {"form": form, "kind": kind}, status=status)


@unlocked
def one(request: HttpRequest, seat: Seat, number: str) -> HttpResponse:
    return _page(request, seat, actions.look(number, seat.by, seat.key, seat.pack))


@unlocked
@require_POST
def step(request: HttpRequest, seat: Seat, number: str, step: str) -> HttpResponse:
    opened = actions.look(number, seat.by, seat.key, seat.pack)
    if step not in KINDS[opened.matter.kind].moves:
        raise Http404
    form = StepForm(opened.matter.kind, step, seat, request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, seat, opened, form, step)
    try:
        after = actions.act(
            number,
            step,
            form.said(),
            seat.by,
            seat.key,
            seat.pack,
            files=form.attached(),
            source=web_source(request),
        )
    except Forbidden:
        return render(request, "403.html", {"refusal": words.refusal("not_allowed")}, status=403)
    except Refusal as refusal:
        form.add_error(None, words.refusal(refusal.code, **words.said(refusal.params, seat.pack)))
        return _page(request, seat, opened, form, step)
    messages.success(request, f"{words.word('discipline_step', step)}：已办。")
    if after.state in ENDED:
        return redirect("discipline:home")
    return redirect("discipline:matter", number)


@unlocked
def file(request: HttpRequest, seat: Seat, number: str, commitment: str) -> HttpResponse:
    opened = actions.look(number, seat.by, seat.key, seat.pack)
    found = next((f for s in opened.steps for c, f in s.files if c == commitment and f is not None), None)
    if found is None:
        raise Http404
    shown = found.media_type in SAFE
    return _sent(
        found.data, found.media_type if shown else "application/octet-stream", found.name, saved=not shown
    )


@unlocked
def paper(request: HttpRequest, seat: Seat, number: str, seq: int, form: str) -> HttpResponse:
    opened = actions.look(number, seat.by, seat.key, seat.pack)
    if form not in papers.FORMS or not 0 < seq <= len(opened.steps) or not papers.has(opened, seq):
        raise Http404
    try:
        made = papers.make(opened, seq, form, seat)
    except PaperRefusal as refusal:
        said = words.refusal(refusal.code, **refusal.params)
        return render(request, "shaodao/refused.html", {"said": said}, status=422)
    return _sent(made.data, papers.FORMS[form], made.name, saved=True)


# --- private -------------------------------------------------------------------------------------------------------


def _page(
    request: HttpRequest, seat: Seat, opened: actions.Opened, wrong: StepForm | None = None, step: str = ""
) -> HttpResponse:
    found = opened.matter
    first = opened.steps[0]
    forms = [
        {
            "name": name,
            "title": words.word("discipline_step", name),
            "form": wrong if wrong is not None and name == step else StepForm(found.kind, name, seat),
            "open": name == step,
            "grave": name in GRAVE,
        }
        for name in opened.offered
    ]
    main = next((f["name"] for f in forms if not f["grave"] and f["name"] != "note"), "")
    numbers = str(first.said.get("cases", "")).split()
    cases = queries.these(seat.by, numbers[:50], seat.pack) if numbers else []
    context = {
        "number": opened.number,
        "matter": found,
        "title": first.said.get("title", "（内容已按规定销毁）"),
        "holder": presenting.short(found.holder, seat.pack),
        "giver": presenting.short(found.giver, seat.pack) if found.giver else "监督入口",
        "forms": forms,
        "main": main,
        "steps": [_step(each, at, opened, seat) for at, each in enumerate(opened.steps, 1)][::-1],
        "lines": [line(each, seat) for each in cases],
        "now": timezone.now(),
    }
    return render(request, "discipline/matter.html", context, status=422 if wrong is not None else 200)


def _step(each: actions.Step, seq: int, opened: actions.Opened, seat: Seat) -> dict[str, Any]:
    role, _, unit = each.capacity.partition("@")
    gone = not each.said and (not each.name or fields.fields_of(opened.matter.kind, each.name) != ())
    return {
        "title": words.word("discipline_step", each.name)
        if each.name
        else words.word("discipline_opened", opened.matter.kind),
        "at": each.at,
        "who": seat.pack.capacity_name(role, unit) if unit else "监督入口",
        "gone": gone,
        "said": fields.shown(opened.matter.kind, each.name, dict(each.said), seat.pack),
        "files": [(commitment, found) for commitment, found in each.files if found is not None],
        "papers": [
            (
                form,
                words.word("paper_form", form),
                reverse("discipline:paper", args=(opened.number, seq, form)),
            )
            for form in papers.FORMS
            if papers.has(opened, seq)
        ],
    }


def _line(listed: actions.Listed, seat: Seat) -> dict[str, Any]:
    row = listed.row
    return {
        "number": row.number,
        "title": listed.title or "（本人的密钥还打不开）",
        "kind": row.kind,
        "state": row.state,
        "holder": presenting.short(row.holder, seat.pack),
        "unit": presenting.short(listed.unit, seat.pack) if listed.unit else "",
        "due": row.due,
        "opened_at": row.opened_at,
        "closed_at": row.closed_at,
        "over": row.state in matter.ENDED,
    }


def _sent(data: bytes, media_type: str, name: str, *, saved: bool) -> HttpResponse:
    how = "attachment" if saved else "inline"
    return HttpResponse(
        data,
        content_type=media_type,
        headers={
            "Content-Disposition": f"{how}; filename*=UTF-8''{quote(name)}",
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "sandbox; default-src 'none'",
        },
    )
